/*
 * smart_store.h
 *		The rules that a smart playlist has.
 */
#ifndef VEZA_SMART_STORE_H
#define VEZA_SMART_STORE_H

#include "smart_query.h"
#include "visibility.h"

/* What finds the tracks of a smart playlist that was seen. */
extern VzSmartQuery *vz_smart_of(const VzPlaylistSight *sight);

/* Gives a playlist, which has no entries, the rules (a jsonb); says whether they are others than before. */
extern bool vz_smart_store(const pg_uuid_t *id, Datum rules);

/* Gives a copy the rules of its origin, if that has any. */
extern void vz_smart_copy(const VzPlaylistSight *origin, const pg_uuid_t *copy_id);

#endif							/* VEZA_SMART_STORE_H */
