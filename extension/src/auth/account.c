/*
 * account.c
 *		Registering, logging in, and who one is.
 *
 * Several accounts may name an address, so that registering betrays nothing;
 * it identifies one of them at most (see ../mail/address.h), and a password is
 * compared with that of no other account.
 */
#include "../core/ground/arguments.h"
#include "../core/ground/audit.h"
#include "../core/ground/clock.h"
#include "../core/request/idempotency.h"
#include "../core/ground/json.h"
#include "../core/ground/refusal.h"
#include "../core/request/request.h"
#include "../core/ground/response.h"
#include "../core/ground/translation.h"
#include "../mail/address.h"
#include "../mail/mail.h"
#include "account.h"
#include "limit.h"
#include "lockout.h"
#include "password.h"
#include "second_factor.h"
#include "session.h"
#include "validators.h"

static VzStmt find_username = VZ_STMT(
	"select from veza_data.users where lower(username) = lower($1)", TEXTOID);

static VzStmt insert_user = VZ_STMT(
	"insert into veza_data.users (username, email, password_hash, first_name, last_name,"
	"                             created_at, updated_at, language)"
	" values ($1, $2, $3, $4, $5, $6, $6, coalesce(nullif($7, ''), 'en')) on conflict do nothing"
	" returning id, " VZ_EFFECTIVE_ROLE("") " as role, token_version",
	TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, TEXTOID);

static VzStmt find_by_username = VZ_STMT(
	"select id, password_hash, " VZ_EFFECTIVE_ROLE("") " as role, status, token_version from veza_data.users"
	" where lower(username) = $1 and status <> 'deleted'",
	TEXTOID);

static VzStmt find_by_id = VZ_STMT(
	"select id, password_hash, " VZ_EFFECTIVE_ROLE("") " as role, status, token_version from veza_data.users"
	" where id = $1 and status <> 'deleted'",
	UUIDOID);

static VzStmt lock_account = VZ_STMT(
	"select id, password_hash, " VZ_EFFECTIVE_ROLE("") " as role, status, token_version from veza_data.users"
	" where id = $1 and status <> 'deleted' for no key update",
	UUIDOID);

static VzStmt mark_login = VZ_STMT(
	"update veza_data.users set last_login_at = $2 where id = $1", UUIDOID, TIMESTAMPTZOID);

static VzStmt set_hash = VZ_STMT(
	"update veza_data.users set password_hash = $2 where id = $1", UUIDOID, TEXTOID);

static VzStmt find_revision = VZ_LOOKUP(
	"select revision from veza_data.users where id = $1 and status <> 'deleted'", UUIDOID);

static VzStmt me = VZ_LOOKUP("select * from veza_data.me_shape where id = $1", UUIDOID);

VZ_FUNCTION(auth_register);
VZ_FUNCTION(auth_login);
VZ_FUNCTION(auth_me);
VZ_FUNCTION(auth_check_username);

/* check_field adds what is wrong with a field to the refusal. */
static void
check_field(VzRefusal *wrong, const char *field, const char *value, const char *(*problem) (const char *))
{
	const char *what = value == NULL || value[0] == '\0' ? "is missing" : problem(value);

	if (what != NULL)
		vz_field_error(wrong, field, what);
}

/* login_answer starts a session and answers with tokens and the user. */
static Datum
login_answer(VzLogin *login, bool remember_me, bool is_new)
{
	char	   *tokens = vz_session_start(login, remember_me);
	StringInfoData json;
	Datum		user;
	Datum		email;
	bool		isnull;
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
		/* A registration that is repeated late may be of an account whose address was taken off. */
		email = vz_row_datum(&row, "email", &isnull);
		vz_json_append(&json, email, isnull, TEXTOID);
	}
	appendStringInfoChar(&json, '}');
	return vz_json_datum(&json);
}

/* read_login reads whom a session is for. */
static VzLogin
read_login(const VzRow *account)
{
	VzLogin		login = {.role = vz_row_text(account, "role"), .token_version = vz_row_int4(account, "token_version")};

	login.user_id = *vz_row_uuid(account, "id");
	return login;
}

/* fail_login records a failed login; whom it concerned is not said to the caller. */
static void
fail_login(const pg_uuid_t *user_id, const char *why)
{
	VzAudit		entry = {.action = "auth.login", .outcome = "failure", .resource_type = "user",
	.reason = why};

	entry.resource_id = user_id ? vz_uuid_text(user_id) : NULL;
	vz_audit(&entry);
}

/*
 * lock_verified_account locks the row of an account whose password was right, and reads
 * it again: meanwhile the password may have been changed, which has ended all
 * sessions, or the account locked. False when the password is not accepted.
 */
