/*
 * flow.c
 *		Procedures that commit between their phases (see flow.h).
 *
 * What PostgreSQL 15 demands of such a procedure: it is neither SECURITY
 * DEFINER nor has a SET clause, it takes SPI_OPT_NONATOMIC from the call's
 * context, and nothing it needs after a commit lives in transaction memory.
 */
#include "flow.h"

#include "../ground/attempt.h"
#include "../ground/clock.h"
#include "idempotency.h"
#include "../ground/owner.h"

#define POLL_MS 500				/* in case a wake-up is lost, for example with the relay's connection */

static VzStmt idempotency_finish = VZ_STMT("select $1 as result, veza.idempotency_finish($2::pg_catalog.json) as head", TEXTOID, TEXTOID);
static VzStmt effect_progress = VZ_STMT("select * from veza.effect_progress($1)", UUIDOID);

void
vz_flow_begin(VzFlow *flow, FunctionCallInfo fcinfo)
{
	bool		atomic = fcinfo->context == NULL || !IsA(fcinfo->context, CallContext) ||
		castNode(CallContext, fcinfo->context)->atomic;

	if (atomic)
		vz_raise_error(VZ_E_COMMITTING_PROCEDURE);
	flow->fcinfo = fcinfo;
	flow->caller = CurrentMemoryContext;
	flow->actor = *vz_actor();
	flow->deadline = 0;
	flow->has_committed = false;
	if (SPI_connect_ext(SPI_OPT_NONATOMIC) != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
}

/* One phase; without a statement it gives the request's Idempotency-Key back. */
typedef struct Phase
{
	VzFlow	   *flow;
	VzStmt	   *stmt;
	int			nargs;
	const VzArg *args;
	VzRow	   *row;
} Phase;

/* run_phase runs a phase as the extension's owner with the caller as actor. */
static void
run_phase(void *state)
{
	Phase	   *phase = state;
	VzCaller	caller;

	vz_install_actor(&phase->flow->actor);
	vz_become_owner(&caller);
	if (phase->stmt == NULL)
		vz_idempotency_release();
	else
	{
		CHECK_FOR_INTERRUPTS();
		if (!vz_query_row(phase->stmt, phase->nargs, phase->args, phase->row))
			elog(ERROR, "phase returned no row: %s", phase->stmt->sql);
	}
	vz_become_caller(&caller);
}

/* release_key gives the Idempotency-Key back, whatever else is to be interrupted: the next try must find it free. */
static void
release_key(VzFlow *flow)
{
	HOLD_INTERRUPTS();
	run_phase(&(Phase) {.flow = flow});
	SPI_commit();
	RESUME_INTERRUPTS();
}

void
vz_flow_phase(VzFlow *flow, VzStmt *phase, int nargs, const VzArg *args, VzRow *row)
{
	Phase		p = {flow, phase, nargs, args, row};
	ErrorData  *error = NULL;

	/* Before the first commit an error undoes the record of the request with everything else. */
	if (flow->has_committed && vz_idempotency_is_open())
		error = vz_attempt_any(run_phase, &p);
	else
		run_phase(&p);
	if (error != NULL)
	{
		release_key(flow);
		ReThrowError(error);
	}
	SPI_commit();
	flow->has_committed = true;
}

void
vz_flow_raise(VzFlow *flow, VzRefusal *refusal)
{
	if (vz_idempotency_is_open())
		release_key(flow);
	vz_raise(refusal);
}

bool
vz_flow_wait(VzFlow *flow, const pg_uuid_t *effect_id)
{
	int			failed_before = -1;
	VzRow		row;

	for (;;)
	{
		TimestampTz now;
		long		ms;

		vz_flow_phase(flow, &effect_progress, VZ_ARGS(vz_arg_uuid(effect_id)), &row);
		if (vz_row_bool(&row, "is_finished"))
			return true;

		/* One failed attempt is retried while the user waits; the second is an answer. */
		if (failed_before < 0)
		{
			failed_before = vz_row_int4(&row, "failed_attempts");
			if (flow->deadline == 0)
				flow->deadline = GetCurrentTimestamp() + vz_row_int8(&row, "wait_ms") * 1000;
		}
		else if (vz_row_int4(&row, "failed_attempts") >= failed_before + 2)
			return true;

		now = GetCurrentTimestamp();
		if (now >= flow->deadline)
			return false;
		ms = TimestampDifferenceMilliseconds(now, flow->deadline);
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
						 Min(ms, POLL_MS), PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);	/* interrupts are looked at in the next phase */
	}
}

Datum
vz_flow_answer(VzFlow *flow, const VzRow *last)
{
	VzRow		finished;

	static const char *const column[] = {"result", "head"};
	Datum		values[lengthof(column)];
	bool		nulls[lengthof(column)] = {0};
	MemoryContext old;
	Datum		row;

	if (vz_idempotency_is_open())
	{
		vz_flow_phase(flow, &idempotency_finish, VZ_ARGS(vz_arg_text(vz_row_text(last, "result")),
														 vz_arg_text(vz_row_text(last, "head"))), &finished);
		last = &finished;
	}
	old = MemoryContextSwitchTo(flow->caller);
	for (int i = 0; i < (int) lengthof(column); i++)
	{
		char	   *text = vz_row_text(last, column[i]);

		nulls[i] = text == NULL;
		values[i] = nulls[i] ? (Datum) 0 : CStringGetTextDatum(text);
	}
	row = vz_return_row(flow->fcinfo, lengthof(values), values, nulls);
	MemoryContextSwitchTo(old);
	SPI_finish();
	return row;
}
