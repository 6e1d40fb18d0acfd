/*
 * queue.c
 *		What a user is listening to: saved on one device, taken up on another.
 *
 * Ids are stored as they are sent: a track that is hidden for a while is shown
 * again later, and one that was never there is shown to nobody.
 */
#include "../core/ground/arguments.h"
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../core/ground/response.h"
#include "../core/request/condition.h"
#include "../core/request/request.h"
#include "add.h"

#define QUEUE_MAX 1000
#define DEVICE_MAX 100			/* characters */

static VzStmt find_queue = VZ_LOOKUP("select id, revision from veza_data.play_queue where user_id = $1", UUIDOID);

static VzStmt lock_queue = VZ_STMT(
	"select id, revision, cardinality(track_ids) as n from veza_data.play_queue where user_id = $1 for update", UUIDOID);

static VzStmt insert_queue = VZ_STMT(
	"insert into veza_data.play_queue (user_id, track_ids, position_ms, revision, updated_at) values ($1, '{}', 0, 0, $2)"
	" on conflict do nothing",
	UUIDOID, TIMESTAMPTZOID);

static VzStmt save_queue = VZ_STMT(
	"update veza_data.play_queue"
	"   set track_ids = coalesce($2, track_ids), current_index = $3, position_ms = $4, device = nullif($5, ''),"
	"       revision = revision + 1, updated_at = $6"
	" where user_id = $1 returning id, revision",
	UUIDOID, UUIDARRAYOID, INT4OID, INT4OID, TEXTOID, TIMESTAMPTZOID);

static VzStmt queue_shape = VZ_STMT(
	"select q.track_ids, q.current_index, q.position_ms, q.device,"
	"       (select coalesce(json_agg(case when t.id is not null then"
	"                  json_build_object('id', t.id, 'title', t.title, 'artist', t.artist, 'duration_ms', t.duration_ms,"
	"                                    'uploader_id', t.uploader_id) end order by x.n), '[]')"
	"          from unnest(q.track_ids) with ordinality x(track_id, n)"
	"          left join veza_data.track t on t.id = x.track_id and t.deleted_at is null and " VZ_TRACK_IS_VISIBLE("t", "$1", "$2")
	"       ) as tracks,"
	"       q.revision as version, q.updated_at"
	"  from veza_data.play_queue q where q.user_id = $1",
	UUIDOID, BOOLOID);

VZ_FUNCTION(queue_get);
VZ_FUNCTION(queue_save);

/* answer_queue shows the queue of the actor; one that was never saved is empty. */
static Datum
answer_queue(const VzActor *actor, const pg_uuid_t *id, int64 revision)
{
	Datum		json;

	vz_set_etag(id, revision);
	if (vz_json_row(&queue_shape, VZ_ARGS(vz_arg_uuid(&actor->user_id), vz_arg_bool(actor->role == VZ_ROLE_ADMIN)), &json))
		return json;
	return CStringGetTextDatum("{\"track_ids\":[],\"current_index\":null,\"position_ms\":0,\"device\":null,\"tracks\":[],"
							   "\"version\":0,\"updated_at\":null}");
}

/* queue_get shows the actor's queue as it was saved. */
Datum
queue_get(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	VzRow		row;

	if (!vz_query_row(&find_queue, VZ_ARGS(vz_arg_uuid(&actor->user_id)), &row))
		return answer_queue(actor, &actor->user_id, 0);
	return answer_queue(actor, vz_row_uuid(&row, "id"), vz_row_int8(&row, "revision"));
}

/* lock_own_queue locks the actor's queue, which is made if need be; its row has id, revision and the number of tracks. */
static void
lock_own_queue(const VzActor *actor, VzRow *row)
{
	vz_execute(&insert_queue, VZ_ARGS(vz_arg_uuid(&actor->user_id), vz_arg_time(vz_now())));
	if (!vz_query_row(&lock_queue, VZ_ARGS(vz_arg_uuid(&actor->user_id)), row))
		elog(ERROR, "a queue that was made is not there");
	/* One that was just made is known by the tag that queue_get shows where there is none. */
	if (vz_row_int8(row, "revision") == 0)
		vz_check_version(&actor->user_id, 0);
	else
		vz_check_version(vz_row_uuid(row, "id"), vz_row_int8(row, "revision"));
}

/*
 * queue_save saves the actor's queue.
 *
 * Arguments: the tracks (NULL: as they are), which of them is played, how far in ms, the name of the device.
 */
Datum
queue_save(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	const VzActor *actor = vz_require_user();
	char	   *device = vz_text_argument(fcinfo, 3);
	int32		position_ms = PG_ARGISNULL(2) ? 0 : PG_GETARG_INT32(2);
	VzArg		track_ids;
	VzRow		row;
	int			n;

	track_ids = vz_ids_argument(fcinfo, 0, "track_ids", QUEUE_MAX, &n, wrong);
	if (position_ms < 0)
		vz_field_error(wrong, "position_ms", "must not be negative");
	if (device != NULL && pg_mbstrlen(device) > DEVICE_MAX)
		vz_field_error(wrong, "device", psprintf("must have at most %d characters", DEVICE_MAX));
	vz_raise_if(wrong);
	lock_own_queue(actor, &row);
	if (track_ids.isnull)
		n = vz_row_int4(&row, "n");
	if (!PG_ARGISNULL(1) && (PG_GETARG_INT32(1) < 0 || PG_GETARG_INT32(1) >= n))
		vz_raise(vz_field_error(wrong, "current_index", "must be the number of a track, from 0"));
	vz_query_row(&save_queue, VZ_ARGS(vz_arg_uuid(&actor->user_id), track_ids,
									  vz_arg_datum(PG_GETARG_DATUM(1), PG_ARGISNULL(1)), vz_arg_int4(position_ms),
									  vz_arg_text(device), vz_arg_time(vz_now())), &row);
	return answer_queue(actor, vz_row_uuid(&row, "id"), vz_row_int8(&row, "revision"));
}
