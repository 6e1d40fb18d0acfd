/*
 * csrf.c
 *		A token for requests that a cookie speaks for; veza-httpd makes and checks
 *		it. It belongs to the session whose cookie came with the request.
 */
#include "../core/ground/json.h"
#include "../core/ground/response.h"
#include "session.h"

VZ_FUNCTION(auth_csrf_token);

/* auth_csrf_token has a CSRF token made: in the answer, in the header X-CSRF-Token, and in a cookie. */
Datum
auth_csrf_token(PG_FUNCTION_ARGS)
{
	StringInfoData json;

	vz_seal("csrf_token", "csrf",
			psprintf("{\"lifetime\":%d,\"cookie\":\"%s\"}", VZ_CSRF_LIFETIME_S, VZ_REFRESH_COOKIE));
	initStringInfo(&json);
	appendStringInfo(&json, "{\"expires_in\":%d,\"usage\":{\"header\":\"X-CSRF-Token\",\"cookie\":\"csrf_token\"}}",
					 VZ_CSRF_LIFETIME_S);
	return vz_json_datum(&json);
}
