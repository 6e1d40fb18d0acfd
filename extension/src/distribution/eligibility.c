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

#include "../auth/account_lock.h"
#include "../core/ground/json.h"
#include "../core/request/request.h"

VZ_FUNCTION(distribution_eligibility);

void
vz_eligibility(const pg_uuid_t *user_id, bool lock, VzEligibility *e)
{
	if (lock)
		vz_lock_user(user_id);
	e->rights = vz_entitlement(user_id);
	if (e->rights.is_entitled && e->rights.can_distribute)
		e->gate = VZ_GATE_OPEN;
	else if (e->rights.has_pending && !(e->rights.is_entitled && e->rights.is_paid))
		e->gate = VZ_GATE_PENDING_PAYMENT;
	else
		e->gate = VZ_GATE_NOT_ELIGIBLE;
}

/* recovery_hint tells how to get back to the payment, and whether that will be enough. */
static void
recovery_hint(VzRefusal *r, const VzEligibility *e)
{
	char	   *url = vz_complete_url(&e->rights.pending_id);
	char	   *call = psprintf("CALL veza.subscription_complete('%s');", vz_uuid_text(&e->rights.pending_id));

	if (!e->rights.pending_plan_can_distribute)
		vz_next_step(r,
					 psprintf("The pending plan %s does not include distribution: change it with "
							  "POST /api/v1/subscriptions/change-plan.", e->rights.pending_plan),
					 psprintf("The pending plan %s does not include distribution: change it with "
							  "CALL veza.subscription_change_plan(plan, cycle);", e->rights.pending_plan));
	else if (e->rights.payment_state != NULL && strcmp(e->rights.payment_state, "processing") == 0)
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
		vz_fact_uuid(r, "subscription_id", &e->rights.pending_id);
		vz_fact(r, "complete_url", vz_complete_url(&e->rights.pending_id));
		vz_fact(r, "plan", e->rights.pending_plan);
		vz_fact(r, "payment_status", e->rights.payment_state);
		vz_fact_bool(r, "plan_can_distribute", e->rights.pending_plan_can_distribute);
		vz_fact_bool(r, "upgrade_required", !e->rights.pending_plan_can_distribute);
		recovery_hint(r, e);
		return r;
	}
	r = vz_refusal(VZ_E_DISTRIBUTION_NOT_ELIGIBLE);
	vz_fact(r, "plan", e->rights.plan);
	if (e->rights.has_pending)
		vz_fact_uuid(r, "pending_subscription_id", &e->rights.pending_id);
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
	if (e.rights.plan == NULL)
		appendStringInfoString(&json, "null");
	else
		escape_json(&json, e.rights.plan);
	if (e.gate == VZ_GATE_PENDING_PAYMENT)
		appendStringInfo(&json, ",\"subscription_id\":\"%s\",\"complete_url\":\"%s\",\"plan_can_distribute\":%s}",
						 vz_uuid_text(&e.rights.pending_id), vz_complete_url(&e.rights.pending_id),
						 e.rights.pending_plan_can_distribute ? "true" : "false");
	else if (e.gate == VZ_GATE_OPEN)
		appendStringInfo(&json, ",\"subscription_id\":\"%s\",\"complete_url\":null,\"plan_can_distribute\":true}",
						 vz_uuid_text(&e.rights.subscription_id));
	else
		appendStringInfoString(&json, ",\"subscription_id\":null,\"complete_url\":null,\"plan_can_distribute\":false}");
	return vz_json_datum(&json);
}
