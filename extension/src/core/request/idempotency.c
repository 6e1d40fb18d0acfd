/*
 * idempotency.c
 *		Requests that a client may repeat (see idempotency.h).
 *
 * The statement of such a route asks idempotency_begin whether the function
 * runs, and hands its answer to idempotency_end. A procedure, which commits
 * between its phases, writes the record with its first phase and notes its
 * end with idempotency_finish; when it ends with an error after that, the
 * record goes (vz_idempotency_release). A record whose backend is gone is of
 * a request that broke off.
 */
#include "idempotency.h"

#include "../ground/arguments.h"
#include "../ground/clock.h"
#include "../ground/digest.h"
#include "../ground/lock.h"
#include "../ground/refusal.h"
#include "../ground/actor.h"
#include "../ground/response.h"
#include "common/hashfn.h"

#define INTERRUPTED_S 30		/* a record without an answer is of a request that broke off, after this time at the latest */

static VzStmt find_record = VZ_STMT(
	"select request_hash = $2 as is_same, answered_at is not null as is_answered, answer, made_id,"
	"       taken_at > $3 and exists (select from pg_stat_get_activity(taken_by) a"
	"                                  where a.backend_start = taken_by_start) as is_under_way,"
	"       jsonb_set(coalesce(head, '{\"headers\": {}}'), '{headers,Idempotency-Replayed}', '\"true\"') as head"
	"  from veza_data.idempotency where key_hash = $1",
	BYTEAOID, BYTEAOID, TIMESTAMPTZOID);

static VzStmt find_answered = VZ_STMT(
	"select from veza_data.idempotency where key_hash = $1 and answered_at is not null", BYTEAOID);

static VzStmt insert_record = VZ_STMT(
	"insert into veza_data.idempotency"
	"  (key_hash, request_hash, route, user_id, created_at, taken_at, taken_by, taken_by_start)"
	" values ($1, $2, $3, $4, $5, $5, $6, $7)",
	BYTEAOID, BYTEAOID, TEXTOID, UUIDOID, TIMESTAMPTZOID, INT4OID, TIMESTAMPTZOID);

/* A request that broke off, and is carried out by this one. */
static VzStmt take_over = VZ_STMT(
	"update veza_data.idempotency set taken_at = $2, taken_by = $3, taken_by_start = $4 where key_hash = $1",
	BYTEAOID, TIMESTAMPTZOID, INT4OID, TIMESTAMPTZOID);

static VzStmt set_made = VZ_STMT(
	"update veza_data.idempotency set made_id = $2 where key_hash = $1", BYTEAOID, UUIDOID);

static VzStmt set_answer = VZ_STMT(
	"update veza_data.idempotency set answered_at = $2, head = coalesce($3, head), answer = $4 where key_hash = $1",
	BYTEAOID, TIMESTAMPTZOID, JSONBOID, TEXTOID);

static VzStmt finish_procedure = VZ_STMT(
	"update veza_data.idempotency"
	"   set answered_at = $2, head = jsonb_strip_nulls(jsonb_build_object('status', $3::jsonb -> 'status'))"
	" where key_hash = $1 returning coalesce($3, '{}') as head",
	BYTEAOID, TIMESTAMPTZOID, TEXTOID);

static VzStmt repeat_status = VZ_STMT(
	"update veza_data.idempotency set answered_at = $2 where key_hash = $1"
	" returning coalesce($3::jsonb, '{}') || head || '{\"headers\": {\"Idempotency-Replayed\": \"true\"}}' as head",
	BYTEAOID, TIMESTAMPTZOID, TEXTOID);

static VzStmt delete_record = VZ_STMT(
	"delete from veza_data.idempotency where key_hash = $1", BYTEAOID);

static VzStmt delete_unanswered = VZ_STMT(
	"delete from veza_data.idempotency where key_hash = $1 and answered_at is null", BYTEAOID);

