/*
 * refunds.h
 *	  What can be done about a refund.
 */
#ifndef PSPSIM_REFUNDS_H
#define PSPSIM_REFUNDS_H

#include "ledger.h"
#include "refusal.h"

extern bool refund_create(const json_t *body, const char *id,
						  struct refund **created, struct refusal *refusal);
extern void refund_become(struct refund *refund, const char *status, bool announce);

#endif
