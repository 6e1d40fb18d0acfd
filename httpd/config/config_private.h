/*
 * config_private.h
 *		The variables as the files of the configuration see them.
 */
#ifndef VEZA_CONFIG_PRIVATE_H
#define VEZA_CONFIG_PRIVATE_H

#include <stdint.h>
#include <stdio.h>

#include "config_vars.h"

/* What .env.example shows as JWT_SECRET; a production refuses it. */
#define CONFIG_EXAMPLE_SECRET "change-me-change-me-change-me-change-me"

enum
{
	CONFIG_REQUIRED = 1,
	CONFIG_REQUIRED_IN_PRODUCTION = 2,
	CONFIG_NEVER_IN_PRODUCTION = 4
};

typedef enum ConfigType
{
	CONFIG_TYPE_TEXT,
	CONFIG_TYPE_SECRET,
	CONFIG_TYPE_URL,
	CONFIG_TYPE_INT,
	CONFIG_TYPE_FLOAT,
	CONFIG_TYPE_BOOL,
	CONFIG_TYPE_DURATION,
	CONFIG_TYPE_LIST
} ConfigType;

typedef struct ConfigVar
{
	const char *name;
	const char *file_name;		/* of a SECRET: the variable that names a file with its value */
	ConfigType	type;
	const char *default_text;
	int64_t		minimum;
	int64_t		maximum;
	int			flags;
	const char *section;
	const char *description;
} ConfigVar;

typedef struct ConfigValue
{
	char	   *text;			/* NULL: not set */
	const char *origin;
	int64_t		number;			/* of an INT, a BOOL or a DURATION */
} ConfigValue;

extern const ConfigVar config_vars[CONFIG_COUNT];
/* What this thread works with: the values in force, or those on trial (config_try). */
extern __thread ConfigValue *config_values;

/* Takes every value from where it comes from, unchecked. */
extern void config_read(const char *directory, FILE *errors, int *nerrors);

/* Replaces a variable's value; text is copied and may be NULL, origin is static. */
extern void config_set_value(int id, const char *text, const char *origin);

/* Notes a name of a .env file, unless it is known; forgets what was noted. */
extern void config_note_unknown(const char *name, const char *origin);
extern void config_forget_unknown(void);

/* The default of a variable that depends on the environment, the machine or another variable; NULL: none. */
extern const char *config_dependent_default(ConfigId id, char *buf, size_t size);

/* Lets this thread work with the values on trial, until config_try_end. */
extern void config_begin_trial(void);

#endif							/* VEZA_CONFIG_PRIVATE_H */
