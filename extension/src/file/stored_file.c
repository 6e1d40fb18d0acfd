/*
 * stored_file.c
 *		Files in their place, and who names them (see stored_file.h).
 *
 * Every column that names a file stands in the view veza_data.file_use; the
 * sweep asks it, so that it knows no domain.
 */
#include "stored_file.h"

#include "../core/ground/clock.h"
#include "../core/ground/query.h"

#define HASH_LEN 64

static VzStmt name_file = VZ_STMT(
	"insert into veza_data.file (hash, size, type, width, height, created_at) values ($1, $2, $3, $4, $5, $6)"
	" on conflict (hash) do update set created_at = excluded.created_at",
	TEXTOID, INT8OID, TEXTOID, INT4OID, INT4OID, TIMESTAMPTZOID);

/* A file that is uploaded again meanwhile has a new time, and stays. */
static VzStmt sweep = VZ_STMT(
	"delete from veza_data.file where hash in"
	" (select hash from veza_data.file f where created_at < $1"
	"    and not exists (select from veza_data.file_use u where u.hash = f.hash) limit 1000)"
	"   and created_at < $1",
	TIMESTAMPTZOID);

static VzStmt find_unnamed = VZ_STMT(
	"select coalesce(array_agg(h), '{}') as hashes from unnest($1) h where not exists (select from veza_data.file f where f.hash = h)", TEXTARRAYOID);

VZ_FUNCTION(unnamed_files);

bool
vz_file_hash_is_well_formed(const char *hash)
{
	return hash != NULL && strlen(hash) == HASH_LEN && strspn(hash, "0123456789abcdef") == HASH_LEN;
}

void
vz_file_register(const VzStoredFile *file)
{
	bool		is_image = file->width > 0;

	vz_execute(&name_file, VZ_ARGS(vz_arg_text(file->hash), vz_arg_int8(file->size), vz_arg_text(file->type),
								   is_image ? vz_arg_int4(file->width) : vz_arg_null(),
								   is_image ? vz_arg_int4(file->height) : vz_arg_null(), vz_arg_time(vz_now())));
}

/* unnamed_files says which of these files no row names. */
Datum
unnamed_files(PG_FUNCTION_ARGS)
{
	bool		isnull;
	VzRow		row;

	vz_query_row(&find_unnamed, VZ_ARGS(vz_arg_datum(PG_GETARG_DATUM(0), false)), &row);
	return vz_row_datum(&row, "hashes", &isnull);
}

int64
vz_job_sweep_files(void)
{
	return (int64) vz_execute(&sweep, VZ_ARGS(vz_arg_time(vz_time_plus(vz_now(), -vz_setting_int("file_keep")))));
}
