/*
 * match.h
 *		Tracks of different owners that are the same: the later one is held, which
 *		is that nobody but its owner sees it, until a moderator has decided.
 *
 * Lock order: the track, then matching as a whole (one version at a time, or two
 * that come at once would not see each other), then matches.
 */
#ifndef VEZA_TRACK_MATCH_H
#define VEZA_TRACK_MATCH_H

#include "version.h"

extern VzStore vz_track_match_store;

/* Compares a version that was just analysed, whose track is locked, with those of others; holds the track if there is one. */
extern void vz_track_match_find(const VzTrackVersion *v);

/* Holds a track, which is locked. */
extern void vz_track_hold(const pg_uuid_t *track_id);

/* Lets a track go, which is locked, unless some match is still open. */
extern void vz_track_release(const pg_uuid_t *track_id);

/* The open matches of a track end without a decision: its audio is gone. */
extern void vz_track_match_lapse(const pg_uuid_t *track_id);

#endif							/* VEZA_TRACK_MATCH_H */
