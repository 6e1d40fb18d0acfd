/*
 * payment_row.h
 *		The rows of veza_data.payment: reading, locking and making them.
 *
 * What is paid for is a payment's subject. Which column refers to it is known
 * to payment_row.c alone; what it is, to the payment's purpose (see purpose.h).
 */
#ifndef VEZA_PAYMENT_ROW_H
#define VEZA_PAYMENT_ROW_H

#include "../core/machine/transition.h"

extern VzStore vz_payment_store;

/* A row of veza_data.payment, as far as the rules look at it. */
typedef struct VzPayment
{
	pg_uuid_t	id;
	pg_uuid_t	subject_id;		/* what is paid for */
	pg_uuid_t	user_id;
	char	   *purpose;
	int			attempt_no;
	char	   *psp_payment_id;
	char	   *idempotency_key;
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

/* Reads and locks; false when there is no such row. The payer must be locked. */
extern bool vz_payment_lock(const pg_uuid_t *id, VzPayment *p);

/* Locks the payer, then reads and locks; false when there is no such row, and then nothing is locked. */
extern bool vz_payment_lock_with_payer(const pg_uuid_t *id, VzPayment *p);

/*
 * The subject's payment that counts, locked: see veza_data.payment_current.
 * False when there is none.
 */
extern bool vz_payment_lock_current(const pg_uuid_t *subject_id, VzPayment *p);

/* Stores a new payment in state prepared, which reconciliation asks about at next_check. */
extern void vz_payment_insert(const VzPayment *p, TimestampTz next_check);

/* The number of the last attempt to pay the subject for this purpose; 0 when there is none. */
extern int	vz_payment_last_attempt(const char *purpose, const pg_uuid_t *subject_id);

/* The subject's payments that can still take or hold money, except this one: rows with id, earliest attempt first. */
extern VzRows vz_payments_unfinished(const pg_uuid_t *subject_id, const pg_uuid_t *except_payment);

/* Another payment of the same subject that is waited for, as a row with id and state; false when there is none. */
extern bool vz_payment_find_rival(const VzPayment *p, VzRow *rival);

/* Finds a payment by its key, by the provider's id, or by its subject's key (then the newest attempt). */
extern bool vz_payment_find(const char *any_id, pg_uuid_t *id);

/* What was received for the payment, as far as is known; what of it is neither back nor on its way back. */
extern int64 vz_payment_received(const VzPayment *p);
extern int64 vz_payment_refundable(const VzPayment *p);

#endif							/* VEZA_PAYMENT_ROW_H */
