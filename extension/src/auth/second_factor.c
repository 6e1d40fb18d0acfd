/*
 * second_factor.c
 *		Second factors: setting up, confirming, using, disabling.
 *
 * A code works once: the time step of the last one is kept. Recovery codes
 * are stored as hashes and work once each.
 */
#include "second_factor.h"

#include "../core/ground/arguments.h"
#include "../core/ground/audit.h"
#include "../core/ground/clock.h"
#include "../core/ground/digest.h"
#include "../core/ground/json.h"
#include "../core/request/request.h"
#include "../core/ground/token.h"
#include "../mail/mail.h"
#include "proof.h"
#include "../core/ground/secret.h"
#include "common/hmac.h"
#include "common/sha1.h"
#include "limit.h"
#include "lockout.h"
#include "session.h"
#include "totp.h"

#define RECOVERY_CODES		8
#define RECOVERY_CODE_BYTES	5		/* 8 characters of base32 */

static VzStmt find_factor = VZ_STMT(
	"select secret, confirmed_at is not null as is_confirmed, created_at, last_step"
	"  from veza_data.two_factor where user_id = $1 for update",
	UUIDOID);

static VzStmt put_factor = VZ_STMT(
	"insert into veza_data.two_factor (user_id, secret, created_at) values ($1, $2, $3)"
	" on conflict (user_id) do update set secret = excluded.secret, created_at = excluded.created_at, last_step = 0"
	"    where two_factor.confirmed_at is null",
	UUIDOID, BYTEAOID, TIMESTAMPTZOID);

static VzStmt confirm_factor = VZ_STMT(
	"update veza_data.two_factor set confirmed_at = $2, last_step = $3 where user_id = $1",
	UUIDOID, TIMESTAMPTZOID, INT8OID);

static VzStmt set_step = VZ_STMT(
	"update veza_data.two_factor set last_step = $2 where user_id = $1", UUIDOID, INT8OID);

static VzStmt delete_factor = VZ_STMT(
	"delete from veza_data.two_factor where user_id = $1 returning confirmed_at is not null as was_confirmed", UUIDOID);

static VzStmt delete_codes = VZ_STMT("delete from veza_data.recovery_code where user_id = $1", UUIDOID);

static VzStmt insert_code = VZ_STMT(
	"insert into veza_data.recovery_code (code_hash, user_id) values ($1, $2)", BYTEAOID, UUIDOID);

static VzStmt use_code = VZ_STMT(
	"update veza_data.recovery_code set used_at = $3 where code_hash = $1 and user_id = $2 and used_at is null",
	BYTEAOID, UUIDOID, TIMESTAMPTZOID);

static VzStmt find_status = VZ_STMT(
	"select f.confirmed_at is not null as enabled, f.confirmed_at as enabled_at,"
	"       (select count(*) from veza_data.recovery_code c where c.user_id = u.id and c.used_at is null)::int"
	"         as recovery_codes_left"
	"  from veza_data.users u left join veza_data.two_factor f on f.user_id = u.id where u.id = $1",
	UUIDOID);

static VzStmt find_username = VZ_STMT("select username from veza_data.users where id = $1", UUIDOID);

VZ_FUNCTION(two_factor_status);
VZ_FUNCTION(two_factor_setup);
VZ_FUNCTION(two_factor_confirm);
VZ_FUNCTION(two_factor_disable);
VZ_FUNCTION(two_factor_recovery_codes);
VZ_FUNCTION(reset_second_factor);

/* hmac_sha1 is the server's message authentication code, for totp.h. */
static void
hmac_sha1(const unsigned char secret[VZ_TOTP_SECRET_BYTES], const unsigned char message[8],
		  unsigned char digest[VZ_TOTP_MAC_BYTES])
{
	pg_hmac_ctx *ctx = pg_hmac_create(PG_SHA1);

	if (ctx == NULL || pg_hmac_init(ctx, secret, VZ_TOTP_SECRET_BYTES) < 0 ||
		pg_hmac_update(ctx, message, 8) < 0 || pg_hmac_final(ctx, digest, VZ_TOTP_MAC_BYTES) < 0)
		elog(ERROR, "could not compute a message authentication code");
	pg_hmac_free(ctx);
}

/* now_step returns the present time step by the business clock. */
static int64
now_step(void)
{
	return timestamptz_to_time_t(vz_now()) / VZ_TOTP_STEP_S;
}

/* secret_of returns the secret of a factor's row. */
static const uint8 *
secret_of(const VzRow *factor)
{
	bool		isnull;

	return (const uint8 *) VARDATA_ANY(DatumGetByteaPP(vz_row_datum(factor, "secret", &isnull)));
}

/* code_hash returns the hash under which a user's recovery code is stored; blanks and hyphens do not count. */
static VzArg
code_hash(const pg_uuid_t *user_id, const char *code)
{
	StringInfoData text;

	initStringInfo(&text);
	appendBinaryStringInfo(&text, (const char *) user_id->data, UUID_LEN);
	for (; *code != '\0'; code++)
		if (*code != '-' && *code != ' ')
			appendStringInfoChar(&text, (char) pg_ascii_toupper((unsigned char) *code));
	return vz_arg_sha256(text.data, (size_t) text.len);
}

