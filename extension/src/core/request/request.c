/*
 * request.c
 *		The beginning of a request, and what it may do (see request.h).
 */
#include "request.h"

#include "acting.h"
#include "../ground/arguments.h"
#include "../ground/clock.h"
#include "condition.h"
#include "idempotency.h"
#include "../ground/query.h"
#include "../ground/refusal.h"
#include "../ground/response.h"
#include "utils/backend_status.h"
#include "utils/guc.h"

static VzStmt find_user = VZ_LOOKUP(
	"select " VZ_EFFECTIVE_ROLE("") " as role, status, token_version"
	"  from veza_data.users where id = $1",
	UUIDOID);

static VzStmt find_live_session = VZ_LOOKUP(
	"select id from veza_data.session where id = $2 and user_id = $1 and ended_at is null and expires_at > now()",
	UUIDOID, UUIDOID);

VZ_FUNCTION(begin_request);
VZ_FUNCTION(actor_id);

/* vz_role_is_creator: every role but the plain listener may publish. */
bool
vz_role_is_creator(VzRole role)
{
	return role != VZ_ROLE_NONE && role != VZ_ROLE_USER;
}

bool
vz_may_create(const VzActor *actor)
{
	return vz_role_is_creator(actor->role) || (actor->role != VZ_ROLE_NONE && vz_setting_int("bypass_creator_role") != 0);
}

/* copy_argument copies a text argument, cut to the size of the field. */
static void
copy_argument(char *dst, size_t size, FunctionCallInfo fcinfo, int argno)
{
	dst[0] = '\0';
	if (!PG_ARGISNULL(argno))
		text_to_cstring_buffer(PG_GETARG_TEXT_PP(argno), dst, size);
}

/*
 * check_identity reads user, role and session from the tables and puts them
 * into the actor; it returns the error when the token no longer holds.
 */
static bool
check_identity(VzActor *actor, const pg_uuid_t *user_id, const pg_uuid_t *session_id,
			   int32 token_version, VzError *error)
{
	VzRow		row;

	if (!vz_query_found(&find_live_session, VZ_ARGS(vz_arg_uuid(user_id), vz_arg_uuid(session_id))) ||
		!vz_query_row(&find_user, VZ_ARGS(vz_arg_uuid(user_id)), &row) ||
		vz_row_int4(&row, "token_version") != token_version)
	{
		*error = VZ_E_AUTH_TOKEN_INVALID;
		return false;
	}
	if (strcmp(vz_row_text(&row, "status"), "active") != 0)
	{
		*error = VZ_E_USER_ACCOUNT_DISABLED;
		return false;
	}
	actor->role = vz_role_from_name(vz_row_text(&row, "role"));
	actor->user_id = *user_id;
	actor->session_id = *session_id;
	actor->has_session = true;
	return true;
}

/* check_auth returns whether the actor satisfies the route's auth word. */
static bool
check_auth(const char *auth, const VzActor *actor, VzError *error)
{
	if (strcmp(auth, "public") == 0 || strcmp(auth, "optional") == 0 ||
		strcmp(auth, "webhook") == 0)
		return true;
	*error = VZ_E_AUTH_REQUIRED;
	if (actor->role == VZ_ROLE_NONE)
		return false;
	if (strcmp(auth, "user") == 0)
		return true;
	if (strcmp(auth, "creator") == 0)
	{
		*error = VZ_E_CREATOR_ROLE_REQUIRED;
		return vz_may_create(actor);
	}
	*error = VZ_E_AUTH_INSUFFICIENT_PERMISSIONS;
	return strcmp(auth, "admin") == 0 && actor->role == VZ_ROLE_ADMIN;
}

/*
 * begin_request makes the caller of an HTTP request the actor of this
 * statement; it returns true when the route may run.
 *
 * Arguments: the route's auth word, whether the lane is the reads lane, then
 * user, session and token version of the verified token (NULL when none was
 * sent), request id, client address, user agent, language that the caller
 * reads, If-Match, Idempotency-Key with the digest of the request,
 * If-None-Match.
 */
