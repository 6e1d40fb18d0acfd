/*
 * checkout.h
 *	  The hosted page on which a customer pays.
 */
#ifndef PSPSIM_CHECKOUT_H
#define PSPSIM_CHECKOUT_H

#include "http.h"

extern enum MHD_Result checkout_answer(struct exchange *exchange);

#endif
