/*
 * jobs.c
 *		The thread that calls the procedure veza.run_due_jobs() (see jobs.h).
 *
 * It has a connection of its own, so that a long job never delays an effect
 * that a user waits for.
 */
#include "jobs.h"

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../base/log.h"
#include "../base/watch.h"
#include "../config/config.h"
#include "database.h"

static pthread_t thread;
static atomic_bool stopping;

/* run_once runs the jobs and logs those that did something; false when the connection is gone. */
static bool
run_once(PGconn *conn)
{
	PGresult   *r = database_call(conn, "call veza.run_due_jobs()", 0, NULL);
	json_t	   *done = r != NULL ? json_loads(PQgetvalue(r, 0, 0), 0, NULL) : NULL;
	const char *job;
	json_t	   *rows;

	json_object_foreach(done, job, rows)
	{
		char		n[24];

		snprintf(n, sizeof(n), "%lld", (long long) json_integer_value(rows));
		log_line(LOG_INFO, "job", "job", job, "#rows", n, NULL);
	}
	json_decref(done);
	PQclear(r);
	return PQstatus(conn) == CONNECTION_OK;
}

/* look_at_audit counts the broken invariants; a broken one is worth a line. */
static void
look_at_audit(PGconn *conn)
{
	PGresult   *r = database_call(conn, "select veza.run_audit()", 0, NULL);

	if (r != NULL && strcmp(PQgetvalue(r, 0, 0), "0") != 0)
		log_line(LOG_ERROR, "veza.audit is not empty", "#findings", PQgetvalue(r, 0, 0), NULL);
	PQclear(r);
}

/* jobs_thread runs the jobs at their interval until the end. */
static void *
jobs_thread(void *unused)
{
	PGconn	   *conn = NULL;
	int64_t		next_ms = 0;
	int64_t		next_audit_ms = 0;
	int			failures = 0;

	(void) unused;
	while (!atomic_load(&stopping))
	{
		if (monotonic_ms() < next_ms)
		{
			usleep(10000);
			continue;
		}
		next_ms = monotonic_ms() + config_int(CONFIG_RELAY_JOB_INTERVAL);
		if (conn == NULL)
			conn = database_connect("jobs");
		if (conn != NULL && !run_once(conn))
		{
			PQfinish(conn);
			conn = NULL;
		}
		if (conn != NULL && monotonic_ms() >= next_audit_ms)
		{
			look_at_audit(conn);
			next_audit_ms = monotonic_ms() + config_int(CONFIG_RELAY_AUDIT_INTERVAL);
		}
		failures = conn != NULL ? 0 : failures + 1;
		if (failures > 0 && next_ms < monotonic_ms() + database_pause_ms(failures))
			next_ms = monotonic_ms() + database_pause_ms(failures);
		log_flush();
	}
	PQfinish(conn);
	return NULL;
}

void
jobs_start(void)
{
	if (pthread_create(&thread, NULL, jobs_thread, NULL) != 0)
		abort();
}

void
jobs_stop(void)
{
	atomic_store(&stopping, true);
	pthread_join(thread, NULL);
}