static bool
lock_verified_account(VzRow *account)
{
	char	   *compared = vz_row_text(account, "password_hash");
	pg_uuid_t	id = *vz_row_uuid(account, "id");
	bool		is_known = vz_query_row(&lock_account, VZ_ARGS(vz_arg_uuid(&id)), account) &&
		vz_password_equal(vz_row_text(account, "password_hash"), compared);

	if (is_known && !vz_lockout_is_locked(&id))
		return true;
	fail_login(&id, is_known ? "locked account" : "password changed meanwhile");
	vz_lockout_count(&id, NULL);
	return false;
}

/* check_after_password judges what comes after the password: the account's status and the second factor. */
static VzRefusal *
check_after_password(const VzRow *account, const char *totp_code, const char *recovery_code)
{
	const pg_uuid_t *user_id = vz_row_uuid(account, "id");
	VzRefusal  *refusal;

	if (strcmp(vz_row_text(account, "status"), "active") != 0)
	{
		fail_login(user_id, "disabled account");
		return vz_refusal(VZ_E_USER_ACCOUNT_DISABLED);
	}
	refusal = vz_second_factor_check(user_id, totp_code, recovery_code);
	if (refusal != NULL)
		fail_login(user_id, "second factor");
	if (refusal != NULL && vz_refusal_is(refusal, VZ_E_AUTH_2FA_INVALID))
		vz_lockout_count(user_id, NULL);
	return refusal;
}

/*
 * register_again answers a repeated registration: the account is there, and
 * since tokens are stored nowhere, it is logged in once more, if the password
 * is still the account's.
 */
static VzRefusal *
register_again(const pg_uuid_t *user_id, const char *password, VzLogin *login)
{
	VzRefusal  *refusal;
	VzRow		account;

	if (!vz_query_row(&find_by_id, VZ_ARGS(vz_arg_uuid(user_id)), &account) ||
		!vz_password_equal(vz_row_text(&account, "password_hash"),
						   vz_password_rehash(vz_row_text(&account, "password_hash"), password)) ||
		!lock_verified_account(&account))
		return vz_refusal(VZ_E_AUTH_INVALID_CREDENTIALS);
	if ((refusal = check_after_password(&account, NULL, NULL)) != NULL)
		return refusal;
	*login = read_login(&account);
	return NULL;
}

/*
 * auth_register makes an account with role user, logs it in, and has a mail
 * sent that confirms the address. Whether another account has the address is
 * not said, and nothing changes for that account. If it has confirmed the
 * address, its owner is told by mail, and the new one cannot confirm it.
 *
 * Arguments: username, email, password, first and last name (optional). All
 * wrong fields are named in one answer.
 */
Datum
auth_register(PG_FUNCTION_ARGS)
{
	char	   *username = vz_text_argument(fcinfo, 0);
	char	   *email = vz_lower(vz_text_argument(fcinfo, 1));
	char	   *password = PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2));
	const char *about[] = {username, email, vz_text_argument(fcinfo, 3), vz_text_argument(fcinfo, 4)};
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzAudit		entry = {.action = "auth.register", .resource_type = "user"};
	VzLogin		login;
	VzRow		row;

	check_field(wrong, "username", username, vz_username_problem);
	check_field(wrong, "email", email, vz_email_problem);
	vz_password_check(wrong, "password", password, about, lengthof(about));
	vz_raise_if(wrong);

	if (vz_idempotency_made() != NULL)
	{
		VzRefusal  *refusal = register_again(vz_idempotency_made(), password, &login);

		if (refusal != NULL)
			VZ_REFUSE_AND_KEEP(refusal);
		vz_set_status(201);
		return login_answer(&login, false, true);
	}
	if (vz_query_row(&find_username, VZ_ARGS(vz_arg_text(username)), &row))
		vz_raise(vz_fact(vz_refusal(VZ_E_USER_ALREADY_EXISTS), "field", "username"));
	if (!vz_query_row(&insert_user,
					  VZ_ARGS(vz_arg_text(username), vz_arg_text(email),
							  vz_arg_text(vz_password_hash(password)),
							  vz_arg_text(vz_text_argument(fcinfo, 3)),
							  vz_arg_text(vz_text_argument(fcinfo, 4)), vz_arg_time(vz_now()),
							  vz_arg_text(vz_actor()->language)), &row))
		vz_raise(vz_fact(vz_refusal(VZ_E_USER_ALREADY_EXISTS), "field", "username"));

	login = read_login(&row);
	vz_address_claim(&login.user_id, email, true);
	vz_mail_queue("verify_email", email, &login.user_id, NULL);
	vz_idempotency_remember(&login.user_id);
	entry.resource_id = vz_uuid_text(&login.user_id);
	vz_audit(&entry);
	vz_set_status(201);
	return login_answer(&login, false, true);
}

