/*
 * work.h
 *		Work on audio files that were uploaded: threads that scan and analyse them,
 *		and one that claims what is due and reports what came of it.
 *
 * That one has a connection of its own; nobody else of the program waits for
 * any of it. What is under way is bounded by ANALYSIS_WORKERS.
 */
#ifndef VEZA_WORK_H
#define VEZA_WORK_H

/* Starts the threads, unless there is to be none. */
extern void work_start(void);

/* Ends what is under way, gives back its leases, and waits a few seconds for that. */
extern void work_stop(void);

#endif							/* VEZA_WORK_H */
