/*
 * subscription_payment.c
 *		What a payment's new state means for its subscription: activation,
 *		refund of money that serves nothing, suspension, expiry. Registered as
 *		the purpose initial.
 *
 * The rule above all: nobody is charged without being served, nobody is
 * served without having paid. Rules T3 to T9, T-late, T-lateR, T32 and T33 of
 * docs/design.md.
 */
#include "subscription_payment.h"

#include "../auth/account_lock.h"
#include "../core/ground/clock.h"
#include "../money/payment.h"
#include "../money/payment_rules.h"
#include "../money/refund_request.h"
#include "../notification/notify.h"
#include "subscription_life.h"

static VzStmt how_it_stands = VZ_STMT(
	"select status, payment_id from veza_data.subscription where id = $1", UUIDOID);

static VzStmt find_plan_name = VZ_STMT(
	"select display_name from veza_data.plan where id = $1", UUIDOID);

static VzStmt plan_still_sold = VZ_STMT(
	"select exists (select from veza_data.plan_price"
	"                where plan_id = $1 and billing_cycle = $2 and price_minor = $3 and currency = $4) as yes",
	UUIDOID, TEXTOID, INT8OID, TEXTOID);

static VzStmt was_served = VZ_STMT(
	"select exists (select from veza_data.state_history"
	"                where entity_id = $1 and payment_id = $2 and to_state = 'active'"
	"                  and from_state in ('pending_payment', 'expired')) as yes",
	UUIDOID, UUIDOID);

/* terms_of says what the provider is told of a payment for the subscription. */
static VzPaymentTerms
terms_of(const VzSubscription *s)
{
	VzRow		plan;

	vz_query_row(&find_plan_name, VZ_ARGS(vz_arg_uuid(&s->plan_id)), &plan);
	return (VzPaymentTerms)
	{
		.description = psprintf("Veza %s, %s", vz_row_text(&plan, "display_name"), s->billing_cycle),
			.wait_s = vz_setting_int("pending_ttl")
	};
}

pg_uuid_t
vz_subscription_prepare_payment(const VzSubscription *s, int attempt_no, VzPayment *p)
{
	VzPaymentTerms terms = terms_of(s);

	*p = (VzPayment)
	{
		.purpose = (char *) vz_purpose_initial.name, .subject_id = s->id, .user_id = s->user_id,
			.attempt_no = attempt_no, .amount_minor = s->amount_minor, .currency = s->currency
	};
	return vz_payment_prepare(p, &terms, "subscribe", true);
}

pg_uuid_t
vz_subscription_create_payment(const VzSubscription *s, const VzPayment *p)
{
	VzPaymentTerms terms = terms_of(s);

	return vz_payment_queue_create(p, &terms, "recovery", true);
}

int
vz_subscription_last_attempt(const VzSubscription *s)
{
	return vz_payment_last_attempt(vz_purpose_initial.name, &s->id);
}

/* look reads how the subscription stands, for money. */
static void
look(const pg_uuid_t *id, VzSubject *subject)
{
	VzRow		row;

	vz_query_row(&how_it_stands, VZ_ARGS(vz_arg_uuid(id)), &row);
	subject->status = vz_row_text(&row, "status");
	subject->is_waiting = strcmp(subject->status, "pending_payment") == 0;
	subject->has_payment = !vz_row_isnull(&row, "payment_id");
	if (subject->has_payment)
		subject->payment_id = *vz_row_uuid(&row, "payment_id");
}

