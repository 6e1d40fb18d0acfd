/*
 * comment_write.c
 *		Writing and editing comments. Replies stand one level deep: what answers
 *		a reply stands under the same comment, and names what it answers.
 */
#include "../core/ground/attempt.h"
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../core/ground/response.h"
#include "../core/request/condition.h"
#include "../core/request/request.h"
#include "../track/counter.h"
#include "comment_content.h"
#include "comment_count.h"
#include "comment_shape.h"
#include "comment_sight.h"
#include "comment_tell.h"

static VzStmt insert_comment = VZ_STMT(
	"insert into veza_data.comment (track_id, user_id, parent_id, reply_to_id, content, content_hash, timestamp_ms, created_at)"
	" values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (track_id, user_id, content_hash) where deleted_at is null do nothing"
	" returning id",
	UUIDOID, UUIDOID, UUIDOID, UUIDOID, TEXTOID, BYTEAOID, INT4OID, TIMESTAMPTZOID);

static VzStmt find_same = VZ_STMT(
	"select id from veza_data.comment where track_id = $1 and user_id = $2 and content_hash = $3 and deleted_at is null", UUIDOID, UUIDOID, BYTEAOID);

static VzStmt read_root = VZ_STMT("select has_replies from veza_data.comment where id = $1", UUIDOID);

static VzStmt note_replies = VZ_STMT("update veza_data.comment set has_replies = true where id = $1 and not has_replies", UUIDOID);

static VzStmt read_length = VZ_STMT("select coalesce(duration_ms, 0) as ms from veza_data.track where id = $1", UUIDOID);

static VzStmt answered_by = VZ_STMT("select reply_to_id from veza_data.comment where id = $1", UUIDOID);

static VzStmt edit_comment = VZ_STMT(
	"update veza_data.comment set content = $2, content_hash = $3, edited_at = $4, revision = revision + 1 where id = $1",
	UUIDOID, TEXTOID, BYTEAOID, TIMESTAMPTZOID);

static VzStmt shape = VZ_STMT(
	"select " VZ_COMMENT_COLUMNS("true", "$2") " from veza_data.comment_shape s where s.id = $1", UUIDOID, UUIDOID);

VZ_FUNCTION(comment_create);
VZ_FUNCTION(comment_update);

/* comment_answer shows the comment to its author. */
static Datum
comment_answer(const pg_uuid_t *id, int64 revision)
{
	Datum		json;

	vz_set_etag(id, revision);
	vz_json_row(&shape, VZ_ARGS(vz_arg_uuid(id), vz_arg_viewer()), &json);
	return json;
}

/* check_position refuses a place that does not lie in the track. */
static void
check_position(FunctionCallInfo fcinfo, int argno, const pg_uuid_t *track_id)
{
	VzRow		row;

	if (PG_ARGISNULL(argno))
		return;
	vz_query_row(&read_length, VZ_ARGS(vz_arg_uuid(track_id)), &row);
	if (PG_GETARG_INT32(argno) < 0 || PG_GETARG_INT32(argno) > vz_row_int8(&row, "ms"))
		vz_raise(vz_field_error(vz_refusal(VZ_E_VALIDATION_ERROR), "timestamp_ms", "must lie within the track"));
}

/*
 * find_answered finds what a reply answers and keeps it from being deleted
 * meanwhile; so it does with the comment that both stand under, whose row says
 * from the first reply on that there are some.
 */
static void
find_answered(FunctionCallInfo fcinfo, int argno, const pg_uuid_t *track_id, VzComment *answered)
{
	VzRow		row;

	if (!vz_comment_see(PG_GETARG_UUID_P(argno), VZ_COMMENT_READ, answered) || !vz_uuid_equal(&answered->track_id, track_id))
		vz_raise(vz_comment_not_found(fcinfo, argno));
	/* The first reply changes the row: two that both shared it would wait for each other. */
	if (vz_query_row(&read_root, VZ_ARGS(vz_arg_uuid(&answered->root_id)), &row) && !vz_row_bool(&row, "has_replies"))
		vz_execute(&note_replies, VZ_ARGS(vz_arg_uuid(&answered->root_id)));
	if (!vz_comment_see(PG_GETARG_UUID_P(argno), VZ_COMMENT_KEEP, answered))
		vz_raise(vz_comment_not_found(fcinfo, argno));
}

/* refuse_same raises COMMENT_DUPLICATE, naming the comment that says the same. */
static void
refuse_same(const pg_uuid_t *track_id, const pg_uuid_t *user_id, VzArg hash)
{
	VzRefusal  *r = vz_refusal(VZ_E_COMMENT_DUPLICATE);
	VzRow		row;

	if (vz_query_row(&find_same, VZ_ARGS(vz_arg_uuid(track_id), vz_arg_uuid(user_id), hash), &row))
		vz_fact_uuid(r, "comment_id", vz_row_uuid(&row, "id"));
	vz_raise(r);
}

