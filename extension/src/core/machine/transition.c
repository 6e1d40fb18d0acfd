/*
 * transition.c
 *		Applying the arrows of a state machine to rows (see transition.h).
 */
#include "transition.h"

#include "../ground/clock.h"
#include "../ground/refusal.h"
#include "../ground/actor.h"
#include "commands/trigger.h"
#include "utils/rel.h"

static VzStmt insert_history = VZ_STMT(
	"insert into veza_data.state_history"
	"  (machine, entity_id, from_state, event, to_state, at, actor_id, actor_kind, source,"
	"   reason, payment_id, psp_event_id, request_id, details)"
	" values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
	TEXTOID, UUIDOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, UUIDOID, TEXTOID, TEXTOID,
	TEXTOID, UUIDOID, TEXTOID, TEXTOID, JSONBOID);

/* The one row that guard_state lets through; only while vz_transition updates it. */
static struct
{
	const VzMachine *machine;
	pg_uuid_t	id;
}			in_progress;

VZ_FUNCTION(guard_state);
VZ_FUNCTION(state_transitions);

/* append_history writes the applied arrow. */
static void
append_history(const VzMachine *machine, const pg_uuid_t *id, const VzTransition *arrow,
			   const VzTransitionNote *note)
{
	static const VzTransitionNote no_note;
	const VzActor *actor = vz_actor();
	bool		known = actor->role != VZ_ROLE_NONE;

	if (note == NULL)
		note = &no_note;
	vz_execute(&insert_history,
			   VZ_ARGS(vz_arg_text(machine->name),
					   vz_arg_uuid(id),
					   vz_arg_text(arrow->from),
					   vz_arg_text(arrow->event),
					   vz_arg_text(arrow->to),
					   vz_arg_time(vz_now()),
					   vz_arg_uuid(known ? &actor->user_id : NULL),
					   vz_arg_text(actor->is_dba ? "dba" : known ? "user" : "system"),
					   vz_arg_text(note->source),
					   vz_arg_text(note->reason),
					   vz_arg_uuid(note->payment_id),
					   vz_arg_text(note->psp_event_id),
					   vz_arg_text(vz_request_id()),
					   vz_arg_jsonb(note->details)));
}

VzRefusal *
vz_transition_refusal(const VzMachine *machine, const pg_uuid_t *id, const char *from,
					  const char *event)
{
	VzRefusal  *r = vz_refusal(machine->refusal);
	char		allowed[1024];

	vz_fact(r, "machine", machine->name);
	vz_fact_uuid(r, "id", id);
	vz_fact(r, "status", from);
	vz_fact(r, "event", event);
	vz_machine_allowed(machine, from, allowed, sizeof(allowed));
	return vz_fact_list(r, "allowed", allowed);
}

const char *
vz_transition(VzStore *store, const pg_uuid_t *id, const char *from, const char *event,
			  const VzTransitionNote *note)
{
	const VzMachine *machine = store->machine;
	const VzTransition *arrow = vz_machine_next(machine, from, event);

	if (arrow == NULL)
		vz_raise(vz_transition_refusal(machine, id, from, event));

	if (strcmp(arrow->from, arrow->to) != 0)
	{
		uint64		n;

		in_progress.machine = machine;
		in_progress.id = *id;
		n = vz_execute(&store->update,
					   VZ_ARGS(vz_arg_uuid(id), vz_arg_text(arrow->to), vz_arg_text(from),
							   vz_arg_time(vz_now())));
		in_progress.machine = NULL;
		if (n != 1)
			elog(ERROR, "%s %s left state \"%s\" although it was locked",
				 machine->name, vz_uuid_text(id), from);
	}
	append_history(machine, id, arrow, note);
	return arrow->to;
}

void
vz_transition_created(VzStore *store, const pg_uuid_t *id, const char *event,
					  const VzTransitionNote *note)
{
	const VzTransition *arrow = vz_machine_next(store->machine, NULL, event);

	if (arrow == NULL)
		elog(ERROR, "%s has no arrow \"%s\" that creates a row", store->machine->name, event);
	append_history(store->machine, id, arrow, note);
}

/* find_machine returns the machine of that name, or NULL. */
static const VzMachine *
find_machine(const char *name)
{
	for (int i = 0; i < vz_nmachines; i++)
		if (strcmp(vz_machines[i]->name, name) == 0)
			return vz_machines[i];
	return NULL;
}

/* trigger_column returns a column of the trigger's tuple as text. */
static char *
trigger_column(TriggerData *trigger, HeapTuple tuple, const char *column)
{
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);

	return SPI_getvalue(tuple, desc, SPI_fnumber(desc, column));
}

/*
 * guard_state is the BEFORE UPDATE trigger of every table with a state: the
 * state column changes through vz_transition or not at all.
 *
 * Trigger argument: the machine's name. The table's key is the column id.
 */
Datum
guard_state(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	const VzMachine *machine;
	char	   *old_state;
	char	   *new_state;
	char	   *id;

	if (!CALLED_AS_TRIGGER(fcinfo) || trigger->tg_trigger->tgnargs != 1)
		elog(ERROR, "guard_state must be called as a trigger with one argument");
	machine = find_machine(trigger->tg_trigger->tgargs[0]);
	if (machine == NULL)
		elog(ERROR, "there is no machine \"%s\"", trigger->tg_trigger->tgargs[0]);

	old_state = trigger_column(trigger, trigger->tg_trigtuple, machine->column);
	new_state = trigger_column(trigger, trigger->tg_newtuple, machine->column);
	if (new_state != NULL && strcmp(old_state, new_state) == 0)
		return PointerGetDatum(trigger->tg_newtuple);

	id = trigger_column(trigger, trigger->tg_trigtuple, "id");
	if (in_progress.machine != machine || strcmp(vz_uuid_text(&in_progress.id), id) != 0)
	{
		VzRefusal  *r = vz_refusal(VZ_E_STATE_COLUMN_GUARDED);

		vz_fact(vz_fact(vz_fact(r, "machine", machine->name), "id", id), "state", old_state);
		vz_next_step(r, machine->hint, machine->hint);
		vz_raise(r);
	}
	return PointerGetDatum(trigger->tg_newtuple);
}

/* state_transitions returns every arrow of every machine, in the order of the arrays. */
Datum
state_transitions(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo;

	InitMaterializedSRF(fcinfo, 0);
	rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	for (int m = 0; m < vz_nmachines; m++)
		for (int i = 0; i < vz_machines[m]->ntransitions; i++)
		{
			const VzMachine *machine = vz_machines[m];
			const VzTransition *t = &machine->transitions[i];
			const char *column[] = {machine->name, t->from, t->event, t->to, t->by, t->guard,
				t->effects, t->rule, vz_error_info[machine->refusal].code, machine->table,
			machine->column};
			Datum		values[lengthof(column)];
			bool		nulls[lengthof(column)];

			for (int c = 0; c < (int) lengthof(column); c++)
			{
				nulls[c] = column[c] == NULL;
				values[c] = nulls[c] ? (Datum) 0 : CStringGetTextDatum(column[c]);
			}
			tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		}
	return (Datum) 0;
}

/* transition_xact_callback closes the guard when an error interrupted a transition. */
static void
transition_xact_callback(XactEvent event, void *arg)
{
	in_progress.machine = NULL;
}

/* transition_subxact_callback does the same for a rolled back savepoint. */
static void
transition_subxact_callback(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *arg)
{
	in_progress.machine = NULL;
}

void
vz_transition_init(void)
{
	RegisterXactCallback(transition_xact_callback, NULL);
	RegisterSubXactCallback(transition_subxact_callback, NULL);
}
