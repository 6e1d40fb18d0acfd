/*
 * comment_sight.c
 *		Who sees a comment (see comment_sight.h).
 */
#include "comment_sight.h"

#include "../user/user.h"

/* $1 the comment, $2 who looks, $3 whether as an administrator. */
#define CAN_SEE \
	"(" VZ_TRACK_IS_VISIBLE("t", "$2", "$3") " and " VZ_COMMENT_IS_VISIBLE("c", "t.uploader_id", "$2", "$3") ")"

#define COMMENT \
	"select c.id, c.track_id, t.uploader_id, c.user_id, coalesce(c.parent_id, c.id) as root_id, c.parent_id is not null as is_reply," \
	"       c.hidden_at is not null as is_hidden, coalesce(c.user_id = $2, false) as is_own, c.revision, c.created_at, " CAN_SEE " as can_see" \
	"  from veza_data.comment c join veza_data.track t on t.id = c.track_id" \
	" where c.id = $1 and c.deleted_at is null"

#define TYPES UUIDOID, UUIDOID, BOOLOID

static VzStmt see[] = {
	[VZ_COMMENT_READ] = VZ_STMT(COMMENT " and " CAN_SEE, TYPES),
	[VZ_COMMENT_KEEP] = VZ_STMT(COMMENT " and " CAN_SEE " for share of c", TYPES),
	[VZ_COMMENT_CHANGE] = VZ_STMT(COMMENT " and " CAN_SEE " for no key update of c", TYPES),
};

static VzStmt lock_any = VZ_STMT(COMMENT " for no key update of c", TYPES);

VzArg
vz_arg_is_admin(void)
{
	return vz_arg_bool(vz_user_actor()->role == VZ_ROLE_ADMIN);
}

/* read_comment runs the statement and fills the comment. */
static bool
read_comment(VzStmt *stmt, const pg_uuid_t *id, VzComment *comment, bool *can_see)
{
	VzRow		row;

	if (!vz_query_row(stmt, VZ_ARGS(vz_arg_uuid(id), vz_arg_viewer(), vz_arg_is_admin()), &row))
		return false;
	comment->id = *vz_row_uuid(&row, "id");
	comment->track_id = *vz_row_uuid(&row, "track_id");
	comment->owner_id = *vz_row_uuid(&row, "uploader_id");
	comment->user_id = *vz_row_uuid(&row, "user_id");
	comment->root_id = *vz_row_uuid(&row, "root_id");
	comment->is_reply = vz_row_bool(&row, "is_reply");
	comment->is_hidden = vz_row_bool(&row, "is_hidden");
	comment->is_own = vz_row_bool(&row, "is_own");
	comment->revision = vz_row_int8(&row, "revision");
	comment->created_at = vz_row_time(&row, "created_at");
	*can_see = vz_row_bool(&row, "can_see");
	return true;
}

bool
vz_comment_see(const pg_uuid_t *id, VzCommentLock lock, VzComment *comment)
{
	bool		can_see;

	return id != NULL && read_comment(&see[lock], id, comment, &can_see);
}

bool
vz_comment_lock_any(const pg_uuid_t *id, VzComment *comment, bool *can_see)
{
	return id != NULL && read_comment(&lock_any, id, comment, can_see);
}

VzRefusal *
vz_comment_not_found(FunctionCallInfo fcinfo, int argno)
{
	VzRefusal  *r = vz_refusal(VZ_E_COMMENT_NOT_FOUND);

	return PG_ARGISNULL(argno) ? r : vz_fact_uuid(r, "comment_id", PG_GETARG_UUID_P(argno));
}
