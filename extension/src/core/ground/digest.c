/*
 * digest.c
 *		SHA-256 as a statement argument (see digest.h).
 */
#include "digest.h"

#include "common/cryptohash.h"
#include "common/sha2.h"

VzArg
vz_arg_sha256(const void *data, size_t len)
{
	uint8		digest[PG_SHA256_DIGEST_LENGTH];
	pg_cryptohash_ctx *ctx = pg_cryptohash_create(PG_SHA256);

	if (ctx == NULL || pg_cryptohash_init(ctx) < 0 ||
		pg_cryptohash_update(ctx, data, len) < 0 ||
		pg_cryptohash_final(ctx, digest, sizeof(digest)) < 0)
		elog(ERROR, "could not compute a digest");
	pg_cryptohash_free(ctx);
	return vz_arg_bytes(digest, sizeof(digest));
}
