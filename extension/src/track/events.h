/*
 * events.h
 *		What becomes of a track's audio, told as it happens to its owner.
 */
#ifndef VEZA_TRACK_EVENTS_H
#define VEZA_TRACK_EVENTS_H

#include "../core/ground/query.h"

/* Tells the streams of a track in which state a version of it is now. */
extern void vz_track_tell(const pg_uuid_t *track_id, const pg_uuid_t *version_id);

#endif							/* VEZA_TRACK_EVENTS_H */
