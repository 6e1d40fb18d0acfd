/*
 * purpose.h
 *		What payments are for: a purpose says what a payment's outcome means.
 *
 * Money takes payments, judges what the provider says, and sends money back.
 * What is paid for (the subject) belongs to a domain above, which registers
 * its purposes in registry.c; money names none of them.
 *
 * Locks: the payer's row first, then the payment's. A purpose is called under
 * both, and locks its subject then, which belongs to the payer; what it queues
 * (effects) is locked last. See auth/account_lock.h.
 */
#ifndef VEZA_PURPOSE_H
#define VEZA_PURPOSE_H

#include "payment_row.h"
#include "report.h"

/* How a subject stands, as far as money has to know. */
typedef struct VzSubject
{
	char	   *status;			/* its state, shown to operators */
	bool		is_waiting;		/* for a payment */
	bool		has_payment;	/* it is served, or was, for this payment of it: */
	pg_uuid_t	payment_id;
} VzSubject;

typedef struct VzPurpose
{
	const char *name;			/* as payment.purpose has it */

	/*
	 * What is paid for, in one word. With _id behind it, this is the member of
	 * the payment's metadata at the provider that holds the subject's key;
	 * psp_document.c lists these members.
	 */
	const char *subject;

	/* Reads how the subject stands. */
	void		(*look) (const pg_uuid_t *subject_id, VzSubject *subject);

	/*
	 * Called when there are news of a payment, after they were stored: one of
	 * the payment's states, or
	 *
	 * mismatch: a success with other money than was asked for, or for another
	 * subject; the payment is under review.
	 *
	 * returned: good money that an operator sends back.
	 *
	 * refunded: all of it is back. Told again with each later report.
	 *
	 * succeeded means that the money must serve or go back (vz_refund_request).
	 * It is told again when a review ends well, and when a refund made at the
	 * provider fails.
	 */
	void		(*on_payment) (const VzPayment *p, const char *news, const VzReport *report);

	/*
	 * Called when the provider has confirmed how the payment stands
	 * (p->checked_at), after on_payment: ends the wait for it, and gives it up,
	 * if its time is over. True when it did.
	 */
	bool		(*expire_if_due) (const VzPayment *p);
} VzPurpose;

/* All purposes; defined in registry.c. */
extern const VzPurpose *const vz_purposes[];
extern const int vz_npurposes;

/* The payment's purpose; an error when nobody has registered it, so nothing is decided about such a payment. */
extern const VzPurpose *vz_purpose_of(const VzPayment *p);

/* Reads how the payment's subject stands. */
extern VzSubject vz_subject_of(const VzPayment *p);

/* The name of the subject's key outside: in the metadata at the provider, and in what operators see. */
extern char *vz_subject_key(const VzPayment *p);

/* Tells the purpose that all of the payment's money has gone back, if it has. */
extern void vz_purpose_tell_refunded(const VzPayment *p, const VzReport *report);

#endif							/* VEZA_PURPOSE_H */
