/*
 * health.h
 *		Health, readiness, status and metrics, which operators ask for: a path
 *		goes in, an answer comes out. From any thread; only health_probe blocks,
 *		and is not for that of a loop.
 */
#ifndef VEZA_HEALTH_H
#define VEZA_HEALTH_H

#include <stdbool.h>

#include "../answers/reply.h"

/* Notes the start time. */
extern void health_init(void);

/* Says that the process is shutting down: not ready any more. */
extern void health_drain(void);

/* The page at this path, such as "/healthz" for /healthz and /api/v1/healthz; NULL: none of ours. */
extern const char *health_page(const char *path);

/*
 * The answer of a page. What costs something to find out is found out once a
 * second for everybody; the metrics are exact for the administrator's port only.
 */
extern Reply health_answer(const char *page, bool is_public);

/* Does its answer have to be looked for first, by health_probe, which takes up to a second? */
extern bool health_must_probe(const char *page);
extern void health_probe(void);

/* Does it count against the limits of requests? What balancers ask all the time does not. */
extern bool health_is_limited(const char *page);

#endif							/* VEZA_HEALTH_H */
