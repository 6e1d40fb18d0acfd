/*
 * job.c
 *		One statement with its values (see job.h).
 */
#include "job.h"

#include <stdlib.h>

Job *
job_new(Generation *generation, const Route *route)
{
	Job		   *job = calloc(1, sizeof(*job));

	if (job == NULL)
		abort();
	job->generation = generation_ref(generation);
	job->route = route;
	return job;
}

void
job_free(Job *job)
{
	for (int i = 0; i < job->nvalues; i++)
		free(job->values[i]);
	PQclear(job->result);
	generation_unref(job->generation);
	free(job);
}
