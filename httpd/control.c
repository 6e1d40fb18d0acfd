/*
 * control.c
 *		The thread that looks after the database as a whole (see control.h).
 *
 * A reload never drops what works: the new generation is loaded aside and
 * swapped in; when loading fails, the old one stays and a metric says so.
 * Notifications that arrive while loading cause one more load.
 */
#include "control.h"

#include <libpq-fe.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abuse.h"
#include "config.h"
#include "kept.h"
#include "log.h"
#include "metrics.h"
#include "place.h"
#include "route.h"
#include "service_url.h"
#include "watch.h"

#define PING_MS		1000
#define METRICS_MS	15000
#define SWEEP_MS	200			/* there may be millions of files: a little at a time, and pings go on */
#define PING_ANSWER_MS	3000	/* a database that does not say how it is within this time is down */
#define ANSWER_MS	35000		/* longer than statement_timeout: only a server that hangs takes it */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static DatabaseHealth health = {.schema = "unknown"};
static atomic_bool stopping;
static pthread_t thread;
static bool has_thread;
static PGconn *conn;
static int	generation;
static bool reload_due;

DatabaseHealth
control_health(void)
{
	DatabaseHealth h;

	pthread_mutex_lock(&lock);
	h = health;
	pthread_mutex_unlock(&lock);
	return h;
}

/* set_health notes what the last look has shown. */
static void
set_health(bool is_up, const char *schema, int64_t latency_us)
{
	bool		changed;

	pthread_mutex_lock(&lock);
	changed = health.is_up != is_up || strcmp(health.schema, schema) != 0;
	health.is_up = is_up;
	health.is_ready = is_up && strcmp(schema, "ready") == 0;
	snprintf(health.schema, sizeof(health.schema), "%s", schema);
	health.latency_us = latency_us;
	pthread_mutex_unlock(&lock);
	metrics_set(GAUGE_DATABASE_UP, is_up);
	if (changed)
		log_line(is_up ? LOG_INFO : LOG_WARN, is_up ? "database answers" : "database lost", "schema", schema, NULL);
}

/* log_notice keeps NOTICEs out of standard error, and logs them. */
static void
log_notice(void *unused, const PGresult *notice)
{
	(void) unused;
	log_line(LOG_INFO, PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY), NULL);
}

/* connect_once connects; false with a log line when that fails. */
static bool
connect_once(void)
{
	const char *const keywords[] = {"dbname", "application_name", "options", "client_encoding",
	"connect_timeout", "tcp_user_timeout", "keepalives_idle", NULL};
	const char *const values[] = {config_text(CONFIG_DATABASE_URL), "veza-httpd/" VEZA_VERSION,
	"-c statement_timeout=30000", "UTF8", "3", "5000", "30", NULL};

	PQfinish(conn);
	conn = PQconnectdbParams(keywords, values, 1);
	if (PQstatus(conn) != CONNECTION_OK)
	{
		log_line(LOG_WARN, "cannot connect to the database", "error", PQerrorMessage(conn), NULL);
		PQfinish(conn);
		conn = NULL;
		return false;
	}
	PQsetNoticeReceiver(conn, log_notice, NULL);
	return true;
}

/* answer_by waits for the answer until a time; false when it does not come. */
static bool
answer_by(int64_t end_ms)
{
	while (PQisBusy(conn))
	{
		struct pollfd p = {.fd = PQsocket(conn), .events = POLLIN};
		int64_t		left_ms = end_ms - monotonic_ms();

		if (left_ms <= 0 || poll(&p, 1, (int) left_ms) == 0)
			return false;
		if (!PQconsumeInput(conn))
			return true;		/* the result says what is wrong */
	}
	return true;
}

/*
 * ask sends a statement and returns its result, or NULL when the server does
 * not answer in time: the process may hang while its connection stands.
 */
static PGresult *
ask(const char *sql, int nvalues, const char *const *values, int timeout_ms)
{
	int64_t		end_ms = monotonic_ms() + timeout_ms;
	PGresult   *last = NULL;
	PGresult   *r;

	if (!PQsendQueryParams(conn, sql, nvalues, NULL, values, NULL, NULL, 0))
		return PQmakeEmptyPGresult(conn, PGRES_FATAL_ERROR);
	for (;;)
	{
		if (!answer_by(end_ms))
		{
			log_line(LOG_WARN, "the database does not answer", "statement", sql, NULL);
			PQclear(last);
			return NULL;
		}
		if ((r = PQgetResult(conn)) == NULL)
			return last;
		PQclear(last);
		last = r;
	}
}

/* run executes a statement; false with a log line when it fails. */
static bool
run(const char *sql)
{
	PGresult   *r = ask(sql, 0, NULL, ANSWER_MS);
	bool		ok = PQresultStatus(r) == PGRES_COMMAND_OK || PQresultStatus(r) == PGRES_TUPLES_OK;

	if (!ok)
		log_line(LOG_ERROR, "statement failed", "statement", sql, "error", PQresultErrorMessage(r), NULL);
	PQclear(r);
	return ok;
}

