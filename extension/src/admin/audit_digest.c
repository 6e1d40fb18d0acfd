/*
 * audit_digest.c
 *		What a seal is computed from (see audit_digest.h).
 *
 * The hash goes over the previous hash, the covered rows in the order of
 * transaction and id, and the seal's own columns. Every value is hashed as its
 * text in UTF-8 with its length before it, so that no two different rows read
 * the same; times count microseconds, so that no setting of the session
 * changes them. Columns that a DBA has added are not covered.
 */
#include "audit_digest.h"

#include "../core/ground/query.h"

#include "common/cryptohash.h"
#include "common/sha2.h"

/* Part of every hash: what is hashed, in this order, is format 1 for ever. */
#define SEAL_FORMAT "veza audit seal 1"

static VzStmt covered_rows = VZ_STMT(
	"select l.id, l.id::text, l.cluster::text, l.xact::text, (extract(epoch from at) * 1000000)::bigint::text,"
	"       actor_id::text, actor_kind, db_role::text, action, outcome, resource_type, resource_id, reason,"
	"       old_values::text, new_values::text, details::text, ip_address, user_agent, session_id::text, request_id"
	"  from veza_data.audit_log l where l.cluster = $1 and l.xact >= $2 and l.xact < $3 order by l.xact, l.id",
	INT8OID, INT8OID, INT8OID);

static VzStmt find_seal = VZ_STMT(
	"select no, cluster, from_xact, to_xact, row_count, first_id, last_id, previous_hash, hash, sealed_at"
	"  from veza_data.audit_seal where no = $1", INT8OID);

static VzStmt find_end = VZ_STMT(
	"select to_xact from veza_data.audit_seal where cluster = $1 and no < $2 order by no desc limit 1", INT8OID, INT8OID);

/* A hash under way, and what was seen of the rows. */
typedef struct Digest
{
	pg_cryptohash_ctx *ctx;
	VzSealed	sealed;
} Digest;

/* digest_bytes feeds bytes as they are; they must not depend on the encoding of the database. */
static void
digest_bytes(Digest *digest, const void *data, size_t len)
{
	if (pg_cryptohash_update(digest->ctx, data, len) < 0)
		elog(ERROR, "could not compute a digest");
}

/* digest_text adds a text with its length, or the mark of a missing one. */
static void
digest_text(Digest *digest, const char *text)
{
	char		length[24];
	const char *utf8;

	if (text == NULL)
	{
		digest_bytes(digest, "-;", 2);
		return;
	}
	utf8 = pg_server_to_any(text, (int) strlen(text), PG_UTF8);
	snprintf(length, sizeof(length), "%zu:", strlen(utf8));
	digest_bytes(digest, length, strlen(length));
	digest_bytes(digest, utf8, strlen(utf8));
}

/* digest_number adds a number as its decimal text, with the length that every text has. */
static void
digest_number(Digest *digest, int64 number)
{
	char		text[24];

	snprintf(text, sizeof(text), INT64_FORMAT, number);
	digest_text(digest, text);
}

/* digest_rows is the visitor that adds the rows: all columns but the first, which is the id as a number. */
static void
digest_rows(SPITupleTable *rows, uint64 n, void *state)
{
	Digest	   *digest = state;
	MemoryContext one = AllocSetContextCreate(CurrentMemoryContext, "veza audit row", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(one);

	for (uint64 i = 0; i < n; i++)
	{
		bool		isnull;
		int64		id = DatumGetInt64(SPI_getbinval(rows->vals[i], rows->tupdesc, 1, &isnull));

		digest->sealed.first_id = i == 0 ? id : Min(digest->sealed.first_id, id);
		digest->sealed.last_id = Max(digest->sealed.last_id, id);
		for (int column = 2; column <= rows->tupdesc->natts; column++)
			digest_text(digest, SPI_getvalue(rows->vals[i], rows->tupdesc, column));
		MemoryContextReset(one);
	}
	digest->sealed.row_count = (int64) n;
	MemoryContextSwitchTo(old);
	MemoryContextDelete(one);
}

VzSealed
vz_seal_compute(const VzSeal *seal)
{
	Digest		digest = {.ctx = pg_cryptohash_create(PG_SHA256)};

	if (digest.ctx == NULL || pg_cryptohash_init(digest.ctx) < 0)
		elog(ERROR, "could not compute a digest");
	digest_text(&digest, SEAL_FORMAT);
	digest_bytes(&digest, seal->previous_hash, VZ_SEAL_HASH_BYTES);
	vz_query_visit(&covered_rows, VZ_ARGS(vz_arg_int8(seal->cluster), vz_arg_int8(seal->from_xact),
										  vz_arg_int8(seal->to_xact)), digest_rows, &digest);
	digest_number(&digest, seal->no);
	digest_number(&digest, seal->cluster);
	digest_number(&digest, seal->from_xact);
	digest_number(&digest, seal->to_xact);
	digest_number(&digest, digest.sealed.row_count);
	digest_number(&digest, digest.sealed.first_id);
	digest_number(&digest, digest.sealed.last_id);
	digest_number(&digest, seal->sealed_at);
	if (pg_cryptohash_final(digest.ctx, digest.sealed.hash, VZ_SEAL_HASH_BYTES) < 0)
		elog(ERROR, "could not compute a digest");
	pg_cryptohash_free(digest.ctx);
	return digest.sealed;
}

/* copy_hash copies a hash out of a row. */
static void
copy_hash(uint8 *hash, const VzRow *row, const char *column)
{
	bool		isnull;
	bytea	   *value = DatumGetByteaPP(vz_row_datum(row, column, &isnull));

	memcpy(hash, VARDATA_ANY(value), VZ_SEAL_HASH_BYTES);
}

bool
vz_seal_find(int64 no, VzSeal *seal)
{
	VzRow		row;

	if (!vz_query_row(&find_seal, VZ_ARGS(vz_arg_int8(no)), &row))
		return false;
	seal->no = no;
	seal->cluster = vz_row_int8(&row, "cluster");
	seal->from_xact = vz_row_int8(&row, "from_xact");
	seal->to_xact = vz_row_int8(&row, "to_xact");
	seal->row_count = vz_row_int8(&row, "row_count");
	seal->first_id = vz_row_int8(&row, "first_id");
	seal->last_id = vz_row_int8(&row, "last_id");
	seal->sealed_at = vz_row_time(&row, "sealed_at");
	copy_hash(seal->previous_hash, &row, "previous_hash");
	copy_hash(seal->hash, &row, "hash");
	return true;
}

int64
vz_seal_end_before(int64 cluster, int64 no)
{
	VzRow		row;

	return vz_query_row(&find_end, VZ_ARGS(vz_arg_int8(cluster), vz_arg_int8(no)), &row) ? vz_row_int8(&row, "to_xact") : 0;
}
