/*
 * visibility.c
 *		Who sees a track (see visibility.h).
 */
#include "visibility.h"

#include "../core/request/request.h"
#include "../user/user.h"

#define SIGHT \
	"select t.id, t.uploader_id, t.title, t.revision, t.is_downloadable, t.status = 'ready' as is_ready, t.held_at is not null as is_held, " \
	VZ_TRACK_IS_SHOWN("t", "null::uuid") " as is_shown" \
	"  from veza_data.track t where t.id = $1 and " VZ_TRACK_IS_VISIBLE("t", "$2", "$3")

static VzStmt see = VZ_STMT(SIGHT, UUIDOID, UUIDOID, BOOLOID);

static VzStmt see_locked = VZ_STMT(SIGHT " for no key update of t", UUIDOID, UUIDOID, BOOLOID);

/* find_seen runs the statement that finds the track of the argument, if the actor may see it. */
static bool
find_seen(FunctionCallInfo fcinfo, int argno, VzStmt *stmt, VzTrackSight *sight)
{
	const VzActor *actor = vz_user_actor();
	bool		is_admin = actor->role == VZ_ROLE_ADMIN;
	VzRow		row;

	memset(sight, 0, sizeof(*sight));
	sight->is_known = actor->role != VZ_ROLE_NONE;
	if (PG_ARGISNULL(argno) ||
		!vz_query_row(stmt, VZ_ARGS(vz_arg_uuid(PG_GETARG_UUID_P(argno)),
									vz_arg_uuid(sight->is_known ? &actor->user_id : NULL), vz_arg_bool(is_admin)), &row))
		return false;
	sight->id = *vz_row_uuid(&row, "id");
	sight->owner_id = *vz_row_uuid(&row, "uploader_id");
	sight->actor_id = actor->user_id;
	sight->is_owner = sight->is_known && vz_uuid_equal(&sight->owner_id, &actor->user_id);
	sight->is_whole = sight->is_owner || is_admin;
	sight->is_shown = vz_row_bool(&row, "is_shown");
	sight->is_downloadable = vz_row_bool(&row, "is_downloadable");
	sight->is_ready = vz_row_bool(&row, "is_ready");
	sight->is_held = vz_row_bool(&row, "is_held");
	sight->revision = vz_row_int8(&row, "revision");
	sight->title = vz_row_text(&row, "title");
	return true;
}

bool
vz_track_see(FunctionCallInfo fcinfo, int argno, VzTrackSight *sight)
{
	return find_seen(fcinfo, argno, &see, sight);
}

VzRefusal *
vz_track_not_found(FunctionCallInfo fcinfo, int argno)
{
	VzRefusal  *r = vz_refusal(VZ_E_TRACK_NOT_FOUND);

	return PG_ARGISNULL(argno) ? r : vz_fact_uuid(r, "track_id", PG_GETARG_UUID_P(argno));
}

void
vz_track_lock_own(FunctionCallInfo fcinfo, int argno, VzTrackSight *sight)
{
	vz_require_user();
	if (!find_seen(fcinfo, argno, &see_locked, sight))
		vz_raise(vz_track_not_found(fcinfo, argno));
	if (!sight->is_whole)
		vz_raise(vz_fact_uuid(vz_refusal(VZ_E_TRACK_NOT_YOURS), "track_id", &sight->id));
}
