/*
 * connection_life.c
 *		The life of a connection to PostgreSQL (see connection_life.h).
 */
#include "connection_life.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "../base/identity.h"
#include "../base/log.h"
#include "../base/metrics.h"
#include "../config/config.h"
#include "../database/server.h"
#include "../database/session_options.h"
#include "pipeline.h"

#define BACKOFF_MIN_MS		100
#define BACKOFF_MAX_MS		5000
#define CONNECT_TIMEOUT_MS	10000
#define SETTLED_MS			1000	/* a connection that lived this long is tried again at once */
#define CANCEL_MS			3000	/* a statement that cannot be cancelled within this time takes its connection along */

/* Statement timeouts by lane, in ms: a fuse behind HANDLER_TIMEOUT. */
static const char *const lane_options[LANE_COUNT] = {
	SESSION_OPTIONS " -c statement_timeout=5000", SESSION_OPTIONS " -c statement_timeout=10000",
	SESSION_OPTIONS " -c statement_timeout=30000", SESSION_OPTIONS " -c statement_timeout=10000",
	SESSION_OPTIONS " -c statement_timeout=15000"
};

/* drop_notices forgets what the server tells besides results. */
static void
drop_notices(void *unused, const PGresult *notice)
{
	(void) unused;
	(void) notice;
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
	c->changes = server_change_count();
	c->is_unfit = false;
	/* From the start: libpq itself would write warnings to standard error, where a loop could get stuck. */
	if (c->pg != NULL)
		PQsetNoticeReceiver(c->pg, drop_notices, NULL);
	if (c->pg == NULL || PQstatus(c->pg) == CONNECTION_BAD)
		c->give_up_at_ms = 0;	/* the next tick takes it down */
	else
		connection_watch_for(c, EPOLLOUT);
}

/* end_lost_job ends a job whose connection broke; a read is tried once more elsewhere. */
static void
end_lost_job(Connection *c, Job *job)
{
	PQclear(job->result);
	job->result = NULL;
	job->connection = NULL;
	if (c->lane == LANE_READS && job->retries == 0 && !job->is_cancelled && job->owner != NULL &&
		c->calls->is_up(c->lanes, LANE_READS))
	{
		job->retries++;
		metrics_count(COUNTER_RETRIED);
		c->calls->again(c->lanes, job);
	}
	else
		c->calls->finish(c->lanes, job, JOB_LOST);
}

/* schedule_reconnect plans the next attempt: at once after a connection that was good for something, otherwise later and later. */
static void
schedule_reconnect(Connection *c, bool was_good, int64_t now_ms)
{
	c->returns = server_return_count();
	c->retry_at_ms = now_ms;
	c->backoff_ms = was_good ? 0 : c->backoff_ms == 0 ? BACKOFF_MIN_MS
		: c->backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : c->backoff_ms * 2;
	if (!was_good)
		c->retry_at_ms += c->backoff_ms / 2 + rand() % (c->backoff_ms / 2 + 1);
}

/* loss_reason says why the connection ends. */
static const char *
loss_reason(const Connection *c)
{
	const char *error = c->pg ? PQerrorMessage(c->pg) : "out of memory";

	return error[0] != '\0' ? error : connection_is_stale(c) ? "it may lead to a server that cannot write" : "";
}

