/*
 * disk.c
 *		Threads that touch the disk, so that loops do not (see disk.h).
 */
#include "disk.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../base/log.h"

#define WRITERS_NICE 10		/* of this thread alone, as Linux has it */
#define SLOW_MS		2000		/* work that takes longer is told of */

/* Work that waits, oldest first, and who does it. */
typedef struct Pool
{
	const char *name;
	pthread_mutex_t lock;
	pthread_cond_t some;		/* there is work */
	DiskWork   *first;
	DiskWork  **end;
	int			nwaiting;
} Pool;

static Pool pools[DISK_POOLS] = {
	[DISK_WRITERS] = {.name = "writers", .lock = PTHREAD_MUTEX_INITIALIZER, .some = PTHREAD_COND_INITIALIZER},
	[DISK_READERS] = {.name = "readers", .lock = PTHREAD_MUTEX_INITIALIZER, .some = PTHREAD_COND_INITIALIZER},
};

/* take_work waits for work and takes the oldest. */
static DiskWork *
take_work(Pool *pool)
{
	DiskWork   *work;

	pthread_mutex_lock(&pool->lock);
	while ((work = pool->first) == NULL)
		pthread_cond_wait(&pool->some, &pool->lock);
	if ((pool->first = work->next) == NULL)
		pool->end = &pool->first;
	pool->nwaiting--;
	pthread_mutex_unlock(&pool->lock);
	return work;
}

/* tell_slow logs that the disk took its time. */
static void
tell_slow(const Pool *pool, int64_t took_ms)
{
	char		ms[24];

	if (took_ms < SLOW_MS)
		return;
	snprintf(ms, sizeof(ms), "%lld", (long long) took_ms);
	log_line(LOG_WARN, "the disk of UPLOAD_DIR is slow", "pool", pool->name, "#ms", ms, NULL);
}

/* serve is a thread of a pool; writers, who also hash, leave the processor to the loops where both want it. */
static void *
serve(void *argument)
{
	Pool	   *pool = argument;

	if (pool == &pools[DISK_WRITERS])
		(void) setpriority(PRIO_PROCESS, (id_t) gettid(), WRITERS_NICE);
	for (;;)
	{
		DiskWork   *work = take_work(pool);
		int64_t		since_ms = monotonic_ms();

		work->work(work);
		tell_slow(pool, monotonic_ms() - since_ms);
		log_flush();
		mailbox_post(work->home, work->done, work);
	}
	return NULL;
}

void
disk_start(void)
{
	pthread_t	thread;

	for (int i = 0; i < DISK_POOLS; i++)
	{
		pools[i].end = &pools[i].first;
		for (int n = 0; n < DISK_THREADS; n++)
		{
			if (pthread_create(&thread, NULL, serve, &pools[i]) != 0)
				abort();
			pthread_detach(thread);
		}
	}
}

bool
disk_is_full(DiskPool pool)
{
	Pool	   *p = &pools[pool];
	bool		is_full;

	pthread_mutex_lock(&p->lock);
	is_full = p->nwaiting >= DISK_WAITING_MAX;
	pthread_mutex_unlock(&p->lock);
	return is_full;
}

void
disk_give(DiskPool pool, DiskWork *work)
{
	Pool	   *p = &pools[pool];

	work->next = NULL;
	pthread_mutex_lock(&p->lock);
	*p->end = work;
	p->end = &work->next;
	p->nwaiting++;
	pthread_cond_signal(&p->some);
	pthread_mutex_unlock(&p->lock);
}
