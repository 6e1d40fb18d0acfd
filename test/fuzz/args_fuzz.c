/*
 * args_fuzz.c
 *		Binding any target and any JSON body to a route with every type of
 *		argument. Input: a byte of options, a line with the target, the body.
 */
#include "../../httpd/routes/args.h"
#include "fuzz.h"

#define TYPES ((size_t) ARGUMENT_OTHER + 1)

static const char *const body_names[] = {"text", "uuid", "int2", "int4", "int8", "numeric", "bool", "date", "time", "json",
"texts", "uuids", "other"};
static const char *const query_names[] = {"q_text", "q_uuid", "q_int2", "q_int4", "q_int8", "q_numeric", "q_bool", "q_date",
"q_json", "q_texts"};
static const ArgumentType query_types[] = {ARGUMENT_TEXT, ARGUMENT_UUID, ARGUMENT_INT2, ARGUMENT_INT4, ARGUMENT_INT8,
ARGUMENT_NUMERIC, ARGUMENT_BOOL, ARGUMENT_DATE, ARGUMENT_JSON, ARGUMENT_TEXT_ARRAY};
static char *alias[] = {"tags", "labels", NULL};

/* make_route makes the route: 13 arguments of the body, 10 of the query, one of the path. */
static void
make_route(Route *route, bool is_required)
{
	memset(route, 0, sizeof(*route));
	for (size_t i = 0; i < TYPES; i++)
		route->arguments[route->narguments++] = (RouteArgument) {.name = (char *) body_names[i], .type = (ArgumentType) i,
			.source = SOURCE_BODY, .is_required = is_required, .aliases = alias,
		.naliases = i == ARGUMENT_TEXT_ARRAY ? 2 : 0};
	for (size_t i = 0; i < sizeof(query_types) / sizeof(query_types[0]); i++)
		route->arguments[route->narguments++] = (RouteArgument) {.name = (char *) query_names[i], .type = query_types[i],
		.source = SOURCE_QUERY, .is_required = is_required};
	route->arguments[route->narguments++] = (RouteArgument) {.name = "id", .type = ARGUMENT_UUID, .source = SOURCE_PATH,
	.is_required = true, .path_index = 0};
	promise(route->narguments <= ROUTE_ARGUMENTS_MAX);
}

/* check_array reads a PostgreSQL array literal back and compares it with the list. */
static void
check_array(const char *literal, const json_t *list)
{
	const char *p = literal;

	promise(*p++ == '{');
	for (size_t i = 0; i < json_array_size(list); i++)
	{
		const char *item = json_string_value(json_array_get(list, i));

		promise(i == 0 || *p++ == ',');
		promise(*p++ == '"');
		for (; *item != '\0'; item++)
		{
			if (*item == '"' || *item == '\\')
				promise(*p++ == '\\');
			promise(*p++ == *item);
		}
		promise(*p++ == '"');
	}
	promise(strcmp(p, "}") == 0);
}

/* check_body checks what was bound against the members. */
static void
check_body(const Bound *bound, const json_t *body)
{
	for (size_t i = 0; i < TYPES; i++)
	{
		const char *value = bound->values[i];
		json_t	   *member = json_object_get(body, body_names[i]);

		if (value == NULL || member == NULL || json_is_null(member))
			continue;
		if (i == ARGUMENT_TEXT_ARRAY || i == ARGUMENT_UUID_ARRAY)
			check_array(value, member);
		else if (i == ARGUMENT_JSON)
		{
			json_t	   *same = json_loads(value, JSON_DECODE_ANY, NULL);

			promise(same != NULL && json_equal(same, member));
			json_decref(same);
		}
		else if (json_is_integer(member))
			promise(strtoll(value, NULL, 10) == json_integer_value(member));
		else if (json_is_string(member))
			promise(strcmp(value, json_string_value(member)) == 0);
		else
			promise(json_is_boolean(member) && i == ARGUMENT_BOOL);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *line;
	size_t		len;
	Route		route;
	Target		target;
	Bound		bound;
	char	   *raw;
	char	   *buffer;
	char	   *body_text;
	json_t	   *body;
	uint8_t		options;

	if (size < 1)
		return 0;
	options = *data++;
	size--;
	if (!take_line(&data, &size, &line, &len))
		return 0;
	raw = text_of(line, len);
	buffer = malloc(2 * strlen(raw) + 2);
	body_text = text_of(data, size);
	body = json_loads(body_text, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(body))
	{
		json_decref(body);
		body = NULL;
	}
	if (target_parse(raw, buffer, &target) == NULL && target.nsegments > 0)
	{
		make_route(&route, options & 2);
		args_bind(&route, &target, &(ArgumentSources) {body, body_text, options & 2 ? body_text : NULL, NULL}, options & 1, &bound);
		check_body(&bound, body);
		if (bound.wrong != NULL)
		{
			char	   *text = json_dumps(bound.wrong, JSON_COMPACT);

			promise(json_array_size(bound.wrong) > 0 && text != NULL);
			free(text);
		}
		else
			promise(bound.values[route.narguments - 1] != NULL);
		args_free(&bound);
	}
	json_decref(body);
	free(body_text);
	free(buffer);
	free(raw);
	return 0;
}
