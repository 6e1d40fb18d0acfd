/*
 * args.c
 *		Binding what a client sent to the arguments of a route (see args.h).
 */
#include "args.h"

#include <stdlib.h>
#include <string.h>

#include "../wire/cookie.h"
#include "../wire/target.h"
#include "../wire/values.h"

/* Items of a list; of UUIDs, the longest that anything takes is the order of a playlist. */
#define TEXTS_MAX 1000
#define UUIDS_MAX 10000

/* add_field_error notes a wrong field. */
static void
add_field_error(Bound *bound, const char *field, const char *message)
{
	if (bound->wrong == NULL)
		bound->wrong = json_array();
	json_array_append_new(bound->wrong, json_pack("{s:s, s:s}", "field", field, "message", message));
}

/* text_problem returns what is wrong with a text for the type, or NULL. */
static const char *
text_problem(ArgumentType type, const char *text)
{
	switch (type)
	{
		case ARGUMENT_UUID:
			return value_is_uuid(text) ? NULL : "must be a UUID";
		case ARGUMENT_INT2:
			return value_is_integer(text, INT16_MIN, INT16_MAX) ? NULL : "must be a whole number from -32768 to 32767";
		case ARGUMENT_INT4:
			return value_is_integer(text, INT32_MIN, INT32_MAX) ? NULL : "must be a whole number of 32 bits";
		case ARGUMENT_INT8:
			return value_is_integer(text, INT64_MIN, INT64_MAX) ? NULL : "must be a whole number of 64 bits";
		case ARGUMENT_NUMERIC:
			return value_is_numeric(text) ? NULL : "must be a decimal number";
		case ARGUMENT_BOOL:
			return value_is_bool(text) ? NULL : "must be true or false";
		case ARGUMENT_DATE:
			return value_is_date(text) ? NULL : "must be a date, as in 2030-12-31";
		case ARGUMENT_TIME:
			return value_is_time(text) ? NULL : "must be a time, as in 2030-12-31T23:59:59Z";
		default:
			return NULL;
	}
}

/* type_message says in words what a type wants; for JSON values of the wrong kind. */
static const char *
type_message(ArgumentType type)
{
	switch (type)
	{
		case ARGUMENT_TEXT:
		case ARGUMENT_OTHER:
			return "must be a text";
		case ARGUMENT_TEXT_ARRAY:
			return "must be a list of texts";
		case ARGUMENT_UUID_ARRAY:
			return "must be a list of UUIDs";
		default:
			return text_problem(type, "?");
	}
}

/* A growing text. */
typedef struct Text
{
	char	   *data;
	size_t		len;
	size_t		size;
} Text;

/* append_bytes appends to a text that grows, and ends it with a NUL. */
static void
append_bytes(Text *t, const char *data, size_t len)
{
	if (t->len + len + 1 > t->size)
	{
		t->size = (t->len + len + 1) * 2;
		t->data = realloc(t->data, t->size);
		if (t->data == NULL)
			abort();
	}
	memcpy(t->data + t->len, data, len);
	t->len += len;
	t->data[t->len] = '\0';
}

/* put_item appends one item of a PostgreSQL array literal. */
static void
put_item(Text *t, const char *item)
{
	append_bytes(t, t->len > 1 ? ",\"" : "\"", t->len > 1 ? 2 : 1);
	for (const char *p = item; *p != '\0'; p++)
	{
		if (*p == '"' || *p == '\\')
			append_bytes(t, "\\", 1);
		append_bytes(t, p, 1);
	}
	append_bytes(t, "\"", 1);
}

/* array_from_json makes an array literal of a list of texts; NULL when it is none. */
static char *
array_from_json(const json_t *list, ArgumentType type)
{
	Text		t = {NULL, 0, 0};

	if (!json_is_array(list) || json_array_size(list) > (type == ARGUMENT_UUID_ARRAY ? UUIDS_MAX : TEXTS_MAX))
		return NULL;
	append_bytes(&t, "{", 1);
	for (size_t i = 0; i < json_array_size(list); i++)
	{
		const char *item = json_string_value(json_array_get(list, i));

		if (item == NULL || (type == ARGUMENT_UUID_ARRAY && !value_is_uuid(item)))
		{
			free(t.data);
			return NULL;
		}
		put_item(&t, item);
	}
	append_bytes(&t, "}", 1);
	return t.data;
}

