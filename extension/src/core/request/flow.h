/*
 * flow.h
 *		Procedures that commit between their phases.
 *
 * A flow is used where the answer needs the payment provider's: phase 1
 * commits the intent, then the procedure waits for the effect's result, then
 * a last phase answers. The procedure itself contains no SQL: each phase is a
 * SECURITY DEFINER function that tests can call, and a crash between phases
 * leaves a state that recovery understands.
 */
#ifndef VEZA_FLOW_H
#define VEZA_FLOW_H

#include "../ground/query.h"
#include "../ground/refusal.h"
#include "request.h"

typedef struct VzFlow
{
	FunctionCallInfo fcinfo;
	MemoryContext caller;		/* outlives SPI: the answer is built here */
	VzActor		actor;			/* copied before the first commit */
	TimestampTz deadline;		/* of all waiting together, by the real clock */
	bool		has_committed;	/* a phase has; an error no longer undoes everything */
} VzFlow;

/*
 * Starts a flow. Refuses inside a transaction block, before anything is
 * written: there the commits would silently not happen.
 */
extern void vz_flow_begin(VzFlow *flow, FunctionCallInfo fcinfo);

/*
 * Runs one phase as the extension's owner with the caller as actor, and
 * commits it. An error in it, cancellation included, leaves the request's
 * Idempotency-Key free.
 */
extern void vz_flow_phase(VzFlow *flow, VzStmt *phase, int nargs, const VzArg *args, VzRow *row);

/*
 * Waits, with no transaction's locks or snapshot held, until the effect is
 * finished or an attempt failed; false when the time is up.
 */
extern bool vz_flow_wait(VzFlow *flow, const pg_uuid_t *effect_id);

/* Raises a refusal between two phases, and leaves the request's Idempotency-Key free. */
extern void vz_flow_raise(VzFlow *flow, VzRefusal *refusal) VZ_NORETURN;

/* Ends the flow; returns the procedure's INOUT row (result json, head json). */
extern Datum vz_flow_answer(VzFlow *flow, const VzRow *last);

#endif							/* VEZA_FLOW_H */
