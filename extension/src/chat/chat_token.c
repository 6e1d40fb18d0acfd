/*
 * chat_token.c
 *		Admission to the chat server.
 *
 * The chat server asks nobody: it believes the token that veza-httpd signs
 * with a key of its own. So the token says all there is to say, and lives
 * shortly.
 */
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../core/ground/refusal.h"
#include "../core/request/request.h"
#include "../core/ground/response.h"
#include "../core/ground/secret.h"
#include "ws_url.h"

#include "utils/timestamp.h"

#define CHAT_TOKEN_TTL_MAX 900
#define WS_URL_MAX 300

/* The role is the one that the account has now, with what its plan lends it. */
static VzStmt find_user = VZ_STMT(
	"select m.username, m.role, u.token_version"
	"  from veza_data.me_shape m join veza_data.users u using (id) where m.id = $1",
	UUIDOID);

VZ_FUNCTION(chat_token);

/* write_claims writes what the chat server is to know; issuer, audience and token_use are the seal's. */
static char *
write_claims(const VzActor *actor, const VzRow *user, int64 now, int64 ttl)
{
	StringInfoData claims;
	char	   *id = vz_uuid_text(&actor->user_id);

	initStringInfo(&claims);
	appendStringInfo(&claims, "{\"sub\":\"%s\",\"user_id\":\"%s\",\"username\":", id, id);
	escape_json(&claims, vz_row_text(user, "username"));
	appendStringInfoString(&claims, ",\"role\":");
	escape_json(&claims, vz_row_text(user, "role"));
	if (actor->has_session)
		appendStringInfo(&claims, ",\"sid\":\"%s\"", vz_uuid_text(&actor->session_id));
	appendStringInfo(&claims, ",\"token_version\":%d,\"type\":\"chat\",\"jti\":\"%s\","
					 "\"iat\":" INT64_FORMAT ",\"exp\":" INT64_FORMAT "}",
					 vz_row_int4(user, "token_version"), vz_secret_new(), now, now + ttl);
	return claims.data;
}

/* chat_token has a token made for the caller, which admits to the chat server and to nothing else. */
Datum
chat_token(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	int64		ttl = Min(Max(vz_setting_int("chat_token_ttl"), 1), CHAT_TOKEN_TTL_MAX);
	int64		now = (int64) time(NULL);
	char		ws_url[WS_URL_MAX];
	StringInfoData json;
	VzRow		user;

	if (!vz_query_row(&find_user, VZ_ARGS(vz_arg_uuid(&actor->user_id)), &user))
		VZ_REFUSE(vz_refusal(VZ_E_USER_NOT_FOUND));
	vz_seal("token", "chat", write_claims(actor, &user, now, ttl));
	initStringInfo(&json);
	appendStringInfo(&json, "{\"expires_in\":" INT64_FORMAT ",\"expires_at\":", ttl);
	vz_json_append(&json, TimestampTzGetDatum(time_t_to_timestamptz((pg_time_t) (now + ttl))), false, TIMESTAMPTZOID);
	appendStringInfoString(&json, ",\"ws_url\":");
	if (vz_ws_url(vz_setting_text("chat_server_url"), ws_url, sizeof(ws_url)))
		escape_json(&json, ws_url);
	else
		appendStringInfoString(&json, "null");
	appendStringInfoChar(&json, '}');
	return vz_json_datum(&json);
}
