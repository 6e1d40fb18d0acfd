/*
 * side_thread.c
 *		A thread of the relay's beside its loop (see side_thread.h).
 */
#include "side_thread.h"

#include <stdlib.h>
#include <unistd.h>

#include "../base/log.h"
#include "../base/watch.h"
#include "database.h"

#define LOOK_US 10000			/* so often a thread that waits looks whether to end */

/* next_turn returns when to work again; after failures to connect, later and later. */
static int64_t
next_turn(const SideThread *side, bool has_more, int failures)
{
	int64_t		wait_ms = has_more ? 0 : side->interval_ms();

	if (failures > 0 && wait_ms < database_pause_ms(failures))
		wait_ms = database_pause_ms(failures);
	return monotonic_ms() + wait_ms;
}

/* run_side is the thread. */
static void *
run_side(void *argument)
{
	SideThread *side = argument;
	PGconn	   *conn = NULL;
	int64_t		next_ms = 0;
	int			failures = 0;

	while (!atomic_load(&side->stopping))
	{
		bool		has_more = false;

		if (monotonic_ms() < next_ms)
		{
			usleep(LOOK_US);
			continue;
		}
		if (conn == NULL)
			conn = database_connect(side->name);
		if (conn != NULL)
			has_more = side->work(conn);
		if (conn != NULL && PQstatus(conn) != CONNECTION_OK)
		{
			PQfinish(conn);
			conn = NULL;
		}
		failures = conn != NULL ? 0 : failures + 1;
		next_ms = next_turn(side, has_more && conn != NULL, failures);
		log_flush();
	}
	PQfinish(conn);
	return NULL;
}

void
side_thread_start(SideThread *side)
{
	if (pthread_create(&side->thread, NULL, run_side, side) != 0)
		abort();
}

void
side_thread_stop(SideThread *side)
{
	atomic_store(&side->stopping, true);
	pthread_join(side->thread, NULL);
}
