/*
 * refund.h
 *		What becomes of refunds.
 */
#ifndef VEZA_REFUND_H
#define VEZA_REFUND_H

#include "report.h"

/* Applies the provider's facts about a refund; true when its state changed. Locks the payer and the payment. */
extern bool vz_refund_apply(const pg_uuid_t *refund_id, Datum facts, const VzReport *report);

/* Notes that a question about a refund came to nothing for good. */
extern void vz_refund_question_failed(const pg_uuid_t *refund_id, const char *error_code,
									  const char *error_message);

#endif							/* VEZA_REFUND_H */
