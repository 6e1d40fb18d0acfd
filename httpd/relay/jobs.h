/*
 * jobs.h
 *		The thread that calls veza.run_due_jobs().
 */
#ifndef VEZA_JOBS_H
#define VEZA_JOBS_H

extern void jobs_start(void);
extern void jobs_stop(void);

#endif							/* VEZA_JOBS_H */
