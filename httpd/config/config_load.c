/*
 * config_load.c
 *		Loading and judging the configuration (see config.h): files and the
 *		environment go in, checked values or lines about what is wrong come out.
 *		Once at start, and in the main thread on SIGHUP.
 */
#include "config_private.h"

#include "config.h"

/* check_variable parses and validates one variable. */
static void
check_variable(int id, FILE *errors, int *nerrors)
{
	char		buf[128];
	const char *problem = config_values[id].text == NULL ? NULL
		: config_judge(&config_vars[id], &config_values[id], buf, sizeof(buf));

	if (problem != NULL)
		config_complain(errors, nerrors, id, problem);
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
	config_cross_check(errors, &nerrors);
	return nerrors;
}

int
config_try(const char *directory, FILE *errors)
{
	config_begin_trial();
	return config_load(directory, errors);
}
