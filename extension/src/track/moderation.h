/*
 * moderation.h
 *		What moderators do with a track whose row is locked; it goes on record.
 */
#ifndef VEZA_TRACK_MODERATION_H
#define VEZA_TRACK_MODERATION_H

#include "../core/ground/query.h"

/* Hides the track from everybody but its owner, who reads the reason. */
extern void vz_track_take_down(const pg_uuid_t *id, const char *reason);

/* Lets it back. */
extern void vz_track_reinstate(const pg_uuid_t *id, const char *reason);

#endif							/* VEZA_TRACK_MODERATION_H */
