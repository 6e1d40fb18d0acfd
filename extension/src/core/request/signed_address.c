/*
 * signed_address.c
 *		Addresses that speak for their user (see signed_address.h).
 *
 * The token at the end says for whom and where; who the user is today is read
 * from the tables at each request, as with any other token.
 */
#include "signed_address.h"

#include "../ground/actor.h"
#include "../ground/clock.h"
#include "../ground/json.h"
#include "../ground/response.h"

#include "utils/timestamp.h"

static VzStmt find_token_version = VZ_STMT("select token_version from veza_data.users where id = $1", UUIDOID);

/* append_claims writes what the token says; issuer, audience and token_use are the seal's. */
static void
append_claims(StringInfo claims, const VzActor *actor, const char *address, int64 now, int64 ttl_s)
{
	VzRow		user;

	vz_query_row(&find_token_version, VZ_ARGS(vz_arg_uuid(&actor->user_id)), &user);
	appendStringInfo(claims, "{\"sub\":\"%s\",\"sid\":\"%s\",\"token_version\":%d,",
					 vz_uuid_text(&actor->user_id), vz_uuid_text(&actor->session_id), vz_row_int4(&user, "token_version"));
	appendStringInfo(claims, "\"iat\":" INT64_FORMAT ",\"exp\":" INT64_FORMAT ",\"address\":", now, now + ttl_s);
	escape_json(claims, address);
	appendStringInfoChar(claims, '}');
}

bool
vz_signed_address(const char *member, const char *address, Datum *answer)
{
	const VzActor *actor = vz_actor();
	int64		ttl_s = vz_setting_int("signed_address_ttl");
	int64		now = (int64) time(NULL);
	StringInfoData claims;
	StringInfoData json;

	if (!actor->has_session)
		return false;
	initStringInfo(&claims);
	append_claims(&claims, actor, address, now, ttl_s);
	vz_seal_address(member, address, claims.data);
	initStringInfo(&json);
	appendStringInfoString(&json, "{\"expires_at\":");
	vz_json_append(&json, TimestampTzGetDatum(time_t_to_timestamptz((pg_time_t) (now + ttl_s))), false, TIMESTAMPTZOID);
	appendStringInfoChar(&json, '}');
	*answer = vz_json_datum(&json);
	return true;
}
