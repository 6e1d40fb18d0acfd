/*
 * route_test.c
 *		The route table: loading it from rows, matching, and the life of its
 *		generations. libpq is stood in for by rows of this file.
 */
#include <pthread.h>
#include <stdlib.h>

#include "../../httpd/database/ask.h"
#include "../../httpd/routes/route.h"
#include "tap.h"

/* A stand-in for PGresult: columns and rows of texts. */
struct pg_result
{
	const char *const *columns;
	const char *const *values;
	int			nrows;
	int			ncolumns;
	ExecStatusType status;
};

static const char *const route_columns[] = {"method", "path", "statement", "auth", "lane", "status", "envelope",
"signature", "counter", "budget", "has_replay", "upload", "arguments"};
static const char *const error_columns[] = {"code", "sqlstate", "http_status", "message", "hint"};

#define ROUTE(method, path, auth, lane) \
	method, path, "select " method path, auth, lane, "200", "standard", NULL, NULL, NULL, "f", NULL, "[]"

static const char *const routes[] = {
	ROUTE("GET", "/api/v1/plans", "public", "reads"),
	ROUTE("GET", "/api/v1/subscriptions/current", "user", "reads"),
	ROUTE("GET", "/api/v1/subscriptions/:id", "optional", "slow"),
	ROUTE("DELETE", "/api/v1/subscriptions/:id", "admin", "writes"),
	"POST", "/api/v1/subscriptions/complete/:subscription_id", "call x", "user", "wait", "201", "standard", NULL, "veza_c_total", "login", "t", NULL,
	"[{\"name\":\"subscription_id\",\"type\":\"uuid\",\"in\":\"path\",\"required\":true,\"aliases\":[]},"
	"{\"name\":\"page\",\"type\":\"integer\",\"in\":\"query\",\"required\":false},"
	"{\"name\":\"tags\",\"type\":\"text[]\",\"in\":\"body\",\"required\":true,\"aliases\":[\"labels\",\"tag_list\"]},"
	"{\"name\":\"x\",\"type\":\"interval\",\"in\":\"body\",\"required\":false}]",
	"POST", "/api/v1/webhooks/hyperswitch", "select w", "webhook", "writes", "200", "raw", "hyperswitch", NULL, NULL, "f", NULL,
	"[{\"name\":\"body\",\"type\":\"text\",\"in\":\"raw\",\"required\":true}]",
	ROUTE("BREW", "/api/v1/coffee", "public", "reads"),
	ROUTE("GET", "/api/v1/future", "creator", "express"),
	ROUTE("GET", "/a/b", "public", "reads"),
	ROUTE("POST", "/a/:x", "public", "reads"),
	ROUTE("GET", "/a/:x/c", "public", "reads"),
};
static const char *const errors[] = {
	"PLAN_INVALID", "VZ300", "422", "There is no such plan.", "Choose one.",
	"SAME_PLAN", "VZ301", "422", "This is your plan.", "Choose another one.",
};

static const char *const translation_columns[] = {"language", "english", "translation"};
static const char *const translations[] = {
	"fr", "There is no such plan.", "Ce forfait n'existe pas.",
	"fr", "Choose one.", "Choisissez-en un.",
	"fr", "Get it with %.", "Obtenez-le par %.",
	"fr", "Take % of % apples", "Prenez % pommes sur %",
	"de", "Choose one.", "Waehlen Sie einen."
};

static PGresult translation_rows = {translation_columns, translations, 5, 3, PGRES_TUPLES_OK};
static PGresult route_rows = {route_columns, routes, 11, 13, PGRES_TUPLES_OK};
/* Many rows that cannot be used, then two that can. */
#define UNUSABLE	200
static const char *skipping[(UNUSABLE + 3) * 13];
static PGresult skipping_rows = {route_columns, skipping, UNUSABLE + 3, 13, PGRES_TUPLES_OK};
static PGresult error_rows = {error_columns, errors, 2, 5, PGRES_TUPLES_OK};
static PGresult no_rows = {route_columns, routes, 0, 13, PGRES_TUPLES_OK};

static bool is_broken;
static bool is_empty;
static bool is_skipping;
static int	open_results;