VzRefusal *
vz_second_factor_check(const pg_uuid_t *user_id, const char *totp_code, const char *recovery_code)
{
	VzRow		factor;
	int64		step;

	if (!vz_query_row(&find_factor, VZ_ARGS(vz_arg_uuid(user_id)), &factor) || !vz_row_bool(&factor, "is_confirmed"))
		return NULL;
	if (recovery_code != NULL && recovery_code[0] != '\0')
	{
		VzAudit		entry = {.action = "auth.recovery_code", .resource_type = "user"};

		if (vz_execute(&use_code, VZ_ARGS(code_hash(user_id, recovery_code), vz_arg_uuid(user_id),
										  vz_arg_time(vz_now()))) == 0)
			return vz_refusal(VZ_E_AUTH_2FA_INVALID);
		entry.resource_id = vz_uuid_text(user_id);
		vz_audit(&entry);
		vz_mail_notify("recovery_code_used", user_id, NULL);
		return NULL;
	}
	if (totp_code == NULL || totp_code[0] == '\0')
		return vz_refusal(VZ_E_AUTH_2FA_REQUIRED);
	step = vz_totp_match(hmac_sha1, secret_of(&factor), totp_code, now_step(), vz_row_int8(&factor, "last_step"));
	if (step == 0)
		return vz_refusal(VZ_E_AUTH_2FA_INVALID);
	vz_execute(&set_step, VZ_ARGS(vz_arg_uuid(user_id), vz_arg_int8(step)));
	return NULL;
}

/* new_codes replaces the user's recovery codes and returns them as a JSON array. */
static char *
new_codes(const pg_uuid_t *user_id)
{
	StringInfoData json;

	vz_execute(&delete_codes, VZ_ARGS(vz_arg_uuid(user_id)));
	initStringInfo(&json);
	for (int i = 0; i < RECOVERY_CODES; i++)
	{
		uint8		random[RECOVERY_CODE_BYTES];
		char		text[VZ_BASE32_LEN(RECOVERY_CODE_BYTES) + 1];

		vz_random_bytes(random, sizeof(random));
		vz_base32(random, sizeof(random), text);
		vz_execute(&insert_code, VZ_ARGS(code_hash(user_id, text), vz_arg_uuid(user_id)));
		appendStringInfo(&json, "%c\"%.4s-%.4s\"", i == 0 ? '[' : ',', text, text + 4);
	}
	appendStringInfoChar(&json, ']');
	return json.data;
}

/* record_change writes a change of the second factor to the audit log and tells the user. */
static void
record_change(const pg_uuid_t *user_id, const char *action, const char *mail)
{
	VzAudit		entry = {.action = action, .resource_type = "user"};

	entry.resource_id = vz_uuid_text(user_id);
	vz_audit(&entry);
	vz_mail_notify(mail, user_id, NULL);
}

/* two_factor_status says whether the actor has a second factor, and how many recovery codes are left. */
Datum
two_factor_status(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	Datum		json = (Datum) 0;

	vz_json_row(&find_status, VZ_ARGS(vz_arg_uuid(&actor->user_id)), &json);
	return json;
}

/*
 * two_factor_setup makes a secret for the actor's authenticator; it counts
 * only after two_factor_confirm. Whoever has but a token of the account does
 * not get one: it would lock the owner out.
 */
Datum
two_factor_setup(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	char	   *password = PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0));
	uint8		secret[VZ_TOTP_SECRET_BYTES];
	char		text[VZ_BASE32_LEN(VZ_TOTP_SECRET_BYTES) + 1];
	StringInfoData json;
	VzRefusal  *refusal;
	VzRow		row;

	if (vz_query_row(&find_factor, VZ_ARGS(vz_arg_uuid(&actor->user_id)), &row) && vz_row_bool(&row, "is_confirmed"))
		vz_raise_error(VZ_E_TWO_FACTOR_ENABLED);
	refusal = vz_prove_identity("password", password);
	if (refusal != NULL)
		VZ_REFUSE_AND_KEEP(refusal);
	vz_random_bytes(secret, sizeof(secret));
	vz_base32(secret, sizeof(secret), text);
	/* One that is confirmed meanwhile stays. */
	if (vz_execute(&put_factor, VZ_ARGS(vz_arg_uuid(&actor->user_id), vz_arg_bytes(secret, sizeof(secret)),
										vz_arg_time(vz_now()))) == 0)
		vz_raise_error(VZ_E_TWO_FACTOR_ENABLED);
	vz_query_row(&find_username, VZ_ARGS(vz_arg_uuid(&actor->user_id)), &row);
	initStringInfo(&json);
	/* A username needs no escaping in an address: letters, digits, _ and -. */
	appendStringInfo(&json, "{\"secret\":\"%s\",\"otpauth_url\":"
					 "\"otpauth://totp/Veza:%s?secret=%s&issuer=Veza&algorithm=SHA1&digits=6&period=30\","
					 "\"expires_in\":" INT64_FORMAT "}",
					 text, vz_row_text(&row, "username"), text, vz_setting_int("two_factor_setup_ttl"));
	return vz_json_datum(&json);
}

