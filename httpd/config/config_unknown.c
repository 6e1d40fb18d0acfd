/*
 * config_unknown.c
 *		Variables that look like ours and are not: most are misspelt.
 */
#include "config_private.h"

#include <stdlib.h>
#include <string.h>

#include "../../extension/src/core/nearest.h"
#include "config.h"

#define UNKNOWN_MAX 64

extern char **environ;

/* Names that no variable of ours has, of the .env files that were read last. */
static struct
{
	char	   *name;
	const char *origin;
}			unknown[UNKNOWN_MAX];
static int	nunknown;

/* is_known says whether a variable, or the file of a secret, has that name. */
static bool
is_known(const char *name, size_t length)
{
	for (int id = 0; id < CONFIG_COUNT; id++)
		if ((strlen(config_vars[id].name) == length && strncmp(config_vars[id].name, name, length) == 0) ||
			(config_vars[id].type == CONFIG_TYPE_SECRET && strlen(config_vars[id].file_name) == length &&
			 strncmp(config_vars[id].file_name, name, length) == 0))
			return true;
	return false;
}

/* nearest_name returns the known name that is nearest, and how far it is. */
static const char *
nearest_name(const char *name, int *distance)
{
	const char *nearest = "";

	*distance = VZ_NEAREST_MAX;
	for (int id = 0; id < CONFIG_COUNT; id++)
	{
		int			d = vz_word_distance(name, config_vars[id].name);

		if (d < *distance)
		{
			*distance = d;
			nearest = config_vars[id].name;
		}
	}
	return nearest;
}

/* shares_first_word says whether a name begins like one of ours; what Kubernetes and proxies set does not count. */
static bool
shares_first_word(const char *name)
{
	const char *end = strchr(name, '_');
	size_t		length = end ? (size_t) (end - name) + 1 : 0;

	if (end == NULL || strcmp(name, "HTTP_PROXY") == 0 || strstr(name, "_SERVICE_") != NULL || strstr(name, "_PORT_") != NULL ||
		(strlen(name) > 5 && strcmp(name + strlen(name) - 5, "_PORT") == 0))
		return false;
	for (int id = 0; id < CONFIG_COUNT; id++)
		if (strncmp(config_vars[id].name, name, length) == 0)
			return true;
	return false;
}

/* print_one names a variable, when it looks like ours. */
static void
print_one(FILE *out, const char *name, const char *origin)
{
	int			distance;
	const char *nearest = nearest_name(name, &distance);

	if (vz_is_near(name, distance) && (shares_first_word(name) || distance <= 2))
		fprintf(out, "%s is not known (%s): is %s meant?\n", name, origin, nearest);
	else if (shares_first_word(name))
		fprintf(out, "%s is not known (%s)\n", name, origin);
}

void
config_forget_unknown(void)
{
	while (nunknown > 0)
		free(unknown[--nunknown].name);
}

void
config_note_unknown(const char *name, const char *origin)
{
	if (nunknown == UNKNOWN_MAX || is_known(name, strlen(name)))
		return;
	unknown[nunknown].name = strdup(name);
	unknown[nunknown++].origin = origin;
}

void
config_print_unknown(FILE *out)
{
	for (char **entry = environ; *entry != NULL; entry++)
	{
		size_t		length = strcspn(*entry, "=");
		char	   *name = strndup(*entry, length);

		if (name != NULL && length <= VZ_NEAREST_MAX && !is_known(name, length))
			print_one(out, name, "environment");
		free(name);
	}
	for (int i = 0; i < nunknown; i++)
		if (unknown[i].name != NULL)
			print_one(out, unknown[i].name, unknown[i].origin);
}
