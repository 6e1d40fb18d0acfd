/*
 * remove.c
 *		Removing tracks, and bringing them back (see remove.h).
 *
 * What others refer to (submissions, history, numbers by day) stays when the
 * audio goes. Links end with the track and do not come back with it.
 */
#include "remove.h"

#include "../core/effects/job.h"
#include "../core/ground/attempt.h"
#include "../core/ground/audit.h"
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../core/ground/refusal.h"
#include "../core/ground/response.h"
#include "../core/request/condition.h"
#include "../core/request/request.h"
#include "change.h"
#include "match.h"
#include "visibility.h"

static VzStmt remove_track = VZ_STMT(
	"update veza_data.track set deleted_at = $2, updated_at = $2, revision = revision + 1 where id = $1",
	UUIDOID, TIMESTAMPTZOID);

/* The same file may be uploaded again. */
static VzStmt release_files = VZ_STMT(
	"update veza_data.track_version set is_original = false where track_id = $1 and is_original", UUIDOID);

static VzStmt revoke_links = VZ_STMT(
	"update veza_data.track_share set revoked_at = $2 where track_id = $1 and revoked_at is null", UUIDOID, TIMESTAMPTZOID);

static VzStmt lock_removed = VZ_STMT(
	"select id, revision, purged_at is null and deleted_at > $4 as is_restorable from veza_data.track"
	" where id = $1 and deleted_at is not null and ($3 or uploader_id = $2) for no key update",
	UUIDOID, UUIDOID, BOOLOID, TIMESTAMPTZOID);

static VzStmt restore_track = VZ_STMT(
	"update veza_data.track set deleted_at = null, updated_at = $2, revision = revision + 1 where id = $1 returning revision",
	UUIDOID, TIMESTAMPTZOID);

/* Unless the file was uploaded anew meanwhile. */
static VzStmt reclaim_files = VZ_STMT(
	"update veza_data.track_version v set is_original = true"
	" where track_id = $1 and state not in ('failed', 'quarantined')"
	"   and not exists (select from veza_data.track_version o where o.owner_id = v.owner_id and o.file_hash = v.file_hash and o.is_original)"
	"   and number = (select max(number) from veza_data.track_version w where w.track_id = $1 and w.file_hash = v.file_hash)",
	UUIDOID);

static VzStmt shape = VZ_STMT("select * from veza_data.track_owner_shape where id = $1", UUIDOID);

static VzStmt tracks_of = VZ_STMT(
	"select id from veza_data.track where uploader_id = $1 and deleted_at is null for no key update", UUIDOID);

static VzStmt due_for_purge = VZ_STMT(
	"select id::text as unit from veza_data.track where deleted_at <= $1 and purged_at is null order by deleted_at limit 100",
	TIMESTAMPTZOID);

static VzStmt lock_for_purge = VZ_STMT(
	"select from veza_data.track where id = $1 and deleted_at <= $2 and purged_at is null for no key update skip locked",
	UUIDOID, TIMESTAMPTZOID);

static VzStmt give_up_audio = VZ_STMT(
	"update veza_data.track"
	"   set purged_at = $2, current_version_id = null, status = 'uploading', duration_ms = null, file_type = null, description = null, tags = '{}'"
	" where id = $1",
	UUIDOID, TIMESTAMPTZOID);

static VzStmt drop_versions = VZ_STMT("delete from veza_data.track_version where track_id = $1", UUIDOID);
static VzStmt drop_links = VZ_STMT("delete from veza_data.track_share where track_id = $1", UUIDOID);

VZ_FUNCTION(track_remove);
VZ_FUNCTION(track_restore);

/* note_removal puts it on record. */
static void
note_removal(const pg_uuid_t *id, const char *action, const char *audited)
{
	VzAudit		entry = {.action = audited, .resource_type = "track", .resource_id = vz_uuid_text(id)};

	vz_track_change_note(id, action, NULL, NULL, NULL, false);
	vz_audit(&entry);
}

