/*
 * args_test.c
 *		Binding path segments, parameters and body members to arguments.
 */
#include <stdlib.h>

#include "../../httpd/routes/args.h"
#include "tap.h"

#define UUID "123e4567-e89b-12d3-a456-426614174000"

static Bound bound;
static const char *cookies;

/* bind_all binds what was sent. */
static void
bind_all(const Route *route, const Target *target, const json_t *body, const char *raw, bool is_strict)
{
	args_bind(route, &(Sent) {.target = target, .body = body, .raw = raw, .cookies = cookies, .is_strict = is_strict}, &bound);
}

/* bind_one binds one argument out of a JSON value of the body; the text of its value or NULL. */
static const char *
bind_one(ArgumentType type, const char *json)
{
	Route		route = {.narguments = 1, .arguments = {{.name = "a", .type = type, .source = SOURCE_BODY}}};
	Target		target = {.nsegments = 0};
	json_t	   *body = json_object();

	args_free(&bound);
	json_object_set_new(body, "a", json_loads(json, JSON_DECODE_ANY, NULL));
	bind_all(&route, &target, body, "", false);
	json_decref(body);
	return bound.values[0];
}

/* bind_query binds one argument out of a query parameter. */
static const char *
bind_query(ArgumentType type, const char *text)
{
	Route		route = {.narguments = 1, .arguments = {{.name = "a", .type = type, .source = SOURCE_QUERY}}};
	Target		target = {.nparameters = 1, .parameters = {{"a", text}}};

	args_free(&bound);
	bind_all(&route, &target, NULL, "", false);
	return bound.values[0];
}

/* wrong returns what is wrong as "field: message, ...". */
static const char *
wrong(void)
{
	static char text[2000];
	size_t		i;
	json_t	   *item;

	text[0] = '\0';
	json_array_foreach(bound.wrong, i, item)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s: %s", i ? ", " : "",
				 json_string_value(json_object_get(item, "field")), json_string_value(json_object_get(item, "message")));
	return text;
}

typedef struct Case
{
	ArgumentType type;
	const char *given;
	const char *bound;			/* NULL: refused */
} Case;

