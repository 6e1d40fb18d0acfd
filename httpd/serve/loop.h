/*
 * loop.h
 *		An event loop as a value: one thread with its own HTTP daemon, its own
 *		connections to PostgreSQL, and nothing shared with the others. Its thread
 *		alone touches it, but for the mailbox. loops.c runs it.
 */
#ifndef VEZA_LOOP_H
#define VEZA_LOOP_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "../base/watch.h"
#include "../lanes/lane.h"
#include "../limits/redis.h"
#include "../routes/route.h"

typedef struct Loop Loop;
typedef struct Request Request;
typedef struct Client Client;
typedef struct Mail Mail;

/* What other threads have posted. */
typedef struct Mailbox
{
	Watch		watch;
	Loop	   *loop;
	int			fd;				/* eventfd: something was posted */
	pthread_mutex_t lock;
	Mail	   *mail;
} Mailbox;

struct Loop
{
	int			number;
	int			epoll_fd;
	Mailbox		mailbox;
	struct MHD_Daemon *daemon;
	Lanes	   *lanes;
	RedisLink  *redis;			/* NULL: not used */
	Generation *generation;		/* referenced */
	Client	   *clients;
	Request    *requests;		/* being worked on */
	int64_t		now_ms;			/* of this turn */
	bool		is_draining;
};

/* Makes the mailbox; has the loop's thread, once it has its epoll set, look into it. */
extern void loop_init_mail(Loop *loop);
extern void loop_watch_mail(Loop *loop);

/* Runs the function in the loop's thread, soon; from any thread. */
extern void loop_post(Loop *loop, void (*function) (void *), void *argument);

#endif							/* VEZA_LOOP_H */
