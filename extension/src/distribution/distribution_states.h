/*
 * distribution_states.h
 *		The life of a submission to streaming services.
 */
#ifndef VEZA_DISTRIBUTION_STATES_H
#define VEZA_DISTRIBUTION_STATES_H

#include "../core/machine/machine.h"

extern const VzMachine vz_distribution_machine;

#endif							/* VEZA_DISTRIBUTION_STATES_H */
