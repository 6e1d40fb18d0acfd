/*
 * subscription_activate.c
 *		Activation by an administrator: service without payment, on record.
 *		Rule T11 of docs/design.md.
 */
#include "../auth/account_lock.h"
#include "../core/ground/arguments.h"
#include "../core/ground/audit.h"
#include "../core/request/request.h"
#include "subscription_life.h"

VZ_FUNCTION(subscription_activate);

/*
 * subscription_activate lets an administrator activate a pending, expired,
 * canceled or suspended subscription; the user is not charged for it. The
 * reason goes to the audit log.
 */
Datum
subscription_activate(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *id;
	char	   *reason;
	VzAudit		entry = {.action = "subscription.activate", .resource_type = "subscription"};
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzSubscription s;
	VzSubscription live;

	vz_require_admin();
	id = PG_ARGISNULL(0) ? NULL : PG_GETARG_UUID_P(0);
	reason = vz_reason_argument(fcinfo, 1, wrong);
	if (id == NULL)
		vz_field_error(wrong, "id", "is missing");
	vz_raise_if(wrong);

	if (!vz_subscription_lock_with_owner(id, &s))
		vz_raise_error(VZ_E_SUBSCRIPTION_NOT_FOUND);
	if (!vz_account_is_served(&s.user_id))
		vz_raise(vz_fact(vz_transition_refusal(vz_subscription_store.machine, id, s.status, "admin_activate"),
						 "reason", "the account is suspended or has ended"));
	if (vz_subscription_lock_live(&s.user_id, &live) && !vz_subscription_end_if_over(&live) &&
		(vz_uuid_equal(&live.id, &s.id) ? strcmp(live.status, "active") == 0 : vz_subscription_is_paid(&live)))
		vz_raise(vz_fact(vz_fact_uuid(vz_refusal(VZ_E_ALREADY_SUBSCRIBED), "subscription_id", &live.id),
						 "status", live.status));

	entry.resource_id = vz_uuid_text(id);
	entry.reason = reason;
	entry.old_values = psprintf("{\"status\":\"%s\"}", s.status);
	entry.new_values = "{\"status\":\"active\"}";
	vz_subscription_activate(&s, NULL, "admin_activate", "admin",
							 &(VzTransitionNote) {.source = "admin", .reason = reason});
	vz_audit(&entry);
	return vz_subscription_json(id);
}
