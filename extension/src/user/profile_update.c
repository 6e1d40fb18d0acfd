/*
 * profile_update.c
 *		Changing a profile.
 *
 * A field that is not sent stays as it is, and so does one that is sent as
 * null; an empty text empties it. What an account may do (role, status,
 * is_verified) is no argument here. Another e-mail address takes effect when
 * it is confirmed.
 */
#include "user.h"

#include "../auth/account.h"
#include "../auth/proof.h"
#include "../auth/limit.h"
#include "../auth/validators.h"
#include "../core/ground/arguments.h"
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../mail/address.h"
#include "../mail/mail.h"
#include "preferences.h"
#include "profile_rules.h"
#include "json_merge.h"

/* The arguments, behind the one that says whose profile it is. */
enum
{
	ARG_USERNAME, ARG_EMAIL, ARG_CURRENT_PASSWORD, ARG_FIRST_NAME, ARG_LAST_NAME, ARG_DISPLAY_NAME, ARG_BIO,
	ARG_LOCATION, ARG_WEBSITE, ARG_TIMEZONE, ARG_LANGUAGE, ARG_SOCIAL_LINKS, ARG_SKILLS, ARG_PREFERENCES, ARGS
};

static const char *const argument_names[ARGS] = {"username", "email", "current_password", "first_name", "last_name",
	"display_name", "bio", "location", "website", "timezone", "language", "social_links", "skills", "preferences"};

/* A request to change a profile. */
typedef struct Update
{
	FunctionCallInfo fcinfo;
	int			first;			/* number of the argument username */
	pg_uuid_t	id;
	VzRow		user;			/* as it is now */
	VzProfileChange change;
	const char *email;			/* another address than the present one; NULL: not asked for */
	VzRefusal  *wrong;
	StringInfoData fields;		/* names of what is sent, as JSON texts */
} Update;

VZ_FUNCTION(user_update);
VZ_FUNCTION(user_update_me);

/* is_sent says whether an argument is there. */
static bool
is_sent(const Update *u, int arg)
{
	return !u->fcinfo->args[u->first + arg].isnull;
}

/* trimmed_text reads a text without the blanks around it, or NULL. */
static char *
trimmed_text(const Update *u, int arg)
{
	return vz_text_argument(u->fcinfo, u->first + arg);
}

/* read_field reads and judges a field of text. */
static const char *
read_field(Update *u, int arg, VzProfileField field)
{
	char	   *value = trimmed_text(u, arg);
	const char *problem = value == NULL || value[0] == '\0' ? NULL : vz_profile_problem(field, value, pg_mbstrlen(value));

	if (problem != NULL)
		vz_field_error(u->wrong, vz_profile_field_name(field), problem);
	return value;
}

/* read_names reads and judges username and e-mail address. */
static void
read_names(Update *u)
{
	char	   *username = trimmed_text(u, ARG_USERNAME);
	char	   *email = vz_lower(trimmed_text(u, ARG_EMAIL));
	const char *problem;

	if (username != NULL && (problem = vz_username_problem(username)) != NULL)
		vz_field_error(u->wrong, "username", problem);
	if (email != NULL && (problem = vz_email_problem(email)) != NULL)
		vz_field_error(u->wrong, "email", problem);
	u->change.username = username;
	u->email = email;
}

/* read_skills reads and judges the list of skills. */
static void
read_skills(Update *u)
{
	NullableDatum *arg = &u->fcinfo->args[u->first + ARG_SKILLS];
	const char *problem = NULL;
	Datum	   *items;
	bool	   *nulls;
	int			n;

	u->change.skills = vz_arg_datum(arg->value, arg->isnull);
	if (arg->isnull)
		return;
	deconstruct_array(DatumGetArrayTypeP(arg->value), TEXTOID, -1, false, TYPALIGN_INT, &items, &nulls, &n);
	if (n > VZ_SKILLS_MAX)
		problem = "must be at most 10 words";
	for (int i = 0; i < n && problem == NULL; i++)
	{
		char	   *skill = nulls[i] ? "" : TextDatumGetCString(items[i]);

		problem = vz_skill_problem(skill, pg_mbstrlen(skill));
	}
	if (problem != NULL)
		vz_field_error(u->wrong, "skills", problem);
}

