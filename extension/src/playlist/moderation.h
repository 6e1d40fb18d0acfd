/*
 * moderation.h
 *		What moderators do with a playlist whose row is locked; it goes on record.
 */
#ifndef VEZA_PLAYLIST_MODERATION_H
#define VEZA_PLAYLIST_MODERATION_H

#include "../core/ground/query.h"

/* Hides the playlist from everybody but its owner, who reads the reason. */
extern void vz_playlist_take_down(const pg_uuid_t *id, const char *reason);

/* Lets it back. */
extern void vz_playlist_reinstate(const pg_uuid_t *id, const char *reason);

#endif							/* VEZA_PLAYLIST_MODERATION_H */
