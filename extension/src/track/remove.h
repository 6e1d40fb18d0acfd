/*
 * remove.h
 *		Removing tracks: soft at first, and for good after a while.
 */
#ifndef VEZA_TRACK_REMOVE_H
#define VEZA_TRACK_REMOVE_H

#include "../core/ground/query.h"

/* Removes all tracks of an account that ends. */
extern void vz_tracks_end_account(const pg_uuid_t *user_id);

/* Tracks whose time to be restored is over, as units of a job, and the work on one: its audio goes. */
extern VzRows vz_job_purge_tracks_units(void);
extern void vz_job_purge_track(const char *unit);

#endif							/* VEZA_TRACK_REMOVE_H */