/* The statement decides which rows there are. */
PGresult *
ask(PGconn *conn, const char *query, int nvalues, const char *const *values, int timeout_ms)
{
	(void) conn;
	(void) nvalues;
	(void) values;
	(void) timeout_ms;
	open_results++;
	if (is_broken)
		return NULL;
	return strstr(query, "error_catalogue") ? &error_rows
		: strstr(query, "translations") ? &translation_rows : is_empty ? &no_rows : is_skipping ? &skipping_rows : &route_rows;
}

/* What the stand-in was given. */
ExecStatusType
PQresultStatus(const PGresult *r)
{
	return r ? r->status : PGRES_FATAL_ERROR;
}

/* The number of rows. */
int
PQntuples(const PGresult *r)
{
	return r->nrows;
}

/* A column's number, or -1. */
int
PQfnumber(const PGresult *r, const char *name)
{
	for (int i = 0; i < r->ncolumns; i++)
		if (strcmp(r->columns[i], name) == 0)
			return i;
	return -1;
}

/* Is the value NULL? */
int
PQgetisnull(const PGresult *r, int row, int column)
{
	return r->values[row * r->ncolumns + column] == NULL;
}

/* A value. */
char *
PQgetvalue(const PGresult *r, int row, int column)
{
	return (char *) r->values[row * r->ncolumns + column];
}

/* Counts what was not cleared. */
void
PQclear(PGresult *r)
{
	(void) r;
	open_results--;
}

/* The one error there is. */
char *
PQerrorMessage(const PGconn *conn)
{
	(void) conn;
	return "the server closed the connection";
}

/* Counters are not tested here. */
RouteMetrics *
metrics_route(const char *method, const char *path, const char *counter)
{
	static int	one;

	(void) method;
	(void) path;
	(void) counter;
	return (RouteMetrics *) &one;
}

static Generation *g;
static char allowed[64];

/* match matches a path of segments, which NULL ends. */
static const Route *
match(const char *method, const char *const *segments)
{
	Target		t = {.nsegments = 0};

	while (segments[t.nsegments] != NULL)
	{
		t.segments[t.nsegments] = segments[t.nsegments];
		t.nsegments++;
	}
	return routes_match(g, method, &t, allowed, sizeof(allowed));
}

#define MATCH(method, ...) match(method, (const char *const[]) {__VA_ARGS__, NULL})

/* finds tests which route answers. */
static void
finds(const Route *r, const char *path, const char *what)
{
	is_text(r ? r->path : NULL, path, "%s", what);
}

/* test_load: rows become routes. */
static void
test_load(void)
{
	const Route *r = MATCH("POST", "api", "v1", "subscriptions", "complete", "x");

	is_number(generation_number(g), 7, "the generation has its number");
	is_number(generation_nroutes(g), 10, "a method of the future is left out");
	is_number(open_results, 0, "results are cleared");
	ok(r != NULL && r->narguments == 4, "a route has its arguments");
	is_text(r->arguments[0].name, "subscription_id", "the first");
	ok(r->arguments[0].source == SOURCE_PATH && r->arguments[0].path_index == 4 && r->arguments[0].is_required &&
	   r->arguments[0].type == ARGUMENT_UUID, "comes out of the path");
	ok(r->arguments[1].source == SOURCE_QUERY && r->arguments[1].type == ARGUMENT_INT4 && !r->arguments[1].is_required,
	   "the second out of the query");
	ok(r->arguments[2].source == SOURCE_BODY && r->arguments[2].type == ARGUMENT_TEXT_ARRAY && r->arguments[2].naliases == 2 &&
	   strcmp(r->arguments[2].aliases[1], "tag_list") == 0, "the third out of the body, with aliases");
	ok(r->arguments[3].type == ARGUMENT_OTHER, "an unknown type is PostgreSQL's to judge");
	ok(r->status == 201 && r->lane == LANE_WAIT && r->needs_user && r->takes_user && !r->is_raw && r->signature == NULL,
	   "status, lane and who may call");
	r = MATCH("POST", "api", "v1", "webhooks", "hyperswitch");
	ok(r != NULL && r->is_raw && strcmp(r->signature, "hyperswitch") == 0 && !r->takes_user && !r->needs_user &&
	   r->arguments[0].source == SOURCE_RAW, "a webhook is signed, raw and of nobody");
	r = MATCH("GET", "api", "v1", "plans");
	ok(r != NULL && !r->takes_user && !r->needs_user, "a public route takes no user");
	r = MATCH("GET", "api", "v1", "subscriptions", "x");
	ok(r != NULL && r->takes_user && !r->needs_user, "an optional one takes it without need");
	r = MATCH("GET", "api", "v1", "future");
	ok(r != NULL && r->lane == LANE_SLOW && r->needs_user, "a lane of the future is slow");
	is_text(lane_name(LANE_AUTH), "auth", "lanes have names");
}

