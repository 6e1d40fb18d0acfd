/*
 * recovery.c
 *		Confirming addresses, and passwords: forgotten, changed.
 *
 * Asking for a mail does the same work for every address; what the mail says,
 * and whether there is one, is decided when it is composed (see mail.h).
 *
 * A link proves the mailbox. Whose account it is, its session or its password
 * proves: who clicks on the link of somebody else's account gives nothing away.
 */
#include "../core/ground/arguments.h"
#include "../core/ground/audit.h"
#include "../core/ground/attempt.h"
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../core/request/request.h"
#include "../core/ground/translation.h"
#include "../mail/address.h"
#include "../mail/mail.h"
#include "proof.h"
#include "limit.h"
#include "lockout.h"
#include "../mail/one_time_token.h"
#include "password.h"
#include "session.h"
#include "validators.h"

/* Another address must still be wanted: it is void when another one is asked for, or the password changes. */
static VzStmt confirm_address = VZ_STMT(
	"update veza_data.users set is_verified = true, email = $2, pending_email = null, updated_at = $3, revision = revision + 1"
	" where id = $1 and status <> 'deleted'"
	"   and not exists (select from veza_data.users o where o.email = $2 and o.is_verified and o.id <> $1)"
	"   and $2 = case when $4 then pending_email else email end",
	UUIDOID, TEXTOID, TIMESTAMPTZOID, BOOLOID);

static VzStmt find_user = VZ_STMT(
	"select username, email, first_name, last_name, display_name, password_hash, status from veza_data.users where id = $1 for no key update", UUIDOID);

/* Whoever had the old password may have asked for another address: that ends with it. */
static VzStmt set_password = VZ_STMT(
	"update veza_data.users set password_hash = $2, token_version = token_version + 1, pending_email = null,"
	"                           password_changed_at = $3, updated_at = $3, revision = revision + 1 where id = $1"
	" returning " VZ_EFFECTIVE_ROLE("") " as role, token_version",
	UUIDOID, TEXTOID, TIMESTAMPTZOID);

static VzStmt forget_setup = VZ_STMT(
	"delete from veza_data.two_factor where user_id = $1 and confirmed_at is null", UUIDOID);

/* The purposes of tokens that confirm an address. */
#define CONFIRMATIONS "verify_email,change_email"

VZ_FUNCTION(auth_verify_email);
VZ_FUNCTION(auth_resend_verification);
VZ_FUNCTION(auth_password_reset_request);
VZ_FUNCTION(auth_password_reset);
VZ_FUNCTION(auth_password_change);

/* neutral_answer is what everybody gets who asks for a mail. */
static Datum
neutral_answer(void)
{
	return vz_message_answer("If there is an account with this address, a mail is on its way.");
}

/* prove_account judges whether the caller has the account: is logged in to it, or sends its password. */
static VzRefusal *
prove_account(const pg_uuid_t *user_id, const char *password)
{
	const VzActor *actor = vz_actor();
	VzRow		user;

	if (actor->role != VZ_ROLE_NONE && vz_uuid_equal(&actor->user_id, user_id))
		return NULL;
	if (password != NULL && password[0] != '\0')
		return vz_confirm_password(user_id, password);
	vz_query_row(&find_user, VZ_ARGS(vz_arg_uuid(user_id)), &user);
	return vz_fact(vz_refusal(VZ_E_AUTH_ACCOUNT_PROOF_REQUIRED), "username", vz_row_text(&user, "username"));
}

/* A confirmation under way. */
typedef struct Confirming
{
	const VzOneTimeToken *token;
	bool		is_done;
} Confirming;

/* take_address makes the address the account's own; of two accounts that do so at once the index refuses one. */
static void
take_address(void *state)
{
	Confirming *c = state;

	c->is_done = vz_execute(&confirm_address,
							VZ_ARGS(vz_arg_uuid(&c->token->user_id), vz_arg_text(c->token->email), vz_arg_time(vz_now()),
									vz_arg_bool(strcmp(c->token->purpose, "change_email") == 0))) > 0;
}

/*
 * auth_verify_email confirms the address that a mail's token was sent to, for
 * the account that the mail names.
 *
 * Arguments: token, password of the account (unless the caller is logged in to
 * it). What is refused leaves the token good.
 */
Datum
auth_verify_email(PG_FUNCTION_ARGS)
{
	VzAudit		entry = {.action = "auth.verify_email", .resource_type = "user"};
	char	   *sent = vz_text_argument(fcinfo, 0);
	VzOneTimeToken token;
	Confirming	confirming = {.token = &token};
	VzRefusal  *refusal;

	VZ_REQUIRE_ARGUMENTS("token");
	if (!vz_one_time_token_find(sent, CONFIRMATIONS, &token))
		vz_raise_error(VZ_E_AUTH_LINK_INVALID);
	refusal = prove_account(&token.user_id, PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1)));
	if (refusal != NULL)
		VZ_REFUSE_AND_KEEP(refusal);
	if (!vz_one_time_token_use(sent, CONFIRMATIONS, &token) || !vz_attempt_unique(take_address, &confirming) ||
		!confirming.is_done)
		vz_raise_error(VZ_E_AUTH_LINK_INVALID);
	vz_address_take(&token.user_id, token.email);
	/* Links in the mailbox of before are good no longer. */
	if (strcmp(token.purpose, "change_email") == 0)
		vz_one_time_tokens_void(&token.user_id);
	entry.resource_id = vz_uuid_text(&token.user_id);
	vz_audit(&entry);
	PG_RETURN_TEXT_P(cstring_to_text("{\"verified\":true}"));
}

