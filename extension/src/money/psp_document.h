/*
 * psp_document.h
 *		What we take of the payment provider's documents, and store.
 *
 * Pure lists for vz_foreign_read. No client secret, no name, no address of a
 * payer is among them: what is not listed is neither read nor kept.
 */
#ifndef VEZA_PSP_DOCUMENT_H
#define VEZA_PSP_DOCUMENT_H

#include "../core/ground/foreign.h"

extern const VzForeignMember vz_psp_payment[];
extern const VzForeignMember vz_psp_refund[];

/* What the relay found out about the provider itself. */
extern const VzForeignMember vz_psp_probe[];

/* A webhook with its envelope; the object in it is a payment, a refund or a dispute. */
extern const VzForeignMember vz_psp_webhook[];

/* One character more than an event's id may have, so that a longer one shows. */
#define VZ_PSP_EVENT_ID_MAX 200

#endif							/* VEZA_PSP_DOCUMENT_H */
