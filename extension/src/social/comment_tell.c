/*
 * comment_tell.c
 *		Who is told of a comment (see comment_tell.h).
 *
 * Nobody is told of what they do not see: of a track that has become private
 * since they wrote on it, by somebody who hides from them.
 */
#include "comment_tell.h"

#include "../notification/notify.h"

/* $1 the reader, $2 the track. */
static VzStmt sees_track = VZ_STMT(
	"select from veza_data.track t where t.id = $2 and " VZ_TRACK_IS_VISIBLE("t", "$1", "false"), UUIDOID, UUIDOID);

/*
 * Whom the author sees, who sees the track, and was not told of this comment
 * before; noted as told. $1 the comment, $2 its track, $3 its author, $4 the names.
 */
static VzStmt note_mentions = VZ_STMT(
	"insert into veza_data.comment_mention (comment_id, user_id)"
	" select $1, u.id from veza_data.users u, veza_data.track t"
	"  where lower(u.username) = any ($4) and u.id <> $3 and t.id = $2"
	"    and " VZ_USER_IS_SHOWN("u", "$3") " and not " VZ_USERS_ARE_APART("u.id", "$3")
	"    and " VZ_TRACK_IS_VISIBLE("t", "u.id", "false")
	" on conflict do nothing returning user_id",
	UUIDOID, UUIDOID, UUIDOID, TEXTARRAYOID);

/* tell tells one user of the comment, if the user sees its track. */
static void
tell(VzNotificationKind kind, const pg_uuid_t *user_id, const VzComment *comment)
{
	if (vz_query_found(&sees_track, VZ_ARGS(vz_arg_uuid(user_id), vz_arg_uuid(&comment->track_id))))
		vz_notify(&(VzNotification) {.kind = kind, .user_id = user_id, .actor_id = &comment->user_id, .subject_type = "comment",
									 .subject_id = &comment->id});
}

/* names_argument is the names as an array. */
static VzArg
names_argument(const VzCommentContent *content)
{
	Datum		names[VZ_MENTIONS_MAX];

	for (int i = 0; i < content->nmentions; i++)
		names[i] = CStringGetTextDatum(content->mention[i]);
	return vz_arg_datum(PointerGetDatum(construct_array(names, content->nmentions, TEXTOID, -1, false, TYPALIGN_INT)), false);
}

/* tell_mentioned tells whom the comment mentions, but for those who were told of it as something else. */
static void
tell_mentioned(const VzComment *comment, const VzCommentContent *content, const pg_uuid_t *told, const pg_uuid_t *told_too)
{
	VzRows		rows;

	if (content->nmentions == 0)
		return;
	rows = vz_query_rows(&note_mentions, VZ_ARGS(vz_arg_uuid(&comment->id), vz_arg_uuid(&comment->track_id),
												 vz_arg_uuid(&comment->user_id), names_argument(content)));
	for (uint64 i = 0; i < rows.n; i++)
	{
		const pg_uuid_t *user_id = vz_row_uuid(&rows.row[i], "user_id");

		if (!vz_uuid_equal(user_id, told) && !vz_uuid_equal(user_id, told_too))
			tell(VZ_NOTIFY_MENTION, user_id, comment);
	}
}

void
vz_comment_tell(const VzComment *comment, const pg_uuid_t *answered_id, const VzCommentContent *content)
{
	if (answered_id != NULL)
		tell(VZ_NOTIFY_REPLY, answered_id, comment);
	if (!vz_uuid_equal(&comment->owner_id, answered_id))
		tell(VZ_NOTIFY_COMMENT, &comment->owner_id, comment);
	tell_mentioned(comment, content, answered_id, &comment->owner_id);
}

void
vz_comment_tell_edit(const VzComment *comment, const VzCommentContent *content)
{
	tell_mentioned(comment, content, NULL, NULL);
}
