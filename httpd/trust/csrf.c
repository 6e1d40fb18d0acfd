/*
 * csrf.c
 *		CSRF tokens (see csrf.h): 16 random bytes, the time of expiry, and an
 *		HMAC-SHA256 of both and of the session under a key that is derived for
 *		this purpose.
 */
#include "csrf.h"

#include <sodium.h>
#include <string.h>

#define RANDOM_BYTES 16
#define TIME_BYTES 8
#define SIGNED_BYTES (RANDOM_BYTES + TIME_BYTES)
#define TOKEN_BYTES (SIGNED_BYTES + crypto_auth_hmacsha256_BYTES)
#define BASE64 sodium_base64_VARIANT_URLSAFE_NO_PADDING

/* sign writes the signature of a token's first bytes and its session. */
static void
sign(const char *secret, const char *session, const unsigned char *bytes, unsigned char *mac)
{
	static const char purpose[] = "veza csrf token";
	crypto_auth_hmacsha256_state state;
	unsigned char key[crypto_auth_hmacsha256_BYTES];

	crypto_auth_hmacsha256_init(&state, (const unsigned char *) secret, strlen(secret));
	crypto_auth_hmacsha256_update(&state, (const unsigned char *) purpose, sizeof(purpose));
	crypto_auth_hmacsha256_final(&state, key);
	crypto_auth_hmacsha256_init(&state, key, sizeof(key));
	crypto_auth_hmacsha256_update(&state, bytes, SIGNED_BYTES);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *) session, strlen(session));
	crypto_auth_hmacsha256_final(&state, mac);
	sodium_memzero(key, sizeof(key));
}

void
csrf_make(const char *secret, const char *session, int64_t expiry_s, char out[CSRF_TOKEN_SIZE])
{
	unsigned char token[TOKEN_BYTES];

	randombytes_buf(token, RANDOM_BYTES);
	for (int i = 0; i < TIME_BYTES; i++)
		token[RANDOM_BYTES + i] = (unsigned char) (expiry_s >> (8 * (TIME_BYTES - 1 - i)));
	sign(secret, session, token, token + SIGNED_BYTES);
	sodium_bin2base64(out, CSRF_TOKEN_SIZE, token, sizeof(token), BASE64);
}

bool
csrf_is_good(const char *secret, const char *session, int64_t now_s, const char *token)
{
	unsigned char bytes[TOKEN_BYTES];
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	uint64_t	expiry = 0;
	size_t		len;

	if (sodium_base642bin(bytes, sizeof(bytes), token, strlen(token), NULL, &len, NULL, BASE64) != 0 || len != sizeof(bytes))
		return false;
	sign(secret, session, bytes, mac);
	if (sodium_memcmp(mac, bytes + SIGNED_BYTES, sizeof(mac)) != 0)
		return false;
	for (int i = 0; i < TIME_BYTES; i++)
		expiry = expiry << 8 | bytes[RANDOM_BYTES + i];
	return (int64_t) expiry > now_s;
}
