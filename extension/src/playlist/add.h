/*
 * add.h
 *		Adding tracks to a playlist that is locked.
 */
#ifndef VEZA_PLAYLIST_ADD_H
#define VEZA_PLAYLIST_ADD_H

#include "order.h"

/* Tracks of one call. */
#define VZ_PLAYLIST_ADD_MAX 100

/* Entries of a playlist. */
#define VZ_PLAYLIST_ENTRIES_MAX 10000

typedef struct VzPlaylistAddition
{
	VzRows		added;			/* id, track_id, place (see order.h) */
	int			position;		/* of the first one */
	VzArg		duplicates;		/* uuid[]: those that stood in it already, or came twice */
} VzPlaylistAddition;

/*
 * Adds tracks (a uuid[], at most VZ_PLAYLIST_ADD_MAX) at position or at
 * VZ_PLAYLIST_END, and notes the change. Raises TRACK_NOT_FOUND for one that the
 * actor does not see, PLAYLIST_FULL and PLAYLIST_POSITION_INVALID.
 */
extern VzPlaylistAddition vz_playlist_add(VzPlaylistSight *sight, VzArg track_ids, int position, bool skips_duplicates);

/* Raises PLAYLIST_FULL unless that many entries more have room. */
extern void vz_playlist_require_room(const VzPlaylistSight *sight, int n);

/* Raises PLAYLIST_POSITION_INVALID. */
extern void vz_playlist_refuse_position(const VzPlaylistSight *sight) VZ_NORETURN;

/* Reads a list argument of ids without NULLs; how many there are goes to n. Complains of too many. */
extern VzArg vz_ids_argument(FunctionCallInfo fcinfo, int argno, const char *field, int most, int *n, VzRefusal *wrong);

#endif							/* VEZA_PLAYLIST_ADD_H */
