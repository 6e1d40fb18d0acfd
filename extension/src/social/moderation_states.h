/*
 * moderation_states.h
 *		The life of a case of moderation: the machine of veza_data.moderation_case.
 */
#ifndef VEZA_MODERATION_STATES_H
#define VEZA_MODERATION_STATES_H

#include "../core/machine/machine.h"

extern const VzMachine vz_moderation_case_machine;

#endif							/* VEZA_MODERATION_STATES_H */
