/*
 * route.c
 *		The route table (see route.h).
 */
#include "route.h"

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "../database/ask.h"

#define METHODS 5

typedef struct Node Node;

/* One path segment; literal children win over the parameter. */
struct Node
{
	char	   *literal;		/* NULL: a parameter */
	Node	   *children;		/* literals */
	Node	   *parameter;
	Node	   *next;
	const Route *routes[METHODS];
};

struct Generation
{
	atomic_int	references;
	int			number;
	Route	   *routes;
	int			nroutes;
	Catalogue  *catalogue;
	Node		root;
};

static const char *const method_names[METHODS] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
static const char *const lane_names[LANE_COUNT] = {"reads", "writes", "slow", "auth", "wait"};

static const struct
{
	const char *name;
	ArgumentType type;
}			type_names[] = {
	{"text", ARGUMENT_TEXT}, {"character varying", ARGUMENT_TEXT}, {"uuid", ARGUMENT_UUID},
	{"smallint", ARGUMENT_INT2}, {"integer", ARGUMENT_INT4}, {"bigint", ARGUMENT_INT8},
	{"numeric", ARGUMENT_NUMERIC}, {"boolean", ARGUMENT_BOOL}, {"date", ARGUMENT_DATE},
	{"timestamp with time zone", ARGUMENT_TIME}, {"json", ARGUMENT_JSON}, {"jsonb", ARGUMENT_JSON},
	{"text[]", ARGUMENT_TEXT_ARRAY}, {"uuid[]", ARGUMENT_UUID_ARRAY}
};

static pthread_mutex_t current_lock = PTHREAD_MUTEX_INITIALIZER;
static Generation *current;

const char *
lane_name(Lane lane)
{
	return lane_names[lane];
}

/* method_number returns the method's number, or -1. */
static int
method_number(const char *method)
{
	for (int i = 0; i < METHODS; i++)
		if (strcmp(method_names[i], method) == 0)
			return i;
	return -1;
}

/* lane_number returns the lane of that name; an unknown one of a newer extension is slow. */
static Lane
lane_number(const char *name)
{
	for (int i = 0; i < LANE_COUNT; i++)
		if (strcmp(lane_names[i], name) == 0)
			return (Lane) i;
	return LANE_SLOW;
}

/* value_type returns how values of an SQL type are checked. */
static ArgumentType
value_type(const char *name)
{
	for (size_t i = 0; i < sizeof(type_names) / sizeof(type_names[0]); i++)
		if (strcmp(type_names[i].name, name) == 0)
			return type_names[i].type;
	return ARGUMENT_OTHER;
}

/* argument_source reads where an argument comes from. */
static ArgumentSource
argument_source(const char *name)
{
	return strcmp(name, "path") == 0 ? SOURCE_PATH
		: strcmp(name, "query") == 0 ? SOURCE_QUERY
		: strcmp(name, "raw") == 0 ? SOURCE_RAW
		: strcmp(name, "last_event") == 0 ? SOURCE_LAST_EVENT
		: strcmp(name, "upload") == 0 ? SOURCE_UPLOAD : SOURCE_BODY;
}

/* path_index_of finds the segment :name of the route's path. */
static size_t
path_index_of(const char *path, const char *name)
{
	size_t		index = 0;

	for (const char *p = path; *p == '/'; index++)
	{
		size_t		len = strcspn(p + 1, "/");

		if (p[1] == ':' && strlen(name) == len - 1 && strncmp(p + 2, name, len - 1) == 0)
			break;
		p += len + 1;
	}
	return index;
}

/* has_placeholder says whether the route's path has a segment :name, at a depth that a target can have. */
static bool
has_placeholder(const char *path, const char *name)
{
	size_t		index = path_index_of(path, name);
	size_t		nsegments = 0;

	for (const char *p = path; *p != '\0'; p++)
		nsegments += *p == '/';
	return index < nsegments && index < TARGET_SEGMENTS_MAX;
}

/* read_argument fills one argument from its JSON description. */
static void
read_argument(Route *route, const json_t *description)
{
	RouteArgument *a = &route->arguments[route->narguments++];
	const json_t *aliases = json_object_get(description, "aliases");
	const char *cookie = json_string_value(json_object_get(description, "cookie"));

	a->name = strdup(json_string_value(json_object_get(description, "name")));
	a->type = value_type(json_string_value(json_object_get(description, "type")));
	a->source = argument_source(json_string_value(json_object_get(description, "in")));
	a->is_required = json_is_true(json_object_get(description, "required"));
	a->path_index = a->source == SOURCE_PATH ? path_index_of(route->path, a->name) : 0;
	a->naliases = json_array_size(aliases);
	a->aliases = calloc(a->naliases + 1, sizeof(char *));
	for (size_t i = 0; i < a->naliases; i++)
		a->aliases[i] = strdup(json_string_value(json_array_get(aliases, i)));
	if (cookie != NULL)
		a->cookie = strdup(cookie);
}

