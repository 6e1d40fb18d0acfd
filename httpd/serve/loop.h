/*
 * loop.h
 *		An event loop: one thread with its own HTTP daemon, its own connections
 *		to PostgreSQL, and nothing shared with the others.
 */
#ifndef VEZA_LOOP_H
#define VEZA_LOOP_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

#include "../base/watch.h"
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
	int			mail_fd;		/* eventfd: something was posted */
	struct MHD_Daemon *daemon;
	Lanes	   *lanes;
	RedisLink  *redis;			/* NULL: not used */
	Generation *generation;		/* referenced */
	Client	   *clients;
	Request    *requests;		/* being worked on */
	int64_t		now_ms;			/* of this turn */
	bool		is_draining;
};

/* Starts the loops; false when a port cannot be opened or no connection can be made. */
extern bool loops_start(void);

/* Lets running requests finish, within SHUTDOWN_TIMEOUT, and ends the loops. */
extern void loops_stop(void);

/* Runs the function in the loop's thread, soon; from any thread. */
extern void loop_post(Loop *loop, void (*function) (void *), void *argument);

#endif							/* VEZA_LOOP_H */
