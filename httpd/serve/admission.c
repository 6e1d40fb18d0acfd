/*
 * admission.c
 *		Asking the database before a file comes (see admission.h).
 *
 * The statement is one of the route's generation and goes the way of all others.
 * The time that it takes is not the sender's.
 */
#include "admission.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../answers/result.h"
#include "caller.h"

/* admission_done is called when the answer is there, or will never be. */
static void
admission_done(Job *job, JobEnd end)
{
	Request    *r = job->owner;

	if (r != NULL)
	{
		Reader		reader = request_reader(r);

		r->job = NULL;
		r->held_ms += r->loop->now_ms - r->held_since_ms;
		if (end != JOB_ANSWERED)
			request_refuse(r, VZ_E_DATABASE_UNAVAILABLE, NULL);
		else
		{
			Reply		reply = reply_result(job->route, job->result, &reader);

			if (reply.code != NULL)
				request_reply(r, reply);
			else
			{
				reply_free(&reply);
				r->admission = ADMISSION_GIVEN;
			}
		}
		request_end_work(r);
	}
	job_free(job);
}

void
admission_ask(Request *r, const HttpHead *head, int64_t size)
{
	Job		   *job = job_new(r->generation, r->route->admission);
	char		number[24];

	caller_add(job, r, head);
	snprintf(number, sizeof(number), "%lld", (long long) size);
	job->values[job->nvalues++] = size >= 0 ? strdup(number) : NULL;
	job->done = admission_done;
	job->owner = r;
	r->job = job;
	r->admission = ADMISSION_ASKED;
	r->held_since_ms = r->loop->now_ms;
	request_start_work(r);
	if (!lanes_submit(r->loop->lanes, job))
	{
		r->job = NULL;
		job_free(job);
		request_refuse(r, VZ_E_SERVER_BUSY, json_pack("{s:s}", "lane", lane_name(r->route->lane)));
		request_end_work(r);
	}
}
