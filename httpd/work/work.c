/*
 * work.c
 *		Work on audio files that were uploaded (see work.h).
 *
 * A worker has one task at a time and no connection: the thread that claims for
 * all of them takes their reports to the database, and a worker whose report
 * has not arrived there gets no more. A report that cannot be made for so long
 * that the lease runs out is one of nobody's.
 */
#include "work.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "../../extension/src/core/interface.h"
#include "../base/log.h"
#include "../base/metrics.h"
#include "../base/watch.h"
#include "../config/config.h"
#include "../database/ask.h"
#include "../database/database_health.h"
#include "../database/dedicated.h"
#include "scanner.h"
#include "task.h"

#define ANSWER_MS	10000
#define PAUSE_MS	10000		/* where work cannot be done, or not be asked for */
#define LOOK_MS		1000		/* whether what work needs is back */
#define QUEUE_MS	5000
#define JOIN_S		8			/* the end of the program waits no longer for this thread */
#define WORKERS_NICE 10

typedef enum WorkerState
{
	WORKER_IDLE,
	WORKER_BUSY,
	WORKER_DONE					/* its report is to be made */
} WorkerState;

/* A worker: what it has belongs to its thread while it is busy, and to the claiming thread otherwise. */
typedef struct Worker
{
	pthread_cond_t begun;
	WorkerState state;
	Task		task;
	TaskReport	report;
} Worker;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Worker *workers;
static int	nworkers;
static int	wake_fd = -1;		/* a worker is done, or all is to end */
static atomic_bool stopping;
static pthread_t thread;
static bool has_thread;
static PGconn *conn;
static int64_t not_before_ms;	/* no work is asked for until then */
static bool is_missing;			/* the database has no such work: told once */

/* is_stopping says whether a worker is to give up. */
static bool
is_stopping(void)
{
	return atomic_load(&stopping);
}

/* wake_claimer has the claiming thread look. */
static void
wake_claimer(void)
{
	uint64_t	one = 1;

	(void) !write(wake_fd, &one, sizeof(one));
}

/* run_worker is the thread of a worker. */
static void *
run_worker(void *argument)
{
	Worker	   *w = argument;

	(void) setpriority(PRIO_PROCESS, (id_t) gettid(), WORKERS_NICE);
	pthread_mutex_lock(&lock);
	for (;;)
	{
		while (w->state != WORKER_BUSY)
			pthread_cond_wait(&w->begun, &lock);
		pthread_mutex_unlock(&lock);
		metrics_add(GAUGE_WORK_RUNNING, 1);
		task_do(&w->task, is_stopping, &w->report);
		metrics_add(GAUGE_WORK_RUNNING, -1);
		log_flush();
		pthread_mutex_lock(&lock);
		w->state = WORKER_DONE;
		wake_claimer();
	}
	return NULL;
}

/* lose_connection closes the connection. */
static void
lose_connection(void)
{
	PQfinish(conn);
	conn = NULL;
}

/* open_connection connects, once the database is such that there can be work; false when it cannot be done now. */
static bool
open_connection(void)
{
	PGresult   *r;
	bool		ok;

	if (!database_health().is_ready)
		return false;
	conn = dedicated_open("work on files");
	r = conn ? ask(conn, "listen " VEZA_WORK_CHANNEL, 0, NULL, ANSWER_MS) : NULL;
	ok = PQresultStatus(r) == PGRES_COMMAND_OK;
	PQclear(r);
	if (!ok)
		lose_connection();
	return ok;
}

/* is_absent says whether the database has no such function for us: an extension of before, or without tracks. */
static bool
is_absent(const PGresult *r)
{
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);

	return state != NULL && (strcmp(state, "42883") == 0 || strcmp(state, "42501") == 0);
}