/* ask_schema reads veza.schema_state() into out. */
static bool
ask_schema(char *out, size_t size)
{
	PGresult   *r = ask("select veza.schema_state()", 0, NULL, PING_ANSWER_MS);
	bool		ok = PQresultStatus(r) == PGRES_TUPLES_OK;

	if (ok)
		snprintf(out, size, "%s", PQgetvalue(r, 0, 0));
	else
	{
		const char *sqlstate = PQresultErrorField(r, PG_DIAG_SQLSTATE);

		log_line(LOG_WARN, "the database did not say its schema's state", "error", PQresultErrorMessage(r),
				 "hint", sqlstate && strcmp(sqlstate, "3F000") == 0
				 ? "run sql/roles.sql in the cluster and CREATE EXTENSION veza in the database" : NULL, NULL);
	}
	PQclear(r);
	return ok;
}

/* configure hands the settings that come from the environment to the database. */
static void
configure(void)
{
	static const struct
	{
		ConfigId	id;
		const char *setting;
		int			unit;			/* what one unit of the variable's number is in the setting's; 0: a text */
		bool		is_divided;
	}			map[] = {
		{CONFIG_JWT_ACCESS_TTL, "access_token_ttl", 1000, true},
		{CONFIG_JWT_REFRESH_TTL, "session_ttl", 1000, true},
		{CONFIG_AUTH_RATE_LIMIT_LOGIN_ATTEMPTS, "login_limit", 1, false},
		{CONFIG_AUTH_RATE_LIMIT_LOGIN_WINDOW, "login_window", 60, false},
		{CONFIG_BYPASS_CONTENT_CREATOR_ROLE, "bypass_creator_role", 1, false},
		{CONFIG_FRONTEND_URL, "frontend_url", 0, false},
		{CONFIG_CHAT_SERVER_URL, "chat_server_url", 0, false}
	};
	char		number[32];
	char		chat_server[300];

	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++)
	{
		const char *values[2] = {map[i].setting, map[i].unit > 0 ? number : config_text(map[i].id)};
		PGresult   *r;
		int64_t		n;

		if (!config_is_set(map[i].id))
			continue;
		/* A password in the address is not for the table. */
		if (map[i].id == CONFIG_CHAT_SERVER_URL)
		{
			service_url_origin(config_text(map[i].id), chat_server, sizeof(chat_server));
			values[1] = chat_server;
		}
		n = map[i].unit > 0 ? config_int(map[i].id) : 0;
		if (config_bool(CONFIG_DISABLE_RATE_LIMIT_FOR_TESTS) && map[i].id == CONFIG_AUTH_RATE_LIMIT_LOGIN_ATTEMPTS)
			n = 0;
		snprintf(number, sizeof(number), "%lld", (long long) (map[i].is_divided ? n / map[i].unit : n * map[i].unit));
		r = ask("select veza.configure($1, $2)", 2, values, ANSWER_MS);
		if (PQresultStatus(r) != PGRES_TUPLES_OK)
			log_line(LOG_ERROR, "a setting could not be stored", "setting", map[i].setting,
					 "error", PQresultErrorMessage(r), NULL);
		PQclear(r);
	}
}

/* migrate_if_allowed migrates an empty or old schema when DB_AUTO_MIGRATE says so. */
static void
migrate_if_allowed(const char *schema)
{
	if (strcmp(schema, "ready") == 0)
		return;
	if (config_bool(CONFIG_DB_AUTO_MIGRATE))
	{
		log_line(LOG_INFO, "migrating the schema", "schema", schema, NULL);
		run("call veza.migrate()");
	}
	else
		log_line(LOG_WARN, "the schema is not ready: run CALL veza.migrate();", "schema", schema, NULL);
}

/* load loads the routes and swaps them in. */
static bool
load(void)
{
	char		error[512] = "";
	Generation *g = routes_load(conn, generation + 1, error, sizeof(error));
	char		text[32];

	metrics_set(GAUGE_ROUTE_RELOAD_FAILED, g == NULL);
	if (g == NULL)
	{
		log_line(LOG_ERROR, "routes could not be loaded; the old ones stay", "error", error, NULL);
		return false;
	}
	kept_make(conn, g);
	generation++;
	snprintf(text, sizeof(text), "%d", generation_nroutes(g));
	log_line(LOG_INFO, "routes loaded", "routes", text, NULL);
	metrics_set(GAUGE_ROUTE_GENERATION, generation);
	routes_publish(g);
	reload_due = false;
	return true;
}

