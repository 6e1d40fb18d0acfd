/*
 * metrics.c
 *		Counters and histograms, and their Prometheus text (see metrics.h).
 */
#include "metrics.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

#define STATUS_MIN	100
#define STATUS_MAX	599
#define CODES_MAX	256
#define LANES_MAX	8
#define BUDGETS_MAX	32
#define WORDS_MAX	32

struct RouteMetrics
{
	char	   *method;
	char	   *path;
	char	   *counter;		/* extra counter of calls by result, or NULL */
	atomic_uint_fast64_t answered[STATUS_MAX - STATUS_MIN + 1];
	Histogram	duration;
	RouteMetrics *next;
};

typedef struct NamedCounter
{
	_Atomic(char *) name;
	atomic_uint_fast64_t n;
} NamedCounter;

typedef struct NamedHistogram
{
	_Atomic(char *) name;
	Histogram	h;
} NamedHistogram;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic(RouteMetrics *) routes;
static NamedCounter refusals[CODES_MAX];
static NamedCounter rate_limited[BUDGETS_MAX];
static NamedCounter uploads_failed[CODES_MAX];
static NamedCounter scans[WORDS_MAX];
static NamedCounter analyses[WORDS_MAX];
static NamedHistogram queries[LANES_MAX];
static atomic_int_fast64_t gauges[GAUGE_COUNT];
static atomic_uint_fast64_t counters[COUNTER_COUNT];
static char *database_text;

static const char *const gauge_names[GAUGE_COUNT][2] = {
	{"veza_http_requests_running", "Requests being worked on."},
	{"veza_http_clients", "Client connections."},
	{"veza_database_connections_active", "Connections to PostgreSQL."},
	{"veza_database_up", "1 when PostgreSQL answers."},
	{"veza_database_writable", "1 when PostgreSQL answers and lets us write."},
	{"veza_route_generation", "Number of the loaded route table."},
	{"veza_route_reload_failed", "1 when the last reload failed and the old routes are kept."},
	{"veza_redis_connections_active", "Connections to Redis over which rate limits are shared; one per loop when all is well."},
	{"veza_event_streams", "Clients that are sent events."},
	{"veza_analysis_running", "Audio files that are being scanned or analysed here."},
	{"veza_analysis_waiting", "Audio files that are due to be scanned or analysed, anywhere."},
	{"veza_analysis_oldest_seconds", "Since when the oldest of them is due."},
	{"veza_scanner_up", "1 when clamd answers."}
};

static const char *const counter_names[COUNTER_COUNT][2] = {
	{"veza_lane_full_total", "Requests refused because their lane was full."},
	{"veza_database_lost_total", "Connections to PostgreSQL that were lost."},
	{"veza_requests_cancelled_total", "Statements cancelled in PostgreSQL."},
	{"veza_clients_gone_total", "Clients that left before their answer."},
	{"veza_deadline_cut_total", "Connections cut at a deadline."},
	{"veza_database_retried_total", "Statements sent again after a conflict or an aborted batch."},
	{"veza_redis_lost_total", "Connections to Redis that were lost or did not answer in time."},
	{"veza_rate_limit_audit_dropped_total", "Refusals by a rate limit that did not get into the audit log."},
	{"veza_file_uploads_total", "Files that were uploaded and taken."}
};

RouteMetrics *
metrics_route(const char *method, const char *path, const char *counter)
{
	RouteMetrics *r;

	pthread_mutex_lock(&lock);
	for (r = atomic_load(&routes); r != NULL; r = r->next)
		if (strcmp(r->method, method) == 0 && strcmp(r->path, path) == 0)
			break;
	if (r == NULL && (r = calloc(1, sizeof(*r))) != NULL)
	{
		r->method = strdup(method);
		r->path = strdup(path);
		r->counter = counter ? strdup(counter) : NULL;
		r->next = atomic_load(&routes);
		atomic_store(&routes, r);
	}
	pthread_mutex_unlock(&lock);
	return r;
}

