/*
 * pipeline.c
 *		What goes over a connection, and what comes back (see pipeline.h).
 */
#include "pipeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/log.h"
#include "../base/metrics.h"
#include "../database/server.h"
#include "../database/sqlstate.h"

#define RETRIES_MAX 3

/* push_entry appends an entry to the ring; connection_has_room has kept room for all that a job needs. */
static void
push_entry(Connection *c, EntryKind kind, Job *job, int route)
{
	if (c->count == CONNECTION_RING)
		abort();				/* better no process than one that writes over its memory */
	c->ring[(c->first + c->count++) % CONNECTION_RING] = (Entry)
	{
		kind, job, route
	};
}

/* send_sync ends the present transaction with a Sync; libpq 15 flushes with it. */
static bool
send_sync(Connection *c)
{
	c->unsynced = 0;
	if (!PQpipelineSync(c->pg))
		return false;
	push_entry(c, ENTRY_SYNC, NULL, 0);
	return connection_flush_socket(c);
}

/* forget_prepared starts a new generation on the connection. */
static bool
forget_prepared(Connection *c, const Generation *g)
{
	if (c->unsynced > 0 && !send_sync(c))
		return false;
	if (c->generation >= 0)
	{
		if (!PQsendQueryParams(c->pg, "deallocate all", 0, NULL, NULL, NULL, NULL, 0))
			return false;
		push_entry(c, ENTRY_DEALLOCATE, NULL, 0);
		if (!send_sync(c))
			return false;
	}
	c->generation = generation_number(g);
	if (c->nprepared < generation_nroutes(g) + 1)
	{
		c->nprepared = generation_nroutes(g) + 64;
		c->prepared = realloc(c->prepared, (size_t) c->nprepared);
		if (c->prepared == NULL)
			abort();
	}
	memset(c->prepared, 0, (size_t) c->nprepared);
	return true;
}

/* prepare_statement makes the route's statement known to the connection. */
static bool
prepare_statement(Connection *c, const Job *job)
{
	const Route *route = job->route;
	char		name[32];

	if (c->generation != generation_number(job->generation) && !forget_prepared(c, job->generation))
		return false;
	if (route->number >= c->nprepared)
		return false;
	if (c->prepared[route->number])
		return true;
	if (c->unsynced > 0 && !send_sync(c))
		return false;
	snprintf(name, sizeof(name), "r%d", route->number);
	if (!PQsendPrepare(c->pg, name, route->statement, 0, NULL))
		return false;
	push_entry(c, ENTRY_PREPARE, NULL, route->number);
	c->prepared[route->number] = 1;
	return send_sync(c);
}

bool
pipeline_send(Connection *c, Job *job)
{
	char		name[32];
	bool		is_read = c->lane == LANE_READS;
	bool		ok;

	ok = prepare_statement(c, job);
	if (ok && is_read && job->is_alone && c->unsynced > 0)
		ok = send_sync(c);
	if (ok)
	{
		snprintf(name, sizeof(name), "r%d", job->route->number);
		job->sent_us = monotonic_us();
		ok = PQsendQueryPrepared(c->pg, name, job->nvalues, (const char *const *) job->values, NULL, NULL, 0);
	}
	job->connection = c;
	push_entry(c, ENTRY_JOB, job, 0);
	c->running++;
	c->unsynced++;
	if (ok && (!is_read || job->is_alone))
		ok = send_sync(c);
	return ok;
}

bool
pipeline_flush(Connection *c)
{
	return c->state != CONNECTION_UP || c->unsynced == 0 || send_sync(c);
}

Job *
pipeline_running(const Connection *c)
{
	for (unsigned int i = 0; i < c->count; i++)
	{
		const Entry *e = &c->ring[(c->first + i) % CONNECTION_RING];

		if (e->kind == ENTRY_JOB)
			return e->job;
	}
	return NULL;
}

/* sqlstate_of returns the result's SQLSTATE, or "". */
static const char *
sqlstate_of(const PGresult *result)
{
	const char *s = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;

	return s ? s : "";
}

/* is_conflict: serialization failure and deadlock; nothing of the transaction is left. */
static bool
is_conflict(const PGresult *result)
{
	return strcmp(sqlstate_of(result), "40001") == 0 || strcmp(sqlstate_of(result), "40P01") == 0;
}

/* judge_connection notes what a result says about the connection over which it came. */
static void
judge_connection(Connection *c, const PGresult *result)
{
	SqlstateVerdict verdict = sqlstate_verdict(sqlstate_of(result));

	if (verdict == SQLSTATE_STATEMENT)
		return;
	c->is_unfit = true;
	if (verdict == SQLSTATE_SERVER)
		server_report_read_only();
}

