/*
 * config.c
 *		The values of the configuration (see config.h), as whoever reads them from
 *		any thread sees them. config_load.c puts them here.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "config_private.h"

const ConfigVar config_vars[CONFIG_COUNT] = {
#define CONFIG_VAR(var, kind, part, text, ...) \
	{.name = #var, .file_name = #var "_FILE", .type = CONFIG_TYPE_##kind, .section = part, .description = text, __VA_ARGS__},
	CONFIG_VARS(CONFIG_VAR)
#undef CONFIG_VAR
};

static ConfigValue in_force[CONFIG_COUNT];
static ConfigValue on_trial[CONFIG_COUNT];

__thread ConfigValue *config_values = in_force;

void
config_set_value(int id, const char *text, const char *origin)
{
	if (config_values[id].text != NULL)
		explicit_bzero(config_values[id].text, strlen(config_values[id].text));
	free(config_values[id].text);
	config_values[id].text = text ? strdup(text) : NULL;
	config_values[id].origin = origin;
	config_values[id].number = 0;
}

void
config_begin_trial(void)
{
	config_values = on_trial;
}

bool
config_try_changes(ConfigId id)
{
	const char *old = in_force[id].text;
	const char *new = on_trial[id].text;

	return old == NULL || new == NULL ? old != new : strcmp(old, new) != 0;
}

void
config_try_end(void)
{
	for (int id = 0; id < CONFIG_COUNT; id++)
		config_set_value(id, NULL, NULL);
	config_values = in_force;
}

const char *
config_name(ConfigId id)
{
	return config_vars[id].name;
}

const char *
config_text(ConfigId id)
{
	return config_values[id].text;
}

int64_t
config_int(ConfigId id)
{
	return config_values[id].number;
}

bool
config_bool(ConfigId id)
{
	return config_values[id].number != 0;
}

bool
config_is_set(ConfigId id)
{
	return config_values[id].text != NULL && config_values[id].text[0] != '\0';
}

bool
config_is_production(void)
{
	return config_is_set(CONFIG_APP_ENV) && strcmp(config_values[CONFIG_APP_ENV].text, "production") == 0;
}
