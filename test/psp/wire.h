/*
 * wire.h
 *	  The JSON bodies that travel to the PSP's clients.
 */
#ifndef PSPSIM_WIRE_H
#define PSPSIM_WIRE_H

#include "ledger.h"

#define MERCHANT_ID "merchant_pspsim"

extern json_t *wire_payment(const struct payment *payment, bool with_attempts);
extern json_t *wire_refund(const struct refund *refund);
extern json_t *wire_customer(const json_t *body, const char *id);
extern json_t *wire_event(const char *event_id, const char *event_type,
						  const char *content_type, json_t *object);

#endif