/* deliver_report takes a worker's report to the database; false when the connection is lost, and it is to be tried again. */
static bool
deliver_report(Worker *w)
{
	PGresult   *r = ask(conn, w->report.statement, w->report.nvalues, (const char *const *) w->report.values, ANSWER_MS);
	bool		ok = PQresultStatus(r) == PGRES_TUPLES_OK;

	if (!ok && (r == NULL || PQstatus(conn) != CONNECTION_OK))
	{
		PQclear(r);
		return false;
	}
	if (!ok)
		log_line(LOG_ERROR, "what came of a file could not be reported", "file", w->task.file, "statement", w->report.statement,
				 "error", PQresultErrorMessage(r), NULL);
	PQclear(r);
	if (w->report.is_unable)
		not_before_ms = monotonic_ms() + (scanner_is_missed() ? LOOK_MS : PAUSE_MS);
	task_report_free(&w->report);
	return true;
}

/* find_worker returns a worker in this state, or NULL. */
static Worker *
find_worker(WorkerState state)
{
	Worker	   *found = NULL;

	pthread_mutex_lock(&lock);
	for (int i = 0; i < nworkers && found == NULL; i++)
		if (workers[i].state == state)
			found = &workers[i];
	pthread_mutex_unlock(&lock);
	return found;
}

/* set_worker gives a worker another state, and wakes it. */
static void
set_worker(Worker *w, WorkerState state)
{
	pthread_mutex_lock(&lock);
	w->state = state;
	pthread_cond_signal(&w->begun);
	pthread_mutex_unlock(&lock);
}

/* deliver_reports takes all reports to the database; false when the connection is lost. */
static bool
deliver_reports(void)
{
	for (Worker *w; (w = find_worker(WORKER_DONE)) != NULL;)
	{
		if (!deliver_report(w))
			return false;
		set_worker(w, WORKER_IDLE);
	}
	return true;
}

/* count_idle counts those who have nothing to do. */
static int
count_idle(void)
{
	int			n = 0;

	pthread_mutex_lock(&lock);
	for (int i = 0; i < nworkers; i++)
		n += workers[i].state == WORKER_IDLE;
	pthread_mutex_unlock(&lock);
	return n;
}

/* hand_out gives what was claimed to idle workers; returns how much that was. */
static int
hand_out(const char *claimed)
{
	json_t	   *list = json_loads(claimed, 0, NULL);
	json_t	   *entry;
	size_t		i;
	int			n = 0;

	json_array_foreach(list, i, entry)
	{
		Worker	   *w = find_worker(WORKER_IDLE);

		if (w == NULL || !task_read(entry, &w->task))
		{
			log_line(LOG_ERROR, "work that was claimed is not understood", NULL);
			continue;
		}
		set_worker(w, WORKER_BUSY);
		n++;
	}
	json_decref(list);
	return n;
}

/* claim_work asks for as much as there are idle workers; false when the connection is lost. */
static bool
claim_work(int *nclaimed)
{
	char		name[128];
	char		host[64] = "";
	char		max[16];
	const char *values[2] = {name, max};
	PGresult   *r;
	bool		ok;

	gethostname(host, sizeof(host) - 1);
	snprintf(name, sizeof(name), "%s:%d", host, (int) getpid());
	snprintf(max, sizeof(max), "%d", count_idle());
	*nclaimed = 0;
	r = ask(conn, "select veza.track_claim_work($1, $2::integer)", 2, values, ANSWER_MS);
	ok = PQresultStatus(r) == PGRES_TUPLES_OK;
	if (ok)
		*nclaimed = hand_out(PQgetisnull(r, 0, 0) ? "[]" : PQgetvalue(r, 0, 0));
	else if (r != NULL && PQstatus(conn) == CONNECTION_OK)
	{
		if (!is_absent(r) || !is_missing)
			log_line(LOG_WARN, "there is no work to be had of the database", "error", PQresultErrorMessage(r), NULL);
		is_missing = is_absent(r);
		not_before_ms = monotonic_ms() + PAUSE_MS;
		ok = true;
	}
	PQclear(r);
	return ok;
}

