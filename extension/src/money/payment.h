/*
 * payment.h
 *		Payments: preparing an attempt, asking about it, giving it up.
 */
#ifndef VEZA_PAYMENT_H
#define VEZA_PAYMENT_H

#include "payment_row.h"

/* What the provider is told besides what the payment's row says. */
typedef struct VzPaymentTerms
{
	const char *description;	/* what the payer reads there */
	int64		wait_s;			/* how long the payment is waited for; the session there lasts longer */
} VzPaymentTerms;

/*
 * Stores a payment and queues its creation at the provider; returns that
 * effect. The caller fills in purpose, subject_id, user_id, attempt_no,
 * amount_minor and currency; then the payment is as it was stored, locked.
 */
extern pg_uuid_t vz_payment_prepare(VzPayment *p, const VzPaymentTerms *terms, const char *reason, bool waited);

/* Queues the creation (again), or the cancellation, of the payment at the provider. */
extern pg_uuid_t vz_payment_queue_create(const VzPayment *p, const VzPaymentTerms *terms, const char *reason,
										 bool waited);
extern pg_uuid_t vz_payment_queue_cancel(const VzPayment *p, const char *reason, bool waited);

/* Queues a question to the provider about the payment. */
extern pg_uuid_t vz_payment_ask(const VzPayment *p, const char *reason, bool waited);

/* Notes that a question came to nothing for good; the next one waits longer. */
extern void vz_payment_question_failed(const pg_uuid_t *payment_id, const char *error_code,
									   const char *error_message);

/* When reconciliation asks again, or 0 for a final state. */
extern TimestampTz vz_payment_next_check(const char *state, bool ever_answered, int checks, TimestampTz now);

/* May the provider know the payment? Not before a relay has claimed its creation. */
extern bool vz_payment_was_sent(const VzPayment *p);

/* Gives up the subject's payments: never sent ones are discarded, others cancelled at the provider. */
extern void vz_payments_give_up(const pg_uuid_t *subject_id, const pg_uuid_t *except_payment,
								const char *reason);

/*
 * One attempt to pay a subject is waited for. When another one than that
 * comes to life again (as state), this decides which it is and gives up the
 * other: money that arrives on both is served once and goes back once.
 */
extern void vz_payment_choose_attempt(VzPayment *p, const char *state);

#endif							/* VEZA_PAYMENT_H */
