/*
 * connection.c
 *		One connection of a lane to PostgreSQL (see connection.h).
 */
#include "connection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "cancel.h"
#include "config.h"
#include "identity.h"
#include "log.h"
#include "metrics.h"
#include "pipeline.h"

#define BACKOFF_MIN_MS		100
#define BACKOFF_MAX_MS		5000
#define CONNECT_TIMEOUT_MS	10000

/* Statement timeouts by lane, in ms: a fuse behind HANDLER_TIMEOUT. */
static const char *const lane_options[LANE_COUNT] = {
	"-c statement_timeout=5000", "-c statement_timeout=10000", "-c statement_timeout=30000",
	"-c statement_timeout=10000", "-c statement_timeout=15000"
};

static void connection_ready(Watch *watch, uint32_t events);

/* watch_for registers the connection's socket for the events. */
static void
watch_for(Connection *c, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = c};
	int			fd = PQsocket(c->pg);

	if (fd != c->fd)
	{
		if (c->fd >= 0)
			epoll_ctl(lanes_epoll_fd(c->lanes), EPOLL_CTL_DEL, c->fd, NULL);
		c->fd = fd;
		c->events = events;
		if (fd >= 0)
			epoll_ctl(lanes_epoll_fd(c->lanes), EPOLL_CTL_ADD, fd, &ev);
	}
	else if (c->events != events && fd >= 0)
	{
		c->events = events;
		epoll_ctl(lanes_epoll_fd(c->lanes), EPOLL_CTL_MOD, fd, &ev);
	}
}

bool
connection_flush_socket(Connection *c)
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
	const char *const values[] = {config_text(CONFIG_DATABASE_URL), httpd_identity,
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
		lane_again(c->lanes, job);
	}
	else
		lane_finish(c->lanes, job, JOB_LOST);
}

void
connection_take_down(Connection *c)
{
	Lanes	   *lanes = c->lanes;
	bool		was_up = c->state == CONNECTION_UP;
	Entry		lost[CONNECTION_RING];
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
		epoll_ctl(lanes_epoll_fd(lanes), EPOLL_CTL_DEL, c->fd, NULL);
	PQclear(c->result);
	PQfinish(c->pg);
	for (unsigned int i = 0; i < nlost; i++)
		lost[i] = c->ring[(c->first + i) % CONNECTION_RING];
	c->pg = NULL;
	c->fd = -1;
	c->state = CONNECTION_DOWN;
	c->result = NULL;
	c->unconfirmed = NULL;
	c->first = c->count = 0;
	c->running = c->unsynced = 0;
	c->cancelled_us = 0;
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
		lane_drain(lanes, c->lane);
	else
		lane_is_down(lanes, c->lane);
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
			connection_take_down(c);
			return;
	}
	if (PQsetnonblocking(c->pg, 1) != 0 || !PQenterPipelineMode(c->pg))
	{
		connection_take_down(c);
		return;
	}
	PQsetNoticeReceiver(c->pg, drop_notices, NULL);
	c->state = CONNECTION_UP;
	c->backoff_ms = 0;
	c->generation = -1;
	c->is_cancelling = false;
	watch_for(c, EPOLLIN);
	metrics_add(GAUGE_DATABASE_CONNECTIONS, 1);
	lane_drain(c->lanes, c->lane);
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
	if (events & EPOLLOUT && !connection_flush_socket(c))
	{
		connection_take_down(c);
		return;
	}
	if (events & ~(uint32_t) EPOLLOUT)
	{
		bool		alive = PQconsumeInput(c->pg);

		while ((notification = PQnotifies(c->pg)) != NULL)
			PQfreemem(notification);
		pipeline_results(c);
		if (c->state == CONNECTION_UP && (!alive || PQstatus(c->pg) == CONNECTION_BAD))
			connection_take_down(c);
	}
	lane_drain(c->lanes, c->lane);
}

void
connection_tick(Connection *c, int64_t now_ms)
{
	Job		   *job;

	if (c->is_cancelling && atomic_load(&c->cancel_done))
	{
		c->is_cancelling = false;
		c->cancelled_us = monotonic_us();
		lane_drain(c->lanes, c->lane);
	}
	if (c->state == CONNECTION_DOWN && !c->is_closing && !c->is_cancelling && now_ms >= c->retry_at_ms)
		start_connecting(c, now_ms);
	else if (c->state == CONNECTION_CONNECTING && now_ms >= c->give_up_at_ms)
		connection_take_down(c);
	else if (c->state == CONNECTION_UP && !c->is_cancelling &&
			 (job = pipeline_running(c)) != NULL && job->is_cancelled && !job->cancel_sent)
	{
		job->cancel_sent = true;
		c->is_cancelling = true;
		atomic_store(&c->cancel_done, false);
		metrics_count(COUNTER_CANCELLED);
		cancel_submit(PQgetCancel(c->pg), &c->cancel_done);
	}
}

void
connection_init(Connection *c, Lanes *lanes, Lane lane)
{
	c->watch.ready = connection_ready;
	c->lanes = lanes;
	c->lane = lane;
	c->fd = -1;
	c->generation = -1;
	atomic_store(&c->cancel_done, true);
}

bool
connection_has_room(const Connection *c, int depth)
{
	return c->state == CONNECTION_UP && !c->is_cancelling && c->running < depth && c->count <= CONNECTION_RING - 8;
}

void
connection_close(Connection *c)
{
	c->is_closing = true;
	if (c->state != CONNECTION_DOWN)
		connection_take_down(c);
}
