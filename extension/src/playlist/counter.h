/*
 * counter.h
 *		Counting who follows and likes playlists, as tracks count (track/counter.h).
 */
#ifndef VEZA_PLAYLIST_COUNTER_H
#define VEZA_PLAYLIST_COUNTER_H

#include "../core/ground/query.h"

/* Adds n, which may be negative; kind is follow or like. */
extern void vz_playlist_count(const pg_uuid_t *playlist_id, const char *kind, int n);

/* How many there are now. */
extern int64 vz_playlist_counted(const pg_uuid_t *playlist_id, const char *kind);

/* Moves what was counted to the playlists; a job. */
extern int64 vz_job_fold_playlist_counters(void);

#endif							/* VEZA_PLAYLIST_COUNTER_H */
