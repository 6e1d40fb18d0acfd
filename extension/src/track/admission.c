/*
 * admission.c
 *		What an account may upload (see admission.h).
 *
 * Both numbers are added up anew each time, from an index of the account's
 * versions: whoever uploads has a few thousand at most, and what is not kept
 * cannot be wrong.
 */
#include "admission.h"

#include "../billing/entitlement.h"
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../core/request/request.h"
#include "../user/user.h"

static VzStmt used = VZ_STMT(
	"select coalesce(sum(file_size), 0)::bigint as bytes,"
	"       count(*) filter (where created_at >= date_trunc('month', $2 at time zone 'UTC') at time zone 'UTC') as uploads,"
	"       (date_trunc('month', $2 at time zone 'UTC') + interval '1 month') at time zone 'UTC' as resets_at"
	"  from veza_data.track_version where owner_id = $1",
	UUIDOID, TIMESTAMPTZOID);

VZ_FUNCTION(track_admit);

/* What is used of the plan. */
typedef struct Usage
{
	VzPlanLimits limits;
	int64		bytes;
	int64		uploads;
	TimestampTz resets_at;
} Usage;

/* read_usage reads what the user's plan allows and what is used of it. */
static Usage
read_usage(const pg_uuid_t *user_id)
{
	Usage		u = {.limits = vz_plan_limits(user_id)};
	VzRow		row;

	vz_query_row(&used, VZ_ARGS(vz_arg_uuid(user_id), vz_arg_time(vz_now())), &row);
	u.bytes = vz_row_int8(&row, "bytes");
	u.uploads = vz_row_int8(&row, "uploads");
	u.resets_at = vz_row_time(&row, "resets_at");
	return u;
}

VzRefusal *
vz_track_name_pending(VzRefusal *r, const pg_uuid_t *user_id)
{
	VzEntitlement e = vz_entitlement(user_id);
	char	   *url;

	if (!e.has_pending)
		return r;
	url = vz_complete_url(&e.pending_id);
	vz_fact_uuid(r, "pending_subscription_id", &e.pending_id);
	vz_fact(r, "complete_url", url);
	return vz_next_step(r, psprintf("Complete the payment of your plan with POST %s.", url),
						"CALL veza.subscription_complete(id); with the pending_subscription_id of DETAIL gets the payment back.");
}

/* judge_usage refuses a file of so many bytes that the plan does not allow any more, or returns NULL. */
static VzRefusal *
judge_usage(const pg_uuid_t *user_id, const Usage *u, int64 size)
{
	VzRefusal  *r = NULL;

	if (size > u->limits.max_file_bytes)
		r = vz_fact_int(vz_fact_int(vz_refusal(VZ_E_TRACK_FILE_TOO_LARGE), "size_bytes", size),
						"limit_bytes", u->limits.max_file_bytes);
	else if (u->uploads >= u->limits.uploads_per_month)
	{
		r = vz_fact_int(vz_fact_int(vz_refusal(VZ_E_TRACK_QUOTA_EXCEEDED), "used", u->uploads),
						"limit", u->limits.uploads_per_month);
		vz_fact(r, "resets_at", timestamptz_to_str(u->resets_at));
		vz_retry_after(r, (int) Min((u->resets_at - vz_now()) / USECS_PER_SEC + 1, 31 * SECS_PER_DAY));
	}
	else if (u->bytes + Max(size, 1) > u->limits.storage_bytes)
		r = vz_fact_int(vz_fact_int(vz_refusal(VZ_E_STORAGE_QUOTA_EXCEEDED), "used_bytes", u->bytes),
						"limit_bytes", u->limits.storage_bytes);
	if (r == NULL)
		return NULL;
	vz_fact(r, "plan", u->limits.plan);
	return vz_track_name_pending(r, user_id);
}

VzRefusal *
vz_track_admission(const pg_uuid_t *user_id, int64 size)
{
	Usage		u = read_usage(user_id);

	return judge_usage(user_id, &u, size);
}

/* usage_json writes what is allowed and used. */
static Datum
usage_json(const Usage *u)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoString(&json, "{\"plan\":");
	escape_json(&json, u->limits.plan);
	appendStringInfo(&json, ",\"max_file_bytes\":" INT64_FORMAT ",\"max_duration_seconds\":", u->limits.max_file_bytes);
	if (u->limits.max_duration_ms > 0)
		appendStringInfo(&json, INT64_FORMAT, u->limits.max_duration_ms / 1000);
	else
		appendStringInfoString(&json, "null");
	appendStringInfo(&json, ",\"uploads_per_month\":" INT64_FORMAT ",\"uploads_used\":" INT64_FORMAT ",\"resets_at\":",
					 u->limits.uploads_per_month, u->uploads);
	vz_json_append(&json, TimestampTzGetDatum(u->resets_at), false, TIMESTAMPTZOID);
	appendStringInfo(&json, ",\"storage_bytes\":" INT64_FORMAT ",\"storage_used\":" INT64_FORMAT "}",
					 u->limits.storage_bytes, u->bytes);
	return vz_json_datum(&json);
}

/*
 * track_admit says what the actor may upload, or refuses a file of so many
 * bytes. veza-httpd asks before it reads a body.
 *
 * Argument: bytes that the client has declared, or NULL.
 */
Datum
track_admit(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_user_actor();
	VzRefusal  *refusal;
	Usage		u;

	if (actor->role == VZ_ROLE_NONE)
		VZ_REFUSE(vz_refusal(VZ_E_AUTH_REQUIRED));
	if (!vz_may_create(actor))
		VZ_REFUSE(vz_track_name_pending(vz_refusal(VZ_E_CREATOR_ROLE_REQUIRED), &actor->user_id));
	u = read_usage(&actor->user_id);
	refusal = judge_usage(&actor->user_id, &u, PG_ARGISNULL(0) ? 0 : PG_GETARG_INT64(0));
	if (refusal != NULL)
		VZ_REFUSE(refusal);
	return usage_json(&u);
}
