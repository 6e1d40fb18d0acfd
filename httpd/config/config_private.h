/*
 * config_private.h
 *		The variables as the files of the configuration see them.
 */
#ifndef VEZA_CONFIG_PRIVATE_H
#define VEZA_CONFIG_PRIVATE_H

#include <stdint.h>
#include <stdio.h>

#include "../../extension/src/core/settings.h"
#include "config_vars.h"

enum
{
	CONFIG_REQUIRED = 1,
	CONFIG_REQUIRED_IN_PRODUCTION = 2,
	CONFIG_NEVER_IN_PRODUCTION = 4,
	CONFIG_DEFAULT_OF_SETTING = 8,	/* its default is that of the setting which it sets */
	CONFIG_STORES_ORIGIN = 16,	/* of a URL scheme, host and port alone are stored: a password is not for a table */
	CONFIG_ACCOUNT_LIMIT = 32,	/* while DISABLE_RATE_LIMIT_FOR_TESTS is true 0 is stored: no limit */
	CONFIG_TOKEN_KEY = 64		/* no other such key may be the same, but for NAME and NAME_PREVIOUS */
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

/* A row of config_vars.h. */
typedef struct ConfigVar
{
	const char *name;
	const char *file_name;		/* of a SECRET: the variable that names a file with its value */
	ConfigType	type;
	const char *section;
	const char *description;	/* NULL: that of the setting */
	const VzSetting *setting;	/* which setting it sets, by CONFIG_SETS; NULL: none */
	const char *default_text;	/* NULL: not set, unless one of the next two is */
	const char *relaxed;		/* the default in development and test */
	const char *strict;			/* the default in staging and production */
	const char *default_words;	/* says what stands in for a value that is not set, where a program finds it out */
	const char *example;		/* what .env.example sets; an example of a SECRET is refused in production */
	const char *choices;		/* of a TEXT: the words that it may be, "A, B or C"; NULL: any */
	int64_t		minimum;		/* of an INT, a FLOAT, a DURATION (ms); of a SECRET in characters; 0: see config_minimum */
	int64_t		maximum;
	const char *unit;			/* of an INT; units of time as in settings.h; NULL: a port */
	int			flags;
} ConfigVar;

#define CONFIG_SETS(name) .setting = &vz_settings[VZ_SETTING_ID_##name]

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

/*
 * Parses a value by the row of its variable; returns what is wrong with it, as
 * the end of a sentence, or NULL. buf is room for that.
 */
extern const char *config_judge(const ConfigVar *var, ConfigValue *value, char *buf, size_t size);

/* Writes one error about a variable. */
extern void config_complain(FILE *errors, int *nerrors, int id, const char *what);

/* Validates what depends on several variables, all of which have been judged by themselves. */
extern void config_cross_check(FILE *errors, int *nerrors);

/* The default of a variable that depends on the environment, the machine, another variable or a setting; NULL: none. */
extern const char *config_dependent_default(ConfigId id, char *buf, size_t size);

/* The default that a variable takes from the setting which it sets, NULL when it takes none; a number is written to buf. */
extern const char *config_default_of_setting(const ConfigVar *var, char *buf, size_t size);

/* The bounds of an INT or a DURATION: its row's, else those of the setting that it sets. */
extern int64_t config_minimum(const ConfigVar *var);
extern int64_t config_maximum(const ConfigVar *var);

/* Says whether a variable's values can become values of its setting, by type and unit. */
extern bool config_fits_setting(const ConfigVar *var);

/* What a good value is as one of the setting: its text, or a number in the setting's unit, written to buf. */
extern const char *config_value_of_setting(const ConfigVar *var, const ConfigValue *value, char *buf, size_t size);

/* Says in words what a variable may be, "" for anything; and what its default is, "" when there is none. */
extern void config_describe_range(const ConfigVar *var, char *buf, size_t size);
extern void config_describe_default(const ConfigVar *var, char *buf, size_t size);

/* What a variable is for: its row's description, else that of the setting. */
extern const char *config_description(const ConfigVar *var);

/* Lets this thread work with the values on trial, until config_try_end. */
extern void config_begin_trial(void);

#endif							/* VEZA_CONFIG_PRIVATE_H */
