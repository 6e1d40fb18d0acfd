/*
 * payment_states.h
 *		The machines of payments and refunds.
 */
#ifndef VEZA_PAYMENT_STATES_H
#define VEZA_PAYMENT_STATES_H

#include "../core/machine/machine.h"

extern const VzMachine vz_payment_machine;
extern const VzMachine vz_refund_machine;

#endif							/* VEZA_PAYMENT_STATES_H */
