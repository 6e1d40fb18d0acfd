/*
 * aside.c
 *		Work that would hold up a loop, in a thread of its own (see request_state.h).
 */
#include <pthread.h>
#include <stdlib.h>

#include "request_state.h"

typedef struct Order
{
	Request    *request;
	Loop	   *loop;
	void		(*work) (Request *r);
} Order;

/* work_done runs in the loop's thread again. */
static void
work_done(void *argument)
{
	Order	   *order = argument;

	request_end_work(order->request);
	free(order);
}

/* work carries an order out. */
static void *
work(void *argument)
{
	Order	   *order = argument;

	order->work(order->request);
	loop_post(order->loop, work_done, order);
	return NULL;
}

void
request_work_aside(Request *r, void (*what) (Request *r))
{
	Order	   *order = calloc(1, sizeof(*order));
	pthread_t	thread;

	if (order == NULL)
		abort();
	*order = (Order) {.request = r, .loop = r->loop, .work = what};
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
