/*
 * subscription_payment.c
 *		What a payment's new state means for its subscription: activation,
 *		refund of money that serves nothing, suspension, expiry.
 *
 * The rule above all: nobody is charged without being served, nobody is
 * served without having paid. Rules T3 to T9, T2x, T2f, T-late, T-lateR, T32
 * and T33 of docs/design.md.
 */
#include "billing.h"
#include "payment_rules.h"

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

static VzStmt pending_siblings = VZ_STMT(
	"select id from veza_data.subscription"
	" where user_id = $1 and status = 'pending_payment' and id <> $2 order by created_at, id",
	UUIDOID, UUIDOID);

static VzStmt plan_still_sold = VZ_STMT(
	"select exists (select from veza_data.plan"
	"                where id = $1 and is_active and currency = $4"
	"                  and case $2 when 'yearly' then price_yearly_minor else price_monthly_minor end = $3)"
	"       as yes",
	UUIDOID, TEXTOID, INT8OID, TEXTOID);

/* One live subscription at most; a row that is not there makes both NULL. */
static VzStmt set_plan_role = VZ_STMT(
	"update veza_data.users u"
	"   set revision = revision + 1, (plan_role, plan_role_until) ="
	"       (select p.grants_role, s.current_period_end"
	"          from veza_data.subscription s join veza_data.plan p on p.id = s.plan_id"
	"         where s.user_id = u.id and s.status = 'active' and p.grants_role is not null)"
	" where id = $1 and status <> 'deleted'",
	UUIDOID);

static VzStmt returned = VZ_STMT(
	"select coalesce(sum(amount_minor), 0)::bigint as minor from veza_data.refund"
	" where payment_id = $1 and state = 'succeeded'",
	UUIDOID);

static VzStmt was_served = VZ_STMT(
	"select exists (select from veza_data.state_history"
	"                where entity_id = $1 and payment_id = $2 and to_state = 'active'"
	"                  and from_state in ('pending_payment', 'expired')) as yes",
	UUIDOID, UUIDOID);

/* note_of says which payment and which report caused a transition. */
static VzTransitionNote
note_of(const VzPayment *p, const VzReport *report)
{
	return (VzTransitionNote)
	{
		.source = report->source, .reason = report->reason, .payment_id = p ? &p->id : NULL,
			.psp_event_id = report->psp_event_id
	};
}

/* grant_plan_role gives the user the role of the plan that is live now, or takes it away. */
static void
grant_plan_role(const VzSubscription *s)
{
	vz_execute(&set_plan_role, VZ_ARGS(vz_arg_uuid(&s->user_id)));
}

/* move takes an arrow that changes whether the subscription is live, and with it the user's role. */
static void
move(VzSubscription *s, const char *event, const VzTransitionNote *note)
{
	s->status = pstrdup(vz_transition(&vz_subscription_store, &s->id, s->status, event, note));
	grant_plan_role(s);
}

void
vz_subscription_end(VzSubscription *s, const char *event, const char *reason,
					const VzTransitionNote *note)
{
	vz_execute(&set_ended, VZ_ARGS(vz_arg_uuid(&s->id), vz_arg_time(vz_now()), vz_arg_text(reason)));
	move(s, event, note);
	s->end_reason = pstrdup(reason);
	s->ended_at = vz_now();
}

void
vz_subscription_supersede_others(const VzSubscription *s)
{
	VzRows		siblings = vz_query_rows(&pending_siblings,
										 VZ_ARGS(vz_arg_uuid(&s->user_id), vz_arg_uuid(&s->id)));
	VzTransitionNote note = {.source = "rule", .reason = psprintf("superseded by %s", vz_uuid_text(&s->id))};
	VzSubscription other;

	for (uint64 i = 0; i < siblings.n; i++)
	{
		vz_subscription_lock(vz_row_uuid(&siblings.row[i], "id"), &other);
		vz_payments_give_up(&other.id, NULL, "superseded");
		vz_subscription_end(&other, "superseded", "superseded", &note);
	}
	if (vz_subscription_lock_live(&s->user_id, &other) && !vz_uuid_equal(&other.id, &s->id) &&
		!vz_subscription_is_paid(&other))
		vz_subscription_end(&other, "superseded", "superseded", &note);
}

