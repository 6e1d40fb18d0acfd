/*
 * fields.c
 *		Fields that stand beside a file in a form (see fields.h).
 */
#include "fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../wire/target.h"

/* reject_fields notes the first problem; nothing that has come is of use any longer. */
static void
reject_fields(Fields *f, const char *problem)
{
	fields_free(f);
	f->problem = problem;
}

void
fields_begin(Fields *f, const char *name)
{
	if (f->problem != NULL)
		return;
	f->nbytes += strlen(name);
	f->len = 0;
	snprintf(f->name, sizeof(f->name), "%s", name);
	if (++f->nfields > FIELDS_MAX)
		reject_fields(f, "there are too many fields");
	else if (!is_utf8(name, strlen(name)))
		reject_fields(f, "the name of a field is not UTF-8");
}

void
fields_data(Fields *f, const char *data, size_t len)
{
	if (f->problem != NULL)
		return;
	f->nbytes += len;
	if (f->len + len > FIELD_SIZE_MAX || f->nbytes > FIELDS_SIZE_MAX)
	{
		reject_fields(f, f->len + len > FIELD_SIZE_MAX ? "a field is too long" : "the fields are too long");
		return;
	}
	if (f->len + len > f->room)
	{
		f->room = 2 * (f->len + len);
		if ((f->text = realloc(f->text, f->room)) == NULL)
			abort();
	}
	memcpy(f->text + f->len, data, len);
	f->len += len;
}

/* add_value adds a value under its name; those of one name are a list. */
static void
add_value(Fields *f, json_t *value)
{
	json_t	   *there = json_object_get(f->values, f->name);

	if (f->values == NULL && (f->values = json_object()) == NULL)
		abort();
	if (there == NULL)
		json_object_set_new(f->values, f->name, value);
	else if (json_is_array(there))
		json_array_append_new(there, value);
	else
	{
		json_t	   *list = json_array();

		json_array_append(list, there);
		json_array_append_new(list, value);
		json_object_set_new(f->values, f->name, list);
	}
}

void
fields_end(Fields *f)
{
	if (f->problem != NULL)
		return;
	if (strcmp(f->name, FIELDS_METADATA) != 0)
		add_value(f, is_utf8(f->text ? f->text : "", f->len) ? json_stringn(f->text ? f->text : "", f->len) : json_false());
	else if (f->metadata != NULL)
		reject_fields(f, "the part metadata is there more than once");
	else
	{
		f->metadata = json_loadb(f->text ? f->text : "", f->len, JSON_REJECT_DUPLICATES, NULL);
		if (!json_is_object(f->metadata))
			reject_fields(f, "the part metadata is no JSON object");
	}
}

void
fields_free(Fields *f)
{
	json_decref(f->values);
	json_decref(f->metadata);
	free(f->text);
	memset(f, 0, sizeof(*f));
}