/* judge_social_link judges a name at another service. */
static void
judge_social_link(const char *name, const JsonbValue *value, void *state)
{
	Update	   *u = state;
	char	   *text = value->type == jbvString ? pnstrdup(value->val.string.val, value->val.string.len) : "";
	const char *problem = vz_social_link_problem(name, text, pg_mbstrlen(text));

	if (problem == NULL && value->type != jbvString && value->type != jbvNull)
		problem = "must be a text";
	if (problem != NULL)
		vz_field_error(u->wrong, psprintf("social_links.%s", name), problem);
}

/* jsonb_column returns a jsonb column of the user as it was when the row was locked; none is NULL there. */
static Jsonb *
jsonb_column(const Update *u, const char *name)
{
	bool		isnull;

	return DatumGetJsonbP(vz_row_datum(&u->user, name, &isnull));
}

/* jsonb_text returns the text form that vz_arg_jsonb takes. */
static char *
jsonb_text(Jsonb *json)
{
	return JsonbToCString(NULL, &json->root, (int) VARSIZE(json));
}

/* read_social_links reads and judges names at other services, and merges them into those that are there. */
static void
read_social_links(Update *u)
{
	Jsonb	   *change;

	if (!is_sent(u, ARG_SOCIAL_LINKS))
		return;
	change = DatumGetJsonbP(u->fcinfo->args[u->first + ARG_SOCIAL_LINKS].value);
	if (!JB_ROOT_IS_OBJECT(change))
	{
		vz_field_error(u->wrong, "social_links", "must be an object");
		return;
	}
	vz_json_members(&change->root, judge_social_link, u);
	u->change.social_links = jsonb_text(vz_json_without_empty(vz_json_merge(jsonb_column(u, "social_links"), change)));
}

/* read_preferences merges what the web app keeps into what it kept. */
static void
read_preferences(Update *u)
{
	if (is_sent(u, ARG_PREFERENCES))
		u->change.preferences = vz_preferences_change(u->wrong, "preferences", "preferences.", jsonb_column(u, "preferences"),
													  DatumGetJsonbP(u->fcinfo->args[u->first + ARG_PREFERENCES].value));
}

/* read_fields reads and judges everything that is sent; raises when something is wrong, or nothing is sent. */
static void
read_fields(Update *u)
{
	char	   *timezone = trimmed_text(u, ARG_TIMEZONE);
	char	   *language = trimmed_text(u, ARG_LANGUAGE);

	for (int arg = 0; arg < ARGS; arg++)
		if (arg != ARG_CURRENT_PASSWORD && is_sent(u, arg))
			appendStringInfo(&u->fields, "%s\"%s\"", u->fields.len > 0 ? "," : "", argument_names[arg]);
	if (u->fields.len == 0)
		vz_field_error(u->wrong, "body", "must name at least one field to change");
	read_names(u);
	u->change.first_name = read_field(u, ARG_FIRST_NAME, VZ_PROFILE_FIRST_NAME);
	u->change.last_name = read_field(u, ARG_LAST_NAME, VZ_PROFILE_LAST_NAME);
	u->change.display_name = read_field(u, ARG_DISPLAY_NAME, VZ_PROFILE_DISPLAY_NAME);
	u->change.bio = read_field(u, ARG_BIO, VZ_PROFILE_BIO);
	u->change.location = read_field(u, ARG_LOCATION, VZ_PROFILE_LOCATION);
	u->change.website = read_field(u, ARG_WEBSITE, VZ_PROFILE_WEBSITE);
	if (timezone != NULL)
		u->change.timezone = vz_timezone_check(u->wrong, timezone);
	if (language != NULL)
		vz_language_check(u->wrong, u->change.language = language);
	read_skills(u);
	read_social_links(u);
	read_preferences(u);
}

