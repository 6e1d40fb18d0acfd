/*
 * secret.c
 *		Random tokens (see secret.h).
 */
#include "secret.h"

#include "token.h"

#define TOKEN_BYTES 32
#define TOKEN_CHARS 43

void
vz_random_bytes(void *out, size_t n)
{
	if (!pg_strong_random(out, n))
		elog(ERROR, "could not generate random bytes");
}

char *
vz_secret_new(void)
{
	unsigned char random[TOKEN_BYTES];
	char	   *token = palloc(TOKEN_CHARS + 1);

	vz_random_bytes(random, sizeof(random));
	vz_base64url(random, sizeof(random), token);
	return token;
}

bool
vz_secret_is_well_formed(const char *token)
{
	return strlen(token) == TOKEN_CHARS &&
		strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == TOKEN_CHARS;
}
