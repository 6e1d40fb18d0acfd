/*
 * core_token_test.c
 *		Text forms of identifiers, against RFC 4648's own examples.
 */
#include <stdint.h>
#include <stdlib.h>

#include "../../extension/src/core/ground/token.h"
#include "tap.h"

/* unbase32 reads base32 back, five bits a character; the bits left over must be zero. */
static bool
unbase32(const char *text, unsigned char id[16])
{
	unsigned int bits = 0;
	int			nbits = 0;
	int			n = 0;

	for (const char *p = text; *p != '\0'; p++)
	{
		int			value = *p >= 'a' && *p <= 'z' ? *p - 'a' : *p >= '2' && *p <= '7' ? *p - '2' + 26 : -1;

		if (value < 0)
			return false;
		bits = bits << 5 | (unsigned int) value;
		nbits += 5;
		if (nbits >= 8 && n < 16)
			id[n++] = (unsigned char) (bits >> (nbits -= 8));
	}
	return n == 16 && (bits & ((1u << nbits) - 1)) == 0;
}

/* test_base32: 26 characters that tell the UUID. */
static void
test_base32(void)
{
	unsigned char id[16] = {0};
	unsigned char back[16];
	char		text[VZ_BASE32_UUID_LEN + 1];
	char		other[VZ_BASE32_UUID_LEN + 1];

	vz_base32_uuid(id, text);
	is_text(text, "aaaaaaaaaaaaaaaaaaaaaaaaaa", "zeros");
	memset(id, 0xFF, sizeof(id));
	vz_base32_uuid(id, text);
	is_text(text, "777777777777777777777777" "74", "ones: the last character carries three bits");
	memcpy(id, "foobarfoobarfoob", 16);
	vz_base32_uuid(id, text);
	is_text(text, "mzxw6ytbojtg633cmfzgm33pmi", "the letters of RFC 4648, in lower case");

	srandom(1);
	for (int i = 0; i < 2000; i++)
	{
		for (int j = 0; j < 16; j++)
			id[j] = (unsigned char) random();
		vz_base32_uuid(id, text);
		each(strlen(text) == 26 && unbase32(text, back) && memcmp(id, back, 16) == 0, "'%s' does not read back", text);
		id[random() % 16] ^= (unsigned char) (1 << random() % 8);
		vz_base32_uuid(id, other);
		each(strcmp(text, other) != 0, "one bit makes no difference in '%s'", text);
	}
	all("every UUID has its own 26 characters, which read back");
	is_number(4 + VZ_BASE32_UUID_LEN, 30, "with a prefix of 4 that is the length the provider demands");
}

/* test_base64: no padding, the URL alphabet, exactly the room that is promised. */
static void
test_base64(void)
{
	static const char *const examples[][2] = {{"", ""}, {"f", "Zg"}, {"fo", "Zm8"}, {"foo", "Zm9v"},
	{"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};

	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
	{
		char		out[16];

		vz_base64url((const unsigned char *) examples[i][0], strlen(examples[i][0]), out);
		is_text(out, examples[i][1], "base64url of '%s'", examples[i][0]);
	}
	for (size_t n = 0; n < 100; n++)
	{
		size_t		room = (n * 4 + 2) / 3 + 1;
		unsigned char *data = malloc(n + 1);
		char	   *out = malloc(room);

		memset(data, n % 2 ? 0xFF : 0xFB, n + 1);
		vz_base64url(data, n, out);
		each(strlen(out) == room - 1, "%zu bytes make %zu characters", n, strlen(out));
		each(strspn(out, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == strlen(out),
			 "'%s' has other characters", out);
		free(data);
		free(out);
	}
	all("the text fills exactly the room that the header names");
}

int
main(void)
{
	test_base32();
	test_base64();
	return done_testing();
}
