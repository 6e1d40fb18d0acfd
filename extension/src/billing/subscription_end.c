/*
 * subscription_end.c
 *		Abandoning, cancelling, reactivating; and the timers that end
 *		subscriptions. Rules T9, T10, T16 to T19 of docs/design.md.
 */
#include "billing.h"
#include "billing_jobs.h"
#include "../core/effects/job.h"

static VzStmt find_pending = VZ_STMT(
	"select id from veza_data.subscription"
	" where user_id = $1 and status = 'pending_payment' order by created_at desc, id desc limit 1",
	UUIDOID);

static VzStmt all_pending = VZ_STMT(
	"select id from veza_data.subscription where user_id = $1 and status = 'pending_payment' order by created_at, id",
	UUIDOID);

static VzStmt set_cancel_flag = VZ_STMT(
	"update veza_data.subscription set cancel_at_period_end = $2, updated_at = $3 where id = $1",
	UUIDOID, BOOLOID, TIMESTAMPTZOID);

static VzStmt shape = VZ_STMT(
	"select * from veza_data.subscription_shape where id = $1", UUIDOID);

static VzStmt due_pending = VZ_STMT(
	"select s.id::text as unit from veza_data.subscription s"
	" where s.status = 'pending_payment' and s.pending_expires_at <= $1"
	"   and not exists (select from veza_data.payment p"
	"                    where p.subscription_id = s.id and p.state in ('processing', 'review'))"
	"   and not exists (select from veza_data.payment p join veza_data.effect e on e.subject_id = p.id"
	"                    where p.subscription_id = s.id and e.kind = 'psp_retrieve'"
	"                      and e.state in ('queued', 'leased'))"
	"   and not exists (select from veza_data.payment p"
	"                    where p.subscription_id = s.id and p.refusals > 0 and p.next_check_at > $1)"
	" order by s.pending_expires_at limit 200",
	TIMESTAMPTZOID);

static VzStmt due_periods = VZ_STMT(
	"select id::text as unit from veza_data.subscription"
	" where status = 'active' and current_period_end <= $1 order by current_period_end limit 200",
	TIMESTAMPTZOID);

static VzStmt find_owner = VZ_STMT("select user_id from veza_data.subscription where id = $1", UUIDOID);

VZ_FUNCTION(subscription_abandon);
VZ_FUNCTION(subscription_cancel);
VZ_FUNCTION(subscription_reactivate);

/* shown returns the subscription as clients see it. */
static Datum
shown(const pg_uuid_t *id)
{
	Datum		json;

	vz_json_row(&shape, VZ_ARGS(vz_arg_uuid(id)), &json);
	return json;
}

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
	if (strcmp(s.status, "pending_payment") != 0)
		vz_raise(vz_fact(vz_fact_uuid(vz_refusal(VZ_E_SUBSCRIPTION_NOT_PENDING),
									  "subscription_id", &s.id), "status", s.status));
	abandon(&s, NULL);
	return shown(&s.id);
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
	pending = vz_query_rows(&all_pending, VZ_ARGS(vz_arg_uuid(user_id)));
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
	VzRow		row;

	vz_lock_actor(actor);
	if (vz_subscription_lock_live(&actor->user_id, s) && !vz_subscription_end_if_over(s))
		return;
	if (!vz_query_row(&find_pending, VZ_ARGS(vz_arg_uuid(&actor->user_id)), &row))
		vz_raise_error(VZ_E_NO_ACTIVE_SUBSCRIPTION);
	vz_subscription_lock(vz_row_uuid(&row, "id"), s);
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
	if (strcmp(s.status, "pending_payment") == 0 && !at_period_end)
		abandon(&s, NULL);
	else if (strcmp(s.status, "pending_payment") == 0 || (at_period_end && s.period_end != 0))
	{
		vz_transition(&vz_subscription_store, &s.id, s.status, "cancel_at_period_end", NULL);
		vz_execute(&set_cancel_flag, VZ_ARGS(vz_arg_uuid(&s.id), vz_arg_bool(true),
											 vz_arg_time(vz_now())));
	}
	else
		cancel_now(&s, NULL);
	return shown(&s.id);
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
	return shown(&s.id);
}

/* lock_unit locks the subscription that a unit names, its owner first; false when it is gone. */
static bool
lock_unit(const char *unit, VzSubscription *s)
{
	pg_uuid_t	id = vz_unit_uuid(unit);
	VzRow		owner;

	if (!vz_query_row(&find_owner, VZ_ARGS(vz_arg_uuid(&id)), &owner))
		return false;
	vz_lock_user(vz_row_uuid(&owner, "user_id"));
	return vz_subscription_lock(&id, s);
}

VzRows
vz_job_expire_pending_units(void)
{
	return vz_query_rows(&due_pending, VZ_ARGS(vz_arg_time(vz_now())));
}

void
vz_job_expire_pending(const char *unit)
{
	VzSubscription s;
	VzPayment	p;

	if (lock_unit(unit, &s) &&
		strcmp(s.status, "pending_payment") == 0 &&
		vz_payment_lock_current(&s.id, &p) &&
		!vz_subscription_expire_if_due(&s, &p))
		vz_payment_ask(&p, "expiry", false);
}

VzRows
vz_job_end_periods_units(void)
{
	return vz_query_rows(&due_periods, VZ_ARGS(vz_arg_time(vz_now())));
}

void
vz_job_end_period(const char *unit)
{
	VzSubscription s;

	if (lock_unit(unit, &s))
		vz_subscription_end_if_over(&s);
}
