/*
 * compose.c
 *		Composing mails when veza-relay is about to send them (see mail.h).
 *
 * Here is decided who gets what: the account behind an address is looked up,
 * and the token that the mail carries is made, of which only the hash stays.
 */
#include "mail.h"

#include "one_time_token.h"
#include "../core/arguments.h"
#include "../core/clock.h"
#include "../core/json.h"
#include "../core/refusal.h"
#include "template.h"

#define MAX_VALUES 16

static VzStmt find_leased = VZ_STMT(
	"select m.id, m.template, m.user_id, m.recipient, m.data, m.dropped, m.created_at,"
	"       to_char(m.created_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as asked_at"
	"  from veza_data.effect e join veza_data.mail m on m.id = e.subject_id"
	" where e.id = $1 and e.kind = 'mail_send' and e.state = 'leased' and e.lease_token = $2",
	UUIDOID, UUIDOID);

static VzStmt count_sent = VZ_STMT(
	"select count(*) as n from veza_data.mail o, veza_data.mail m"
	" where m.id = $1 and o.recipient = m.recipient and o.template = m.template and o.id <> m.id"
	"   and o.dropped is null and o.composed_at > $2",
	UUIDOID, TIMESTAMPTZOID);

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

/* The owner of an address: whoever confirmed it, else whoever named it first. */
static VzStmt find_by_address = VZ_STMT(
	"select id, username, coalesce(display_name, username) as name, email, language, is_verified, status"
	"  from veza_data.users where email = $1 and status = 'active'"
	" order by is_verified desc, created_at, id limit 1",
	TEXTOID);

static VzStmt find_template = VZ_STMT(
	"select language, subject, body from veza.mail_template where name = $1 and language in ($2, 'en')"
	" order by language = 'en' limit 1",
	TEXTOID, TEXTOID);

static VzStmt data_values = VZ_STMT("select key, value from jsonb_each_text($1)", JSONBOID);

static VzStmt mark_composed = VZ_STMT(
	"update veza_data.mail set composed_at = coalesce(composed_at, $2), sent_as = $3, dropped = $4 where id = $1",
	UUIDOID, TIMESTAMPTZOID, TEXTOID, TEXTOID);

/* What became of the wish for a mail. */
typedef struct Choice
{
	const char *template;
	const char *dropped;		/* why there is no mail; NULL: there is one */
	const char *purpose;		/* of the token; NULL: none */
	VzRow		account;
} Choice;

VZ_FUNCTION(compose_mail);

/* is_asked_for_by_anybody: mails that a stranger can have sent to an address are limited. */
static bool
is_asked_for_by_anybody(const char *template)
{
	return strcmp(template, "verify_email") == 0 || strcmp(template, "change_email") == 0 ||
		strcmp(template, "reset_password") == 0;
}

/* choose_owner turns a mail for an address that another account has confirmed into a word to that account. */
static bool
choose_owner(const char *recipient, const pg_uuid_t *user_id, Choice *choice)
{
	VzRow		owner;

	if (!vz_query_row(&find_by_address, VZ_ARGS(vz_arg_text(recipient)), &owner) ||
		!vz_row_bool(&owner, "is_verified") ||
		(user_id != NULL && vz_uuid_equal(vz_row_uuid(&owner, "id"), user_id)))
		return false;
	choice->account = owner;
	choice->template = "already_registered";
	/* Somebody who asks for the mail again without an account of one's own has nothing left to confirm. */
	if (user_id == NULL)
		choice->dropped = "confirmed already";
	return true;
}

