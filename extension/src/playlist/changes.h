/*
 * changes.h
 *		Who has changed the entries of a playlist.
 */
#ifndef VEZA_PLAYLIST_CHANGES_H
#define VEZA_PLAYLIST_CHANGES_H

#include "../core/ground/compat.h"

/* Forgets changes that are playlist_change_keep seconds old; a job. */
extern int64 vz_job_sweep_playlist_changes(void);

#endif							/* VEZA_PLAYLIST_CHANGES_H */
