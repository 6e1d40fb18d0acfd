/*
 * route.h
 *		The route table: rows of the database go in, a request's method and
 *		target find the route in it.
 *
 * A generation is one loaded version of the table. The control thread loads it
 * and swaps it in; it never changes, so any thread reads one that it holds a
 * reference of. The old one goes when its last request is answered.
 */
#ifndef VEZA_ROUTE_H
#define VEZA_ROUTE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>

#include "../base/metrics.h"
#include "../wire/target.h"
#include "catalogue.h"

#define ROUTE_ARGUMENTS_MAX 24
#define CALLER_VALUES		11	/* $1 to $11 of every statement: the caller, and headers that rules look at */

typedef enum Lane
{
	LANE_READS,
	LANE_WRITES,
	LANE_SLOW,
	LANE_AUTH,
	LANE_WAIT,
	LANE_COUNT
} Lane;

typedef enum ArgumentType
{
	ARGUMENT_TEXT,
	ARGUMENT_UUID,
	ARGUMENT_INT2,
	ARGUMENT_INT4,
	ARGUMENT_INT8,
	ARGUMENT_NUMERIC,
	ARGUMENT_BOOL,
	ARGUMENT_DATE,
	ARGUMENT_TIME,
	ARGUMENT_JSON,
	ARGUMENT_TEXT_ARRAY,
	ARGUMENT_UUID_ARRAY,
	ARGUMENT_OTHER				/* passed as text; PostgreSQL judges it */
} ArgumentType;

typedef enum ArgumentSource
{
	SOURCE_PATH,
	SOURCE_QUERY,
	SOURCE_BODY,
	SOURCE_RAW,
	SOURCE_LAST_EVENT,			/* the header Last-Event-ID, or the query */
	SOURCE_UPLOAD				/* told of the uploaded file, not by the client */
} ArgumentSource;

typedef struct RouteArgument
{
	char	   *name;
	ArgumentType type;
	ArgumentSource source;
	bool		is_required;
	size_t		path_index;		/* of a SOURCE_PATH argument: which segment */
	char	  **aliases;
	size_t		naliases;
	char	   *cookie;			/* that stands in for it, or NULL */
} RouteArgument;

typedef struct Route
{
	char	   *method;
	char	   *path;
	bool		needs_user;		/* a token must be sent */
	bool		takes_user;		/* a token is used if sent */
	bool		takes_signature;	/* at the end of the address may stand one instead */
	Lane		lane;
	int			status;
	bool		is_raw;			/* no envelope */
	bool		is_file;		/* the data names a file, which is sent */
	bool		is_events;		/* the data says which channel, and the events to begin with: they are sent as they happen */
	char	   *upload;			/* the kind of file that the body is, or NULL */
	bool		is_profile;		/* the data says for how long a profile is taken, which is the answer */
	bool		tells_process;	/* the data gets a member httpd: what this process knows about itself */
	char	   *signature;		/* key of the signature over the raw body, or NULL */
	char	   *budget;			/* rate limit beyond the global one, or NULL */
	bool		has_replay;		/* an Idempotency-Key counts */
	bool		judges_conditions;	/* If-Match and If-None-Match of a change are the function's to judge */
	bool		is_kept;		/* the answer is made once per generation */
	PGresult   *kept;			/* which is this, or NULL: could not be made */
	char	   *statement;
	RouteArgument arguments[ROUTE_ARGUMENTS_MAX];
	size_t		narguments;
	int			number;			/* within the generation: below generation_nroutes */
	RouteMetrics *metrics;
} Route;

typedef struct Generation Generation;

/*
 * Loads the table; NULL with a message in error when that fails. The caller
 * holds the first reference.
 */
extern Generation *routes_load(PGconn *conn, int number, char *error, size_t size);

/* One more reference; one less, and the last frees the generation. NULL may be given back, not taken. */
extern Generation *generation_ref(Generation *g);
extern void generation_unref(Generation *g);

/* The number given to routes_load, and how many routes there are. */
extern int	generation_number(const Generation *g);
extern int	generation_nroutes(const Generation *g);

/* A route by its number, from 0; it may be changed until the generation is published. */
extern Route *generation_route(Generation *g, int number);

/* Its words; NULL for no generation. */
extern const Catalogue *generation_catalogue(const Generation *g);

/* Makes a generation the present one; takes over the caller's reference. */
extern void routes_publish(Generation *g);

/* The present generation with a reference for the caller, or NULL before the first load. */
extern Generation *routes_current(void);

/*
 * Finds the route. HEAD is answered by GET. When the path is known but not
 * the method, *allowed becomes the text of the Allow header.
 */
extern const Route *routes_match(const Generation *g, const char *method, const Target *target,
								 char *allowed, size_t size);

/* The name in the configuration, in logs and metrics; static. */
extern const char *lane_name(Lane lane);

#endif							/* VEZA_ROUTE_H */
