/*
 * import.c
 *		Making a playlist of a file: what is found of it stands in the playlist,
 *		and what is not is listed, so that no line is lost unseen.
 */
#include "../auth/limit.h"
#include "../core/ground/arguments.h"
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../core/ground/response.h"
#include "../core/request/request.h"
#include "add.h"
#include "create.h"
#include "match.h"
#include "playlist_formats.h"

#define SHOWN_MAX 500			/* bytes of what is told of a line */

VZ_FUNCTION(playlist_import);

/* What a file has said. */
typedef struct ImportedFile
{
	const VzPlaylistFormat *format;
	const char *title;
	VzFileTrack *lines;
	int			nlines;
} ImportedFile;

/* copy_text copies a text of the file, which ends with the visit. */
static const char *
copy_text(const char *text)
{
	return text != NULL ? pstrdup(text) : NULL;
}

/* keep_line is the visitor that keeps a track that a file names. */
static void
keep_line(const VzFileTrack *track, void *state)
{
	ImportedFile *file = state;
	VzFileTrack *line = &file->lines[file->nlines++];

	*line = *track;
	line->location = copy_text(track->location);
	line->title = copy_text(track->title);
	line->artist = copy_text(track->artist);
	line->album = copy_text(track->album);
	for (int i = 0; i < track->nidentifiers; i++)
		line->identifiers[i] = pstrdup(track->identifiers[i]);
}

/* read_lines reads the text; raises PLAYLIST_FILE_UNREADABLE. */
static void
read_lines(char *text, ImportedFile *file)
{
	static const char *const words[] = {"fine", "unknown", "malformed", "doctype", "too_long"};
	VzFileReading reading = {.visit = keep_line, .state = file};
	VzFileProblem problem;

	file->lines = palloc_extended(sizeof(VzFileTrack) * VZ_FILE_TRACKS_MAX, MCXT_ALLOC_HUGE);
	problem = file->format->read(text, &reading);
	if (problem != VZ_FILE_FINE)
		vz_raise(vz_fact_int(vz_fact(vz_fact(vz_refusal(VZ_E_PLAYLIST_FILE_UNREADABLE), "format", file->format->name), "problem",
									 words[problem]), "line", reading.line));
	file->title = reading.title;
}

/* name_from_file makes a name of what the file calls itself; NULL when it says nothing. */
static const char *
name_from_file(const char *title)
{
	char	   *name;
	int			len;

	if (title == NULL)
		return NULL;
	name = pstrdup(title);
	for (char *p = name; *p != '\0'; p++)
		if ((unsigned char) *p < ' ' || *p == 0x7F)
			*p = ' ';
	len = pg_mbcharcliplen(name, (int) strlen(name), VZ_PLAYLIST_NAME_MAX);
	while (len > 0 && name[len - 1] == ' ')
		len--;
	name[len] = '\0';
	return len > 0 ? name : NULL;
}

/* append_line_text appends a member with a text, cut where it is very long; null for NULL. */
static void
append_line_text(StringInfo json, const char *name, const char *text)
{
	appendStringInfo(json, ",\"%s\":", name);
	if (text == NULL)
		appendStringInfoString(json, "null");
	else
		escape_json(json, pnstrdup(text, pg_mbcliplen(text, (int) strlen(text), SHOWN_MAX)));
}

/* append_lines lists the lines that were found, or those that were not. */
static void
append_lines(StringInfo json, const ImportedFile *file, const VzRows *found, bool is_found)
{
	const char *separator = "";

	appendStringInfoChar(json, '[');
	for (int i = 0; i < file->nlines; i++)
	{
		const VzFileTrack *line = &file->lines[i];
		const VzRow *row = &found->row[i];

		if (vz_row_isnull(row, "track_id") == is_found)
			continue;
		appendStringInfo(json, "%s{\"position\":%d,\"line\":%d", separator, i, line->line);
		if (is_found)
			appendStringInfo(json, ",\"track_id\":\"%s\",\"matched_by\":\"%s\"", vz_row_uuid_text(row, "track_id"),
							 vz_row_text(row, "matched_by"));
		else
		{
			append_line_text(json, "text", line->location ? line->location : line->title);
			append_line_text(json, "artist", line->artist);
			append_line_text(json, "title", line->title);
		}
		appendStringInfoChar(json, '}');
		separator = ",";
	}
	appendStringInfoChar(json, ']');
}

