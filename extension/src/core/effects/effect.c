/*
 * effect.c
 *		The outbox's writing side (see effect.h): queue, join, withdraw, retry.
 */
#include "effect.h"

#include "../ground/arguments.h"
#include "../ground/audit.h"
#include "../ground/clock.h"
#include "../interface.h"
#include "effect_states.h"
#include "effect_store.h"
#include "../ground/refusal.h"
#include "../ground/actor.h"
#include "../machine/transition.h"

VzStore		vz_effect_store = {
	.machine = &vz_effect_machine,
	.update = VZ_STMT("update veza_data.effect set state = $2, updated_at = $4"
					  " where id = $1 and state = $3",
					  UUIDOID, TEXTOID, TEXTOID, TIMESTAMPTZOID)
};

static VzStmt find_unfinished = VZ_STMT(
	"select id, state from veza_data.effect"
	" where kind = $1 and subject_id = $2 and state in ('queued', 'leased') for no key update",
	TEXTOID, UUIDOID);

static VzStmt insert_effect = VZ_STMT(
	"insert into veza_data.effect (kind, subject_id, state, request, reason, due_at,"
	"                              request_id, created_at, updated_at)"
	" values ($1, $2, 'queued', coalesce($3, '{}'), $4, $5, $6, $7, $7)"
	" on conflict (kind, subject_id) where state in ('queued', 'leased') do nothing"
	" returning id",
	TEXTOID, UUIDOID, JSONBOID, TEXTOID, TIMESTAMPTZOID, TEXTOID, TIMESTAMPTZOID);

static VzStmt add_waiter = VZ_STMT(
	"update veza_data.effect"
	"   set waiters = waiters || $2, due_at = least(due_at, $3)"
	" where id = $1",
	UUIDOID, INT4OID, TIMESTAMPTZOID);

static VzStmt find_effect = VZ_STMT(
	"select id, kind, subject_id, state from veza_data.effect where id = $1 for no key update", UUIDOID);

static VzStmt end_effect = VZ_STMT(
	"update veza_data.effect set finished_at = $2 where id = $1", UUIDOID, TIMESTAMPTZOID);

static VzStmt revive_effect = VZ_STMT(
	"update veza_data.effect"
	"   set attempts = 0, due_at = $2, lease_owner = null, lease_token = null, lease_until = null"
	" where id = $1",
	UUIDOID, TIMESTAMPTZOID);

VZ_FUNCTION(retry_effect);

/* find_or_insert returns the unfinished effect of this kind and subject, made if there is none. */
static pg_uuid_t
find_or_insert(const VzEffectOrder *order, TimestampTz now)
{
	VzRow		row;
	pg_uuid_t	id;

	for (;;)
	{
		if (vz_query_row(&find_unfinished,
						 VZ_ARGS(vz_arg_text(order->kind), vz_arg_uuid(order->subject_id)), &row))
			return *vz_row_uuid(&row, "id");
		if (vz_query_row(&insert_effect,
						 VZ_ARGS(vz_arg_text(order->kind), vz_arg_uuid(order->subject_id),
								 vz_arg_jsonb(order->request), vz_arg_text(order->reason),
								 vz_arg_time(vz_time_plus(now, order->delay_s)),
								 vz_arg_text(vz_request_id()), vz_arg_time(now)), &row))
			break;
		/* Another session queued it between the two statements: join that one. */
		CHECK_FOR_INTERRUPTS();
	}
	id = *vz_row_uuid(&row, "id");
	vz_transition_created(&vz_effect_store, &id, "queue",
						  &(VzTransitionNote) {.reason = order->reason});
	return id;
}

pg_uuid_t
vz_effect_queue(const VzEffectOrder *order)
{
	TimestampTz now = vz_now();
	pg_uuid_t	id = find_or_insert(order, now);

	if (order->waited)
	{
		vz_execute(&add_waiter, VZ_ARGS(vz_arg_uuid(&id), vz_arg_int4(MyProcPid), vz_arg_time(now)));
		Async_Notify(VEZA_EFFECT_CHANNEL, NULL);
	}
	return id;
}

void
vz_effect_withdraw(const char *kind, const pg_uuid_t *subject_id)
{
	VzRow		row;

	if (vz_query_row(&find_unfinished, VZ_ARGS(vz_arg_text(kind), vz_arg_uuid(subject_id)), &row) &&
		strcmp(vz_row_text(&row, "state"), "queued") == 0)
	{
		vz_transition(&vz_effect_store, vz_row_uuid(&row, "id"), "queued", "withdraw", NULL);
		vz_execute(&end_effect, VZ_ARGS(vz_arg_uuid(vz_row_uuid(&row, "id")), vz_arg_time(vz_now())));
	}
}

/* revive takes the arrow out of dead; a successor that is under way, or is queued at the same time, wins. */
static void
revive(const pg_uuid_t *id, const char *state, const char *reason)
{
	MemoryContext context = CurrentMemoryContext;

	PG_TRY();
	{
		vz_transition(&vz_effect_store, id, state, "retry_dead", &(VzTransitionNote) {.reason = reason});
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		if (geterrcode() != ERRCODE_UNIQUE_VIOLATION)
			PG_RE_THROW();
		FlushErrorState();
		vz_raise(vz_fact_uuid(vz_refusal(VZ_E_INVALID_TRANSITION), "effect_id", id));
	}
	PG_END_TRY();
}

/*
 * retry_effect puts a dead effect back into the queue, with its attempts
 * counted anew; for the operator at night. Refused while another of its kind
 * is under way for the same subject. Written to the audit log.
 */
Datum
retry_effect(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *id;
	char	   *reason;
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzAudit		entry = {.action = "effect.retry", .resource_type = "effect"};
	VzRow		row;

	VZ_REQUIRE_ARGUMENTS("id");
	id = PG_GETARG_UUID_P(0);
	reason = vz_reason_argument(fcinfo, 1, wrong);
	vz_raise_if(wrong);
	if (!vz_query_row(&find_effect, VZ_ARGS(vz_arg_uuid(id)), &row))
		vz_raise(vz_fact_uuid(vz_refusal(VZ_E_EFFECT_NOT_FOUND), "effect_id", id));
	revive(id, vz_row_text(&row, "state"), reason);
	vz_execute(&revive_effect, VZ_ARGS(vz_arg_uuid(id), vz_arg_time(vz_now())));
	Async_Notify(VEZA_EFFECT_CHANNEL, NULL);
	entry.resource_id = vz_uuid_text(id);
	entry.reason = reason;
	vz_audit(&entry);
	PG_RETURN_VOID();
}
