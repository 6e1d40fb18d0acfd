/*
 * cancel.c
 *		Cancelling statements without stopping a loop (see cancel.h).
 */
#include "cancel.h"

#include <pthread.h>
#include <stdlib.h>

#include "log.h"

typedef struct Order
{
	PGcancel   *cancel;
	atomic_bool *done;
	struct Order *next;
} Order;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static Order *head;
static Order **tail = &head;

/* work carries out orders for ever. */
static void *
work(void *unused)
{
	char		error[256];

	(void) unused;
	for (;;)
	{
		Order	   *order;

		pthread_mutex_lock(&lock);
		while (head == NULL)
			pthread_cond_wait(&wake, &lock);
		order = head;
		if ((head = order->next) == NULL)
			tail = &head;
		pthread_mutex_unlock(&lock);

		if (!PQcancel(order->cancel, error, sizeof(error)))
			log_line(LOG_WARN, "could not cancel a statement", "error", error, NULL);
		PQfreeCancel(order->cancel);
		atomic_store(order->done, true);
		free(order);
		log_flush();
	}
	return NULL;
}

void
cancel_init(void)
{
	pthread_t	thread;

	if (pthread_create(&thread, NULL, work, NULL) != 0)
		abort();
	pthread_detach(thread);
}

void
cancel_submit(PGcancel *cancel, atomic_bool *done)
{
	Order	   *order = calloc(1, sizeof(*order));

	if (order == NULL || cancel == NULL)
	{
		free(order);
		PQfreeCancel(cancel);
		atomic_store(done, true);
		return;
	}
	order->cancel = cancel;
	order->done = done;
	pthread_mutex_lock(&lock);
	*tail = order;
	tail = &order->next;
	pthread_cond_signal(&wake);
	pthread_mutex_unlock(&lock);
}
