/*
 * member.c
 *		Who takes part in a playlist: they are listed, get another role, leave or
 *		are removed. What they have added stays.
 */
#include "member.h"

#include "../core/ground/arguments.h"
#include "../core/ground/audit.h"
#include "../core/ground/json.h"
#include "../core/ground/translation.h"
#include "../track/key_page.h"
#include "../user/user.h"
#include "playlist_rules.h"

static VzStmt one_member = VZ_STMT(
	"select s.id, s.user_id, s.username, s.display_name, s.avatar, s.role, s.status, s.invited_by, s.created_at, s.accepted_at"
	"  from veza_data.playlist_member_base s where s.playlist_id = $1 and s.id = $2",
	UUIDOID, UUIDOID);

/*
 * SQL: the member s is in the list: who was invited is shown to the owner alone
 * until the invitation is accepted.
 */
#define IS_IN_LIST(playlist, is_owner, actor, is_admin) \
	"s.playlist_id = " playlist " and (" is_owner " or s.status = 'accepted')" \
	" and exists (select from veza_data.users u where u.id = s.id and " VZ_PARTNER_IS_SHOWN("u", actor, is_admin) ")"

/* The owner comes first. */
static VzStmt members_page = VZ_STMT_SEARCH(
	"select s.id, s.user_id, s.username, s.display_name, s.avatar, s.role, s.status, s.invited_by, s.created_at, s.accepted_at,"
	"       s.place::text as sort_key"
	"  from veza_data.playlist_member_base s"
	" where " IS_IN_LIST("$5", "$6", "$7", "$8") " and ($1 is null or (s.place, s.id) > ($1::bigint, $2::uuid))"
	" order by s.place, s.id limit $3 offset $4",
	TEXTOID, TEXTOID, INT4OID, INT4OID, UUIDOID, BOOLOID, UUIDOID, BOOLOID);

static VzStmt count_members = VZ_STMT(
	"select count(*) as n from veza_data.playlist_member_base s where " IS_IN_LIST("$1", "$2", "$3", "$4"),
	UUIDOID, BOOLOID, UUIDOID, BOOLOID);

static VzStmt set_role = VZ_STMT(
	"update veza_data.playlist_member set role = $3 where playlist_id = $1 and user_id = $2", UUIDOID, UUIDOID, TEXTOID);

static VzStmt delete_member = VZ_STMT("delete from veza_data.playlist_member where playlist_id = $1 and user_id = $2", UUIDOID, UUIDOID);

VZ_FUNCTION(playlist_members);
VZ_FUNCTION(playlist_member_role);
VZ_FUNCTION(playlist_member_remove);

Datum
vz_playlist_member_answer(const pg_uuid_t *playlist_id, const pg_uuid_t *user_id)
{
	Datum		json;

	if (!vz_json_row(&one_member, VZ_ARGS(vz_arg_uuid(playlist_id), vz_arg_uuid(user_id)), &json))
		elog(ERROR, "who takes part in a playlist is not there");
	return json;
}

void
vz_playlist_member_audit(const char *action, const pg_uuid_t *playlist_id, const pg_uuid_t *user_id)
{
	VzAudit		entry = {.action = action, .resource_type = "playlist", .resource_id = vz_uuid_text(playlist_id)};

	entry.details = psprintf("{\"user_id\":\"%s\"}", vz_uuid_text(user_id));
	vz_audit(&entry);
}

const char *
vz_playlist_role_argument(FunctionCallInfo fcinfo, int argno, VzRefusal *wrong)
{
	char	   *word = vz_text_argument(fcinfo, argno);
	const char *role = word != NULL ? vz_playlist_role(word) : NULL;

	if (role == NULL)
		vz_field_error(wrong, "role", "must be editor or viewer");
	return role;
}

/*
 * playlist_members pages through those who take part, to those who do.
 *
 * Arguments: the playlist, page, limit, cursor.
 */
Datum
playlist_members(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzPlaylistSight sight;
	VzKeyPage	page;

	if (!vz_playlist_see(fcinfo, 0, &sight))
		VZ_REFUSE(vz_playlist_not_found(fcinfo, 0));
	if (!vz_playlist_takes_part(&sight))
		VZ_REFUSE(vz_fact_uuid(vz_refusal(VZ_E_PLAYLIST_NOT_YOURS), "playlist_id", &sight.id));
	vz_key_page_read(fcinfo, 1, 0, VZ_CURSOR_NUMBER, &page, wrong);
	VZ_REFUSE_IF(wrong);
	return vz_key_page_answer(&page, &(VzKeyRows) {.all = &members_page, .count = &count_members},
							  VZ_ARGS(vz_arg_uuid(&sight.id), vz_arg_bool(sight.is_admin || sight.part == VZ_PLAYLIST_OWNER),
									  vz_arg_viewer(), vz_arg_bool(sight.is_admin)));
}

/* refuse_member raises that there is no such collaborator. */
static void
refuse_member(const VzPlaylistSight *sight)
{
	vz_raise(vz_fact_uuid(vz_refusal(VZ_E_COLLABORATOR_NOT_FOUND), "playlist_id", &sight->id));
}

/*
 * playlist_member_role gives somebody who takes part another role.
 *
 * Arguments: the playlist, who, the role.
 */
Datum
playlist_member_role(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	const char *role = vz_playlist_role_argument(fcinfo, 2, wrong);
	VzPlaylistSight sight;
	pg_uuid_t  *user_id;

	vz_playlist_lock(fcinfo, 0, VZ_PLAYLIST_OWNER, &sight);
	vz_raise_if(wrong);
	user_id = PG_ARGISNULL(1) ? NULL : PG_GETARG_UUID_P(1);
	if (vz_execute(&set_role, VZ_ARGS(vz_arg_uuid(&sight.id), vz_arg_uuid(user_id), vz_arg_text(role))) == 0)
		refuse_member(&sight);
	vz_playlist_member_audit("playlist.member_role", &sight.id, user_id);
	return vz_playlist_member_answer(&sight.id, user_id);
}

/*
 * playlist_member_remove removes somebody from an own playlist; whoever takes
 * part in another one leaves it.
 *
 * Arguments: the playlist; who, or me.
 */
Datum
playlist_member_remove(PG_FUNCTION_ARGS)
{
	VzPlaylistSight sight;
	VzRefusal  *refusal;
	bool		is_own;
	pg_uuid_t	user_id;

	vz_require_user();
	refusal = vz_user_argument(fcinfo, 1, &user_id);
	if (refusal != NULL)
		vz_raise(refusal);
	is_own = vz_uuid_equal(&user_id, &vz_user_actor()->user_id);
	vz_playlist_lock(fcinfo, 0, is_own ? VZ_PLAYLIST_STRANGER : VZ_PLAYLIST_OWNER, &sight);
	if (vz_execute(&delete_member, VZ_ARGS(vz_arg_uuid(&sight.id), vz_arg_uuid(&user_id))) == 0)
		refuse_member(&sight);
	vz_playlist_member_audit(is_own ? "playlist.leave" : "playlist.member_remove", &sight.id, &user_id);
	return vz_message_answer(is_own ? "You do not take part in the playlist any more." : "The collaborator is removed.");
}
