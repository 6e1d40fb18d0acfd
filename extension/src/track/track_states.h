/*
 * track_states.h
 *		The life of a version of a track: the machine of veza_data.track_version.
 */
#ifndef VEZA_TRACK_STATES_H
#define VEZA_TRACK_STATES_H

#include "../core/machine/machine.h"

extern const VzMachine vz_track_version_machine;

#endif							/* VEZA_TRACK_STATES_H */
