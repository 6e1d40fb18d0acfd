/*
 * moderation.c
 *		What administrators do with tracks: taking them down with a reason, which
 *		their owner reads, and letting them back; and operators with versions:
 *		having them processed, or scanned, once more (see moderation.h).
 */
#include "moderation.h"

#include "../core/ground/arguments.h"
#include "../core/ground/audit.h"
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../core/ground/response.h"
#include "../core/request/request.h"
#include "../notification/notify.h"
#include "change.h"
#include "moderation.h"
#include "version.h"
#include "visibility.h"
#include "work.h"

static VzStmt take_down = VZ_STMT(
	"update veza_data.track"
	"   set taken_down_at = coalesce(taken_down_at, $2), taken_down_reason = $3, revision = revision + 1, updated_at = $2"
	" where id = $1",
	UUIDOID, TIMESTAMPTZOID, TEXTOID);

static VzStmt reinstate = VZ_STMT(
	"update veza_data.track set taken_down_at = null, taken_down_reason = null, revision = revision + 1, updated_at = $2"
	" where id = $1 and taken_down_at is not null",
	UUIDOID, TIMESTAMPTZOID);

static VzStmt shape = VZ_STMT("select * from veza_data.track_owner_shape where id = $1", UUIDOID);

static VzStmt lock_version = VZ_STMT(
	"select v.id, v.track_id, v.owner_id, v.state, v.scan, v.tries"
	"  from veza_data.track t join veza_data.track_version v on v.track_id = t.id where v.id = $1 for no key update of t, v",
	UUIDOID);

static VzStmt scan_anew = VZ_STMT("update veza_data.track_version set scan = 'pending' where id = $1", UUIDOID);

static VzStmt scan_unscanned = VZ_STMT(
	"update veza_data.track_version set due_at = $1 where state = 'ready' and scan = 'unscanned' and lease is null", TIMESTAMPTZOID);

VZ_FUNCTION(track_take_down);
VZ_FUNCTION(track_reinstate);
VZ_FUNCTION(track_reprocess);
VZ_FUNCTION(track_rescan);

/* note_moderation puts on record what was done to a track. */
static void
note_moderation(const pg_uuid_t *id, const char *action, const char *audited, const char *reason)
{
	VzAudit		entry = {.action = audited, .resource_type = "track", .resource_id = vz_uuid_text(id), .reason = reason};

	vz_track_change_note(id, action, NULL, NULL, NULL, false);
	vz_audit(&entry);
}

void
vz_track_take_down(const pg_uuid_t *id, const char *reason)
{
	vz_execute(&take_down, VZ_ARGS(vz_arg_uuid(id), vz_arg_time(vz_now()), vz_arg_text(reason)));
	note_moderation(id, "taken_down", "track.take_down", reason);
}

void
vz_track_reinstate(const pg_uuid_t *id, const char *reason)
{
	vz_execute(&reinstate, VZ_ARGS(vz_arg_uuid(id), vz_arg_time(vz_now())));
	note_moderation(id, "reinstated", "track.reinstate", reason);
}

/* lock_for_moderation locks the track of the argument for an administrator, who has a reason; returns the reason. */
static char *
lock_for_moderation(FunctionCallInfo fcinfo, VzTrackSight *sight)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	char	   *reason;

	vz_require_admin();
	reason = vz_reason_argument(fcinfo, 1, wrong);
	vz_raise_if(wrong);
	vz_track_lock_own(fcinfo, 0, sight);
	return reason;
}

/* moderated tells the owner of the decision, and shows the track as it is now. */
static Datum
moderated(const VzTrackSight *sight)
{
	Datum		json;

	vz_notify(&(VzNotification) {VZ_NOTIFY_REVIEW_DECISION, &sight->owner_id, NULL, "track", &sight->id});
	vz_json_row(&shape, VZ_ARGS(vz_arg_uuid(&sight->id)), &json);
	return json;
}

/*
 * track_take_down hides a track from everybody but its owner, who reads why.
 *
 * Arguments: the track, the reason.
 */
Datum
track_take_down(PG_FUNCTION_ARGS)
{
	VzTrackSight sight;
	char	   *reason = lock_for_moderation(fcinfo, &sight);

	vz_track_take_down(&sight.id, reason);
	return moderated(&sight);
}

/* track_reinstate lets a track that was taken down back; arguments as above. */
Datum
track_reinstate(PG_FUNCTION_ARGS)
{
	VzTrackSight sight;
	char	   *reason = lock_for_moderation(fcinfo, &sight);

	vz_track_reinstate(&sight.id, reason);
	return moderated(&sight);
}

/*
 * track_reprocess has a version that failed scanned and analysed once more.
 *
 * Arguments: the version, the reason. Answers its state.
 */
Datum
track_reprocess(PG_FUNCTION_ARGS)
{
	VzAudit		entry = {.action = "track.reprocess", .resource_type = "track_version"};
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzTrackVersion v;
	VzRow		row;

	if (PG_ARGISNULL(0))
		vz_field_error(wrong, "version_id", "is missing");
	entry.reason = vz_reason_argument(fcinfo, 1, wrong);
	vz_raise_if(wrong);
	if (!vz_query_row(&lock_version, VZ_ARGS(vz_arg_uuid(PG_GETARG_UUID_P(0))), &row))
		vz_raise_error(VZ_E_TRACK_VERSION_NOT_FOUND);
	v = vz_track_version_of(&row);
	vz_track_version_step(&v, "reprocess", NULL, entry.reason, NULL);
	vz_execute(&scan_anew, VZ_ARGS(vz_arg_uuid(&v.id)));
	vz_track_version_release(&v.id, vz_now(), 0);
	entry.resource_id = vz_uuid_text(&v.id);
	vz_audit(&entry);
	PG_RETURN_TEXT_P(cstring_to_text(v.state));
}

/* track_rescan has everything that could not be scanned scanned now; answers how many files that are. */
Datum
track_rescan(PG_FUNCTION_ARGS)
{
	VzAudit		entry = {.action = "track.rescan"};
	uint64		n = vz_execute(&scan_unscanned, VZ_ARGS(vz_arg_time(vz_now())));

	if (n > 0)
		vz_track_work_tell();
	vz_audit(&entry);
	PG_RETURN_INT64((int64) n);
}
