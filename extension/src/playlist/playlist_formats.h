/*
 * playlist_formats.h
 *		The formats of playlists as files: a name, or the text of one, goes in; how
 *		it is read and written comes out. Pure.
 */
#ifndef VEZA_PLAYLIST_FORMATS_H
#define VEZA_PLAYLIST_FORMATS_H

#include "playlist_file.h"

typedef struct VzPlaylistFormat
{
	const char *name;			/* also what files of it end with */
	const char *type;			/* MIME type, with the charset where one belongs */
	VzFileProblem (*read) (char *text, VzFileReading *reading);
	size_t		(*head) (const char *title, char *out);
	size_t		(*track) (const VzFileTrack *track, int number, char *out);
	size_t		(*foot) (char *out);
} VzPlaylistFormat;

/* The format of that name (m3u is m3u8), or NULL. */
extern const VzPlaylistFormat *vz_playlist_format(const char *name);

/* The format that the text begins like; never NULL, for any text is a list of lines. */
extern const VzPlaylistFormat *vz_playlist_format_of(const char *text);

#endif							/* VEZA_PLAYLIST_FORMATS_H */
