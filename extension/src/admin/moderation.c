/*
 * moderation.c
 *		What moderators decide about what was reported. It stands here because a
 *		user is hidden by suspending the account, which is the administrators'.
 *
 * Lock order: administrators and account where an account is suspended, then
 * the case, then track, comment or playlist.
 */
#include "../core/ground/arguments.h"
#include "../core/ground/json.h"
#include "../core/request/request.h"
#include "../playlist/moderation.h"
#include "../social/comment_delete.h"
#include "../social/moderation_case.h"
#include "../track/moderation.h"
#include "user_change.h"

static VzStmt lock_track = VZ_STMT(
	"select taken_down_at is not null as is_hidden from veza_data.track where id = $1 and purged_at is null for no key update", UUIDOID);

static VzStmt lock_playlist_reported = VZ_STMT(
	"select taken_down_at is not null as is_hidden from veza_data.playlist where id = $1 for no key update", UUIDOID);

static VzStmt whose_case = VZ_STMT("select owner_id, subject_type from veza_data.moderation_case where id = $1", UUIDOID);

static VzStmt case_shape = VZ_STMT("select * from veza_data.moderation_case_shape where id = $1", UUIDOID);

VZ_FUNCTION(moderation_hide);
VZ_FUNCTION(moderation_warn);
VZ_FUNCTION(moderation_close);
VZ_FUNCTION(moderation_reinstate);

/* lock_account locks the account that the case is about, if it is one, before the case. */
static void
lock_account(FunctionCallInfo fcinfo, VzRow *account)
{
	const VzActor *actor = vz_require_admin();
	VzRow		row;

	if (PG_ARGISNULL(0) || !vz_query_row(&whose_case, VZ_ARGS(vz_arg_uuid(PG_GETARG_UUID_P(0))), &row) ||
		vz_subject_type(vz_row_text(&row, "subject_type")) != VZ_SUBJECT_USER)
		return;
	vz_admins_lock();
	vz_user_lock(vz_row_uuid(&row, "owner_id"), account);
	if (vz_uuid_equal(vz_row_uuid(account, "id"), &actor->user_id))
		vz_raise_error(VZ_E_ADMIN_OWN_ACCOUNT);
}

/* turn_track takes a track down, or lets it back, unless it is so, or gone. */
static void
turn_track(const pg_uuid_t *id, bool hides, const char *note)
{
	VzRow		row;

	if (!vz_query_row(&lock_track, VZ_ARGS(vz_arg_uuid(id)), &row) || vz_row_bool(&row, "is_hidden") == hides)
		return;
	if (hides)
		vz_track_take_down(id, note);
	else
		vz_track_reinstate(id, note);
}

/* turn_playlist does the same with a playlist. */
static void
turn_playlist(const pg_uuid_t *id, bool hides, const char *note)
{
	VzRow		row;

	if (!vz_query_row(&lock_playlist_reported, VZ_ARGS(vz_arg_uuid(id)), &row) || vz_row_bool(&row, "is_hidden") == hides)
		return;
	if (hides)
		vz_playlist_take_down(id, note);
	else
		vz_playlist_reinstate(id, note);
}

/* turn_subject hides what the case is about, or shows it again. What has been deleted meanwhile stays so. */
static void
turn_subject(const VzCase *found, bool hides, const char *note, const VzRow *account)
{
	switch (found->type)
	{
		case VZ_SUBJECT_TRACK:
			turn_track(&found->subject_id, hides, note);
			break;
		case VZ_SUBJECT_COMMENT:
			if (hides)
				vz_comment_hide(&found->subject_id);
			else
				vz_comment_unhide(&found->subject_id);
			break;
		case VZ_SUBJECT_USER:
			vz_user_change(account, &(VzUserChange) {.status = hides ? "suspended" : "active", .is_verified = -1, .reason = note});
			break;
		case VZ_SUBJECT_PLAYLIST:
			turn_playlist(&found->subject_id, hides, note);
			break;
		case VZ_NSUBJECT_TYPES:
			elog(ERROR, "a case of this type cannot be hidden");
	}
}

/*
 * decide_case takes the event's arrow, and where turns is not 0 hides the subject
 * (1) or shows it again (-1). Arguments: the case, why.
 */
static Datum
decide_case(FunctionCallInfo fcinfo, const char *event, int turns)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzRow		account;
	VzCase		found;
	char	   *note;
	Datum		json;

	vz_require_admin();
	note = vz_reason_argument(fcinfo, 1, wrong);
	if (pg_mbstrlen(note) > 1000)
		vz_field_error(wrong, "reason", "must have at most 1000 characters");
	vz_raise_if(wrong);
	if (turns != 0)
		lock_account(fcinfo, &account);
	vz_case_lock(fcinfo, 0, &found);
	vz_case_decide(&found, event, note);
	if (turns != 0)
		turn_subject(&found, turns > 0, note, &account);
	vz_json_row(&case_shape, VZ_ARGS(vz_arg_uuid(&found.id)), &json);
	return json;
}

/* moderation_hide hides what was reported from everybody, at once: a track or playlist is taken down, an account suspended. */
Datum
moderation_hide(PG_FUNCTION_ARGS)
{
	return decide_case(fcinfo, "hide", 1);
}

/* moderation_warn leaves it as it is, and tells its owner why it should not be so. */
Datum
moderation_warn(PG_FUNCTION_ARGS)
{
	return decide_case(fcinfo, "warn", 0);
}

/* moderation_close finds nothing wrong with it. */
Datum
moderation_close(PG_FUNCTION_ARGS)
{
	return decide_case(fcinfo, "close", 0);
}

/* moderation_reinstate shows again what was hidden. */
Datum
moderation_reinstate(PG_FUNCTION_ARGS)
{
	return decide_case(fcinfo, "reinstate", -1);
}
