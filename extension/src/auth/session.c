/*
 * session.c
 *		Login sessions and the tokens they give out (see session.h).
 *
 * An access token is composed here and signed by veza-httpd: keys live only
 * in its environment. A refresh token is random and stored as a hash. Refresh
 * tokens rotate lazily: the old one stays good until its successor is first
 * used, because some clients keep the old one; using it after that is theft
 * and ends the session.
 */
#include "session.h"

#include "../core/ground/audit.h"
#include "../core/ground/clock.h"
#include "../core/ground/digest.h"
#include "../core/ground/json.h"
#include "../core/ground/refusal.h"
#include "../core/request/request.h"
#include "../core/ground/response.h"
#include "../mail/mail.h"
#include "../core/ground/secret.h"
#include "device.h"

static VzStmt insert_session = VZ_STMT(
	"insert into veza_data.session"
	"  (user_id, remember_me, ip_address, user_agent, created_at, last_used_at, expires_at, device)"
	" values ($1, $2, $3, $4, $5, $5, $6, $7) returning id",
	UUIDOID, BOOLOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTOID);

static VzStmt insert_token = VZ_STMT(
	"insert into veza_data.refresh_token (session_id, parent_id, token_hash, created_at)"
	" values ($1, $2, $3, $4)",
	UUIDOID, UUIDOID, BYTEAOID, TIMESTAMPTZOID);

/* Who uses tokens of one session does so one after the other, and each sees what the one before has done. */
static VzStmt lock_session = VZ_STMT(
	"select from veza_data.session where id ="
	" (select session_id from veza_data.refresh_token where token_hash = $1) for update",
	BYTEAOID);

static VzStmt find_token = VZ_STMT(
	"select t.id, t.parent_id, t.session_id, t.used_at is not null as was_used,"
	"       t.retired_at is not null as is_retired,"
	"       s.ended_at is null and s.expires_at > $2 as session_is_live, s.expires_at,"
	"       u.id as user_id, " VZ_EFFECTIVE_ROLE("u.") " as role, u.status, u.token_version"
	"  from veza_data.refresh_token t"
	"  join veza_data.session s on s.id = t.session_id"
	"  join veza_data.users u on u.id = s.user_id"
	" where t.token_hash = $1",
	BYTEAOID, TIMESTAMPTZOID);

/* The successor is used for the first time: its parent and the parent's other children are done. */
static VzStmt retire_family = VZ_STMT(
	"update veza_data.refresh_token set retired_at = $3"
	" where retired_at is null and (id = $2 or parent_id = $2 and id <> $1)",
	UUIDOID, UUIDOID, TIMESTAMPTZOID);

static VzStmt mark_used = VZ_STMT(
	"with t as (update veza_data.refresh_token set used_at = coalesce(used_at, $3) where id = $1)"
	" update veza_data.session set last_used_at = $3 where id = $2",
	UUIDOID, UUIDOID, TIMESTAMPTZOID);

static VzStmt end_sessions = VZ_STMT(
	"update veza_data.session set ended_at = $3, end_reason = $4"
	" where user_id = $1 and ended_at is null and ($2 is null or id = $2) and id is distinct from $5",
	UUIDOID, UUIDOID, TIMESTAMPTZOID, TEXTOID, UUIDOID);

static VzStmt find_remember_me = VZ_STMT("select remember_me from veza_data.session where id = $1", UUIDOID);

static VzStmt list_sessions = VZ_STMT(
	"select id, ip_address, user_agent, device, created_at, last_used_at, expires_at, remember_me,"
	"       id is not distinct from $2 as is_current"
	"  from veza_data.session where user_id = $1 and ended_at is null and expires_at > $3"
	" order by last_used_at desc, id desc limit 100",
	UUIDOID, UUIDOID, TIMESTAMPTZOID);

VZ_FUNCTION(auth_refresh);
VZ_FUNCTION(auth_logout);
VZ_FUNCTION(auth_sessions);
VZ_FUNCTION(auth_session_revoke);

/* token_hash returns the SHA-256 of a refresh token. */
static VzArg
token_hash(const char *token)
{
	return vz_arg_sha256(token, strlen(token));
}

/* new_refresh_token stores a new token of the session and returns it. */
static char *
new_refresh_token(const pg_uuid_t *session_id, const pg_uuid_t *parent_id)
{
	char	   *token = vz_secret_new();

	vz_execute(&insert_token, VZ_ARGS(vz_arg_uuid(session_id), vz_arg_uuid(parent_id),
									  token_hash(token), vz_arg_time(vz_now())));
	return token;
}

