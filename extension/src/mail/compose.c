/*
 * compose.c
 *		Composing mails when veza-relay is about to send them (see mail.h).
 *
 * Here is decided who gets what: the account behind an address is looked up,
 * and the token that the mail carries is made, of which only the hash stays.
 */
#include "mail.h"

#include "address.h"
#include "one_time_token.h"
#include "../core/ground/arguments.h"
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../core/ground/refusal.h"
#include "content.h"
#include "fill.h"

#define MAX_VALUES 16

static VzStmt find_leased = VZ_STMT(
	"select m.id, m.template, m.user_id, m.recipient, m.data, m.dropped, m.created_at,"
	"       to_char(m.created_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as asked_at"
	"  from veza_data.effect e join veza_data.mail m on m.id = e.subject_id"
	" where e.id = $1 and e.kind = 'mail_send' and e.state = 'leased' and e.lease_token = $2",
	UUIDOID, UUIDOID);

/* The account comes first in the order of locks. */
static VzStmt lock_account = VZ_STMT(
	"select id, username, coalesce(display_name, username) as name, email, language, is_verified, password_changed_at"
	"  from veza_data.users where id = $1 and status <> 'deleted' for no key update",
	UUIDOID);

static VzStmt lock_mail = VZ_STMT("select dropped from veza_data.mail where id = $1 for no key update", UUIDOID);

/* A mail that was forgotten meanwhile. */
static VzStmt holds_lease = VZ_STMT(
	"select from veza_data.effect where id = $1 and kind = 'mail_send' and state = 'leased' and lease_token = $2",
	UUIDOID, UUIDOID);

static VzStmt find_account = VZ_STMT(
	"select id, username, coalesce(display_name, username) as name, email, language, is_verified, status"
	"  from veza_data.users where id = $1",
	UUIDOID);

/* Whoever has confirmed the address. */
static VzStmt find_owner = VZ_STMT(
	"select id, username, coalesce(display_name, username) as name, email, language, is_verified, status"
	"  from veza_data.users where email = $1 and is_verified",
	TEXTOID);

/* Whoever claims it, and by which mail that is confirmed: a reset is for an account's own address alone. */
static VzStmt find_claimants = VZ_STMT(
	"select u.id, username, coalesce(display_name, username) as name, email, language, is_verified, status,"
	"       u.email is distinct from c.address as is_change"
	"  from veza_data.address_claim c join veza_data.users u on u.id = c.user_id"
	" where c.address = $1 and c.is_open and u.status = 'active'"
	"   and (u.email = $1 and not u.is_verified or u.pending_email = $1 and $2)"
	" order by c.is_first desc, c.made_at desc, u.id",
	TEXTOID, BOOLOID);

/* What was sent to the address lately of the same kind; about the account, and about whomever. */
static VzStmt count_lately = VZ_STMT(
	"select count(*) filter (where user_id = $4) as about_account, count(*) as about_all from veza_data.mail"
	" where recipient = $1 and id <> $2 and dropped is null and composed_at > $3 and starts_with(sent_as, $5 || ',')",
	TEXTOID, UUIDOID, TIMESTAMPTZOID, UUIDOID, TEXTOID);

/*
 * It was composed by an earlier attempt, of which no report says that the mail
 * did not leave.
 */
static VzStmt may_have_left = VZ_STMT(
	"select from veza_data.mail m join veza_data.effect e on e.id = $2"
	" where m.id = $1 and m.composed_at is not null"
	"   and e.attempts - 1 > (select count(*) from veza_data.effect_attempt a"
	"                          where a.effect_id = e.id and a.outcome in ('not_sent', 'refused'))",
	UUIDOID, UUIDOID);

static VzStmt data_values = VZ_STMT("select key, value from jsonb_each_text($1)", JSONBOID);

static VzStmt mark_composed = VZ_STMT(
	"update veza_data.mail set composed_at = coalesce(composed_at, $2), sent_as = $3, dropped = $4,"
	"                          user_id = coalesce(user_id, $5)"
	" where id = $1",
	UUIDOID, TIMESTAMPTZOID, TEXTOID, TEXTOID, UUIDOID);

/* What became of the wish for a mail. */
typedef struct Choice
{
	const char *template;
	const char *dropped;		/* why there is no mail; NULL: there is one */
	const char *purpose;		/* of the token; NULL: none */
	const char *content;		/* what the template calls so; NULL: none */
	VzRow		account;
} Choice;

VZ_FUNCTION(compose_mail);

/* is_asked_for_by_anybody: mails that a stranger can have sent to an address are limited. */
static bool
is_asked_for_by_anybody(const char *template)
{
	return strcmp(template, "verify_email") == 0 || strcmp(template, "change_email") == 0 ||
		strcmp(template, "reset_password") == 0 || strcmp(template, "already_registered") == 0;
}

