/*
 * comment_like.c
 *		Liking comments: the wish is what counts, so asking twice is no mistake.
 */
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../core/request/request.h"
#include "comment_count.h"
#include "comment_sight.h"

static VzStmt insert_comment_like = VZ_STMT(
	"insert into veza_data.comment_like (comment_id, user_id, created_at)"
	" select id, $2, $3 from veza_data.comment where id = $1 and deleted_at is null on conflict do nothing",
	UUIDOID, UUIDOID, TIMESTAMPTZOID);

static VzStmt delete_comment_like = VZ_STMT(
	"delete from veza_data.comment_like where comment_id = $1 and user_id = $2", UUIDOID, UUIDOID);

VZ_FUNCTION(comment_like);
VZ_FUNCTION(comment_unlike);

/* like_comment notes or takes back that the actor likes a comment, and says what is so now. */
static Datum
like_comment(FunctionCallInfo fcinfo, bool likes)
{
	const VzActor *actor = vz_require_user();
	StringInfoData json;
	VzComment	comment;
	VzArg		user = vz_arg_uuid(&actor->user_id);

	if (PG_ARGISNULL(0) || !vz_comment_see(PG_GETARG_UUID_P(0), VZ_COMMENT_READ, &comment))
		vz_raise(vz_comment_not_found(fcinfo, 0));
	if (likes && vz_execute(&insert_comment_like, VZ_ARGS(vz_arg_uuid(&comment.id), user, vz_arg_time(vz_now()))) > 0)
		vz_comment_count(&comment.id, "like", 1);
	if (!likes && vz_execute(&delete_comment_like, VZ_ARGS(vz_arg_uuid(&comment.id), user)) > 0)
		vz_comment_count(&comment.id, "like", -1);
	initStringInfo(&json);
	appendStringInfo(&json, "{\"liked\":%s,\"like_count\":" INT64_FORMAT "}", likes ? "true" : "false",
					 vz_comment_likes(&comment.id));
	return vz_json_datum(&json);
}

/* comment_like notes that the actor likes a comment. */
Datum
comment_like(PG_FUNCTION_ARGS)
{
	return like_comment(fcinfo, true);
}

/* comment_unlike takes that back. */
Datum
comment_unlike(PG_FUNCTION_ARGS)
{
	return like_comment(fcinfo, false);
}
