/*
 * stream_jobs.h
 *		The thread that tells the stream server of tracks that are ready: it claims
 *		such effects, posts them and reports. Started and stopped by the main thread.
 */
#ifndef VEZA_STREAM_JOBS_H
#define VEZA_STREAM_JOBS_H

/* Starts the thread; relay_name is under which name it claims effects, and must stay. */
extern void stream_jobs_start(const char *relay_name);

/* Ends the thread after the call that is under way. */
extern void stream_jobs_stop(void);

#endif							/* VEZA_STREAM_JOBS_H */
