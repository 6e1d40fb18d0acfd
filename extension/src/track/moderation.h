/*
 * moderation.h
 *		Taking a track down.
 */
#ifndef VEZA_TRACK_MODERATION_H
#define VEZA_TRACK_MODERATION_H

#include "../core/ground/query.h"

/* Hides a track, which is locked, from everybody but its owner, who reads the reason; on record. */
extern void vz_track_take_down(const pg_uuid_t *id, const char *reason);

#endif							/* VEZA_TRACK_MODERATION_H */
