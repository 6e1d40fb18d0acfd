/*
 * subscription_life.c
 *		What makes a subscription live, and what ends it (see subscription_life.h).
 *
 * Rules T2x, T2f and T19 of docs/design.md.
 */
#include "subscription_life.h"

#include "../core/effects/live_event.h"
#include "../core/ground/clock.h"
#include "../money/payment.h"
#include "../notification/notify.h"

static VzStmt set_active = VZ_STMT(
	"update veza_data.subscription"
	"   set activated_at = $2, activation_source = $3, current_period_start = $2,"
	"       current_period_end = case when amount_minor = 0 then null else"
	"         ($2 at time zone 'UTC' + case billing_cycle when 'yearly' then interval '1 year'"
	"                                  else interval '1 month' end) at time zone 'UTC' end,"
	"       payment_id = $4, is_comp = $5, cancel_at_period_end = false,"
	"       payment_method_id = (select payment_method_id from veza_data.payment where id = $4)"
	" where id = $1",
	UUIDOID, TIMESTAMPTZOID, TEXTOID, UUIDOID, BOOLOID);

static VzStmt clear_end = VZ_STMT(
	"update veza_data.subscription set ended_at = null, end_reason = null where id = $1", UUIDOID);

static VzStmt set_ended = VZ_STMT(
	"update veza_data.subscription set ended_at = $2, end_reason = $3 where id = $1",
	UUIDOID, TIMESTAMPTZOID, TEXTOID);

/* One live subscription at most; a row that is not there makes both NULL. */
static VzStmt set_plan_role = VZ_STMT(
	"update veza_data.users u"
	"   set revision = revision + 1, (plan_role, plan_role_until) ="
	"       (select p.grants_role, s.current_period_end"
	"          from veza_data.subscription s join veza_data.plan p on p.id = s.plan_id"
	"         where s.user_id = u.id and s.status = 'active' and p.grants_role is not null)"
	" where id = $1 and status <> 'deleted'",
	UUIDOID);

/* grant_plan_role gives the user the role of the plan that is live now, or takes it away. */
static void
grant_plan_role(const VzSubscription *s)
{
	vz_execute(&set_plan_role, VZ_ARGS(vz_arg_uuid(&s->user_id)));
}

/* tell_user tells the user's clients how the subscription stands now. */
static void
tell_user(const VzSubscription *s)
{
	vz_live_publish(vz_live_channel("user", &s->user_id), "subscription",
					psprintf("{\"subscription_id\":\"%s\",\"status\":\"%s\"}", vz_uuid_text(&s->id), s->status));
}

void
vz_subscription_move(VzSubscription *s, const char *event, const VzTransitionNote *note)
{
	bool		was_pending = vz_subscription_is_pending(s);

	s->status = pstrdup(vz_transition(&vz_subscription_store, &s->id, s->status, event, note));
	if (was_pending && !vz_subscription_is_pending(s))
		vz_notify_settled(VZ_NOTIFY_PAYMENT_PENDING, &s->user_id, &s->id);
	grant_plan_role(s);
	tell_user(s);
}

void
vz_subscription_end(VzSubscription *s, const char *event, const char *reason,
					const VzTransitionNote *note)
{
	vz_execute(&set_ended, VZ_ARGS(vz_arg_uuid(&s->id), vz_arg_time(vz_now()), vz_arg_text(reason)));
	vz_subscription_move(s, event, note);
	s->end_reason = pstrdup(reason);
	s->ended_at = vz_now();
}

void
vz_subscription_supersede_others(const VzSubscription *s)
{
	VzRows		pending = vz_subscriptions_pending(&s->user_id);
	VzTransitionNote note = {.source = "rule", .reason = psprintf("superseded by %s", vz_uuid_text(&s->id))};
	VzSubscription other;

	for (uint64 i = 0; i < pending.n; i++)
	{
		const pg_uuid_t *id = vz_row_uuid(&pending.row[i], "id");

		if (vz_uuid_equal(id, &s->id))
			continue;
		vz_subscription_lock(id, &other);
		vz_payments_give_up(&other.id, NULL, "superseded");
		vz_subscription_end(&other, "superseded", "superseded", &note);
	}
	if (vz_subscription_lock_live(&s->user_id, &other) && !vz_uuid_equal(&other.id, &s->id) &&
		!vz_subscription_is_paid(&other))
		vz_subscription_end(&other, "superseded", "superseded", &note);
}

void
vz_subscription_activate(VzSubscription *s, const pg_uuid_t *payment_id, const char *event,
						 const char *source, const VzTransitionNote *note)
{
	vz_subscription_supersede_others(s);
	vz_payments_give_up(&s->id, payment_id, "another payment activated the subscription");
	vz_execute(&set_active,
			   VZ_ARGS(vz_arg_uuid(&s->id), vz_arg_time(vz_now()), vz_arg_text(source), vz_arg_uuid(payment_id),
					   vz_arg_bool(payment_id == NULL && vz_subscription_is_paid(s))));
	vz_subscription_move(s, event, note);
	vz_execute(&clear_end, VZ_ARGS(vz_arg_uuid(&s->id)));
}

bool
vz_subscription_end_if_over(VzSubscription *s)
{
	if (strcmp(s->status, "active") != 0 || s->period_end == 0 || vz_now() < s->period_end)
		return false;
	vz_subscription_end(s, "period_end", "period_end", &(VzTransitionNote) {.source = "timer"});
	return true;
}
