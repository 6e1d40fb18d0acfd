/*
 * match.c
 *		Holding a track and letting it go (see match.h), and what moderators decide.
 *
 * The owner is told that a track is held, never whose the other one is.
 */
#include "match.h"

#include "../core/effects/live_event.h"
#include "../core/ground/arguments.h"
#include "../core/ground/audit.h"
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../core/ground/refusal.h"
#include "../core/request/page.h"
#include "../core/request/request.h"
#include "../notification/notify.h"
#include "change.h"
#include "match_states.h"
#include "moderation.h"

VzStore		vz_track_match_store = {
	.machine = &vz_track_match_machine,
	.update = VZ_STMT("update veza_data.track_match set state = $2, updated_at = $4,"
					  "       decided_at = case when $2 <> 'lapsed' then $4 end where id = $1 and state = $3",
					  UUIDOID, TEXTOID, TEXTOID, TIMESTAMPTZOID)
};

static VzStmt hold = VZ_STMT(
	"update veza_data.track set held_at = $2, wanted_visibility = visibility, visibility = 'private', revision = revision + 1, updated_at = $2"
	" where id = $1 and held_at is null",
	UUIDOID, TIMESTAMPTZOID);

static VzStmt release = VZ_STMT(
	"update veza_data.track set held_at = null, visibility = wanted_visibility, wanted_visibility = null, revision = revision + 1, updated_at = $2"
	" where id = $1 and held_at is not null"
	"   and not exists (select from veza_data.track_match m where m.track_id = $1 and m.state = 'open')",
	UUIDOID, TIMESTAMPTZOID);

static VzStmt open_matches = VZ_STMT(
	"select id, state from veza_data.track_match where track_id = $1 and state = 'open' order by id for no key update", UUIDOID);

static VzStmt find_match = VZ_STMT("select m.track_id, t.uploader_id from veza_data.track_match m join veza_data.track t on t.id = m.track_id where m.id = $1", UUIDOID);
static VzStmt lock_track = VZ_STMT("select from veza_data.track where id = $1 for no key update", UUIDOID);
static VzStmt lock_match = VZ_STMT("select id, state from veza_data.track_match where id = $1 for no key update", UUIDOID);

static VzStmt note_decision = VZ_STMT(
	"update veza_data.track_match set decided_by = $2, reason = $3 where id = $1", UUIDOID, UUIDOID, TEXTOID);

static VzStmt one = VZ_STMT("select * from veza_data.track_match_shape where id = $1", UUIDOID);

static VzStmt page_of = VZ_STMT_SEARCH(
	"select * from veza_data.track_match_shape"
	" where $1 is null and ($2 is null or (created_at, id) < ($2, $3)) and ($6 = 'all' or state = $6)"
	" order by created_at desc, id desc limit $4 offset $5",
	UUIDOID, TIMESTAMPTZOID, UUIDOID, INT4OID, INT4OID, TEXTOID);

static VzStmt count_of = VZ_STMT_SEARCH(
	"select count(*) as n from veza_data.track_match where $1 is null and ($2 = 'all' or state = $2)", UUIDOID, TEXTOID);

VZ_FUNCTION(track_match_list);
VZ_FUNCTION(track_match_resolve);

/* tell_held tells the streams of a track whether it is held. */
static void
tell_held(const pg_uuid_t *track_id, bool is_held)
{
	vz_live_publish(vz_live_channel("track", track_id), "hold", is_held ? "{\"is_held\": true}" : "{\"is_held\": false}");
}

void
vz_track_hold(const pg_uuid_t *track_id)
{
	if (vz_execute(&hold, VZ_ARGS(vz_arg_uuid(track_id), vz_arg_time(vz_now()))) == 0)
		return;
	vz_track_change_note(track_id, "held", NULL, NULL, NULL, true);
	tell_held(track_id, true);
}

void
vz_track_release(const pg_uuid_t *track_id)
{
	if (vz_execute(&release, VZ_ARGS(vz_arg_uuid(track_id), vz_arg_time(vz_now()))) == 0)
		return;
	vz_track_change_note(track_id, "released", NULL, NULL, NULL, false);
	tell_held(track_id, false);
}

/* decide_match takes a match's arrow, as the actor, for a reason. */
static void
decide_match(const VzRow *match, const char *event, const char *reason)
{
	pg_uuid_t	id = *vz_row_uuid(match, "id");

	vz_transition(&vz_track_match_store, &id, vz_row_text(match, "state"), event, &(VzTransitionNote) {.reason = reason});
	vz_execute(&note_decision, VZ_ARGS(vz_arg_uuid(&id), vz_arg_uuid(&vz_actor()->user_id), vz_arg_text(reason)));
}

