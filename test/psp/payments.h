/*
 * payments.h
 *	  What can be done to a payment.
 */
#ifndef PSPSIM_PAYMENTS_H
#define PSPSIM_PAYMENTS_H

#include "ledger.h"
#include "refusal.h"

extern bool payment_create(const json_t *body, const char *id,
						   struct payment **created, struct refusal *refusal);
extern bool payment_update(struct payment *payment, const json_t *body,
						   struct refusal *refusal);
extern bool payment_attempt(struct payment *payment, const char *outcome,
							bool by_customer, struct refusal *refusal);
extern bool payment_cancel(struct payment *payment, const char *reason,
						   struct refusal *refusal);
extern bool payment_capture(struct payment *payment, json_int_t amount,
							struct refusal *refusal);
extern void payment_sync(struct payment *payment);
extern void payment_become(struct payment *payment, const char *status,
						   int64_t received, bool announce);
extern bool payment_session_over(const struct payment *payment);
extern void random_word(char *out, size_t length);

#endif
