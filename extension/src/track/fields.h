/*
 * fields.h
 *		The fields of a track that people set: arguments go in; checked values, or
 *		what is wrong with each of them, come out.
 */
#ifndef VEZA_TRACK_FIELDS_H
#define VEZA_TRACK_FIELDS_H

#include "../core/ground/query.h"
#include "../core/ground/refusal.h"

/* The arguments of a function that takes the fields, side by side, in this order. */
typedef enum VzTrackField
{
	VZ_FIELD_TITLE,
	VZ_FIELD_ARTIST,
	VZ_FIELD_ALBUM,
	VZ_FIELD_DESCRIPTION,
	VZ_FIELD_GENRE,
	VZ_FIELD_TAGS,
	VZ_FIELD_VISIBILITY,
	VZ_FIELD_IS_PUBLIC,
	VZ_FIELD_IS_EXPLICIT,
	VZ_FIELD_IS_DOWNLOADABLE,
	VZ_FIELD_LICENSE,
	VZ_FIELD_BPM,
	VZ_FIELD_KEY,
	VZ_FIELD_ISRC,
	VZ_NTRACK_FIELDS
} VzTrackField;

/* Checked values; NULL: not given. An empty text or number 0 empties a field that may be empty. */
typedef struct VzTrackFields
{
	const char *title;
	const char *artist;
	const char *album;
	const char *description;
	const char *genre;
	VzArg		tags;			/* text[] */
	const char *visibility;
	VzArg		is_explicit;
	VzArg		is_downloadable;
	const char *license;
	VzArg		bpm;
	const char *musical_key;
	const char *isrc;
} VzTrackFields;

/* Reads the fields from argno on; adds to wrong what is wrong. Returns how many were given. */
extern int	vz_track_fields_read(FunctionCallInfo fcinfo, int argno, VzTrackFields *fields, VzRefusal *wrong);

/* One tag as it is stored: in lower case. */
extern char *vz_track_tag(const char *word, size_t len);

/* The tags of a list argument: texts, each of which may hold several with commas. Complains; 0 when there is no argument. */
extern VzArg vz_track_tags_argument(FunctionCallInfo fcinfo, int argno, VzRefusal *wrong);

#endif							/* VEZA_TRACK_FIELDS_H */