/*
 * must_retry says whether the job should be sent again: a read that was the
 * victim of a neighbour's failure or cancellation, a conflict in a lane whose
 * statement is one transaction. Procedures commit on the way and are not
 * repeated.
 */
static bool
must_retry(const Connection *c, const Job *job, const PGresult *result)
{
	ExecStatusType status = result ? PQresultStatus(result) : PGRES_FATAL_ERROR;

	if (job->is_cancelled || job->owner == NULL || job->retries >= RETRIES_MAX)
		return false;
	if (status == PGRES_PIPELINE_ABORTED)
		return true;
	/* Another server, or the same one over another connection, may do better. */
	if (c->is_unfit && c->lane == LANE_READS && job->retries == 0 && sqlstate_verdict(sqlstate_of(result)) != SQLSTATE_STATEMENT)
		return true;
	/* PostgreSQL signals a cancelled backend twice: the second signal may hit the statement behind. */
	if (c->lane == LANE_READS && (c->cancel != NULL || job->sent_us < c->cancelled_us) &&
		strcmp(sqlstate_of(result), "57014") == 0)
		return true;
	return c->lane != LANE_WAIT && is_conflict(result);
}

/* retry_job sends a job again: a victim at once and alone, a conflict after a moment. */
static void
retry_job(Connection *c, Job *job, bool is_victim)
{
	metrics_count(COUNTER_RETRIED);
	job->retries++;
	job->is_alone = true;
	job->connection = NULL;
	if (is_victim)
		c->calls->again(c->lanes, job);
	else
		c->calls->again_later(c->lanes, job, monotonic_ms() + 5 * job->retries + rand() % 20);
}

/* job_result takes a job's last result; writes wait for their Sync before they are done. */
static void
job_result(Connection *c, Job *job, PGresult *result)
{
	bool		is_victim = !is_conflict(result);
	bool		again;

	judge_connection(c, result);
	again = must_retry(c, job, result);
	c->running--;
	if (again)
	{
		PQclear(result);
		retry_job(c, job, is_victim);
		return;
	}
	job->result = result;
	if (c->lane == LANE_READS)
		c->calls->finish(c->lanes, job, JOB_ANSWERED);
	else
	{
		c->running++;
		c->unconfirmed = job;
	}
}

/* sync_result confirms the job before the Sync, or replaces its result by a late error. */
static void
sync_result(Connection *c, PGresult *late_error)
{
	Job		   *job = c->unconfirmed;

	c->unconfirmed = NULL;
	if (job == NULL)
	{
		PQclear(late_error);
		return;
	}
	c->running--;
	if (late_error != NULL)
	{
		judge_connection(c, late_error);
		PQclear(job->result);
		job->result = late_error;
	}
	c->calls->finish(c->lanes, job, JOB_ANSWERED);
}

/* preparation_result looks whether a statement could be prepared. */
static void
preparation_result(Connection *c, const Entry *entry, PGresult *result)
{
	if (result == NULL || PQresultStatus(result) != PGRES_COMMAND_OK)
	{
		if (entry->kind == ENTRY_PREPARE && entry->route < c->nprepared)
			c->prepared[entry->route] = 0;
		log_line(LOG_ERROR, "a statement could not be prepared",
				 "error", result ? PQresultErrorMessage(result) : "no result", NULL);
	}
	PQclear(result);
}

void
pipeline_results(Connection *c)
{
	while (c->state == CONNECTION_UP && c->count > 0 && !PQisBusy(c->pg))
	{
		PGresult   *result = PQgetResult(c->pg);
		Entry		entry = c->ring[c->first];

		if (result == NULL && PQstatus(c->pg) == CONNECTION_BAD)
			return;
		if (entry.kind == ENTRY_SYNC)
		{
			if (result == NULL)
				continue;
			if (PQresultStatus(result) != PGRES_PIPELINE_SYNC)
			{
				PQclear(c->result);
				c->result = result;	/* an error at commit: a deferred constraint */
				continue;
			}
			PQclear(result);
		}
		else if (result != NULL)
		{
			PQclear(c->result);
			c->result = result;
			continue;
		}
		result = c->result;
		c->result = NULL;
		c->first = (c->first + 1) % CONNECTION_RING;
		c->count--;
		switch (entry.kind)
		{
			case ENTRY_JOB:
				job_result(c, entry.job, result);
				break;
			case ENTRY_SYNC:
				sync_result(c, result);
				break;
			case ENTRY_PREPARE:
			case ENTRY_DEALLOCATE:
				preparation_result(c, &entry, result);
				break;
		}
	}
}
