/*
 * billing_states.h
 *		The machines of subscriptions, payments and refunds.
 */
#ifndef VEZA_BILLING_STATES_H
#define VEZA_BILLING_STATES_H

#include "../core/machine/machine.h"

extern const VzMachine vz_subscription_machine;
extern const VzMachine vz_payment_machine;
extern const VzMachine vz_refund_machine;

#endif							/* VEZA_BILLING_STATES_H */
