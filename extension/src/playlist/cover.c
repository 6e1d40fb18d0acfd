/*
 * cover.c
 *		Pictures of playlists: one of its own, which its owner uploads. Without one
 *		the covers of its first tracks stand for it (see shape.h), whose addresses
 *		are told: putting them together is left to who shows them, for nothing here
 *		decodes pictures.
 */
#include "../core/ground/arguments.h"
#include "../core/ground/audit.h"
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../core/ground/response.h"
#include "../core/request/condition.h"
#include "../file/stored_file.h"
#include "shape.h"

#define COVER_SIDE_MAX 8192		/* pixels */

static VzStmt set_cover = VZ_STMT(
	"update veza_data.playlist set cover_file = $2, updated_at = $3, revision = revision + 1 where id = $1",
	UUIDOID, TEXTOID, TIMESTAMPTZOID);

static VzStmt find_cover = VZ_STMT(
	"select f.hash, f.type from veza_data.playlist p join veza_data.file f on f.hash = p.cover_file where p.id = $1", UUIDOID);

VZ_FUNCTION(playlist_cover_set);
VZ_FUNCTION(playlist_cover_remove);
VZ_FUNCTION(playlist_cover);

/* change_cover gives the playlist of the first argument this picture, or none. */
static Datum
change_cover(FunctionCallInfo fcinfo, const VzStoredFile *file)
{
	VzAudit		entry = {.action = file ? "playlist.cover_set" : "playlist.cover_remove", .resource_type = "playlist"};
	VzPlaylistSight sight;
	VzRow		row;

	vz_playlist_lock(fcinfo, 0, VZ_PLAYLIST_OWNER, &sight);
	vz_check_part(&sight.id, sight.revision,
				  vz_query_row(&find_cover, VZ_ARGS(vz_arg_uuid(&sight.id)), &row) ? vz_row_text(&row, "hash") : NULL);
	if (file != NULL)
		vz_file_register(file);
	vz_execute(&set_cover, VZ_ARGS(vz_arg_uuid(&sight.id), vz_arg_text(file ? file->hash : NULL), vz_arg_time(vz_now())));
	entry.resource_id = vz_uuid_text(&sight.id);
	vz_audit(&entry);
	return vz_playlist_answer(&sight.id);
}

/*
 * playlist_cover_set gives a playlist the picture that was uploaded.
 *
 * Arguments: the playlist; SHA-256 of the file, its size in bytes, its type,
 * width and height in pixels (1 to 8192).
 */
Datum
playlist_cover_set(PG_FUNCTION_ARGS)
{
	VzStoredFile file;

	VZ_REQUIRE_ARGUMENTS("id", "file_hash", "file_size", "file_type", "image_width", "image_height");
	file = (VzStoredFile)
	{
		text_to_cstring(PG_GETARG_TEXT_PP(1)), PG_GETARG_INT64(2), text_to_cstring(PG_GETARG_TEXT_PP(3)), PG_GETARG_INT32(4),
		PG_GETARG_INT32(5)
	};
	if (file.width < 1 || file.width > COVER_SIDE_MAX || file.height < 1 || file.height > COVER_SIDE_MAX)
		vz_raise(vz_fact_int(vz_fact_int(vz_fact_int(vz_refusal(VZ_E_IMAGE_TOO_LARGE), "width", file.width), "height", file.height),
							 "limit_pixels", COVER_SIDE_MAX));
	return change_cover(fcinfo, &file);
}

/* playlist_cover_remove takes the picture of a playlist away; the file goes when nothing else has it. */
Datum
playlist_cover_remove(PG_FUNCTION_ARGS)
{
	return change_cover(fcinfo, NULL);
}

/*
 * playlist_cover names the file of a playlist's own picture, which veza-httpd
 * sends to whoever may see the playlist.
 *
 * Arguments: the playlist; the version of the picture, which only makes addresses differ.
 */
Datum
playlist_cover(PG_FUNCTION_ARGS)
{
	VzPlaylistSight sight;
	StringInfoData json;
	VzRow		row;

	if (!vz_playlist_see(fcinfo, 0, &sight))
		VZ_REFUSE(vz_playlist_not_found(fcinfo, 0));
	if (!vz_query_row(&find_cover, VZ_ARGS(vz_arg_uuid(&sight.id)), &row))
		VZ_REFUSE(vz_fact_uuid(vz_refusal(VZ_E_PLAYLIST_COVER_NOT_FOUND), "playlist_id", &sight.id));
	vz_set_header("ETag", psprintf("\"%s\"", vz_row_text(&row, "hash")));
	vz_set_header("Cache-Control", sight.is_public ? "public, no-cache" : "private, no-cache");
	initStringInfo(&json);
	appendStringInfo(&json, "{\"file\":\"%s\",\"type\":\"%s\",\"name\":\"cover\"}", vz_row_text(&row, "hash"),
					 vz_row_text(&row, "type"));
	return vz_json_datum(&json);
}