/* array_from_text makes an array literal of "a,b,c"; NULL when an item does not fit. */
static char *
array_from_text(const char *text, ArgumentType type)
{
	json_t	   *list = json_array();
	char	   *literal;

	while (*text != '\0')
	{
		size_t		len = strcspn(text, ",");

		json_array_append_new(list, json_stringn(text, len));
		text += len + (text[len] == ',');
	}
	literal = array_from_json(list, type);
	json_decref(list);
	return literal;
}

/* bind_text binds a path segment, a query parameter or a field of a form. */
static void
bind_text(const RouteArgument *a, const char *text, Bound *bound, char **value)
{
	const char *problem = text_problem(a->type, text);

	if (a->type == ARGUMENT_TEXT_ARRAY || a->type == ARGUMENT_UUID_ARRAY)
	{
		*value = array_from_text(text, a->type);
		problem = *value ? NULL : type_message(a->type);
	}
	else if (a->type == ARGUMENT_JSON)
	{
		json_t	   *parsed = json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);

		problem = parsed ? NULL : "must be JSON";
		json_decref(parsed);
	}
	if (problem != NULL)
		add_field_error(bound, a->name, problem);
	else if (*value == NULL)
		*value = strdup(text);
}

/* bind_json binds a body member. */
static void
bind_json(const RouteArgument *a, const json_t *member, Bound *bound, char **value)
{
	char		number[32];

	if (a->type == ARGUMENT_JSON)
	{
		*value = json_dumps(member, JSON_COMPACT | JSON_ENCODE_ANY);
		return;
	}
	if (a->type == ARGUMENT_TEXT_ARRAY || a->type == ARGUMENT_UUID_ARRAY)
		*value = array_from_json(member, a->type);
	else if (json_is_boolean(member) && a->type == ARGUMENT_BOOL)
		*value = strdup(json_is_true(member) ? "true" : "false");
	else if (json_is_integer(member) &&
			 (a->type == ARGUMENT_INT2 || a->type == ARGUMENT_INT4 || a->type == ARGUMENT_INT8 ||
			  a->type == ARGUMENT_NUMERIC))
	{
		snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(member));
		bind_text(a, number, bound, value);
		return;
	}
	else if (json_is_string(member) && a->type != ARGUMENT_BOOL && a->type != ARGUMENT_INT2 &&
			 a->type != ARGUMENT_INT4 && a->type != ARGUMENT_INT8)
	{
		bind_text(a, json_string_value(member), bound, value);
		return;
	}
	if (*value == NULL)
		add_field_error(bound, a->name, type_message(a->type));
}

/* bind_field binds a field of a form: as a parameter, and a list also as JSON or by coming more than once. */
static void
bind_field(const RouteArgument *a, const json_t *field, Bound *bound, char **value)
{
	bool		is_list = a->type == ARGUMENT_TEXT_ARRAY || a->type == ARGUMENT_UUID_ARRAY;
	const char *text = json_string_value(field);
	json_t	   *parsed = is_list && text != NULL && text[0] == '[' ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;

	if (json_is_false(field))
		add_field_error(bound, a->name, "must be UTF-8 without NUL");
	else if (is_list && (parsed != NULL || text == NULL))
		bind_json(a, parsed ? parsed : field, bound, value);
	else if (text == NULL)
		add_field_error(bound, a->name, "is there more than once");
	else
		bind_text(a, text, bound, value);
	json_decref(parsed);
}

/* bind_cookie binds the cookie that stands in for an argument; false when there is none. */
static bool
bind_cookie(const RouteArgument *a, const char *cookies, Bound *bound, char **value)
{
	char		text[COOKIE_VALUE_MAX];

	if (cookies == NULL || !cookie_find(cookies, strlen(cookies), a->cookie, text, sizeof(text)))
		return false;
	bind_text(a, text, bound, value);
	return true;
}

/* find_member finds a member or a field by the argument's name or an alias; null counts as absent. */
static const json_t *
find_member(const RouteArgument *a, const json_t *body)
{
	const json_t *member = json_object_get(body, a->name);

	for (size_t i = 0; (member == NULL || json_is_null(member)) && i < a->naliases; i++)
		member = json_object_get(body, a->aliases[i]);
	return json_is_null(member) ? NULL : member;
}