void
connection_take_down(Connection *c)
{
	Lanes	   *lanes = c->lanes;
	bool		was_up = c->state == CONNECTION_UP;
	int64_t		now_ms = monotonic_ms();
	Entry		lost[CONNECTION_RING];
	unsigned int nlost = c->count;
	Job		   *unconfirmed = c->unconfirmed;

	if (was_up)
	{
		metrics_add(GAUGE_DATABASE_CONNECTIONS, -1);
		metrics_count(COUNTER_DATABASE_LOST);
		c->calls->down(lanes, c->lane);
	}
	if (!c->is_closing)
		log_line(was_up ? LOG_WARN : LOG_DEBUG, was_up ? "database connection lost" : "database connection failed",
				 "lane", lane_name(c->lane), "error", loss_reason(c), NULL);
	if (c->fd >= 0)
		epoll_ctl(c->epoll_fd, EPOLL_CTL_DEL, c->fd, NULL);
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
	if (c->cancel != NULL)
		cancel_end(c->cancel);
	c->cancel = NULL;
	schedule_reconnect(c, was_up && (now_ms - c->up_ms >= SETTLED_MS || c->changes != server_change_count()), now_ms);

	if (unconfirmed != NULL)
		end_lost_job(c, unconfirmed);
	for (unsigned int i = 0; i < nlost; i++)
		if (lost[i].kind == ENTRY_JOB)
			end_lost_job(c, lost[i].job);
	if (c->calls->is_up(lanes, c->lane))
		c->calls->drain(lanes, c->lane);
	else
		c->calls->fail(lanes, c->lane);
}

/* poll_connecting moves a connection that is being made forward. */
static void
poll_connecting(Connection *c)
{
	switch (PQconnectPoll(c->pg))
	{
		case PGRES_POLLING_READING:
			connection_watch_for(c, EPOLLIN);
			return;
		case PGRES_POLLING_WRITING:
			connection_watch_for(c, EPOLLOUT);
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
	c->state = CONNECTION_UP;
	c->up_ms = monotonic_ms();
	c->generation = -1;
	connection_watch_for(c, EPOLLIN);
	metrics_add(GAUGE_DATABASE_CONNECTIONS, 1);
	c->calls->up(c->lanes, c->lane);
	c->calls->drain(c->lanes, c->lane);
}

void
connection_handle_events(Watch *watch, uint32_t events)
{
	Connection *c = (Connection *) watch;
	PGnotify   *notification;

	if (c->state == CONNECTION_DOWN)
		return;
	if (c->state == CONNECTION_CONNECTING)
	{
		poll_connecting(c);
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
		if (c->state == CONNECTION_UP &&
			(!alive || PQstatus(c->pg) == CONNECTION_BAD || (c->is_unfit && c->unconfirmed == NULL)))
			connection_take_down(c);
	}
	c->calls->drain(c->lanes, c->lane);
}

/*
 * check_cancel takes new jobs again when the order was carried out. One
 * that takes too long may come at any time later, and hit any statement: then
 * the connection ends, too.
 */
static void
check_cancel(Connection *c, int64_t now_ms)
{
	if (cancel_is_done(c->cancel))
	{
		cancel_end(c->cancel);
		c->cancel = NULL;
		c->cancelled_us = monotonic_us();
		c->calls->drain(c->lanes, c->lane);
	}
	else if (now_ms >= c->cancel_until_ms)
	{
		log_line(LOG_WARN, "a statement cannot be cancelled; its connection is given up", "lane", lane_name(c->lane), NULL);
		connection_take_down(c);
	}
}

void
connection_tick(Connection *c, int64_t now_ms)
{
	Job		   *job;

	if (c->cancel != NULL)
		check_cancel(c, now_ms);
	if (c->state == CONNECTION_DOWN && !c->is_closing && (now_ms >= c->retry_at_ms || c->returns != server_return_count()))
		start_connecting(c, now_ms);
	else if ((c->state == CONNECTION_CONNECTING && now_ms >= c->give_up_at_ms) ||
			 (c->state == CONNECTION_UP && c->count == 0 && c->unconfirmed == NULL && connection_is_stale(c)))
		connection_take_down(c);
	else if (c->state == CONNECTION_UP && c->cancel == NULL &&
			 (job = pipeline_running(c)) != NULL && job->is_cancelled && !job->cancel_sent)
	{
		job->cancel_sent = true;
		metrics_count(COUNTER_CANCELLED);
		c->cancel = cancel_begin(PQgetCancel(c->pg));
		c->cancel_until_ms = now_ms + CANCEL_MS;
	}
}

void
connection_close(Connection *c)
{
	c->is_closing = true;
	if (c->state != CONNECTION_DOWN)
		connection_take_down(c);
}