/* set_up brings a fresh connection to where the loops can work with it. */
static bool
set_up(void)
{
	char		schema[16];

	if (!connect_once() || !run("listen veza_routes") || !ask_schema(schema, sizeof(schema)))
		return false;
	migrate_if_allowed(schema);
	if (!ask_schema(schema, sizeof(schema)))
		return false;
	if (strcmp(schema, "ready") == 0)
		configure();
	set_health(true, schema, 0);
	reload_due = true;
	return load();
}

/* ping asks the schema's state and measures how long that takes. */
static bool
ping(void)
{
	char		schema[16];
	int64_t		start = monotonic_us();

	if (!ask_schema(schema, sizeof(schema)))
		return false;
	set_health(true, schema, monotonic_us() - start);
	return true;
}

/* read_metrics turns veza.metrics() into Prometheus text. */
static void
read_metrics(void)
{
	PGresult   *r = ask("select name, help, labels, value from veza.metrics()", 0, NULL, ANSWER_MS);
	char	   *text = NULL;
	size_t		size;
	FILE	   *out = PQresultStatus(r) == PGRES_TUPLES_OK ? open_memstream(&text, &size) : NULL;

	if (out != NULL)
	{
		for (int i = 0; i < PQntuples(r); i++)
		{
			const char *name = PQgetvalue(r, i, 0);
			const char *labels = PQgetvalue(r, i, 2);

			if (i == 0 || strcmp(name, PQgetvalue(r, i - 1, 0)) != 0)
				fprintf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, PQgetvalue(r, i, 1), name);
			fprintf(out, labels[0] ? "%s{%s} %s\n" : "%s%s %s\n", name, labels, PQgetvalue(r, i, 3));
		}
		fclose(out);
		metrics_set_database_text(text);
	}
	PQclear(r);
}

/* record_refusal puts a refusal by a rate limit into the audit log. */
static bool
record_refusal(const char *address, const char *budget)
{
	const char *values[2] = {address, budget};
	PGresult   *r = ask("select veza.record_rate_limit($1, $2)", 2, values, PING_ANSWER_MS);
	bool		ok = PQresultStatus(r) == PGRES_TUPLES_OK;

	if (!ok)
		log_line(LOG_WARN, "a refusal by a rate limit was not recorded", "budget", budget,
				 "error", PQresultErrorMessage(r), NULL);
	PQclear(r);
	return ok;
}

/* take_notifications notes whether routes have changed. */
static void
take_notifications(void)
{
	PGnotify   *n;

	PQconsumeInput(conn);
	while ((n = PQnotifies(conn)) != NULL)
	{
		reload_due = true;
		PQfreemem(n);
	}
}

/* When things are due. */
typedef struct Timers
{
	int64_t		metrics_ms;
	int64_t		sweep_ms;
} Timers;

/* look_after waits for a notification or for the next ping. */
static void
look_after(Timers *next)
{
	struct pollfd p = {.fd = PQsocket(conn), .events = POLLIN};

	poll(&p, 1, PING_MS);
	take_notifications();
	if (PQstatus(conn) != CONNECTION_OK || !ping())
	{
		set_health(false, "unknown", 0);
		PQfinish(conn);
		conn = NULL;
		return;
	}
	take_notifications();
	if (reload_due)
		load();
	if (!control_health().is_ready)
		return;
	abuse_tell(record_refusal);
	if (monotonic_ms() >= next->metrics_ms)
	{
		read_metrics();
		next->metrics_ms = monotonic_ms() + METRICS_MS;
	}
	if (monotonic_ms() >= next->sweep_ms && place_sweep(conn, monotonic_ms() + SWEEP_MS))
		next->sweep_ms = monotonic_ms() + config_int(CONFIG_UPLOAD_SWEEP_INTERVAL);
}

/* work looks after the database until the end. */
static void *
work(void *unused)
{
	Timers		next = {.sweep_ms = monotonic_ms() + config_int(CONFIG_UPLOAD_SWEEP_INTERVAL)};

	(void) unused;
	while (!atomic_load(&stopping))
	{
		if (conn == NULL && !set_up())
		{
			set_health(false, "unknown", 0);
			PQfinish(conn);
			conn = NULL;
			usleep(500 * 1000);
		}
		else
			look_after(&next);
		log_flush();
	}
	PQfinish(conn);
	return NULL;
}

bool
control_start(void)
{
	int64_t		attempts = config_int(CONFIG_DB_MAX_RETRIES) + 1;

	for (int64_t i = 0; i < attempts; i++)
	{
		if (i > 0)
		{
			log_flush();
			usleep((useconds_t) config_int(CONFIG_DB_RETRY_INTERVAL) * 1000);
		}
		if (set_up())
			break;
		PQfinish(conn);
		conn = NULL;
		if (i == attempts - 1)
			return false;
	}
	has_thread = pthread_create(&thread, NULL, work, NULL) == 0;
	return has_thread;
}

void
control_stop(void)
{
	atomic_store(&stopping, true);
	if (has_thread)
		pthread_join(thread, NULL);
}
