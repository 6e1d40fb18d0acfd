/*
 * versions.c
 *		New audio for a track that stays the same: likes, links and playlists keep
 *		it. The version before is played until the new one is ready.
 */
#include "../core/ground/arguments.h"
#include "../core/ground/json.h"
#include "../core/ground/response.h"
#include "change.h"
#include "upload.h"
#include "version.h"
#include "visibility.h"

#define FIRST_ARG 3				/* behind file_hash, file_size and file_type */

static VzStmt one_version = VZ_STMT("select * from veza_data.track_version_shape where id = $1", UUIDOID);

static VzStmt versions_of = VZ_STMT(
	"select * from veza_data.track_version_shape where track_id = $1 order by number desc limit 1000", UUIDOID);

static VzStmt find_version = VZ_STMT(
	"select id, state from veza_data.track_version where track_id = $1 and number = $2 for share", UUIDOID, INT4OID);

VZ_FUNCTION(track_version_create);
VZ_FUNCTION(track_versions);
VZ_FUNCTION(track_version_restore);

/* version_json shows a version. */
static Datum
version_json(const pg_uuid_t *id)
{
	Datum		json;

	if (!vz_json_row(&one_version, VZ_ARGS(vz_arg_uuid(id)), &json))
		elog(ERROR, "a version that was found is not there");
	return json;
}

/*
 * track_version_create gives an own track new audio.
 *
 * Arguments: hash, size in bytes and type of the file; the track; whether the
 * same file may be there twice.
 */
Datum
track_version_create(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	const VzActor *actor = vz_require_uploader();
	VzStoredFile file = vz_uploaded_file(fcinfo, 0, wrong);
	VzTrackSight sight;
	pg_uuid_t  *id;

	vz_raise_if(wrong);
	vz_admit_upload(actor, &file);
	vz_track_lock_own(fcinfo, FIRST_ARG, &sight);
	/* An administrator may correct a track, but uploads nothing in somebody else's name. */
	if (!sight.is_owner)
		vz_raise(vz_fact_uuid(vz_refusal(VZ_E_TRACK_NOT_YOURS), "track_id", &sight.id));
	id = vz_track_version_add(&sight.id, &sight.owner_id, &file,
							  !PG_ARGISNULL(FIRST_ARG + 1) && PG_GETARG_BOOL(FIRST_ARG + 1));
	vz_track_change_note(&sight.id, "version_added", NULL, NULL, NULL, false);
	vz_set_status(201);
	return version_json(id);
}

/* track_versions shows the versions of a track, newest first: its owner's and administrators' to see. */
Datum
track_versions(PG_FUNCTION_ARGS)
{
	VzTrackSight sight;

	if (!vz_track_see(fcinfo, 0, &sight))
		VZ_REFUSE(vz_track_not_found(fcinfo, 0));
	if (!sight.is_whole)
		VZ_REFUSE(vz_fact_uuid(vz_refusal(VZ_E_TRACK_NOT_YOURS), "track_id", &sight.id));
	return vz_json_rows(&versions_of, VZ_ARGS(vz_arg_uuid(&sight.id)), NULL);
}

/*
 * track_version_restore makes an earlier version the one that is played again.
 *
 * Arguments: the track, the version's number.
 */
Datum
track_version_restore(PG_FUNCTION_ARGS)
{
	VzTrackSight sight;
	char	   *number;
	VzRow		row;

	vz_track_lock_own(fcinfo, 0, &sight);
	if (PG_ARGISNULL(1) ||
		!vz_query_row(&find_version, VZ_ARGS(vz_arg_uuid(&sight.id), vz_arg_int4(PG_GETARG_INT32(1))), &row))
		vz_raise_error(VZ_E_TRACK_VERSION_NOT_FOUND);
	if (strcmp(vz_row_text(&row, "state"), "ready") != 0)
		vz_raise(vz_fact(vz_refusal(VZ_E_TRACK_PROCESSING), "status", vz_row_text(&row, "state")));
	vz_track_version_play(&sight.id, vz_row_uuid(&row, "id"));
	number = psprintf("%d", PG_GETARG_INT32(1));
	vz_track_change_note(&sight.id, "version_current", "version", NULL, number, false);
	return version_json(vz_row_uuid(&row, "id"));
}
