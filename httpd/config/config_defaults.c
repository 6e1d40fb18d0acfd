/*
 * config_defaults.c
 *		Defaults that depend on other variables or on the machine.
 */
#include "config_private.h"

#include <string.h>
#include <unistd.h>

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

/* set_default sets and checks a variable that is not set. */
static void
set_default(ConfigId id, const char *text, FILE *errors, int *nerrors)
{
	if (config_is_set(id) || text == NULL)
		return;
	config_set_value((int) id, text, "default");
	config_check_variable((int) id, errors, nerrors);
}

void
config_set_dependent_defaults(FILE *errors, int *nerrors)
{
	bool		strict = config_is_production() || strcmp(config_text(CONFIG_APP_ENV), "staging") == 0;
	long		processors = sysconf(_SC_NPROCESSORS_ONLN);
	char		port[32];
	char		loops[32];

	snprintf(port, sizeof(port), "%lld", (long long) config_int(CONFIG_APP_PORT) + 1);
	snprintf(loops, sizeof(loops), "%ld", processors < 1 ? 1 : processors > 64 ? 64 : processors);
	set_default(CONFIG_ADMIN_PORT, port, errors, nerrors);
	set_default(CONFIG_HTTP_LOOPS, loops, errors, nerrors);
	set_default(CONFIG_SENTRY_ENVIRONMENT, config_text(CONFIG_APP_ENV), errors, nerrors);
	for (size_t i = 0; i < sizeof(by_environment) / sizeof(by_environment[0]); i++)
		set_default(by_environment[i].id, strict ? by_environment[i].strict : by_environment[i].relaxed, errors, nerrors);
}
