/*
 * config.h
 *		The configuration of veza-httpd and veza-relay.
 *
 * Values come from the environment, then from .env.<APP_ENV>, then from .env,
 * then from the defaults of config_vars.h.
 */
#ifndef VEZA_CONFIG_H
#define VEZA_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "config_vars.h"

typedef enum ConfigId
{
#define CONFIG_VAR(name, type, def, min, max, flags, section, text) CONFIG_##name,
	CONFIG_VARS(CONFIG_VAR)
#undef CONFIG_VAR
	CONFIG_COUNT
} ConfigId;

/*
 * Loads and validates everything. All errors go to errors, one line each;
 * returns their number. directory is where the .env files are looked for.
 */
extern int	config_load(const char *directory, FILE *errors);

/* Prints every variable, its value and where it came from; secrets only as "set". */
extern void config_dump(FILE *out);

/* Prints .env.example. */
extern void config_print_example(FILE *out);

/* Values. Text may be NULL when not set. Durations are in milliseconds. */
extern const char *config_text(ConfigId id);
extern int64_t config_int(ConfigId id);
extern bool config_bool(ConfigId id);
extern bool config_is_set(ConfigId id);
extern bool config_is_production(void);

/* Reads a duration in ms: "30s", "500ms", "5m", "2h", "7d", a bare number in s. */
extern bool config_parse_duration(const char *text, int64_t *ms);

/* Copies a URL with its password replaced; for logs and dumps. */
extern void config_redact_url(const char *url, char *out, size_t size);

#endif							/* VEZA_CONFIG_H */
