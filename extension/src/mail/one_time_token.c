/*
 * one_time_token.c
 *		Tokens that mails carry (see one_time_token.h).
 */
#include "one_time_token.h"

#include "../core/ground/clock.h"
#include "../core/ground/digest.h"
#include "../core/ground/secret.h"

static VzStmt insert_token = VZ_STMT(
	"insert into veza_data.one_time_token (token_hash, user_id, purpose, email, created_at, expires_at, mail_id)"
	" values ($1, $2, $3, $4, $5, $6, $7)",
	BYTEAOID, UUIDOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, UUIDOID);

/* A mail may be sent more than once, and each copy is the newest. */
static VzStmt use_older = VZ_STMT(
	"update veza_data.one_time_token set used_at = $3"
	" where user_id = $1 and purpose = $2 and used_at is null and mail_id is distinct from $4",
	UUIDOID, TEXTOID, TIMESTAMPTZOID, UUIDOID);

static VzStmt find_newer = VZ_STMT(
	"select from veza_data.one_time_token t join veza_data.mail n on n.id = t.mail_id, veza_data.mail m"
	" where m.id = $3 and t.user_id = $1 and t.purpose = $2 and n.created_at > m.created_at limit 1",
	UUIDOID, TEXTOID, UUIDOID);

/* Users come first in the order of locks. */
static VzStmt lock_user = VZ_STMT(
	"select from veza_data.users where id ="
	" (select user_id from veza_data.one_time_token where token_hash = $1) for no key update",
	BYTEAOID);

static VzStmt find_token = VZ_STMT(
	"select user_id, purpose, email from veza_data.one_time_token"
	" where token_hash = $1 and purpose = any (string_to_array($2, ',')) and used_at is null and expires_at > $3",
	BYTEAOID, TEXTOID, TIMESTAMPTZOID);

/* One statement finds and uses it, so that of two at the same time one finds nothing. */
static VzStmt use_token = VZ_STMT(
	"update veza_data.one_time_token set used_at = $3"
	" where token_hash = $1 and purpose = any (string_to_array($2, ',')) and used_at is null and expires_at > $3"
	" returning user_id, purpose, email",
	BYTEAOID, TEXTOID, TIMESTAMPTZOID);

static VzStmt use_others = VZ_STMT(
	"update veza_data.one_time_token set used_at = $3 where user_id = $1 and purpose = $2 and used_at is null",
	UUIDOID, TEXTOID, TIMESTAMPTZOID);

static VzStmt void_tokens = VZ_STMT(
	"update veza_data.one_time_token set used_at = $2"
	" where user_id = $1 and purpose in ('reset_password', 'change_email') and used_at is null",
	UUIDOID, TIMESTAMPTZOID);

static VzStmt sweep = VZ_STMT(
	"delete from veza_data.one_time_token where expires_at < $1", TIMESTAMPTZOID);

/* token_lifetime returns the seconds that a token of this purpose is good for. */
static int64
token_lifetime(const char *purpose)
{
	return vz_setting_int(strcmp(purpose, "reset_password") == 0 ? "reset_password_ttl" : "verify_email_ttl");
}

char *
vz_one_time_token_new(const pg_uuid_t *user_id, const char *purpose, const char *email, const pg_uuid_t *mail_id)
{
	char	   *token = vz_secret_new();
	TimestampTz now = vz_now();

	vz_execute(&use_older, VZ_ARGS(vz_arg_uuid(user_id), vz_arg_text(purpose), vz_arg_time(now), vz_arg_uuid(mail_id)));
	vz_execute(&insert_token, VZ_ARGS(vz_arg_sha256(token, strlen(token)), vz_arg_uuid(user_id), vz_arg_text(purpose),
									  vz_arg_text(email), vz_arg_time(now),
									  vz_arg_time(vz_time_plus(now, token_lifetime(purpose))), vz_arg_uuid(mail_id)));
	return token;
}

/* read_token takes whose token it is, for what and for which address, out of its row. */
static void
read_token(const VzRow *row, VzOneTimeToken *token)
{
	token->user_id = *vz_row_uuid(row, "user_id");
	token->purpose = vz_row_text(row, "purpose");
	token->email = vz_row_text(row, "email");
}

bool
vz_one_time_token_find(const char *token, const char *purposes, VzOneTimeToken *found)
{
	VzRow		row;

	if (!vz_secret_is_well_formed(token) ||
		!vz_query_row(&find_token, VZ_ARGS(vz_arg_sha256(token, strlen(token)), vz_arg_text(purposes),
										   vz_arg_time(vz_now())), &row))
		return false;
	read_token(&row, found);
	return true;
}

bool
vz_one_time_token_is_superseded(const pg_uuid_t *user_id, const char *purpose, const pg_uuid_t *mail_id)
{
	VzRow		row;

	return vz_query_row(&find_newer, VZ_ARGS(vz_arg_uuid(user_id), vz_arg_text(purpose), vz_arg_uuid(mail_id)), &row);
}

bool
vz_one_time_token_use(const char *token, const char *purposes, VzOneTimeToken *used)
{
	TimestampTz now = vz_now();
	VzRow		row;

	if (!vz_secret_is_well_formed(token))
		return false;
	vz_query_rows(&lock_user, VZ_ARGS(vz_arg_sha256(token, strlen(token))));
	if (!vz_query_row(&use_token, VZ_ARGS(vz_arg_sha256(token, strlen(token)), vz_arg_text(purposes),
										  vz_arg_time(now)), &row))
		return false;
	read_token(&row, used);
	vz_execute(&use_others, VZ_ARGS(vz_arg_uuid(&used->user_id), vz_arg_text(used->purpose), vz_arg_time(now)));
	return true;
}

void
vz_one_time_tokens_void(const pg_uuid_t *user_id)
{
	vz_execute(&void_tokens, VZ_ARGS(vz_arg_uuid(user_id), vz_arg_time(vz_now())));
}

int64
vz_job_sweep_tokens(void)
{
	return (int64) vz_execute(&sweep, VZ_ARGS(vz_arg_time(vz_time_plus(vz_now(), -vz_setting_int("mail_keep")))));
}
