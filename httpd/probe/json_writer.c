/*
 * json_writer.c
 *		Writing one JSON document into memory (see json_writer.h). Pure. Source: RFC 8259.
 */
#include "json_writer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* put appends bytes. */
static void
put(Json *json, const char *bytes, size_t n)
{
	if (json->room - json->len < n)
	{
		size_t		room = 2 * json->room + n + 1024;
		char	   *larger = json->is_broken ? NULL : realloc(json->text, room);

		if (larger == NULL)
		{
			json->is_broken = true;
			return;
		}
		json->text = larger;
		json->room = room;
	}
	memcpy(json->text + json->len, bytes, n);
	json->len += n;
}

/* put_quoted appends a string. */
static void
put_quoted(Json *json, const char *text)
{
	put(json, "\"", 1);
	for (; *text != '\0'; text++)
	{
		unsigned char c = (unsigned char) *text;
		char		escape[8];

		if (c == '"' || c == '\\')
			put(json, (const char[2]) {'\\', *text}, 2);
		else if (c < 0x20)
		{
			int			n = snprintf(escape, sizeof(escape), "\\u%04x", c);

			put(json, escape, (size_t) n);
		}
		else
			put(json, text, 1);
	}
	put(json, "\"", 1);
}

/* begin_value puts the comma and the name that stand before a value. */
static void
begin_value(Json *json, const char *name)
{
	char		last = json->len > 0 ? json->text[json->len - 1] : '{';

	if (last != '{' && last != '[')
		put(json, ",", 1);
	if (name == NULL)
		return;
	put_quoted(json, name);
	put(json, ":", 1);
}

void
json_put_open(Json *json, const char *name, char bracket)
{
	begin_value(json, name);
	put(json, &bracket, 1);
}

void
json_put_close(Json *json, char bracket)
{
	put(json, &bracket, 1);
}

void
json_put_text(Json *json, const char *name, const char *text)
{
	begin_value(json, name);
	if (text != NULL)
		put_quoted(json, text);
	else
		put(json, "null", 4);
}

void
json_put_whole(Json *json, const char *name, int64_t value)
{
	char		digits[24];
	int			n;

	begin_value(json, name);
	n = snprintf(digits, sizeof(digits), "%" PRId64, value);
	put(json, digits, (size_t) n);
}

void
json_put_truth(Json *json, const char *name, bool value)
{
	begin_value(json, name);
	put(json, value ? "true" : "false", value ? 4 : 5);
}

void
json_put_number(Json *json, const char *name, double value, int places)
{
	char		digits[400];
	int			n;

	if (!isfinite(value))
	{
		json_put_null(json, name);
		return;
	}
	begin_value(json, name);
	n = snprintf(digits, sizeof(digits), "%.*f", places, value);
	put(json, digits, (size_t) n);
}

void
json_put_null(Json *json, const char *name)
{
	begin_value(json, name);
	put(json, "null", 4);
}

void
json_put_free(Json *json)
{
	free(json->text);
	*json = (Json) {0};
}