Datum
begin_request(PG_FUNCTION_ARGS)
{
	char	   *auth;
	VzActor    *actor;
	VzError		error;
	bool		admitted = true;

	VZ_REQUIRE_ARGUMENTS("auth", "is_read");
	auth = text_to_cstring(PG_GETARG_TEXT_PP(0));
	vz_head_reset();
	actor = vz_actor_begin(fcinfo->flinfo->fn_mcxt);
	actor->is_http = true;
	actor->is_read = PG_GETARG_BOOL(1);
	copy_argument(actor->request_id, sizeof(actor->request_id), fcinfo, 5);
	copy_argument(actor->address, sizeof(actor->address), fcinfo, 6);
	copy_argument(actor->user_agent, sizeof(actor->user_agent), fcinfo, 7);
	copy_argument(actor->language, sizeof(actor->language), fcinfo, 8);
	copy_argument(actor->idempotency_key, sizeof(actor->idempotency_key), fcinfo, 10);
	copy_argument(actor->idempotency_hash, sizeof(actor->idempotency_hash), fcinfo, 11);
	vz_conditions_take(PG_ARGISNULL(9) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(9)),
					   PG_ARGISNULL(12) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(12)));
	vz_idempotency_reset();
	if (actor->request_id[0] != '\0')
	{
		char		activity[NAMEDATALEN];

		snprintf(activity, sizeof(activity), "%s %s", application_name, actor->request_id);
		pgstat_report_appname(activity);
	}

	if (!PG_ARGISNULL(2) && strcmp(auth, "public") != 0 && strcmp(auth, "webhook") != 0)
	{
		if (PG_ARGISNULL(3) || PG_ARGISNULL(4))
		{
			error = VZ_E_AUTH_TOKEN_INVALID;
			admitted = false;
		}
		else
			admitted = check_identity(actor, PG_GETARG_UUID_P(2), PG_GETARG_UUID_P(3),
									  PG_GETARG_INT32(4), &error);
	}
	if (admitted)
		admitted = check_auth(auth, actor, &error);
	if (!admitted)
		vz_refuse(vz_refusal(error));
	PG_RETURN_BOOL(admitted);
}

const VzActor *
vz_require_user(void)
{
	const VzActor *actor = vz_actor();

	if (actor->is_dba)
		vz_acting_refresh();
	if (actor->role == VZ_ROLE_NONE)
		vz_raise_error(VZ_E_AUTH_REQUIRED);
	return actor;
}

const VzActor *
vz_require_admin(void)
{
	const VzActor *actor = vz_require_user();

	if (actor->role != VZ_ROLE_ADMIN)
		vz_raise(vz_fact(vz_refusal(VZ_E_AUTH_INSUFFICIENT_PERMISSIONS), "required_role", "admin"));
	return actor;
}

const VzActor *
vz_require_creator(void)
{
	const VzActor *actor = vz_require_user();

	if (!vz_may_create(actor))
		vz_raise(vz_fact(vz_refusal(VZ_E_CREATOR_ROLE_REQUIRED), "role", vz_role_name(actor->role)));
	return actor;
}

void
vz_install_actor(const VzActor *actor)
{
	if (!actor->is_http)
		return;					/* a DBA's actor outlives the phases by itself */
	vz_head_reset();
	vz_actor_install(actor);
}

/* request_xact_callback forgets the request, whatever became of its statement's memory. */
static void
request_xact_callback(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_ABORT:
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_PREPARE:
			vz_actor_forget();
			vz_head_reset();
			break;
		default:
			break;
	}
}

/* actor_id returns the present actor's user id, or NULL. */
Datum
actor_id(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_actor();
	pg_uuid_t  *id;

	if (actor->role == VZ_ROLE_NONE)
		PG_RETURN_NULL();
	id = palloc(sizeof(pg_uuid_t));
	*id = actor->user_id;
	PG_RETURN_UUID_P(id);
}

void
vz_request_init(void)
{
	RegisterXactCallback(request_xact_callback, NULL);
}
