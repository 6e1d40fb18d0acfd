/*
 * refund_request.h
 *		Asking for refunds: money that serves nothing goes back by itself, once.
 */
#ifndef VEZA_REFUND_REQUEST_H
#define VEZA_REFUND_REQUEST_H

#include "payment_row.h"

extern VzStore vz_refund_store;

/* Sends back what is left of the payment's money, once per reason; false when nothing is, or it was requested before. */
extern bool vz_refund_request(const VzPayment *p, const char *reason);

/* The same as the attempt of this number, from 1: a refund that failed is asked for again under the next. */
extern bool vz_refund_request_attempt(const VzPayment *p, const char *reason, int attempt_no);

/* Takes back refunds that no relay has begun with, when the money went back another way. */
extern void vz_refunds_give_way(const VzPayment *p);

#endif							/* VEZA_REFUND_REQUEST_H */
