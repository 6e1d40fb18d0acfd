/*
 * fields.c
 *		The fields of a track that people set (see fields.h).
 */
#include "fields.h"

#include "../core/ground/arguments.h"
#include "catalog/pg_collation.h"
#include "utils/fmgrprotos.h"
#include "track_rules.h"

#define BPM_MIN 40
#define BPM_MAX 300

/* The fields that are texts of limited length. */
static const struct
{
	VzTrackField field;
	const char *name;
	int			max;			/* characters */
	bool		may_be_empty;
	size_t		offset;
}			texts[] = {
	{VZ_FIELD_TITLE, "title", 200, false, offsetof(VzTrackFields, title)},
	{VZ_FIELD_ARTIST, "artist", 100, false, offsetof(VzTrackFields, artist)},
	{VZ_FIELD_ALBUM, "album", 200, true, offsetof(VzTrackFields, album)},
	{VZ_FIELD_DESCRIPTION, "description", 2000, true, offsetof(VzTrackFields, description)},
	{VZ_FIELD_GENRE, "genre", 50, true, offsetof(VzTrackFields, genre)},
};

/* read_texts reads the texts. */
static void
read_texts(FunctionCallInfo fcinfo, int argno, VzTrackFields *fields, VzRefusal *wrong)
{
	for (int i = 0; i < (int) lengthof(texts); i++)
	{
		char	   *value = vz_text_argument(fcinfo, argno + texts[i].field);

		if (value == NULL)
			continue;
		if (value[0] == '\0' && !texts[i].may_be_empty)
			vz_field_error(wrong, texts[i].name, "must not be empty");
		if (pg_mbstrlen(value) > texts[i].max)
			vz_field_error(wrong, texts[i].name, psprintf("must have at most %d characters", texts[i].max));
		*(const char **) ((char *) fields + texts[i].offset) = value;
	}
}

/* read_visibility reads who may see the track: by one of three words, or by whether it is public. */
static void
read_visibility(FunctionCallInfo fcinfo, int argno, VzTrackFields *fields, VzRefusal *wrong)
{
	fields->visibility = vz_lower(vz_text_argument(fcinfo, argno + VZ_FIELD_VISIBILITY));
	if (fields->visibility != NULL && !vz_track_visibility_is_valid(fields->visibility))
		vz_field_error(wrong, "visibility", "must be public, unlisted or private");
	if (PG_ARGISNULL(argno + VZ_FIELD_IS_PUBLIC))
		return;
	if (fields->visibility == NULL)
		fields->visibility = PG_GETARG_BOOL(argno + VZ_FIELD_IS_PUBLIC) ? "public" : "private";
	else if (PG_GETARG_BOOL(argno + VZ_FIELD_IS_PUBLIC) != (strcmp(fields->visibility, "public") == 0))
		vz_field_error(wrong, "is_public", "must agree with visibility");
}

/* read_words reads licence, key and ISRC. */
static void
read_words(FunctionCallInfo fcinfo, int argno, VzTrackFields *fields, VzRefusal *wrong)
{
	const char *license = vz_text_argument(fcinfo, argno + VZ_FIELD_LICENSE);
	const char *isrc = vz_text_argument(fcinfo, argno + VZ_FIELD_ISRC);
	char	   *proper = palloc(VZ_ISRC_LEN + 1);

	fields->musical_key = vz_text_argument(fcinfo, argno + VZ_FIELD_KEY);
	if (fields->musical_key != NULL && fields->musical_key[0] != '\0' && !vz_musical_key_is_valid(fields->musical_key))
		vz_field_error(wrong, "key", "must be a key such as C, F# or Bbm");
	if (license != NULL && (fields->license = vz_license_find(license)) == NULL)
		vz_field_error(wrong, "license", "must be All Rights Reserved, Creative Commons BY, BY-SA or BY-NC, or Public Domain");
	if (isrc != NULL && isrc[0] != '\0' && !vz_isrc_read(isrc, proper))
		vz_field_error(wrong, "isrc", "must be an ISRC such as FRZ032600001");
	else if (isrc != NULL)
		fields->isrc = isrc[0] == '\0' ? isrc : proper;
}

