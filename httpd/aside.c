/*
 * aside.c
 *		Work that would hold up a loop, in a thread of its own (see request_state.h).
 */
#include <pthread.h>
#include <stdlib.h>

#include "request_state.h"

typedef struct AsideOrder
{
	Request    *request;
	Loop	   *loop;
	void		(*work) (Request *r);
	struct AsideOrder *next;	/* that waits for the same shared work */
} AsideOrder;

/* work_done runs in the loop's thread again. */
static void
work_done(void *argument)
{
	AsideOrder *order = argument;

	request_end_work(order->request);
	free(order);
}

/* work carries an order out. */
static void *
work(void *argument)
{
	AsideOrder *order = argument;

	order->work(order->request);
	loop_post(order->loop, work_done, order);
	return NULL;
}

void
request_work_aside(Request *r, void (*what) (Request *r))
{
	AsideOrder *order = calloc(1, sizeof(*order));
	pthread_t	thread;

	if (order == NULL)
		abort();
	*order = (AsideOrder) {.request = r, .loop = r->loop, .work = what};
	if (!r->is_suspended)
		request_start_work(r);
	if (pthread_create(&thread, NULL, work, order) == 0)
	{
		pthread_detach(thread);
		return;
	}
	free(order);
	request_refuse(r, VZ_E_SERVER_BUSY, NULL);
	request_end_work(r);
}

/* work_shared does the work, and lets everybody go on who has come meanwhile. */
static void *
work_shared(void *argument)
{
	SharedWork *shared = argument;
	AsideOrder *order;

	shared->work();
	pthread_mutex_lock(&shared->lock);
	order = shared->waiting;
	shared->waiting = NULL;
	shared->is_running = false;
	pthread_mutex_unlock(&shared->lock);
	while (order != NULL)
	{
		AsideOrder *next = order->next;

		loop_post(order->loop, work_done, order);
		order = next;
	}
	return NULL;
}

/* start_shared starts the thread unless it runs; called under the lock. */
static bool
start_shared(SharedWork *shared)
{
	pthread_t	thread;

	if (shared->is_running)
		return true;
	if (pthread_create(&thread, NULL, work_shared, shared) != 0)
		return false;
	pthread_detach(thread);
	shared->is_running = true;
	return true;
}

void
request_work_shared(Request *r, SharedWork *shared)
{
	AsideOrder *order = calloc(1, sizeof(*order));
	bool		is_started;

	if (order == NULL)
		abort();
	request_start_work(r);
	pthread_mutex_lock(&shared->lock);
	*order = (AsideOrder) {.request = r, .loop = r->loop, .next = shared->waiting};
	if ((is_started = start_shared(shared)))
		shared->waiting = order;
	pthread_mutex_unlock(&shared->lock);
	if (is_started)
		return;
	free(order);
	request_refuse(r, VZ_E_SERVER_BUSY, NULL);
	request_end_work(r);
}
