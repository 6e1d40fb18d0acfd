/*
 * config_defaults.c
 *		Defaults that depend on other variables or on the machine.
 */
#include "config_private.h"

#include <string.h>
#include <unistd.h>

#include "config.h"

/* What development and test have, and what staging and production have. */
static const struct
{
	ConfigId	id;
	const char *relaxed;
	const char *strict;
}			by_environment[] = {
	{CONFIG_CLAMAV_REQUIRED, "false", "true"},
	{CONFIG_CORS_ALLOWED_ORIGINS, "http://localhost:3000,http://localhost:5173", NULL},
	{CONFIG_DRAIN_DELAY, "0", "5s"},
	{CONFIG_RATE_LIMIT_LIMIT, "1000", "200"},
	{CONFIG_RATE_LIMIT_REGISTER, "20", "3"},
	{CONFIG_RATE_LIMIT_RESEND, "20", "3"},
	{CONFIG_RATE_LIMIT_RESET_REQUEST, "20", "3"},
	{CONFIG_RATE_LIMIT_RESET, "20", "5"},
	{CONFIG_RATE_LIMIT_REFRESH, "1200", "120"},
	{CONFIG_RATE_LIMIT_LOOKUP, "60", "10"},
	{CONFIG_RATE_LIMIT_UPLOAD, "200", "20"},
};

const char *
config_dependent_default(ConfigId id, char *buf, size_t size)
{
	bool		strict = config_is_production() || strcmp(config_text(CONFIG_APP_ENV), "staging") == 0;
	long		processors;

	switch (id)
	{
		case CONFIG_ADMIN_PORT:
			snprintf(buf, size, "%lld", (long long) config_int(CONFIG_APP_PORT) + 1);
			return buf;
		case CONFIG_HTTP_LOOPS:
			processors = sysconf(_SC_NPROCESSORS_ONLN);
			snprintf(buf, size, "%ld", processors < 1 ? 1 : processors > 64 ? 64 : processors);
			return buf;
		case CONFIG_SENTRY_ENVIRONMENT:
			return config_text(CONFIG_APP_ENV);
		default:
			break;
	}
	for (size_t i = 0; i < sizeof(by_environment) / sizeof(by_environment[0]); i++)
		if (by_environment[i].id == id)
			return strict ? by_environment[i].strict : by_environment[i].relaxed;
	return NULL;
}
