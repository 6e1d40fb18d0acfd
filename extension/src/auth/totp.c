/*
 * totp.c
 *		Time-based one-time passwords (see totp.h).
 */
#include "totp.h"

#include "common/hmac.h"
#include "common/sha1.h"

int
vz_totp_code(const uint8 secret[VZ_TOTP_SECRET_BYTES], int64 step)
{
	uint8		counter[8];
	uint8		digest[SHA1_DIGEST_LENGTH];
	pg_hmac_ctx *ctx = pg_hmac_create(PG_SHA1);
	const uint8 *p;

	for (int i = 7; i >= 0; i--, step >>= 8)
		counter[i] = (uint8) (step & 0xFF);
	if (ctx == NULL || pg_hmac_init(ctx, secret, VZ_TOTP_SECRET_BYTES) < 0 ||
		pg_hmac_update(ctx, counter, sizeof(counter)) < 0 ||
		pg_hmac_final(ctx, digest, sizeof(digest)) < 0)
		elog(ERROR, "could not compute a message authentication code");
	pg_hmac_free(ctx);
	p = digest + (digest[SHA1_DIGEST_LENGTH - 1] & 0x0F);
	return (int) ((((uint32) (p[0] & 0x7F) << 24) | ((uint32) p[1] << 16) | ((uint32) p[2] << 8) | p[3]) % 1000000);
}

int64
vz_totp_match(const uint8 secret[VZ_TOTP_SECRET_BYTES], const char *text, int64 now_step, int64 last_step)
{
	int64		found = 0;

	if (strlen(text) != 6 || strspn(text, "0123456789") != 6)
		return 0;
	for (int64 step = now_step - 1; step <= now_step + 1; step++)
		if (step > last_step && vz_totp_code(secret, step) == atoi(text))
			found = step;
	return found;
}
