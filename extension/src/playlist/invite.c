/*
 * invite.c
 *		Inviting somebody to a playlist; accepting and declining.
 */
#include "../auth/limit.h"
#include "../core/ground/arguments.h"
#include "../core/ground/clock.h"
#include "../core/ground/response.h"
#include "../core/ground/translation.h"
#include "../core/request/request.h"
#include "../notification/notify.h"
#include "member.h"

#define MEMBERS_MAX 100
#define INVITATION_WINDOW_S 86400

/* Whom the actor does not see, or has blocked, or who has blocked the actor, cannot be invited. */
static VzStmt find_invitee = VZ_STMT(
	"select u.id from veza_data.users u"
	" where (u.id = $1 or $1 is null and lower(u.username) = lower($2)) and u.status = 'active'"
	"   and (" VZ_USER_IS_SHOWN("u", "$3") " or $4) and not " VZ_USERS_ARE_APART("u.id", "$3"),
	UUIDOID, TEXTOID, UUIDOID, BOOLOID);

static VzStmt find_member = VZ_STMT(
	"select role, accepted_at from veza_data.playlist_member where playlist_id = $1 and user_id = $2", UUIDOID, UUIDOID);

static VzStmt count_all_members = VZ_STMT("select count(*) as n from veza_data.playlist_member where playlist_id = $1", UUIDOID);

static VzStmt insert_member = VZ_STMT(
	"insert into veza_data.playlist_member (playlist_id, user_id, role, invited_by, created_at) values ($1, $2, $3, $4, $5)",
	UUIDOID, UUIDOID, TEXTOID, UUIDOID, TIMESTAMPTZOID);

static VzStmt change_role = VZ_STMT(
	"update veza_data.playlist_member set role = $3 where playlist_id = $1 and user_id = $2 and role <> $3",
	UUIDOID, UUIDOID, TEXTOID);

static VzStmt accept_invitation = VZ_STMT(
	"update veza_data.playlist_member set accepted_at = $3 where playlist_id = $1 and user_id = $2 and accepted_at is null",
	UUIDOID, UUIDOID, TIMESTAMPTZOID);

static VzStmt decline_invitation = VZ_STMT(
	"delete from veza_data.playlist_member where playlist_id = $1 and user_id = $2 and accepted_at is null", UUIDOID, UUIDOID);

VZ_FUNCTION(playlist_invite);
VZ_FUNCTION(playlist_accept);
VZ_FUNCTION(playlist_decline);

/* find_user_to_invite raises USER_NOT_FOUND for nobody, and for whom the actor does not see. */
static pg_uuid_t
find_user_to_invite(FunctionCallInfo fcinfo, const VzPlaylistSight *sight)
{
	VzRow		row;

	if (!vz_query_row(&find_invitee, VZ_ARGS(vz_arg_uuid(PG_ARGISNULL(1) ? NULL : PG_GETARG_UUID_P(1)),
											 vz_arg_text(vz_text_argument(fcinfo, 2)), vz_arg_uuid(&sight->actor_id),
											 vz_arg_bool(sight->is_admin)), &row))
		vz_raise_error(VZ_E_USER_NOT_FOUND);
	return *vz_row_uuid(&row, "id");
}

/* require_seat raises PLAYLIST_FULL when as many take part as may. */
static void
require_seat(const VzPlaylistSight *sight)
{
	VzRow		row;

	vz_query_row(&count_all_members, VZ_ARGS(vz_arg_uuid(&sight->id)), &row);
	if (vz_row_int8(&row, "n") >= MEMBERS_MAX)
		vz_raise(vz_fact_int(vz_fact(vz_refusal(VZ_E_PLAYLIST_FULL), "of", "collaborators"), "limit", MEMBERS_MAX));
}

