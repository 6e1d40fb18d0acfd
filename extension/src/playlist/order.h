/*
 * order.h
 *		The entries of a playlist and their order, as they are written. The
 *		playlist is locked by the caller, who has checked who acts.
 */
#ifndef VEZA_PLAYLIST_ORDER_H
#define VEZA_PLAYLIST_ORDER_H

#include "../core/ground/query.h"
#include "order_rules.h"
#include "visibility.h"

#define VZ_PLAYLIST_END (-1)

/*
 * Puts tracks (a uuid[]) before the entry that stands at position, or at the
 * end; returns them as rows with the columns id, track_id and place (from 0, of
 * what was added).
 */
extern VzRows vz_order_insert(const VzPlaylistSight *sight, VzArg track_ids, int n, int position);

/* Carries out a valid move; returns how many entries were written, apart from those that a lack of ranks made anew. */
extern uint64 vz_order_move(const VzPlaylistSight *sight, const VzMove *move);

/* Gives all entries the order of the ids (a uuid[]), which are all of them, each once. */
extern void vz_order_set(const VzPlaylistSight *sight, VzArg entry_ids);

/*
 * Notes a change of n entries, by which the number of entries grows (grown may
 * be negative): the playlist's next version, its count, who has done it; in the
 * audit log, too, when an administrator has who takes no part. The sight has the
 * new version and count then.
 */
extern void vz_order_changed(VzPlaylistSight *sight, const char *action, int n, int grown);

/* Raises PLAYLIST_CHANGED when the request names another version (its argument) than the present one. */
extern void vz_order_check_version(FunctionCallInfo fcinfo, int argno, const VzPlaylistSight *sight);

#endif							/* VEZA_PLAYLIST_ORDER_H */
