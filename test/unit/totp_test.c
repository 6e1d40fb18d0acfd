/*
 * totp_test.c
 *		Codes of second factors, by the vectors of RFC 6238.
 */
#include <openssl/hmac.h>

#include "../../extension/src/auth/totp.h"
#include "tap.h"

static const unsigned char secret[] = "12345678901234567890";

/* mac is HMAC-SHA-1 by OpenSSL. */
static void
mac(const unsigned char key[VZ_TOTP_SECRET_BYTES], const unsigned char message[8], unsigned char digest[VZ_TOTP_MAC_BYTES])
{
	HMAC(EVP_sha1(), key, VZ_TOTP_SECRET_BYTES, message, 8, digest, NULL);
}

/* test_vectors: the last six digits of appendix B, and the table of RFC 4226. */
static void
test_vectors(void)
{
	static const struct
	{
		int64_t		time;
		int			code;
	}			vectors[] = {{59, 287082}, {1111111109, 81804}, {1111111111, 50471}, {1234567890, 5924},
	{2000000000, 279037}, {20000000000, 353130}};
	static const int counters[] = {755224, 287082, 359152, 969429, 338314, 254676, 287922, 162583, 399871, 520489};

	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		is_number(vz_totp_code(mac, secret, vectors[i].time / VZ_TOTP_STEP_S), vectors[i].code, "at %lld s",
		(long long) vectors[i].time);
	for (int i = 0; i < 10; i++)
		each(vz_totp_code(mac, secret, i) == counters[i], "step %d", i);
	all("the first ten steps");
}

/* typed returns the code of a step as somebody types it. */
static const char *
typed(int64_t step)
{
	static char text[16];

	snprintf(text, sizeof(text), "%06d", vz_totp_code(mac, secret, step));
	return text;
}

/* test_window: one step early, one late, none twice. */
static void
test_window(void)
{
	static const char *const wrong[] = {"", "1", "12345", "1234567", "12345a", " 12345", "123456 ", "-12345", "+12345",
	"0x1234", "１２"};
	const int64_t now = 37037036;

	for (int ahead = -5; ahead <= 5; ahead++)
		each(vz_totp_match(mac, secret, typed(now + ahead), now, 0) == (ahead >= -1 && ahead <= 1 ? now + ahead : 0),
		"%d steps ahead", ahead);
	all("the present step and its neighbours");
	is_number(vz_totp_match(mac, secret, typed(now), now, now), 0, "a code that was used");
	is_number(vz_totp_match(mac, secret, typed(now - 1), now, now), 0, "one before it");
	is_number(vz_totp_match(mac, secret, typed(now + 1), now, now), now + 1, "the next one is good");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		each(vz_totp_match(mac, secret, wrong[i], now, 0) == 0, "'%s' is a code", wrong[i]);
	all("what is not six digits is none");
	is_text(typed(1234567890 / 30), "005924", "zeros in front count");
	is_number(vz_totp_match(mac, secret, "005924", 1234567890 / 30, 0), 1234567890 / 30, "and are read");
	is_number(vz_totp_match(mac, secret, "5924", 1234567890 / 30, 0), 0, "without them it is none");
}

int
main(void)
{
	test_vectors();
	test_window();
	return done_testing();
}