/* choose decides which mail is sent, and to which account it belongs. */
static void
choose(const VzRow *mail, Choice *choice)
{
	const pg_uuid_t *user_id = vz_row_uuid(mail, "user_id");
	const char *recipient = vz_row_text(mail, "recipient");
	bool		is_confirmation;
	bool		found;

	choice->template = vz_row_text(mail, "template");
	if ((choice->dropped = vz_row_text(mail, "dropped")) != NULL)
		return;
	is_confirmation = strcmp(choice->template, "verify_email") == 0 || strcmp(choice->template, "change_email") == 0;
	if (is_confirmation && choose_owner(recipient, user_id, choice))
		return;
	found = user_id != NULL
		? vz_query_row(&find_account, VZ_ARGS(vz_arg_uuid(user_id)), &choice->account)
		: vz_query_row(&find_by_address, VZ_ARGS(vz_arg_text(recipient)), &choice->account);
	if (!found)
		choice->dropped = "no account";
	else if (strcmp(choice->template, "verify_email") == 0 && vz_row_bool(&choice->account, "is_verified"))
		choice->dropped = "confirmed already";
	else if (is_asked_for_by_anybody(choice->template))
		choice->purpose = choice->template;
}

/* is_one_too_many: so many mails of the kind have gone to the address within an hour that this one does not. */
static bool
is_one_too_many(const pg_uuid_t *mail_id)
{
	VzRow		sent;

	vz_query_row(&count_sent, VZ_ARGS(vz_arg_uuid(mail_id), vz_arg_time(vz_time_plus(vz_now(), -3600))), &sent);
	return vz_row_int8(&sent, "n") >= vz_setting_int("mail_limit");
}

/*
 * settle looks once more, with account and mail locked, whether what anybody
 * can ask for is still to be sent: there may be too many mails, and a new
 * password, or a newer mail, makes a link void. False when the mail is gone.
 */
static bool
settle(const VzRow *mail, Choice *choice)
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
	else if (is_one_too_many(id))
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

/* append is the writer of templates. */
static void
append(void *out, const char *data, size_t len)
{
	appendBinaryStringInfo(out, data, (int) len);
}

/* fill fills in a template of ours; a name without a value is our mistake. */
static char *
fill(const char *text, const VzTemplateValue *values, size_t nvalues)
{
	StringInfoData out;

	initStringInfo(&out);
	if (!vz_template_fill(text, values, nvalues, append, &out))
		elog(ERROR, "a mail template has a name without a value");
	return out.data;
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
	const char *email = vz_row_text(account, "email");
	bool		is_owner = vz_row_bool(account, "is_verified") && email != NULL &&
		strcmp(email, vz_row_text(mail, "recipient")) == 0;

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

/* compose returns the mail as jsonb. */
static Datum
compose(const VzRow *mail, const Choice *choice, const VzRow *template)
{
	const pg_uuid_t *user_id = vz_row_uuid(&choice->account, "id");
	const char *recipient = vz_row_text(mail, "recipient");
	const char *language = vz_row_text(template, "language");
	char	   *link = choice->purpose == NULL ? NULL
		: link_of(choice->purpose, vz_one_time_token_new(user_id, choice->purpose, recipient, vz_row_uuid(mail, "id")));
	VzTemplateValue values[MAX_VALUES];
	size_t		n = collect_values(mail, choice, link, values);
	char	   *subject = fill(vz_row_text(template, "subject"), values, n);
	char	   *text = fill(vz_row_text(template, "body"), values, n);
	StringInfoData html;
	StringInfoData json;

	initStringInfo(&html);
	appendStringInfo(&html, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head><meta charset=\"utf-8\"></head>\n"
					 "<body style=\"font-family: sans-serif; max-width: 40em\">\n", language);
	vz_template_html(text, link, append, &html);
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
	choose(&mail, &choice);
	if (!settle(&mail, &choice))
		PG_RETURN_NULL();
	if (choice.dropped == NULL)
	{
		if (!vz_query_row(&find_template, VZ_ARGS(vz_arg_text(choice.template),
												  vz_arg_text(vz_row_text(&choice.account, "language"))), &template))
			elog(ERROR, "there is no mail template \"%s\"", choice.template);
		composed = compose(&mail, &choice, &template);
		sent_as = psprintf("%s, %s", choice.template, vz_row_text(&template, "language"));
	}
	vz_execute(&mark_composed, VZ_ARGS(vz_arg_uuid(vz_row_uuid(&mail, "id")), vz_arg_time(now),
									   vz_arg_text(sent_as), vz_arg_text(choice.dropped)));
	if (choice.dropped != NULL)
		PG_RETURN_NULL();
	return composed;
}
