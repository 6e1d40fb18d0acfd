/*
 * config_describe.c
 *		What a row of config_vars.h says, in words for people.
 */
#include "config_private.h"

#include <string.h>

#include "config.h"

/* put_duration writes milliseconds as somebody would type them: in the greatest unit that leaves no rest. */
static void
put_duration(int64_t ms, char *buf, size_t size)
{
	static const struct
	{
		const char *unit;
		int64_t		ms;
	}			units[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (ms >= units[i].ms && ms % units[i].ms == 0)
		{
			snprintf(buf, size, "%lld%s", (long long) (ms / units[i].ms), units[i].unit);
			return;
		}
	snprintf(buf, size, "0");
}

void
config_describe_range(const ConfigVar *var, char *buf, size_t size)
{
	long long	least = (long long) config_minimum(var);
	long long	most = (long long) config_maximum(var);
	char		from[32];
	char		to[32];

	buf[0] = '\0';
	switch (var->type)
	{
		case CONFIG_TYPE_INT:
			snprintf(buf, size, "%lld to %lld%s%s", least, most, var->unit ? " " : "", var->unit ? var->unit : "");
			break;
		case CONFIG_TYPE_FLOAT:
			snprintf(buf, size, "%lld.0 to %lld.0", least, most);
			break;
		case CONFIG_TYPE_DURATION:
			put_duration(least, from, sizeof(from));
			put_duration(most, to, sizeof(to));
			snprintf(buf, size, "%s to %s", from, to);
			break;
		case CONFIG_TYPE_BOOL:
			snprintf(buf, size, "true or false");
			break;
		case CONFIG_TYPE_SECRET:
			if (least > 0)
				snprintf(buf, size, "at least %lld characters", least);
			break;
		case CONFIG_TYPE_TEXT:
			snprintf(buf, size, "%s", var->choices != NULL ? var->choices : "");
			break;
		case CONFIG_TYPE_URL:
		case CONFIG_TYPE_LIST:
			break;
	}
}

void
config_describe_default(const ConfigVar *var, char *buf, size_t size)
{
	char		number[32];
	const char *required = var->flags & CONFIG_REQUIRED_IN_PRODUCTION ? "; required in production" : "";
	const char *of_setting = config_default_of_setting(var, number, sizeof(number));

	if (var->flags & CONFIG_REQUIRED)
		snprintf(buf, size, "required");
	else if (var->relaxed != NULL && var->strict != NULL)
		snprintf(buf, size, "default %s in development and test, %s in staging and production", var->relaxed, var->strict);
	else if (var->relaxed != NULL)
		snprintf(buf, size, "default %s in development and test%s", var->relaxed, required);
	else if (var->flags & CONFIG_REQUIRED_IN_PRODUCTION)
		snprintf(buf, size, "required in production");
	else if (var->default_words != NULL)
		snprintf(buf, size, "default: %s", var->default_words);
	else if (var->default_text != NULL || of_setting != NULL)
		snprintf(buf, size, "default %s", var->default_text != NULL ? var->default_text : of_setting);
	else if (var->setting != NULL)
		snprintf(buf, size, "default: what is stored stays");
	else
		buf[0] = '\0';
}

const char *
config_description(const ConfigVar *var)
{
	return var->description != NULL || var->setting == NULL ? var->description : var->setting->description;
}
