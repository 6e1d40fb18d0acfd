/*
 * audit.c
 *		The append-only audit log (see audit.h).
 */
#include "audit.h"

#include "clock.h"
#include "query.h"
#include "refusal.h"
#include "actor.h"
#include "access/xlog.h"
#include "commands/trigger.h"

static VzStmt insert_entry = VZ_STMT(
	"insert into veza_data.audit_log"
	"  (at, actor_id, actor_kind, db_role, action, outcome, resource_type, resource_id,"
	"   reason, old_values, new_values, details, ip_address, user_agent, session_id, request_id,"
	"   cluster, xact)"
	" values ($1, $2, $3, session_user, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
	TIMESTAMPTZOID, UUIDOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID,
	TEXTOID, JSONBOID, JSONBOID, JSONBOID, TEXTOID, TEXTOID, UUIDOID, TEXTOID, INT8OID, INT8OID);

VZ_FUNCTION(refuse_change);

/* actor_kind says in one word who acted. */
static const char *
actor_kind(const VzActor *actor)
{
	if (actor->is_dba)
		return "dba";
	if (actor->role == VZ_ROLE_ADMIN)
		return "admin";
	if (actor->role != VZ_ROLE_NONE)
		return "user";
	return actor->is_http ? "anonymous" : "system";
}

void
vz_audit(const VzAudit *entry)
{
	const VzActor *actor = vz_actor();
	bool		known = actor->role != VZ_ROLE_NONE;
	const char *address = entry->address ? entry->address : actor->address;

	vz_execute(&insert_entry,
			   VZ_ARGS(vz_arg_time(vz_now()),
					   vz_arg_uuid(known ? &actor->user_id : NULL),
					   vz_arg_text(actor_kind(actor)),
					   vz_arg_text(entry->action),
					   vz_arg_text(entry->outcome ? entry->outcome : "success"),
					   vz_arg_text(entry->resource_type),
					   vz_arg_text(entry->resource_id),
					   vz_arg_text(entry->reason),
					   vz_arg_jsonb(entry->old_values),
					   vz_arg_jsonb(entry->new_values),
					   vz_arg_jsonb(entry->details),
					   vz_arg_text(address[0] ? address : NULL),
					   vz_arg_text(actor->user_agent[0] ? actor->user_agent : NULL),
					   vz_arg_uuid(actor->has_session ? &actor->session_id : NULL),
					   vz_arg_text(vz_request_id()),
					   vz_arg_int8((int64) GetSystemIdentifier()),
					   vz_arg_int8((int64) U64FromFullTransactionId(GetTopFullTransactionId()))));
}

/* refuse_change is the trigger of append-only tables: UPDATE, DELETE and TRUNCATE are refused. */
Datum
refuse_change(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		elog(ERROR, "refuse_change must be called as a trigger");
	vz_raise(vz_fact(vz_refusal(VZ_E_APPEND_ONLY), "table",
					 RelationGetRelationName(trigger->tg_relation)));
}
