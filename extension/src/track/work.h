/*
 * work.h
 *		Work on versions, as far as claiming and reporting share it: a version under
 *		its lease, and what a try that came to nothing means.
 */
#ifndef VEZA_TRACK_WORK_H
#define VEZA_TRACK_WORK_H

#include "version.h"

/* The version of a row with the columns id, track_id, owner_id, state, scan and tries. */
extern VzTrackVersion vz_track_version_of(const VzRow *row);

/*
 * Finds and locks the version that is under this lease, of any kind when kind
 * is NULL, the track first; false when the lease is another one's by now.
 */
extern bool vz_track_version_leased(const pg_uuid_t *id, const pg_uuid_t *lease, const char *kind, VzTrackVersion *v);

/* Counts one more try that came to nothing; the version fails with the code when it was the third. True then. */
extern bool vz_track_version_give_up(VzTrackVersion *v, const char *code, const char *reason);

/* How many seconds a version waits after so many tries that came to nothing. */
extern int64 vz_retry_pause(int tries);

#endif							/* VEZA_TRACK_WORK_H */
