/*
 * args.h
 *		Binding what a client sent to the arguments of a route: the parts of a
 *		request go in; the values of the statement come out, or all that is
 *		wrong with them. Pure but for JSON and memory, from any thread.
 *
 * Path segments, query parameters and body members bind by name. Everything
 * that is missing or of the wrong type is collected and answered together.
 */
#ifndef VEZA_ARGS_H
#define VEZA_ARGS_H

#include <jansson.h>
#include <stdbool.h>

#include "route.h"

/* Values for the statement, as text; NULL is SQL NULL. */
typedef struct Bound
{
	char	   *values[ROUTE_ARGUMENTS_MAX];	/* malloc'd */
	json_t	   *wrong;			/* array of {field, message}, or NULL when all is well */
	const char *cookie;			/* name of the cookie that stands in for an argument, or NULL */
} Bound;

/* Where arguments come from, besides the target. */
typedef struct ArgumentSources
{
	const json_t *body;			/* the parsed JSON object, or NULL */
	const char *raw;			/* the body as it came */
	const char *cookies;		/* the header Cookie, or NULL */
	const char *last_event;		/* the header Last-Event-ID, or NULL */
} ArgumentSources;

/*
 * Binds the arguments. With is_strict, members that no argument asks for are
 * wrong, too. Free the result with args_free in any case.
 */
extern void args_bind(const Route *route, const Target *target, const ArgumentSources *from, bool is_strict, Bound *bound);

/* Frees the values and the list of what is wrong, not the Bound itself. */
extern void args_free(Bound *bound);

#endif							/* VEZA_ARGS_H */