/* is_served_for says whether the payment is the one that the subscription is served for. */
static bool
is_served_for(const VzSubscription *s, const VzPayment *p)
{
	return s->has_payment && vz_uuid_equal(&s->payment_id, &p->id);
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

/* record notes a payment event on a pending subscription; on others it is no news. After a failure the user is needed again. */
static void
record(VzSubscription *s, const char *event, const VzTransitionNote *note)
{
	if (!vz_subscription_is_pending(s))
		return;
	vz_transition(&vz_subscription_store, &s->id, s->status, event, note);
	if (strcmp(event, "payment_failed") == 0)
		vz_notify(&(VzNotification) {VZ_NOTIFY_PAYMENT_PENDING, &s->user_id, NULL, "subscription", &s->id});
}

/* on_success activates, revives or refunds: money never stays without service. */
static void
on_success(VzSubscription *s, const VzPayment *p, const VzReport *report)
{
	VzTransitionNote note = vz_report_note(report, &p->id);

	/* Money that is on its way back already serves nothing, and does not go back twice. */
	if (vz_payment_refundable(p) == 0)
	{
		record(s, "payment_dead", &note);
		return;
	}
	if (vz_subscription_is_pending(s))
	{
		if (!vz_account_is_served(&s->user_id))
			end_unserved(s, p, "payment_unserved", "account", "late", &note);
		else if (other_paid_is_live(s))
			end_unserved(s, p, "payment_duplicate", "superseded", "duplicate", &note);
		else
			vz_subscription_activate(s, &p->id, "payment_succeeded", activation_source(report), &note);
	}
	else if (strcmp(s->status, "expired") == 0 && may_revive(s))
		vz_subscription_activate(s, &p->id, "payment_succeeded_late", "late", &note);
	else if (strcmp(s->status, "expired") == 0 || strcmp(s->status, "canceled") == 0)
	{
		/* The payment that was served until the end is not news. */
		if (!has_served(s, p))
			refund_instead(s, p, "late", &note);
	}
	else if (!has_served(s, p))
		refund_instead(s, p, "duplicate", &note);
	else if (strcmp(s->status, "suspended") == 0 && is_served_for(s, p))
		vz_subscription_move(s, "payment_succeeded", &note);
}

/* on_loss ends what is served by a payment whose money is gone. */
static void
on_loss(VzSubscription *s, const VzPayment *p, const VzTransitionNote *note)
{
	if (vz_subscription_is_live(s) && is_served_for(s, p))
		vz_subscription_end(s, "payment_reversed", "refund", note);
}

/* on_payment is what the news of a payment mean for its subscription. */
static void
on_payment(const VzPayment *p, const char *news, const VzReport *report)
{
	VzTransitionNote note = vz_report_note(report, &p->id);
	VzSubscription s;

	vz_subscription_lock(&p->subject_id, &s);
	if (strcmp(news, "succeeded") == 0)
		on_success(&s, p, report);
	else if (strcmp(news, "failed") == 0)
		record(&s, "payment_failed", &note);
	else if (strcmp(news, "processing") == 0)
		record(&s, "payment_processing", &note);
	else if (strcmp(news, "cancelled") == 0 || strcmp(news, "expired") == 0)
		record(&s, "payment_dead", &note);
	else if (strcmp(news, "open") == 0)
	{
		if (p->psp_status != NULL && strcmp(p->psp_status, "requires_customer_action") == 0)
			record(&s, "payment_action_required", &note);
	}
	else if (strcmp(news, "mismatch") == 0 || strcmp(news, "review") == 0)
	{
		record(&s, strcmp(news, "mismatch") == 0 ? "payment_mismatch" : "payment_review", &note);
		if (strcmp(s.status, "active") == 0 && is_served_for(&s, p))
			vz_subscription_move(&s, "payment_review", &note);
	}
	else if (strcmp(news, "reversed") == 0 || strcmp(news, "returned") == 0)
	{
		record(&s, "payment_dead", &note);
		on_loss(&s, p, &note);
	}
	else if (strcmp(news, "refunded") == 0)
		on_loss(&s, p, &note);
}

/* expire_if_due expires a locked subscription whose time is up, once the provider has confirmed that it is not paid. */
static bool
expire_if_due(VzSubscription *s, const VzPayment *p)
{
	VzPayment	current;

	if (!vz_subscription_is_pending(s) || vz_now() < s->pending_expires_at)
		return false;
	if (!vz_payment_lock_current(&s->id, &current) || !vz_uuid_equal(&current.id, &p->id))
		return false;			/* the answer was about another attempt */
	if (vz_payment_may_be_paid(current.state))
		return false;
	if (vz_payment_was_sent(&current) && current.checked_at < s->pending_expires_at)
		return false;			/* confirmed before the deadline only: money may have come since */
	vz_payments_give_up(&s->id, NULL, "timeout");
	vz_subscription_end(s, "ttl_reached", "timeout",
						&(VzTransitionNote) {.source = "timer", .payment_id = &p->id});
	return true;
}

bool
vz_subscription_expire_if_due(const VzPayment *p)
{
	VzSubscription s;

	return vz_subscription_lock(&p->subject_id, &s) && expire_if_due(&s, p);
}

const VzPurpose vz_purpose_initial = {
	.name = "initial",
	.subject = "subscription",
	.look = look,
	.on_payment = on_payment,
	.expire_if_due = vz_subscription_expire_if_due
};