/* read_bpm reads the tempo; 0 empties it. */
static void
read_bpm(FunctionCallInfo fcinfo, int argno, VzTrackFields *fields, VzRefusal *wrong)
{
	int32		bpm;

	fields->bpm = vz_arg_null();
	if (PG_ARGISNULL(argno + VZ_FIELD_BPM))
		return;
	bpm = PG_GETARG_INT32(argno + VZ_FIELD_BPM);
	if (bpm != 0 && (bpm < BPM_MIN || bpm > BPM_MAX))
		vz_field_error(wrong, "bpm", psprintf("must be a number from %d to %d", BPM_MIN, BPM_MAX));
	fields->bpm = vz_arg_int4(bpm);
}

char *
vz_track_tag(const char *word, size_t len)
{
	Datum		t = PointerGetDatum(cstring_to_text_with_len(word, (int) len));

	return TextDatumGetCString(DirectFunctionCall1Coll(lower, DEFAULT_COLLATION_OID, t));
}

/* add_tags adds the tags of one text to those that are there; returns their number. */
static int
add_tags(const char *list, Datum *tags, int n, VzRefusal *wrong)
{
	const char *word;
	size_t		len;

	while (list != NULL)
	{
		bool		is_there = false;
		Datum		tag;

		list = vz_tag_next(list, &word, &len);
		if (len == 0)
			continue;
		if (pg_mbstrlen_with_len(word, (int) len) > VZ_TAG_CHARS_MAX)
		{
			vz_field_error(wrong, "tags", psprintf("must have at most %d characters each", VZ_TAG_CHARS_MAX));
			break;
		}
		tag = CStringGetTextDatum(vz_track_tag(word, len));
		for (int i = 0; i < n; i++)
			is_there |= strcmp(TextDatumGetCString(tags[i]), TextDatumGetCString(tag)) == 0;
		if (is_there)
			continue;
		if (n >= VZ_TAGS_MAX)
		{
			vz_field_error(wrong, "tags", psprintf("must be at most %d words", VZ_TAGS_MAX));
			break;
		}
		tags[n++] = tag;
	}
	return n;
}

VzArg
vz_track_tags_argument(FunctionCallInfo fcinfo, int argno, VzRefusal *wrong)
{
	Datum		tags[VZ_TAGS_MAX];
	Datum	   *items;
	bool	   *nulls;
	int			nitems;
	int			n = 0;

	if (PG_ARGISNULL(argno))
		return vz_arg_null();
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(argno), TEXTOID, -1, false, TYPALIGN_INT, &items, &nulls, &nitems);
	for (int i = 0; i < nitems; i++)
		if (!nulls[i])
			n = add_tags(TextDatumGetCString(items[i]), tags, n, wrong);
	return vz_arg_datum(PointerGetDatum(construct_array(tags, n, TEXTOID, -1, false, TYPALIGN_INT)), false);
}

int
vz_track_fields_read(FunctionCallInfo fcinfo, int argno, VzTrackFields *fields, VzRefusal *wrong)
{
	int			given = 0;

	memset(fields, 0, sizeof(*fields));
	read_texts(fcinfo, argno, fields, wrong);
	read_visibility(fcinfo, argno, fields, wrong);
	read_words(fcinfo, argno, fields, wrong);
	read_bpm(fcinfo, argno, fields, wrong);
	fields->tags = vz_track_tags_argument(fcinfo, argno + VZ_FIELD_TAGS, wrong);
	fields->is_explicit = vz_arg_datum(PG_GETARG_DATUM(argno + VZ_FIELD_IS_EXPLICIT), PG_ARGISNULL(argno + VZ_FIELD_IS_EXPLICIT));
	fields->is_downloadable = vz_arg_datum(PG_GETARG_DATUM(argno + VZ_FIELD_IS_DOWNLOADABLE),
										   PG_ARGISNULL(argno + VZ_FIELD_IS_DOWNLOADABLE));
	for (int i = 0; i < VZ_NTRACK_FIELDS; i++)
		given += PG_ARGISNULL(argno + i) ? 0 : 1;
	return given;
}
