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

#include "../base/log.h"
#include "../base/metrics.h"
#include "../base/watch.h"
#include "../config/config.h"
#include "../database/ask.h"
#include "../database/database_health.h"
#include "../database/dedicated.h"
#include "../database/readiness.h"
#include "../database/server.h"
#include "../files/partial_files.h"
#include "../files/place.h"
#include "../limits/refusal_queue.h"
#include "../routes/kept.h"
#include "../routes/route.h"
#include "stored_settings.h"

#define PING_MS		1000
#define METRICS_MS	15000
#define SWEEP_MS	200			/* there may be millions of files: a little at a time, and pings go on */
#define PING_ANSWER_MS	3000	/* a database that does not say how it is within this time is down */
#define ANSWER_MS	10000		/* longer than statement_timeout: only a server that hangs takes it */
#define JOIN_S		5			/* the end of the program waits no longer for a lookup of names that hangs */

static atomic_bool stopping;
static pthread_t thread;
static bool has_thread;
static PGconn *conn;
static int	generation;
static bool reload_due;
static bool is_configured;		/* by this connection */

/* log_control_notice keeps NOTICEs out of standard error, and logs them. */
static void
log_control_notice(void *unused, const PGresult *notice)
{
	(void) unused;
	log_line(LOG_INFO, PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY), NULL);
}

/* connect_once connects; false with a log line when that fails. */
static bool
connect_once(void)
{
	PQfinish(conn);
	if ((conn = dedicated_open("control")) != NULL)
		PQsetNoticeReceiver(conn, log_control_notice, NULL);
	return conn != NULL;
}

/* is_ending says whether the program was asked to stop; while it starts, nobody else looks. */
static bool
is_ending(void)
{
	sigset_t	pending;

	return atomic_load(&stopping) ||
		(sigpending(&pending) == 0 && (sigismember(&pending, SIGTERM) || sigismember(&pending, SIGINT)));
}

/* execute_logged executes a statement; false with a log line when it fails. */
static bool
execute_logged(const char *sql, int timeout_ms)
{
	PGresult   *r = ask(conn, sql, 0, NULL, timeout_ms);
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
	PGresult   *r = ask(conn, readiness_statement, 0, NULL, PING_ANSWER_MS);
	bool		ok;

	if (readiness_is_unknown(r))
	{
		PQclear(r);
		r = ask(conn, readiness_old_statement, 0, NULL, PING_ANSWER_MS);
	}
	ok = readiness_read(r, out);
	PQclear(r);
	return ok;
}

/*
 * examine_database asks the database how it is: whether we can work with it,
 * whether it can write, and how long it took to say so.
 */
static bool
examine_database(DatabaseLook *seen)
{
	int64_t		start_us = monotonic_us();
	PGresult   *r;
	bool		ok;

	if (!ask_readiness(&seen->readiness))
		return false;
	seen->latency_us = monotonic_us() - start_us;
	r = ask(conn, "show transaction_read_only", 0, NULL, PING_ANSWER_MS);
	ok = PQresultStatus(r) == PGRES_TUPLES_OK;
	seen->is_writable = ok && strcmp(PQgetvalue(r, 0, 0), "off") == 0;
	PQclear(r);
	return ok;
}

/* store_settings_once does so once, as soon as there is a table of settings. */
static void
store_settings_once(const Readiness *now)
{
	if (is_configured || strcmp(now->state, "ready") != 0)
		return;
	stored_settings_put(conn);
	is_configured = true;
}

/* migrate_if_allowed migrates an empty or old schema when DB_AUTO_MIGRATE says so; it may take its time. */
static void
migrate_if_allowed(const Readiness *now)
{
	static const DatabaseLook migrating = {.readiness = {.state = "migrating"}, .is_writable = true};

	if (strcmp(now->state, "empty") != 0 && strcmp(now->state, "behind") != 0)
		return;
	if (config_bool(CONFIG_DB_AUTO_MIGRATE))
	{
		log_line(LOG_INFO, "migrating the schema", "schema", now->state, NULL);
		database_health_note(&migrating, generation > 0);
		if (execute_logged("set statement_timeout = 0", ANSWER_MS))
			execute_logged("call veza.migrate()", NO_LIMIT_MS);
		if (PQtransactionStatus(conn) == PQTRANS_IDLE)
			execute_logged("reset statement_timeout", ANSWER_MS);
	}
	else
		log_line(LOG_WARN, "the schema is not ready: run CALL veza.migrate();", "schema", now->state, NULL);
}

/* load_routes loads the routes and swaps them in. */
static bool
load_routes(void)
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
	log_line(LOG_INFO, "routes loaded", "#routes", text, NULL);
	metrics_set(GAUGE_ROUTE_GENERATION, generation);
	routes_publish(g);
	reload_due = false;
	return true;
}

/* load_if_fit loads the routes of a database whose functions we can call; false when that fails. */
static bool
load_if_fit(const DatabaseLook *seen)
{
	return !readiness_can_serve(&seen->readiness) || load_routes();
}

/* set_up_read_only takes what can be had of a server that cannot write: routes, if there are none yet. */
static bool
set_up_read_only(const DatabaseLook *seen)
{
	bool		ok = generation > 0 || load_if_fit(seen);

	database_health_note(seen, generation > 0);
	return ok;
}

