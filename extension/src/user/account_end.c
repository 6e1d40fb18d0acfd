/*
 * account_end.c
 *		What is left of an account that ends (see account_end.h).
 *
 * The audit log stays: it is append-only, and names accounts by their keys.
 */
#include "account_end.h"

#include "../auth/session.h"
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../mail/address.h"
#include "../mail/mail.h"

static VzStmt find_user = VZ_STMT("select username from veza_data.users where id = $1", UUIDOID);

/* The language stays: the last mail is written in it. */
static VzStmt empty_user = VZ_STMT(
	"update veza_data.users"
	"   set status = 'deleted', username = 'deleted-' || left(replace(id::text, '-', ''), 20), email = null,"
	"       pending_email = null, password_hash = null, role = 'user', plan_role = null, plan_role_until = null,"
	"       is_verified = false, token_version = token_version + 1, first_name = null, last_name = null,"
	"       display_name = null, bio = null, avatar = null, avatar_file = null, location = null, website = null, timezone = 'UTC',"
	"       social_links = '{}', skills = '{}', preferences = '{}', last_login_at = null, password_changed_at = null,"
	"       revision = revision + 1, updated_at = $2"
	" where id = $1",
	UUIDOID, TIMESTAMPTZOID);

static VzStmt empty_sessions = VZ_STMT(
	"update veza_data.session set ip_address = null, user_agent = null, device = null where user_id = $1", UUIDOID);

static VzStmt delete_refresh_tokens = VZ_STMT(
	"delete from veza_data.refresh_token where session_id in (select id from veza_data.session where user_id = $1)",
	UUIDOID);

static VzStmt delete_one_time_tokens = VZ_STMT("delete from veza_data.one_time_token where user_id = $1", UUIDOID);

/* The recovery codes go with it. */
static VzStmt delete_two_factor = VZ_STMT("delete from veza_data.two_factor where user_id = $1", UUIDOID);

static VzStmt delete_failures = VZ_STMT("delete from veza_data.login_failure where user_id = $1", UUIDOID);

static VzStmt delete_answers = VZ_STMT("delete from veza_data.idempotency where user_id = $1", UUIDOID);

/* queue_farewell queues the last mail, which knows the name that the account had. */
static void
queue_farewell(const pg_uuid_t *user_id, const char *email, const char *username)
{
	StringInfoData data;

	initStringInfo(&data);
	appendStringInfoString(&data, "{\"former_username\":");
	escape_json(&data, username);
	appendStringInfoChar(&data, '}');
	vz_mail_queue("account_deleted", email, user_id, data.data);
}

void
vz_user_anonymise(const pg_uuid_t *user_id)
{
	VzArg		id = vz_arg_uuid(user_id);
	char	   *email;
	VzRow		row;

	vz_query_row(&find_user, VZ_ARGS(id), &row);
	/* Of a mailbox that may be a stranger's nothing is forgotten, and nobody there is told. */
	email = vz_address_of(user_id);
	vz_sessions_end(user_id, NULL, NULL, "deleted");
	vz_execute(&empty_sessions, VZ_ARGS(id));
	vz_execute(&delete_refresh_tokens, VZ_ARGS(id));
	vz_execute(&delete_one_time_tokens, VZ_ARGS(id));
	vz_execute(&delete_two_factor, VZ_ARGS(id));
	vz_execute(&delete_failures, VZ_ARGS(id));
	vz_execute(&delete_answers, VZ_ARGS(id));
	vz_mail_forget(user_id, email);
	vz_execute(&empty_user, VZ_ARGS(id, vz_arg_time(vz_now())));
	vz_address_settle(user_id);
	if (email != NULL)
		queue_farewell(user_id, email, vz_row_text(&row, "username"));
}
