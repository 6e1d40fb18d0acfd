/*
 * calls.h
 *	  The operations of the API, one function for each route.
 */
#ifndef PSPSIM_CALLS_H
#define PSPSIM_CALLS_H

#include "http.h"
#include "ledger.h"
#include "refusal.h"

/* One call of a route. */
struct call
{
	struct exchange *exchange;
	const json_t *body;			/* an object; empty for GET */
	char		id[ID_SIZE];	/* of the payment, refund or customer */
	bool		by_client;		/* came with the publishable key */
	json_t	   *result;			/* NULL: an empty body */
	struct refusal refusal;
};

struct route
{
	const char *method;
	const char *path;
	const char *op;				/* as faults call it */
	bool		client_may;		/* the publishable key is enough */
	const char *id_member;		/* the create's own id, else from the path */
	const char *id_prefix;		/* of an id that we choose */
	bool		(*run) (struct call *call);
};

extern const struct route *find_route(const struct exchange *exchange, bool *path_known);
extern void count_request(const struct route *route, const struct call *call);
extern bool same_secret(const char *given, const char *expected);

#endif