/*
 * two_factor_confirm enables the second factor by its first code, and gives out
 * the recovery codes. The code proves who one is: its secret was given to
 * nobody else. So it must not be found by trying.
 */
Datum
two_factor_confirm(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	TimestampTz now = vz_now();
	StringInfoData json;
	VzRefusal  *refusal;
	VzRow		factor;
	int64		step;

	VZ_REQUIRE_ARGUMENTS("code");
	if (!vz_query_row(&find_factor, VZ_ARGS(vz_arg_uuid(&actor->user_id)), &factor) ||
		(!vz_row_bool(&factor, "is_confirmed") &&
		 now > vz_time_plus(vz_row_time(&factor, "created_at"), vz_setting_int("two_factor_setup_ttl"))))
		vz_raise_error(VZ_E_TWO_FACTOR_NOT_ENABLED);
	if (vz_row_bool(&factor, "is_confirmed"))
		vz_raise_error(VZ_E_TWO_FACTOR_ENABLED);
	refusal = vz_limit_take("second_factor", vz_uuid_text(&actor->user_id), vz_setting_int("second_factor_confirm_limit"), 3600);
	if (refusal != NULL)
		VZ_REFUSE_AND_KEEP(refusal);
	step = vz_totp_match(hmac_sha1, secret_of(&factor), vz_text_argument(fcinfo, 0), now_step(), 0);
	if (step == 0)
		VZ_REFUSE_AND_KEEP(vz_field_error(vz_refusal(VZ_E_VALIDATION_ERROR), "code", "is not the code of this authenticator"));
	vz_execute(&confirm_factor, VZ_ARGS(vz_arg_uuid(&actor->user_id), vz_arg_time(now), vz_arg_int8(step)));
	record_change(&actor->user_id, "auth.2fa_enable", "two_factor_enabled");
	initStringInfo(&json);
	appendStringInfo(&json, "{\"enabled\":true,\"recovery_codes\":%s}", new_codes(&actor->user_id));
	return vz_json_datum(&json);
}

/* two_factor_disable removes the second factor; the password is asked for again. */
Datum
two_factor_disable(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	VzRefusal  *refusal;
	VzRow		factor;

	VZ_REQUIRE_ARGUMENTS("password");
	if (!vz_query_row(&find_factor, VZ_ARGS(vz_arg_uuid(&actor->user_id)), &factor))
		vz_raise_error(VZ_E_TWO_FACTOR_NOT_ENABLED);
	refusal = vz_confirm_password(&actor->user_id, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	if (refusal != NULL)
		VZ_REFUSE_AND_KEEP(refusal);
	vz_execute(&delete_factor, VZ_ARGS(vz_arg_uuid(&actor->user_id)));
	record_change(&actor->user_id, "auth.2fa_disable", "two_factor_disabled");
	PG_RETURN_TEXT_P(cstring_to_text("{\"enabled\":false,\"recovery_codes\":[]}"));
}

/* two_factor_recovery_codes replaces the recovery codes; the password is asked for again. */
Datum
two_factor_recovery_codes(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	VzRefusal  *refusal;
	StringInfoData json;
	VzRow		factor;

	VZ_REQUIRE_ARGUMENTS("password");
	if (!vz_query_row(&find_factor, VZ_ARGS(vz_arg_uuid(&actor->user_id)), &factor) ||
		!vz_row_bool(&factor, "is_confirmed"))
		vz_raise_error(VZ_E_TWO_FACTOR_NOT_ENABLED);
	refusal = vz_confirm_password(&actor->user_id, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	if (refusal != NULL)
		VZ_REFUSE_AND_KEEP(refusal);
	record_change(&actor->user_id, "auth.recovery_codes", "recovery_codes_replaced");
	initStringInfo(&json);
	appendStringInfo(&json, "{\"enabled\":true,\"recovery_codes\":%s}", new_codes(&actor->user_id));
	return vz_json_datum(&json);
}

/*
 * reset_second_factor removes the second factor of an account whose owner
 * cannot get in, and ends all its sessions; says whether there was one that
 * logins asked for. For operators; written to the audit log, and the owner is
 * told.
 */
Datum
reset_second_factor(PG_FUNCTION_ARGS)
{
	VzAudit		entry = {.action = "dba.reset_second_factor", .resource_type = "user"};
	pg_uuid_t	user_id = vz_operator_account(fcinfo, &entry);
	bool		was_confirmed;
	VzRow		row;

	was_confirmed = vz_query_row(&delete_factor, VZ_ARGS(vz_arg_uuid(&user_id)), &row) && vz_row_bool(&row, "was_confirmed");
	entry.details = psprintf("{\"was_enabled\":%s,\"sessions\":" UINT64_FORMAT "}", was_confirmed ? "true" : "false",
							 vz_sessions_end(&user_id, NULL, NULL, "admin"));
	vz_audit(&entry);
	vz_mail_notify("second_factor_reset", &user_id, NULL);
	PG_RETURN_BOOL(was_confirmed);
}
