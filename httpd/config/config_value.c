/*
 * config_value.c
 *		One value by the row of its variable: a text goes in, a number and what is
 *		wrong with it come out.
 */
#include "config_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config.h"

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

/* is_choice says whether the text is one of the words of "A, B or C". */
static bool
is_choice(const char *text, const char *choices)
{
	for (size_t len = 0; *choices != '\0'; choices += len)
	{
		if (strncmp(choices, ", ", 2) == 0)
			choices += 2;
		else if (strncmp(choices, " or ", 4) == 0)
			choices += 4;
		len = strcspn(choices, ", ");
		if (strlen(text) == len && strncmp(text, choices, len) == 0)
			return true;
	}
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
		snprintf(buf, size, "must be %lldms to %lldms", (long long) config_minimum(var), (long long) config_maximum(var));
	}
	else
	{
		snprintf(buf, size, "must be a whole number from %lld to %lld",
				 (long long) config_minimum(var), (long long) config_maximum(var));
		errno = 0;
		n = strtoll(value->text, &end, 10);
		if (errno != 0 || end == value->text || *end != '\0')
			return buf;
	}
	if (n < config_minimum(var) || n > config_maximum(var))
		return buf;
	value->number = n;
	return NULL;
}

/* judge_by_type returns what is wrong with a value for the variable's type, choices and bounds, or NULL; it also parses it. */
static const char *
judge_by_type(const ConfigVar *var, ConfigValue *value, char *buf, size_t size)
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
			snprintf(buf, size, "must be a number from %lld.0 to %lld.0", (long long) var->minimum, (long long) var->maximum);
			return errno != 0 || end == value->text || *end != '\0' || !(d >= var->minimum && d <= var->maximum) ? buf : NULL;
		case CONFIG_TYPE_SECRET:
			snprintf(buf, size, "must have at least %lld characters", (long long) var->minimum);
			return strlen(value->text) < (size_t) var->minimum ? buf : NULL;
		case CONFIG_TYPE_URL:
			return strstr(value->text, "://") != NULL ? NULL : "must be an address with a scheme, such as https://host";
		case CONFIG_TYPE_TEXT:
			snprintf(buf, size, "must be %s", var->choices != NULL ? var->choices : "");
			return var->choices == NULL || is_choice(value->text, var->choices) ? NULL : buf;
		case CONFIG_TYPE_LIST:
			break;
	}
	return NULL;
}

const char *
config_judge(const ConfigVar *var, ConfigValue *value, char *buf, size_t size)
{
	const char *problem = judge_by_type(var, value, buf, size);
	char		stored[CONFIG_STORED_MAX];
	int64_t		number;

	if (problem != NULL || var->setting == NULL)
		return problem;
	return vz_setting_fault(var->setting, config_value_of_setting(var, value, stored, sizeof(stored)), &number);
}

void
config_complain(FILE *errors, int *nerrors, int id, const char *what)
{
	fprintf(errors, "%s %s (%s)\n", config_vars[id].name, what,
			config_values[id].text ? config_values[id].origin : "not set");
	(*nerrors)++;
}
