/*
 * acting.c
 *		A DBA's psql session that acts as a user (see acting.h).
 */
#include "acting.h"

#include "../ground/arguments.h"
#include "../ground/audit.h"
#include "../ground/query.h"
#include "../ground/refusal.h"
#include "../ground/token.h"

/* The user a DBA acts as, until stop_acting or the end of the session. */
static struct
{
	bool		active;
	SubTransactionId subid;		/* where act_as ran; invalid once committed */
	VzActor		actor;
}			acting;

#define ACCOUNT \
	"select id as user_id, username, " VZ_EFFECTIVE_ROLE("") " as role, status" \
	"  from veza_data.users"

static VzStmt find_by_id = VZ_LOOKUP(ACCOUNT " where id = $1", UUIDOID);
static VzStmt find_by_name = VZ_LOOKUP(ACCOUNT " where lower(username) = lower($1)", TEXTOID);

VZ_FUNCTION(act_as);
VZ_FUNCTION(stop_acting);

/* forget_acting makes the session act as nobody. */
static void
forget_acting(void)
{
	acting.active = false;
	vz_actor_act_as(NULL, InvalidOid);
}

bool
vz_account_find(const char *name_or_id, VzRow *row)
{
	pg_uuid_t	id = {0};

	if (vz_parse_uuid(name_or_id, id.data))
		return vz_query_row(&find_by_id, VZ_ARGS(vz_arg_uuid(&id)), row);
	return vz_query_row(&find_by_name, VZ_ARGS(vz_arg_text(name_or_id)), row);
}

/* take_rights gives the actor the present role of the account; one that is not active has none. */
static void
take_rights(const VzRow *account)
{
	acting.actor.role = vz_role_from_name(vz_row_text(account, "role"));
	if (strcmp(vz_row_text(account, "status"), "active") != 0)
		vz_raise(vz_fact(vz_fact(vz_refusal(VZ_E_USER_ACCOUNT_DISABLED), "account", vz_row_text(account, "username")),
						 "status", vz_row_text(account, "status")));
}

void
vz_acting_refresh(void)
{
	VzRow		row;

	if (!vz_query_row(&find_by_id, VZ_ARGS(vz_arg_uuid(&acting.actor.user_id)), &row))
		vz_raise(vz_fact_uuid(vz_refusal(VZ_E_USER_NOT_FOUND), "user_id", &acting.actor.user_id));
	take_rights(&row);
}

/* acting_xact_callback undoes an act_as that was rolled back together with its audit row. */
static void
acting_xact_callback(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_ABORT && acting.subid != InvalidSubTransactionId)
		forget_acting();
	if (event == XACT_EVENT_ABORT || event == XACT_EVENT_COMMIT)
		acting.subid = InvalidSubTransactionId;
}

/* acting_subxact_callback does the same for a savepoint. */
static void
acting_subxact_callback(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *arg)
{
	if (acting.subid != mine)
		return;
	if (event == SUBXACT_EVENT_ABORT_SUB)
	{
		forget_acting();
		acting.subid = InvalidSubTransactionId;
	}
	else if (event == SUBXACT_EVENT_COMMIT_SUB)
		acting.subid = parent;
}

/*
 * account_argument returns the argument that names an account, as text; NULL
 * when there is none, or its type is another. No output function of a type
 * that the caller may have made is called here, where we are the owner.
 */
static char *
account_argument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		return NULL;
	switch (get_fn_expr_argtype(fcinfo->flinfo, 0))
	{
		case UUIDOID:
			return vz_uuid_text(PG_GETARG_UUID_P(0));
		case TEXTOID:
		case VARCHAROID:
			return vz_text_argument(fcinfo, 0);
		case UNKNOWNOID:
			return PG_GETARG_CSTRING(0);
		default:
			return NULL;
	}
}

/* acting_row answers act_as: user_id, username, role, status. */
static Datum
acting_row(FunctionCallInfo fcinfo, const VzRow *account)
{
	static const char *const column[] = {"user_id", "username", "role", "status"};
	Datum		values[lengthof(column)];
	bool		nulls[lengthof(column)] = {0};

	for (int i = 0; i < (int) lengthof(column); i++)
		values[i] = vz_row_datum(account, column[i], &nulls[i]);
	return vz_return_row(fcinfo, lengthof(values), values, nulls);
}

/*
 * act_as makes a DBA's session act as a user, with that user's rights, until
 * stop_acting, and says who it is; it is written to the audit log. Whom the
 * session acted as before is forgotten first: after a refusal it is nobody,
 * so that what a script goes on to do is not done to somebody else.
 */
Datum
act_as(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzAudit		entry = {.action = "dba.act_as", .resource_type = "user"};
	char	   *name;
	VzRow		account;

	forget_acting();
	name = account_argument(fcinfo);
	if (name == NULL)
		vz_field_error(wrong, "account", "must be a username or an id");
	entry.reason = vz_reason_argument(fcinfo, 1, wrong);
	vz_raise_if(wrong);
	if (!vz_account_find(name, &account))
		vz_raise(vz_fact(vz_refusal(VZ_E_USER_NOT_FOUND), "account", name));

	memset(&acting.actor, 0, sizeof(acting.actor));
	acting.actor.user_id = *vz_row_uuid(&account, "user_id");
	acting.actor.is_dba = true;
	take_rights(&account);
	acting.active = true;
	vz_actor_act_as(&acting.actor, GetOuterUserId());
	acting.subid = GetCurrentSubTransactionId();

	entry.resource_id = vz_uuid_text(&acting.actor.user_id);
	vz_audit(&entry);
	return acting_row(fcinfo, &account);
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
	forget_acting();
	acting.subid = InvalidSubTransactionId;
	PG_RETURN_VOID();
}

void
vz_acting_init(void)
{
	RegisterXactCallback(acting_xact_callback, NULL);
	RegisterSubXactCallback(acting_subxact_callback, NULL);
}