/* uphold_all decides what else is open of a track: it is taken down as a whole. */
static void
uphold_all(const pg_uuid_t *track_id, const char *reason)
{
	VzRows		rows = vz_query_rows(&open_matches, VZ_ARGS(vz_arg_uuid(track_id)));

	for (uint64 i = 0; i < rows.n; i++)
		decide_match(&rows.row[i], "uphold", reason);
}

void
vz_track_match_lapse(const pg_uuid_t *track_id)
{
	VzRows		rows = vz_query_rows(&open_matches, VZ_ARGS(vz_arg_uuid(track_id)));

	for (uint64 i = 0; i < rows.n; i++)
		vz_transition(&vz_track_match_store, vz_row_uuid(&rows.row[i], "id"), "open", "lapse", NULL);
	vz_track_release(track_id);
}

/*
 * track_match_list lists matches, newest first.
 *
 * Arguments: their state, or all; page, limit, cursor.
 */
Datum
track_match_list(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	char	   *state = vz_text_argument(fcinfo, 0);
	VzPage		page;

	vz_require_admin();
	if (state == NULL || state[0] == '\0')
		state = "open";
	if (strcmp(state, "open") != 0 && strcmp(state, "dismissed") != 0 && strcmp(state, "upheld") != 0 &&
		strcmp(state, "lapsed") != 0 && strcmp(state, "all") != 0)
		vz_raise(vz_field_error(wrong, "state", "must be open, dismissed, upheld, lapsed or all"));
	if (!vz_page_read(fcinfo, 1, &page))
		PG_RETURN_NULL();
	return vz_page_answer_filtered(&page, &page_of, &count_of, NULL, VZ_ARGS(vz_arg_text(state)));
}

/* read_decision reads whether a track is to be taken down. */
static bool
read_decision(FunctionCallInfo fcinfo, int argno, VzRefusal *wrong)
{
	char	   *word = vz_text_argument(fcinfo, argno);
	bool		takes_down = word != NULL && strcmp(word, "take_down") == 0;

	if (!takes_down && (word == NULL || strcmp(word, "dismiss") != 0))
		vz_field_error(wrong, "decision", "must be dismiss or take_down");
	return takes_down;
}

/* raise_unknown_match raises the refusal for a match that is not there. */
static void VZ_NORETURN
raise_unknown_match(FunctionCallInfo fcinfo)
{
	VzRefusal  *r = vz_refusal(VZ_E_TRACK_MATCH_NOT_FOUND);

	vz_raise(PG_ARGISNULL(0) ? r : vz_fact_uuid(r, "match_id", PG_GETARG_UUID_P(0)));
}

/*
 * track_match_resolve decides a match: the track is let go, or taken down.
 *
 * Arguments: the match; dismiss or take_down; the reason, which the owner of a
 * track that is taken down reads.
 */
Datum
track_match_resolve(PG_FUNCTION_ARGS)
{
	VzAudit		entry = {.action = "track.match_resolve", .resource_type = "track_match"};
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	bool		takes_down;
	pg_uuid_t	track_id;
	pg_uuid_t	owner_id;
	Datum		json;
	VzRow		row;

	vz_require_admin();
	takes_down = read_decision(fcinfo, 1, wrong);
	entry.reason = vz_reason_argument(fcinfo, 2, wrong);
	vz_raise_if(wrong);
	if (PG_ARGISNULL(0) || !vz_query_row(&find_match, VZ_ARGS(vz_arg_uuid(PG_GETARG_UUID_P(0))), &row))
		raise_unknown_match(fcinfo);
	track_id = *vz_row_uuid(&row, "track_id");
	owner_id = *vz_row_uuid(&row, "uploader_id");
	vz_query_found(&lock_track, VZ_ARGS(vz_arg_uuid(&track_id)));
	vz_query_row(&lock_match, VZ_ARGS(vz_arg_uuid(PG_GETARG_UUID_P(0))), &row);
	decide_match(&row, takes_down ? "uphold" : "dismiss", entry.reason);
	if (takes_down)
	{
		uphold_all(&track_id, entry.reason);
		vz_track_take_down(&track_id, entry.reason);
	}
	vz_track_release(&track_id);
	vz_notify(&(VzNotification) {VZ_NOTIFY_REVIEW_DECISION, &owner_id, NULL, "track", &track_id});
	entry.resource_id = vz_uuid_text(PG_GETARG_UUID_P(0));
	entry.details = takes_down ? "{\"decision\": \"take_down\"}" : "{\"decision\": \"dismiss\"}";
	vz_audit(&entry);
	vz_json_row(&one, VZ_ARGS(vz_arg_uuid(PG_GETARG_UUID_P(0))), &json);
	return json;
}
