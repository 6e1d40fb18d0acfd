/*
 * fields.c
 *		What the owner says of a playlist (see fields.h).
 */
#include "fields.h"

#include "../core/ground/arguments.h"
#include "../track/track_rules.h"

#define DESCRIPTION_MAX 2000	/* characters */

const char *
vz_playlist_name_argument(FunctionCallInfo fcinfo, int argno, VzRefusal *wrong)
{
	char	   *name = vz_text_argument(fcinfo, argno);

	if (name != NULL && name[0] == '\0')
		vz_field_error(wrong, "name", "must not be empty");
	if (name != NULL && pg_mbstrlen(name) > VZ_PLAYLIST_NAME_MAX)
		vz_field_error(wrong, "name", psprintf("must have at most %d characters", VZ_PLAYLIST_NAME_MAX));
	return name;
}

/* read_playlist_visibility reads who may see it: by one of three words, or by whether it is public. */
static const char *
read_playlist_visibility(FunctionCallInfo fcinfo, int argno, VzRefusal *wrong)
{
	char	   *word = vz_lower(vz_text_argument(fcinfo, argno));

	if (word != NULL && !vz_track_visibility_is_valid(word))
		vz_field_error(wrong, "visibility", "must be public, unlisted or private");
	if (PG_ARGISNULL(argno + 1))
		return word;
	if (word == NULL)
		return PG_GETARG_BOOL(argno + 1) ? "public" : "private";
	if (PG_GETARG_BOOL(argno + 1) != (strcmp(word, "public") == 0))
		vz_field_error(wrong, "is_public", "must agree with visibility");
	return word;
}

bool
vz_playlist_fields_read(FunctionCallInfo fcinfo, int argno, VzPlaylistFields *fields, VzRefusal *wrong)
{
	fields->name = vz_playlist_name_argument(fcinfo, argno, wrong);
	fields->description = vz_text_argument(fcinfo, argno + 1);
	if (fields->description != NULL && pg_mbstrlen(fields->description) > DESCRIPTION_MAX)
		vz_field_error(wrong, "description", psprintf("must have at most %d characters", DESCRIPTION_MAX));
	fields->visibility = read_playlist_visibility(fcinfo, argno + 2, wrong);
	return fields->name != NULL || fields->description != NULL || fields->visibility != NULL;
}
