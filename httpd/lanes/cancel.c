/*
 * cancel.c
 *		Cancelling statements without stopping a loop (see cancel.h).
 *
 * Threads are made as they are needed, up to a number: some may wait for a
 * server that never answers, and the next order must not wait behind them.
 * What nobody waits for any more when its turn comes is not sent.
 */
#include "cancel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "../base/log.h"

#define THREADS_MAX 16

struct Cancel
{
	PGcancel   *pg;
	atomic_int	references;		/* of who asked, and of who carries it out */
	atomic_bool is_done;
	Cancel	   *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static Cancel *head;
static Cancel **tail = &head;
static int	nwaiting;			/* orders */
static int	nidle;				/* threads that wait for one */
static int	nthreads;

/* unref_order gives one reference back. */
static void
unref_order(Cancel *cancel)
{
	if (atomic_fetch_sub(&cancel->references, 1) == 1)
	{
		PQfreeCancel(cancel->pg);
		free(cancel);
	}
}

/* next_order waits for an order and takes it. */
static Cancel *
next_order(void)
{
	Cancel	   *cancel;

	pthread_mutex_lock(&lock);
	nidle++;
	while (head == NULL)
		pthread_cond_wait(&wake, &lock);
	nidle--;
	nwaiting--;
	cancel = head;
	if ((head = cancel->next) == NULL)
		tail = &head;
	pthread_mutex_unlock(&lock);
	return cancel;
}

/* cancel_thread carries out orders for ever. */
static void *
cancel_thread(void *unused)
{
	char		error[256];

	(void) unused;
	for (;;)
	{
		Cancel	   *cancel = next_order();

		if (atomic_load(&cancel->references) > 1 && !PQcancel(cancel->pg, error, sizeof(error)))
			log_line(LOG_WARN, "could not cancel a statement", "error", error, NULL);
		atomic_store(&cancel->is_done, true);
		unref_order(cancel);
		log_flush();
	}
	return NULL;
}

/* has_thread says whether a thread will carry out what waits, and makes one more if none is free; called under the lock. */
static bool
has_thread(void)
{
	pthread_t	thread;

	if (nwaiting <= nidle || nthreads == THREADS_MAX)
		return true;
	if (pthread_create(&thread, NULL, cancel_thread, NULL) == 0)
	{
		pthread_detach(thread);
		nthreads++;
	}
	return nthreads > 0;
}

Cancel *
cancel_begin(PGcancel *pg)
{
	Cancel	   *cancel = calloc(1, sizeof(*cancel));

	if (cancel == NULL)
		abort();
	cancel->pg = pg;
	atomic_store(&cancel->references, 2);
	pthread_mutex_lock(&lock);
	*tail = cancel;
	tail = &cancel->next;
	nwaiting++;
	if (!has_thread())
		log_line(LOG_ERROR, "no thread can be made: a statement is not cancelled", NULL);
	pthread_cond_signal(&wake);
	pthread_mutex_unlock(&lock);
	return cancel;
}

bool
cancel_is_done(const Cancel *cancel)
{
	return atomic_load(&cancel->is_done);
}

void
cancel_end(Cancel *cancel)
{
	unref_order(cancel);
}
