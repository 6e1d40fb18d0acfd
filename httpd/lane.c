/*
 * lane.c
 *		Statements on their way to PostgreSQL and back (see lane.h).
 *
 * All connections are in pipeline mode. What a connection has been sent is
 * kept in a ring of entries, in order: jobs, preparations and Syncs; results
 * arrive in the same order. A job is prepared once per connection and route
 * generation.
 */
#include "lane.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "cancel.h"
#include "config.h"
#include "log.h"
#include "metrics.h"
#include "watch.h"

#define READ_DEPTH			32
#define RING				256 /* more than a full pipeline of unprepared reads needs */
#define RETRIES_MAX			3
#define BACKOFF_MIN_MS		100
#define BACKOFF_MAX_MS		5000
#define CONNECT_TIMEOUT_MS	10000

typedef enum EntryKind
{
	ENTRY_JOB,
	ENTRY_PREPARE,
	ENTRY_DEALLOCATE,
	ENTRY_SYNC
} EntryKind;

typedef struct Entry
{
	EntryKind	kind;
	Job		   *job;
	int			route;			/* of a preparation */
} Entry;

typedef enum ConnectionState
{
	CONNECTION_DOWN,
	CONNECTION_CONNECTING,
	CONNECTION_UP
} ConnectionState;

typedef struct Connection
{
	Watch		watch;
	Lanes	   *lanes;
	Lane		lane;
	ConnectionState state;
	PGconn	   *pg;
	int			fd;				/* as registered with epoll, or -1 */
	uint32_t	events;
	int64_t		retry_at_ms;
	int64_t		give_up_at_ms;
	int			backoff_ms;
	bool		is_closing;

	Entry		ring[RING];
	unsigned int first;
	unsigned int count;
	int			running;		/* jobs sent and not yet done */
	int			unsynced;		/* jobs since the last Sync */
	Job		   *unconfirmed;	/* answered, but its Sync is still to come */
	PGresult   *result;			/* of the first entry, so far */

	int			generation;		/* the one that prepared belongs to */
	unsigned char *prepared;	/* by route number */
	int			nprepared;

	bool		is_cancelling;	/* takes no new job until the order is carried out */
	atomic_bool cancel_done;
	bool		cancel_expected;	/* an order was sent, and nothing was cancelled yet */
} Connection;

typedef struct LaneQueue
{
	Connection *connections;
	int			nconnections;
	int			depth;
	Job		   *head;
	Job		  **tail;
	int			waiting;
	int			limit;
} LaneQueue;

struct Lanes
{
	int			epoll_fd;
	LaneQueue	queue[LANE_COUNT];
	Job		   *delayed;		/* retries that wait for their time */
	int			busy;
};

/* Statement timeouts by lane, in ms: a fuse behind HANDLER_TIMEOUT. */
static const char *const lane_options[LANE_COUNT] = {
	"-c statement_timeout=5000", "-c statement_timeout=10000", "-c statement_timeout=30000",
	"-c statement_timeout=10000", "-c statement_timeout=15000"
};

static void connection_ready(Watch *watch, uint32_t events);
static void send_job(Connection *c, Job *job);
static void drain_queue(Lanes *lanes, Lane lane);

Job *
job_new(Generation *generation, const Route *route)
{
	Job		   *job = calloc(1, sizeof(*job));

	if (job == NULL)
		abort();
	job->generation = generation_ref(generation);
	job->route = route;
	return job;
}

void
job_free(Job *job)
{
	for (int i = 0; i < job->nvalues; i++)
		free(job->values[i]);
	PQclear(job->result);
	generation_unref(job->generation);
	free(job);
}

/* finish hands the job back to its owner. */
static void
finish(Lanes *lanes, Job *job, JobEnd end)
{
	lanes->busy--;
	job->connection = NULL;
	if (job->sent_us > 0 && end == JOB_ANSWERED)
		metrics_query(lane_name(job->route->lane), monotonic_us() - job->sent_us);
	job->done(job, end);
}

/* enqueue puts a job at the end of its lane's queue. */
static void
enqueue(LaneQueue *q, Job *job)
{
	job->next = NULL;
	*q->tail = job;
	q->tail = &job->next;
	q->waiting++;
}

