/*
 * pipeline.h
 *		What goes over a connection, and what comes back, in order: jobs go in,
 *		results go to the lanes. In the loop's thread.
 */
#ifndef VEZA_PIPELINE_H
#define VEZA_PIPELINE_H

#include "connection.h"

/*
 * Puts a job on its way; false when the connection is broken: whoever takes it
 * down ends what it carries, the job with it.
 */
extern bool pipeline_send(Connection *c, Job *job);

/* Ends the batch of reads that this turn has collected; false when the connection is broken. */
extern bool pipeline_flush(Connection *c);

/* Hands out the results that have arrived. */
extern void pipeline_results(Connection *c);

/* The job that the server is working on, or NULL. */
extern Job *pipeline_running(const Connection *c);

#endif							/* VEZA_PIPELINE_H */
