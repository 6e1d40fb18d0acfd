/*
 * effect_states.h
 *		The life of an effect, something the relay must do outside, as a machine
 *		(see machine.h). Pure: no server header.
 */
#ifndef VEZA_EFFECT_STATES_H
#define VEZA_EFFECT_STATES_H

#include "../machine/machine.h"

extern const VzMachine vz_effect_machine;

#endif							/* VEZA_EFFECT_STATES_H */
