/*
 * eligibility.c
 *		The gate in front of distribution: what a stalled payment blocks.
 *
 * An entitled plan that can distribute passes. Otherwise, when no paid
 * subscription is active (a free one does not count) and a payment is
 * pending, the newest pending one gives the way back; otherwise the upgrade
 * hint. The gate comes before the role and before the track is looked at.
 */
#include "eligibility.h"

#include "../billing/billing.h"

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
	"  from veza_data.subscription s join veza_data.plan p on p.id = s.plan_id"
	" where s.user_id = $1 and s.status = 'pending_payment'"
	" order by s.created_at desc, s.id desc limit 1",
	UUIDOID);

VZ_FUNCTION(distribution_eligibility);

void
vz_eligibility(const pg_uuid_t *user_id, bool lock, VzEligibility *e)
{
	bool		has_active_paid = false;
	VzRow		row;

	if (lock)
		vz_lock_user(user_id);
	memset(e, 0, sizeof(*e));
	e->gate = VZ_GATE_NOT_ELIGIBLE;
	if (vz_query_row(&live_subscription, VZ_ARGS(vz_arg_uuid(user_id), vz_arg_time(vz_now())), &row))
	{
		bool		is_entitled = vz_row_bool(&row, "is_entitled");

		e->plan = vz_row_text(&row, "plan");
		has_active_paid = is_entitled && vz_row_bool(&row, "is_paid");
		if (is_entitled && vz_row_bool(&row, "can_distribute"))
		{
			e->gate = VZ_GATE_OPEN;
			e->has_subscription = true;
			e->subscription_id = *vz_row_uuid(&row, "id");
		}
	}
	if (vz_query_row(&newest_pending, VZ_ARGS(vz_arg_uuid(user_id)), &row))
	{
		e->has_pending = true;
		e->pending_id = *vz_row_uuid(&row, "id");
		e->pending_plan = vz_row_text(&row, "plan");
		e->pending_plan_can_distribute = vz_row_bool(&row, "can_distribute");
		e->payment_state = vz_row_text(&row, "payment_state");
		if (e->gate != VZ_GATE_OPEN && !has_active_paid)
			e->gate = VZ_GATE_PENDING_PAYMENT;
	}
}

/* recovery_hint tells how to get back to the payment, and whether that will be enough. */
static void
recovery_hint(VzRefusal *r, const VzEligibility *e)
{
	char	   *url = vz_complete_url(&e->pending_id);
	char	   *call = psprintf("CALL veza.subscription_complete('%s');", vz_uuid_text(&e->pending_id));

	if (!e->pending_plan_can_distribute)
		vz_next_step(r,
					 psprintf("The pending plan %s does not include distribution: change it with "
							  "POST /api/v1/subscriptions/change-plan.", e->pending_plan),
					 psprintf("The pending plan %s does not include distribution: change it with "
							  "CALL veza.subscription_change_plan(plan, cycle);", e->pending_plan));
	else if (e->payment_state != NULL && strcmp(e->payment_state, "processing") == 0)
		vz_next_step(r, psprintf("The payment is being processed; POST %s shows how it stands.", url),
					 psprintf("The payment is being processed; %s shows how it stands.", call));
	else
		vz_next_step(r, psprintf("Get the payment back with POST %s.", url),
					 psprintf("Get the payment back with %s", call));
}

VzRefusal *
vz_eligibility_refusal(const VzEligibility *e)
{
	VzRefusal  *r;

	if (e->gate == VZ_GATE_PENDING_PAYMENT)
	{
		r = vz_refusal(VZ_E_SUBSCRIPTION_PENDING_PAYMENT);
		vz_fact_uuid(r, "subscription_id", &e->pending_id);
		vz_fact(r, "complete_url", vz_complete_url(&e->pending_id));
		vz_fact(r, "plan", e->pending_plan);
		vz_fact(r, "payment_status", e->payment_state);
		vz_fact_bool(r, "plan_can_distribute", e->pending_plan_can_distribute);
		vz_fact_bool(r, "upgrade_required", !e->pending_plan_can_distribute);
		recovery_hint(r, e);
		return r;
	}
	r = vz_refusal(VZ_E_DISTRIBUTION_NOT_ELIGIBLE);
	vz_fact(r, "plan", e->plan);
	if (e->has_pending)
		vz_fact_uuid(r, "pending_subscription_id", &e->pending_id);
	vz_fact(r, "plans_url", "/api/v1/subscriptions/plans");
	return r;
}

/* distribution_eligibility says whether the actor may distribute, and if not, the next step. */
Datum
distribution_eligibility(PG_FUNCTION_ARGS)
{
	static const char *const reasons[] = {NULL, "pending_payment", "not_eligible"};
	const VzActor *actor = vz_require_user();
	VzEligibility e;
	StringInfoData json;

	vz_eligibility(&actor->user_id, false, &e);
	initStringInfo(&json);
	appendStringInfo(&json, "{\"eligible\":%s,\"reason\":", e.gate == VZ_GATE_OPEN ? "true" : "false");
	if (reasons[e.gate] == NULL)
		appendStringInfoString(&json, "null");
	else
		escape_json(&json, reasons[e.gate]);
	appendStringInfoString(&json, ",\"plan\":");
	if (e.plan == NULL)
		appendStringInfoString(&json, "null");
	else
		escape_json(&json, e.plan);
	if (e.gate == VZ_GATE_PENDING_PAYMENT)
		appendStringInfo(&json, ",\"subscription_id\":\"%s\",\"complete_url\":\"%s\",\"plan_can_distribute\":%s}",
						 vz_uuid_text(&e.pending_id), vz_complete_url(&e.pending_id),
						 e.pending_plan_can_distribute ? "true" : "false");
	else if (e.gate == VZ_GATE_OPEN)
		appendStringInfo(&json, ",\"subscription_id\":\"%s\",\"complete_url\":null,\"plan_can_distribute\":true}",
						 vz_uuid_text(&e.subscription_id));
	else
		appendStringInfoString(&json, ",\"subscription_id\":null,\"complete_url\":null,\"plan_can_distribute\":false}");
	return vz_json_datum(&json);
}