/* seal_access asks veza-httpd to sign an access token for the session. */
static int64
seal_access(const VzLogin *login, const pg_uuid_t *session_id)
{
	int64		ttl = vz_setting_int("access_token_ttl");
	int64		now = (int64) time(NULL);

	vz_seal("access_token", "access",
			psprintf("{\"sub\":\"%s\",\"sid\":\"%s\",\"token_version\":%d,\"role\":\"%s\","
					 "\"iat\":" INT64_FORMAT ",\"exp\":" INT64_FORMAT "}",
					 vz_uuid_text(&login->user_id), vz_uuid_text(session_id),
					 login->token_version, login->role, now, now + ttl));
	return ttl;
}

/* set_refresh_cookie gives browsers the refresh token where no script reads it; without a token it takes it away. */
static void
set_refresh_cookie(const char *refresh_token, TimestampTz until)
{
	/* Earlier versions set it for these addresses only; there it would stand before the present one. */
	vz_set_cookie(VZ_REFRESH_COOKIE, "", "/api/v1/auth", 0);
	if (refresh_token != NULL)
		vz_set_session_cookie(VZ_REFRESH_COOKIE, refresh_token, "/api/v1", (until - vz_now()) / USECS_PER_SEC);
	else
		vz_set_cookie(VZ_REFRESH_COOKIE, "", "/api/v1", 0);
}

/* token_members returns the members of an answer that carries tokens. */
static char *
token_members(const VzLogin *login, const pg_uuid_t *session_id, const char *refresh_token, TimestampTz until)
{
	set_refresh_cookie(refresh_token, until);
	return psprintf("\"refresh_token\":\"%s\",\"token_type\":\"Bearer\",\"expires_in\":" INT64_FORMAT,
					refresh_token, seal_access(login, session_id));
}

char *
vz_session_start(const VzLogin *login, bool remember_me)
{
	const VzActor *actor = vz_actor();
	TimestampTz now = vz_now();
	char		device[VZ_DEVICE_NAME_MAX];
	const char *setting = remember_me ? "session_ttl_remember" : "session_ttl";
	TimestampTz until = vz_time_plus(now, vz_setting_int(setting));
	const pg_uuid_t *id;
	VzRow		row;

	vz_device_name(actor->user_agent, device, sizeof(device));
	vz_query_row(&insert_session,
				 VZ_ARGS(vz_arg_uuid(&login->user_id), vz_arg_bool(remember_me),
						 vz_arg_text(actor->address[0] ? actor->address : NULL),
						 vz_arg_text(actor->user_agent[0] ? actor->user_agent : NULL),
						 vz_arg_time(now), vz_arg_time(until), vz_arg_text(device[0] ? device : NULL)),
				 &row);
	id = vz_row_uuid(&row, "id");
	return token_members(login, id, new_refresh_token(id, NULL), until);
}

uint64
vz_sessions_end(const pg_uuid_t *user_id, const pg_uuid_t *only, const pg_uuid_t *except, const char *reason)
{
	return vz_execute(&end_sessions, VZ_ARGS(vz_arg_uuid(user_id), vz_arg_uuid(only), vz_arg_time(vz_now()),
											 vz_arg_text(reason), vz_arg_uuid(except)));
}

char *
vz_session_replace(const VzLogin *login, const pg_uuid_t *session_id, const char *reason)
{
	VzRow		row;
	bool		remember_me = vz_query_row(&find_remember_me, VZ_ARGS(vz_arg_uuid(session_id)), &row) &&
		vz_row_bool(&row, "remember_me");

	vz_sessions_end(&login->user_id, session_id, NULL, reason);
	return vz_session_start(login, remember_me);
}

/* refuse_theft ends the session of a token that was used after its successor. */
static void
refuse_theft(const VzRow *row)
{
	VzAudit		entry = {.action = "auth.refresh_reuse", .outcome = "failure", .resource_type = "session"};

	vz_sessions_end(vz_row_uuid(row, "user_id"), vz_row_uuid(row, "session_id"), NULL, "token_reuse");
	vz_mail_notify("token_reuse", vz_row_uuid(row, "user_id"), NULL);
	entry.resource_id = vz_row_uuid_text(row, "session_id");
	entry.reason = "a retired refresh token was used";
	vz_audit(&entry);
}

/* refused_token refuses a refresh token; a browser forgets it. */
static VzRefusal *
refused_token(VzError error)
{
	set_refresh_cookie(NULL, 0);
	return vz_refusal(error);
}

