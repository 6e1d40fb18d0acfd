/*
 * lane.c
 *		Statements on their way to PostgreSQL and back (see lane.h): the lanes
 *		and their queues. What goes over a connection is in pipeline.c.
 */
#include "lane.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "../base/metrics.h"
#include "../base/watch.h"
#include "../config/config.h"
#include "connection.h"
#include "connection_life.h"
#include "pipeline.h"

#define READ_DEPTH 32

typedef struct LaneQueue
{
	Connection *connections;
	int			nconnections;
	int			nup;			/* of them */
	int			depth;
	Job		   *head;
	Job		  **tail;
	int			waiting;
	int			limit;
	atomic_int *shared;			/* what waits in this lane of all loops, where the limit is one for all; else NULL */
} LaneQueue;

/* Password hashing is bounded by the machine: more loops make no more room for it. */
static atomic_int auth_waiting;

static atomic_int ndown;		/* lanes, of all loops, without a connection */

struct Lanes
{
	LaneQueue	queue[LANE_COUNT];
	Job		   *delayed;		/* retries that wait for their time */
	int			busy;
};

/* finish_job ends a job: whoever has given it is told. */
static void
finish_job(Lanes *lanes, Job *job, JobEnd end)
{
	lanes->busy--;
	job->connection = NULL;
	if (job->sent_us > 0 && end == JOB_ANSWERED)
		metrics_query(lane_name(job->route->lane), monotonic_us() - job->sent_us);
	job->done(job, end);
}

/* queue_has_room says whether one more may wait, and then counts it where the limit is one for all loops. */
static bool
queue_has_room(LaneQueue *q)
{
	if (q->shared == NULL)
		return q->waiting < q->limit;
	if (atomic_fetch_add(q->shared, 1) < q->limit)
		return true;
	atomic_fetch_sub(q->shared, 1);
	return false;
}

/* append_job puts a job that is counted at the end of its lane's queue. */
static void
append_job(LaneQueue *q, Job *job)
{
	job->next = NULL;
	*q->tail = job;
	q->tail = &job->next;
	q->waiting++;
}

/* enqueue puts a job at the end of its lane's queue, whether there is room or not: it was admitted before. */
static void
enqueue(LaneQueue *q, Job *job)
{
	if (q->shared != NULL)
		atomic_fetch_add(q->shared, 1);
	append_job(q, job);
}

/* uncount_waiting counts one job less. */
static void
uncount_waiting(LaneQueue *q)
{
	q->waiting--;
	if (q->shared != NULL)
		atomic_fetch_sub(q->shared, 1);
}

/* dequeue takes the first job of the queue. */
static Job *
dequeue(LaneQueue *q)
{
	Job		   *job = q->head;

	if ((q->head = job->next) == NULL)
		q->tail = &q->head;
	uncount_waiting(q);
	return job;
}

/*
 * pick_connection returns a connection of the lane that can take a job, or NULL:
 * the one with the batch that this turn has begun, because two halves of a batch
 * wake two backends, else the least busy one.
 */
static Connection *
pick_connection(LaneQueue *q)
{
	Connection *best = NULL;

	for (int i = 0; i < q->nconnections; i++)
	{
		Connection *c = &q->connections[i];

		if (!connection_has_room(c, q->depth))
			continue;
		if (c->unsynced > 0)
			return c;
		if (best == NULL || c->running < best->running)
			best = c;
	}
	return best;
}

bool
lanes_is_up(const Lanes *lanes, Lane lane)
{
	return lanes->queue[lane].nup > 0;
}

bool
lanes_all_up(void)
{
	return atomic_load(&ndown) == 0;
}

/* count_connections counts the lane's connections that are up, and its lanes without one. */
static void
count_connections(Lanes *lanes, Lane lane, int change)
{
	LaneQueue  *q = &lanes->queue[lane];
	bool		was_up = q->nup > 0;

	q->nup += change;
	atomic_fetch_add(&ndown, (int) was_up - (int) (q->nup > 0));
}

/* connection_is_up counts one more. */
static void
connection_is_up(Lanes *lanes, Lane lane)
{
	count_connections(lanes, lane, 1);
}

/* connection_is_down counts one less. */
static void
connection_is_down(Lanes *lanes, Lane lane)
{
	count_connections(lanes, lane, -1);
}

