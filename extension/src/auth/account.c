/*
 * account.c
 *		Registering, logging in, and who one is.
 */
#include "../core/audit.h"
#include "../core/clock.h"
#include "../core/json.h"
#include "../core/refusal.h"
#include "../core/request.h"
#include "../core/response.h"
#include "password.h"
#include "session.h"
#include "validators.h"

static VzStmt taken = VZ_STMT(
	"select lower(email) = lower($1) as by_email from veza_data.users"
	" where lower(email) = lower($1) or lower(username) = lower($2)"
	" order by 1 desc limit 1",
	TEXTOID, TEXTOID);

static VzStmt insert_user = VZ_STMT(
	"insert into veza_data.users (username, email, password_hash, first_name, last_name,"
	"                             created_at, updated_at)"
	" values ($1, lower($2), $3, $4, $5, $6, $6) on conflict do nothing"
	" returning id, role, token_version",
	TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID);

static VzStmt find_user = VZ_STMT(
	"select id, password_hash, role, status, token_version from veza_data.users"
	" where lower(email) = lower($1)",
	TEXTOID);

static VzStmt mark_login = VZ_STMT(
	"update veza_data.users set last_login_at = $2 where id = $1", UUIDOID, TIMESTAMPTZOID);

static VzStmt me = VZ_STMT("select * from veza_data.me_shape where id = $1", UUIDOID);

VZ_FUNCTION(auth_register);
VZ_FUNCTION(auth_login);
VZ_FUNCTION(auth_me);

/* text_argument returns a trimmed text argument, or NULL. */
static char *
text_argument(FunctionCallInfo fcinfo, int argno)
{
	char	   *trimmed;
	size_t		len;

	if (PG_ARGISNULL(argno))
		return NULL;
	trimmed = text_to_cstring(PG_GETARG_TEXT_PP(argno));
	trimmed += strspn(trimmed, " \t\r\n");
	for (len = strlen(trimmed); len > 0 && strchr(" \t\r\n", trimmed[len - 1]) != NULL; len--)
		trimmed[len - 1] = '\0';
	return trimmed;
}

/* check_field adds what is wrong with a field to the refusal. */
static void
check_field(VzRefusal *wrong, const char *field, const char *value, const char *(*problem) (const char *))
{
	const char *what = value == NULL || value[0] == '\0' ? "is missing" : problem(value);

	if (what != NULL)
		vz_field_error(wrong, field, what);
}

/* logged_in starts a session and answers with tokens and the user. */
static Datum
logged_in(VzLogin *login, bool remember_me, bool is_new)
{
	char	   *tokens = vz_session_start(login, remember_me);
	StringInfoData json;
	Datum		user;
	VzRow		row;

	vz_execute(&mark_login, VZ_ARGS(vz_arg_uuid(&login->user_id), vz_arg_time(vz_now())));
	vz_json_row(&me, VZ_ARGS(vz_arg_uuid(&login->user_id)), &user);
	initStringInfo(&json);
	appendStringInfo(&json, "{%s,\"user\":%s", tokens, TextDatumGetCString(user));
	if (is_new)
	{
		/* Older clients read these three beside the user. */
		vz_query_row(&me, VZ_ARGS(vz_arg_uuid(&login->user_id)), &row);
		appendStringInfo(&json, ",\"user_id\":\"%s\",\"username\":", vz_uuid_text(&login->user_id));
		escape_json(&json, vz_row_text(&row, "username"));
		appendStringInfoString(&json, ",\"email\":");
		escape_json(&json, vz_row_text(&row, "email"));
	}
	appendStringInfoChar(&json, '}');
	return vz_json_datum(&json);
}

/*
 * auth_register makes an account with role user and logs it in.
 *
 * Arguments: username, email, password, first and last name (optional). All
 * wrong fields are named in one answer.
 */
