/*
 * tus_test.c
 *		Headers and addresses of resumable uploads, and their checksum.
 */
#include "../../httpd/files/sha1.h"
#include "../../httpd/wire/tus.h"
#include "tap.h"

static char pairs[512];

/* pair adds a pair to a text. */
static void
pair(void *state, const char *key, const char *value, size_t len)
{
	size_t		at = strlen(pairs);

	(void) state;
	snprintf(pairs + at, sizeof(pairs) - at, "[%s=%.*s]", key, (int) len, value);
}

/* metadata returns the pairs of a header as one text. */
static const char *
metadata(const char *text)
{
	pairs[0] = '\0';
	return tus_metadata_read(text, pair, NULL) ? pairs : "no";
}

/* target returns id and rest of an address, or "no". */
static const char *
target(const char *text)
{
	static char out[256];
	char		id[TUS_ID_LEN + 1];
	const char *rest;

	if (!tus_target_read(text, id, &rest))
		return "no";
	snprintf(out, sizeof(out), "%s %s", id, rest);
	return out;
}

/* sha1 returns the digest of a text repeated n times, hexadecimal, taken in pieces of so many bytes. */
static const char *
sha1(const char *text, int n, size_t piece)
{
	static char out[2 * SHA1_BYTES + 1];
	unsigned char digest[SHA1_BYTES];
	Sha1		s;

	sha1_begin(&s);
	for (int i = 0; i < n; i++)
		for (size_t at = 0; at < strlen(text); at += piece)
			sha1_update(&s, text + at, strlen(text) - at < piece ? strlen(text) - at : piece);
	sha1_end(&s, digest);
	for (int i = 0; i < SHA1_BYTES; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
	return out;
}

#define ID "0123456789abcdef0123456789abcdef"

int
main(void)
{
	static const char *const not_numbers[] = {"", "-1", "+1", " 1", "1 ", "0x1", "1.0", "9223372036854775808",
		"99999999999999999999", "a"};
	static const char *const not_checksums[] = {"", "sha1", "sha1 ", "sha1 xx", "md5 1B2M2Y8AsgTpgAmY7PhCfg==",
		"SHA1 2jmj7l5rSw0yVb/vlWAYkK/YBwk=",
	"sha1 2jmj7l5rSw0yVb/vlWAYkK/YBwk", "sha256 2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "sha1  2jmj7l5rSw0yVb/vlWAYkK/YBwk="};
	uint64_t	number;
	TusChecksum sum;

	is_text(target("/api/v1/uploads/" ID "/tracks?x=1"), ID " /tracks?x=1", "an address");
	is_text(target("/api/v1/uploads/" ID), "no", "without a route");
	is_text(target("/api/v1/uploads/" ID "0/tracks"), "no", "with too long an id");
	is_text(target("/api/v1/uploads/../../etc/passwd"), "no", "that leads elsewhere");
	is_text(target("/api/v1/uploads/0123456789ABCDEF0123456789abcdef/tracks"), "no", "in capitals");
	ok(tus_number_read("0", &number) && number == 0, "nothing");
	ok(tus_number_read("9223372036854775807", &number) && number == INT64_MAX, "as much as there may be");
	for (size_t i = 0; i < sizeof(not_numbers) / sizeof(not_numbers[0]); i++)
		each(!tus_number_read(not_numbers[i], &number), "'%s'", not_numbers[i]);
	all("what is no number of bytes");
	is_text(metadata("title T25l,artist w6k=,empty,blank "), "[title=One][artist=\xc3\xa9][empty=][blank=]", "pairs, and keys alone");
	is_text(metadata(""), "", "none");
	is_text(metadata("title T25l, artist QQ=="), "[title=One][artist=A]", "with a blank behind the comma");
	is_text(metadata("title T25"), "no", "base64 that is cut off");
	is_text(metadata("title T25l T25l"), "no", "two values");
	is_text(metadata(",title T25l"), "no", "no key");
	is_text(metadata("title T=5l"), "no", "padding in the midst");
	is_text(metadata("title _-5l"), "no", "another alphabet");
	ok(tus_checksum_read("sha1 2jmj7l5rSw0yVb/vlWAYkK/YBwk=", &sum) && sum.algorithm == TUS_SHA1 && sum.len == 20 && sum.digest[0] == 0xda, "SHA-1");
	ok(tus_checksum_read("sha256 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", &sum) && sum.algorithm == TUS_SHA256 && sum.digest[31] == 0x55, "SHA-256");
	for (size_t i = 0; i < sizeof(not_checksums) / sizeof(not_checksums[0]); i++)
		each(!tus_checksum_read(not_checksums[i], &sum), "'%s'", not_checksums[i]);
	all("what is no checksum");
	is_text(sha1("", 1, 1), "da39a3ee5e6b4b0d3255bfef95601890afd80709", "SHA-1 of nothing");
	is_text(sha1("abc", 1, 2), "a9993e364706816aba3e25717850c26c9cd0d89d", "of three letters");
	is_text(sha1("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1, 7), "84983e441c3bd26ebaae4aa1f95129e5e54670f1", "of 56");
	is_text(sha1("a", 1000000, 1), "34aa973cd4c4daa4f61eeb2bdbad27316534016f", "of a million");
	return done_testing();
}
