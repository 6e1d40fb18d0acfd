/*
 * metrics.h
 *		Counters and histograms: numbers go in from any thread, their Prometheus
 *		text comes out.
 *
 * Counters are relaxed atomics: loops count without locks, a scrape reads what
 * is there. Labels hold route templates and codes, never raw paths or ids.
 */
#ifndef VEZA_METRICS_H
#define VEZA_METRICS_H

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

#define METRICS_BUCKETS 15

typedef struct Histogram
{
	atomic_uint_fast64_t bucket[METRICS_BUCKETS];	/* 1 ms, doubling */
	atomic_uint_fast64_t count;
	atomic_uint_fast64_t sum_us;
} Histogram;

typedef struct RouteMetrics RouteMetrics;

/* The metrics of a route; the same object for the same method and path, for ever. */
extern RouteMetrics *metrics_route(const char *method, const char *path, const char *counter);

/* A request of the route was answered. */
extern void metrics_answered(RouteMetrics *route, int status, int64_t duration_us);

/* A refusal with this code was answered. */
extern void metrics_refused(const char *code);

/* A request was refused by this rate limit. */
extern void metrics_rate_limited(const char *budget);

/* A statement of the lane took this long in the database. */
extern void metrics_query(const char *lane, int64_t duration_us);

/* Numbers that are kept as they change. */
typedef enum Gauge
{
	GAUGE_REQUESTS_RUNNING,
	GAUGE_CLIENTS,
	GAUGE_DATABASE_CONNECTIONS,
	GAUGE_DATABASE_UP,
	GAUGE_DATABASE_WRITABLE,
	GAUGE_ROUTE_GENERATION,
	GAUGE_ROUTE_RELOAD_FAILED,
	GAUGE_REDIS_CONNECTIONS,
	GAUGE_EVENT_STREAMS,
	GAUGE_COUNT
} Gauge;

typedef enum Counter
{
	COUNTER_LANE_FULL,
	COUNTER_DATABASE_LOST,
	COUNTER_CANCELLED,
	COUNTER_CLIENT_GONE,
	COUNTER_DEADLINE_CUT,
	COUNTER_RETRIED,
	COUNTER_REDIS_LOST,
	COUNTER_REFUSALS_DROPPED,
	COUNTER_COUNT
} Counter;

/* Change or set a gauge, count one more; from any thread. */
extern void metrics_add(Gauge gauge, int64_t n);
extern void metrics_set(Gauge gauge, int64_t value);
extern void metrics_count(Counter counter);

/* What the database knows, as Prometheus text; replaces what was there. */
extern void metrics_set_database_text(char *text);

/* Writes everything as Prometheus text. */
extern void metrics_print(FILE *out);

#endif							/* VEZA_METRICS_H */