Datum
auth_register(PG_FUNCTION_ARGS)
{
	char	   *username = text_argument(fcinfo, 0);
	char	   *email = text_argument(fcinfo, 1);
	char	   *password = PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2));
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzAudit		entry = {.action = "auth.register", .resource_type = "user"};
	const char *problem;
	VzLogin		login;
	VzRow		row;

	check_field(wrong, "username", username, vz_username_problem);
	check_field(wrong, "email", email, vz_email_problem);
	problem = password == NULL ? "is missing"
		: vz_password_problem(strlen(password), pg_mbstrlen(password));
	if (problem != NULL)
		vz_field_error(wrong, "password", problem);
	vz_raise_if(wrong);

	if (vz_query_row(&taken, VZ_ARGS(vz_arg_text(email), vz_arg_text(username)), &row))
		vz_raise(vz_fact(vz_refusal(VZ_E_USER_ALREADY_EXISTS), "field",
						 vz_row_bool(&row, "by_email") ? "email" : "username"));
	if (!vz_query_row(&insert_user,
					  VZ_ARGS(vz_arg_text(username), vz_arg_text(email),
							  vz_arg_text(vz_password_hash(password)),
							  vz_arg_text(text_argument(fcinfo, 3)),
							  vz_arg_text(text_argument(fcinfo, 4)), vz_arg_time(vz_now())), &row))
		vz_raise(vz_fact(vz_refusal(VZ_E_USER_ALREADY_EXISTS), "field", "email or username"));

	login.user_id = *vz_row_uuid(&row, "id");
	login.role = vz_row_text(&row, "role");
	login.token_version = vz_row_int4(&row, "token_version");
	entry.resource_id = vz_uuid_text(&login.user_id);
	vz_audit(&entry);
	vz_set_status(201);
	return logged_in(&login, false, true);
}

/* fail_login records a failed login; whom it concerned is not said. */
static void
fail_login(const pg_uuid_t *user_id, const char *why)
{
	VzAudit		entry = {.action = "auth.login", .outcome = "failure", .resource_type = "user",
	.reason = why};

	entry.resource_id = user_id ? vz_uuid_text(user_id) : NULL;
	vz_audit(&entry);
}

/*
 * auth_login exchanges e-mail address and password for tokens. A failed login
 * is answered as a value, so that its record stays; an unknown address and a
 * wrong password take the same work and get the same answer.
 */
Datum
auth_login(PG_FUNCTION_ARGS)
{
	char	   *email = text_argument(fcinfo, 0);
	char	   *password = PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1));
	bool		remember_me = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzAudit		entry = {.action = "auth.login", .resource_type = "user"};
	bool		is_known;
	VzLogin		login;
	VzRow		row;

	if (email == NULL || email[0] == '\0')
		vz_field_error(wrong, "email", "is missing");
	if (password == NULL || password[0] == '\0')
		vz_field_error(wrong, "password", "is missing");
	else if (strlen(password) > VZ_PASSWORD_MAX_BYTES)
		vz_field_error(wrong, "password", "must have at most 128 characters");
	vz_raise_if(wrong);

	is_known = vz_query_row(&find_user, VZ_ARGS(vz_arg_text(email)), &row);
	if (!vz_password_verify(is_known ? vz_row_text(&row, "password_hash") : NULL, password))
	{
		fail_login(is_known ? vz_row_uuid(&row, "id") : NULL, is_known ? "wrong password" : "unknown address");
		VZ_REFUSE_AND_KEEP(vz_refusal(VZ_E_AUTH_INVALID_CREDENTIALS));
	}
	login.user_id = *vz_row_uuid(&row, "id");
	if (strcmp(vz_row_text(&row, "status"), "active") != 0)
	{
		fail_login(&login.user_id, "disabled account");
		VZ_REFUSE_AND_KEEP(vz_refusal(VZ_E_USER_ACCOUNT_DISABLED));
	}
	login.role = vz_row_text(&row, "role");
	login.token_version = vz_row_int4(&row, "token_version");
	entry.resource_id = vz_uuid_text(&login.user_id);
	vz_audit(&entry);
	return logged_in(&login, remember_me, false);
}

/* auth_me shows the actor's own account. */
Datum
auth_me(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	Datum		json;

	if (!vz_json_row(&me, VZ_ARGS(vz_arg_uuid(&actor->user_id)), &json))
		VZ_REFUSE(vz_refusal(VZ_E_USER_NOT_FOUND));
	return json;
}