/* result_text returns a column's text, or NULL for NULL. */
static const char *
result_text(const PGresult *rows, int row, const char *column)
{
	int			c = PQfnumber(rows, column);

	return c < 0 || PQgetisnull(rows, row, c) ? NULL : PQgetvalue(rows, row, c);
}

/* can_bind says whether every argument has its place: there are not too many, and what comes out of the path is in it. */
static bool
can_bind(const json_t *arguments, const char *path)
{
	size_t		i;
	const json_t *a;

	if (json_array_size(arguments) > ROUTE_ARGUMENTS_MAX)
		return false;
	json_array_foreach(arguments, i, a)
		if (argument_source(json_string_value(json_object_get(a, "in"))) == SOURCE_PATH &&
			!has_placeholder(path, json_string_value(json_object_get(a, "name"))))
			return false;
	return true;
}

/* result_is_true reads a boolean column; one that an older extension does not have is false. */
static bool
result_is_true(const char *text)
{
	return text != NULL && strcmp(text, "t") == 0;
}

/* read_route fills one route from its row; false when it cannot be used. */
static bool
read_route(const PGresult *rows, int row, int number, Route *route)
{
	const char *auth = result_text(rows, row, "auth");
	const char *signature = result_text(rows, row, "signature");
	const char *budget = result_text(rows, row, "budget");
	const char *upload = result_text(rows, row, "upload");
	json_t	   *arguments = json_loads(result_text(rows, row, "arguments"), 0, NULL);

	if (!can_bind(arguments, result_text(rows, row, "path")) ||
		method_number(result_text(rows, row, "method")) < 0)
	{
		json_decref(arguments);
		return false;
	}
	route->method = strdup(result_text(rows, row, "method"));
	route->path = strdup(result_text(rows, row, "path"));
	route->statement = strdup(result_text(rows, row, "statement"));
	route->signature = signature ? strdup(signature) : NULL;
	route->budget = budget ? strdup(budget) : NULL;
	route->has_replay = strcmp(result_text(rows, row, "has_replay"), "t") == 0;
	route->judges_conditions = result_is_true(result_text(rows, row, "judges_conditions"));
	route->is_kept = result_text(rows, row, "kept") != NULL;
	route->lane = lane_number(result_text(rows, row, "lane"));
	route->status = atoi(result_text(rows, row, "status"));
	route->is_file = strcmp(result_text(rows, row, "envelope"), "file") == 0;
	route->is_events = strcmp(result_text(rows, row, "envelope"), "events") == 0;
	route->upload = upload ? strdup(upload) : NULL;
	route->is_profile = strcmp(result_text(rows, row, "envelope"), "profile") == 0;
	route->is_raw = route->is_profile || strcmp(result_text(rows, row, "envelope"), "raw") == 0 ||
		strcmp(result_text(rows, row, "envelope"), "text") == 0;
	route->tells_process = strcmp(result_text(rows, row, "envelope"), "process") == 0;
	route->takes_user = strcmp(auth, "public") != 0 && strcmp(auth, "webhook") != 0;
	route->needs_user = route->takes_user && strcmp(auth, "optional") != 0;
	route->takes_signature = result_is_true(result_text(rows, row, "is_signed"));
	route->number = number;
	route->metrics = metrics_route(route->method, route->path, result_text(rows, row, "counter"));
	for (size_t i = 0; i < json_array_size(arguments); i++)
		read_argument(route, json_array_get(arguments, i));
	json_decref(arguments);
	return true;
}

/*
 * read_admission fills what is asked before the body of a route comes: as a route
 * that no request finds, for it is prepared and sent like all others.
 */
static bool
read_admission(const PGresult *rows, int row, int number, const Route *of, Route *admission)
{
	const char *statement = result_text(rows, row, "admission");

	if (of->upload == NULL || statement == NULL)
		return false;
	admission->method = strdup(of->method);
	admission->path = strdup(of->path);
	admission->statement = strdup(statement);
	admission->lane = of->lane;
	admission->takes_user = of->takes_user;
	admission->status = of->status;
	admission->number = number;
	admission->metrics = of->metrics;
	return true;
}

/* child_node finds or makes the child of a node for one segment of a route's path. */
static Node *
child_node(Node *node, const char *segment, size_t len)
{
	Node	  **list = segment[0] == ':' ? &node->parameter : &node->children;

	for (Node *n = *list; n != NULL; n = n->next)
		if (n->literal == NULL || (strlen(n->literal) == len && strncmp(n->literal, segment, len) == 0))
			return n;
	{
		Node	   *n = calloc(1, sizeof(*n));

		if (n == NULL)
			abort();
		n->literal = segment[0] == ':' ? NULL : strndup(segment, len);
		n->next = *list;
		*list = n;
		return n;
	}
}

/* insert_route puts a route into the tree. */
static void
insert_route(Node *root, const Route *route)
{
	Node	   *node = root;

	for (const char *p = route->path; *p == '/';)
	{
		size_t		len = strcspn(p + 1, "/");

		node = child_node(node, p + 1, len);
		p += len + 1;
	}
	node->routes[method_number(route->method)] = route;
}