/*
 * read_email judges whether the address changes, and who may ask for that:
 * its owner, who proves again to be. The present address takes an earlier
 * wish for another one back.
 */
static void
read_email(Update *u)
{
	const char *present = vz_row_text(&u->user, "email");

	if (u->email == NULL)
		return;
	if (present != NULL && strcmp(present, u->email) == 0)
	{
		u->change.pending_email = "";
		u->email = NULL;
		return;
	}
	if (!vz_uuid_equal(&u->id, &vz_actor()->user_id))
		vz_field_error(u->wrong, "email", "can be changed by the owner of the account alone");
	else if (!is_sent(u, ARG_CURRENT_PASSWORD))
		vz_field_error(u->wrong, "current_password", "is missing");
	u->change.pending_email = u->email;
}

/*
 * confirm_change has the owner prove again who one is, where it changes how one
 * gets in: the address, or the username that one logs in with. NULL when all is
 * well.
 */
static VzRefusal *
confirm_change(const Update *u)
{
	char	   *password = is_sent(u, ARG_CURRENT_PASSWORD)
		? TextDatumGetCString(u->fcinfo->args[u->first + ARG_CURRENT_PASSWORD].value) : NULL;
	bool		is_renamed = u->change.username != NULL && strcmp(u->change.username, vz_row_text(&u->user, "username")) != 0;
	VzRefusal  *refusal;

	if (u->email != NULL)
	{
		refusal = vz_confirm_password(&u->id, password);
		return refusal != NULL ? refusal
			: vz_limit_take("change_email", vz_uuid_text(&u->id), vz_setting_int("email_change_limit"), 86400);
	}
	return is_renamed ? vz_prove_identity("current_password", password) : NULL;
}

/* queue_email_mails has the new address asked to confirm, whoever has it, and tells the old one. */
static void
queue_email_mails(const Update *u)
{
	vz_mail_queue("change_email", u->email, &u->id, NULL);
	vz_mail_notify("email_change_notice", &u->id, NULL);
}

/* update_profile changes a profile and answers with the account. */
static Datum
update_profile(FunctionCallInfo fcinfo, int first, const pg_uuid_t *id)
{
	Update		u = {.fcinfo = fcinfo, .first = first, .id = *id, .wrong = vz_refusal(VZ_E_VALIDATION_ERROR)};
	VzRefusal  *refusal;
	Datum		json;

	initStringInfo(&u.fields);
	vz_profile_lock(id, &u.user);
	read_fields(&u);
	read_email(&u);
	vz_raise_if(u.wrong);
	refusal = confirm_change(&u);
	if (refusal != NULL)
		VZ_REFUSE_AND_KEEP(refusal);
	vz_profile_store(id, &u.change, "user.update", u.fields.data);
	/* What was wished before is claimed no longer. */
	if (u.change.pending_email != NULL)
		vz_address_settle(id);
	if (u.email != NULL)
	{
		vz_address_claim(id, u.email, false);
		queue_email_mails(&u);
	}
	vz_account_json(id, &json);
	return json;
}

/* user_update changes the profile of the user, for the user and for administrators. */
Datum
user_update(PG_FUNCTION_ARGS)
{
	pg_uuid_t	id;
	VzRefusal  *refusal = vz_user_own_argument(fcinfo, 0, &id);

	if (refusal != NULL)
		vz_raise(refusal);
	return update_profile(fcinfo, 1, &id);
}

/* user_update_me changes the actor's own profile. */
Datum
user_update_me(PG_FUNCTION_ARGS)
{
	return update_profile(fcinfo, 0, &vz_require_user()->user_id);
}
