/*
 * limit.c
 *		Limits per account (see limit.h).
 */
#include "limit.h"

#include "../core/ground/arguments.h"
#include "../core/ground/audit.h"
#include "../core/ground/clock.h"
#include "../core/ground/digest.h"

/*
 * The attempts of the window are kept, each with its time: so no window ever
 * holds more than the limit, wherever it begins. Who is refused is not counted.
 */
static VzStmt take = VZ_STMT(
	"insert into veza_data.limit_counter as c (scope, subject_hash, taken_at, let_in, over_at)"
	" values ($1, $2, array[$3], true, $5)"
	" on conflict (scope, subject_hash) do update set (taken_at, let_in, over_at) ="
	"   (select case when count(*) < $6 then array_append(array_agg(t order by t), $3) else array_agg(t order by t) end,"
	"           count(*) < $6, $5"
	"      from unnest(c.taken_at) t where t > $4)"
	" returning let_in, taken_at[cardinality(taken_at) - $6 + 1] as blocking",
	TEXTOID, BYTEAOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TIMESTAMPTZOID, INT4OID);

static VzStmt give_back = VZ_STMT(
	"update veza_data.limit_counter"
	"   set taken_at = taken_at[:array_position(taken_at, $3) - 1] || taken_at[array_position(taken_at, $3) + 1:]"
	" where scope = $1 and subject_hash = $2 and $3 = any (taken_at)",
	TEXTOID, BYTEAOID, TIMESTAMPTZOID);

static VzStmt sweep = VZ_STMT("delete from veza_data.limit_counter where over_at < $1", TIMESTAMPTZOID);

VZ_FUNCTION(record_rate_limit);

VzRefusal *
vz_limit_take(const char *scope, const char *subject, int64 limit, int64 window_s)
{
	TimestampTz now = vz_now();
	int64		wait_s;
	VzRow		row;

	if (limit <= 0)
		return NULL;
	vz_query_row(&take, VZ_ARGS(vz_arg_text(scope), vz_arg_sha256(subject, strlen(subject)), vz_arg_time(now),
								vz_arg_time(vz_time_plus(now, -window_s)), vz_arg_time(vz_time_plus(now, window_s)),
								vz_arg_int4((int32) Min(limit, INT_MAX))), &row);
	if (vz_row_bool(&row, "let_in"))
		return NULL;
	wait_s = (vz_time_plus(vz_row_time(&row, "blocking"), window_s) - now + USECS_PER_SEC - 1) / USECS_PER_SEC;
	wait_s = Max(1, wait_s);
	return vz_retry_after(vz_fact_int(vz_fact_int(vz_fact_int(vz_fact(vz_refusal(VZ_E_RATE_LIMIT_EXCEEDED), "budget", scope),
															  "limit", limit),
												  "window_seconds", window_s),
									  "retry_after", wait_s), (int) wait_s);
}

void
vz_limit_give_back(const char *scope, const char *subject)
{
	vz_execute(&give_back, VZ_ARGS(vz_arg_text(scope), vz_arg_sha256(subject, strlen(subject)), vz_arg_time(vz_now())));
}

int64
vz_job_sweep_limits(void)
{
	return (int64) vz_execute(&sweep, VZ_ARGS(vz_arg_time(vz_now())));
}

/* record_rate_limit notes that veza-httpd has begun to refuse an address. */
Datum
record_rate_limit(PG_FUNCTION_ARGS)
{
	VzAudit		entry = {.action = "security.rate_limit", .outcome = "failure", .resource_type = "rate_limit"};

	VZ_REQUIRE_ARGUMENTS("address", "budget");
	entry.address = text_to_cstring(PG_GETARG_TEXT_PP(0));
	entry.resource_id = text_to_cstring(PG_GETARG_TEXT_PP(1));
	vz_audit(&entry);
	PG_RETURN_VOID();
}
