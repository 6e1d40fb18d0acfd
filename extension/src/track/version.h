/*
 * version.h
 *		Versions of tracks: a file goes in, a row that is processed comes out, and
 *		its track shows how far it is.
 *
 * Lock order: the owner's account where limits count, then the track, then its version.
 */
#ifndef VEZA_TRACK_VERSION_H
#define VEZA_TRACK_VERSION_H

#include "../core/machine/transition.h"
#include "../file/stored_file.h"

#define VZ_TRACK_TRIES_MAX 3

extern VzStore vz_track_version_store;

/* A version that is worked on; its track and itself are locked. */
typedef struct VzTrackVersion
{
	pg_uuid_t	id;
	pg_uuid_t	track_id;
	pg_uuid_t	owner_id;
	char	   *state;
	char	   *scan;
	int			tries;
} VzTrackVersion;

/*
 * Adds a version to a track and makes it the one that is played when there is
 * none yet; raises TRACK_DUPLICATE when the owner has that file already,
 * unless duplicates are wanted. Returns its id.
 */
extern pg_uuid_t *vz_track_version_add(const pg_uuid_t *track_id, const pg_uuid_t *owner_id, const VzStoredFile *file,
									   bool allow_duplicate);

/* Takes the event's arrow and lets the track follow; the code says why, of a failure. Returns the new state. */
extern const char *vz_track_version_step(VzTrackVersion *v, const char *event, const char *code, const char *reason,
										 const char *details);

/* Makes the version the one that its track shows and plays. */
extern void vz_track_version_play(const pg_uuid_t *track_id, const pg_uuid_t *version_id);

/* Has the workers look at once, when the transaction commits: a version is due. */
extern void vz_track_work_tell(void);

/* Ends the lease; due: when the next worker may take it on, 0: never. tries are those that count from now on. */
extern void vz_track_version_release(const pg_uuid_t *id, TimestampTz due, int tries);

#endif							/* VEZA_TRACK_VERSION_H */