/* dequeue takes the first job of the queue. */
static Job *
dequeue(LaneQueue *q)
{
	Job		   *job = q->head;

	if ((q->head = job->next) == NULL)
		q->tail = &q->head;
	q->waiting--;
	return job;
}

/* watch_for registers the connection's socket for the events. */
static void
watch_for(Connection *c, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = c};
	int			fd = PQsocket(c->pg);

	if (fd != c->fd)
	{
		if (c->fd >= 0)
			epoll_ctl(c->lanes->epoll_fd, EPOLL_CTL_DEL, c->fd, NULL);
		c->fd = fd;
		c->events = events;
		if (fd >= 0)
			epoll_ctl(c->lanes->epoll_fd, EPOLL_CTL_ADD, fd, &ev);
	}
	else if (c->events != events && fd >= 0)
	{
		c->events = events;
		epoll_ctl(c->lanes->epoll_fd, EPOLL_CTL_MOD, fd, &ev);
	}
}

/* flush_socket sends what libpq holds, and asks for write readiness if it could not. */
static bool
flush_socket(Connection *c)
{
	int			rc = PQflush(c->pg);

	if (rc >= 0)
		watch_for(c, EPOLLIN | (rc == 1 ? EPOLLOUT : 0));
	return rc >= 0;
}

/* start_connecting begins a connection without waiting for it. */
static void
start_connecting(Connection *c, int64_t now_ms)
{
	const char *const keywords[] = {"dbname", "application_name", "options", "client_encoding",
	"tcp_user_timeout", "keepalives_idle", NULL};
	const char *const values[] = {config_text(CONFIG_DATABASE_URL), "veza-httpd/" VEZA_VERSION,
	lane_options[c->lane], "UTF8", "10000", "30", NULL};

	c->fd = -1;
	c->pg = PQconnectStartParams(keywords, values, 1);
	c->state = CONNECTION_CONNECTING;
	c->give_up_at_ms = now_ms + CONNECT_TIMEOUT_MS;
	if (c->pg == NULL || PQstatus(c->pg) == CONNECTION_BAD)
		c->give_up_at_ms = 0;	/* the next tick takes it down */
	else
		watch_for(c, EPOLLOUT);
}

/* lose_job ends a job whose connection broke; a read is tried once more elsewhere. */
static void
lose_job(Connection *c, Job *job)
{
	PQclear(job->result);
	job->result = NULL;
	job->connection = NULL;
	if (c->lane == LANE_READS && job->retries == 0 && !job->is_cancelled && job->owner != NULL &&
		lanes_is_up(c->lanes, LANE_READS))
	{
		job->retries++;
		metrics_count(COUNTER_RETRIED);
		enqueue(&c->lanes->queue[c->lane], job);
	}
	else
		finish(c->lanes, job, JOB_LOST);
}

/* take_down ends a connection, fails what it carried, and plans the next attempt. */
static void
take_down(Connection *c)
{
	Lanes	   *lanes = c->lanes;
	bool		was_up = c->state == CONNECTION_UP;
	Entry		lost[RING];
	unsigned int nlost = c->count;
	Job		   *unconfirmed = c->unconfirmed;

	if (was_up)
	{
		metrics_add(GAUGE_DATABASE_CONNECTIONS, -1);
		metrics_count(COUNTER_DATABASE_LOST);
	}
	if (!c->is_closing)
		log_line(was_up ? LOG_WARN : LOG_DEBUG, was_up ? "database connection lost" : "database connection failed",
				 "lane", lane_name(c->lane), "error", c->pg ? PQerrorMessage(c->pg) : "out of memory", NULL);
	if (c->fd >= 0)
		epoll_ctl(lanes->epoll_fd, EPOLL_CTL_DEL, c->fd, NULL);
	PQclear(c->result);
	PQfinish(c->pg);
	for (unsigned int i = 0; i < nlost; i++)
		lost[i] = c->ring[(c->first + i) % RING];
	c->pg = NULL;
	c->fd = -1;
	c->state = CONNECTION_DOWN;
	c->result = NULL;
	c->unconfirmed = NULL;
	c->first = c->count = 0;
	c->running = c->unsynced = 0;
	c->cancel_expected = false;
	c->generation = -1;
	c->backoff_ms = c->backoff_ms == 0 ? BACKOFF_MIN_MS
		: c->backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : c->backoff_ms * 2;
	c->retry_at_ms = monotonic_ms() + c->backoff_ms / 2 + rand() % (c->backoff_ms / 2 + 1);

	if (unconfirmed != NULL)
		lose_job(c, unconfirmed);
	for (unsigned int i = 0; i < nlost; i++)
		if (lost[i].kind == ENTRY_JOB)
			lose_job(c, lost[i].job);
	if (lanes_is_up(lanes, c->lane))
		drain_queue(lanes, c->lane);
	else
		while (lanes->queue[c->lane].head != NULL)
			finish(lanes, dequeue(&lanes->queue[c->lane]), JOB_UNAVAILABLE);
}

