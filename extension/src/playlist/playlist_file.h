/*
 * playlist_file.h
 *		Playlists as files. A text goes in, and each track that it names is shown
 *		to a visitor; tracks go in, and a text comes out.
 *
 * Pure: no server header. Nothing that a text names is opened, fetched or
 * expanded: a location is a word to compare with. Each format is a file beside
 * this one, and a row of playlist_formats.c.
 */
#ifndef VEZA_PLAYLIST_FILE_H
#define VEZA_PLAYLIST_FILE_H

#include <stddef.h>
#include <stdint.h>

/* As many tracks as a playlist has at most; a text with more is refused. */
#define VZ_FILE_TRACKS_MAX 10000
#define VZ_FILE_IDENTIFIERS_MAX 4

/* A track as a text names it; what is not said is NULL. */
typedef struct VzFileTrack
{
	int			line;			/* where it begins, from 1 */
	const char *location;		/* an address or a path, as it stands there */
	const char *identifiers[VZ_FILE_IDENTIFIERS_MAX];	/* further names of the recording */
	int			nidentifiers;
	const char *title;
	const char *artist;
	const char *album;
	int64_t		duration_ms;	/* -1: not said */
} VzFileTrack;

typedef enum VzFileProblem
{
	VZ_FILE_FINE,
	VZ_FILE_UNKNOWN,			/* it is no playlist of this format */
	VZ_FILE_MALFORMED,
	VZ_FILE_DOCTYPE,			/* it declares what it is made of, entities among it */
	VZ_FILE_TOO_LONG			/* it has more than VZ_FILE_TRACKS_MAX tracks */
} VzFileProblem;

/* A text that is read: who sees its tracks goes in, and what it says of itself comes out. */
typedef struct VzFileReading
{
	void		(*visit) (const VzFileTrack *track, void *state);
	void	   *state;
	const char *title;			/* of the playlist; NULL: not said */
	int			ntracks;
	int			line;			/* of the problem */
} VzFileReading;

/*
 * Each of these takes a text with a final NUL, which it writes over: what it
 * shows stands in it, a track's until the visitor returns, the title for as long
 * as the text.
 */
extern VzFileProblem vz_m3u8_read(char *text, VzFileReading *reading);
extern VzFileProblem vz_xspf_read(char *text, VzFileReading *reading);
extern VzFileProblem vz_jspf_read(char *text, VzFileReading *reading);

/* How many bytes a title, or a track, needs at most when it is written. */
extern size_t vz_file_title_room(const char *title);
extern size_t vz_file_track_room(const VzFileTrack *track);

/* The beginning of a file, a track of it, and its end; number is the track's place, from 0. Each returns what is written. */
extern size_t vz_m3u8_head(const char *title, char *out);
extern size_t vz_m3u8_track(const VzFileTrack *track, int number, char *out);
extern size_t vz_m3u8_foot(char *out);
extern size_t vz_xspf_head(const char *title, char *out);
extern size_t vz_xspf_track(const VzFileTrack *track, int number, char *out);
extern size_t vz_xspf_foot(char *out);
extern size_t vz_jspf_head(const char *title, char *out);
extern size_t vz_jspf_track(const VzFileTrack *track, int number, char *out);
extern size_t vz_jspf_foot(char *out);

#define VZ_FILE_FOOT_ROOM 64

#endif							/* VEZA_PLAYLIST_FILE_H */
