/*
 * limiter.h
 *		The rate limits of requests: which there are, and what happens at them.
 *		A request goes in; it is counted when it comes out, and has a refusal as
 *		its answer when it was one too many. In the loop's thread.
 */
#ifndef VEZA_LIMITER_H
#define VEZA_LIMITER_H

#include "../limits/redis.h"
#include "request.h"

/* Reads the configuration; once, before any request. */
extern void limiter_init(void);

/*
 * Counts the request, which knows its address, its route and user if any, and
 * may have its answer already. Beyond a limit the answer becomes a refusal.
 * The request may be suspended to ask Redis; then dispatch is called again.
 */
extern void limiter_take(Request *r);

/*
 * Counts the request in this process alone, before its body is taken: what is
 * beyond a limit here is refused without it. limiter_take does the rest.
 */
extern void limiter_count(Request *r);

/* Adds the headers that tell how the request's limits stand, if it was counted. */
extern void limiter_add_headers(const Request *r, struct MHD_Response *response);

/* The request ends: it wants no answer of Redis any more. */
extern void limiter_withdraw(Request *r);

#endif							/* VEZA_LIMITER_H */