/* test_match: literals, parameters, methods. */
static void
test_match(void)
{
	finds(MATCH("GET", "api", "v1", "subscriptions", "current"), "/api/v1/subscriptions/current",
		  "a literal wins over a parameter");
	finds(MATCH("GET", "api", "v1", "subscriptions", "currently"), "/api/v1/subscriptions/:id", "another text is the parameter");
	finds(MATCH("DELETE", "api", "v1", "subscriptions", "current"), "/api/v1/subscriptions/:id",
		  "where the literal lacks the method, the parameter has it");
	finds(MATCH("HEAD", "api", "v1", "plans"), "/api/v1/plans", "HEAD is answered by GET");
	finds(MATCH("GET", "a", "b", "c"), "/a/:x/c", "a literal that leads nowhere is left again");
	finds(match("GET", (const char *const[]) {NULL}), NULL, "the address / is no route");
	finds(MATCH("GET", "api", "v1", "subscriptions", ""), NULL, "an empty segment is no parameter");
	is_text(allowed, "", "and is not found");
	finds(MATCH("GET", "api", "v1", "plans", ""), NULL, "a slash at the end is another address");
	finds(MATCH("GET", "api", "v1"), NULL, "a beginning is no route");
	finds(MATCH("GET", "API", "v1", "plans"), NULL, "paths have case");
	finds(MATCH("GET", "api", "v1", ":id"), NULL, "a parameter's name is no literal");
	finds(MATCH("GET", "nothing"), NULL, "what is not there is not found");
	is_text(allowed, "", "and nothing is allowed there");
}

/* test_allow: the Allow header. */
static void
test_allow(void)
{
	finds(MATCH("POST", "api", "v1", "plans"), NULL, "a method that the path does not know");
	is_text(allowed, "GET, HEAD, OPTIONS", "is told which it knows");
	finds(MATCH("PUT", "api", "v1", "subscriptions", "x"), NULL, "of two methods");
	is_text(allowed, "GET, HEAD, DELETE, OPTIONS", "both are told");
	finds(MATCH("OPTIONS", "api", "v1", "webhooks", "hyperswitch"), NULL, "OPTIONS is no route");
	is_text(allowed, "POST, OPTIONS", "but is told the same");
	finds(MATCH("BREW", "api", "v1", "plans"), NULL, "a method that nobody knows");
	is_text(allowed, "GET, HEAD, OPTIONS", "too");
	finds(MATCH("DELETE", "a", "b"), NULL, "where a literal and a parameter answer different methods");
	is_text(allowed, "GET, HEAD, POST, OPTIONS", "all of them are told");
	finds(MATCH("DELETE", "a", "b"), NULL, "a small buffer");
	{
		Target		t = {.nsegments = 4, .segments = {"api", "v1", "subscriptions", "x"}};
		char		small[8];

		routes_match(g, "PUT", &t, small, sizeof(small));
		ok(strlen(small) < sizeof(small), "is not overrun");
	}
}

/* says checks what a sentence is in a language. */
static void
says(const char *language, const char *english, const char *want, const char *what)
{
	char	   *text = catalogue_translate(generation_catalogue(g), language, english);

	is_text(text, want, what);
	free(text);
}

