/*
 * config_stored.c
 *		Variables that set a setting of the rules: what its row in
 *		extension/src/core/settings.h says for theirs (bounds, default), and what
 *		their values are there.
 */
#include "config_private.h"

#include <string.h>

#include "config.h"
#include "service_url.h"

/* How a number of a variable becomes one of its setting: times one, through the other, of which one is 1. */
typedef struct Ratio
{
	int64_t		times;
	int64_t		through;
} Ratio;

/* unit_of returns the unit of a variable's number, by the names of settings.h, or NULL. */
static const char *
unit_of(const ConfigVar *var)
{
	switch (var->type)
	{
		case CONFIG_TYPE_DURATION:
			return "ms";
		case CONFIG_TYPE_BOOL:
			return "flag";
		case CONFIG_TYPE_INT:
		case CONFIG_TYPE_LIST:
			return var->unit;
		default:
			return NULL;
	}
}

/* milliseconds returns how long a unit of time is, 0 for others. */
static int64_t
milliseconds(const char *unit)
{
	static const struct
	{
		const char *unit;
		int64_t		ms;
	}			times[] = {{"ms", 1}, {"s", 1000}, {"min", 60000}, {"h", 3600000}, {"d", 86400000}};

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (strcmp(times[i].unit, unit) == 0)
			return times[i].ms;
	return 0;
}

/* find_ratio finds how a variable's numbers are converted; false when its unit does not convert. */
static bool
find_ratio(const ConfigVar *var, Ratio *out)
{
	const char *unit = unit_of(var);
	int64_t		from;
	int64_t		to;

	*out = (Ratio) {.times = 1, .through = 1};
	if (unit == NULL)
		return false;
	if (strcmp(unit, var->setting->unit) == 0)
		return true;
	from = milliseconds(unit);
	to = milliseconds(var->setting->unit);
	if (from == 0 || to == 0)
		return false;
	if (from > to)
		out->times = from / to;
	else
		out->through = to / from;
	return true;
}

/* takes_bounds says whether the setting's bounds are also those of the variable. */
static bool
takes_bounds(const ConfigVar *var, Ratio *ratio)
{
	return var->setting != NULL && var->setting->kind == VZ_SETTING_INT && find_ratio(var, ratio);
}

int64_t
config_minimum(const ConfigVar *var)
{
	Ratio		ratio;
	int64_t		least;

	if (var->minimum != 0 || !takes_bounds(var, &ratio))
		return var->minimum;
	least = var->setting->minimum;
	return (least > 0 ? least + ratio.times - 1 : least) / ratio.times * ratio.through;
}

int64_t
config_maximum(const ConfigVar *var)
{
	Ratio		ratio;

	if (var->maximum != 0 || !takes_bounds(var, &ratio))
		return var->maximum;
	return var->setting->maximum / ratio.times * ratio.through;
}

bool
config_fits_setting(const ConfigVar *var)
{
	Ratio		ratio;

	switch (var->setting->kind)
	{
		case VZ_SETTING_INT:
			return var->type != CONFIG_TYPE_LIST && find_ratio(var, &ratio);
		case VZ_SETTING_LIST:
			return var->type == CONFIG_TYPE_LIST && find_ratio(var, &ratio) && ratio.times == 1 && ratio.through == 1;
		case VZ_SETTING_ADDRESS:
			return var->type == CONFIG_TYPE_URL;
	}
	return false;
}

const char *
config_default_of_setting(const ConfigVar *var, char *buf, size_t size)
{
	Ratio		ratio;
	int64_t		number;

	if (!(var->flags & CONFIG_DEFAULT_OF_SETTING) || var->setting == NULL)
		return NULL;
	if (var->setting->kind != VZ_SETTING_INT)
		return var->setting->default_value;
	if (!find_ratio(var, &ratio) || vz_setting_fault(var->setting, var->setting->default_value, &number) != NULL)
		return NULL;
	if (var->type == CONFIG_TYPE_BOOL)
		return number != 0 ? "true" : "false";
	snprintf(buf, size, "%lld%s", (long long) (number / ratio.times * ratio.through), var->type == CONFIG_TYPE_DURATION ? "ms" : "");
	return buf;
}

const char *
config_value_of_setting(const ConfigVar *var, const ConfigValue *value, char *buf, size_t size)
{
	Ratio		ratio;

	if (var->setting->kind == VZ_SETTING_INT)
	{
		find_ratio(var, &ratio);
		snprintf(buf, size, "%lld", (long long) (value->number * ratio.times / ratio.through));
		return buf;
	}
	if (var->flags & CONFIG_STORES_ORIGIN)
	{
		service_url_origin(value->text, buf, size);
		return buf;
	}
	return value->text;
}

const char *
config_stored_name(ConfigId id)
{
	return config_vars[id].setting != NULL ? config_vars[id].setting->name : NULL;
}

const char *
config_stored_value(ConfigId id, char *buf, size_t size)
{
	if (config_vars[id].setting == NULL || !config_is_set(id))
		return NULL;
	if (config_vars[id].flags & CONFIG_ACCOUNT_LIMIT && config_bool(CONFIG_DISABLE_RATE_LIMIT_FOR_TESTS))
		return "0";
	return config_value_of_setting(&config_vars[id], &config_values[id], buf, size);
}