void
vz_subscription_activate(VzSubscription *s, const VzPayment *p, const char *event,
						 const char *source, const VzTransitionNote *note)
{
	vz_subscription_supersede_others(s);
	vz_payments_give_up(&s->id, p ? &p->id : NULL, "another payment activated the subscription");
	vz_execute(&set_active,
			   VZ_ARGS(vz_arg_uuid(&s->id), vz_arg_time(vz_now()), vz_arg_text(source),
					   vz_arg_uuid(p ? &p->id : NULL),
					   vz_arg_bool(p == NULL && vz_subscription_is_paid(s))));
	move(s, event, note);
	vz_execute(&clear_end, VZ_ARGS(vz_arg_uuid(&s->id)));
}

/* other_paid_is_live says whether the user is served by another paid subscription. */
static bool
other_paid_is_live(const VzSubscription *s)
{
	VzSubscription live;

	if (!vz_subscription_lock_live(&s->user_id, &live) || vz_uuid_equal(&live.id, &s->id))
		return false;
	return vz_subscription_is_paid(&live) && !vz_subscription_end_if_over(&live);
}

/* may_revive is the guard of T-late. */
static bool
may_revive(const VzSubscription *s)
{
	VzRow		sold;

	if (s->was_activated || strcmp(s->end_reason, "superseded") == 0 ||
		vz_now() > vz_time_plus(s->ended_at, vz_setting_int("revive_window")) ||
		!vz_account_is_served(&s->user_id) || other_paid_is_live(s))
		return false;
	vz_query_row(&plan_still_sold,
				 VZ_ARGS(vz_arg_uuid(&s->plan_id), vz_arg_text(s->billing_cycle),
						 vz_arg_int8(s->amount_minor), vz_arg_text(s->currency)), &sold);
	return vz_row_bool(&sold, "yes");
}

/* activation_source names what brought the news. */
static const char *
activation_source(const VzReport *report)
{
	if (strcmp(report->source, "webhook") == 0)
		return "webhook";
	if (report->reason != NULL &&
		(strcmp(report->reason, "recovery") == 0 || strcmp(report->reason, "subscribe") == 0))
		return "recovery";
	return "reconcile";
}

/* refund_instead returns money that serves nothing, and records it. */
static void
refund_instead(VzSubscription *s, const VzPayment *p, const char *reason, const VzTransitionNote *note)
{
	if (vz_refund_request(p, reason))
		vz_transition(&vz_subscription_store, &s->id, s->status, "payment_refund_due", note);
}

/* end_unserved ends a pending subscription whose money cannot be served, and returns it. */
static void
end_unserved(VzSubscription *s, const VzPayment *p, const char *event, const char *end_reason,
			 const char *reason, const VzTransitionNote *note)
{
	vz_payments_give_up(&s->id, &p->id, end_reason);
	vz_subscription_end(s, event, end_reason, note);
	vz_refund_request(p, reason);
}

/* has_served says whether the payment once activated its subscription. */
static bool
has_served(const VzSubscription *s, const VzPayment *p)
{
	VzRow		row;

	vz_query_row(&was_served, VZ_ARGS(vz_arg_uuid(&s->id), vz_arg_uuid(&p->id)), &row);
	return vz_row_bool(&row, "yes");
}

/* record notes a payment event on a pending subscription; on others it is no news. */
static void
record(VzSubscription *s, const char *event, const VzTransitionNote *note)
{
	if (strcmp(s->status, "pending_payment") == 0)
		vz_transition(&vz_subscription_store, &s->id, s->status, event, note);
}

/* on_success activates, revives or refunds: money never stays without service. */
static void
on_success(VzSubscription *s, const VzPayment *p, const VzReport *report)
{
	VzTransitionNote note = note_of(p, report);
	bool		is_its_payment = s->has_payment && vz_uuid_equal(&s->payment_id, &p->id);

	/* Money that is on its way back already serves nothing, and does not go back twice. */
	if (vz_payment_refundable(p) == 0)
	{
		record(s, "payment_dead", &note);
		return;
	}
	if (strcmp(s->status, "pending_payment") == 0)
	{
		if (!vz_account_is_served(&s->user_id))
			end_unserved(s, p, "payment_unserved", "account", "late", &note);
		else if (other_paid_is_live(s))
			end_unserved(s, p, "payment_duplicate", "superseded", "duplicate", &note);
		else
			vz_subscription_activate(s, p, "payment_succeeded", activation_source(report), &note);
	}
	else if (strcmp(s->status, "expired") == 0 && may_revive(s))
		vz_subscription_activate(s, p, "payment_succeeded_late", "late", &note);
	else if (strcmp(s->status, "expired") == 0 || strcmp(s->status, "canceled") == 0)
	{
		/* The payment that was served until the end is not news. */
		if (!has_served(s, p))
			refund_instead(s, p, "late", &note);
	}
	else if (!has_served(s, p))
		refund_instead(s, p, "duplicate", &note);
	else if (strcmp(s->status, "suspended") == 0 && is_its_payment)
		move(s, "payment_succeeded", &note);
}

