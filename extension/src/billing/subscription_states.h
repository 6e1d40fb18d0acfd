/*
 * subscription_states.h
 *		The machine of subscriptions.
 */
#ifndef VEZA_SUBSCRIPTION_STATES_H
#define VEZA_SUBSCRIPTION_STATES_H

#include "../core/machine/machine.h"

extern const VzMachine vz_subscription_machine;

#endif							/* VEZA_SUBSCRIPTION_STATES_H */
