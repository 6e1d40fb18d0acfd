/*
 * lane.h
 *		Statements on their way to PostgreSQL and back: a job goes in, and comes
 *		back through its end with a result. All in the thread of the loop whose
 *		lanes they are.
 *
 * Each loop has its own connections, in named groups called lanes. The reads
 * lane is pipelined: all reads of a loop turn share one Sync, and when one of
 * them fails, its untouched neighbours are sent again alone. In the other lanes
 * a connection carries one statement at a time, which is one transaction.
 * Queues are bounded; a full lane refuses at once.
 */
#ifndef VEZA_LANE_H
#define VEZA_LANE_H

#include <stdbool.h>
#include <stdint.h>

#include "job.h"


/* Connects as the configuration says; epoll_fd is the loop's. */
extern Lanes *lanes_new(int epoll_fd);

/* Takes the job over, or returns false: the lane is full. */
extern bool lanes_submit(Lanes *lanes, Job *job);

/* Has the lane a connection? */
extern bool lanes_is_up(const Lanes *lanes, Lane lane);

/* Has every lane of every loop a connection? From any thread. */
extern bool lanes_all_up(void);

/*
 * Cancels a job: taken out of the queue when it waits (done is not called and
 * false is returned), cancelled in PostgreSQL when it is under way.
 */
extern bool lanes_cancel(Lanes *lanes, Job *job);

/* Sends what this turn has collected. */
extern void lanes_flush(Lanes *lanes);

/* Connects again, retries and cancels what is due; call at least every 50 ms while jobs are under way. */
extern void lanes_tick(Lanes *lanes, int64_t now_ms);

/* Jobs that are queued or under way. */
extern int	lanes_busy(const Lanes *lanes);

/* Closes the connections; what they carry fails as JOB_LOST. */
extern void lanes_close(Lanes *lanes);

#endif							/* VEZA_LANE_H */
