/*
 * types.h
 *		What is searched for: the names that a client sends go in, which of them
 *		are wanted comes out.
 */
#ifndef VEZA_SEARCH_TYPES_H
#define VEZA_SEARCH_TYPES_H

#include "../core/ground/compat.h"
#include "../core/ground/refusal.h"

typedef enum VzSearchType
{
	VZ_SEARCH_TRACKS,
	VZ_SEARCH_PLAYLISTS,
	VZ_SEARCH_USERS,
	VZ_SEARCH_ARTISTS,			/* of tracks: suggested, and no thing of their own that could be found */
	VZ_NSEARCH_TYPES
} VzSearchType;

/*
 * Reads a list of names, of the first n types; without the argument all of
 * these are wanted. Returns how many are, and adds to wrong what is none.
 */
extern int	vz_search_types_argument(FunctionCallInfo fcinfo, int argno, int n, bool *wanted, VzRefusal *wrong);

/* What a type is called. */
extern const char *vz_search_type_name(VzSearchType type);

#endif							/* VEZA_SEARCH_TYPES_H */