/* insert_words writes the row; raises when the user has said the same on the track. */
static pg_uuid_t
insert_words(FunctionCallInfo fcinfo, const VzTrackSight *sight, const VzCommentContent *content, const VzComment *answered)
{
	VzArg		hash = vz_comment_content_hash(content, sight->is_owner && answered != NULL ? &answered->id : NULL);
	VzRow		row;

	if (!vz_query_row(&insert_comment,
					  VZ_ARGS(vz_arg_uuid(&sight->id), vz_arg_uuid(&sight->actor_id),
							  vz_arg_uuid(answered ? &answered->root_id : NULL), vz_arg_uuid(answered ? &answered->id : NULL),
							  vz_arg_text(content->text), hash,
							  vz_arg_datum(PG_GETARG_DATUM(2), PG_ARGISNULL(2)), vz_arg_time(vz_now())), &row))
		refuse_same(&sight->id, &sight->actor_id, hash);
	return *vz_row_uuid(&row, "id");
}

/*
 * comment_create writes a comment on a track, or a reply to one.
 *
 * Arguments: the track; the words; the place in the track in ms (NULL: the
 * track as a whole); the comment that is answered (NULL: none).
 */
Datum
comment_create(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	bool		is_reply = !PG_ARGISNULL(3);
	VzComment	comment = {.user_id = actor->user_id};
	VzComment	answered;
	VzCommentContent content;
	VzTrackSight sight;

	vz_comment_content_read(fcinfo, 1, &content, wrong);
	if (is_reply && !PG_ARGISNULL(2))
		vz_field_error(wrong, "timestamp_ms", "must not be given with parent_id");
	vz_raise_if(wrong);
	if (!vz_track_see(fcinfo, 0, &sight))
		vz_raise(vz_track_not_found(fcinfo, 0));
	check_position(fcinfo, 2, &sight.id);
	vz_comment_admit(&actor->user_id);
	if (is_reply)
		find_answered(fcinfo, 3, &sight.id, &answered);
	comment.id = insert_words(fcinfo, &sight, &content, is_reply ? &answered : NULL);
	comment.track_id = sight.id;
	comment.owner_id = sight.owner_id;
	vz_track_count(&sight.id, "comment", vz_now(), "", 1);
	if (is_reply)
		vz_comment_count(&answered.root_id, "reply", 1);
	vz_comment_tell(&comment, is_reply ? &answered.user_id : NULL, &content);
	vz_set_status(201);
	return comment_answer(&comment.id, 1);
}

/* An edit under way. */
typedef struct Edit
{
	const pg_uuid_t *id;
	const char *text;
	VzArg		hash;
} Edit;

/* store_edit is the work that the same words of another comment may refuse. */
static void
store_edit(void *state)
{
	Edit	   *edit = state;

	vz_execute(&edit_comment, VZ_ARGS(vz_arg_uuid(edit->id), vz_arg_text(edit->text), edit->hash, vz_arg_time(vz_now())));
}

/*
 * comment_update gives an own comment other words.
 *
 * Arguments: the comment, the words.
 */
Datum
comment_update(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	const pg_uuid_t *answered = NULL;
	VzCommentContent content;
	VzComment	comment;
	VzRow		row;
	Edit		edit;

	vz_comment_content_read(fcinfo, 1, &content, wrong);
	vz_raise_if(wrong);
	vz_comment_admit(&actor->user_id);
	if (PG_ARGISNULL(0) || !vz_comment_see(PG_GETARG_UUID_P(0), VZ_COMMENT_CHANGE, &comment))
		vz_raise(vz_comment_not_found(fcinfo, 0));
	if (!comment.is_own)
		vz_raise(vz_fact_uuid(vz_refusal(VZ_E_COMMENT_NOT_YOURS), "comment_id", &comment.id));
	vz_check_version(&comment.id, comment.revision);
	if (comment.is_reply && vz_uuid_equal(&comment.owner_id, &comment.user_id) &&
		vz_query_row(&answered_by, VZ_ARGS(vz_arg_uuid(&comment.id)), &row))
		answered = vz_row_uuid(&row, "reply_to_id");
	edit = (Edit) {.id = &comment.id, .text = content.text, .hash = vz_comment_content_hash(&content, answered)};
	if (!vz_attempt_unique(store_edit, &edit))
		refuse_same(&comment.track_id, &comment.user_id, edit.hash);
	vz_comment_tell_edit(&comment, &content);
	return comment_answer(&comment.id, comment.revision + 1);
}