/* take_away removes a locked track. */
static void
take_away(const pg_uuid_t *id)
{
	vz_execute(&remove_track, VZ_ARGS(vz_arg_uuid(id), vz_arg_time(vz_now())));
	vz_execute(&release_files, VZ_ARGS(vz_arg_uuid(id)));
	vz_execute(&revoke_links, VZ_ARGS(vz_arg_uuid(id), vz_arg_time(vz_now())));
	note_removal(id, "removed", "track.remove");
}

/* track_remove removes a track; it can be restored for track_restore seconds. */
Datum
track_remove(PG_FUNCTION_ARGS)
{
	VzTrackSight sight;
	Datum		json;

	vz_track_lock_own(fcinfo, 0, &sight);
	vz_check_version(&sight.id, sight.revision);
	take_away(&sight.id);
	vz_json_row(&shape, VZ_ARGS(vz_arg_uuid(&sight.id)), &json);
	return json;
}

/* reclaim is the work that may meet a file that was uploaded at this very moment. */
static void
reclaim(void *state)
{
	vz_execute(&reclaim_files, VZ_ARGS(vz_arg_uuid(state)));
}

/* track_restore brings a removed track back: its owner's, or an administrator's to do. */
Datum
track_restore(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	pg_uuid_t	id;
	Datum		json;
	VzRow		row;

	if (PG_ARGISNULL(0) ||
		!vz_query_row(&lock_removed,
					  VZ_ARGS(vz_arg_uuid(PG_GETARG_UUID_P(0)), vz_arg_uuid(&actor->user_id),
							  vz_arg_bool(actor->role == VZ_ROLE_ADMIN),
							  vz_arg_time(vz_time_plus(vz_now(), -vz_setting_int("track_restore")))), &row))
		vz_raise(vz_track_not_found(fcinfo, 0));
	id = *vz_row_uuid(&row, "id");
	if (!vz_row_bool(&row, "is_restorable"))
		vz_raise(vz_fact_uuid(vz_refusal(VZ_E_TRACK_NOT_RESTORABLE), "track_id", &id));
	vz_query_row(&restore_track, VZ_ARGS(vz_arg_uuid(&id), vz_arg_time(vz_now())), &row);
	vz_attempt_unique(reclaim, &id);
	note_removal(&id, "restored", "track.restore");
	vz_set_etag(&id, vz_row_int8(&row, "revision"));
	vz_json_row(&shape, VZ_ARGS(vz_arg_uuid(&id)), &json);
	return json;
}

void
vz_tracks_end_account(const pg_uuid_t *user_id)
{
	VzRows		rows = vz_query_rows(&tracks_of, VZ_ARGS(vz_arg_uuid(user_id)));

	for (uint64 i = 0; i < rows.n; i++)
		take_away(vz_row_uuid(&rows.row[i], "id"));
}

/* purge_before is the moment before which a track must have been removed for its audio to go. */
static VzArg
purge_before(void)
{
	return vz_arg_time(vz_time_plus(vz_now(), -vz_setting_int("track_restore")));
}

VzRows
vz_job_purge_tracks_units(void)
{
	return vz_query_rows(&due_for_purge, VZ_ARGS(purge_before()));
}

void
vz_job_purge_track(const char *unit)
{
	pg_uuid_t	id = vz_unit_uuid(unit);

	if (!vz_query_found(&lock_for_purge, VZ_ARGS(vz_arg_uuid(&id), purge_before())))
		return;
	vz_track_match_lapse(&id);
	vz_execute(&give_up_audio, VZ_ARGS(vz_arg_uuid(&id), vz_arg_time(vz_now())));
	vz_execute(&drop_versions, VZ_ARGS(vz_arg_uuid(&id)));
	vz_execute(&drop_links, VZ_ARGS(vz_arg_uuid(&id)));
	vz_track_change_note(&id, "purged", NULL, NULL, NULL, true);
}
