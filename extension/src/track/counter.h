/*
 * counter.h
 *		Counting what happens to tracks without a row that everybody waits for:
 *		each session adds to a slot of its own, and a job moves the sums on. What is
 *		shown is the sum and the slots together, so it is exact at any time.
 */
#ifndef VEZA_TRACK_COUNTER_H
#define VEZA_TRACK_COUNTER_H

#include "../core/ground/query.h"

/* Adds n (which may be negative) for the day of a moment; source is empty but for plays. */
extern void vz_track_count(const pg_uuid_t *track_id, const char *kind, TimestampTz at, const char *source, int n);

/* How many there are of a kind now. */
extern int64 vz_track_counted(const pg_uuid_t *track_id, const char *kind);

/* Moves the slots of some tracks to the sums; returns how many rows went. */
extern int64 vz_job_fold_counters(void);

/* Forgets single plays and downloads that are play_keep seconds old; returns how many. */
extern int64 vz_job_sweep_plays(void);

#endif							/* VEZA_TRACK_COUNTER_H */
