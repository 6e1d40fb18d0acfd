/*
 * billing.h
 *		What the files of the billing domain share.
 *
 * Lock order, everywhere: the user's row first. Whatever else is locked then
 * belongs to that user, so nobody waits for it; effects are locked last. The
 * user comes first because an activation must also end the user's other
 * subscriptions: with the payment first, two payments of one user would wait
 * for each other (test/isolation shows it).
 */
#ifndef VEZA_BILLING_H
#define VEZA_BILLING_H

#include "../core/ground/arguments.h"
#include "../core/ground/audit.h"
#include "../core/ground/clock.h"
#include "../core/effects/effect.h"
#include "../core/request/flow.h"
#include "../core/ground/json.h"
#include "../core/ground/query.h"
#include "../core/ground/refusal.h"
#include "../core/request/request.h"
#include "../core/ground/response.h"
#include "../core/machine/transition.h"

extern VzStore vz_subscription_store;
extern VzStore vz_payment_store;
extern VzStore vz_refund_store;

/* Locks the user's row until the end of the transaction: one at a time for each user. */
extern void vz_lock_user(const pg_uuid_t *user_id);

/*
 * Locks the actor's row and looks again: an account that has ended or was
 * suspended while the request waited for the lock begins nothing.
 */
extern void vz_lock_actor(const VzActor *actor);

/*
 * May the account be given what it pays for? One that is suspended or has
 * ended may not, and money that comes for it goes back. The user must be locked.
 */
extern bool vz_account_is_served(const pg_uuid_t *user_id);

/* A row of veza_data.subscription, as far as the rules look at it. */
typedef struct VzSubscription
{
	pg_uuid_t	id;
	pg_uuid_t	user_id;
	pg_uuid_t	plan_id;
	char	   *status;
	char	   *billing_cycle;
	int64		amount_minor;
	char	   *currency;
	bool		is_comp;
	bool		has_payment;	/* payment_id is set */
	pg_uuid_t	payment_id;
	TimestampTz pending_expires_at;
	TimestampTz period_end;		/* 0: without end */
	bool		cancel_at_period_end;
	TimestampTz ended_at;
	char	   *end_reason;
	bool		was_activated;
} VzSubscription;

/* A row of veza_data.payment, as far as the rules look at it. */
typedef struct VzPayment
{
	pg_uuid_t	id;
	pg_uuid_t	subscription_id;
	pg_uuid_t	user_id;
	char	   *purpose;
	int			attempt_no;
	char	   *psp_payment_id;
	char	   *state;
	char	   *psp_status;
	TimestampTz psp_updated_at;
	int64		amount_minor;
	bool		has_received;	/* what was received is known */
	int64		received_minor;
	int64		refunded_minor; /* refunds that did not fail */
	char	   *currency;
	bool		is_given_up;	/* nobody waits for it any more */
	char	   *settled_status; /* the provider's word that an operator has settled */
	bool		psp_missing;
	bool		manual_retry_allowed;
	TimestampTz session_expires_at;
	TimestampTz checked_at;
	TimestampTz heard_at;		/* how recent our news are */
	int			checks;
	int			refusals;		/* questions in a row that came to nothing */
} VzPayment;

/* What was received for the payment, as far as is known; what of it is neither back nor on its way back. */
extern int64 vz_payment_received(const VzPayment *p);
extern int64 vz_payment_refundable(const VzPayment *p);

/* Reads and locks; false when there is no such row. The user must be locked. */
extern bool vz_subscription_lock(const pg_uuid_t *id, VzSubscription *s);
extern bool vz_payment_lock(const pg_uuid_t *id, VzPayment *p);

/*
 * The payment of the subscription's first cycle that counts, locked: one that
 * may have been paid, else the newest that was not given up, else the newest.
 */
extern bool vz_payment_lock_current(const pg_uuid_t *subscription_id, VzPayment *p);

/* The user's live subscription (active or suspended), locked; false when there is none. */
extern bool vz_subscription_lock_live(const pg_uuid_t *user_id, VzSubscription *s);

/* Is it a subscription that money or an administrator stands behind? */
extern bool vz_subscription_is_paid(const VzSubscription *s);

/* The user's own subscription, locked together with the user; raises 404 for anybody else's. */
extern void vz_subscription_require_own(const VzActor *actor, const pg_uuid_t *id, VzSubscription *s);

/* Ends a live subscription whose period is over; true when it did. */
extern bool vz_subscription_end_if_over(VzSubscription *s);

/* Prepares the next attempt and queues its creation at the provider. */
extern pg_uuid_t vz_payment_prepare(const VzSubscription *s, int attempt_no, bool waited,
									pg_uuid_t *effect_id);

/* The number of the subscription's last attempt. */
extern int	vz_payment_last_attempt(const VzSubscription *s);

/*
 * One attempt of a subscription is waited for. When another one than that
 * comes to life again (as state), this decides which it is and gives up the
 * other: money that arrives on both is served once and goes back once.
 */