/* test_errors: the catalogue as the database has it. */
static void
test_errors(void)
{
	const CatalogueEntry *e = catalogue_error(generation_catalogue(g), "VZ301");
	const char *const *languages = catalogue_languages(generation_catalogue(g));

	ok(e != NULL && strcmp(e->code, "SAME_PLAN") == 0 && e->http_status == 422, "an error is found by its SQLSTATE");
	ok(catalogue_error(generation_catalogue(g), "VZ999") == NULL, "an unknown one is not");
	ok(catalogue_error(generation_catalogue(NULL), "VZ301") == NULL, "without a generation nothing is");
	says("fr", "Choose one.", "Choisissez-en un.", "a sentence is translated");
	says("de", "There is no such plan.", "There is no such plan.", "without a translation it stays English");
	says("fr", "Get it with POST /x/1.", "Obtenez-le par POST /x/1.", "what differs from case to case is taken over");
	says("fr", "Take 3 of 7 apples", "Prenez 3 pommes sur 7", "in order");
	says("fr", "Take 3 of 7 pears", "Take 3 of 7 pears", "another sentence does not fit");
	says("fr", "Get it", "Get it", "nor half of one");
	ok(catalogue_translate(generation_catalogue(g), "fr", NULL) == NULL, "nothing is nothing");
	ok(strcmp(languages[0], "en") == 0 && languages[2] != NULL && languages[3] == NULL, "the languages are known, English first");
}

/* take refers to the present generation over and over. */
static void *
take(void *arg)
{
	(void) arg;
	for (int i = 0; i < 20000; i++)
	{
		Generation *present = routes_current();

		if (generation_nroutes(present) != 10)
			abort();
		generation_unref(present);
	}
	return NULL;
}

/* test_generations: one is published while others use the one before. */
static void
test_generations(void)
{
	pthread_t	threads[2];
	Generation *held;
	Generation *latest;
	char		error[100];

	ok(routes_current() == NULL, "before the first load there is none");
	routes_publish(g);
	held = routes_current();
	ok(held == g, "what was published is the present one");
	for (int i = 0; i < 2; i++)
		if (pthread_create(&threads[i], NULL, take, NULL) != 0)
			abort();
	for (int i = 0; i < 200; i++)
		routes_publish(routes_load(NULL, i, error, sizeof(error)));
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	latest = routes_current();
	ok(latest != held, "another one is present now");
	is_number(generation_nroutes(held), 10, "the one before lives as long as somebody holds it");
	generation_unref(held);
	generation_unref(latest);
	routes_publish(NULL);
	ok(routes_current() == NULL, "and it can be taken away");
}

/* test_numbers: a route's number is its place among those that can be used, whatever rows there are besides. */
static void
test_numbers(void)
{
	static const char *const unusable[] = {ROUTE("BREW", "/skipped", "public", "reads")};
	static const char *const usable[] = {ROUTE("GET", "/used", "public", "reads")};
	static const char *const nowhere[] = {"GET", "/nowhere/:id", "select 1", "public", "reads", "200", "standard", NULL, NULL, NULL,
	"f", NULL,
	"[{\"name\":\"other\",\"type\":\"uuid\",\"in\":\"path\",\"required\":true,\"aliases\":[]}]"};
	char		error[100];
	const Route *r;

	for (int i = 0; i < UNUSABLE + 3; i++)
		memcpy(skipping + i * 13, i == UNUSABLE / 2 || i == UNUSABLE + 2 ? usable
			   : i == UNUSABLE ? nowhere : unusable, sizeof(usable));
	skipping[(UNUSABLE + 2) * 13 + 1] = "/used/last";
	is_skipping = true;
	g = routes_load(NULL, 9, error, sizeof(error));
	is_skipping = false;
	is_number(generation_nroutes(g), 2, "rows that cannot be used are skipped");
	r = MATCH("GET", "used", "last");
	ok(r != NULL && r->number == 1, "and have no number: every number is below that of the routes");
	ok(MATCH("GET", "nowhere", "x") == NULL, "an argument out of a place that the path does not have cannot be used");
	generation_unref(g);
}

int
main(void)
{
	char		error[100] = "";

	is_broken = true;
	ok(routes_load(NULL, 1, error, sizeof(error)) == NULL, "a load that fails makes no generation");
	is_text(error, "the server closed the connection", "and says why");
	is_broken = false;
	g = routes_load(NULL, 7, error, sizeof(error));
	if (!ok(g != NULL, "a load that succeeds makes one"))
		return done_testing();
	test_load();
	test_match();
	test_allow();
	test_errors();
	test_generations();
	is_empty = true;
	g = routes_load(NULL, 8, error, sizeof(error));
	ok(g != NULL && generation_nroutes(g) == 0, "a table without routes is a table");
	generation_unref(g);
	is_empty = false;
	test_numbers();
	return done_testing();
}