/* find_by_name finds the account that an address or a username identifies. */
static bool
find_by_name(const char *name, VzRow *account)
{
	pg_uuid_t	id;
	bool		is_known;

	if (strchr(name, '@') == NULL)
		return vz_query_row(&find_by_username, VZ_ARGS(vz_arg_text(name)), account);
	is_known = vz_address_find(name, &id);
	/* Nobody is looked up, too: the work is the same. */
	return vz_query_row(&find_by_id, VZ_ARGS(vz_arg_uuid(is_known ? &id : NULL)), account);
}

/*
 * find_account finds the account that the name identifies, if the password is
 * its own. One hash is computed, whether there is such an account or not.
 */
static bool
find_account(const char *name, const char *password, VzRow *account)
{
	bool		is_known = find_by_name(name, account);
	const char *hash = is_known ? vz_row_text(account, "password_hash") : NULL;

	if (vz_password_equal(hash, vz_password_rehash(hash, password)))
		return true;
	fail_login(is_known ? vz_row_uuid(account, "id") : NULL, is_known ? "wrong password" : "unknown account");
	vz_lockout_count(is_known ? vz_row_uuid(account, "id") : NULL, name);
	return false;
}

/*
 * auth_login exchanges e-mail address (or username) and password for tokens,
 * with the code of the second factor if the account has one. A failed login
 * is answered as a value, so that its record stays; an unknown address and a
 * wrong password take the same work and get the same answer.
 */
Datum
auth_login(PG_FUNCTION_ARGS)
{
	char	   *name = vz_lower(vz_text_argument(fcinfo, 0));
	char	   *password = PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1));
	bool		remember_me = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzAudit		entry = {.action = "auth.login", .resource_type = "user"};
	VzRefusal  *refusal;
	VzLogin		login;
	VzRow		row;

	if (name == NULL || name[0] == '\0')
		vz_field_error(wrong, "email", "is missing");
	if (password == NULL || password[0] == '\0')
		vz_field_error(wrong, "password", "is missing");
	else if (strlen(password) > VZ_PASSWORD_MAX_BYTES)
		vz_field_error(wrong, "password", "must have at most 128 characters");
	vz_raise_if(wrong);

	refusal = vz_limit_take("login", name, vz_setting_int("login_limit"), vz_setting_int("login_window"));
	if (refusal != NULL)
		VZ_REFUSE_AND_KEEP(refusal);
	if (!find_account(name, password, &row) || !lock_verified_account(&row))
		VZ_REFUSE_AND_KEEP(vz_refusal(VZ_E_AUTH_INVALID_CREDENTIALS));
	refusal = check_after_password(&row, vz_text_argument(fcinfo, 3), vz_text_argument(fcinfo, 4));
	if (refusal != NULL)
		VZ_REFUSE_AND_KEEP(refusal);

	vz_limit_give_back("login", name);
	login = read_login(&row);
	vz_lockout_forget(&login.user_id);
	if (vz_password_is_outdated(vz_row_text(&row, "password_hash")))
		vz_execute(&set_hash, VZ_ARGS(vz_arg_uuid(&login.user_id), vz_arg_text(vz_password_hash(password))));
	entry.resource_id = vz_uuid_text(&login.user_id);
	vz_audit(&entry);
	return login_answer(&login, remember_me, false);
}

bool
vz_account_json(const pg_uuid_t *user_id, Datum *json)
{
	VzRow		row;

	if (!vz_query_row(&find_revision, VZ_ARGS(vz_arg_uuid(user_id)), &row) ||
		!vz_json_row(&me, VZ_ARGS(vz_arg_uuid(user_id)), json))
		return false;
	vz_set_etag(user_id, vz_row_int8(&row, "revision"));
	return true;
}

/* auth_me shows the actor's own account. */
Datum
auth_me(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	Datum		json;

	if (!vz_account_json(&actor->user_id, &json))
		VZ_REFUSE(vz_refusal(VZ_E_USER_NOT_FOUND));
	return json;
}

/* auth_check_username says whether a username can still be chosen. */
Datum
auth_check_username(PG_FUNCTION_ARGS)
{
	char	   *username = vz_text_argument(fcinfo, 0);
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	StringInfoData json;
	VzRow		row;
	bool		is_taken;

	check_field(wrong, "username", username, vz_username_problem);
	VZ_REFUSE_IF(wrong);
	is_taken = vz_query_row(&find_username, VZ_ARGS(vz_arg_text(username)), &row);
	initStringInfo(&json);
	appendStringInfoString(&json, "{\"username\":");
	escape_json(&json, username);
	appendStringInfo(&json, ",\"available\":%s,\"reason\":", is_taken ? "false" : "true");
	if (is_taken)
		escape_json(&json, vz_translate("is taken"));
	else
		appendStringInfoString(&json, "null");
	appendStringInfoChar(&json, '}');
	return vz_json_datum(&json);
}
