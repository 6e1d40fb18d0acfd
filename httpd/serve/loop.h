/*
 * loop.h
 *		An event loop as a value: one thread with its own HTTP daemon, its own
 *		connections to PostgreSQL, and nothing shared with the others. Its thread
 *		alone touches it, but for the mailbox. loops.c runs it.
 */
#ifndef VEZA_LOOP_H
#define VEZA_LOOP_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

#include "../base/mailbox.h"
#include "../events/event_hub.h"
#include "../lanes/lane.h"
#include "../limits/redis.h"
#include "../routes/route.h"

typedef struct Loop Loop;
typedef struct Request Request;
typedef struct Client Client;

struct Loop
{
	int			number;
	int			epoll_fd;
	Mailbox		mailbox;		/* for what other threads have this one do */
	EventHub   *hub;			/* streams of events of its clients */
	struct MHD_Daemon *daemon;
	Lanes	   *lanes;
	RedisLink  *redis;			/* NULL: not used */
	Generation *generation;		/* referenced */
	Client	   *clients;
	Request    *requests;		/* being worked on */
	int64_t		now_ms;			/* of this turn */
	bool		is_draining;
};

#endif							/* VEZA_LOOP_H */
