/*
 * jobs.c
 *		The thread that calls the procedure veza.run_due_jobs() (see jobs.h).
 *
 * It has a connection of its own, so that a long job never delays an effect
 * that a user waits for.
 */
#include "jobs.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/log.h"
#include "../base/watch.h"
#include "../config/config.h"
#include "database.h"
#include "side_thread.h"

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

/* run_jobs runs the jobs, and looks at the invariants when it is time to. */
static bool
run_jobs(PGconn *conn)
{
	static int64_t next_audit_ms;

	if (run_once(conn) && monotonic_ms() >= next_audit_ms)
	{
		look_at_audit(conn);
		next_audit_ms = monotonic_ms() + config_int(CONFIG_RELAY_AUDIT_INTERVAL);
	}
	return false;
}

/* job_interval is how often they are run. */
static int64_t
job_interval(void)
{
	return config_int(CONFIG_RELAY_JOB_INTERVAL);
}

static SideThread side = {.name = "jobs", .work = run_jobs, .interval_ms = job_interval};

void
jobs_start(void)
{
	side_thread_start(&side);
}

void
jobs_stop(void)
{
	side_thread_stop(&side);
}
