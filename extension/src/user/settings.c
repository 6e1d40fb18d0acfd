/*
 * settings.c
 *		Settings: a view of the preferences with defaults, and changing them.
 */
#include "user.h"

#include "../core/ground/arguments.h"
#include "../core/ground/json.h"
#include "../core/ground/response.h"
#include "preferences.h"

static VzStmt find_revision = VZ_LOOKUP(
	"select revision from veza_data.users where id = $1 and status <> 'deleted'", UUIDOID);

static VzStmt shape = VZ_LOOKUP("select * from veza_data.settings_shape where user_id = $1", UUIDOID);

/* The arguments, behind the one that says whose settings they are. */
enum
{
	ARG_THEME = 1, ARG_NOTIFICATIONS, ARG_PRIVACY, ARG_AUDIO, ARG_LANGUAGE, ARG_TIMEZONE, ARGS
};

static const char *const argument_names[ARGS] = {"id", "theme", "notifications", "privacy", "audio", "language", "timezone"};

VZ_FUNCTION(user_settings);
VZ_FUNCTION(user_settings_update);

/* show_settings answers the settings with their version; false when there is no such user. */
static bool
show_settings(const pg_uuid_t *id, Datum *json)
{
	VzRow		row;

	if (!vz_query_row(&find_revision, VZ_ARGS(vz_arg_uuid(id)), &row) || !vz_json_row(&shape, VZ_ARGS(vz_arg_uuid(id)), json))
		return false;
	vz_set_etag(id, vz_row_int8(&row, "revision"));
	return true;
}

/* user_settings shows the settings of a user, to the user and to administrators. */
Datum
user_settings(PG_FUNCTION_ARGS)
{
	pg_uuid_t	id;
	VzRefusal  *refusal = vz_user_own_argument(fcinfo, 0, &id);
	Datum		json = (Datum) 0;

	if (refusal == NULL && !show_settings(&id, &json))
		refusal = vz_refusal(VZ_E_USER_NOT_FOUND);
	if (refusal != NULL)
		VZ_REFUSE(refusal);
	return json;
}

/* sent_settings returns the settings that are sent as one object, and notes the names of all that is sent. */
static Jsonb *
sent_settings(FunctionCallInfo fcinfo, StringInfo fields)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	for (int arg = ARG_THEME; arg < ARGS; arg++)
	{
		if (PG_ARGISNULL(arg))
			continue;
		appendStringInfo(fields, "%s\"%s\"", fields->len > 0 ? "," : "", argument_names[arg]);
		if (arg == ARG_LANGUAGE || arg == ARG_TIMEZONE)
			continue;
		appendStringInfo(&json, "%s\"%s\":", json.len > 1 ? "," : "", argument_names[arg]);
		if (arg == ARG_THEME)
			escape_json(&json, text_to_cstring(PG_GETARG_TEXT_PP(arg)));
		else
			appendStringInfoString(&json, JsonbToCString(NULL, &PG_GETARG_JSONB_P(arg)->root, 0));
	}
	appendStringInfoChar(&json, '}');
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data)));
}

/*
 * user_settings_update merges what is sent into the settings of a user, for
 * the user and for administrators.
 *
 * Arguments: whose; theme, notifications, privacy, audio, language, time zone,
 * each of them optional.
 */
Datum
user_settings_update(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzProfileChange change = {.skills = vz_arg_null()};
	StringInfoData fields;
	VzRefusal  *refusal;
	pg_uuid_t	id;
	bool		isnull;
	Datum		json = (Datum) 0;
	VzRow		user;

	refusal = vz_user_own_argument(fcinfo, 0, &id);
	if (refusal != NULL)
		vz_raise(refusal);
	vz_profile_lock(&id, &user);
	initStringInfo(&fields);
	change.preferences = vz_preferences_change(wrong, "body", "", DatumGetJsonbP(vz_row_datum(&user, "preferences", &isnull)),
											   sent_settings(fcinfo, &fields));
	if (fields.len == 0)
		vz_field_error(wrong, "body", "must name at least one field to change");
	if (!PG_ARGISNULL(ARG_TIMEZONE))
		change.timezone = vz_timezone_check(wrong, vz_text_argument(fcinfo, ARG_TIMEZONE));
	if (!PG_ARGISNULL(ARG_LANGUAGE))
		vz_language_check(wrong, change.language = vz_text_argument(fcinfo, ARG_LANGUAGE));
	vz_raise_if(wrong);
	vz_profile_store(&id, &change, "user.settings", fields.data);
	show_settings(&id, &json);
	return json;
}
