/*
 * subscription_end.c
 *		Abandoning, cancelling, reactivating, by the user or because the account
 *		ends. Rules T10 and T16 to T18 of docs/design.md.
 */
#include "subscription_end.h"

#include "../auth/account_lock.h"
#include "../core/ground/clock.h"
#include "../core/ground/refusal.h"
#include "../core/request/request.h"
#include "../money/payment.h"
#include "subscription_life.h"

static VzStmt set_cancel_flag = VZ_STMT(
	"update veza_data.subscription set cancel_at_period_end = $2, updated_at = $3 where id = $1",
	UUIDOID, BOOLOID, TIMESTAMPTZOID);

VZ_FUNCTION(subscription_abandon);
VZ_FUNCTION(subscription_cancel);
VZ_FUNCTION(subscription_reactivate);

/* abandon ends a pending subscription at once. */
static void
abandon(VzSubscription *s, const VzTransitionNote *note)
{
	vz_payments_give_up(&s->id, NULL, "abandoned by the user");
	vz_subscription_end(s, "abandon", "user_abandoned", note);
}

/*
 * subscription_abandon ends the actor's pending subscription at once; money
 * that still arrives revives it or is refunded.
 */
Datum
subscription_abandon(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	VzSubscription s;

	if (PG_ARGISNULL(0))
		vz_raise(vz_field_error(vz_refusal(VZ_E_VALIDATION_ERROR), "id", "is missing"));
	vz_subscription_require_own(actor, PG_GETARG_UUID_P(0), &s);
	vz_subscription_require_pending(&s);
	abandon(&s, NULL);
	return vz_subscription_json(&s.id);
}

/* cancel_now ends a live subscription at once; an attempt to pay again is given up. */
static void
cancel_now(VzSubscription *s, const VzTransitionNote *note)
{
	vz_payments_give_up(&s->id, s->has_payment ? &s->payment_id : NULL, "subscription canceled");
	vz_subscription_end(s, "cancel_now", "user", note);
}

void
vz_billing_end_account(const pg_uuid_t *user_id, const char *reason)
{
	VzTransitionNote note = {.reason = reason};
	VzSubscription s;
	VzRows		pending;

	vz_lock_user(user_id);
	if (vz_subscription_lock_live(user_id, &s))
		cancel_now(&s, &note);
	pending = vz_subscriptions_pending(user_id);
	for (uint64 i = 0; i < pending.n; i++)
		if (vz_subscription_lock(vz_row_uuid(&pending.row[i], "id"), &s))
			abandon(&s, &note);
}

/*
 * require_current returns, locked, the actor's live subscription, or the
 * pending one when there is none.
 */
static void
require_current(const VzActor *actor, VzSubscription *s)
{
	vz_lock_actor(actor);
	if (vz_subscription_lock_live(&actor->user_id, s) && !vz_subscription_end_if_over(s))
		return;
	if (!vz_subscription_lock_newest_pending(&actor->user_id, s))
		vz_raise_error(VZ_E_NO_ACTIVE_SUBSCRIPTION);
}

/*
 * subscription_cancel cancels the actor's live subscription: at the end of
 * the paid period, or now. A free one ends now in any case; a pending one
 * has no period to end with, and is abandoned when it is to end now.
 */
Datum
subscription_cancel(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	bool		at_period_end = PG_ARGISNULL(0) || PG_GETARG_BOOL(0);
	VzSubscription s;

	require_current(actor, &s);
	if (vz_subscription_is_pending(&s) && !at_period_end)
		abandon(&s, NULL);
	else if (vz_subscription_is_pending(&s) || (at_period_end && s.period_end != 0))
	{
		vz_transition(&vz_subscription_store, &s.id, s.status, "cancel_at_period_end", NULL);
		vz_execute(&set_cancel_flag, VZ_ARGS(vz_arg_uuid(&s.id), vz_arg_bool(true),
											 vz_arg_time(vz_now())));
	}
	else
		cancel_now(&s, NULL);
	return vz_subscription_json(&s.id);
}

/* subscription_reactivate takes a cancellation at period end back. */
Datum
subscription_reactivate(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	VzSubscription s;

	require_current(actor, &s);
	if (strcmp(s.status, "active") != 0 || s.period_end == 0)
		vz_raise(vz_transition_refusal(vz_subscription_store.machine, &s.id, s.status, "reactivate"));
	if (s.cancel_at_period_end)
	{
		vz_transition(&vz_subscription_store, &s.id, s.status, "reactivate", NULL);
		vz_execute(&set_cancel_flag, VZ_ARGS(vz_arg_uuid(&s.id), vz_arg_bool(false),
											 vz_arg_time(vz_now())));
	}
	return vz_subscription_json(&s.id);
}
