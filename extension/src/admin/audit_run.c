/*
 * audit_run.c
 *		Looking for broken invariants at intervals (see audit_run.h).
 */
#include "audit_run.h"

#include "../core/effects/job.h"

static VzStmt record_audit = VZ_STMT_NO_ARGS(
	"insert into veza_data.audit_run (at, findings, duration_ms)"
	" select clock_timestamp(), n, extract(epoch from clock_timestamp() - now()) * 1000"
	"   from (select count(*) as n from veza.audit) a"
	" returning findings");

static VzStmt sweep_audits = VZ_STMT("delete from veza_data.audit_run where at < $1", TIMESTAMPTZOID);

VZ_FUNCTION(run_audit);

int64
vz_job_sweep_audits(void)
{
	return vz_sweep(&sweep_audits, "audit_keep");
}

/* run_audit counts the rows of veza.audit and keeps the number for the metrics. */
Datum
run_audit(PG_FUNCTION_ARGS)
{
	VzRow		row;

	vz_query_row(&record_audit, VZ_NO_ARGS, &row);
	PG_RETURN_INT64(vz_row_int8(&row, "findings"));
}
