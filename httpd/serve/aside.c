/*
 * aside.c
 *		Work that would hold up a loop, in a thread of its own (see aside.h).
 */
#include <pthread.h>
#include <stdlib.h>

#include "aside.h"

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
	mailbox_post(&order->loop->mailbox, work_done, order);
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

		mailbox_post(&order->loop->mailbox, work_done, order);
		order = next;
	}
	return NULL;
}

/* join puts an order among those that wait for the work, and starts its thread unless it runs; false when that fails. */
static bool
join(SharedWork *shared, AsideOrder *order)
{
	pthread_t	thread;
	bool		is_running;

	pthread_mutex_lock(&shared->lock);
	if (!shared->is_running && pthread_create(&thread, NULL, work_shared, shared) == 0)
	{
		pthread_detach(thread);
		shared->is_running = true;
	}
	if ((is_running = shared->is_running))
	{
		order->next = shared->waiting;
		shared->waiting = order;
	}
	pthread_mutex_unlock(&shared->lock);
	return is_running;
}

void
request_work_shared(Request *r, SharedWork *shared)
{
	AsideOrder *order = calloc(1, sizeof(*order));

	if (order == NULL)
		abort();
	*order = (AsideOrder) {.request = r, .loop = r->loop};
	request_start_work(r);
	if (join(shared, order))
		return;
	free(order);
	request_refuse(r, VZ_E_SERVER_BUSY, NULL);
	request_end_work(r);
}
