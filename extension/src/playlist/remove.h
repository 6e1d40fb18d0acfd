/*
 * remove.h
 *		Removing playlists: soft at first, and for good after a while.
 */
#ifndef VEZA_PLAYLIST_REMOVE_H
#define VEZA_PLAYLIST_REMOVE_H

#include "../core/ground/query.h"

/* Removes the playlists of an account that ends, and its traces in those of others. */
extern void vz_playlists_end_account(const pg_uuid_t *user_id);

/* Playlists whose time to be restored is over, as units of a job, and the work on one: it goes. */
extern VzRows vz_job_purge_playlists_units(void);
extern void vz_job_purge_playlist(const char *unit);

#endif							/* VEZA_PLAYLIST_REMOVE_H */
