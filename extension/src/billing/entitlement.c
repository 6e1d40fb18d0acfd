/*
 * entitlement.c
 *		What a user's subscriptions entitle to (see entitlement.h).
 */
#include "entitlement.h"

#include "../core/ground/clock.h"

static VzStmt live_subscription = VZ_STMT(
	"select s.id, p.name as plan, p.can_distribute, s.amount_minor > 0 as is_paid,"
	"       s.status = 'active' and (s.current_period_end is null or s.current_period_end > $2)"
	"         as is_entitled"
	"  from veza_data.subscription s join veza_data.plan p on p.id = s.plan_id"
	" where s.user_id = $1 and s.status in ('active', 'suspended')",
	UUIDOID, TIMESTAMPTZOID);

static VzStmt newest_pending = VZ_STMT(
	"select s.id, p.name as plan, p.can_distribute,"
	"       (select y.state from veza_data.payment_current y where y.subscription_id = s.id) as payment_state"
	"  from veza_data.newest_pending n"
	"  join veza_data.subscription s on s.id = n.subscription_id"
	"  join veza_data.plan p on p.id = s.plan_id"
	" where n.user_id = $1",
	UUIDOID);

/* Of the plan that entitles, else of the free plan. */
static VzStmt plan_limits = VZ_STMT(
	"select p.name as plan, p.max_file_bytes, coalesce(p.max_duration_seconds, 0) * 1000::bigint as max_duration_ms,"
	"       p.uploads_per_month, p.storage_bytes"
	"  from veza_data.plan p"
	"  left join veza_data.subscription s on s.plan_id = p.id and s.user_id = $1 and s.status = 'active'"
	"       and (s.current_period_end is null or s.current_period_end > $2)"
	" where s.id is not null or p.name = 'free'"
	" order by s.id is null limit 1",
	UUIDOID, TIMESTAMPTZOID);

VzEntitlement
vz_entitlement(const pg_uuid_t *user_id)
{
	VzEntitlement e = {.has_live = false};
	VzRow		row;

	if (vz_query_row(&live_subscription, VZ_ARGS(vz_arg_uuid(user_id), vz_arg_time(vz_now())), &row))
	{
		e.has_live = true;
		e.subscription_id = *vz_row_uuid(&row, "id");
		e.plan = vz_row_text(&row, "plan");
		e.is_entitled = vz_row_bool(&row, "is_entitled");
		e.is_paid = vz_row_bool(&row, "is_paid");
		e.can_distribute = vz_row_bool(&row, "can_distribute");
	}
	if (vz_query_row(&newest_pending, VZ_ARGS(vz_arg_uuid(user_id)), &row))
	{
		e.has_pending = true;
		e.pending_id = *vz_row_uuid(&row, "id");
		e.pending_plan = vz_row_text(&row, "plan");
		e.pending_plan_can_distribute = vz_row_bool(&row, "can_distribute");
		e.payment_state = vz_row_text(&row, "payment_state");
	}
	return e;
}

VzPlanLimits
vz_plan_limits(const pg_uuid_t *user_id)
{
	VzRow		row;

	if (!vz_query_row(&plan_limits, VZ_ARGS(vz_arg_uuid(user_id), vz_arg_time(vz_now())), &row))
		elog(ERROR, "there is no plan that anybody has");
	return (VzPlanLimits)
	{
		.plan = vz_row_text(&row, "plan"), .max_file_bytes = vz_row_int8(&row, "max_file_bytes"),
		.max_duration_ms = vz_row_int8(&row, "max_duration_ms"), .uploads_per_month = vz_row_int8(&row, "uploads_per_month"),
		.storage_bytes = vz_row_int8(&row, "storage_bytes")
	};
}

char *
vz_complete_url(const pg_uuid_t *subscription_id)
{
	return psprintf("/api/v1/subscriptions/complete/%s", vz_uuid_text(subscription_id));
}