static VzStmt sweep = VZ_STMT(
	"delete from veza_data.idempotency where key_hash in"
	" (select key_hash from veza_data.idempotency where created_at < $1 limit 1000)",
	TIMESTAMPTZOID);

/* The keyed request of the present statement. */
static struct
{
	bool		is_open;		/* there is a key, and the function runs */
	bool		runs_again;
	bool		is_repeated;	/* it was answered before */
	bool		has_made;
	char		route[VZ_REQUEST_ID_MAX];
	pg_uuid_t	made_id;
	char	   *answer;			/* of an earlier request; in the memory of the transaction */
	char	   *head;
}			current;

VZ_FUNCTION(idempotency_begin);
VZ_FUNCTION(idempotency_is_answered);
VZ_FUNCTION(idempotency_end);
VZ_FUNCTION(idempotency_replay);
VZ_FUNCTION(idempotency_finish);

/* key_hash is the record's key: the same key of another user or route is another one. */
static VzArg
key_hash(void)
{
	const VzActor *actor = vz_actor();
	char	   *scope = psprintf("%s\n%s\n%s", current.route,
								 actor->role == VZ_ROLE_NONE ? "" : vz_uuid_text(&actor->user_id),
								 actor->idempotency_key);

	return vz_arg_sha256(scope, strlen(scope));
}

/* refuse_unless_alone raises when another request under the same key is under way. */
static void
refuse_unless_alone(bool is_alone)
{
	if (!is_alone)
		vz_raise(vz_retry_after(vz_refusal(VZ_E_IDEMPOTENCY_CONFLICT), 1));
}

/* take_record finds the record of an earlier request, or makes one; true when the function runs. */
static bool
take_record(void)
{
	const VzActor *actor = vz_actor();
	VzArg		key = key_hash();
	VzArg		request = vz_arg_sha256(actor->idempotency_hash, strlen(actor->idempotency_hash));
	TimestampTz now = vz_now();
	VzLock		turn = vz_lock(VZ_LOCK_IDEMPOTENCY,
							   hash_bytes_extended((unsigned char *) VARDATA_ANY(DatumGetPointer(key.value)), 32, 0));
	VzRow		row;

	refuse_unless_alone(vz_lock_try(&turn));
	if (!vz_query_row(&find_record, VZ_ARGS(key, request, vz_arg_time(vz_time_plus(now, -INTERRUPTED_S))), &row))
	{
		vz_execute(&insert_record,
				   VZ_ARGS(key, request, vz_arg_text(current.route),
						   vz_arg_uuid(actor->role == VZ_ROLE_NONE ? NULL : &actor->user_id), vz_arg_time(now),
						   vz_arg_int4(MyProcPid), vz_arg_time(MyStartTimestamp)));
		return true;
	}
	if (!vz_row_bool(&row, "is_same"))
		vz_raise_error(VZ_E_IDEMPOTENCY_KEY_REUSED);
	refuse_unless_alone(vz_row_bool(&row, "is_answered") || !vz_row_bool(&row, "is_under_way"));
	current.is_repeated = vz_row_bool(&row, "is_answered");
	if (!current.is_repeated)
		vz_execute(&take_over, VZ_ARGS(key, vz_arg_time(now), vz_arg_int4(MyProcPid), vz_arg_time(MyStartTimestamp)));
	if ((current.has_made = !vz_row_isnull(&row, "made_id")))
		current.made_id = *vz_row_uuid(&row, "made_id");
	if (current.runs_again || !vz_row_bool(&row, "is_answered"))
		return true;
	current.answer = vz_row_text(&row, "answer");
	current.head = vz_row_text(&row, "head");
	return false;
}

/*
 * idempotency_begin says whether the function of the route runs: without an
 * Idempotency-Key, or for its first request, or when a repetition is to run
 * again. Another body under the same key is IDEMPOTENCY_KEY_REUSED, another
 * request under way IDEMPOTENCY_CONFLICT.
 *
 * Arguments: the route, whether a repetition runs again.
 */