/* test_json: each type out of each kind of JSON value. */
static void
test_json(void)
{
	static const Case cases[] = {
		{ARGUMENT_TEXT, "\"x\"", "x"}, {ARGUMENT_TEXT, "\"\"", ""}, {ARGUMENT_TEXT, "7", NULL}, {ARGUMENT_TEXT, "true", NULL},
		{ARGUMENT_TEXT, "[]", NULL}, {ARGUMENT_TEXT, "{}", NULL}, {ARGUMENT_TEXT, "1.5", NULL},
		{ARGUMENT_TEXT, "\"'; drop table users; --\"", "'; drop table users; --"},
		{ARGUMENT_UUID, "\"" UUID "\"", UUID}, {ARGUMENT_UUID, "\"x\"", NULL}, {ARGUMENT_UUID, "7", NULL},
		{ARGUMENT_INT2, "32767", "32767"}, {ARGUMENT_INT2, "-32768", "-32768"}, {ARGUMENT_INT2, "32768", NULL},
		{ARGUMENT_INT4, "2147483647", "2147483647"}, {ARGUMENT_INT4, "2147483648", NULL}, {ARGUMENT_INT4, "1.0", NULL},
		{ARGUMENT_INT4, "\"7\"", NULL}, {ARGUMENT_INT4, "true", NULL}, {ARGUMENT_INT4, "[1]", NULL},
		{ARGUMENT_INT8, "9223372036854775807", "9223372036854775807"}, {ARGUMENT_INT8, "1e3", NULL},
		{ARGUMENT_NUMERIC, "12", "12"}, {ARGUMENT_NUMERIC, "12.5", NULL}, {ARGUMENT_NUMERIC, "\"12.50\"", "12.50"},
		{ARGUMENT_NUMERIC, "\"1e400\"", NULL}, {ARGUMENT_NUMERIC, "\"NaN\"", NULL},
		{ARGUMENT_NUMERIC, "9223372036854775807", NULL}, {ARGUMENT_NUMERIC, "true", NULL},
		{ARGUMENT_BOOL, "true", "true"}, {ARGUMENT_BOOL, "false", "false"}, {ARGUMENT_BOOL, "\"true\"", NULL},
		{ARGUMENT_BOOL, "1", NULL}, {ARGUMENT_BOOL, "0", NULL},
		{ARGUMENT_DATE, "\"2030-12-31\"", "2030-12-31"}, {ARGUMENT_DATE, "\"2030-02-30\"", NULL},
		{ARGUMENT_DATE, "20301231", NULL},
		{ARGUMENT_TIME, "\"2030-12-31T23:59:59Z\"", "2030-12-31T23:59:59Z"}, {ARGUMENT_TIME, "\"now\"", NULL},
		{ARGUMENT_TIME, "1900000000", NULL},
		{ARGUMENT_JSON, "{\"a\": [1, null]}", "{\"a\":[1,null]}"}, {ARGUMENT_JSON, "\"x\"", "\"x\""}, {ARGUMENT_JSON, "7", "7"},
		{ARGUMENT_JSON, "false", "false"}, {ARGUMENT_JSON, "\"\\u00e9\\n\"", "\"\xc3\xa9\\n\""},
		{ARGUMENT_TEXT_ARRAY, "[]", "{}"}, {ARGUMENT_TEXT_ARRAY, "[\"a\",\"b c\"]", "{\"a\",\"b c\"}"},
		{ARGUMENT_TEXT_ARRAY, "[\"\"]", "{\"\"}"}, {ARGUMENT_TEXT_ARRAY, "[\"NULL\",\"{}\",\",\"]", "{\"NULL\",\"{}\",\",\"}"},
		{ARGUMENT_TEXT_ARRAY, "[\"a\\\"b\\\\c\"]", "{\"a\\\"b\\\\c\"}"}, {ARGUMENT_TEXT_ARRAY, "[1]", NULL},
		{ARGUMENT_TEXT_ARRAY, "[null]", NULL}, {ARGUMENT_TEXT_ARRAY, "[[\"a\"]]", NULL}, {ARGUMENT_TEXT_ARRAY, "\"a\"", NULL},
		{ARGUMENT_TEXT_ARRAY, "{}", NULL},
		{ARGUMENT_UUID_ARRAY, "[\"" UUID "\"]", "{\"" UUID "\"}"}, {ARGUMENT_UUID_ARRAY, "[\"x\"]", NULL},
		{ARGUMENT_UUID_ARRAY, "[]", "{}"},
		{ARGUMENT_OTHER, "\"5 days\"", "5 days"}, {ARGUMENT_OTHER, "5", NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		is_text(bind_one(cases[i].type, cases[i].given), cases[i].bound, "type %d from %s", cases[i].type, cases[i].given);
		each((bound.wrong == NULL) == (cases[i].bound != NULL), "type %d from %s: %s", cases[i].type, cases[i].given, wrong());
	}
	all("what is not bound is complained of, and nothing else is");
	is_text(bind_one(ARGUMENT_TEXT, "null"), NULL, "null is absent");
	is_text(wrong(), "", "which is fine for an argument with a default");
}

/* test_query: each type out of a text. */
static void
test_query(void)
{
	static const Case cases[] = {
		{ARGUMENT_TEXT, "x", "x"}, {ARGUMENT_TEXT, "", ""}, {ARGUMENT_UUID, UUID, UUID}, {ARGUMENT_UUID, "", NULL},
		{ARGUMENT_INT2, "-1", "-1"}, {ARGUMENT_INT2, "32768", NULL}, {ARGUMENT_INT4, "", NULL}, {ARGUMENT_INT4, "+1", NULL},
		{ARGUMENT_INT4, "1; select 1", NULL}, {ARGUMENT_INT8, "9223372036854775808", NULL}, {ARGUMENT_NUMERIC, "1.5", "1.5"},
		{ARGUMENT_NUMERIC, "1e5", NULL}, {ARGUMENT_BOOL, "true", "true"}, {ARGUMENT_BOOL, "1", "1"}, {ARGUMENT_BOOL, "yes", NULL},
		{ARGUMENT_DATE, "2030-01-01", "2030-01-01"}, {ARGUMENT_DATE, "today", NULL},
		{ARGUMENT_TIME, "2030-01-01T00:00:00+02:00", "2030-01-01T00:00:00+02:00"}, {ARGUMENT_TIME, "2030-01-01", NULL},
		{ARGUMENT_JSON, "{\"a\":1}", "{\"a\":1}"}, {ARGUMENT_JSON, "{\"a\":1,\"a\":2}", NULL}, {ARGUMENT_JSON, "", NULL},
		{ARGUMENT_JSON, "7", "7"}, {ARGUMENT_JSON, "nul", NULL},
		{ARGUMENT_TEXT_ARRAY, "a,b", "{\"a\",\"b\"}"}, {ARGUMENT_TEXT_ARRAY, "", "{}"}, {ARGUMENT_TEXT_ARRAY, "a", "{\"a\"}"},
		{ARGUMENT_TEXT_ARRAY, "a,,b", "{\"a\",\"\",\"b\"}"}, {ARGUMENT_TEXT_ARRAY, "{a}", "{\"{a}\"}"},
		{ARGUMENT_UUID_ARRAY, UUID "," UUID, "{\"" UUID "\",\"" UUID "\"}"}, {ARGUMENT_UUID_ARRAY, UUID ",x", NULL},
		{ARGUMENT_OTHER, "anything", "anything"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		is_text(bind_query(cases[i].type, cases[i].given), cases[i].bound, "type %d from '%s'", cases[i].type, cases[i].given);
		each((bound.wrong == NULL) == (cases[i].bound != NULL), "type %d from '%s': %s", cases[i].type, cases[i].given, wrong());
	}
	all("texts, too, are bound or complained of");
}

/* test_arrays: many items, long items. */
static void
test_arrays(void)
{
	json_t	   *list = json_array();
	char	   *text;
	size_t		n = 0;

	for (int i = 0; i < 1000; i++)
		json_array_append_new(list, json_sprintf("item %d \"quoted\" \\ and {braced}", i));
	text = json_dumps(list, 0);
	ok(bind_one(ARGUMENT_TEXT_ARRAY, text) != NULL, "1,000 items are bound");
	for (const char *p = bound.values[0]; p != NULL && (p = strstr(p, "quoted")) != NULL; p++)
		n++;
	is_number(n, 1000, "each of them");
	free(text);
	json_array_append_new(list, json_string("one more"));
	text = json_dumps(list, 0);
	is_text(bind_one(ARGUMENT_TEXT_ARRAY, text), NULL, "1,001 are refused");
	is_text(wrong(), "a: must be a list of texts", "in words");
	free(text);
	json_array_clear(list);
	for (int i = 0; i < 10000; i++)
		json_array_append_new(list, json_string("00000000-0000-4000-8000-000000000000"));
	text = json_dumps(list, 0);
	ok(bind_one(ARGUMENT_UUID_ARRAY, text) != NULL, "10,000 UUIDs are bound");
	free(text);
	json_array_append_new(list, json_string("00000000-0000-4000-8000-000000000000"));
	text = json_dumps(list, 0);
	is_text(bind_one(ARGUMENT_UUID_ARRAY, text), NULL, "10,001 are refused");
	free(text);
	json_decref(list);
}

/* test_together: everything that is wrong is told in one answer. */
static void
test_together(void)
{
	char	   *alias[] = {"planId", "plan", NULL};
	Route		route = {.narguments = 5, .arguments = {
		{.name = "id", .type = ARGUMENT_UUID, .source = SOURCE_PATH, .is_required = true, .path_index = 1},
		{.name = "page", .type = ARGUMENT_INT4, .source = SOURCE_QUERY},
		{.name = "plan_id", .type = ARGUMENT_TEXT, .source = SOURCE_BODY, .is_required = true, .aliases = alias, .naliases = 2},
		{.name = "cycle", .type = ARGUMENT_TEXT, .source = SOURCE_BODY, .is_required = true},
	{.name = "raw", .type = ARGUMENT_TEXT, .source = SOURCE_RAW}}};
	Target		target = {.nsegments = 2, .segments = {"x", "no-uuid"}, .nparameters = 2,
	.parameters = {{"page", "many"}, {"other", "1"}}};
	json_t	   *body = json_loads("{\"cycle\":7,\"role\":\"admin\"}", 0, NULL);

	args_free(&bound);
	bind_all(&route, &target, body, "the raw body", false);
	is_text(wrong(), "id: must be a UUID, page: must be a whole number of 32 bits, plan_id: is missing, cycle: must be a text",
			"all wrong fields at once, in the order of the arguments");
	is_text(bound.values[4], "the raw body", "the raw body is bound as it came");
	args_free(&bound);
	bind_all(&route, &target, body, "", true);
	ok(strstr(wrong(), "role: is not known here") != NULL, "strictly, unknown members are wrong");
	ok(strstr(wrong(), "other: is not known here") != NULL, "and unknown parameters");
	ok(strstr(wrong(), "cycle: is not known") == NULL && strstr(wrong(), "page: is not known") == NULL, "known ones are not");
	args_free(&bound);
	bind_all(&route, &target, NULL, "", false);
	ok(strstr(wrong(), "plan_id: is missing, cycle: is missing") != NULL, "no body at all is a body without members");
	json_decref(body);

	target.segments[1] = UUID;
	target.nparameters = 0;
	body = json_loads("{\"planId\":\"pro\",\"plan\":\"basic\",\"cycle\":\"monthly\"}", 0, NULL);
	args_free(&bound);
	bind_all(&route, &target, body, "", true);
	is_text(wrong(), "", "aliases are known names");
	is_text(bound.values[0], UUID, "the path's segment is bound");
	is_text(bound.values[1], NULL, "an absent parameter is NULL");
	is_text(bound.values[2], "pro", "the first alias wins");
	json_object_set_new(body, "plan_id", json_string("own"));
	args_free(&bound);
	bind_all(&route, &target, body, "", true);
	is_text(bound.values[2], "own", "its own name is stronger");
	json_object_set_new(body, "plan_id", json_null());
	args_free(&bound);
	bind_all(&route, &target, body, "", true);
	is_text(bound.values[2], "pro", "null counts as absent");
	json_decref(body);
}

/* test_parameters: names and aliases in a query; the first of several. */
static void
test_parameters(void)
{
	char	   *alias[] = {"pageSize", NULL};
	Route		route = {.narguments = 1, .arguments = {
		{.name = "per_page", .type = ARGUMENT_INT4, .source = SOURCE_QUERY, .is_required = true, .aliases = alias,
		.naliases = 1}}};
	Target		target = {.nparameters = 2, .parameters = {{"pageSize", "5"}, {"per_page", "6"}}};

	args_free(&bound);
	bind_all(&route, &target, NULL, "", true);
	is_text(bound.values[0], "6", "the argument's own name is stronger than an alias before it");
	target.parameters[1].name = "pageSize";
	args_free(&bound);
	bind_all(&route, &target, NULL, "", true);
	is_text(bound.values[0], "5", "the first of two wins");
	target.nparameters = 0;
	args_free(&bound);
	bind_all(&route, &target, NULL, "", false);
	is_text(wrong(), "per_page: is missing", "a required parameter is missed");
}

/* test_cookie: a cookie stands in for a member that was not sent. */
static void
test_cookie(void)
{
	Route		route = {.narguments = 1, .arguments = {{.name = "t", .type = ARGUMENT_TEXT, .source = SOURCE_BODY,
	.is_required = true, .cookie = "c"}}};
	Target		target = {.nsegments = 0};
	json_t	   *body = json_pack("{s:s}", "t", "sent");

	cookies = "b=1; c=from-cookie";
	args_free(&bound);
	bind_all(&route, &target, NULL, "", false);
	is_text(bound.cookie, "c", "a cookie is noticed");
	is_text(bound.values[0], "from-cookie", "and bound");
	args_free(&bound);
	bind_all(&route, &target, body, "", false);
	ok(bound.cookie == NULL, "the body is stronger");
	is_text(bound.values[0], "sent", "and bound");
	cookies = "b=1";
	args_free(&bound);
	bind_all(&route, &target, NULL, "", false);
	is_text(wrong(), "t: is missing", "without both it is missed");
	cookies = NULL;
	json_decref(body);
}

/* bind_form binds one argument out of a field, given as the JSON that stands for it. */
static const char *
bind_form(ArgumentType type, const char *json)
{
	Route		route = {.narguments = 1, .upload = "audio", .arguments = {{.name = "a", .type = type, .source = SOURCE_BODY}}};
	Target		target = {.nsegments = 0};
	json_t	   *fields = json_object();

	args_free(&bound);
	json_object_set_new(fields, "a", json_loads(json, JSON_DECODE_ANY, NULL));
	args_bind(&route, &(Sent) {.target = &target, .fields = fields}, &bound);
	json_decref(fields);
	return bound.values[0];
}

/* test_fields: each type out of a field of a form. */
static void
test_fields(void)
{
	static const Case cases[] = {
		{ARGUMENT_TEXT, "\"x\"", "x"}, {ARGUMENT_TEXT, "\"\"", ""}, {ARGUMENT_TEXT, "[\"x\",\"y\"]", NULL},
		{ARGUMENT_TEXT, "false", NULL},
		{ARGUMENT_INT4, "\"7\"", "7"}, {ARGUMENT_INT4, "\"seven\"", NULL}, {ARGUMENT_BOOL, "\"true\"", "true"},
		{ARGUMENT_BOOL, "\"on\"", NULL},
		{ARGUMENT_NUMERIC, "\"120.5\"", "120.5"}, {ARGUMENT_DATE, "\"2030-12-31\"", "2030-12-31"},
		{ARGUMENT_JSON, "\"{\\\"a\\\":1}\"", "{\"a\":1}"},
		{ARGUMENT_TEXT_ARRAY, "\"a,b\"", "{\"a\",\"b\"}"}, {ARGUMENT_TEXT_ARRAY, "\"[\\\"a,b\\\",\\\"c\\\"]\"", "{\"a,b\",\"c\"}"},
		{ARGUMENT_TEXT_ARRAY, "[\"a\",\"b\"]", "{\"a\",\"b\"}"}, {ARGUMENT_TEXT_ARRAY, "\"[1]\"", NULL},
		{ARGUMENT_TEXT_ARRAY, "\"[x\"", "{\"[x\"}"},
		{ARGUMENT_TEXT_ARRAY, "[\"a\",false]", NULL}, {ARGUMENT_TEXT_ARRAY, "false", NULL},
		{ARGUMENT_UUID_ARRAY, "[\"" UUID "\",\"" UUID "\"]", "{\"" UUID "\",\"" UUID "\"}"}, {ARGUMENT_UUID, "\"x\"", NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		is_text(bind_form(cases[i].type, cases[i].given), cases[i].bound, "type %d from the field %s", cases[i].type,
			cases[i].given);
		each((bound.wrong == NULL) == (cases[i].bound != NULL), "type %d from %s: %s", cases[i].type, cases[i].given, wrong());
	}
	all("what is not bound of a form is complained of, and nothing else is");
	(void) bind_form(ARGUMENT_TEXT, "false");
	is_text(wrong(), "a: must be UTF-8 without NUL", "bytes that are no text");
	(void) bind_form(ARGUMENT_TEXT, "[\"x\",\"y\"]");
	is_text(wrong(), "a: is there more than once", "a field twice");
}

/* test_upload: fields, members of a JSON part and parameters beside a file. */
static void
test_upload(void)
{
	char	   *alias[] = {"name", NULL};
	Route		route = {.narguments = 3, .upload = "audio", .arguments = {
		{.name = "file_hash", .type = ARGUMENT_TEXT, .source = SOURCE_UPLOAD, .is_required = true},
		{.name = "title", .type = ARGUMENT_TEXT, .source = SOURCE_BODY, .is_required = true, .aliases = alias, .naliases = 1},
	{.name = "bpm", .type = ARGUMENT_INT4, .source = SOURCE_BODY}}};
	Target		target = {.nparameters = 2, .parameters = {{"title", "query"}, {"colour", "red"}}};
	json_t	   *fields = json_pack("{s:s, s:s, s:s}", "name", "field", "bpm", "fast", "file_hash", "forged");
	json_t	   *body = json_pack("{s:s, s:i}", "title", "part", "bpm", 120);

	args_free(&bound);
	args_bind(&route, &(Sent) {.target = &target, .fields = fields, .body = body}, &bound);
	is_text(bound.values[1], "field", "a field is stronger than a member, by an alias, too");
	is_text(bound.values[0], NULL, "what the file tells of itself comes from nobody else");
	is_text(wrong(), "bpm: must be a whole number of 32 bits", "and a wrong one is told of");
	args_free(&bound);
	args_bind(&route, &(Sent) {.target = &target, .body = body}, &bound);
	is_text(bound.values[1], "part", "a member is stronger than a parameter");
	is_text(bound.values[2], "120", "with its own type");
	args_free(&bound);
	args_bind(&route, &(Sent) {.target = &target, .fields = fields, .is_strict = true}, &bound);
	ok(strstr(wrong(), "file_hash: is not known here") != NULL && strstr(wrong(), "colour: is not known here") != NULL &&
	   strstr(wrong(), "title: is not") == NULL, "strictly, what nothing asks for is wrong");
	args_free(&bound);
	args_bind(&route, &(Sent) {.target = &target}, &bound);
	is_text(bound.values[1], "query", "a bare file has parameters");
	route.upload = NULL;
	args_free(&bound);
	args_bind(&route, &(Sent) {.target = &target}, &bound);
	is_text(wrong(), "title: is missing", "where no file is taken the query is not the body");
	json_decref(fields);
	json_decref(body);
}

int
main(void)
{
	test_cookie();
	test_fields();
	test_upload();
	test_json();
	test_query();
	test_arrays();
	test_together();
	test_parameters();
	args_free(&bound);
	args_free(&bound);
	ok(bound.wrong == NULL, "freeing twice does no harm");
	return done_testing();
}
