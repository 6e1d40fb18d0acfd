/*
 * config_load.c
 *		Loading and judging the configuration (see config.h): files and the
 *		environment go in, checked values or lines about what is wrong come out.
 *		Once at start, and in the main thread on SIGHUP.
 */
#include "config_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../wire/cors.h"
#include "../wire/forwarded.h"
#include "config.h"
#include "service_url.h"

bool
config_parse_duration(const char *text, int64_t *ms)
{
	static const struct
	{
		const char *unit;
		int64_t		ms;
	}			units[] = {{"ms", 1}, {"s", 1000}, {"", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
	char	   *end;
	long long	n;

	errno = 0;
	n = strtoll(text, &end, 10);
	if (errno != 0 || end == text || n < 0 || n > INT64_C(100000000000))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(end, units[i].unit) == 0)
		{
			*ms = n * units[i].ms;
			return true;
		}
	return false;
}

/* parse_bool reads true or false and their usual other forms. */
static bool
parse_bool(const char *text, int64_t *value)
{
	static const char *const words[2][4] = {{"false", "0", "no", "off"}, {"true", "1", "yes", "on"}};

	for (int v = 0; v < 2; v++)
		for (int i = 0; i < 4; i++)
			if (strcasecmp(text, words[v][i]) == 0)
			{
				*value = v;
				return true;
			}
	return false;
}

/* is_one_of says whether the text is one of the words, which NULL ends. */
static bool
is_one_of(const char *text, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcmp(text, *words) == 0)
			return true;
	return false;
}

/* check_number validates an INT or a DURATION and its bounds; without success the number stays 0. */
static const char *
check_number(const ConfigVar *var, ConfigValue *value, char *buf, size_t size)
{
	int64_t		n;
	char	   *end;

	if (var->type == CONFIG_TYPE_DURATION)
	{
		if (!config_parse_duration(value->text, &n))
			return "must be a duration, such as 30s, 500ms or 5m";
		snprintf(buf, size, "must be %lldms to %lldms", (long long) var->minimum, (long long) var->maximum);
	}
	else
	{
		snprintf(buf, size, "must be a whole number from %lld to %lld",
				 (long long) var->minimum, (long long) var->maximum);
		errno = 0;
		n = strtoll(value->text, &end, 10);
		if (errno != 0 || end == value->text || *end != '\0')
			return buf;
	}
	if (n < var->minimum || n > var->maximum)
		return buf;
	value->number = n;
	return NULL;
}

/* check_value returns what is wrong with a value, or NULL; it also parses it. */
static const char *
check_value(const ConfigVar *var, ConfigValue *value, char *buf, size_t size)
{
	char	   *end;
	double		d;

	switch (var->type)
	{
		case CONFIG_TYPE_INT:
		case CONFIG_TYPE_DURATION:
			return check_number(var, value, buf, size);
		case CONFIG_TYPE_BOOL:
			return parse_bool(value->text, &value->number) ? NULL : "must be true or false";
		case CONFIG_TYPE_FLOAT:
			errno = 0;
			d = strtod(value->text, &end);
			if (errno != 0 || end == value->text || *end != '\0' || !(d >= var->minimum && d <= var->maximum))
				return "must be a number from 0.0 to 1.0";
			return NULL;
		case CONFIG_TYPE_SECRET:
			if (strlen(value->text) < (size_t) var->minimum)
			{
				snprintf(buf, size, "must have at least %lld characters", (long long) var->minimum);
				return buf;
			}
			return NULL;
		case CONFIG_TYPE_URL:
			return strstr(value->text, "://") != NULL ? NULL : "must be an address with a scheme, such as https://host";
		default:
			return NULL;
	}
}

/* complain writes one error. */
static void
complain(FILE *errors, int *nerrors, int id, const char *what)
{
	fprintf(errors, "%s %s (%s)\n", config_vars[id].name, what,
			config_values[id].text ? config_values[id].origin : "not set");
	(*nerrors)++;
}

/* check_words validates the variables that take one of a few words. */
static void
check_words(FILE *errors, int *nerrors)
{
	static const char *const envs[] = {"development", "test", "staging", "production", NULL};
	static const char *const levels[] = {"DEBUG", "INFO", "WARN", "ERROR", NULL};

	if (!is_one_of(config_text(CONFIG_APP_ENV), envs))
		complain(errors, nerrors, CONFIG_APP_ENV, "must be development, test, staging or production");
	if (!is_one_of(config_text(CONFIG_LOG_LEVEL), levels))
		complain(errors, nerrors, CONFIG_LOG_LEVEL, "must be DEBUG, INFO, WARN or ERROR");
}

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
		complain(errors, nerrors, CONFIG_TRUSTED_PROXIES, buf);
	}
	if (config_is_set(CONFIG_CORS_ALLOWED_ORIGINS) &&
		(problem = cors_list_problem(config_text(CONFIG_CORS_ALLOWED_ORIGINS), &bad, &len)) != NULL)
	{
		snprintf(buf, sizeof(buf), "holds %.*s, which %s", (int) (len < 128 ? len : 128), bad, problem);
		complain(errors, nerrors, CONFIG_CORS_ALLOWED_ORIGINS, buf);
	}
	if (config_bool(CONFIG_REDIS_ENABLE) && strstr(config_text(CONFIG_REDIS_URL), "://") != NULL &&
		(problem = redis_url_problem(config_text(CONFIG_REDIS_URL))) != NULL)
		complain(errors, nerrors, CONFIG_REDIS_URL, problem);
}

