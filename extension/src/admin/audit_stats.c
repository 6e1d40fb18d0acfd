/*
 * audit_stats.c
 *		The audit log in figures.
 */
#include "audit_report.h"

#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../core/ground/refusal.h"
#include "../core/request/request.h"

#define STATS_DAYS		30
#define SECONDS_PER_DAY	86400

static VzStmt figures = VZ_STMT_SEARCH(
	"with part as materialized ("
	"  select (at at time zone 'UTC')::date as day, action, outcome, count(*) as n"
	"    from veza_data.audit_log where at >= $1 and at < $2 group by 1, 2, 3)"
	" select json_build_object('date_from', $1, 'date_to', $2) as period,"
	"        coalesce((select sum(n) from part), 0)::bigint as total,"
	"        coalesce((select json_agg(json_build_object('action', action, 'count', n) order by n desc, action)"
	"           from (select action, sum(n)::bigint as n from part group by action) a), '[]') as by_action,"
	"        coalesce((select json_agg(json_build_object('user_id', actor_id, 'username', username, 'count', n)"
	"                                  order by n desc, actor_id)"
	"           from (select actor_id, count(*) as n from veza_data.audit_log"
	"                  where at >= $1 and at < $2 and actor_id is not null group by actor_id order by 2 desc, 1 limit 10) p"
	"           left join veza_data.users u on u.id = p.actor_id), '[]') as by_user,"
	"        coalesce((select json_agg(json_build_object('day', day, 'count', n) order by day)"
	"           from (select day, sum(n)::bigint as n from part group by day) d), '[]') as by_day,"
	"        coalesce((select sum(n) from part where action = 'auth.login' and outcome = 'failure'), 0)::bigint as failed_logins,"
	"        (select count(*) from (select from veza_data.audit_log"
	"          where at >= $1 and at < $2 and ip_address is not null group by ip_address) i) as unique_ips",
	TIMESTAMPTZOID, TIMESTAMPTZOID);

VZ_FUNCTION(audit_stats);

VzPeriod
vz_period_arguments(FunctionCallInfo fcinfo, int argno, int days)
{
	VzPeriod	period;

	vz_require_admin();
	period.to = PG_ARGISNULL(argno + 1) ? vz_time_plus(vz_now(), 1) : PG_GETARG_TIMESTAMPTZ(argno + 1);
	period.from = PG_ARGISNULL(argno) ? vz_time_plus(period.to, -(int64) days * SECONDS_PER_DAY)
		: PG_GETARG_TIMESTAMPTZ(argno);
	if (TIMESTAMP_NOT_FINITE(period.from) || TIMESTAMP_NOT_FINITE(period.to))
		vz_raise(vz_field_error(vz_refusal(VZ_E_VALIDATION_ERROR), "date_from", "must be a time, as must date_to"));
	if (period.from >= period.to)
		vz_raise(vz_field_error(vz_refusal(VZ_E_VALIDATION_ERROR), "date_from", "must be before date_to"));
	return period;
}

/* audit_stats counts the audit log by action, user and day. Arguments: from (30 days ago), to (now). */
Datum
audit_stats(PG_FUNCTION_ARGS)
{
	VzPeriod	period = vz_period_arguments(fcinfo, 0, STATS_DAYS);
	Datum		json;

	vz_json_row(&figures, VZ_ARGS(vz_arg_time(period.from), vz_arg_time(period.to)), &json);
	return json;
}