/* find_parameter finds a query parameter by the argument's name or an alias. */
static const char *
find_parameter(const RouteArgument *a, const Target *target)
{
	for (size_t n = 0; n <= a->naliases; n++)
		for (size_t i = 0; i < target->nparameters; i++)
			if (strcmp(target->parameters[i].name, n == 0 ? a->name : a->aliases[n - 1]) == 0)
				return target->parameters[i].value;
	return NULL;
}

/* is_asked_for says whether an argument of the source has this name. */
static bool
is_asked_for(const Route *route, ArgumentSource source, const char *name)
{
	for (size_t i = 0; i < route->narguments; i++)
	{
		const RouteArgument *a = &route->arguments[i];

		if (a->source != source)
			continue;
		if (strcmp(a->name, name) == 0)
			return true;
		for (size_t j = 0; j < a->naliases; j++)
			if (strcmp(a->aliases[j], name) == 0)
				return true;
	}
	return false;
}

/* is_known_parameter says whether an argument may come from the query under this name. */
static bool
is_known_parameter(const Route *route, const char *name)
{
	return is_asked_for(route, SOURCE_QUERY, name) || is_asked_for(route, SOURCE_LAST_EVENT, name) ||
		(route->upload != NULL && is_asked_for(route, SOURCE_BODY, name));
}

/* refuse_unknown_members complains of members, fields and parameters that nothing asks for. */
static void
refuse_unknown_members(const Route *route, const Sent *sent, Bound *bound)
{
	const char *name;
	json_t	   *member;

	json_object_foreach((json_t *) sent->body, name, member)
		if (!is_asked_for(route, SOURCE_BODY, name))
			add_field_error(bound, name, "is not known here");
	json_object_foreach((json_t *) sent->fields, name, member)
		if (!is_asked_for(route, SOURCE_BODY, name))
			add_field_error(bound, name, "is not known here");
	for (size_t i = 0; i < sent->target->nparameters; i++)
		if (!is_known_parameter(route, sent->target->parameters[i].name))
			add_field_error(bound, sent->target->parameters[i].name, "is not known here");
}

/* last_event_of returns the id of the event that the client saw last; what is no id of ours counts as none. */
static const char *
last_event_of(const RouteArgument *a, const Sent *sent)
{
	const char *text = sent->last_event != NULL ? sent->last_event : find_parameter(a, sent->target);

	return text != NULL && text_problem(a->type, text) == NULL ? text : NULL;
}

/* bind_argument binds one argument out of what was sent; false when it is not there. */
static bool
bind_argument(const Route *route, const RouteArgument *a, const Sent *sent, Bound *bound, char **value)
{
	const json_t *field = a->source == SOURCE_BODY ? find_member(a, sent->fields) : NULL;
	const json_t *member = a->source == SOURCE_BODY ? find_member(a, sent->body) : NULL;
	const char *text = NULL;

	if (a->source == SOURCE_PATH)
		text = sent->target->segments[a->path_index];
	else if (a->source == SOURCE_LAST_EVENT)
		text = last_event_of(a, sent);
	else if (a->source == SOURCE_QUERY || (a->source == SOURCE_BODY && route->upload != NULL))
		text = find_parameter(a, sent->target);
	if (field != NULL)
		bind_field(a, field, bound, value);
	else if (member != NULL)
		bind_json(a, member, bound, value);
	else if (text != NULL)
		bind_text(a, text, bound, value);
	else if (a->cookie != NULL && bind_cookie(a, sent->cookies, bound, value))
		bound->cookie = a->cookie;
	else
		return false;
	return true;
}

void
args_bind(const Route *route, const Sent *sent, Bound *bound)
{
	memset(bound, 0, sizeof(*bound));
	for (size_t i = 0; i < route->narguments; i++)
	{
		const RouteArgument *a = &route->arguments[i];

		if (a->source == SOURCE_RAW)
			bound->values[i] = strdup(sent->raw ? sent->raw : "");
		else if (a->source != SOURCE_UPLOAD && !bind_argument(route, a, sent, bound, &bound->values[i]) && a->is_required)
			add_field_error(bound, a->name, "is missing");
	}
	if (sent->is_strict)
		refuse_unknown_members(route, sent, bound);
}

void
args_free(Bound *bound)
{
	for (size_t i = 0; i < ROUTE_ARGUMENTS_MAX; i++)
		free(bound->values[i]);
	json_decref(bound->wrong);
	memset(bound, 0, sizeof(*bound));
}
