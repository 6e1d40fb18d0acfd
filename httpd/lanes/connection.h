/*
 * connection.h
 *		One connection of a lane to PostgreSQL; used by lane.c only.
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
#include "lane.h"

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

/* Prepares a connection that is not made yet. */
extern void connection_init(Connection *c, Lanes *lanes, Lane lane);

/* Is it up, and free to take another job in a lane of this depth? */
extern bool connection_has_room(const Connection *c, int depth);

/* Connects again when it is time, and cancels the running job if it should be. */
extern void connection_tick(Connection *c, int64_t now_ms);

/* Ends the connection for good; what it carries fails as on a broken one. */
extern void connection_close(Connection *c);

/* Ends a broken connection, fails what it carried, and plans the next attempt. */
extern void connection_take_down(Connection *c);

/* Sends what libpq holds, and asks for write readiness if it could not; false when it is broken. */
extern bool connection_flush_socket(Connection *c);

/* What a connection asks of its lane; in lane.c. */
extern int	lanes_epoll_fd(const Lanes *lanes);
extern void lane_finish(Lanes *lanes, Job *job, JobEnd end);
extern void lane_again(Lanes *lanes, Job *job);
extern void lane_again_later(Lanes *lanes, Job *job, int64_t at_ms);
extern void lane_drain(Lanes *lanes, Lane lane);
extern void lane_count(Lanes *lanes, Lane lane, int change);	/* of connections that are up */
extern void lane_is_down(Lanes *lanes, Lane lane);

#endif							/* VEZA_CONNECTION_H */