/* address_argument reads the address that somebody typed; raises when it is none. */
static char *
address_argument(FunctionCallInfo fcinfo)
{
	char	   *email = vz_lower(vz_text_argument(fcinfo, 0));
	const char *problem = email == NULL || email[0] == '\0' ? "is missing" : vz_email_problem(email);

	if (problem != NULL)
		vz_raise(vz_field_error(vz_refusal(VZ_E_VALIDATION_ERROR), "email", problem));
	return email;
}

/*
 * auth_resend_verification has the mail sent again that confirms an address:
 * for all accounts that claim it, or, when the caller is logged in to one of
 * them, for that one, even if newer claims have crowded it out.
 */
Datum
auth_resend_verification(PG_FUNCTION_ARGS)
{
	char	   *email = address_argument(fcinfo);
	const VzActor *actor = vz_actor();
	const char *template;

	if (actor->role != VZ_ROLE_NONE && vz_address_reopen(&actor->user_id, email, &template))
		vz_mail_queue(template, email, &actor->user_id, NULL);
	else
		vz_mail_queue("verify_email", email, NULL, NULL);
	return neutral_answer();
}

/* auth_password_reset_request has a mail sent that lets one choose a new password. */
Datum
auth_password_reset_request(PG_FUNCTION_ARGS)
{
	vz_mail_queue("reset_password", address_argument(fcinfo), NULL, NULL);
	return neutral_answer();
}

/*
 * change_password stores a new password and tells the user. Access tokens end
 * with it, and whatever was begun by who had the old one: links, another
 * address, a second factor that is not confirmed.
 */
static void
change_password(const pg_uuid_t *user_id, const char *password, const char *reason, VzLogin *login)
{
	VzAudit		entry = {.resource_type = "user"};
	VzRow		row;

	vz_query_row(&set_password, VZ_ARGS(vz_arg_uuid(user_id),
										vz_arg_text(vz_password_hash(password)),
										vz_arg_time(vz_now())), &row);
	*login = (VzLogin) {*user_id, vz_row_text(&row, "role"), vz_row_int4(&row, "token_version")};
	vz_one_time_tokens_void(user_id);
	vz_mail_withdraw("change_email", user_id);
	vz_address_settle(user_id);
	vz_execute(&forget_setup, VZ_ARGS(vz_arg_uuid(user_id)));
	entry.action = psprintf("auth.%s", reason);
	entry.resource_id = vz_uuid_text(user_id);
	vz_audit(&entry);
	vz_mail_notify("password_changed", user_id, NULL);
}

/* check_new_password raises unless the new password obeys the rules. */
static void
check_new_password(const VzRow *user, const char *field, const char *password)
{
	const char *about[] = {vz_row_text(user, "username"), vz_row_text(user, "email"), vz_row_text(user, "first_name"),
	vz_row_text(user, "last_name"), vz_row_text(user, "display_name")};
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);

	vz_password_check(wrong, field, password, about, lengthof(about));
	vz_raise_if(wrong);
}

/*
 * auth_password_reset sets a new password with the token of a mail, and ends
 * all sessions. A password that breaks the rules leaves the token good.
 */
Datum
auth_password_reset(PG_FUNCTION_ARGS)
{
	char	   *password;
	VzOneTimeToken token;
	VzLogin		login;
	VzRow		user;

	VZ_REQUIRE_ARGUMENTS("token", "new_password");
	password = text_to_cstring(PG_GETARG_TEXT_PP(1));
	if (!vz_one_time_token_use(vz_text_argument(fcinfo, 0), "reset_password", &token) ||
		!vz_query_row(&find_user, VZ_ARGS(vz_arg_uuid(&token.user_id)), &user) ||
		strcmp(vz_row_text(&user, "status"), "active") != 0)
		vz_raise_error(VZ_E_AUTH_LINK_INVALID);
	check_new_password(&user, "new_password", password);
	change_password(&token.user_id, password, "password_reset", &login);
	vz_sessions_end(&token.user_id, NULL, NULL, "password_reset");
	vz_lockout_forget(&token.user_id);
	return vz_message_answer("The password is changed; log in with it.");
}

/*
 * auth_password_change changes the actor's password. The session it is changed
 * in goes on as a new one, whose tokens the answer has: every token of the old
 * one is void, whoever has a copy.
 *
 * Arguments: present password, new password, whether all other sessions end
 * (default yes).
 */
Datum
auth_password_change(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	bool		ends_others = PG_ARGISNULL(2) || PG_GETARG_BOOL(2);
	const char *message = vz_translate("The password is changed.");
	StringInfoData json;
	char	   *password;
	VzRefusal  *refusal;
	VzLogin		login;
	VzRow		user;

	VZ_REQUIRE_ARGUMENTS("current_password", "new_password");
	password = text_to_cstring(PG_GETARG_TEXT_PP(1));
	vz_query_row(&find_user, VZ_ARGS(vz_arg_uuid(&actor->user_id)), &user);
	check_new_password(&user, "new_password", password);
	refusal = vz_confirm_password(&actor->user_id, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	if (refusal != NULL)
		VZ_REFUSE_AND_KEEP(refusal);
	change_password(&actor->user_id, password, "password_change", &login);
	initStringInfo(&json);
	appendStringInfoString(&json, "{\"message\":");
	escape_json(&json, message);
	if (ends_others)
		vz_sessions_end(&actor->user_id, NULL, actor->has_session ? &actor->session_id : NULL, "password_change");
	if (actor->has_session)
		appendStringInfo(&json, ",%s", vz_session_replace(&login, &actor->session_id, "password_change"));
	appendStringInfoChar(&json, '}');
	return vz_json_datum(&json);
}