/* invite_user makes the invitation and tells of it. */
static void
invite_user(const VzPlaylistSight *sight, const pg_uuid_t *user_id, const char *role)
{
	vz_execute(&insert_member, VZ_ARGS(vz_arg_uuid(&sight->id), vz_arg_uuid(user_id), vz_arg_text(role),
									   vz_arg_uuid(&sight->actor_id), vz_arg_time(vz_now())));
	vz_notify(&(VzNotification) {VZ_NOTIFY_INVITATION, user_id, &sight->actor_id, "playlist", &sight->id});
	vz_playlist_member_audit("playlist.invite", &sight->id, user_id);
}

/*
 * playlist_invite invites somebody to an own playlist; who was invited already
 * has the role from then on.
 *
 * Arguments: the playlist; whom, by id or by name; the role.
 */
Datum
playlist_invite(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	const char *role = vz_playlist_role_argument(fcinfo, 3, wrong);
	VzPlaylistSight sight;
	VzRefusal  *refusal;
	pg_uuid_t	user_id;

	if (PG_ARGISNULL(1) == PG_ARGISNULL(2))
		vz_field_error(wrong, "user_id", "must be there, or username must be");
	vz_playlist_lock(fcinfo, 0, VZ_PLAYLIST_OWNER, &sight);
	vz_raise_if(wrong);
	user_id = find_user_to_invite(fcinfo, &sight);
	vz_set_status(201);
	if (vz_uuid_equal(&user_id, &sight.owner_id))
		vz_raise(vz_field_error(wrong, "user_id", "must be somebody else than the owner"));
	if (vz_query_found(&find_member, VZ_ARGS(vz_arg_uuid(&sight.id), vz_arg_uuid(&user_id))))
	{
		if (vz_execute(&change_role, VZ_ARGS(vz_arg_uuid(&sight.id), vz_arg_uuid(&user_id), vz_arg_text(role))) > 0)
			vz_playlist_member_audit("playlist.member_role", &sight.id, &user_id);
		return vz_playlist_member_answer(&sight.id, &user_id);
	}
	require_seat(&sight);
	refusal = vz_limit_take("invitation", vz_uuid_text(&sight.actor_id), vz_setting_int("invitation_limit"), INVITATION_WINDOW_S);
	if (refusal != NULL)
		VZ_REFUSE_AND_KEEP(refusal);
	invite_user(&sight, &user_id, role);
	return vz_playlist_member_answer(&sight.id, &user_id);
}

/* lock_invited locks the playlist of the first argument, to which the actor must have been invited. */
static void
lock_invited(FunctionCallInfo fcinfo, VzPlaylistSight *sight)
{
	vz_playlist_lock(fcinfo, 0, VZ_PLAYLIST_STRANGER, sight);
	if (sight->part != VZ_PLAYLIST_INVITED)
		vz_raise(vz_fact_uuid(vz_refusal(VZ_E_INVITATION_NOT_FOUND), "playlist_id", &sight->id));
}

/* playlist_accept accepts the invitation to a playlist. */
Datum
playlist_accept(PG_FUNCTION_ARGS)
{
	VzPlaylistSight sight;

	lock_invited(fcinfo, &sight);
	vz_execute(&accept_invitation, VZ_ARGS(vz_arg_uuid(&sight.id), vz_arg_uuid(&sight.actor_id), vz_arg_time(vz_now())));
	vz_playlist_member_audit("playlist.accept", &sight.id, &sight.actor_id);
	return vz_playlist_member_answer(&sight.id, &sight.actor_id);
}

/* playlist_decline declines it. */
Datum
playlist_decline(PG_FUNCTION_ARGS)
{
	VzPlaylistSight sight;

	lock_invited(fcinfo, &sight);
	vz_execute(&decline_invitation, VZ_ARGS(vz_arg_uuid(&sight.id), vz_arg_uuid(&sight.actor_id)));
	vz_playlist_member_audit("playlist.decline", &sight.id, &sight.actor_id);
	return vz_message_answer("The invitation is declined.");
}
