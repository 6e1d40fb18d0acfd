/*
 * config.h
 *		The configuration of veza-httpd and veza-relay.
 *
 * Values come from the environment, then from .env.<APP_ENV>, then from .env,
 * then from the defaults of config_vars.h. A secret that the environment does
 * not set itself comes from the file that <NAME>_FILE names, if there is one.
 */
#ifndef VEZA_CONFIG_H
#define VEZA_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "config_vars.h"

/*
 * Loads and validates everything. All errors go to errors, one line each;
 * returns their number. directory is where the .env files are looked for.
 */
extern int	config_load(const char *directory, FILE *errors);

/*
 * Loads everything anew beside what is in force, for this thread alone, which
 * sees the new values until config_try_end(); returns the number of errors.
 */
extern int	config_try(const char *directory, FILE *errors);

/* Says whether a value on trial differs from the one in force. */
extern bool config_try_changes(ConfigId id);

/* Forgets the values on trial. */
extern void config_try_end(void);

/* Prints every variable, its value and where it came from; secrets only as "set". */
extern void config_dump(FILE *out);

/* Names variables of the environment and the .env files that look like ours and are not, with the nearest that is. */
extern void config_print_unknown(FILE *out);

/* Prints .env.example. */
extern void config_print_example(FILE *out);

/* Prints docs/settings.md: every variable and every setting. */
extern void config_print_reference(FILE *out);

/* The variable's name. */
extern const char *config_name(ConfigId id);

/* Values. Text may be NULL when not set. Durations are in milliseconds. */
extern const char *config_text(ConfigId id);
extern int64_t config_int(ConfigId id);
extern bool config_bool(ConfigId id);
extern bool config_is_set(ConfigId id);
extern bool config_is_production(void);

/* Room for a number, or for what is left of an address, that a setting is set to. */
#define CONFIG_STORED_MAX 300

/* The setting of the rules (a row of veza_data.setting) that a variable sets at start, or NULL. */
extern const char *config_stored_name(ConfigId id);

/* What it is set to, in its own unit, in buf or in the variable itself; NULL: the variable is not set, or sets none. */
extern const char *config_stored_value(ConfigId id, char *buf, size_t size);

/* Reads a duration in ms: "30s", "500ms", "5m", "2h", "7d", a bare number in s. */
extern bool config_parse_duration(const char *text, int64_t *ms);

/* Copies a URL with its password replaced; for logs and dumps. */
extern void config_redact_url(const char *url, char *out, size_t size);

#endif							/* VEZA_CONFIG_H */
