/*
 * comment_delete.c
 *		Taking comments away (see comment_delete.h).
 *
 * The words go at once; the place stays where there are replies. Whoever wrote
 * it may delete it, whatever has become of the track, and so may the track's
 * owner, also what is by somebody whom the owner does not see.
 */
#include "comment_delete.h"

#include "../core/ground/audit.h"
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../core/request/condition.h"
#include "../core/request/request.h"
#include "../track/counter.h"
#include "comment_count.h"
#include "comment_sight.h"

static VzStmt drop_likes_of_comment = VZ_STMT("delete from veza_data.comment_like where comment_id = $1", UUIDOID);
static VzStmt drop_mentions = VZ_STMT("delete from veza_data.comment_mention where comment_id = $1", UUIDOID);

/* The row is held: its likes are taken off here, not counted in slots. */
static VzStmt empty_comment = VZ_STMT(
	"update veza_data.comment set content = null, content_hash = null, deleted_at = $2, deleted_by = $3, like_count = like_count - $4"
	" where id = $1",
	UUIDOID, TIMESTAMPTZOID, TEXTOID, INT8OID);

static VzStmt hide_comment = VZ_STMT(
	"update veza_data.comment set hidden_at = $2 where id = $1 and hidden_at is null and deleted_at is null", UUIDOID, TIMESTAMPTZOID);

static VzStmt unhide_comment = VZ_STMT(
	"update veza_data.comment set hidden_at = null where id = $1 and hidden_at is not null and deleted_at is null", UUIDOID);

static VzStmt comments_of = VZ_STMT(
	"select id from veza_data.comment where user_id = $1 and deleted_at is null order by id", UUIDOID);

static VzStmt liked_by = VZ_STMT("delete from veza_data.comment_like where user_id = $1 returning comment_id", UUIDOID);
static VzStmt forget_mentions_of = VZ_STMT("delete from veza_data.comment_mention where user_id = $1", UUIDOID);

VZ_FUNCTION(comment_delete);

/* count_comment adds a comment, or takes it off, where it is counted. */
static void
count_comment(const VzComment *comment, int n)
{
	vz_track_count(&comment->track_id, "comment", comment->created_at, "", n);
	if (comment->is_reply)
		vz_comment_count(&comment->root_id, "reply", n);
}

/* delete_locked deletes a comment that is locked. */
static void
delete_locked(const VzComment *comment, const char *by)
{
	uint64		likes = vz_execute(&drop_likes_of_comment, VZ_ARGS(vz_arg_uuid(&comment->id)));

	vz_execute(&drop_mentions, VZ_ARGS(vz_arg_uuid(&comment->id)));
	vz_execute(&empty_comment, VZ_ARGS(vz_arg_uuid(&comment->id), vz_arg_time(vz_now()), vz_arg_text(by),
									   vz_arg_int8((int64) likes)));
	if (!comment->is_hidden)
		count_comment(comment, -1);
}

/* deleter says as what the actor may delete the comment: author, owner or moderator; NULL: as nothing. */
static const char *
deleter(const VzActor *actor, const VzComment *comment)
{
	return comment->is_own ? "author" : vz_uuid_equal(&comment->owner_id, &actor->user_id) ? "owner"
		: actor->role == VZ_ROLE_ADMIN ? "moderator" : NULL;
}

/* comment_delete deletes a comment: its author's, the track's owner's and moderators' to do. */
Datum
comment_delete(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	VzAudit		entry = {.action = "comment.delete", .resource_type = "comment"};
	StringInfoData json;
	VzComment	comment;
	const char *by;
	bool		can_see;

	if (PG_ARGISNULL(0) || !vz_comment_lock_any(PG_GETARG_UUID_P(0), &comment, &can_see))
		vz_raise(vz_comment_not_found(fcinfo, 0));
	by = deleter(actor, &comment);
	if (by == NULL)
		vz_raise(can_see ? vz_fact_uuid(vz_refusal(VZ_E_COMMENT_NOT_YOURS), "comment_id", &comment.id)
				 : vz_comment_not_found(fcinfo, 0));
	vz_check_version(&comment.id, comment.revision);
	delete_locked(&comment, by);
	entry.resource_id = vz_uuid_text(&comment.id);
	entry.details = psprintf("{\"as\":\"%s\"}", by);
	if (!comment.is_own)
		vz_audit(&entry);
	initStringInfo(&json);
	appendStringInfo(&json, "{\"id\":\"%s\",\"deleted\":true}", vz_uuid_text(&comment.id));
	return vz_json_datum(&json);
}

/* turn_comment hides a comment or shows it, by the statement, and counts it. */
static bool
turn_comment(const pg_uuid_t *id, bool hides)
{
	VzComment	comment;
	bool		can_see;

	if (!vz_comment_lock_any(id, &comment, &can_see))
		return false;
	if (hides ? vz_execute(&hide_comment, VZ_ARGS(vz_arg_uuid(id), vz_arg_time(vz_now()))) == 0
		: vz_execute(&unhide_comment, VZ_ARGS(vz_arg_uuid(id))) == 0)
		return false;
	count_comment(&comment, hides ? -1 : 1);
	return true;
}

bool
vz_comment_hide(const pg_uuid_t *id)
{
	return turn_comment(id, true);
}

bool
vz_comment_unhide(const pg_uuid_t *id)
{
	return turn_comment(id, false);
}

void
vz_comments_end_account(const pg_uuid_t *user_id)
{
	VzRows		rows = vz_query_rows(&liked_by, VZ_ARGS(vz_arg_uuid(user_id)));
	VzComment	comment;
	bool		can_see;

	for (uint64 i = 0; i < rows.n; i++)
		vz_comment_count(vz_row_uuid(&rows.row[i], "comment_id"), "like", -1);
	vz_execute(&forget_mentions_of, VZ_ARGS(vz_arg_uuid(user_id)));
	rows = vz_query_rows(&comments_of, VZ_ARGS(vz_arg_uuid(user_id)));
	for (uint64 i = 0; i < rows.n; i++)
		if (vz_comment_lock_any(vz_row_uuid(&rows.row[i], "id"), &comment, &can_see))
			delete_locked(&comment, "author");
}
