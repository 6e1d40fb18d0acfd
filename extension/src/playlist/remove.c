/*
 * remove.c
 *		Removing playlists, and bringing them back (see remove.h).
 *
 * Entries, members, followers and likes stay until a playlist is purged: who
 * restores it finds it as it was.
 */
#include "remove.h"

#include "../core/effects/job.h"
#include "../core/ground/audit.h"
#include "../core/ground/clock.h"
#include "../core/request/condition.h"
#include "../core/request/request.h"
#include "shape.h"

static VzStmt remove_playlist = VZ_STMT(
	"update veza_data.playlist set deleted_at = $2, updated_at = $2, revision = revision + 1 where id = $1", UUIDOID, TIMESTAMPTZOID);

static VzStmt lock_removed_playlist = VZ_STMT(
	"select id, deleted_at > $4 as is_restorable from veza_data.playlist"
	" where id = $1 and deleted_at is not null and ($3 or owner_id = $2) for no key update",
	UUIDOID, UUIDOID, BOOLOID, TIMESTAMPTZOID);

static VzStmt restore_playlist = VZ_STMT(
	"update veza_data.playlist set deleted_at = null, updated_at = $2, revision = revision + 1 where id = $1", UUIDOID, TIMESTAMPTZOID);

static VzStmt due_playlists = VZ_STMT(
	"select id::text as unit from veza_data.playlist where deleted_at <= $1 order by deleted_at limit 100", TIMESTAMPTZOID);

static VzStmt lock_due_playlist = VZ_STMT(
	"select from veza_data.playlist where id = $1 and deleted_at <= $2 for update skip locked", UUIDOID, TIMESTAMPTZOID);

static VzStmt delete_playlist = VZ_STMT("delete from veza_data.playlist where id = $1", UUIDOID);

static VzStmt delete_playlists_of = VZ_STMT("delete from veza_data.playlist where owner_id = $1", UUIDOID);
static VzStmt delete_memberships = VZ_STMT("delete from veza_data.playlist_member where user_id = $1", UUIDOID);
static VzStmt forget_inviter = VZ_STMT("update veza_data.playlist_member set invited_by = null where invited_by = $1", UUIDOID);
static VzStmt forget_adder = VZ_STMT("update veza_data.playlist_entry set added_by = null where added_by = $1", UUIDOID);
static VzStmt forget_changer = VZ_STMT("update veza_data.playlist_change set actor_id = null where actor_id = $1", UUIDOID);
static VzStmt delete_queue = VZ_STMT("delete from veza_data.play_queue where user_id = $1", UUIDOID);

/* What is taken back is counted where others count at the same time. */
static VzStmt delete_wishes = VZ_STMT(
	"with followed as (delete from veza_data.playlist_follow where user_id = $1 returning playlist_id),"
	" liked as (delete from veza_data.playlist_like where user_id = $1 returning playlist_id)"
	" insert into veza_data.playlist_counter as c (playlist_id, kind, slot, n)"
	" select playlist_id, 'follow', $2, -1 from followed union all select playlist_id, 'like', $2, -1 from liked"
	" on conflict (playlist_id, kind, slot) do update set n = c.n - 1",
	UUIDOID, INT4OID);

VZ_FUNCTION(playlist_remove);
VZ_FUNCTION(playlist_restore);

/* audit_playlist notes what was done with a playlist. */
static void
audit_playlist(const pg_uuid_t *id, const char *action)
{
	VzAudit		entry = {.action = action, .resource_type = "playlist", .resource_id = vz_uuid_text(id)};

	vz_audit(&entry);
}

/* playlist_remove removes a playlist; it can be restored for playlist_restore seconds. */
Datum
playlist_remove(PG_FUNCTION_ARGS)
{
	VzPlaylistSight sight;

	vz_playlist_lock(fcinfo, 0, VZ_PLAYLIST_OWNER, &sight);
	vz_check_version(&sight.id, sight.revision);
	vz_execute(&remove_playlist, VZ_ARGS(vz_arg_uuid(&sight.id), vz_arg_time(vz_now())));
	audit_playlist(&sight.id, "playlist.remove");
	return vz_playlist_answer(&sight.id);
}

/* restorable_since is the moment after which a playlist must have been removed to be restored. */
static VzArg
restorable_since(void)
{
	return vz_arg_time(vz_time_plus(vz_now(), -vz_setting_int("playlist_restore")));
}

/* playlist_restore brings a removed playlist back: its owner's, or an administrator's to do. */
Datum
playlist_restore(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	pg_uuid_t	id;
	VzRow		row;

	if (PG_ARGISNULL(0) ||
		!vz_query_row(&lock_removed_playlist,
					  VZ_ARGS(vz_arg_uuid(PG_GETARG_UUID_P(0)), vz_arg_uuid(&actor->user_id),
							  vz_arg_bool(actor->role == VZ_ROLE_ADMIN), restorable_since()), &row))
		vz_raise(vz_playlist_not_found(fcinfo, 0));
	id = *vz_row_uuid(&row, "id");
	if (!vz_row_bool(&row, "is_restorable"))
		vz_raise(vz_fact_uuid(vz_refusal(VZ_E_PLAYLIST_NOT_RESTORABLE), "playlist_id", &id));
	vz_execute(&restore_playlist, VZ_ARGS(vz_arg_uuid(&id), vz_arg_time(vz_now())));
	audit_playlist(&id, "playlist.restore");
	return vz_playlist_answer(&id);
}

void
vz_playlists_end_account(const pg_uuid_t *user_id)
{
	vz_execute(&delete_playlists_of, VZ_ARGS(vz_arg_uuid(user_id)));
	vz_execute(&delete_memberships, VZ_ARGS(vz_arg_uuid(user_id)));
	vz_execute(&forget_inviter, VZ_ARGS(vz_arg_uuid(user_id)));
	vz_execute(&forget_adder, VZ_ARGS(vz_arg_uuid(user_id)));
	vz_execute(&forget_changer, VZ_ARGS(vz_arg_uuid(user_id)));
	vz_execute(&delete_wishes, VZ_ARGS(vz_arg_uuid(user_id), vz_arg_int4(0)));
	vz_execute(&delete_queue, VZ_ARGS(vz_arg_uuid(user_id)));
}

VzRows
vz_job_purge_playlists_units(void)
{
	return vz_query_rows(&due_playlists, VZ_ARGS(restorable_since()));
}

void
vz_job_purge_playlist(const char *unit)
{
	pg_uuid_t	id = vz_unit_uuid(unit);

	if (vz_query_found(&lock_due_playlist, VZ_ARGS(vz_arg_uuid(&id), restorable_since())))
		vz_execute(&delete_playlist, VZ_ARGS(vz_arg_uuid(&id)));
}