/* check_token_keys makes sure that no two classes of tokens share a key, be it a former one. */
static void
check_token_keys(FILE *errors, int *nerrors)
{
	static const struct
	{
		ConfigId	id;
		ConfigId	class;
	}			keys[] = {
		{CONFIG_JWT_SECRET, CONFIG_JWT_SECRET}, {CONFIG_JWT_SECRET_PREVIOUS, CONFIG_JWT_SECRET},
		{CONFIG_CHAT_JWT_SECRET, CONFIG_CHAT_JWT_SECRET}, {CONFIG_CHAT_JWT_SECRET_PREVIOUS, CONFIG_CHAT_JWT_SECRET},
		{CONFIG_SIGNED_URL_SECRET, CONFIG_SIGNED_URL_SECRET}, {CONFIG_SIGNED_URL_SECRET_PREVIOUS, CONFIG_SIGNED_URL_SECRET}
	};
	char		buf[128];

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		for (size_t j = 0; j < i; j++)
			if (keys[i].class != keys[j].class && config_is_set(keys[i].id) && config_is_set(keys[j].id) &&
				strcmp(config_text(keys[i].id), config_text(keys[j].id)) == 0)
			{
				snprintf(buf, sizeof(buf), "must not be the same as %s", config_vars[keys[j].id].name);
				complain(errors, nerrors, keys[i].id, buf);
				break;
			}
}

/* check_rules validates what depends on several variables. */
static void
check_rules(FILE *errors, int *nerrors)
{
	bool		production = config_is_production();

	for (int id = 0; id < CONFIG_COUNT; id++)
	{
		bool		is_empty = config_values[id].text == NULL || config_values[id].text[0] == '\0';

		if (is_empty && config_vars[id].flags & CONFIG_REQUIRED)
			complain(errors, nerrors, id, "is required");
		if (is_empty && production && config_vars[id].flags & CONFIG_REQUIRED_IN_PRODUCTION)
			complain(errors, nerrors, id, "is required in production");
		if (production && config_vars[id].flags & CONFIG_NEVER_IN_PRODUCTION && config_values[id].number)
			complain(errors, nerrors, id, "must never be true in production");
	}
	if (config_bool(CONFIG_HYPERSWITCH_ENABLED))
	{
		if (!config_is_set(CONFIG_HYPERSWITCH_API_KEY))
			complain(errors, nerrors, CONFIG_HYPERSWITCH_API_KEY, "is required when HYPERSWITCH_ENABLED is true");
		if (production && !config_is_set(CONFIG_HYPERSWITCH_WEBHOOK_SECRET))
			complain(errors, nerrors, CONFIG_HYPERSWITCH_WEBHOOK_SECRET, "is required in production when HYPERSWITCH_ENABLED is true");
		if (production && strncmp(config_text(CONFIG_HYPERSWITCH_BASE_URL), "https://", 8) != 0)
			complain(errors, nerrors, CONFIG_HYPERSWITCH_BASE_URL, "must use https in production");
	}
	if (production && config_is_set(CONFIG_JWT_SECRET) && strcmp(config_text(CONFIG_JWT_SECRET), CONFIG_EXAMPLE_SECRET) == 0)
		complain(errors, nerrors, CONFIG_JWT_SECRET, "must not be the one of .env.example in production");
	if (production && !config_is_set(CONFIG_CHAT_JWT_SECRET))
		complain(errors, nerrors, CONFIG_CHAT_JWT_SECRET, "is required in production: chat tokens must not be signed with JWT_SECRET");
	if (production && config_bool(CONFIG_RABBITMQ_ENABLE) &&
		strstr(config_text(CONFIG_RABBITMQ_URL), "guest:guest@") != NULL)
		complain(errors, nerrors, CONFIG_RABBITMQ_URL, "must not use guest:guest in production");
}

/* check_variable parses and validates one variable. */
static void
check_variable(int id, FILE *errors, int *nerrors)
{
	char		buf[128];
	const char *problem = config_values[id].text == NULL ? NULL
		: check_value(&config_vars[id], &config_values[id], buf, sizeof(buf));

	if (problem != NULL)
		complain(errors, nerrors, id, problem);
}

/* set_dependent_defaults fills in defaults that depend on variables which are valid, or 0, by now. */
static void
set_dependent_defaults(FILE *errors, int *nerrors)
{
	char		buf[32];

	for (int id = 0; id < CONFIG_COUNT; id++)
	{
		const char *text = config_is_set((ConfigId) id) ? NULL : config_dependent_default((ConfigId) id, buf, sizeof(buf));

		if (text == NULL)
			continue;
		config_set_value(id, text, "default");
		check_variable(id, errors, nerrors);
	}
}

int
config_load(const char *directory, FILE *errors)
{
	int			nerrors = 0;

	config_read(directory, errors, &nerrors);
	for (int id = 0; id < CONFIG_COUNT; id++)
		check_variable(id, errors, &nerrors);
	set_dependent_defaults(errors, &nerrors);
	check_words(errors, &nerrors);
	check_addresses(errors, &nerrors);
	check_token_keys(errors, &nerrors);
	check_rules(errors, &nerrors);
	return nerrors;
}

int
config_try(const char *directory, FILE *errors)
{
	config_begin_trial();
	return config_load(directory, errors);
}
