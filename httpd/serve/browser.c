/*
 * browser.c
 *		What browsers ask before they send, and show when they do (see browser.h).
 */
#include "browser.h"

#include <sodium.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "../config/config.h"
#include "../trust/csrf.h"
#include "../trust/keys.h"
#include "../wire/cookie.h"
#include "../wire/cors.h"

bool
browser_is_preflight(const HttpHead *head)
{
	const HttpHeader *origin = request_header(head, "Origin");

	return strcmp(head->method, "OPTIONS") == 0 && origin != NULL &&
		request_header(head, "Access-Control-Request-Method") != NULL &&
		cors_allows(config_text(CONFIG_CORS_ALLOWED_ORIGINS), origin->value);
}

Reply
browser_preflight_reply(void)
{
	Reply		reply = reply_json(204, strdup(""));

	reply_header(&reply, "Access-Control-Allow-Methods", CORS_METHODS);
	reply_header(&reply, "Access-Control-Allow-Headers", CORS_REQUEST_HEADERS);
	reply_header(&reply, "Access-Control-Max-Age", CORS_MAX_AGE);
	return reply;
}

/* is_allowed_origin: an allowed origin, or the one that the request itself was sent to. */
static bool
is_allowed_origin(const HttpHead *head, const char *origin)
{
	const HttpHeader *host = request_header(head, "Host");
	const char *name = strstr(origin, "://");

	return cors_allows(config_text(CONFIG_CORS_ALLOWED_ORIGINS), origin) ||
		(host != NULL && name != NULL && strcmp(name + 3, host->value) == 0);
}

/* is_bearer: no browser sends this scheme by itself, as it sends Basic to whoever has once asked for it. */
static bool
is_bearer(const HttpHeader *authorization)
{
	return authorization != NULL && strncasecmp(authorization->value, "Bearer ", 7) == 0;
}

/* is_signed says whether a CSRF token is signed for the session with the present or the former key. */
static bool
is_signed(const char *token, const char *session)
{
	const Key  *keys = keys_current()->keys[KEY_ACCESS];

	for (int age = 0; age < KEY_AGES; age++)
		if (keys[age].text != NULL && csrf_is_good(keys[age].text, session, time(NULL), token))
			return true;
	return false;
}

bool
browser_passes_csrf(const HttpHead *head, const char *cookie)
{
	const HttpHeader *cookies = request_header(head, "Cookie");
	const HttpHeader *sent = request_header(head, "X-CSRF-Token");
	const HttpHeader *origin = request_header(head, "Origin");
	char		token[CSRF_TOKEN_SIZE];
	char		session[COOKIE_VALUE_MAX];

	if (config_bool(CONFIG_CSRF_DISABLED) || is_bearer(request_header(head, "Authorization")))
		return true;
	if (origin != NULL && !is_allowed_origin(head, origin->value))
		return false;
	return sent != NULL && cookies != NULL &&
		cookie_find(cookies->value, cookies->value_len, CSRF_COOKIE, token, sizeof(token)) &&
		strlen(token) == sent->value_len && sodium_memcmp(token, sent->value, sent->value_len) == 0 &&
		cookie_find(cookies->value, cookies->value_len, cookie, session, sizeof(session)) && is_signed(token, session);
}
