/*
 * config_defaults.c
 *		Defaults that depend on other variables, on the machine or on a setting of
 *		the rules.
 */
#include "config_private.h"

#include <string.h>
#include <unistd.h>

#include "config.h"

const char *
config_dependent_default(ConfigId id, char *buf, size_t size)
{
	const ConfigVar *var = &config_vars[id];
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
		case CONFIG_CLAMAV_REQUIRED:
			return strict && config_bool(CONFIG_CLAMAV_ENABLE) ? "true" : "false";
		case CONFIG_SENTRY_ENVIRONMENT:
			return config_text(CONFIG_APP_ENV);
		default:
			break;
	}
	if (var->flags & CONFIG_DEFAULT_OF_SETTING)
		return config_default_of_setting(var, buf, size);
	return strict ? var->strict : var->relaxed;
}
