/*
 * config_read.c
 *		Where values of the configuration come from: the environment, .env files,
 *		and files that hold one secret each.
 */
#include "config_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"

#define BLANKS " \t\r\n"
#define SECRET_MAX 4096

/* What is known while reading: paths of secrets' files, and what the environment has set for good. */
typedef struct Reading
{
	char	   *paths[CONFIG_COUNT];
	bool		is_value_fixed[CONFIG_COUNT];
	bool		is_path_fixed[CONFIG_COUNT];
	FILE	   *errors;
	int		   *nerrors;
} Reading;

/* trim cuts blanks at both ends, in place. */
static char *
trim(char *text)
{
	size_t		len;

	text += strspn(text, BLANKS);
	for (len = strlen(text); len > 0 && strchr(BLANKS, text[len - 1]); len--)
		text[len - 1] = '\0';
	return text;
}

/* cut_comment cuts a comment, which a # behind a blank starts, and the blanks around what is left. */
static char *
cut_comment(char *text)
{
	for (char *p = strpbrk(text, BLANKS); p != NULL; p = strpbrk(p + 1, BLANKS))
		if (p[1] == '#')
		{
			*p = '\0';
			break;
		}
	return trim(text);
}

/* unquote takes the value out of what stands behind the =; quotes keep blanks and # in it. */
static char *
unquote(char *text)
{
	char	   *value = text + strspn(text, BLANKS);
	char	   *end = *value == '"' || *value == '\'' ? strchr(value + 1, *value) : NULL;

	/* Only the quote that ends the value has nothing behind it. */
	for (; end != NULL; end = strchr(end + 1, *value))
		if (*cut_comment(end + 1) == '\0')
		{
			*end = '\0';
			return value + 1;
		}
	return cut_comment(text);
}

/* find_secret_file returns the number of the secret whose <NAME>_FILE this is, or -1. */
static int
find_secret_file(const char *name)
{
	for (int id = 0; id < CONFIG_COUNT; id++)
		if (config_vars[id].type == CONFIG_TYPE_SECRET && strcmp(config_vars[id].file_name, name) == 0)
			return id;
	return -1;
}

/* set_path takes the path of a secret's file; an empty one is none. */
static void
set_path(Reading *r, int id, const char *path)
{
	free(r->paths[id]);
	r->paths[id] = path != NULL && path[0] != '\0' ? strdup(path) : NULL;
}

/* set takes one assignment of a .env file, unless the environment has made it; unknown names are noted. */
static void
set(Reading *r, const char *name, const char *value, const char *origin)
{
	int			id;

	for (id = 0; id < CONFIG_COUNT; id++)
		if (strcmp(config_vars[id].name, name) == 0 && !r->is_value_fixed[id])
			config_set_value(id, value, origin);
	if ((id = find_secret_file(name)) >= 0 && !r->is_path_fixed[id])
		set_path(r, id, value);
	config_note_unknown(name, origin);
}

/* read_file takes the variables of a .env file that nothing stronger has set. */
static void
read_file(Reading *r, const char *path, const char *origin)
{
	char	   *line = NULL;
	size_t		size = 0;
	FILE	   *f = fopen(path, "r");
	int			number = 0;

	if (f == NULL)
	{
		if (errno != ENOENT)
			fprintf(r->errors, "%s cannot be read: %s\n", path, strerror(errno)), (*r->nerrors)++;
		return;
	}
	while (getline(&line, &size, f) >= 0)
	{
		char	   *text = trim(line);
		char	   *equals;

		number++;
		if (*text == '\0' || *text == '#')
			continue;
		if (strncmp(text, "export ", 7) == 0)
			text = trim(text + 7);
		if ((equals = strchr(text, '=')) == NULL)
		{
			fprintf(r->errors, "%s:%d: expected NAME=value\n", path, number), (*r->nerrors)++;
			continue;
		}
		*equals = '\0';
		set(r, trim(text), unquote(equals + 1), origin);
	}
	if (line != NULL)
		explicit_bzero(line, size);
	free(line);
	fclose(f);
}

/* read_secret reads a file of one line into value; returns what is wrong with it, or NULL. */
static const char *
read_secret(const char *path, char value[SECRET_MAX + 2])
{
	FILE	   *f = fopen(path, "r");
	size_t		len;
	bool		failed;

	if (f == NULL)
		return strerror(errno);
	/* Unbuffered: no copy of a key stays behind in the heap. */
	setvbuf(f, NULL, _IONBF, 0);
	len = fread(value, 1, SECRET_MAX + 1, f);
	failed = ferror(f) != 0;
	fclose(f);
	if (failed)
		return "it cannot be read to its end";
	if (len > SECRET_MAX)
		return "it is too long";
	while (len > 0 && (value[len - 1] == '\n' || value[len - 1] == '\r'))
		len--;
	value[len] = '\0';
	return strlen(value) != len || strpbrk(value, "\r\n") != NULL ? "it must hold one line of text" : NULL;
}

/* take_secret takes a secret from the file that was named for it, unless the environment holds its value. */
static void
take_secret(Reading *r, int id)
{
	char		value[SECRET_MAX + 2];
	const char *problem;

	if (r->paths[id] == NULL || r->is_value_fixed[id])
		return;
	if ((problem = read_secret(r->paths[id], value)) == NULL)
		config_set_value(id, value, config_vars[id].file_name);
	else
	{
		fprintf(r->errors, "%s names %s, which cannot be used: %s\n", config_vars[id].file_name, r->paths[id], problem);
		(*r->nerrors)++;
	}
	explicit_bzero(value, sizeof(value));
}

/* read_environment takes what the environment sets, and defaults for the rest; an empty variable is none. */
static void
read_environment(Reading *r)
{
	for (int id = 0; id < CONFIG_COUNT; id++)
	{
		const char *text = getenv(config_vars[id].name);
		const char *path = config_vars[id].type == CONFIG_TYPE_SECRET ? getenv(config_vars[id].file_name) : NULL;

		r->is_value_fixed[id] = text != NULL && text[0] != '\0';
		config_set_value(id, r->is_value_fixed[id] ? text : config_vars[id].default_text,
						 r->is_value_fixed[id] ? "environment" : "default");
		r->is_path_fixed[id] = path != NULL && path[0] != '\0';
		set_path(r, id, path);
	}
}

void
config_read(const char *directory, FILE *errors, int *nerrors)
{
	Reading		r = {.errors = errors, .nerrors = nerrors};
	char		path[4096];

	config_forget_unknown();
	read_environment(&r);

	/* The weaker file first; APP_ENV, which names the stronger one, may stand in it. */
	snprintf(path, sizeof(path), "%s/.env", directory);
	read_file(&r, path, ".env");
	snprintf(path, sizeof(path), "%s/.env.%s", directory, config_text(CONFIG_APP_ENV));
	read_file(&r, path, ".env.<APP_ENV>");

	for (int id = 0; id < CONFIG_COUNT; id++)
	{
		take_secret(&r, id);
		set_path(&r, id, NULL);
		if (config_values[id].text != NULL && config_values[id].text[0] == '\0')
			config_set_value(id, config_vars[id].default_text, "default");
	}
}
