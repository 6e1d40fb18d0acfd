/*
 * job.h
 *		One statement of a route with its values, and what becomes of it. Belongs to
 *		one loop, and is touched by its thread alone.
 */
#ifndef VEZA_JOB_H
#define VEZA_JOB_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "../routes/route.h"

#define JOB_VALUES_MAX (CALLER_VALUES + ROUTE_ARGUMENTS_MAX)

typedef struct Job Job;
typedef struct Lanes Lanes;

typedef enum JobEnd
{
	JOB_ANSWERED,				/* result holds what PostgreSQL said, errors included */
	JOB_LOST,					/* the connection broke; a write may or may not have happened */
	JOB_UNAVAILABLE				/* it was never sent: no connection */
} JobEnd;

/* One statement. Made by job_new, given to lanes_submit, freed by job_free. */
struct Job
{
	Generation *generation;		/* referenced */
	const Route *route;
	char	   *values[JOB_VALUES_MAX];	/* malloc'd; NULL is SQL NULL */
	int			nvalues;
	void		(*done) (Job *job, JobEnd end);	/* called once, in the loop's thread */
	void	   *owner;			/* NULL: nobody wants the answer any more */
	PGresult   *result;

	/* private to this room */
	Job		   *next;
	void	   *connection;		/* while it is under way */
	int64_t		sent_us;
	int64_t		not_before_ms;	/* a retry waits until then */
	int			retries;
	bool		is_alone;		/* needs a Sync of its own */
	bool		is_cancelled;
	bool		cancel_sent;
};

/* A job without values, which holds a reference to the generation; freeing it gives that back. Never NULL. */
extern Job *job_new(Generation *generation, const Route *route);
extern void job_free(Job *job);

#endif							/* VEZA_JOB_H */
