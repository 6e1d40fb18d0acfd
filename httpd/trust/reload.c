/*
 * reload.c
 *		From the configuration to the keys (see reload.h).
 */
#include "reload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/log.h"
#include "../config/config.h"
#include "keys.h"

/* The variables that hold the keys of each use. */
static const ConfigId variables[KEY_USES][KEY_AGES] = {
	[KEY_ACCESS] = {CONFIG_JWT_SECRET, CONFIG_JWT_SECRET_PREVIOUS},
	[KEY_CHAT] = {CONFIG_CHAT_JWT_SECRET, CONFIG_CHAT_JWT_SECRET_PREVIOUS},
	[KEY_WEBHOOK] = {CONFIG_HYPERSWITCH_WEBHOOK_SECRET, CONFIG_HYPERSWITCH_WEBHOOK_SECRET_PREVIOUS},
	[KEY_INTERNAL] = {CONFIG_STREAM_SERVER_INTERNAL_API_KEY, CONFIG_STREAM_SERVER_INTERNAL_API_KEY_PREVIOUS},
	[KEY_SIGNED_URL] = {CONFIG_SIGNED_URL_SECRET, CONFIG_SIGNED_URL_SECRET_PREVIOUS},
};

/* is_key_variable says whether a variable holds a key that a reload changes. */
static bool
is_key_variable(ConfigId id)
{
	for (int use = 0; use < KEY_USES; use++)
		for (int age = 0; age < KEY_AGES; age++)
			if (variables[use][age] == id)
				return true;
	return false;
}

void
keys_load(void)
{
	KeyTexts	texts;

	for (int use = 0; use < KEY_USES; use++)
		for (int age = 0; age < KEY_AGES; age++)
			texts[use][age] = config_text(variables[use][age]);
	keys_publish(texts);
}

/* log_restart_needed names the variables that have changed and that only a restart takes over. */
static void
log_restart_needed(void)
{
	char	   *names = NULL;
	size_t		size = 0;
	FILE	   *out = open_memstream(&names, &size);

	if (out == NULL)
		abort();
	for (int id = 0; id < CONFIG_COUNT; id++)
		if (!is_key_variable((ConfigId) id) && config_try_changes((ConfigId) id))
			fprintf(out, "%s%s", ftell(out) > 0 ? " " : "", config_name((ConfigId) id));
	fclose(out);
	if (size > 0)
		log_line(LOG_WARN, "variables have changed that only a restart takes over", "variables", names, NULL);
	free(names);
}

void
keys_reload(void)
{
	char	   *problems = NULL;
	size_t		size = 0;
	FILE	   *out = open_memstream(&problems, &size);
	char		generation[16];
	int			nerrors;

	if (out == NULL)
		abort();
	nerrors = config_try(".", out);
	fclose(out);
	if (nerrors > 0)
		log_line(LOG_ERROR, "the new configuration is refused; the old keys stay", "problems", problems, NULL);
	else
	{
		log_restart_needed();
		keys_load();
		snprintf(generation, sizeof(generation), "%u", keys_current()->generation);
		log_line(LOG_INFO, "keys reloaded", "#generation", generation, NULL);
	}
	config_try_end();
	free(problems);
	log_flush();
}
