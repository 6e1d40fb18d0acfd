/*
 * profile.c
 *		Showing profiles: to everybody, to their owners, and how complete they are.
 *
 * A profile that others may not see (deleted, suspended, private) is answered
 * like one that does not exist.
 */
#include "user.h"

#include "../auth/account.h"
#include "../core/ground/arguments.h"
#include "../core/ground/json.h"
#include "visibility.h"

static VzStmt find_by_username = VZ_LOOKUP(
	"select id from veza_data.users where lower(username) = lower($1) and status <> 'deleted'", TEXTOID);

static VzStmt is_shown = VZ_LOOKUP(
	"select id from veza_data.users u where id = $1 and " VZ_USER_IS_OPEN("u", "$2"),
	UUIDOID, BOOLOID);

static VzStmt public_profile = VZ_LOOKUP_IF("select * from veza_data.public_user_shape where id = $1", &is_shown,
											UUIDOID, BOOLOID);

/* In the order in which they are asked for. */
static VzStmt filled_in = VZ_LOOKUP(
	"select true as username, is_verified as email_verified, first_name is not null as first_name,"
	"       last_name is not null as last_name, avatar is not null as avatar, bio is not null as bio,"
	"       location is not null as location, website is not null as website,"
	"       social_links <> '{}' as social_links"
	"  from veza_data.users where id = $1 and status <> 'deleted'",
	UUIDOID);

VZ_FUNCTION(user_get);
VZ_FUNCTION(user_get_by_username);
VZ_FUNCTION(user_completion);

/* show_profile answers the whole account to its owner and to administrators, the public profile to others; 0: refused. */
static Datum
show_profile(const pg_uuid_t *id)
{
	VzUserVisibility sight = vz_user_visibility(id);
	Datum		json = (Datum) 0;
	bool		is_found;

	if (sight.is_whole)
		is_found = vz_account_json(id, &json);
	else
		is_found = !(sight.is_known && vz_user_blocks(id, &vz_user_actor()->user_id)) &&
			vz_json_row(&public_profile, VZ_ARGS(vz_arg_uuid(id), vz_arg_bool(sight.is_known)), &json);
	if (is_found)
		return json;
	vz_refuse(vz_refusal(VZ_E_USER_NOT_FOUND));
	return (Datum) 0;
}

/* user_get shows a user: the whole account to its owner and to administrators, the public profile to others. */
Datum
user_get(PG_FUNCTION_ARGS)
{
	pg_uuid_t	id;
	VzRefusal  *refusal = vz_user_argument(fcinfo, 0, &id);
	Datum		json;

	if (refusal != NULL)
		VZ_REFUSE(refusal);
	json = show_profile(&id);
	fcinfo->isnull = json == (Datum) 0;
	return json;
}

/* user_get_by_username shows a user by name, whatever its case. */
Datum
user_get_by_username(PG_FUNCTION_ARGS)
{
	char	   *username = vz_text_argument(fcinfo, 0);
	Datum		json;
	VzRow		row;

	if (username == NULL || !vz_query_row(&find_by_username, VZ_ARGS(vz_arg_text(username)), &row))
		VZ_REFUSE(vz_refusal(VZ_E_USER_NOT_FOUND));
	json = show_profile(vz_row_uuid(&row, "id"));
	fcinfo->isnull = json == (Datum) 0;
	return json;
}

/* The fields of a profile; those from OPTIONAL_FROM on do not count. */
static const char *const completion_fields[] = {"username", "email_verified", "first_name", "last_name", "avatar", "bio",
"location", "website", "social_links"};

#define OPTIONAL_FROM 6

/* append_fields appends the fields of a range that are filled in, or that are not, as a JSON array; returns how many. */
static int
append_fields(StringInfo json, const VzRow *row, size_t from, size_t to, bool wanted)
{
	int			n = 0;

	appendStringInfoChar(json, '[');
	for (size_t i = from; i < to; i++)
		if (vz_row_bool(row, completion_fields[i]) == wanted)
			appendStringInfo(json, "%s\"%s\"", n++ > 0 ? "," : "", completion_fields[i]);
	appendStringInfoChar(json, ']');
	return n;
}

/* user_completion says how complete a profile is; for its owner and administrators. */
Datum
user_completion(PG_FUNCTION_ARGS)
{
	pg_uuid_t	id;
	VzRefusal  *refusal = vz_user_own_argument(fcinfo, 0, &id);
	StringInfoData json;
	StringInfoData missing;
	int			nmissing;
	VzRow		row;

	if (refusal == NULL && !vz_query_row(&filled_in, VZ_ARGS(vz_arg_uuid(&id)), &row))
		refusal = vz_refusal(VZ_E_USER_NOT_FOUND);
	if (refusal != NULL)
		VZ_REFUSE(refusal);
	initStringInfo(&missing);
	nmissing = append_fields(&missing, &row, 0, OPTIONAL_FROM, false);
	initStringInfo(&json);
	appendStringInfo(&json, "{\"user_id\":\"%s\",\"percentage\":%d,\"completed\":", vz_uuid_text(&id),
					 (OPTIONAL_FROM - nmissing) * 100 / OPTIONAL_FROM);
	append_fields(&json, &row, 0, lengthof(completion_fields), true);
	appendStringInfo(&json, ",\"missing\":%s,\"is_complete\":%s,\"optional_missing\":", missing.data,
					 nmissing == 0 ? "true" : "false");
	append_fields(&json, &row, OPTIONAL_FROM, lengthof(completion_fields), false);
	appendStringInfoChar(&json, '}');
	return vz_json_datum(&json);
}
