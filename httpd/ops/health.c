/*
 * health.c
 *		Health, readiness, status and metrics (see health.h).
 */
#include "health.h"

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../base/metrics.h"
#include "../base/watch.h"
#include "../config/config.h"
#include "../database/database_health.h"
#include "../files/place.h"
#include "../lanes/lane.h"
#include "../limits/redis.h"
#include "../work/scanner.h"
#include "probe.h"

#define LOOK_MS		800			/* a service that has not answered by then is down */
#define SHARED_MS	1000		/* so long everybody gets what one has found */

/* What /status tells of others than the database. */
typedef struct Surroundings
{
	ProbeResult services[SERVICE_COUNT];
	const char *uploads;		/* what is wrong with them, or NULL */
	int64_t		seen_ms;		/* 0: never */
} Surroundings;

static pthread_mutex_t look_lock = PTHREAD_MUTEX_INITIALIZER;	/* who looks; the others wait for it */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Surroundings surroundings;
static char *shared_metrics;
static int64_t shared_metrics_ms;

static int64_t started_ms;
static atomic_bool draining;

void
health_init(void)
{
	started_ms = monotonic_ms();
}

void
health_drain(void)
{
	atomic_store(&draining, true);
}

/* json_reply makes the reply of a JSON object and takes it over. */
static Reply
json_reply(int status, json_t *object)
{
	char	   *text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(6));
	Reply		reply;

	json_decref(object);
	reply = reply_json(status, text ? text : strdup("{}"));
	if (status == 503)
		reply_header(&reply, "Retry-After", "1");
	return reply;
}

/* current_time returns the present time as a JSON string, RFC 3339 to the second. */
static json_t *
current_time(void)
{
	char		text[32];
	time_t		t = time(NULL);
	struct tm	utc;

	gmtime_r(&t, &utc);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
	return json_string(text);
}

/* answer_live answers /healthz: the process lives; asks nobody. */
static Reply
answer_live(void)
{
	return json_reply(200, json_pack("{s:s}", "status", "alive"));
}

/* answer_health answers /health: can requests be answered? */
static Reply
answer_health(void)
{
	DatabaseHealth db = database_health();

	return json_reply(db.is_writable ? 200 : 503,
					  json_pack("{s:s, s:s, s:s, s:o, s:f, s:s}",
								"status", db.is_writable ? "healthy" : "unhealthy", "service", "veza-httpd",
								"version", VEZA_VERSION, "timestamp", current_time(),
								"uptime", (double) (monotonic_ms() - started_ms) / 1000.0,
								"database", !db.is_up ? "down" : db.is_writable ? "ok" : "read-only"));
}

/* redis_status says how Redis is: one that answers, but not to our password, is down for us. */
static const char *
redis_status(void)
{
	const char *answer_to_probe = probe_latest(SERVICE_REDIS).status;

	return strcmp(answer_to_probe, "ok") == 0 && redis_is_away() ? "down" : answer_to_probe;
}

/* database_word says how the database is, and what helps when it is not ready. */
static void
database_word(const DatabaseHealth *db, bool is_connected, char *out, size_t size)
{
	if (!db->is_up)
		snprintf(out, size, "down");
	else if (!db->is_writable)
		snprintf(out, size, "read-only");
	else if (db->is_ready)
		snprintf(out, size, is_connected ? "ok" : "connecting");
	else if (db->command[0] != '\0')
		snprintf(out, size, "the schema is not ready: run %s", db->command);
	else
		snprintf(out, size, "the schema is not ready: %s", db->schema);
}

/* answer_ready answers /readyz: should a balancer send requests here? Optional services only degrade. */
static Reply
answer_ready(void)
{
	DatabaseHealth db = database_health();
	bool		is_draining = atomic_load(&draining);
	bool		is_connected = lanes_all_up();
	bool		is_ready = db.is_ready && is_connected && !is_draining;
	const char *redis = redis_status();
	const char *rabbitmq = probe_latest(SERVICE_RABBITMQ).status;
	bool		degraded = strcmp(redis, "down") == 0 || strcmp(rabbitmq, "down") == 0;
	char		problem[256];
	json_t	   *checks;

	database_word(&db, is_connected, problem, sizeof(problem));
	checks = json_pack("{s:s, s:s, s:s}",
								   "database", problem,
								   "redis", redis, "rabbitmq", rabbitmq);

	return json_reply(is_ready ? 200 : 503,
					  json_pack("{s:s, s:o, s:o}",
								"status", is_draining ? "draining" : !is_ready ? "not_ready"
								: degraded ? "degraded" : "ready",
								"checks", checks, "timestamp", current_time()));
}

/* service_entry describes one service for /status. */
static json_t *
service_entry(const ProbeResult *r)
{
	json_t	   *entry = json_pack("{s:s}", "status", r->status);

	if (strcmp(r->status, "disabled") != 0)
		json_object_set_new(entry, "latency_ms", json_real((double) r->latency_us / 1000.0));
	if (r->error != NULL)
		json_object_set_new(entry, "error", json_string(r->error));
	return entry;
}