/* send_job gives a job to a connection; one that breaks with it is taken down, which ends the job. */
static void
send_job(Connection *c, Job *job)
{
	if (!pipeline_send(c, job))
		connection_take_down(c);
}

bool
lanes_submit(Lanes *lanes, Job *job)
{
	LaneQueue  *q = &lanes->queue[job->route->lane];
	Connection *c;

	lanes->busy++;
	if (!lanes_is_up(lanes, job->route->lane))
	{
		finish_job(lanes, job, JOB_UNAVAILABLE);
		return true;
	}
	c = q->head == NULL ? pick_connection(q) : NULL;
	if (c != NULL)
		send_job(c, job);
	else if (queue_has_room(q))
		append_job(q, job);
	else
	{
		lanes->busy--;
		metrics_count(COUNTER_LANE_FULL);
		return false;
	}
	return true;
}

/* drain_queue sends what waits, as long as a connection has room. */
static void
drain_queue(Lanes *lanes, Lane lane)
{
	LaneQueue  *q = &lanes->queue[lane];
	Connection *c;

	while (q->head != NULL && (c = pick_connection(q)) != NULL)
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
			uncount_waiting(q);
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

void
lanes_flush(Lanes *lanes)
{
	LaneQueue  *reads = &lanes->queue[LANE_READS];

	for (int i = 0; i < reads->nconnections; i++)
		if (!pipeline_flush(&reads->connections[i]))
			connection_take_down(&reads->connections[i]);
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
			connection_tick(&lanes->queue[lane].connections[i], now_ms);
	if (lanes->delayed != NULL)
		send_delayed(lanes, now_ms);
}

/* send_again puts a job that was admitted before behind the others. */
static void
send_again(Lanes *lanes, Job *job)
{
	enqueue(&lanes->queue[job->route->lane], job);
}

/* send_again_later does so when the time has come. */
static void
send_again_later(Lanes *lanes, Job *job, int64_t at_ms)
{
	job->not_before_ms = at_ms;
	job->next = lanes->delayed;
	lanes->delayed = job;
}

/* fail_waiting ends what waits in a lane that has no connection. */
static void
fail_waiting(Lanes *lanes, Lane lane)
{
	LaneQueue  *q = &lanes->queue[lane];

	while (q->head != NULL)
		finish_job(lanes, dequeue(q), JOB_UNAVAILABLE);
}

int
lanes_busy(const Lanes *lanes)
{
	return lanes->busy;
}

static const LaneCalls calls = {
	.finish = finish_job, .again = send_again, .again_later = send_again_later, .drain = drain_queue,
	.up = connection_is_up, .down = connection_is_down, .is_up = lanes_is_up, .fail = fail_waiting
};

Lanes *
lanes_new(int epoll_fd)
{
	static const ConfigId sizes[LANE_COUNT] = {CONFIG_DB_READ_CONNECTIONS, CONFIG_DB_WRITE_CONNECTIONS,
	CONFIG_DB_SLOW_CONNECTIONS, CONFIG_DB_AUTH_CONNECTIONS, CONFIG_DB_WAIT_CONNECTIONS};
	Lanes	   *lanes = calloc(1, sizeof(*lanes));

	if (lanes == NULL)
		abort();
	atomic_fetch_add(&ndown, LANE_COUNT);
	for (int lane = 0; lane < LANE_COUNT; lane++)
	{
		LaneQueue  *q = &lanes->queue[lane];

		q->nconnections = (int) config_int(sizes[lane]);
		q->connections = calloc((size_t) q->nconnections, sizeof(*q->connections));
		q->depth = lane == LANE_READS ? READ_DEPTH : 1;
		q->limit = (int) config_int(lane == LANE_AUTH ? CONFIG_DB_AUTH_QUEUE : CONFIG_DB_LANE_QUEUE);
		q->shared = lane == LANE_AUTH ? &auth_waiting : NULL;
		q->tail = &q->head;
		if (q->connections == NULL)
			abort();
		for (int i = 0; i < q->nconnections; i++)
			connection_init(&q->connections[i], &calls, lanes, epoll_fd, (Lane) lane, connection_handle_events);
	}
	return lanes;
}

void
lanes_close(Lanes *lanes)
{
	for (int lane = 0; lane < LANE_COUNT; lane++)
		for (int i = 0; i < lanes->queue[lane].nconnections; i++)
			connection_close(&lanes->queue[lane].connections[i]);
}