/* found_tracks are the tracks that were found, as uuid[]. */
static VzArg
found_tracks(const VzRows *found, int *n)
{
	Datum	   *ids = palloc(sizeof(Datum) * (found->n + 1));

	*n = 0;
	for (uint64 i = 0; i < found->n; i++)
		if (!vz_row_isnull(&found->row[i], "track_id"))
			ids[(*n)++] = UUIDPGetDatum(vz_row_uuid(&found->row[i], "track_id"));
	return vz_arg_datum(PointerGetDatum(construct_array(ids, *n, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR)), false);
}

/* make_playlist makes the playlist with what was found. */
static void
make_playlist(const VzPlaylistFields *fields, const VzRows *found, VzPlaylistSight *sight)
{
	int			n;
	VzArg		tracks = found_tracks(found, &n);

	vz_playlist_make(fields, NULL, sight);
	vz_playlist_require_room(sight, n);
	if (n > 0)
	{
		vz_order_insert(sight, tracks, n, VZ_PLAYLIST_END);
		vz_order_changed(sight, "imported", n, n);
	}
	vz_set_header("Location", psprintf("/api/v1/playlists/%s", vz_uuid_text(&sight->id)));
}

/* read_file_format is the format that the argument names, or the one that the text looks like. */
static const VzPlaylistFormat *
read_file_format(FunctionCallInfo fcinfo, int argno, const char *content, VzRefusal *wrong)
{
	char	   *name = vz_lower(vz_text_argument(fcinfo, argno));
	const VzPlaylistFormat *format = name == NULL || name[0] == '\0' ? vz_playlist_format_of(content) : vz_playlist_format(name);

	if (format == NULL)
		vz_field_error(wrong, "format", "must be m3u8, xspf or jspf");
	return format;
}

/* answer_import says what became of each line. */
static Datum
answer_import(const ImportedFile *file, const VzRows *found, const char *name, const VzPlaylistSight *made)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoString(&json, "{\"playlist_id\":");
	if (made != NULL)
		appendStringInfo(&json, "\"%s\"", vz_uuid_text(&made->id));
	else
		appendStringInfoString(&json, "null");
	append_line_text(&json, "name", name);
	append_line_text(&json, "format", file->format->name);
	appendStringInfo(&json, ",\"line_count\":%d,\"matched\":", file->nlines);
	append_lines(&json, file, found, true);
	appendStringInfoString(&json, ",\"unmatched\":");
	append_lines(&json, file, found, false);
	appendStringInfoChar(&json, '}');
	return vz_json_datum(&json);
}

/*
 * playlist_import makes a playlist of a file.
 *
 * Arguments: the text of the file; its format; name, description, visibility,
 * is_public (see fields.h); whether only to tell what would be found.
 */
Datum
playlist_import(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	char	   *content = PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0));
	bool		is_dry = !PG_ARGISNULL(6) && PG_GETARG_BOOL(6);
	VzPlaylistFields fields;
	VzPlaylistSight made;
	ImportedFile file = {.nlines = 0};
	VzRows		found;
	VzRefusal  *limit;

	vz_playlist_fields_read(fcinfo, 2, &fields, wrong);
	if (content == NULL)
		vz_field_error(wrong, "content", "is missing");
	else
		file.format = read_file_format(fcinfo, 1, content, wrong);
	vz_raise_if(wrong);
	limit = vz_limit_take("playlist_import", vz_uuid_text(&actor->user_id), vz_setting_int("playlist_import_limit"), SECS_PER_HOUR);
	if (limit != NULL)
		vz_raise(limit);
	read_lines(content, &file);
	if (fields.name == NULL)
		fields.name = name_from_file(file.title);
	if (fields.name == NULL && !is_dry)
		vz_raise(vz_field_error(wrong, "name", "is missing, and the file does not say what it is called"));
	found = vz_playlist_match(file.lines, file.nlines);
	if (is_dry)
		vz_set_status(200);
	else
		make_playlist(&fields, &found, &made);
	return answer_import(&file, &found, fields.name, is_dry ? NULL : &made);
}
