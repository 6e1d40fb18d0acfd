/*
 * change.h
 *		The history of a track: what was done, by whom, and field by field what
 *		was there before and after. Rows are written in the transaction they describe.
 */
#ifndef VEZA_TRACK_CHANGE_H
#define VEZA_TRACK_CHANGE_H

#include "../core/ground/query.h"

/* Notes an action; field and values (JSON text) may be NULL. is_system: no person has done it. */
extern void vz_track_change_note(const pg_uuid_t *track_id, const char *action, const char *field,
								 const char *old_value, const char *new_value, bool is_system);

/* The fields of a track as they stand, for comparing later. */
extern VzArg vz_track_snapshot(const pg_uuid_t *track_id);

/* Notes each field that differs from what it was; returns how many do. */
extern uint64 vz_track_change_diff(const pg_uuid_t *track_id, VzArg before, const char *action, bool is_system);

#endif							/* VEZA_TRACK_CHANGE_H */