/* observe puts a duration into a histogram. */
static void
observe(Histogram *h, int64_t us)
{
	int			i = 0;

	for (int64_t limit = 1000; i < METRICS_BUCKETS && us > limit; limit *= 2)
		i++;
	if (i < METRICS_BUCKETS)
		atomic_fetch_add_explicit(&h->bucket[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&h->count, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&h->sum_us, (uint_fast64_t) (us > 0 ? us : 0), memory_order_relaxed);
}

void
metrics_answered(RouteMetrics *route, int status, int64_t duration_us)
{
	if (route == NULL || status < STATUS_MIN || status > STATUS_MAX)
		return;
	atomic_fetch_add_explicit(&route->answered[status - STATUS_MIN], 1, memory_order_relaxed);
	observe(&route->duration, duration_us);
}

/* slot_of finds or takes the slot of a name in a table of named things. */
#define SLOT_OF(table, size, text, slot) \
	do { \
		(slot) = NULL; \
		for (int i_ = 0; i_ < (size); i_++) \
		{ \
			char	   *name_ = atomic_load_explicit(&(table)[i_].name, memory_order_acquire); \
			if (name_ == NULL) \
			{ \
				char	   *mine_ = strdup(text); \
				if (atomic_compare_exchange_strong(&(table)[i_].name, &name_, mine_)) \
					name_ = mine_; \
				else \
					free(mine_); \
			} \
			if (name_ != NULL && strcmp(name_, (text)) == 0) \
			{ \
				(slot) = &(table)[i_]; \
				break; \
			} \
		} \
	} while (0)

void
metrics_refused(const char *code)
{
	NamedCounter *slot;

	SLOT_OF(refusals, CODES_MAX, code, slot);
	if (slot != NULL)
		atomic_fetch_add_explicit(&slot->n, 1, memory_order_relaxed);
}

void
metrics_rate_limited(const char *budget)
{
	NamedCounter *slot;

	SLOT_OF(rate_limited, BUDGETS_MAX, budget, slot);
	if (slot != NULL)
		atomic_fetch_add_explicit(&slot->n, 1, memory_order_relaxed);
}

void
metrics_upload(const char *reason)
{
	NamedCounter *slot;

	if (reason == NULL)
	{
		metrics_count(COUNTER_UPLOADS);
		return;
	}
	SLOT_OF(uploads_failed, CODES_MAX, reason, slot);
	if (slot != NULL)
		atomic_fetch_add_explicit(&slot->n, 1, memory_order_relaxed);
}

void
metrics_scanned(const char *verdict)
{
	NamedCounter *slot;

	SLOT_OF(scans, WORDS_MAX, verdict, slot);
	if (slot != NULL)
		atomic_fetch_add_explicit(&slot->n, 1, memory_order_relaxed);
}

void
metrics_analysed(const char *result)
{
	NamedCounter *slot;

	SLOT_OF(analyses, WORDS_MAX, result, slot);
	if (slot != NULL)
		atomic_fetch_add_explicit(&slot->n, 1, memory_order_relaxed);
}

void
metrics_query(const char *lane, int64_t duration_us)
{
	NamedHistogram *slot;

	SLOT_OF(queries, LANES_MAX, lane, slot);
	if (slot != NULL)
		observe(&slot->h, duration_us);
}

void
metrics_add(Gauge gauge, int64_t n)
{
	atomic_fetch_add_explicit(&gauges[gauge], n, memory_order_relaxed);
}

void
metrics_set(Gauge gauge, int64_t value)
{
	atomic_store_explicit(&gauges[gauge], value, memory_order_relaxed);
}

void
metrics_count(Counter counter)
{
	atomic_fetch_add_explicit(&counters[counter], 1, memory_order_relaxed);
}

void
metrics_set_database_text(char *text)
{
	pthread_mutex_lock(&lock);
	free(database_text);
	database_text = text;
	pthread_mutex_unlock(&lock);
}

/* print_header writes HELP and TYPE. */
static void
print_header(FILE *out, const char *name, const char *help, const char *type)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* print_histogram writes one histogram with its labels. */
static void
print_histogram(FILE *out, const char *name, const char *labels, const Histogram *h)
{
	uint64_t	sum = 0;
	double		limit = 0.001;

	for (int i = 0; i < METRICS_BUCKETS; i++, limit *= 2)
	{
		sum += atomic_load_explicit(&h->bucket[i], memory_order_relaxed);
		fprintf(out, "%s_bucket{%s,le=\"%g\"} %" PRIu64 "\n", name, labels, limit, sum);
	}
	fprintf(out, "%s_bucket{%s,le=\"+Inf\"} %" PRIu64 "\n", name, labels, (uint64_t) atomic_load(&h->count));
	fprintf(out, "%s_sum{%s} %.6f\n", name, labels, (double) atomic_load(&h->sum_us) / 1e6);
	fprintf(out, "%s_count{%s} %" PRIu64 "\n", name, labels, (uint64_t) atomic_load(&h->count));
}

/* print_requests writes the counters and durations of all routes. */
static void
print_requests(FILE *out)
{
	char		labels[512];

	print_header(out, "veza_http_requests_total", "Answered requests.", "counter");
	for (RouteMetrics *r = atomic_load(&routes); r != NULL; r = r->next)
		for (int s = 0; s <= STATUS_MAX - STATUS_MIN; s++)
			if (atomic_load(&r->answered[s]) > 0)
				fprintf(out, "veza_http_requests_total{method=\"%s\",path=\"%s\",status=\"%d\"} %" PRIu64 "\n",
						r->method, r->path, s + STATUS_MIN, (uint64_t) atomic_load(&r->answered[s]));

	print_header(out, "veza_http_request_duration_seconds", "Time from request to answer.", "histogram");
	for (RouteMetrics *r = atomic_load(&routes); r != NULL; r = r->next)
	{
		if (atomic_load(&r->duration.count) == 0)
			continue;
		snprintf(labels, sizeof(labels), "method=\"%s\",path=\"%s\"", r->method, r->path);
		print_histogram(out, "veza_http_request_duration_seconds", labels, &r->duration);
	}
}

/* counts_in says whether a route adds to an extra counter. */
static bool
counts_in(const RouteMetrics *route, const char *counter)
{
	return route->counter != NULL && strcmp(route->counter, counter) == 0;
}

/* is_printed says whether a route before this one adds to the same extra counter. */
static bool
is_printed(const RouteMetrics *route, const char *counter)
{
	for (RouteMetrics *r = atomic_load(&routes); r != route; r = r->next)
		if (counts_in(r, counter))
			return true;
	return false;
}

/* print_route_counters writes the extra counters that some routes ask for, several perhaps for the same one. */
static void
print_route_counters(FILE *out)
{
	for (RouteMetrics *first = atomic_load(&routes); first != NULL; first = first->next)
	{
		const char *counter = first->counter;
		uint64_t	n[2] = {0, 0};

		if (counter == NULL || is_printed(first, counter))
			continue;
		for (RouteMetrics *r = first; r != NULL; r = r->next)
			for (int s = 0; counts_in(r, counter) && s <= STATUS_MAX - STATUS_MIN; s++)
				n[s + STATUS_MIN >= 400] += atomic_load(&r->answered[s]);
		print_header(out, counter, "Calls by result.", "counter");
		fprintf(out, "%s{result=\"success\"} %" PRIu64 "\n%s{result=\"failure\"} %" PRIu64 "\n", counter, n[0], counter, n[1]);
	}
}

/* print_named writes the counters of a table of named things. */
static void
print_named(FILE *out, const char *name, const char *help, const char *label, NamedCounter *table, int size)
{
	print_header(out, name, help, "counter");
	for (int i = 0; i < size && atomic_load(&table[i].name) != NULL; i++)
		fprintf(out, "%s{%s=\"%s\"} %" PRIu64 "\n", name, label, atomic_load(&table[i].name), (uint64_t) atomic_load(&table[i].n));
}

void
metrics_print(FILE *out)
{
	char		labels[64];

	print_requests(out);
	print_route_counters(out);

	print_named(out, "veza_refusals_total", "Refusals by error code; those of the distribution gate among them.", "code", refusals, CODES_MAX);
	print_named(out, "veza_rate_limited_total", "Requests refused by a rate limit of veza-httpd.", "budget", rate_limited, BUDGETS_MAX);
	print_named(out, "veza_uploads_failed_total", "Uploads that were refused or failed, by error code.", "reason", uploads_failed, CODES_MAX);
	print_named(out, "veza_scans_total", "Scans for viruses by verdict.", "verdict", scans, WORDS_MAX);
	print_named(out, "veza_analyses_total", "Analyses of audio files by result.", "result", analyses, WORDS_MAX);

	print_header(out, "veza_database_query_duration_seconds", "Time of a statement from sending to its result.", "histogram");
	for (int i = 0; i < LANES_MAX && atomic_load(&queries[i].name) != NULL; i++)
	{
		snprintf(labels, sizeof(labels), "lane=\"%s\"", atomic_load(&queries[i].name));
		print_histogram(out, "veza_database_query_duration_seconds", labels, &queries[i].h);
	}
	for (int i = 0; i < GAUGE_COUNT; i++)
	{
		print_header(out, gauge_names[i][0], gauge_names[i][1], "gauge");
		fprintf(out, "%s %" PRId64 "\n", gauge_names[i][0], (int64_t) atomic_load(&gauges[i]));
	}
	for (int i = 0; i < COUNTER_COUNT; i++)
	{
		print_header(out, counter_names[i][0], counter_names[i][1], "counter");
		fprintf(out, "%s %" PRIu64 "\n", counter_names[i][0], (uint64_t) atomic_load(&counters[i]));
	}
	print_header(out, "veza_log_lines_dropped_total", "Lines of the log that were lost: nobody read them, or they could not be written.",
				 "counter");
	fprintf(out, "veza_log_lines_dropped_total %" PRIu64 "\n", log_dropped());
	pthread_mutex_lock(&lock);
	if (database_text != NULL)
		fputs(database_text, out);
	pthread_mutex_unlock(&lock);
}
