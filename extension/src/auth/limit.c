/*
 * limit.c
 *		Limits per account (see limit.h).
 */
#include "limit.h"

#include "../core/arguments.h"
#include "../core/audit.h"
#include "../core/clock.h"
#include "../core/digest.h"

static VzStmt count_attempt = VZ_STMT(
	"insert into veza_data.limit_counter as c (scope, subject_hash, window_start, n) values ($1, $2, $3, 1)"
	" on conflict (scope, subject_hash) do update"
	"   set window_start = case when c.window_start <= $4 then $3 else c.window_start end,"
	"       n = case when c.window_start <= $4 then 1 else c.n + 1 end"
	" returning n, window_start",
	TEXTOID, BYTEAOID, TIMESTAMPTZOID, TIMESTAMPTZOID);

static VzStmt forget = VZ_STMT(
	"delete from veza_data.limit_counter where scope = $1 and subject_hash = $2", TEXTOID, BYTEAOID);

static VzStmt sweep = VZ_STMT("delete from veza_data.limit_counter where window_start < $1", TIMESTAMPTZOID);

VZ_FUNCTION(record_rate_limit);

VzRefusal *
vz_limit_take(const char *scope, const char *subject, int64 limit, int64 window_s)
{
	TimestampTz now = vz_now();
	int64		wait_s;
	VzRow		row;

	if (limit <= 0)
		return NULL;
	vz_query_row(&count_attempt, VZ_ARGS(vz_arg_text(scope), vz_arg_sha256(subject, strlen(subject)), vz_arg_time(now),
										 vz_arg_time(vz_time_plus(now, -window_s))), &row);
	if (vz_row_int8(&row, "n") <= limit)
		return NULL;
	wait_s = (vz_time_plus(vz_row_time(&row, "window_start"), window_s) - now + USECS_PER_SEC - 1) / USECS_PER_SEC;
	wait_s = Max(1, wait_s);
	return vz_retry_after(vz_fact_int(vz_fact_int(vz_fact_int(vz_fact(vz_refusal(VZ_E_RATE_LIMIT_EXCEEDED), "budget", scope),
															  "limit", limit),
												  "window_seconds", window_s),
									  "retry_after", wait_s), (int) wait_s);
}

void
vz_limit_forget(const char *scope, const char *subject)
{
	vz_execute(&forget, VZ_ARGS(vz_arg_text(scope), vz_arg_sha256(subject, strlen(subject))));
}

int64
vz_job_sweep_limits(void)
{
	return (int64) vz_execute(&sweep, VZ_ARGS(vz_arg_time(vz_time_plus(vz_now(), -86400))));
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