/*
 * auth_refresh exchanges a refresh token for a new access token and a new
 * refresh token. Reuse of a retired token ends the session; that refusal is
 * kept, not rolled back.
 */
Datum
auth_refresh(PG_FUNCTION_ARGS)
{
	char	   *token;
	VzLogin		login;
	char	   *next;
	VzRow		row;
	StringInfoData json;
	TimestampTz now = vz_now();

	if (PG_ARGISNULL(0))
		vz_raise(vz_field_error(vz_refusal(VZ_E_VALIDATION_ERROR), "refresh_token", "is missing"));
	token = text_to_cstring(PG_GETARG_TEXT_PP(0));
	if (!vz_secret_is_well_formed(token) ||
		!vz_query_row(&lock_session, VZ_ARGS(token_hash(token)), &row) ||
		!vz_query_row(&find_token, VZ_ARGS(token_hash(token), vz_arg_time(now)), &row) ||
		!vz_row_bool(&row, "session_is_live"))
		VZ_REFUSE_AND_KEEP(refused_token(VZ_E_AUTH_REFRESH_TOKEN_INVALID));
	if (vz_row_bool(&row, "is_retired"))
	{
		refuse_theft(&row);
		VZ_REFUSE_AND_KEEP(refused_token(VZ_E_AUTH_REFRESH_TOKEN_INVALID));
	}
	if (strcmp(vz_row_text(&row, "status"), "active") != 0)
		VZ_REFUSE_AND_KEEP(refused_token(VZ_E_USER_ACCOUNT_DISABLED));

	if (!vz_row_bool(&row, "was_used") && !vz_row_isnull(&row, "parent_id"))
		vz_execute(&retire_family, VZ_ARGS(vz_arg_uuid(vz_row_uuid(&row, "id")),
										   vz_arg_uuid(vz_row_uuid(&row, "parent_id")),
										   vz_arg_time(now)));
	vz_execute(&mark_used, VZ_ARGS(vz_arg_uuid(vz_row_uuid(&row, "id")),
								   vz_arg_uuid(vz_row_uuid(&row, "session_id")), vz_arg_time(now)));
	next = new_refresh_token(vz_row_uuid(&row, "session_id"), vz_row_uuid(&row, "id"));

	login.user_id = *vz_row_uuid(&row, "user_id");
	login.role = vz_row_text(&row, "role");
	login.token_version = vz_row_int4(&row, "token_version");
	initStringInfo(&json);
	appendStringInfo(&json, "{%s}", token_members(&login, vz_row_uuid(&row, "session_id"), next,
													vz_row_time(&row, "expires_at")));
	return vz_json_datum(&json);
}

/* auth_logout ends the actor's session, or all of them; answers how many. */
Datum
auth_logout(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	bool		all = !PG_ARGISNULL(0) && PG_GETARG_BOOL(0);
	VzAudit		entry = {.action = "auth.logout", .resource_type = "user"};
	StringInfoData json;
	uint64		n = 0;

	if (all || actor->has_session)
		n = vz_sessions_end(&actor->user_id, all ? NULL : &actor->session_id, NULL, all ? "logout_all" : "logout");
	entry.resource_id = vz_uuid_text(&actor->user_id);
	entry.details = psprintf("{\"sessions\":" UINT64_FORMAT "}", n);
	vz_audit(&entry);
	set_refresh_cookie(NULL, 0);
	initStringInfo(&json);
	appendStringInfo(&json, "{\"devices_disconnected\":" UINT64_FORMAT "}", n);
	return vz_json_datum(&json);
}

/* auth_sessions lists the actor's live sessions, the last used first. */
Datum
auth_sessions(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();

	return vz_json_rows(&list_sessions, VZ_ARGS(vz_arg_uuid(&actor->user_id),
												vz_arg_uuid(actor->has_session ? &actor->session_id : NULL),
												vz_arg_time(vz_now())), NULL);
}

/* auth_session_revoke ends one of the actor's sessions. */
Datum
auth_session_revoke(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	VzAudit		entry = {.action = "auth.session_revoke", .resource_type = "session"};

	if (PG_ARGISNULL(0) ||
		vz_sessions_end(&actor->user_id, PG_GETARG_UUID_P(0), NULL, "revoked") == 0)
		vz_raise_error(VZ_E_SESSION_NOT_FOUND);
	entry.resource_id = vz_uuid_text(PG_GETARG_UUID_P(0));
	vz_audit(&entry);
	PG_RETURN_TEXT_P(cstring_to_text("{\"revoked\":true}"));
}
