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
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abuse.h"
#include "config.h"
#include "identity.h"
#include "log.h"
#include "metrics.h"
#include "place.h"
#include "readiness.h"
#include "route.h"
#include "service_url.h"
#include "watch.h"

#define PING_MS		1000
#define METRICS_MS	15000
#define SWEEP_MS	200			/* there may be millions of files: a little at a time, and pings go on */
#define PING_ANSWER_MS	3000	/* a database that does not say how it is within this time is down */
#define ANSWER_MS	35000		/* longer than statement_timeout: only a server that hangs takes it */
#define NO_LIMIT_MS	(-1)		/* for what may rightly take hours; the end of the program ends it */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static DatabaseHealth health = {.schema = "unknown"};
static atomic_bool stopping;
static pthread_t thread;
static bool has_thread;
static PGconn *conn;
static int	generation;
static bool reload_due;
static bool is_configured;		/* by this connection */

DatabaseHealth
control_health(void)
{
	DatabaseHealth h;

	pthread_mutex_lock(&lock);
	h = health;
	pthread_mutex_unlock(&lock);
	return h;
}

static const Readiness unknown = {.state = "unknown"};

/* set_health notes what the last look has shown. */
static void
set_health(bool is_up, const Readiness *now, int64_t latency_us)
{
	const char *schema = now->state;
	bool		changed;

	pthread_mutex_lock(&lock);
	changed = health.is_up != is_up || strcmp(health.schema, schema) != 0;
	health.is_up = is_up;
	health.is_ready = is_up && strcmp(schema, "ready") == 0 && generation > 0;
	snprintf(health.schema, sizeof(health.schema), "%s", schema);
	snprintf(health.command, sizeof(health.command), "%s", now->command);
	health.latency_us = latency_us;
	pthread_mutex_unlock(&lock);
	metrics_set(GAUGE_DATABASE_UP, is_up);
	if (changed)
		log_line(is_up ? LOG_INFO : LOG_WARN, is_up ? "database answers" : "database lost", "schema", schema,
				 "run", is_up && now->command[0] ? now->command : NULL, NULL);
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
	const char *const values[] = {config_text(CONFIG_DATABASE_URL), httpd_identity,
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

/* is_ending says whether the program was asked to stop; while it starts, nobody else looks. */
static bool
is_ending(void)
{
	sigset_t	pending;

	return atomic_load(&stopping) ||
		(sigpending(&pending) == 0 && (sigismember(&pending, SIGTERM) || sigismember(&pending, SIGINT)));
}

/* cancel_statement ends what the server is doing for us; it would go on without its client. */
static void
cancel_statement(void)
{
	PGcancel   *cancel = PQgetCancel(conn);
	char		error[256];

	if (cancel != NULL && !PQcancel(cancel, error, sizeof(error)))
		log_line(LOG_WARN, "a statement could not be cancelled", "error", error, NULL);
	PQfreeCancel(cancel);
}

/* answer_by waits for the answer until a time, or as long as the program goes on; false when it does not come. */
static bool
answer_by(int64_t end_ms)
{
	while (PQisBusy(conn))
	{
		struct pollfd p = {.fd = PQsocket(conn), .events = POLLIN};
		int64_t		left_ms = end_ms == INT64_MAX ? PING_MS : end_ms - monotonic_ms();

		if (end_ms == INT64_MAX)
		{
			if (is_ending())
			{
				cancel_statement();
				return false;
			}
			if (poll(&p, 1, (int) left_ms) == 0)
				continue;
		}
		else if (left_ms <= 0 || poll(&p, 1, (int) left_ms) == 0)
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
	int64_t		end_ms = timeout_ms == NO_LIMIT_MS ? INT64_MAX : monotonic_ms() + timeout_ms;
	PGresult   *last = NULL;
	PGresult   *r;

	if (!PQsendQueryParams(conn, sql, nvalues, NULL, values, NULL, NULL, 0))
		return PQmakeEmptyPGresult(conn, PGRES_FATAL_ERROR);
	for (;;)
	{
		if (!answer_by(end_ms))
		{
			log_line(LOG_WARN, is_ending() ? "stopping before the database has answered" : "the database does not answer",
					 "statement", sql, NULL);
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
run(const char *sql, int timeout_ms)
{
	PGresult   *r = ask(sql, 0, NULL, timeout_ms);
	bool		ok = PQresultStatus(r) == PGRES_COMMAND_OK || PQresultStatus(r) == PGRES_TUPLES_OK;

	if (!ok)
		log_line(LOG_ERROR, "statement failed", "statement", sql, "error", PQresultErrorMessage(r), NULL);
	PQclear(r);
	return ok;
}

/* ask_readiness asks the database whether we can work with it; false when it does not say. */
static bool
ask_readiness(Readiness *out)
{
	PGresult   *r = ask(readiness_statement, 0, NULL, PING_ANSWER_MS);
	bool		ok;

	if (readiness_is_unknown(r))
	{
		PQclear(r);
		r = ask(readiness_old_statement, 0, NULL, PING_ANSWER_MS);
	}
	ok = readiness_read(r, out);
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

/* configure_when_ready does so once, as soon as there is a table of settings. */
static void
configure_when_ready(const Readiness *now)
{
	if (is_configured || strcmp(now->state, "ready") != 0)
		return;
	configure();
	is_configured = true;
}

/* migrate_if_allowed migrates an empty or old schema when DB_AUTO_MIGRATE says so; it may take its time. */
static void
migrate_if_allowed(const Readiness *now)
{
	static const Readiness migrating = {.state = "migrating"};

	if (strcmp(now->state, "empty") != 0 && strcmp(now->state, "behind") != 0)
		return;
	if (config_bool(CONFIG_DB_AUTO_MIGRATE))
	{
		log_line(LOG_INFO, "migrating the schema", "schema", now->state, NULL);
		set_health(true, &migrating, 0);
		if (run("set statement_timeout = 0", ANSWER_MS))
			run("call veza.migrate()", NO_LIMIT_MS);
		if (PQtransactionStatus(conn) == PQTRANS_IDLE)
			run("reset statement_timeout", ANSWER_MS);
	}
	else
		log_line(LOG_WARN, "the schema is not ready: run CALL veza.migrate();", "schema", now->state, NULL);
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
	generation++;
	snprintf(text, sizeof(text), "%d", generation_nroutes(g));
	log_line(LOG_INFO, "routes loaded", "routes", text, NULL);
	metrics_set(GAUGE_ROUTE_GENERATION, generation);
	routes_publish(g);
	reload_due = false;
	return true;
}

/* set_up brings a fresh connection to where the loops can work with it, or waits for a database that fits. */
static bool
set_up(void)
{
	Readiness	now = unknown;

	if (!connect_once() || !run("listen veza_routes", ANSWER_MS) || !ask_readiness(&now))
		return false;
	migrate_if_allowed(&now);
	if (is_ending() || !ask_readiness(&now))
		return false;
	is_configured = false;
	configure_when_ready(&now);
	reload_due = true;
	if (readiness_can_serve(&now) && !load())
		return false;
	set_health(true, &now, 0);
	return true;
}

/* ping asks the schema's state and measures how long that takes. */
static bool
ping(Readiness *now, int64_t *latency_us)
{
	int64_t		start = monotonic_us();

	if (!ask_readiness(now))
		return false;
	*latency_us = monotonic_us() - start;
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
	Readiness	now = unknown;
	int64_t		latency_us;

	poll(&p, 1, PING_MS);
	take_notifications();
	if (PQstatus(conn) != CONNECTION_OK || !ping(&now, &latency_us))
	{
		set_health(false, &unknown, 0);
		PQfinish(conn);
		conn = NULL;
		return;
	}
	take_notifications();
	configure_when_ready(&now);
	if (reload_due && readiness_can_serve(&now))
		load();
	set_health(true, &now, latency_us);
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
			set_health(false, &unknown, 0);
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
			int64_t		until_ms = monotonic_ms() + config_int(CONFIG_DB_RETRY_INTERVAL);

			log_flush();
			while (!is_ending() && monotonic_ms() < until_ms)
				usleep(10 * 1000);
		}
		if (is_ending())
			return false;
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
