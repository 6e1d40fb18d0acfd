/*
 * pipeline.h
 *		What goes over a connection, and what comes back, in order.
 */
#ifndef VEZA_PIPELINE_H
#define VEZA_PIPELINE_H

#include "connection.h"

/* Sends a job; a connection that fails is taken down, which ends the job. */
extern void pipeline_send(Connection *c, Job *job);

/* Ends the batch of reads that this turn has collected. */
extern void pipeline_flush(Connection *c);

/* Hands out the results that have arrived. */
extern void pipeline_results(Connection *c);

/* The job that the server is working on, or NULL. */
extern Job *pipeline_running(const Connection *c);

#endif							/* VEZA_PIPELINE_H */
