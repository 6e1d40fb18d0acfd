/*
 * refund_found.h
 *		Refunds that we did not make: an operator's at the provider's dashboard.
 */
#ifndef VEZA_REFUND_FOUND_H
#define VEZA_REFUND_FOUND_H

#include "payment_row.h"
#include "report.h"

/*
 * Records a refund that was not made by us, by the provider's facts about it,
 * and applies them; true when something changed. The payer must be locked.
 */
extern bool vz_refund_found(VzPayment *p, Datum facts, const VzReport *report);

/* The same for the list in an answer about the payment; one that makes no sense is reported and left out. */
extern void vz_refunds_found(VzPayment *p, Datum payment_facts, const VzReport *report);

#endif							/* VEZA_REFUND_FOUND_H */