/* add_route adds the route of a row, and what is asked before its body comes. */
static void
add_route(Generation *g, const PGresult *rows, int row)
{
	Route	   *route = &g->routes[g->nroutes];

	if (!read_route(rows, row, g->nroutes, route))
		return;
	g->nroutes++;
	insert_route(&g->root, route);
	if (read_admission(rows, row, g->nroutes, route, &g->routes[g->nroutes]))
		route->admission = &g->routes[g->nroutes++];
}

Generation *
routes_load(PGconn *conn, int number, char *error, size_t size)
{
	PGresult   *rows = ask(conn, "select * from veza.httpd_routes()", 0, NULL, LOAD_MS);
	Catalogue  *catalogue = catalogue_load(conn);
	Generation *g = NULL;

	if (PQresultStatus(rows) == PGRES_TUPLES_OK && catalogue != NULL)
	{
		if ((g = calloc(1, sizeof(*g))) == NULL)
			abort();
		g->references = 1;
		g->number = number;
		g->catalogue = catalogue;
		if ((g->routes = calloc(2 * (size_t) PQntuples(rows) + 1, sizeof(*g->routes))) == NULL)
			abort();
		for (int i = 0; i < PQntuples(rows); i++)
			add_route(g, rows, i);
	}
	else
	{
		snprintf(error, size, "%s", PQerrorMessage(conn));
		catalogue_free(catalogue);
	}
	PQclear(rows);
	return g;
}

/* free_nodes frees a list of nodes with all below them. */
static void
free_nodes(Node *node)
{
	while (node != NULL)
	{
		Node	   *next = node->next;

		free_nodes(node->children);
		free_nodes(node->parameter);
		free(node->literal);
		free(node);
		node = next;
	}
}

/* free_route frees what a route points to. */
static void
free_route(Route *route)
{
	for (size_t i = 0; i < route->narguments; i++)
	{
		for (size_t j = 0; j < route->arguments[i].naliases; j++)
			free(route->arguments[i].aliases[j]);
		free(route->arguments[i].aliases);
		free(route->arguments[i].cookie);
		free(route->arguments[i].name);
	}
	free(route->method);
	free(route->path);
	free(route->statement);
	free(route->signature);
	free(route->budget);
	free(route->upload);
	if (route->kept != NULL)
		PQclear(route->kept);
}

Generation *
generation_ref(Generation *g)
{
	atomic_fetch_add(&g->references, 1);
	return g;
}

void
generation_unref(Generation *g)
{
	if (g == NULL || atomic_fetch_sub(&g->references, 1) != 1)
		return;
	for (int i = 0; i < g->nroutes; i++)
		free_route(&g->routes[i]);
	catalogue_free(g->catalogue);
	free(g->routes);
	free_nodes(g->root.children);
	free_nodes(g->root.parameter);
	free(g);
}

int
generation_number(const Generation *g)
{
	return g->number;
}

Route *
generation_route(Generation *g, int number)
{
	return &g->routes[number];
}

int
generation_nroutes(const Generation *g)
{
	return g->nroutes;
}

const Catalogue *
generation_catalogue(const Generation *g)
{
	return g ? g->catalogue : NULL;
}

void
routes_publish(Generation *g)
{
	Generation *old;

	pthread_mutex_lock(&current_lock);
	old = current;
	current = g;
	pthread_mutex_unlock(&current_lock);
	generation_unref(old);
}

Generation *
routes_current(void)
{
	Generation *g;

	pthread_mutex_lock(&current_lock);
	g = current ? generation_ref(current) : NULL;
	pthread_mutex_unlock(&current_lock);
	return g;
}

/* match_segments finds the method's route for the segments from depth on, literals first. */
static const Route *
match_segments(const Node *node, const Target *target, size_t depth, int method)
{
	const Route *found;

	if (depth == target->nsegments)
		return node->routes[method];
	for (const Node *n = node->children; n != NULL; n = n->next)
		if (strcmp(n->literal, target->segments[depth]) == 0 &&
			(found = match_segments(n, target, depth + 1, method)) != NULL)
			return found;
	if (node->parameter != NULL && target->segments[depth][0] != '\0')
		return match_segments(node->parameter, target, depth + 1, method);
	return NULL;
}

const Route *
routes_match(const Generation *g, const char *method, const Target *target, char *allowed, size_t size)
{
	int			m = method_number(strcmp(method, "HEAD") == 0 ? "GET" : method);
	const Route *route = m < 0 ? NULL : match_segments(&g->root, target, 0, m);
	size_t		n = 0;

	allowed[0] = '\0';
	if (route != NULL)
		return route;
	/* A literal and a parameter may both match the path, each with methods of its own. */
	for (int i = 0; i < METHODS && n < size; i++)
		if (match_segments(&g->root, target, 0, i) != NULL)
			n += (size_t) snprintf(allowed + n, size - n, "%s%s%s", n > 0 ? ", " : "", method_names[i],
								   i == 0 ? ", HEAD" : "");
	if (n > 0 && n < size)
		snprintf(allowed + n, size - n, ", OPTIONS");
	return NULL;
}
