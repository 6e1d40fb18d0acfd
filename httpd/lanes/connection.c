/*
 * connection.c
 *		One connection of a lane to PostgreSQL, as a value (see connection.h).
 */
#include "connection.h"

#include <sys/epoll.h>

#include "../database/server.h"

void
connection_init(Connection *c, const LaneCalls *calls, Lanes *lanes, int epoll_fd, Lane lane,
				void (*ready) (Watch *watch, uint32_t events))
{
	c->watch.ready = ready;
	c->calls = calls;
	c->lanes = lanes;
	c->epoll_fd = epoll_fd;
	c->lane = lane;
	c->fd = -1;
	c->generation = -1;
}

bool
connection_is_stale(const Connection *c)
{
	return c->is_unfit || c->changes != server_change_count();
}

bool
connection_has_room(const Connection *c, int depth)
{
	return c->state == CONNECTION_UP && c->cancel == NULL && !connection_is_stale(c) && c->running < depth &&
		c->count <= CONNECTION_RING - 8;
}

void
connection_watch_for(Connection *c, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = c};
	int			fd = PQsocket(c->pg);

	if (fd != c->fd)
	{
		if (c->fd >= 0)
			epoll_ctl(c->epoll_fd, EPOLL_CTL_DEL, c->fd, NULL);
		c->fd = fd;
		c->events = events;
		if (fd >= 0)
			epoll_ctl(c->epoll_fd, EPOLL_CTL_ADD, fd, &ev);
	}
	else if (c->events != events && fd >= 0)
	{
		c->events = events;
		epoll_ctl(c->epoll_fd, EPOLL_CTL_MOD, fd, &ev);
	}
}

bool
connection_flush_socket(Connection *c)
{
	int			rc = PQflush(c->pg);

	if (rc >= 0)
		connection_watch_for(c, EPOLLIN | (rc == 1 ? EPOLLOUT : 0));
	return rc >= 0;
}
