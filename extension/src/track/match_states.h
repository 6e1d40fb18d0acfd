/*
 * match_states.h
 *		From a match that was found to what became of it: the machine of
 *		veza_data.track_match.
 */
#ifndef VEZA_MATCH_STATES_H
#define VEZA_MATCH_STATES_H

#include "../core/machine/machine.h"

extern const VzMachine vz_track_match_machine;

#endif							/* VEZA_MATCH_STATES_H */
