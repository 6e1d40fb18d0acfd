/*
 * fields.h
 *		What the owner says of a playlist: arguments go in; checked values, or what
 *		is wrong with each of them, come out.
 */
#ifndef VEZA_PLAYLIST_FIELDS_H
#define VEZA_PLAYLIST_FIELDS_H

#include "../core/ground/query.h"
#include "../core/ground/refusal.h"

#define VZ_PLAYLIST_NAME_MAX 200	/* characters */

/* Checked values; NULL: not given. An empty description empties it. */
typedef struct VzPlaylistFields
{
	const char *name;
	const char *description;
	const char *visibility;
} VzPlaylistFields;

/*
 * Reads name, description, visibility and is_public, side by side from argno
 * on; adds to wrong what is wrong. Returns whether any was given.
 */
extern bool vz_playlist_fields_read(FunctionCallInfo fcinfo, int argno, VzPlaylistFields *fields, VzRefusal *wrong);

/* Reads a name, which may be missing. */
extern const char *vz_playlist_name_argument(FunctionCallInfo fcinfo, int argno, VzRefusal *wrong);

#endif							/* VEZA_PLAYLIST_FIELDS_H */