/* set_up_connection brings a fresh connection to where the loops can work with it, or waits for a database that fits. */
static bool
set_up_connection(void)
{
	DatabaseLook seen;

	if (!connect_once() || !examine_database(&seen))
		return false;
	if (!seen.is_writable)
		return set_up_read_only(&seen);
	if (!execute_logged("listen veza_routes", ANSWER_MS))
		return false;
	migrate_if_allowed(&seen.readiness);
	if (is_ending() || !examine_database(&seen))
		return false;
	is_configured = false;
	store_settings_once(&seen.readiness);
	reload_due = true;
	if (!load_if_fit(&seen))
		return false;
	database_health_note(&seen, generation > 0);
	return true;
}

/* ask_payments reads whether payments are possible, for /status. */
static void
ask_payments(void)
{
	PGresult   *r = ask(conn, "select veza.relay_status()", 0, NULL, PING_ANSWER_MS);
	bool		ok = PQresultStatus(r) == PGRES_TUPLES_OK;

	database_health_note_payments(ok ? PQgetvalue(r, 0, 0) : "");
	if (!ok)
		log_line(LOG_WARN, "the database did not say whether payments are possible", "error", PQresultErrorMessage(r), NULL);
	PQclear(r);
}

/* take_route_notices notes whether routes have changed. */
static void
take_route_notices(void)
{
	PGnotify   *n;

	PQconsumeInput(conn);
	while ((n = PQnotifies(conn)) != NULL)
	{
		reload_due = true;
		PQfreemem(n);
	}
}

/*
 * ping_database asks the database how it is and follows what has changed; false when
 * the connection should be made anew: because it is lost, or because another
 * one may lead to a server that can write.
 */
static bool
ping_database(void)
{
	DatabaseLook seen;

	if (PQstatus(conn) != CONNECTION_OK || !examine_database(&seen))
	{
		database_health_note(NULL, false);
		return false;
	}
	take_route_notices();
	if (seen.is_writable)
		store_settings_once(&seen.readiness);
	if (reload_due)
		load_if_fit(&seen);
	database_health_note(&seen, generation > 0);
	if (strcmp(seen.readiness.state, "ready") == 0)
		ask_payments();
	return seen.is_writable && !server_take_report();
}

/* read_metrics turns veza.metrics() into Prometheus text. */
static void
read_metrics(void)
{
	PGresult   *r = ask(conn, "select name, help, labels, value from veza.metrics()", 0, NULL, ANSWER_MS);
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
	PGresult   *r = ask(conn, "select veza.record_rate_limit($1, $2)", 2, values, PING_ANSWER_MS);
	bool		ok = PQresultStatus(r) == PGRES_TUPLES_OK;

	if (!ok)
		log_line(LOG_WARN, "a refusal by a rate limit was not recorded", "budget", budget,
				 "error", PQresultErrorMessage(r), NULL);
	PQclear(r);
	return ok;
}

/* When things are due. */
typedef struct Timers
{
	int64_t		metrics_ms;
	int64_t		sweep_ms;
} Timers;

/* wait_for_news waits for a notification or for the next ping. */
static void
wait_for_news(Timers *next)
{
	struct pollfd p = {.fd = PQsocket(conn), .events = POLLIN};

	poll(&p, 1, PING_MS);
	take_route_notices();
	if (!ping_database())
	{
		PQfinish(conn);
		conn = NULL;
		return;
	}
	if (!database_health().is_ready)
		return;
	refusal_queue_drain(record_refusal);
	if (monotonic_ms() >= next->metrics_ms)
	{
		read_metrics();
		next->metrics_ms = monotonic_ms() + METRICS_MS;
	}
	if (monotonic_ms() >= next->sweep_ms && place_sweep(conn, monotonic_ms() + SWEEP_MS))
	{
		partial_sweep();
		next->sweep_ms = monotonic_ms() + config_int(CONFIG_UPLOAD_SWEEP_INTERVAL);
	}
}

/* control_thread looks after the database until the end. */
static void *
control_thread(void *unused)
{
	Timers		next = {.sweep_ms = monotonic_ms() + config_int(CONFIG_UPLOAD_SWEEP_INTERVAL)};

	(void) unused;
	while (!atomic_load(&stopping))
	{
		if (conn == NULL && !set_up_connection())
		{
			database_health_note(NULL, false);
			PQfinish(conn);
			conn = NULL;
			usleep(500 * 1000);
		}
		else
			wait_for_news(&next);
		log_flush();
	}
	PQfinish(conn);
	return NULL;
}

bool
control_start(void)
{
	int64_t		attempts = config_int(CONFIG_DB_MAX_RETRIES) + 1;

	ask_ends_with(is_ending);
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
		if (set_up_connection())
			break;
		PQfinish(conn);
		conn = NULL;
		if (i == attempts - 1)
			return false;
	}
	has_thread = pthread_create(&thread, NULL, control_thread, NULL) == 0;
	return has_thread;
}

void
control_stop(void)
{
	struct timespec end;

	atomic_store(&stopping, true);
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += JOIN_S;
	if (has_thread)
		pthread_timedjoin_np(thread, NULL, &end);
}
