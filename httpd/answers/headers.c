/*
 * headers.c
 *		Headers of every answer (see headers.h). Source: OWASP Secure Headers,
 *		the Fetch standard.
 */
#include "headers.h"

#include <string.h>

#include "../config/config.h"
#include "../wire/cors.h"

static const struct
{
	const char *name;
	const char *value;
}			protecting[] = {
	{"X-Content-Type-Options", "nosniff"},
	{"X-Frame-Options", "DENY"},
	{"Referrer-Policy", "no-referrer"},
	{"Permissions-Policy", "geolocation=(), microphone=(), camera=()"},
	{"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
	{"Cross-Origin-Resource-Policy", "same-site"},
	{"X-XSS-Protection", "0"},
};

void
headers_add_security(struct MHD_Response *response)
{
	const char *env = config_text(CONFIG_APP_ENV);

	for (size_t i = 0; i < sizeof(protecting) / sizeof(protecting[0]); i++)
		if (MHD_get_response_header(response, protecting[i].name) == NULL)
			MHD_add_response_header(response, protecting[i].name, protecting[i].value);
	/* A browser that once reached localhost by this would never again do so without TLS. */
	if (strcmp(env, "staging") == 0 || strcmp(env, "production") == 0)
		MHD_add_response_header(response, "Strict-Transport-Security", "max-age=31536000; includeSubDomains");
}

void
headers_add_cors(struct MHD_Response *response, const char *origin)
{
	if (origin == NULL || !cors_allows(config_text(CONFIG_CORS_ALLOWED_ORIGINS), origin))
		return;
	MHD_add_response_header(response, "Access-Control-Allow-Origin", origin);
	MHD_add_response_header(response, "Access-Control-Allow-Credentials", "true");
	MHD_add_response_header(response, "Access-Control-Expose-Headers", CORS_EXPOSED_HEADERS);
}