extern void vz_payment_choose_attempt(VzPayment *p, const VzSubscription *s, const char *state);

/* When reconciliation asks again, or 0 for a final state. */
extern TimestampTz vz_payment_next_check(const char *state, bool ever_answered, int checks, TimestampTz now);

/* Notes that a question came to nothing for good; the next one waits longer. */
extern void vz_payment_question_failed(const pg_uuid_t *payment_id, const char *error_code,
									   const char *error_message);

/* Queues a question to the provider about the payment. */
extern pg_uuid_t vz_payment_ask(const VzPayment *p, const char *reason, bool waited);

/* Queues the creation (again), or the cancellation, of the payment at the provider. */
extern pg_uuid_t vz_payment_queue_create(const VzPayment *p, const VzSubscription *s,
										 const char *reason, bool waited);
extern pg_uuid_t vz_payment_queue_cancel(const VzPayment *p, const char *reason, bool waited);

/* May the provider know the payment? Not before a relay has claimed its creation. */
extern bool vz_payment_was_sent(const VzPayment *p);

/* Gives up the subscription's payments: never sent ones are discarded, others cancelled at the provider. */
extern void vz_payments_give_up(const pg_uuid_t *subscription_id, const pg_uuid_t *except_payment,
								const char *reason);

/* Who brings the provider's facts. */
typedef struct VzReport
{
	const char *source;			/* webhook, create, retrieve, cancel */
	bool		asked;			/* the provider's present state, not perhaps an old one */
	TimestampTz asked_at;		/* present when the question was asked */
	const char *psp_event_id;	/* of a webhook */
	const char *reason;			/* of the question: recovery, reconcile, expiry ... */
} VzReport;

/*
 * Applies the provider's facts about a payment by the merge rule; the one
 * way in for create replies, webhooks, recovery and reconciliation. Locks
 * user, payment and subscription. Returns true when something changed.
 */
extern bool vz_payment_apply(const pg_uuid_t *payment_id, Datum facts, const VzReport *report);

/*
 * What a payment's new state means for its subscription. Besides the states:
 * mismatch, a success with wrong money; returned, good money that we send back.
 */
extern void vz_subscription_on_payment(VzSubscription *s, const VzPayment *p, const char *state,
									   const VzReport *report);

/* Expires a pending subscription whose time is up, once the provider has confirmed that it is not paid. */
extern bool vz_subscription_expire_if_due(VzSubscription *s, const VzPayment *p);

/* Makes the subscription active: period, siblings, free row. */
extern void vz_subscription_activate(VzSubscription *s, const VzPayment *p, const char *event,
									 const char *source, const VzTransitionNote *note);

/* Ends the user's pending subscriptions, and a live free one, in favour of this one. */
extern void vz_subscription_supersede_others(const VzSubscription *s);

/* Records why the subscription ends, and takes the event's arrow. */
extern void vz_subscription_end(VzSubscription *s, const char *event, const char *reason,
								const VzTransitionNote *note);

/* Ends everything of a user whose account ends: pending subscriptions are abandoned, a live one is canceled now. */
extern void vz_billing_end_account(const pg_uuid_t *user_id, const char *reason);

/* Sends back what is left of the payment's money, once per reason; false when nothing is, or it was requested before. */
extern bool vz_refund_request(const VzPayment *p, const char *reason);

/* The same as the attempt of this number, from 1: a refund that failed is asked for again under the next. */
extern bool vz_refund_request_attempt(const VzPayment *p, const char *reason, int attempt_no);

/*
 * Records a refund that was not made by us, by the provider's facts about it,
 * and applies them; true when something changed. The user must be locked.
 */
extern bool vz_refund_found(VzPayment *p, Datum facts, const VzReport *report);

/* The same for the list in an answer about the payment; one that makes no sense is reported and left out. */
extern void vz_refunds_found(VzPayment *p, Datum payment_facts, const VzReport *report);

/* Takes back refunds that no relay has begun with, when the money went back another way. */
extern void vz_refunds_give_way(const VzPayment *p);

/* Ends what is served by a payment whose money has gone back in full. */
extern void vz_subscription_on_refund(VzSubscription *s, const VzPayment *p, const VzReport *report);

/* Notes that a question about a refund came to nothing for good. */
extern void vz_refund_question_failed(const pg_uuid_t *refund_id, const char *error_code,
									  const char *error_message);

/* Applies the provider's facts about a refund. */
extern bool vz_refund_apply(const pg_uuid_t *refund_id, Datum facts, const VzReport *report);

/*
 * Runs subscription_payment_step until it answers, waiting for effects in
 * between; the last step's row holds the answer.
 */
extern void vz_subscription_run_steps(VzFlow *flow, const pg_uuid_t *id, const pg_uuid_t *effect_id,
									  bool is_new, VzRow *last);

/* The owner's URL to complete a pending subscription. */
extern char *vz_complete_url(const pg_uuid_t *subscription_id);

#endif							/* VEZA_BILLING_H */
