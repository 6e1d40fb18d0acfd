/*
 * refusal_queue.c
 *		Refusals by a rate limit, on their way into the audit log (see refusal_queue.h).
 */
#include "refusal_queue.h"

#include <pthread.h>
#include <stdio.h>

#include "../base/metrics.h"
#include "../wire/forwarded.h"

#define QUEUE_SIZE	256
#define AT_ONCE		16

typedef struct Note
{
	char		address[ADDRESS_SIZE];
	const char *budget;
} Note;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Note queue[QUEUE_SIZE];
static unsigned int first;
static unsigned int count;

void
refusal_queue_put(const char *address, const char *budget)
{
	bool		is_full;

	pthread_mutex_lock(&lock);
	is_full = count == QUEUE_SIZE;
	if (!is_full)
	{
		Note	   *note = &queue[(first + count++) % QUEUE_SIZE];

		snprintf(note->address, sizeof(note->address), "%s", address);
		note->budget = budget;
	}
	pthread_mutex_unlock(&lock);
	if (is_full)
		metrics_count(COUNTER_REFUSALS_DROPPED);
}

/* take_oldest takes the oldest note out of the queue; false when there is none. */
static bool
take_oldest(Note *note)
{
	bool		is_there;

	pthread_mutex_lock(&lock);
	is_there = count > 0;
	if (is_there)
	{
		*note = queue[first];
		first = (first + 1) % QUEUE_SIZE;
		count--;
	}
	pthread_mutex_unlock(&lock);
	return is_there;
}

void
refusal_queue_drain(bool (*record) (const char *address, const char *budget))
{
	Note		note;

	for (int i = 0; i < AT_ONCE && take_oldest(&note); i++)
		if (!record(note.address, note.budget))
		{
			metrics_count(COUNTER_REFUSALS_DROPPED);
			return;
		}
}