/* push appends an entry to the ring. */
static void
push(Connection *c, EntryKind kind, Job *job, int route)
{
	c->ring[(c->first + c->count++) % RING] = (Entry)
	{
		kind, job, route
	};
}

/* sync ends the present transaction with a Sync; libpq 15 flushes with it. */
static bool
sync(Connection *c)
{
	c->unsynced = 0;
	if (!PQpipelineSync(c->pg))
		return false;
	push(c, ENTRY_SYNC, NULL, 0);
	return flush_socket(c);
}

/* forget_prepared starts a new generation on the connection. */
static bool
forget_prepared(Connection *c, const Generation *g)
{
	if (c->unsynced > 0 && !sync(c))
		return false;
	if (c->generation >= 0)
	{
		if (!PQsendQueryParams(c->pg, "deallocate all", 0, NULL, NULL, NULL, NULL, 0))
			return false;
		push(c, ENTRY_DEALLOCATE, NULL, 0);
		if (!sync(c))
			return false;
	}
	c->generation = generation_number(g);
	if (c->nprepared < generation_nroutes(g) + 1)
	{
		c->nprepared = generation_nroutes(g) + 64;
		c->prepared = realloc(c->prepared, (size_t) c->nprepared);
		if (c->prepared == NULL)
			abort();
	}
	memset(c->prepared, 0, (size_t) c->nprepared);
	return true;
}

/* prepare makes the route's statement known to the connection. */
static bool
prepare(Connection *c, const Job *job)
{
	const Route *route = job->route;
	char		name[32];

	if (c->generation != generation_number(job->generation) && !forget_prepared(c, job->generation))
		return false;
	if (route->number < c->nprepared && c->prepared[route->number])
		return true;
	if (c->unsynced > 0 && !sync(c))
		return false;
	snprintf(name, sizeof(name), "r%d", route->number);
	if (!PQsendPrepare(c->pg, name, route->statement, 0, NULL))
		return false;
	push(c, ENTRY_PREPARE, NULL, route->number);
	c->prepared[route->number] = 1;
	return sync(c);
}

/* send_job sends a job on a connection that is up; a connection that fails is taken down. */
static void
send_job(Connection *c, Job *job)
{
	char		name[32];
	bool		is_read = c->lane == LANE_READS;
	bool		ok;

	ok = prepare(c, job);
	if (ok && is_read && job->is_alone && c->unsynced > 0)
		ok = sync(c);
	if (ok)
	{
		snprintf(name, sizeof(name), "r%d", job->route->number);
		job->sent_us = monotonic_us();
		ok = PQsendQueryPrepared(c->pg, name, job->nvalues, (const char *const *) job->values, NULL, NULL, 0);
	}
	job->connection = c;
	push(c, ENTRY_JOB, job, 0);
	c->running++;
	c->unsynced++;
	if (ok && (!is_read || job->is_alone))
		ok = sync(c);
	if (!ok)
		take_down(c);
}

/* pick returns the least busy connection of the lane that can take a job, or NULL. */
static Connection *
pick(LaneQueue *q)
{
	Connection *best = NULL;

	for (int i = 0; i < q->nconnections; i++)
	{
		Connection *c = &q->connections[i];

		if (c->state != CONNECTION_UP || c->is_cancelling || c->running >= q->depth || c->count > RING - 8)
			continue;
		if (best == NULL || c->running < best->running)
			best = c;
	}
	return best;
}

bool
lanes_is_up(const Lanes *lanes, Lane lane)
{
	const LaneQueue *q = &lanes->queue[lane];

	for (int i = 0; i < q->nconnections; i++)
		if (q->connections[i].state == CONNECTION_UP)
			return true;
	return false;
}