/* confirms: mails of this template carry a link that confirms an address. */
static bool
confirms(const char *template)
{
	return strcmp(template, "verify_email") == 0 || strcmp(template, "change_email") == 0;
}

/*
 * is_too_many says whether enough mails of this kind have been sent lately.
 * Each account has a number of its own, so that nobody uses up another's;
 * together, the accounts that the address does not identify have no more than
 * as many claims as an address can have. Words to an owner are counted whoever
 * is the cause.
 */
static bool
is_too_many(const VzRow *mail, const Choice *choice)
{
	int64		limit = vz_setting_int("mail_limit");
	const char *recipient = vz_row_text(mail, "recipient");
	const pg_uuid_t *account = vz_row_uuid(&choice->account, "id");
	pg_uuid_t	meant;
	VzRow		lately;

	vz_query_row(&count_lately, VZ_ARGS(vz_arg_text(recipient), vz_arg_uuid(vz_row_uuid(mail, "id")),
										vz_arg_time(vz_time_plus(vz_now(), -3600)), vz_arg_uuid(account),
										vz_arg_text(choice->template)), &lately);
	if (strcmp(choice->template, "already_registered") == 0)
		return vz_row_int8(&lately, "about_all") >= limit;
	if (vz_row_int8(&lately, "about_account") >= limit)
		return true;
	return !(vz_address_find(recipient, &meant) && vz_uuid_equal(&meant, account)) &&
		vz_row_int8(&lately, "about_all") >= limit * vz_setting_int("address_claims_max");
}

/*
 * choose_for_owner decides about a mail to an address that somebody has
 * confirmed: a reset is for that account alone; a confirmation by another one
 * is turned into a word to the owner. False when the address decides nothing.
 */
static bool
choose_for_owner(const VzRow *mail, Choice *choice)
{
	const pg_uuid_t *user_id = vz_row_uuid(mail, "user_id");
	bool		is_reset = strcmp(choice->template, "reset_password") == 0;
	VzRow		owner;

	if (!(is_reset || confirms(choice->template)) ||
		!vz_query_row(&find_owner, VZ_ARGS(vz_arg_text(vz_row_text(mail, "recipient"))), &owner) ||
		(user_id != NULL && vz_uuid_equal(vz_row_uuid(&owner, "id"), user_id)))
		return false;
	choice->account = owner;
	if (strcmp(vz_row_text(&owner, "status"), "active") != 0 || (is_reset && user_id != NULL))
		choice->dropped = "no account";
	else if (is_reset)
		choice->purpose = choice->template;
	else if (user_id != NULL)
		choice->template = "already_registered";
	/* Somebody who asks for the mail again without an account of one's own has nothing left to confirm. */
	else
		choice->dropped = "confirmed already";
	return true;
}

/*
 * choose_among_claimants takes a mail that was asked for by an address nobody
 * has confirmed for one of the accounts that claim it, and has each of the
 * others sent one of its own.
 */
static bool
choose_among_claimants(const VzRow *mail, Choice *choice)
{
	const char *recipient = vz_row_text(mail, "recipient");
	VzRows		claimants = vz_query_rows(&find_claimants, VZ_ARGS(vz_arg_text(recipient),
																   vz_arg_bool(confirms(choice->template))));
	bool		is_chosen = false;

	for (uint64 i = 0; i < claimants.n; i++)
	{
		VzRow	   *account = &claimants.row[i];
		bool		is_change = vz_row_bool(account, "is_change");

		if (!is_chosen && !is_change)
		{
			choice->account = *account;
			is_chosen = true;
		}
		else
			vz_mail_queue(is_change ? "change_email" : choice->template, recipient, vz_row_uuid(account, "id"), NULL);
	}
	if (!is_chosen)
		choice->dropped = claimants.n > 0 ? "passed on" : "no account";
	return is_chosen;
}

/* choose_account finds the account that a mail is about; false when there is none. */
static bool
choose_account(const VzRow *mail, Choice *choice)
{
	const pg_uuid_t *user_id = vz_row_uuid(mail, "user_id");

	if (user_id == NULL)
		return choose_among_claimants(mail, choice);
	if (vz_query_row(&find_account, VZ_ARGS(vz_arg_uuid(user_id)), &choice->account))
		return true;
	choice->dropped = "no account";
	return false;
}

/* is_own_address: the mail goes to the address that the account names as its own. */
static bool
is_own_address(const VzRow *mail, const VzRow *account)
{
	const char *email = vz_row_text(account, "email");

	return email != NULL && strcmp(email, vz_row_text(mail, "recipient")) == 0;
}