/* payments_entry describes for /status whether effects reach the payment provider. */
static json_t *
payments_entry(const DatabaseHealth *db)
{
	json_t	   *entry = db->is_ready ? json_loads(db->payments, 0, NULL) : NULL;

	return entry ? entry : json_pack("{s:s}", "status", "unknown");
}

/* last_seen returns a copy of what health_probe has seen last, of one moment. */
static Surroundings
last_seen(void)
{
	Surroundings seen;

	pthread_mutex_lock(&lock);
	seen = surroundings;
	pthread_mutex_unlock(&lock);
	return seen;
}

/* seen_is_fresh says whether what was seen is good for another answer. */
static bool
seen_is_fresh(const Surroundings *seen)
{
	return seen->seen_ms > 0 && monotonic_ms() - seen->seen_ms < SHARED_MS;
}

void
health_probe(void)
{
	Surroundings seen;

	pthread_mutex_lock(&look_lock);
	seen = last_seen();
	if (!seen_is_fresh(&seen))
	{
		probe_all(LOOK_MS, seen.services);
		seen.uploads = place_problem();
		seen.seen_ms = monotonic_ms();
		pthread_mutex_lock(&lock);
		surroundings = seen;
		pthread_mutex_unlock(&lock);
	}
	pthread_mutex_unlock(&look_lock);
}

/* answer_status answers /status: everything with its latency, as it was seen last; health_probe comes before. */
static Reply
answer_status(void)
{
	Surroundings seen = last_seen();
	const ProbeResult *results = seen.services;
	DatabaseHealth db = database_health();
	const char *uploads = seen.uploads;
	bool		degraded = !db.is_ready || uploads != NULL;
	json_t	   *services = json_object();

	json_object_set_new(services, "database",
						json_pack("{s:s, s:f, s:s}", "status", !db.is_up ? "down" : db.is_writable ? "ok" : "read-only",
								  "latency_ms", (double) db.latency_us / 1000.0, "schema", db.schema));
	json_object_set_new(services, "uploads", uploads ? json_pack("{s:s, s:s}", "status", "down", "error", uploads)
						: json_pack("{s:s}", "status", "ok"));
	json_object_set_new(services, "clamav", json_pack("{s:s}", "status", scanner_status()));
	degraded = degraded || strcmp(scanner_status(), "down") == 0;
	json_object_set_new(services, "payments", payments_entry(&db));
	degraded = degraded || strcmp(json_string_value(json_object_get(json_object_get(services, "payments"), "status")), "down") == 0;
	for (int s = 0; s < SERVICE_COUNT; s++)
	{
		json_object_set_new(services, service_name((Service) s), service_entry(&results[s]));
		degraded = degraded || strcmp(results[s].status, "down") == 0;
	}
	return json_reply(200, json_pack("{s:s, s:s, s:f, s:s, s:o}",
									 "status", degraded ? "degraded" : "ok", "version", VEZA_VERSION,
									 "uptime", (double) (monotonic_ms() - started_ms) / 1000.0,
									 "environment", config_text(CONFIG_APP_ENV), "services", services));
}

/* metrics_text makes the Prometheus text; malloc'd. */
static char *
metrics_text(void)
{
	char	   *text = NULL;
	size_t		size = 0;
	FILE	   *out = open_memstream(&text, &size);

	if (out == NULL)
		abort();
	metrics_print(out);
	fclose(out);
	return text;
}

/* metrics_text_of_second returns a copy of the text that everybody gets this second. */
static char *
metrics_text_of_second(void)
{
	char	   *text;

	pthread_mutex_lock(&lock);
	if (shared_metrics == NULL || monotonic_ms() - shared_metrics_ms >= SHARED_MS)
	{
		free(shared_metrics);
		shared_metrics = metrics_text();
		shared_metrics_ms = monotonic_ms();
	}
	text = strdup(shared_metrics);
	pthread_mutex_unlock(&lock);
	if (text == NULL)
		abort();
	return text;
}

/* answer_metrics answers /metrics with Prometheus text. */
static Reply
answer_metrics(bool is_public)
{
	Reply		reply = reply_json(200, is_public ? metrics_text_of_second() : metrics_text());

	reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
	return reply;
}

static const struct
{
	const char *path;
	Reply		(*answer) (void);	/* NULL: the metrics */
}			pages[] = {
	{"/healthz", answer_live}, {"/health", answer_health}, {"/readyz", answer_ready}, {"/status", answer_status}, {"/metrics", NULL}
};

const char *
health_page(const char *path)
{
	if (strncmp(path, "/api/v1/", 8) == 0)
		path += 7;
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (strcmp(pages[i].path, path) == 0)
			return pages[i].path;
	return NULL;
}

Reply
health_answer(const char *page, bool is_public)
{
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (pages[i].path == page)
			return pages[i].answer ? pages[i].answer() : answer_metrics(is_public);
	abort();
}

bool
health_must_probe(const char *page)
{
	Surroundings seen = last_seen();

	return strcmp(page, "/status") == 0 && !seen_is_fresh(&seen);
}

bool
health_is_limited(const char *page)
{
	return strcmp(page, "/status") == 0 || strcmp(page, "/metrics") == 0;
}
