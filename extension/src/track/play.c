/*
 * play.c
 *		Plays, as players report them: fetching bytes is no play. Source of the
 *		rule: docs/design.md, "Tracks".
 */
#include "../auth/limit.h"
#include "../core/ground/actor.h"
#include "../core/ground/arguments.h"
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../core/ground/lock.h"
#include "../core/ground/refusal.h"
#include "counter.h"
#include "listener.h"
#include "track_rules.h"
#include "visibility.h"

/* How far ahead of ours a player's clock may be. */
#define CLOCK_SKEW_S 300

static VzStmt read_duration = VZ_STMT("select coalesce(duration_ms, 0) as ms from veza_data.track where id = $1", UUIDOID);

/* Another counted play of the same listener so near that this one is the same. */
static VzStmt find_near = VZ_STMT(
	"select from veza_data.track_play where track_id = $1 and listener = $2 and is_counted and at > $3 and at < $4 limit 1",
	UUIDOID, BYTEAOID, TIMESTAMPTZOID, TIMESTAMPTZOID);

static VzStmt insert_play = VZ_STMT(
	"insert into veza_data.track_play (play_id, track_id, user_id, listener, listened_ms, source, at, is_counted, is_own, reported_at)"
	" values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (play_id) do nothing",
	UUIDOID, UUIDOID, UUIDOID, BYTEAOID, INT4OID, TEXTOID, TIMESTAMPTZOID, BOOLOID, BOOLOID, TIMESTAMPTZOID);

static VzStmt find_play = VZ_STMT("select track_id, is_counted from veza_data.track_play where play_id = $1", UUIDOID);

VZ_FUNCTION(track_play);

/* A report of a play. */
typedef struct Play
{
	const pg_uuid_t *id;
	int32		listened_ms;
	const char *source;
	TimestampTz at;
} Play;

/* read_play reads the arguments; adds to wrong what is wrong. */
static Play
read_play(FunctionCallInfo fcinfo, VzRefusal *wrong)
{
	TimestampTz now = vz_now();
	Play		play = {.id = PG_ARGISNULL(1) ? NULL : PG_GETARG_UUID_P(1), .listened_ms = PG_ARGISNULL(2) ? 0 : PG_GETARG_INT32(2),
		.source = vz_play_source(vz_text_argument(fcinfo, 3)), .at = PG_ARGISNULL(4) ? now : PG_GETARG_TIMESTAMPTZ(4)
	};

	if (play.id == NULL)
		vz_field_error(wrong, "play_id", "is missing");
	if (play.listened_ms < 0)
		vz_field_error(wrong, "listened_ms", "must be a number of milliseconds from 0");
	if (TIMESTAMP_NOT_FINITE(play.at) || play.at > vz_time_plus(now, CLOCK_SKEW_S))
		vz_field_error(wrong, "time", "must not lie in the future");
	return play;
}

/* counts says whether the play counts: heard long enough, reported in time, and no other one of the same listener is near. */
static bool
counts(const VzTrackSight *sight, const Play *play, VzArg listener)
{
	int64		duration_ms;
	int64		window;
	VzRow		row;

	vz_query_row(&read_duration, VZ_ARGS(vz_arg_uuid(&sight->id)), &row);
	duration_ms = vz_row_int8(&row, "ms");
	if (!vz_play_counts(play->listened_ms, duration_ms) || play->at < vz_time_plus(vz_now(), -vz_setting_int("play_late")))
		return false;
	window = vz_play_window_ms(duration_ms) * 1000;
	return !vz_query_found(&find_near, VZ_ARGS(vz_arg_uuid(&sight->id), listener, vz_arg_time(play->at - window),
											   vz_arg_time(play->at + window)));
}

/* admit_listener lets one report of a listener in after the other, and only so many an hour. */
static void
admit_listener(const VzTrackSight *sight, VzArg listener)
{
	const VzActor *actor = vz_actor();
	const char *who = sight->is_known ? vz_uuid_text(&sight->actor_id) : actor->address;
	VzRefusal  *refusal = vz_limit_take("play", who, vz_setting_int("play_limit"), SECS_PER_HOUR);
	uint64		key;
	VzLock		lock;

	if (refusal != NULL)
		vz_raise(refusal);
	memcpy(&key, VARDATA_ANY(DatumGetByteaPP(listener.value)), sizeof(key));
	lock = vz_lock(VZ_LOCK_PLAY, key);
	vz_lock_take(&lock);
}

/* play_answer says what became of the report. */
static Datum
play_answer(const Play *play, const pg_uuid_t *track_id, bool is_counted)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfo(&json, "{\"play_id\":\"%s\",\"counted\":%s,\"play_count\":" INT64_FORMAT "}", vz_uuid_text(play->id),
					 is_counted ? "true" : "false", vz_track_counted(track_id, "play"));
	return vz_json_datum(&json);
}

/*
 * track_play takes the report of a play; the same one again changes nothing.
 *
 * Arguments: the track; id of the play, chosen by the player; how long it was
 * really heard, in ms; where it was started; when (NULL: now).
 */
Datum
track_play(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	Play		play = read_play(fcinfo, wrong);
	VzTrackSight sight;
	VzArg		listener;
	bool		is_counted;
	VzRow		row;

	vz_raise_if(wrong);
	if (!vz_track_see(fcinfo, 0, &sight))
		vz_raise(vz_track_not_found(fcinfo, 0));
	listener = vz_listener_digest(&sight.id);
	admit_listener(&sight, listener);
	is_counted = counts(&sight, &play, listener);
	if (vz_execute(&insert_play,
				   VZ_ARGS(vz_arg_uuid(play.id), vz_arg_uuid(&sight.id), vz_arg_uuid(sight.is_known ? &sight.actor_id : NULL),
						   listener, vz_arg_int4(play.listened_ms), vz_arg_text(play.source), vz_arg_time(play.at),
						   vz_arg_bool(is_counted), vz_arg_bool(sight.is_owner), vz_arg_time(vz_now()))) == 0)
	{
		if (!vz_query_row(&find_play, VZ_ARGS(vz_arg_uuid(play.id)), &row) ||
			!vz_uuid_equal(vz_row_uuid(&row, "track_id"), &sight.id))
			vz_raise_error(VZ_E_PLAY_ID_REUSED);
		return play_answer(&play, &sight.id, vz_row_bool(&row, "is_counted"));
	}
	if (is_counted)
		vz_track_count(&sight.id, sight.is_owner ? "own_play" : "play", play.at, play.source, 1);
	return play_answer(&play, &sight.id, is_counted);
}