bool
lanes_submit(Lanes *lanes, Job *job)
{
	LaneQueue  *q = &lanes->queue[job->route->lane];
	Connection *c;

	lanes->busy++;
	if (!lanes_is_up(lanes, job->route->lane))
	{
		finish(lanes, job, JOB_UNAVAILABLE);
		return true;
	}
	c = q->head == NULL ? pick(q) : NULL;
	if (c != NULL)
		send_job(c, job);
	else if (q->waiting < q->limit)
		enqueue(q, job);
	else
	{
		lanes->busy--;
		metrics_count(COUNTER_LANE_FULL);
		return false;
	}
	return true;
}

/* drain_queue sends waiting jobs while connections can take them. */
static void
drain_queue(Lanes *lanes, Lane lane)
{
	LaneQueue  *q = &lanes->queue[lane];
	Connection *c;

	while (q->head != NULL && (c = pick(q)) != NULL)
		send_job(c, dequeue(q));
}

bool
lanes_cancel(Lanes *lanes, Job *job)
{
	LaneQueue  *q = &lanes->queue[job->route->lane];

	job->is_cancelled = true;
	if (job->connection != NULL)
		return true;			/* the tick cancels it as soon as it is the one that runs */
	for (Job **p = &q->head; *p != NULL; p = &(*p)->next)
		if (*p == job)
		{
			*p = job->next;
			if (q->tail == &job->next)
				q->tail = p;
			q->waiting--;
			lanes->busy--;
			return false;
		}
	for (Job **p = &lanes->delayed; *p != NULL; p = &(*p)->next)
		if (*p == job)
		{
			*p = job->next;
			lanes->busy--;
			return false;
		}
	return true;
}

/* sqlstate_of returns the result's SQLSTATE, or "". */
static const char *
sqlstate_of(const PGresult *result)
{
	const char *s = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;

	return s ? s : "";
}

/* is_conflict: serialization failure and deadlock; nothing of the transaction is left. */
static bool
is_conflict(const PGresult *result)
{
	return strcmp(sqlstate_of(result), "40001") == 0 || strcmp(sqlstate_of(result), "40P01") == 0;
}

/*
 * must_retry says whether the job should be sent again: a read that was the
 * victim of a neighbour's failure or cancellation, a conflict in a lane whose
 * statement is one transaction. Procedures commit on the way and are not
 * repeated.
 */
static bool
must_retry(const Connection *c, const Job *job, const PGresult *result)
{
	ExecStatusType status = result ? PQresultStatus(result) : PGRES_FATAL_ERROR;

	if (job->is_cancelled || job->owner == NULL || job->retries >= RETRIES_MAX)
		return false;
	if (status == PGRES_PIPELINE_ABORTED)
		return true;
	if (c->lane == LANE_READS && c->cancel_expected && strcmp(sqlstate_of(result), "57014") == 0)
		return true;			/* hit by the cancellation of the statement before it */
	return c->lane != LANE_WAIT && is_conflict(result);
}

/* retry sends a job again: a victim at once and alone, a conflict after a moment. */
static void
retry(Connection *c, Job *job, bool is_victim)
{
	Lanes	   *lanes = c->lanes;

	metrics_count(COUNTER_RETRIED);
	job->retries++;
	job->is_alone = true;
	job->connection = NULL;
	if (is_victim)
		enqueue(&lanes->queue[c->lane], job);
	else
	{
		job->not_before_ms = monotonic_ms() + 5 * job->retries + rand() % 20;
		job->next = lanes->delayed;
		lanes->delayed = job;
	}
}

/* job_result takes a job's last result; writes wait for their Sync before they are done. */
static void
job_result(Connection *c, Job *job, PGresult *result)
{
	bool		is_victim = !is_conflict(result);
	bool		again = must_retry(c, job, result);

	c->running--;
	if (strcmp(sqlstate_of(result), "57014") == 0)
		c->cancel_expected = false;
	if (again)
	{
		PQclear(result);
		retry(c, job, is_victim);
		return;
	}
	job->result = result;
	if (c->lane == LANE_READS)
		finish(c->lanes, job, JOB_ANSWERED);
	else
	{
		c->running++;
		c->unconfirmed = job;
	}
}

