/*
 * connection_life.h
 *		The life of a connection to PostgreSQL: it is made, made again, and ended;
 *		what runs over it is cancelled. In its loop's thread, by epoll and the ticks
 *		of the lanes.
 */
#ifndef VEZA_CONNECTION_LIFE_H
#define VEZA_CONNECTION_LIFE_H

#include "connection.h"

/* What epoll calls: goes on connecting, or hands out the results that have come. */
extern void connection_handle_events(Watch *watch, uint32_t events);

/* Connects again when it is time, and cancels the running job if it should be. */
extern void connection_tick(Connection *c, int64_t now_ms);

/* Ends the connection for good; what it carries fails as on a broken one. */
extern void connection_close(Connection *c);

/* Ends a broken connection, fails what it carried, and plans the next attempt. */
extern void connection_take_down(Connection *c);

#endif							/* VEZA_CONNECTION_LIFE_H */
