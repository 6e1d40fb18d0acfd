/*
 * jobs.h
 *		The thread that calls veza.run_due_jobs() at its interval. Started and
 *		stopped by the main thread.
 */
#ifndef VEZA_JOBS_H
#define VEZA_JOBS_H

/* Starts the thread, aborts when that fails; stops it and waits until its present run is over. */
extern void jobs_start(void);
extern void jobs_stop(void);

#endif							/* VEZA_JOBS_H */
