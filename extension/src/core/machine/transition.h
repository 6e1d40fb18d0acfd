/*
 * transition.h
 *		Applying the arrows of a state machine to rows.
 *
 * vz_transition is the only way a state column changes: it looks up the
 * arrow, updates the row and appends to veza_data.state_history in the same
 * transaction. A direct UPDATE is refused by the trigger guard_state.
 */
#ifndef VEZA_TRANSITION_H
#define VEZA_TRANSITION_H

#include "machine.h"
#include "../ground/query.h"

typedef struct VzTransitionNote
{
	const char *source;			/* who reported it: webhook, retrieve, timer ... */
	const char *reason;
	const pg_uuid_t *payment_id;
	const char *psp_event_id;
	const char *details;		/* jsonb text */
} VzTransitionNote;

/* A machine and the static UPDATE (id, new state, old state, now) of its table. */
typedef struct VzStore
{
	const VzMachine *machine;
	VzStmt		update;
} VzStore;

/*
 * Takes the event's arrow from the present state; returns the new state.
 * The row must be locked by the caller. Raises the machine's refusal, with
 * the state and the allowed events, when there is no such arrow.
 */
extern const char *vz_transition(VzStore *store, const pg_uuid_t *id, const char *from,
								 const char *event, const VzTransitionNote *note);

/* Appends the arrow that creates a row; the caller has inserted it in the arrow's state. */
extern void vz_transition_created(VzStore *store, const pg_uuid_t *id, const char *event,
								  const VzTransitionNote *note);

/* The machine's refusal for an event that the state does not know. */
extern struct VzRefusal *vz_transition_refusal(const VzMachine *machine, const pg_uuid_t *id,
											   const char *from, const char *event);

/* All machines of the extension; defined in registry.c. */
extern const VzMachine *const vz_machines[];
extern const int vz_nmachines;

/* Asks to be told of the end of each (sub)transaction, to close the guard that an error left open; once per backend. */
extern void vz_transition_init(void);

#endif							/* VEZA_TRANSITION_H */