/* choose_mail decides which mail is sent, and to which account it belongs. */
static void
choose_mail(const VzRow *mail, Choice *choice)
{
	choice->template = vz_row_text(mail, "template");
	if ((choice->dropped = vz_row_text(mail, "dropped")) != NULL)
		return;
	if (!choose_for_owner(mail, choice))
	{
		if (!choose_account(mail, choice))
			return;
		if (strcmp(choice->template, "verify_email") == 0 && vz_row_bool(&choice->account, "is_verified"))
			choice->dropped = "confirmed already";
		else if (strcmp(choice->template, "reset_password") == 0 && !is_own_address(mail, &choice->account))
			choice->dropped = "no account";
		else if (strcmp(choice->template, "reset_password") == 0 || confirms(choice->template))
			choice->purpose = choice->template;
	}
}

/*
 * recheck_mail looks once more, with account and mail locked, whether what anybody
 * can ask for is still to be sent: there may be too many mails, and a new
 * password, or a newer mail, makes a link void. False when the mail is gone.
 */
static bool
recheck_mail(const VzRow *mail, Choice *choice)
{
	const pg_uuid_t *id = vz_row_uuid(mail, "id");
	bool		is_limited = choice->dropped == NULL && is_asked_for_by_anybody(vz_row_text(mail, "template"));
	const pg_uuid_t *user_id = is_limited ? vz_row_uuid(&choice->account, "id") : NULL;
	bool		is_there = is_limited && vz_query_row(&lock_account, VZ_ARGS(vz_arg_uuid(user_id)), &choice->account);
	VzRow		now;

	if (!vz_query_row(&lock_mail, VZ_ARGS(vz_arg_uuid(id)), &now))
		return false;
	if (choice->dropped == NULL)
		choice->dropped = vz_row_text(&now, "dropped");
	if (choice->dropped != NULL || !is_limited)
		return true;
	if (!is_there)
		choice->dropped = "no account";
	else if (is_too_many(mail, choice))
		choice->dropped = "too many";
	else if (choice->purpose == NULL)
		return true;
	else if (strcmp(choice->purpose, "reset_password") == 0 && !vz_row_isnull(&choice->account, "password_changed_at") &&
			 vz_row_time(&choice->account, "password_changed_at") > vz_row_time(mail, "created_at"))
		choice->dropped = "withdrawn";
	else if (vz_one_time_token_is_superseded(user_id, choice->purpose, id))
		choice->dropped = "superseded";
	return true;
}

/* append_text is the writer of pages. */
static void
append_text(void *out, const char *data, size_t len)
{
	appendBinaryStringInfo(out, data, (int) len);
}

/* link_of returns the address that the mail's token is good for; only the configuration says where it leads. */
static char *
link_of(const char *purpose, const char *token)
{
	char	   *base = vz_setting_text("frontend_url");
	size_t		len = strlen(base);

	while (len > 0 && base[len - 1] == '/')
		len--;
	return psprintf("%.*s/%s?token=%s", (int) len, base,
					strcmp(purpose, "reset_password") == 0 ? "reset-password" : "verify-email", token);
}

/*
 * name_for returns how the mail addresses its reader. Whoever has not confirmed
 * the address may be a stranger who wants us to tell its owner something: of
 * such an account the username is said, which is no sentence and no address.
 */
static const char *
name_for(const VzRow *mail, const VzRow *account)
{
	bool		is_owner = vz_row_bool(account, "is_verified") && is_own_address(mail, account);

	return vz_row_text(account, is_owner ? "name" : "username");
}

/* collect_values gathers what the templates may mention. */
static size_t
collect_values(const VzRow *mail, const Choice *choice, const char *link, VzTemplateValue *values)
{
	bool		isnull;
	size_t		n = 0;
	VzRows		data = vz_query_rows(&data_values, VZ_ARGS(vz_arg_datum(vz_row_datum(mail, "data", &isnull), false)));

	values[n++] = (VzTemplateValue) {"username", vz_row_text(&choice->account, "username")};
	values[n++] = (VzTemplateValue) {"name", name_for(mail, &choice->account)};
	values[n++] = (VzTemplateValue) {"address", vz_row_text(mail, "recipient")};
	values[n++] = (VzTemplateValue) {"time", psprintf("%s UTC", vz_row_text(mail, "asked_at"))};
	values[n++] = (VzTemplateValue) {"link", link};
	values[n++] = (VzTemplateValue) {.name = "content", .value = choice->content, .is_filled = true};
	for (uint64 i = 0; i < data.n && n < MAX_VALUES; i++)
		values[n++] = (VzTemplateValue) {vz_row_text(&data.row[i], "key"), vz_row_text(&data.row[i], "value")};
	return n;
}

/* append_member appends a member of a JSON object. */
static void
append_member(StringInfo json, const char *name, const char *value)
{
	appendStringInfo(json, "%c\"%s\":", json->len == 0 ? '{' : ',', name);
	escape_json(json, value);
}