/* sync_result confirms the job before the Sync, or replaces its result by a late error. */
static void
sync_result(Connection *c, PGresult *late_error)
{
	Job		   *job = c->unconfirmed;

	c->unconfirmed = NULL;
	if (job == NULL)
	{
		PQclear(late_error);
		return;
	}
	c->running--;
	if (late_error != NULL)
	{
		PQclear(job->result);
		job->result = late_error;
	}
	finish(c->lanes, job, JOB_ANSWERED);
}

/* preparation_result looks whether a statement could be prepared. */
static void
preparation_result(Connection *c, const Entry *entry, PGresult *result)
{
	if (result == NULL || PQresultStatus(result) != PGRES_COMMAND_OK)
	{
		if (entry->kind == ENTRY_PREPARE && entry->route < c->nprepared)
			c->prepared[entry->route] = 0;
		log_line(LOG_ERROR, "a statement could not be prepared",
				 "error", result ? PQresultErrorMessage(result) : "no result", NULL);
	}
	PQclear(result);
}

/* take_results hands out what has arrived, in order. */
static void
take_results(Connection *c)
{
	while (c->state == CONNECTION_UP && c->count > 0 && !PQisBusy(c->pg))
	{
		PGresult   *result = PQgetResult(c->pg);
		Entry		entry = c->ring[c->first];

		if (entry.kind == ENTRY_SYNC)
		{
			if (result == NULL)
				continue;
			if (PQresultStatus(result) != PGRES_PIPELINE_SYNC)
			{
				PQclear(c->result);
				c->result = result;	/* an error at commit: a deferred constraint */
				continue;
			}
			PQclear(result);
		}
		else if (result != NULL)
		{
			PQclear(c->result);
			c->result = result;
			continue;
		}
		result = c->result;
		c->result = NULL;
		c->first = (c->first + 1) % RING;
		c->count--;
		switch (entry.kind)
		{
			case ENTRY_JOB:
				job_result(c, entry.job, result);
				break;
			case ENTRY_SYNC:
				sync_result(c, result);
				break;
			case ENTRY_PREPARE:
			case ENTRY_DEALLOCATE:
				preparation_result(c, &entry, result);
				break;
		}
	}
}

/* drop_notices forgets what the server tells besides results. */
static void
drop_notices(void *unused, const PGresult *notice)
{
	(void) unused;
	(void) notice;
}

/* go_on_connecting moves a connection that is being made forward. */
static void
go_on_connecting(Connection *c)
{
	switch (PQconnectPoll(c->pg))
	{
		case PGRES_POLLING_READING:
			watch_for(c, EPOLLIN);
			return;
		case PGRES_POLLING_WRITING:
			watch_for(c, EPOLLOUT);
			return;
		case PGRES_POLLING_OK:
			break;
		default:
			take_down(c);
			return;
	}
	if (PQsetnonblocking(c->pg, 1) != 0 || !PQenterPipelineMode(c->pg))
	{
		take_down(c);
		return;
	}
	PQsetNoticeReceiver(c->pg, drop_notices, NULL);
	c->state = CONNECTION_UP;
	c->backoff_ms = 0;
	c->generation = -1;
	c->is_cancelling = false;
	watch_for(c, EPOLLIN);
	metrics_add(GAUGE_DATABASE_CONNECTIONS, 1);
	drain_queue(c->lanes, c->lane);
}

/* connection_ready is what epoll calls. */
static void
connection_ready(Watch *watch, uint32_t events)
{
	Connection *c = (Connection *) watch;
	PGnotify   *notification;

	if (c->state == CONNECTION_DOWN)
		return;
	if (c->state == CONNECTION_CONNECTING)
	{
		go_on_connecting(c);
		return;
	}
	if (events & EPOLLOUT && !flush_socket(c))
	{
		take_down(c);
		return;
	}
	if (events & ~(uint32_t) EPOLLOUT)
	{
		bool		alive = PQconsumeInput(c->pg);

		while ((notification = PQnotifies(c->pg)) != NULL)
			PQfreemem(notification);
		take_results(c);
		if (c->state == CONNECTION_UP && (!alive || PQstatus(c->pg) == CONNECTION_BAD))
			take_down(c);
	}
	drain_queue(c->lanes, c->lane);
}

void
lanes_flush(Lanes *lanes)
{
	LaneQueue  *reads = &lanes->queue[LANE_READS];

	for (int i = 0; i < reads->nconnections; i++)
	{
		Connection *c = &reads->connections[i];

		if (c->state == CONNECTION_UP && c->unsynced > 0 && !sync(c))
			take_down(c);
	}
}

