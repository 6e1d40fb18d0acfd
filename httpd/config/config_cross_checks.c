/*
 * config_cross_checks.c
 *		What depends on several variables, or asks for more than a row of
 *		config_vars.h can say: judged values go in, lines about what is wrong come
 *		out.
 */
#include "config_private.h"

#include <string.h>

#include "../wire/cors.h"
#include "../wire/forwarded.h"
#include "config.h"
#include "service_url.h"

/* check_addresses validates addresses whose form is narrower than their type's. */
static void
check_addresses(FILE *errors, int *nerrors)
{
	const char *bad;
	const char *problem;
	size_t		len;
	char		buf[256];
	Networks	proxies;

	if (networks_parse(config_text(CONFIG_TRUSTED_PROXIES), &proxies, &bad))
		networks_free(&proxies);
	else
	{
		snprintf(buf, sizeof(buf), "holds %.*s, which is neither an address nor a network such as 10.0.0.0/8",
				 (int) strcspn(bad, ", \t"), bad);
		config_complain(errors, nerrors, CONFIG_TRUSTED_PROXIES, buf);
	}
	if (config_is_set(CONFIG_CORS_ALLOWED_ORIGINS) &&
		(problem = cors_list_problem(config_text(CONFIG_CORS_ALLOWED_ORIGINS), &bad, &len)) != NULL)
	{
		snprintf(buf, sizeof(buf), "holds %.*s, which %s", (int) (len < 128 ? len : 128), bad, problem);
		config_complain(errors, nerrors, CONFIG_CORS_ALLOWED_ORIGINS, buf);
	}
	if (config_bool(CONFIG_REDIS_ENABLE) && strstr(config_text(CONFIG_REDIS_URL), "://") != NULL &&
		(problem = redis_url_problem(config_text(CONFIG_REDIS_URL))) != NULL)
		config_complain(errors, nerrors, CONFIG_REDIS_URL, problem);
}

/* is_same_class says whether two keys are for one class of tokens: NAME and NAME_PREVIOUS. */
static bool
is_same_class(const char *name, const char *other)
{
	size_t		length = strlen(name);

	return strncmp(name, other, length) == 0 && strcmp(other + length, "_PREVIOUS") == 0;
}

/* check_token_key makes sure that a key is no other class's, be it a former one. */
static void
check_token_key(int id, FILE *errors, int *nerrors)
{
	char		buf[128];

	if (!(config_vars[id].flags & CONFIG_TOKEN_KEY) || !config_is_set((ConfigId) id))
		return;
	for (int other = 0; other < id; other++)
		if (config_vars[other].flags & CONFIG_TOKEN_KEY && config_is_set((ConfigId) other) &&
			!is_same_class(config_vars[other].name, config_vars[id].name) &&
			!is_same_class(config_vars[id].name, config_vars[other].name) &&
			strcmp(config_text((ConfigId) id), config_text((ConfigId) other)) == 0)
		{
			snprintf(buf, sizeof(buf), "must not be the same as %s", config_vars[other].name);
			config_complain(errors, nerrors, id, buf);
			break;
		}
}

/* check_flags validates one variable by the flags of its row. */
static void
check_flags(int id, FILE *errors, int *nerrors)
{
	const ConfigVar *var = &config_vars[id];
	bool		is_set = config_is_set((ConfigId) id);
	bool		production = config_is_production();

	if (!is_set && var->flags & CONFIG_REQUIRED)
		config_complain(errors, nerrors, id, "is required");
	if (!is_set && production && var->flags & CONFIG_REQUIRED_IN_PRODUCTION)
		config_complain(errors, nerrors, id, "is required in production");
	if (production && var->flags & CONFIG_NEVER_IN_PRODUCTION && config_values[id].number)
		config_complain(errors, nerrors, id, "must never be true in production");
	if (production && is_set && var->type == CONFIG_TYPE_SECRET && var->example != NULL &&
		strcmp(config_text((ConfigId) id), var->example) == 0)
		config_complain(errors, nerrors, id, "must not be the one of .env.example in production");
}

/* check_payments validates what payments need. */
static void
check_payments(FILE *errors, int *nerrors)
{
	bool		production = config_is_production();

	if (!config_bool(CONFIG_HYPERSWITCH_ENABLED))
		return;
	if (!config_is_set(CONFIG_HYPERSWITCH_API_KEY))
		config_complain(errors, nerrors, CONFIG_HYPERSWITCH_API_KEY, "is required when HYPERSWITCH_ENABLED is true");
	if (production && !config_is_set(CONFIG_HYPERSWITCH_WEBHOOK_SECRET))
		config_complain(errors, nerrors, CONFIG_HYPERSWITCH_WEBHOOK_SECRET,
						"is required in production when HYPERSWITCH_ENABLED is true");
	if (production && strncmp(config_text(CONFIG_HYPERSWITCH_BASE_URL), "https://", 8) != 0)
		config_complain(errors, nerrors, CONFIG_HYPERSWITCH_BASE_URL, "must use https in production");
}

/* check_scanner validates what scanning files needs. */
static void
check_scanner(FILE *errors, int *nerrors)
{
	const char *address = config_text(CONFIG_CLAMAV_ADDRESS);

	if (!config_bool(CONFIG_CLAMAV_ENABLE) && config_bool(CONFIG_CLAMAV_REQUIRED))
		config_complain(errors, nerrors, CONFIG_CLAMAV_REQUIRED, "must not be true when CLAMAV_ENABLE is false");
	if (config_bool(CONFIG_CLAMAV_ENABLE) && address[0] != '/' && (strrchr(address, ':') == NULL || address[0] == ':'))
		config_complain(errors, nerrors, CONFIG_CLAMAV_ADDRESS, "must be host:port or the path of a socket");
}

void
config_cross_check(FILE *errors, int *nerrors)
{
	bool		production = config_is_production();

	check_addresses(errors, nerrors);
	for (int id = 0; id < CONFIG_COUNT; id++)
		check_token_key(id, errors, nerrors);
	for (int id = 0; id < CONFIG_COUNT; id++)
		check_flags(id, errors, nerrors);
	check_payments(errors, nerrors);
	check_scanner(errors, nerrors);
	if (production && !config_is_set(CONFIG_CHAT_JWT_SECRET))
		config_complain(errors, nerrors, CONFIG_CHAT_JWT_SECRET,
						"is required in production: chat tokens must not be signed with JWT_SECRET");
	if (production && config_bool(CONFIG_RABBITMQ_ENABLE) &&
		strstr(config_text(CONFIG_RABBITMQ_URL), "guest:guest@") != NULL)
		config_complain(errors, nerrors, CONFIG_RABBITMQ_URL, "must not use guest:guest in production");
}