/* read_queue notes how much waits; an extension that does not say so is not asked again for a while. */
static void
read_queue(void)
{
	static int64_t next_ms;
	PGresult   *r;

	if (monotonic_ms() < next_ms || is_missing)
		return;
	next_ms = monotonic_ms() + QUEUE_MS;
	r = ask(conn, "select q->>'n', q->>'oldest_s' from veza.track_work_queue() q", 0, NULL, ANSWER_MS);
	if (PQresultStatus(r) == PGRES_TUPLES_OK)
	{
		metrics_set(GAUGE_WORK_WAITING, atoll(PQgetvalue(r, 0, 0)));
		metrics_set(GAUGE_WORK_AGE, atoll(PQgetvalue(r, 0, 1)));
	}
	else
		next_ms = monotonic_ms() + 60 * QUEUE_MS;
	PQclear(r);
}

/* was_told says whether somebody has told of work; what has come over the connection meanwhile counts, too. */
static bool
was_told(void)
{
	PGnotify   *note;
	bool		told = false;

	if (conn == NULL)
		return false;
	PQconsumeInput(conn);
	while ((note = PQnotifies(conn)) != NULL)
	{
		told = true;
		PQfreemem(note);
	}
	return told;
}

/* wait_ms is how long to wait if nothing happens. */
static int
wait_ms(void)
{
	int64_t		pause_ms = not_before_ms - monotonic_ms();
	int64_t		poll_ms = config_int(CONFIG_ANALYSIS_POLL);

	if (conn == NULL || scanner_is_missed())
		return LOOK_MS;
	return (int) (pause_ms > 0 && pause_ms < poll_ms ? pause_ms : poll_ms);
}

/* wait_for_work waits until a worker is done, somebody tells of work, or it is time to ask. */
static void
wait_for_work(void)
{
	struct pollfd p[2] = {{.fd = wake_fd, .events = POLLIN}, {.fd = conn ? PQsocket(conn) : -1, .events = POLLIN}};
	uint64_t	n;

	if (was_told())
		return;
	poll(p, 2, wait_ms());
	(void) !read(wake_fd, &n, sizeof(n));
	(void) was_told();
}

/* turn reports, claims and waits once. */
static void
turn(void)
{
	int			nclaimed = 0;
	bool		ok = (conn != NULL && PQstatus(conn) == CONNECTION_OK) || open_connection();

	ok = ok && deliver_reports();
	/* What has to be scanned waits for its scanner; the rest comes behind it anyway. */
	if (ok && monotonic_ms() >= not_before_ms && count_idle() > 0 && !scanner_is_missed())
		ok = claim_work(&nclaimed);
	if (ok)
		read_queue();
	else
		lose_connection();
	log_flush();
	wait_for_work();
}

/* end_work gives back what is under way: the workers stop, and their leases are free again. */
static void
end_work(void)
{
	int64_t		end_ms = monotonic_ms() + (JOIN_S - 2) * 1000;

	while ((find_worker(WORKER_BUSY) != NULL || find_worker(WORKER_DONE) != NULL) && monotonic_ms() < end_ms)
	{
		if ((conn == NULL && !open_connection()) || !deliver_reports())
			break;
		wait_for_work();
	}
	lose_connection();
	log_flush();
}

/* run_claimer is the thread that claims and reports. */
static void *
run_claimer(void *unused)
{
	(void) unused;
	while (!is_stopping())
		turn();
	end_work();
	return NULL;
}

void
work_start(void)
{
	scanner_start();
	nworkers = (int) config_int(CONFIG_ANALYSIS_WORKERS);
	if (nworkers == 0)
		return;
	workers = calloc((size_t) nworkers, sizeof(*workers));
	wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (workers == NULL || wake_fd < 0)
		abort();
	for (int i = 0; i < nworkers; i++)
	{
		pthread_t	worker;

		pthread_cond_init(&workers[i].begun, NULL);
		if (pthread_create(&worker, NULL, run_worker, &workers[i]) != 0)
			abort();
		pthread_detach(worker);
	}
	has_thread = pthread_create(&thread, NULL, run_claimer, NULL) == 0;
}

void
work_stop(void)
{
	struct timespec end;

	atomic_store(&stopping, true);
	if (!has_thread)
		return;
	wake_claimer();
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += JOIN_S;
	pthread_timedjoin_np(thread, NULL, &end);
}