void
vz_subscription_on_payment(VzSubscription *s, const VzPayment *p, const char *state,
						   const VzReport *report)
{
	VzTransitionNote note = note_of(p, report);
	bool		is_its_payment = s->has_payment && vz_uuid_equal(&s->payment_id, &p->id);
	bool		is_live = strcmp(s->status, "active") == 0 || strcmp(s->status, "suspended") == 0;

	if (strcmp(state, "succeeded") == 0)
		on_success(s, p, report);
	else if (strcmp(state, "failed") == 0)
		record(s, "payment_failed", &note);
	else if (strcmp(state, "processing") == 0)
		record(s, "payment_processing", &note);
	else if (strcmp(state, "cancelled") == 0 || strcmp(state, "expired") == 0)
		record(s, "payment_dead", &note);
	else if (strcmp(state, "open") == 0)
	{
		if (p->psp_status != NULL && strcmp(p->psp_status, "requires_customer_action") == 0)
			record(s, "payment_action_required", &note);
	}
	else if (strcmp(state, "mismatch") == 0 || strcmp(state, "review") == 0)
	{
		record(s, strcmp(state, "mismatch") == 0 ? "payment_mismatch" : "payment_review", &note);
		if (strcmp(s->status, "active") == 0 && is_its_payment)
			move(s, "payment_review", &note);
	}
	else if (strcmp(state, "reversed") == 0 || strcmp(state, "returned") == 0)
	{
		record(s, "payment_dead", &note);
		if (strcmp(state, "reversed") == 0)
			vz_refunds_give_way(p);
		if (is_live && is_its_payment)
			vz_subscription_end(s, "payment_reversed", "refund", &note);
	}
}

void
vz_subscription_on_refund(VzSubscription *s, const VzPayment *p, const VzReport *report)
{
	VzTransitionNote note = note_of(p, report);
	bool		is_live = strcmp(s->status, "active") == 0 || strcmp(s->status, "suspended") == 0;
	VzRow		row;

	if (!is_live || !s->has_payment || !vz_uuid_equal(&s->payment_id, &p->id))
		return;
	vz_query_row(&returned, VZ_ARGS(vz_arg_uuid(&p->id)), &row);
	if (vz_row_int8(&row, "minor") > 0 && vz_row_int8(&row, "minor") >= vz_payment_received(p))
		vz_subscription_end(s, "payment_reversed", "refund", &note);
}

bool
vz_subscription_expire_if_due(VzSubscription *s, const VzPayment *p)
{
	VzPayment	current;

	if (strcmp(s->status, "pending_payment") != 0 || vz_now() < s->pending_expires_at)
		return false;
	if (!vz_payment_lock_current(&s->id, &current) || !vz_uuid_equal(&current.id, &p->id))
		return false;			/* the answer was about another attempt */
	if (strcmp(current.state, "processing") == 0 || strcmp(current.state, "review") == 0)
		return false;
	if (vz_payment_was_sent(&current) && current.checked_at < s->pending_expires_at)
		return false;			/* confirmed before the deadline only: money may have come since */
	vz_payments_give_up(&s->id, NULL, "timeout");
	vz_subscription_end(s, "ttl_reached", "timeout",
					 &(VzTransitionNote) {.source = "timer", .payment_id = &p->id});
	return true;
}

bool
vz_subscription_end_if_over(VzSubscription *s)
{
	if (strcmp(s->status, "active") != 0 || s->period_end == 0 || vz_now() < s->period_end)
		return false;
	vz_subscription_end(s, "period_end", "period_end", &(VzTransitionNote) {.source = "timer"});
	return true;
}
