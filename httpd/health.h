/*
 * health.h
 *		Health, readiness, status and metrics: what operators ask.
 */
#ifndef VEZA_HEALTH_H
#define VEZA_HEALTH_H

#include <stdbool.h>

#include "reply.h"

/* Notes the start time. */
extern void health_init(void);

/* Says that the process is shutting down: not ready any more. */
extern void health_drain(void);

/* The page at this path, such as "/healthz" for /healthz and /api/v1/healthz; NULL: none of ours. */
extern const char *health_page(const char *path);

/* The answer of a page. */
extern Reply health_answer(const char *page);

/* Does its answer block, up to a second? */
extern bool health_is_slow(const char *page);

#endif							/* VEZA_HEALTH_H */