Datum
idempotency_begin(PG_FUNCTION_ARGS)
{
	VZ_REQUIRE_ARGUMENTS("route", "runs_again");
	vz_idempotency_reset();
	if (vz_actor()->idempotency_key[0] == '\0')
		PG_RETURN_BOOL(true);
	text_to_cstring_buffer(PG_GETARG_TEXT_PP(0), current.route, sizeof(current.route));
	current.runs_again = PG_GETARG_BOOL(1);
	current.is_open = take_record();
	PG_RETURN_BOOL(current.is_open);
}

/*
 * idempotency_is_answered says whether a request of the route under this key was
 * answered: this one then makes nothing new, and need not be admitted for it.
 *
 * Argument: the route.
 */
Datum
idempotency_is_answered(PG_FUNCTION_ARGS)
{
	VzRow		row;

	VZ_REQUIRE_ARGUMENTS("route");
	vz_idempotency_reset();
	if (vz_actor()->idempotency_key[0] == '\0')
		PG_RETURN_BOOL(false);
	text_to_cstring_buffer(PG_GETARG_TEXT_PP(0), current.route, sizeof(current.route));
	PG_RETURN_BOOL(vz_query_row(&find_answered, VZ_ARGS(key_hash()), &row));
}

/* idempotency_end notes the function's answer and passes it on; a refusal that was kept leaves the key free. */
Datum
idempotency_end(PG_FUNCTION_ARGS)
{
	if (current.is_open && PG_ARGISNULL(0) && !current.has_made)
		vz_execute(&delete_record, VZ_ARGS(key_hash()));
	else if (current.is_open && !PG_ARGISNULL(0))
		vz_execute(&set_answer,
				   VZ_ARGS(key_hash(), vz_arg_time(vz_now()), vz_arg_jsonb(vz_head_stored()),
						   vz_arg_text(current.runs_again ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0)))));
	current.is_open = false;
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/* idempotency_replay answers what was answered before; NULL when the request was refused. */
Datum
idempotency_replay(PG_FUNCTION_ARGS)
{
	char	   *answer = current.answer;

	if (answer == NULL)
		PG_RETURN_NULL();
	vz_head_replay(current.head);
	vz_idempotency_reset();
	PG_RETURN_TEXT_P(cstring_to_text(answer));
}

/*
 * idempotency_finish notes that a procedure has answered, the last phase of
 * vz_flow_answer; returns the head of the answer. A repetition, which has run
 * again, gets the status of the first answer.
 *
 * Argument: the head of this answer.
 */
Datum
idempotency_finish(PG_FUNCTION_ARGS)
{
	VzArg		head = vz_arg_text(PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0)));
	VzRow		row;

	if (!current.is_open ||
		!vz_query_row(current.is_repeated ? &repeat_status : &finish_procedure,
					  VZ_ARGS(key_hash(), vz_arg_time(vz_now()), head), &row))
		PG_RETURN_NULL();
	current.is_open = false;
	PG_RETURN_TEXT_P(cstring_to_text(vz_row_text(&row, "head")));
}

const pg_uuid_t *
vz_idempotency_made(void)
{
	return current.is_open && current.has_made ? &current.made_id : NULL;
}

void
vz_idempotency_remember(const pg_uuid_t *made_id)
{
	if (current.is_open)
		vz_execute(&set_made, VZ_ARGS(key_hash(), vz_arg_uuid(made_id)));
}

void
vz_idempotency_release(void)
{
	if (current.is_open)
		vz_execute(&delete_unanswered, VZ_ARGS(key_hash()));
	current.is_open = false;
}

bool
vz_idempotency_is_open(void)
{
	return current.is_open;
}

void
vz_idempotency_reset(void)
{
	memset(&current, 0, sizeof(current));
}

int64
vz_job_sweep_idempotency(void)
{
	return (int64) vz_execute(&sweep, VZ_ARGS(vz_arg_time(vz_time_plus(vz_now(), -vz_setting_int("idempotency_keep")))));
}
