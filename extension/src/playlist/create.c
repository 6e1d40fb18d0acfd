/*
 * create.c
 *		Making and editing playlists.
 */
#include "create.h"

#include "../core/ground/audit.h"
#include "../core/ground/clock.h"
#include "../core/ground/response.h"
#include "../core/request/condition.h"
#include "../core/request/request.h"
#include "add.h"
#include "shape.h"

static VzStmt insert_playlist = VZ_STMT(
	"insert into veza_data.playlist (owner_id, name, description, visibility, forked_from_id, created_at, updated_at)"
	" values ($1, $2, nullif($3, ''), coalesce($4, 'private'), $5, $6, $6) returning id",
	UUIDOID, TEXTOID, TEXTOID, TEXTOID, UUIDOID, TIMESTAMPTZOID);

/* What is as it was is no change. */
static VzStmt update_playlist = VZ_STMT(
	"update veza_data.playlist"
	"   set name = coalesce($2, name), description = case when $3 is null then description else nullif($3, '') end,"
	"       visibility = coalesce($4, visibility), revision = revision + 1, updated_at = $5"
	" where id = $1 and (name, visibility, coalesce(description, '')) is distinct from"
	"       (coalesce($2, name), coalesce($4, visibility), coalesce($3, description, ''))",
	UUIDOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID);

VZ_FUNCTION(playlist_create);
VZ_FUNCTION(playlist_update);

void
vz_playlist_make(const VzPlaylistFields *fields, const pg_uuid_t *forked_from, VzPlaylistSight *sight)
{
	const VzActor *actor = vz_require_user();
	VzRow		row;

	vz_query_row(&insert_playlist,
				 VZ_ARGS(vz_arg_uuid(&actor->user_id), vz_arg_text(fields->name), vz_arg_text(fields->description),
						 vz_arg_text(fields->visibility), vz_arg_uuid(forked_from), vz_arg_time(vz_now())), &row);
	*sight = (VzPlaylistSight) {
		.id = *vz_row_uuid(&row, "id"), .owner_id = actor->user_id, .actor_id = actor->user_id, .is_known = true,
		.is_admin = actor->role == VZ_ROLE_ADMIN, .part = VZ_PLAYLIST_OWNER, .revision = 1
	};
}

Datum
vz_playlist_made_answer(const VzPlaylistSight *sight)
{
	vz_set_status(201);
	vz_set_header("Location", psprintf("/api/v1/playlists/%s", vz_uuid_text(&sight->id)));
	return vz_playlist_answer(&sight->id);
}

/*
 * playlist_create makes a playlist, perhaps with its first tracks.
 *
 * Arguments: name, description, visibility, is_public (see fields.h); tracks.
 */
Datum
playlist_create(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzPlaylistFields fields;
	VzPlaylistSight sight;
	VzArg		track_ids;
	int			n;

	vz_require_user();
	vz_playlist_fields_read(fcinfo, 0, &fields, wrong);
	if (fields.name == NULL)
		vz_field_error(wrong, "name", "is missing");
	track_ids = vz_ids_argument(fcinfo, 4, "track_ids", VZ_PLAYLIST_ADD_MAX, &n, wrong);
	vz_raise_if(wrong);
	vz_playlist_make(&fields, NULL, &sight);
	if (n > 0)
		vz_playlist_add(&sight, track_ids, VZ_PLAYLIST_END, false);
	return vz_playlist_made_answer(&sight);
}

/*
 * playlist_update edits a playlist: its owner's, or an administrator's to do.
 *
 * Arguments: the playlist, then its fields.
 */
Datum
playlist_update(PG_FUNCTION_ARGS)
{
	VzAudit		entry = {.action = "playlist.update", .resource_type = "playlist"};
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzPlaylistFields fields;
	VzPlaylistSight sight;

	vz_require_user();
	if (!vz_playlist_fields_read(fcinfo, 1, &fields, wrong))
		vz_field_error(wrong, "name", "is missing, and so is every other field");
	vz_raise_if(wrong);
	vz_playlist_lock(fcinfo, 0, VZ_PLAYLIST_OWNER, &sight);
	vz_check_version(&sight.id, sight.revision);
	if (vz_execute(&update_playlist, VZ_ARGS(vz_arg_uuid(&sight.id), vz_arg_text(fields.name), vz_arg_text(fields.description),
											 vz_arg_text(fields.visibility), vz_arg_time(vz_now()))) > 0)
	{
		entry.resource_id = vz_uuid_text(&sight.id);
		vz_audit(&entry);
	}
	return vz_playlist_answer(&sight.id);
}
