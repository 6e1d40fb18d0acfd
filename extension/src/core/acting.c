/*
 * acting.c
 *		A DBA's psql session that acts as a user (see acting.h).
 */
#include "acting.h"

#include "arguments.h"
#include "audit.h"
#include "query.h"
#include "refusal.h"

/* The user a DBA acts as, until stop_acting or the end of the session. */
static struct
{
	bool		active;
	Oid			role;			/* only this SQL role acts; SET ROLE suspends it */
	SubTransactionId subid;		/* where act_as ran; invalid once committed */
	VzActor		actor;
}			acting;

static VzStmt find_user = VZ_STMT(
	"select role, status from veza_data.users where id = $1", UUIDOID);

VZ_FUNCTION(act_as);
VZ_FUNCTION(stop_acting);

const VzActor *
vz_acting_actor(void)
{
	return acting.active && acting.role == GetOuterUserId() ? &acting.actor : NULL;
}

void
vz_acting_refresh(void)
{
	VzRow		row;

	if (!vz_query_row(&find_user, VZ_ARGS(vz_arg_uuid(&acting.actor.user_id)), &row))
		vz_raise(vz_fact_uuid(vz_refusal(VZ_E_USER_NOT_FOUND), "user_id", &acting.actor.user_id));
	acting.actor.role = vz_role_from_name(vz_row_text(&row, "role"));
	if (strcmp(vz_row_text(&row, "status"), "active") != 0)
		vz_raise_error(VZ_E_USER_ACCOUNT_DISABLED);
}

/* end_of_transaction undoes an act_as that was rolled back together with its audit row. */
static void
end_of_transaction(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_ABORT && acting.subid != InvalidSubTransactionId)
		acting.active = false;
	if (event == XACT_EVENT_ABORT || event == XACT_EVENT_COMMIT)
		acting.subid = InvalidSubTransactionId;
}

/* end_of_subtransaction does the same for a savepoint. */
static void
end_of_subtransaction(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *arg)
{
	if (acting.subid != mine)
		return;
	if (event == SUBXACT_EVENT_ABORT_SUB)
	{
		acting.active = false;
		acting.subid = InvalidSubTransactionId;
	}
	else if (event == SUBXACT_EVENT_COMMIT_SUB)
		acting.subid = parent;
}

/*
 * act_as makes a DBA's session act as a user, with that user's rights, until
 * stop_acting; it is written to the audit log.
 */
Datum
act_as(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *user_id = PG_GETARG_UUID_P(0);
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	char	   *reason = vz_reason_argument(fcinfo, 1, wrong);
	VzAudit		entry = {.action = "dba.act_as", .resource_type = "user"};

	vz_raise_if(wrong);

	memset(&acting.actor, 0, sizeof(acting.actor));
	acting.actor.user_id = *user_id;
	acting.actor.is_dba = true;
	acting.role = GetOuterUserId();
	acting.active = true;
	acting.subid = GetCurrentSubTransactionId();
	vz_acting_refresh();

	entry.resource_id = vz_uuid_text(user_id);
	entry.reason = reason;
	vz_audit(&entry);
	PG_RETURN_VOID();
}

/* stop_acting ends act_as; it does nothing when nobody is acted as. */
Datum
stop_acting(PG_FUNCTION_ARGS)
{
	if (acting.active)
	{
		VzAudit		entry = {.action = "dba.stop_acting", .resource_type = "user"};

		entry.resource_id = vz_uuid_text(&acting.actor.user_id);
		vz_audit(&entry);
	}
	acting.active = false;
	acting.subid = InvalidSubTransactionId;
	PG_RETURN_VOID();
}

void
vz_acting_init(void)
{
	RegisterXactCallback(end_of_transaction, NULL);
	RegisterSubXactCallback(end_of_subtransaction, NULL);
}
