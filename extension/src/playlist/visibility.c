/*
 * visibility.c
 *		Who sees a playlist (see visibility.h).
 */
#include "visibility.h"

#include "../core/request/request.h"
#include "../user/user.h"

#define PLAYLIST_SIGHT \
	"select p.id, p.owner_id, p.name, p.revision, p.version, p.track_count, p.visibility = 'public' as is_public, p.rules is not null as is_smart," \
	"       case when p.owner_id = $2 then 'owner' else" \
	"            (select case when m.accepted_at is null then 'invited' else m.role end from veza_data.playlist_member m" \
	"              where m.playlist_id = p.id and m.user_id = $2) end as part" \
	"  from veza_data.playlist p where p.id = $1 and " VZ_PLAYLIST_IS_VISIBLE("p", "$2", "$3")

static VzStmt find_playlist = VZ_STMT(PLAYLIST_SIGHT, UUIDOID, UUIDOID, BOOLOID);

static VzStmt lock_playlist = VZ_STMT("select from veza_data.playlist where id = $1 for no key update", UUIDOID);

/* part_named is the part of that name; NULL is a stranger's. */
static VzPlaylistPart
part_named(const char *name)
{
	if (name == NULL)
		return VZ_PLAYLIST_STRANGER;
	if (strcmp(name, "owner") == 0)
		return VZ_PLAYLIST_OWNER;
	if (strcmp(name, "editor") == 0)
		return VZ_PLAYLIST_EDITOR;
	return strcmp(name, "viewer") == 0 ? VZ_PLAYLIST_VIEWER : VZ_PLAYLIST_INVITED;
}

bool
vz_playlist_see(FunctionCallInfo fcinfo, int argno, VzPlaylistSight *sight)
{
	const VzActor *actor = vz_user_actor();
	VzRow		row;

	memset(sight, 0, sizeof(*sight));
	sight->is_known = actor->role != VZ_ROLE_NONE;
	sight->is_admin = actor->role == VZ_ROLE_ADMIN;
	sight->actor_id = actor->user_id;
	if (PG_ARGISNULL(argno) ||
		!vz_query_row(&find_playlist,
					  VZ_ARGS(vz_arg_uuid(PG_GETARG_UUID_P(argno)), vz_arg_viewer(), vz_arg_bool(sight->is_admin)), &row))
		return false;
	sight->id = *vz_row_uuid(&row, "id");
	sight->owner_id = *vz_row_uuid(&row, "owner_id");
	sight->part = part_named(vz_row_text(&row, "part"));
	sight->is_public = vz_row_bool(&row, "is_public");
	sight->is_smart = vz_row_bool(&row, "is_smart");
	sight->revision = vz_row_int8(&row, "revision");
	sight->version = vz_row_int8(&row, "version");
	sight->track_count = vz_row_int4(&row, "track_count");
	sight->name = vz_row_text(&row, "name");
	return true;
}

VzRefusal *
vz_playlist_not_found(FunctionCallInfo fcinfo, int argno)
{
	VzRefusal  *r = vz_refusal(VZ_E_PLAYLIST_NOT_FOUND);

	return PG_ARGISNULL(argno) ? r : vz_fact_uuid(r, "playlist_id", PG_GETARG_UUID_P(argno));
}

bool
vz_playlist_takes_part(const VzPlaylistSight *sight)
{
	return sight->is_admin || sight->part >= VZ_PLAYLIST_VIEWER;
}

/* vz_playlist_lock looks again when it has the lock: the actor may have been removed meanwhile. Who may not see it never waits. */
void
vz_playlist_lock(FunctionCallInfo fcinfo, int argno, VzPlaylistPart least, VzPlaylistSight *sight)
{
	vz_require_user();
	if (vz_playlist_see(fcinfo, argno, sight))
		vz_query_found(&lock_playlist, VZ_ARGS(vz_arg_uuid(&sight->id)));
	if (!vz_playlist_see(fcinfo, argno, sight))
		vz_raise(vz_playlist_not_found(fcinfo, argno));
	if (sight->part < least && !sight->is_admin)
		vz_raise(vz_fact_uuid(vz_refusal(VZ_E_PLAYLIST_NOT_YOURS), "playlist_id", &sight->id));
	if (sight->is_smart && least == VZ_PLAYLIST_EDITOR)
		vz_raise(vz_fact_uuid(vz_refusal(VZ_E_PLAYLIST_IS_SMART), "playlist_id", &sight->id));
}
