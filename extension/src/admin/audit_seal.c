/*
 * audit_seal.c
 *		Sealing the audit log (see audit_seal.h).
 *
 * A transaction of this cluster is surely over when it is older than every
 * transaction that runs; one that another cluster has written, before a dump
 * was restored here, is over anyhow. So whatever is below a seal's end can
 * never get another row, and a row that appears there is a forgery.
 */
#include "audit_seal.h"

#include "../core/ground/clock.h"
#include "../core/ground/query.h"
#include "audit_digest.h"
#include "access/xlog.h"

/* At most so many seals in one run of the job. */
#define SEALS_PER_RUN 10

/* The clusters that have written, by skipping through the index. */
static VzStmt find_clusters = VZ_STMT_NO_ARGS(
	"with recursive c as ("
	" (select cluster from veza_data.audit_log order by cluster limit 1)"
	" union all"
	" select (select a.cluster from veza_data.audit_log a where a.cluster > c.cluster order by a.cluster limit 1)"
	"   from c where c.cluster is not null)"
	" select cluster from c where cluster is not null");

static VzStmt oldest_running = VZ_STMT_NO_ARGS(
	"select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as xact");

/* What the rows of a range begin with, end with, and the transaction of the row after the first $4 of them. */
static VzStmt look_ahead = VZ_STMT(
	"select (select xact from veza_data.audit_log where cluster = $1 and xact >= $2 and xact < $3"
	"         order by xact, id limit 1) as first,"
	"       (select xact from veza_data.audit_log where cluster = $1 and xact >= $2 and xact < $3"
	"         order by xact desc, id desc limit 1) as last,"
	"       (select xact from veza_data.audit_log where cluster = $1 and xact >= $2 and xact < $3"
	"         order by xact, id offset $4 limit 1) as next",
	INT8OID, INT8OID, INT8OID, INT8OID);

static VzStmt find_state = VZ_STMT_NO_ARGS(
	"select newest_no, newest_hash from veza_data.audit_seal_state for update");

static VzStmt insert_seal = VZ_STMT(
	"insert into veza_data.audit_seal (no, cluster, from_xact, to_xact, row_count, first_id, last_id,"
	"                                  previous_hash, hash, sealed_at)"
	" values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
	INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, BYTEAOID, BYTEAOID, TIMESTAMPTZOID);

static VzStmt set_newest = VZ_STMT(
	"update veza_data.audit_seal_state set newest_no = $1, newest_hash = $2", INT8OID, BYTEAOID);

/* choose_end decides where the next seal of a cluster ends; false when there is nothing to seal, or not yet. */
static bool
choose_end(VzSeal *seal, int64 horizon, bool is_due)
{
	VzRow		row;

	vz_query_row(&look_ahead, VZ_ARGS(vz_arg_int8(seal->cluster), vz_arg_int8(seal->from_xact),
									  vz_arg_int8(horizon), vz_arg_int8(vz_setting_int("audit_seal_rows"))), &row);
	if (vz_row_isnull(&row, "first"))
		return false;
	if (vz_row_isnull(&row, "next"))
	{
		seal->to_xact = vz_row_int8(&row, "last") + 1;
		return is_due;
	}
	seal->to_xact = vz_row_int8(&row, "next");
	if (seal->to_xact == vz_row_int8(&row, "first"))
		seal->to_xact++;		/* a transaction is not divided */
	return true;
}

/* log_newest_hash says the newest hash where a superuser of the database cannot take it back: in the server log. */
static void
log_newest_hash(const VzSeal *seal)
{
	char		hex[2 * VZ_SEAL_HASH_BYTES + 1];

	for (int i = 0; i < VZ_SEAL_HASH_BYTES; i++)
		snprintf(hex + 2 * i, 3, "%02x", seal->hash[i]);
	ereport(LOG, (errmsg("audit log: seal " INT64_FORMAT " over " INT64_FORMAT " rows is %s", seal->no, seal->row_count, hex),
				  errhidestmt(true), errhidecontext(true)));
}

/* append_seal computes the seal from its range and makes it the newest. */
static void
append_seal(VzSeal *seal)
{
	VzSealed	sealed = vz_seal_compute(seal);

	seal->row_count = sealed.row_count;
	memcpy(seal->hash, sealed.hash, VZ_SEAL_HASH_BYTES);
	vz_execute(&insert_seal,
			   VZ_ARGS(vz_arg_int8(seal->no), vz_arg_int8(seal->cluster), vz_arg_int8(seal->from_xact),
					   vz_arg_int8(seal->to_xact), vz_arg_int8(sealed.row_count), vz_arg_int8(sealed.first_id),
					   vz_arg_int8(sealed.last_id), vz_arg_bytes(seal->previous_hash, VZ_SEAL_HASH_BYTES),
					   vz_arg_bytes(seal->hash, VZ_SEAL_HASH_BYTES), vz_arg_time(seal->sealed_at)));
	vz_execute(&set_newest, VZ_ARGS(vz_arg_int8(seal->no), vz_arg_bytes(seal->hash, VZ_SEAL_HASH_BYTES)));
	log_newest_hash(seal);
}

/* start_chain prepares the seal that comes next; true when the newest one is audit_seal_interval seconds old. */
static bool
start_chain(VzSeal *next)
{
	VzSeal		newest;
	VzRow		state;

	memset(next, 0, sizeof(*next));
	next->sealed_at = vz_now();
	if (!vz_query_row(&find_state, VZ_NO_ARGS, &state))
		elog(ERROR, "veza_data.audit_seal_state has lost its row");
	next->no = vz_row_int8(&state, "newest_no") + 1;
	if (next->no == 1)
		return true;
	if (!vz_seal_find(next->no - 1, &newest))
		elog(ERROR, "seal " INT64_FORMAT " of the audit log is missing; see veza.verify_audit()", next->no - 1);
	memcpy(next->previous_hash, newest.hash, VZ_SEAL_HASH_BYTES);
	return newest.sealed_at <= vz_time_plus(next->sealed_at, -vz_setting_int("audit_seal_interval"));
}

int64
vz_job_seal_audit(void)
{
	VzSeal		next;
	bool		is_due = start_chain(&next);
	VzRows		clusters = vz_query_rows(&find_clusters, VZ_NO_ARGS);
	int64		own = (int64) GetSystemIdentifier();
	int64		running;
	int64		rows = 0;
	VzRow		row;

	/* Read before the rows are: a later snapshot sees at least what is over now. */
	vz_query_row(&oldest_running, VZ_NO_ARGS, &row);
	running = vz_row_int8(&row, "xact");
	for (uint64 i = 0; i < clusters.n; i++)
	{
		next.cluster = vz_row_int8(&clusters.row[i], "cluster");
		next.from_xact = vz_seal_end_before(next.cluster, next.no);
		for (int n = 0; n < SEALS_PER_RUN && choose_end(&next, next.cluster == own ? running : PG_INT64_MAX, is_due); n++)
		{
			append_seal(&next);
			rows += next.row_count;
			memcpy(next.previous_hash, next.hash, VZ_SEAL_HASH_BYTES);
			next.from_xact = next.to_xact;
			next.no++;
		}
	}
	return rows;
}
