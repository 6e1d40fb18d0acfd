/*
 * analyst_limit.c
 *		How long an analyst may work at a time (see analyst_limit.h).
 *
 * statement_timeout is a default that any session can switch off. A snapshot
 * that is kept for hours keeps vacuum from all tables, so somebody else has to
 * look at the clock. Operators and superusers are no analysts, whatever roles
 * they are members of besides.
 */
#include "analyst_limit.h"

#include "../core/ground/clock.h"
#include "../core/ground/query.h"

static VzStmt end_overdue = VZ_STMT(
	"select a.usename, pg_terminate_backend(a.pid) as is_ended"
	"  from pg_stat_activity a join pg_roles r on r.oid = a.usesysid"
	" where a.backend_type = 'client backend' and a.datid = $1"
	"   and a.xact_start < clock_timestamp() - $2 * interval '1 second'"
	"   and pg_has_role(r.oid, 'veza_analyst', 'member')"
	"   and not pg_has_role(r.oid, 'veza_dba', 'member') and not r.rolsuper",
	OIDOID, INT8OID);

int64
vz_job_limit_analysts(void)
{
	int64		limit_s = vz_setting_int("analyst_time_limit");
	VzRows		ended = vz_query_rows(&end_overdue, VZ_ARGS(vz_arg_datum(ObjectIdGetDatum(MyDatabaseId), false),
															vz_arg_int8(limit_s)));

	for (uint64 i = 0; i < ended.n; i++)
		ereport(LOG, (errmsg("a session of analyst %s was ended: its transaction was older than " INT64_FORMAT " s",
							 vz_row_text(&ended.row[i], "usename"), limit_s),
					  errhidestmt(true), errhidecontext(true)));
	return (int64) ended.n;
}