/* mail_as_json makes the token that the link carries, fills the templates in and returns the mail as jsonb. */
static Datum
mail_as_json(const VzRow *mail, const Choice *choice, const VzRow *template)
{
	const pg_uuid_t *user_id = vz_row_uuid(&choice->account, "id");
	const char *recipient = vz_row_text(mail, "recipient");
	const char *language = vz_row_text(template, "language");
	char	   *link = choice->purpose == NULL ? NULL
		: link_of(choice->purpose, vz_one_time_token_new(user_id, choice->purpose, recipient, vz_row_uuid(mail, "id")));
	VzTemplateValue values[MAX_VALUES];
	size_t		n = collect_values(mail, choice, link, values);
	char	   *subject = vz_mail_fill(vz_row_text(template, "subject"), values, n);
	char	   *text = vz_mail_fill(vz_row_text(template, "body"), values, n);
	StringInfoData html;
	StringInfoData json;

	initStringInfo(&html);
	appendStringInfo(&html, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head><meta charset=\"utf-8\"></head>\n"
					 "<body style=\"font-family: sans-serif; max-width: 40em\">\n", language);
	vz_template_html(text, link, append_text, &html);
	appendStringInfoString(&html, "</body>\n</html>\n");

	initStringInfo(&json);
	append_member(&json, "mail_id", vz_uuid_text(vz_row_uuid(mail, "id")));
	append_member(&json, "to", recipient);
	append_member(&json, "language", language);
	append_member(&json, "subject", subject);
	append_member(&json, "text", text);
	append_member(&json, "html", html.data);
	appendStringInfoChar(&json, '}');
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data));
}

/*
 * ask_content asks the domain that registered for the template what there is
 * to say; a mail that has nothing to say, or may have left, is dropped.
 */
static void
ask_content(const VzRow *mail, const pg_uuid_t *effect_id, Choice *choice, const char *language)
{
	const VzMailContent *content = vz_mail_content(choice->template);
	bool		isnull;

	if (content == NULL)
		return;
	if (vz_query_found(&may_have_left, VZ_ARGS(vz_arg_uuid(vz_row_uuid(mail, "id")), vz_arg_uuid(effect_id))))
		choice->dropped = "left perhaps";
	else
		choice->content = content->text(vz_row_uuid(&choice->account, "id"), language, vz_row_datum(mail, "data", &isnull));
	if (choice->dropped == NULL && choice->content == NULL)
		choice->dropped = "nothing to say";
}

/*
 * compose_mail returns the mail that a claimed effect is about: mail_id, to,
 * language, subject, text and html; NULL when none is to be sent. Called again
 * for the same effect it makes a new token; those that it has made stay good,
 * those of earlier mails end.
 *
 * Arguments: effect of kind mail_send, token of its lease.
 */
Datum
compose_mail(PG_FUNCTION_ARGS)
{
	TimestampTz now = vz_now();
	Choice		choice = {0};
	const char *sent_as = NULL;
	Datum		composed = (Datum) 0;
	VzRow		mail;
	VzRow		template;

	if (!vz_query_row(&find_leased, VZ_ARGS(vz_arg_uuid(PG_GETARG_UUID_P(0)), vz_arg_uuid(PG_GETARG_UUID_P(1))), &mail))
	{
		if (vz_query_row(&holds_lease, VZ_ARGS(vz_arg_uuid(PG_GETARG_UUID_P(0)), vz_arg_uuid(PG_GETARG_UUID_P(1))), &mail))
			PG_RETURN_NULL();
		vz_raise(vz_fact_uuid(vz_refusal(VZ_E_EFFECT_NOT_FOUND), "effect_id", PG_GETARG_UUID_P(0)));
	}
	choose_mail(&mail, &choice);
	if (!recheck_mail(&mail, &choice))
		PG_RETURN_NULL();
	if (choice.dropped == NULL)
	{
		vz_mail_find_template(choice.template, vz_row_text(&choice.account, "language"), &template);
		ask_content(&mail, PG_GETARG_UUID_P(0), &choice, vz_row_text(&template, "language"));
	}
	if (choice.dropped == NULL)
	{
		composed = mail_as_json(&mail, &choice, &template);
		sent_as = psprintf("%s, %s", choice.template, vz_row_text(&template, "language"));
	}
	vz_execute(&mark_composed, VZ_ARGS(vz_arg_uuid(vz_row_uuid(&mail, "id")), vz_arg_time(now),
									   vz_arg_text(sent_as), vz_arg_text(choice.dropped),
									   vz_arg_uuid(choice.dropped ? NULL : vz_row_uuid(&choice.account, "id"))));
	if (choice.dropped != NULL)
		PG_RETURN_NULL();
	return composed;
}
