/*
 * side_thread.h
 *		A thread of the relay's beside its loop, with a connection of its own, so
 *		that what is slow there delays no payment: mails, timed jobs, the stream
 *		server. Started and stopped by the main thread.
 */
#ifndef VEZA_SIDE_THREAD_H
#define VEZA_SIDE_THREAD_H

#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct SideThread
{
	const char *name;			/* what its connection is for, in the log */
	bool		(*work) (PGconn *conn);	/* does a piece; true when there is more */
	int64_t		(*interval_ms) (void);	/* between two pieces */
	pthread_t	thread;
	atomic_bool stopping;
} SideThread;

/* Starts it; ends it after the piece that it is at. */
extern void side_thread_start(SideThread *side);
extern void side_thread_stop(SideThread *side);

#endif							/* VEZA_SIDE_THREAD_H */
