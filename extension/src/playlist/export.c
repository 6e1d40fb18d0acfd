/*
 * export.c
 *		A playlist as a file: what its reader sees of it, in its order.
 */
#include "../core/ground/arguments.h"
#include "../core/ground/json.h"
#include "../core/ground/response.h"
#include "playlist_formats.h"
#include "smart_store.h"
#include "visibility.h"

#define BASE_MAX 200			/* bytes */

static VzStmt lines_of = VZ_STMT(
	"select t.id, t.title, t.artist, t.album, t.duration_ms, t.isrc, v.file_hash"
	"  from veza_data.playlist_entry e"
	"  join veza_data.playlist p on p.id = e.playlist_id"
	"  join veza_data.track t on t.id = e.track_id and " VZ_ENTRY_IS_AVAILABLE("p", "e", "t", "$2", "$3")
	"  left join veza_data.track_version v on v.id = t.current_version_id"
	" where e.playlist_id = $1 order by e.rank",
	UUIDOID, UUIDOID, BOOLOID);

VZ_FUNCTION(playlist_export);

/* A file that is written. */
typedef struct Writing
{
	const VzPlaylistFormat *format;
	const char *base;
	StringInfoData text;
	int			n;
} Writing;

/* write_line writes a track, which is a row of one of the statements. */
static void
write_line(Writing *w, const VzRow *row)
{
	VzFileTrack track = {
		.location = psprintf("%s/api/v1/tracks/%s/stream", w->base, vz_row_text(row, "id")), .title = vz_row_text(row, "title"),
		.artist = vz_row_text(row, "artist"), .album = vz_row_text(row, "album"),
		.duration_ms = vz_row_isnull(row, "duration_ms") ? -1 : vz_row_int4(row, "duration_ms")
	};

	if (!vz_row_isnull(row, "isrc"))
		track.identifiers[track.nidentifiers++] = psprintf("urn:isrc:%s", vz_row_text(row, "isrc"));
	if (!vz_row_isnull(row, "file_hash"))
		track.identifiers[track.nidentifiers++] = psprintf("urn:sha256:%s", vz_row_text(row, "file_hash"));
	enlargeStringInfo(&w->text, (int) vz_file_track_room(&track));
	w->text.len += (int) w->format->track(&track, w->n++, w->text.data + w->text.len);
}

/* write_tracks is the visitor that writes all tracks. */
static void
write_tracks(SPITupleTable *rows, uint64 n, void *state)
{
	for (uint64 i = 0; i < n; i++)
	{
		VzRow		row = {rows->vals[i], rows->tupdesc};

		write_line(state, &row);
	}
}

/* read_base reads what stands before the addresses. */
static const char *
read_base(FunctionCallInfo fcinfo, int argno, VzRefusal *wrong)
{
	char	   *base = vz_text_argument(fcinfo, argno);
	size_t		len;

	if (base == NULL || base[0] == '\0')
		return "";
	len = strlen(base);
	if ((strncmp(base, "http://", 7) != 0 && strncmp(base, "https://", 8) != 0) || len > BASE_MAX ||
		strcspn(base, " \t\r\n\"'<>?#\\") < len)
		vz_field_error(wrong, "base", "must be an address that begins with http:// or https://, without ? and #");
	while (len > 0 && base[len - 1] == '/')
		base[--len] = '\0';
	return base;
}

/*
 * playlist_export writes a playlist as a file.
 *
 * Arguments: the playlist; the format; what stands before addresses.
 */
Datum
playlist_export(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	char	   *name = vz_lower(vz_text_argument(fcinfo, 1));
	Writing    *w = palloc0(sizeof(Writing));
	VzPlaylistSight sight;

	w->format = vz_playlist_format(name == NULL || name[0] == '\0' ? "m3u8" : name);
	if (w->format == NULL)
		vz_field_error(wrong, "format", "must be m3u8, xspf or jspf");
	w->base = read_base(fcinfo, 2, wrong);
	vz_raise_if(wrong);
	if (!vz_playlist_see(fcinfo, 0, &sight))
		vz_raise(vz_playlist_not_found(fcinfo, 0));
	initStringInfo(&w->text);
	enlargeStringInfo(&w->text, (int) vz_file_title_room(sight.name));
	w->text.len += (int) w->format->head(sight.name, w->text.data);
	if (sight.is_smart)
		vz_smart_lines(vz_smart_of(&sight), write_tracks, w);
	else
		vz_query_visit(&lines_of, VZ_ARGS(vz_arg_uuid(&sight.id), vz_arg_viewer(), vz_arg_bool(sight.is_admin)), write_tracks, w);
	enlargeStringInfo(&w->text, VZ_FILE_FOOT_ROOM);
	w->text.len += (int) w->format->foot(w->text.data + w->text.len);
	vz_set_file(w->format->type, sight.name, w->format->name);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(w->text.data, w->text.len));
}
