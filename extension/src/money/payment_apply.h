/*
 * payment_apply.h
 *		Believing the provider about payments.
 */
#ifndef VEZA_PAYMENT_APPLY_H
#define VEZA_PAYMENT_APPLY_H

#include "report.h"

/*
 * Applies the provider's facts about a payment by the merge rule; the one
 * way in for create replies, webhooks, recovery and reconciliation. Locks
 * payer and payment, and tells the payment's purpose. Returns true when the
 * payment's state changed.
 */
extern bool vz_payment_apply(const pg_uuid_t *payment_id, Datum facts, const VzReport *report);

#endif							/* VEZA_PAYMENT_APPLY_H */
