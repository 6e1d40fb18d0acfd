/*
 * connection.h
 *		One connection of a lane to PostgreSQL, as a value: pipeline.c sends over
 *		it, connection_life.c makes and ends it. In its loop's thread alone.
 *
 * All connections are in pipeline mode. What a connection has been sent is
 * kept in a ring of entries, in order: jobs, preparations and Syncs; results
 * arrive in the same order. A job is prepared once per connection and route
 * generation.
 */
#ifndef VEZA_CONNECTION_H
#define VEZA_CONNECTION_H

#include "../base/watch.h"
#include "cancel.h"
#include "job.h"

#define CONNECTION_RING 256		/* more than a full pipeline of unprepared reads needs */

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

/* What a connection asks of the lanes that it serves. */
typedef struct LaneCalls
{
	void		(*finish) (Lanes *lanes, Job *job, JobEnd end);
	void		(*again) (Lanes *lanes, Job *job);
	void		(*again_later) (Lanes *lanes, Job *job, int64_t at_ms);
	void		(*drain) (Lanes *lanes, Lane lane);	/* it may have room */
	void		(*up) (Lanes *lanes, Lane lane);
	void		(*down) (Lanes *lanes, Lane lane);
	bool		(*is_up) (const Lanes *lanes, Lane lane);	/* by another connection */
	void		(*fail) (Lanes *lanes, Lane lane);	/* no connection is left for what waits */
} LaneCalls;

typedef struct Connection
{
	Watch		watch;
	const LaneCalls *calls;
	Lanes	   *lanes;
	int			epoll_fd;		/* the loop's */
	Lane		lane;
	ConnectionState state;
	PGconn	   *pg;
	int			fd;				/* as registered with epoll, or -1 */
	uint32_t	events;
	int64_t		retry_at_ms;
	int64_t		give_up_at_ms;
	int			backoff_ms;
	int64_t		up_ms;			/* since when it is up */
	bool		is_closing;

	Entry		ring[CONNECTION_RING];
	unsigned int first;
	unsigned int count;
	int			running;		/* jobs sent and not yet done */
	int			unsynced;		/* jobs since the last Sync */
	Job		   *unconfirmed;	/* answered, but its Sync is still to come */
	PGresult   *result;			/* of the first entry, so far */

	int			generation;		/* the one that prepared belongs to */
	unsigned char *prepared;	/* by route number */
	int			nprepared;

	bool		is_unfit;		/* takes no new job, and is made anew as soon as what it carries is answered */
	unsigned int returns;		/* of the server, that it knows of */
	unsigned int changes;		/* of the server, when it was made */

	Cancel	   *cancel;			/* takes no new job until this order is carried out */
	int64_t		cancel_until_ms;
	int64_t		cancelled_us;	/* when the last order was carried out: what was sent before may be hit by it */
} Connection;

/* Prepares a connection that is not made yet; ready is called when its socket is. */
extern void connection_init(Connection *c, const LaneCalls *calls, Lanes *lanes, int epoll_fd, Lane lane,
							void (*ready) (Watch *watch, uint32_t events));

/* Does it lead to the wrong server, perhaps, or is it of no use for another reason? */
extern bool connection_is_stale(const Connection *c);

/* Is it up, and free to take another job in a lane of this depth? */
extern bool connection_has_room(const Connection *c, int depth);

/* Waits for the events on the connection's socket. */
extern void connection_watch_for(Connection *c, uint32_t events);

/* Sends what libpq holds, and asks for write readiness if it could not; false when it is broken. */
extern bool connection_flush_socket(Connection *c);

#endif							/* VEZA_CONNECTION_H */
