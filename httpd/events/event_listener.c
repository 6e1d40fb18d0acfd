/*
 * event_listener.c
 *		The thread that hears of events (see event_listener.h).
 *
 * Anybody with a connection to the database may hear notifications and send
 * some. So one says which events there are, by their ids, and nothing of what is
 * in them: that is read by a function which veza_httpd alone may call.
 */
#include "event_listener.h"

#include <libpq-fe.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../base/log.h"
#include "../base/watch.h"
#include "../database/ask.h"
#include "../database/dedicated.h"
#include "../database/server.h"
#include "event_hub.h"

#define WAIT_MS		500			/* how soon the end of the program, and another server, are noticed */
#define ANSWER_MS	5000
#define RETRY_MS	500
#define PROBE_MS	5000		/* a connection that says nothing is asked whether it lives */
#define JOIN_S		5
#define IDS_SIZE	8192		/* of the ids that are asked for at once, as an array */

static atomic_bool stopping;
static pthread_t thread;
static bool is_started;

/* connect_listener connects and listens; NULL with a log line when that fails. */
static PGconn *
connect_listener(void)
{
	PGconn	   *conn = dedicated_open("events");
	PGresult   *r = conn ? ask(conn, "listen veza_live_event", 0, NULL, ANSWER_MS) : NULL;
	bool		ok = PQresultStatus(r) == PGRES_COMMAND_OK;

	PQclear(r);
	if (ok)
		return conn;
	PQfinish(conn);
	return NULL;
}

/* publish_events reads the events of these ids and puts them into the hubs; false when they could not be read. */
static bool
publish_events(PGconn *conn, const char *ids)
{
	PGresult   *r = ask(conn, "select id, channel, kind, data from veza.live_events($1)", 1, &ids, ANSWER_MS);
	bool		ok = PQresultStatus(r) == PGRES_TUPLES_OK;

	if (!ok)
		log_line(LOG_WARN, "events could not be read", "error", PQresultErrorMessage(r), NULL);
	for (int i = 0; ok && i < PQntuples(r); i++)
	{
		Event	   *event = event_new(PQgetvalue(r, i, 1), strtoll(PQgetvalue(r, i, 0), NULL, 10),
									  PQgetvalue(r, i, 2), PQgetvalue(r, i, 3));

		event_hubs_publish(event);
		event_unref(event);
	}
	PQclear(r);
	return ok;
}

/* is_id says whether a notification is what ours are: an id. */
static bool
is_id(const char *text)
{
	size_t		n = strspn(text, "0123456789");

	return n > 0 && n < 19 && text[n] == '\0';
}

/* collect_ids makes an array of the ids that have been notified, as many as fit; empty when there is none. */
static void
collect_ids(PGconn *conn, char ids[IDS_SIZE])
{
	PGnotify   *n;
	size_t		len = 0;

	ids[0] = '\0';
	while (len < IDS_SIZE - 64 && (n = PQnotifies(conn)) != NULL)
	{
		if (is_id(n->extra))
			len += (size_t) snprintf(ids + len, IDS_SIZE - len, "%c%s", len == 0 ? '{' : ',', n->extra);
		PQfreemem(n);
	}
	if (len > 0)
		memcpy(ids + len, "}", 2);
}

/* take_notices publishes what was notified; false when the connection is of no use any more. */
static bool
take_notices(PGconn *conn)
{
	char		ids[IDS_SIZE];

	if (!PQconsumeInput(conn) || PQstatus(conn) != CONNECTION_OK)
		return false;
	for (collect_ids(conn, ids); ids[0] != '\0'; collect_ids(conn, ids))
		if (!publish_events(conn, ids))
			return false;
	return true;
}

/* is_alive asks a connection that has said nothing for a while whether it lives. */
static bool
is_alive(PGconn *conn)
{
	PGresult   *r = ask(conn, "select 1", 0, NULL, ANSWER_MS);
	bool		ok = PQresultStatus(r) == PGRES_TUPLES_OK;

	PQclear(r);
	return ok;
}

/* listen_until_lost waits for events, until the connection is lost, leads to another server perhaps, or the program ends. */
static void
listen_until_lost(PGconn *conn)
{
	unsigned int changes = server_change_count();
	int64_t		probe_ms = monotonic_ms() + PROBE_MS;

	while (!atomic_load(&stopping) && changes == server_change_count())
	{
		struct pollfd p = {.fd = PQsocket(conn), .events = POLLIN};

		poll(&p, 1, WAIT_MS);
		if (!take_notices(conn))
			return;
		if (monotonic_ms() >= probe_ms)
		{
			if (!is_alive(conn))
				return;
			probe_ms = monotonic_ms() + PROBE_MS;
		}
		log_flush();
	}
}

/* listener_thread listens until the end; after each pause the streams begin anew, because they may have missed something. */
static void *
listener_thread(void *unused)
{
	(void) unused;
	while (!atomic_load(&stopping))
	{
		PGconn	   *conn = connect_listener();

		log_flush();
		if (conn == NULL)
		{
			usleep(RETRY_MS * 1000);
			continue;
		}
		event_hubs_interrupt();
		listen_until_lost(conn);
		PQfinish(conn);
	}
	return NULL;
}

void
event_listener_start(void)
{
	is_started = pthread_create(&thread, NULL, listener_thread, NULL) == 0;
}

void
event_listener_stop(void)
{
	struct timespec end;

	atomic_store(&stopping, true);
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += JOIN_S;
	if (is_started)
		pthread_timedjoin_np(thread, NULL, &end);
}
