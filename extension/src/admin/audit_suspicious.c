/*
 * audit_suspicious.c
 *		What in the audit log looks like an attack.
 *
 * Each kind is a number of events within a time that moves over the period;
 * numbers and times are rows of veza_data.setting named suspicious_*. The
 * severity is high from twice the number on, and always for a stolen token.
 */
#include "audit_report.h"

#include "../core/ground/clock.h"
#include "../core/ground/json.h"

#define SUSPICIOUS_DAYS	1

/*
 * $1, $2 the period; $3 to $10 number and time in seconds: of one account's
 * failed logins, of one address's, of one account's addresses, of refusals by
 * a rate limit. "peak" is the most that falls within the time.
 */
static VzStmt attacks = VZ_STMT_SEARCH(
	"with failed as materialized ("
	"  select at, resource_id, ip_address,"
	"         count(*) over (partition by resource_id order by at"
	"                        range between make_interval(secs => $4) preceding and current row) as of_account,"
	"         count(*) over (partition by ip_address order by at"
	"                        range between make_interval(secs => $6) preceding and current row) as of_address"
	"    from veza_data.audit_log where action = 'auth.login' and outcome = 'failure' and at >= $1 and at < $2),"
	" logged_in as materialized ("
	"  select at, resource_id, ip_address from veza_data.audit_log"
	"   where action = 'auth.login' and outcome = 'success' and at >= $1 and at < $2"
	"     and resource_id is not null and ip_address is not null),"
	" wanderer as materialized ("
	"  select resource_id from logged_in group by 1 having count(distinct ip_address) >= $7),"
	" limited as ("
	"  select at, ip_address,"
	"         count(*) over (partition by ip_address order by at"
	"                        range between make_interval(secs => $10) preceding and current row) as of_address"
	"    from veza_data.audit_log where action = 'security.rate_limit' and ip_address is not null and at >= $1 and at < $2),"
	" found as ("
	"  select 'brute_force' as type, resource_id, case when count(distinct ip_address) = 1 then min(ip_address) end as ip_address,"
	"         count(*) as count, min(at) as first_seen, max(at) as last_seen, max(of_account)::float8 / $3 as excess"
	"    from failed where resource_id is not null group by resource_id having max(of_account) >= $3"
	"  union all"
	"  select 'brute_force', null, ip_address, count(*), min(at), max(at), max(of_address)::float8 / $5"
	"    from failed where ip_address is not null group by ip_address having max(of_address) >= $5"
	"  union all"
	"  select 'many_ips_one_user', resource_id, null, max(peak), min(at), max(at), max(peak)::float8 / $7"
	"    from (select l.resource_id, l.at, (select count(distinct p.ip_address) from veza_data.audit_log p"
	"             where p.resource_id = l.resource_id and p.at between l.at - make_interval(secs => $8) and l.at"
	"               and p.at >= $1 and p.action = 'auth.login' and p.outcome = 'success') as peak"
	"            from logged_in l join wanderer w using (resource_id)) x"
	"   group by resource_id having max(peak) >= $7"
	"  union all"
	"  select 'token_reuse', s.user_id::text, case when count(distinct a.ip_address) = 1 then min(a.ip_address) end,"
	"         count(*), min(a.at), max(a.at), 2"
	"    from veza_data.audit_log a left join veza_data.session s on s.id::text = a.resource_id"
	"   where a.action = 'auth.refresh_reuse' and a.at >= $1 and a.at < $2 group by s.user_id"
	"  union all"
	"  select 'rate_limit_abuse', null, ip_address, count(*), min(at), max(at), max(of_address)::float8 / $9"
	"    from limited group by ip_address having max(of_address) >= $9)"
	" select f.type, u.id as user_id, u.username, f.ip_address, f.count, f.first_seen, f.last_seen,"
	"        case when f.excess >= 2 then 'high' else 'medium' end as severity"
	"   from found f left join veza_data.users u on u.id::text = f.resource_id"
	"  order by f.excess >= 2 desc, f.last_seen desc, f.type, f.ip_address, u.id limit 1000",
	TIMESTAMPTZOID, TIMESTAMPTZOID, INT8OID, FLOAT8OID, INT8OID, FLOAT8OID, INT8OID, FLOAT8OID, INT8OID, FLOAT8OID);

VZ_FUNCTION(audit_suspicious);

/* window_of returns a setting as the number that make_interval takes. */
static VzArg
window_of(const char *setting)
{
	return vz_arg_datum(Float8GetDatum((double) vz_setting_int(setting)), false);
}

/* audit_suspicious lists what looks like an attack, the gravest first. Arguments: from (a day ago), to (now). */
Datum
audit_suspicious(PG_FUNCTION_ARGS)
{
	VzPeriod	period = vz_period_arguments(fcinfo, 0, SUSPICIOUS_DAYS);

	return vz_json_rows(&attacks,
						VZ_ARGS(vz_arg_time(period.from), vz_arg_time(period.to),
								vz_arg_int8(vz_setting_int("suspicious_account_logins")), window_of("suspicious_account_window"),
								vz_arg_int8(vz_setting_int("suspicious_address_logins")), window_of("suspicious_address_window"),
								vz_arg_int8(vz_setting_int("suspicious_user_addresses")), window_of("suspicious_user_window"),
								vz_arg_int8(vz_setting_int("suspicious_rate_limits")), window_of("suspicious_rate_window")),
						NULL);
}