/* running_job returns the job that the server is working on, or NULL. */
static Job *
running_job(const Connection *c)
{
	for (unsigned int i = 0; i < c->count; i++)
	{
		const Entry *e = &c->ring[(c->first + i) % RING];

		if (e->kind == ENTRY_JOB)
			return e->job;
	}
	return NULL;
}

/* tick_connection connects again, and cancels the running job if it should be. */
static void
tick_connection(Connection *c, int64_t now_ms)
{
	Job		   *job;

	if (c->is_cancelling && atomic_load(&c->cancel_done))
	{
		c->is_cancelling = false;
		drain_queue(c->lanes, c->lane);
	}
	if (c->state == CONNECTION_DOWN && !c->is_closing && !c->is_cancelling && now_ms >= c->retry_at_ms)
		start_connecting(c, now_ms);
	else if (c->state == CONNECTION_CONNECTING && now_ms >= c->give_up_at_ms)
		take_down(c);
	else if (c->state == CONNECTION_UP && !c->is_cancelling &&
			 (job = running_job(c)) != NULL && job->is_cancelled && !job->cancel_sent)
	{
		job->cancel_sent = true;
		c->is_cancelling = c->cancel_expected = true;
		atomic_store(&c->cancel_done, false);
		metrics_count(COUNTER_CANCELLED);
		cancel_submit(PQgetCancel(c->pg), &c->cancel_done);
	}
}

/* send_delayed sends the retries whose time has come. */
static void
send_delayed(Lanes *lanes, int64_t now_ms)
{
	for (Job **p = &lanes->delayed; *p != NULL;)
	{
		Job		   *job = *p;

		if (job->not_before_ms > now_ms)
		{
			p = &job->next;
			continue;
		}
		*p = job->next;
		enqueue(&lanes->queue[job->route->lane], job);
		drain_queue(lanes, job->route->lane);
	}
}

void
lanes_tick(Lanes *lanes, int64_t now_ms)
{
	for (int lane = 0; lane < LANE_COUNT; lane++)
		for (int i = 0; i < lanes->queue[lane].nconnections; i++)
			tick_connection(&lanes->queue[lane].connections[i], now_ms);
	if (lanes->delayed != NULL)
		send_delayed(lanes, now_ms);
}

int
lanes_busy(const Lanes *lanes)
{
	return lanes->busy;
}

Lanes *
lanes_new(int epoll_fd)
{
	static const ConfigId sizes[LANE_COUNT] = {CONFIG_DB_READ_CONNECTIONS, CONFIG_DB_WRITE_CONNECTIONS,
	CONFIG_DB_SLOW_CONNECTIONS, CONFIG_DB_AUTH_CONNECTIONS, CONFIG_DB_WAIT_CONNECTIONS};
	Lanes	   *lanes = calloc(1, sizeof(*lanes));

	if (lanes == NULL)
		abort();
	lanes->epoll_fd = epoll_fd;
	for (int lane = 0; lane < LANE_COUNT; lane++)
	{
		LaneQueue  *q = &lanes->queue[lane];

		q->nconnections = (int) config_int(sizes[lane]);
		q->connections = calloc((size_t) q->nconnections, sizeof(*q->connections));
		q->depth = lane == LANE_READS ? READ_DEPTH : 1;
		q->limit = (int) config_int(CONFIG_DB_LANE_QUEUE);
		q->tail = &q->head;
		if (q->connections == NULL)
			abort();
		for (int i = 0; i < q->nconnections; i++)
		{
			Connection *c = &q->connections[i];

			c->watch.ready = connection_ready;
			c->lanes = lanes;
			c->lane = (Lane) lane;
			c->fd = -1;
			c->generation = -1;
			atomic_store(&c->cancel_done, true);
		}
	}
	return lanes;
}

void
lanes_close(Lanes *lanes)
{
	for (int lane = 0; lane < LANE_COUNT; lane++)
		for (int i = 0; i < lanes->queue[lane].nconnections; i++)
		{
			Connection *c = &lanes->queue[lane].connections[i];

			c->is_closing = true;
			if (c->state != CONNECTION_DOWN)
				take_down(c);
		}
}
