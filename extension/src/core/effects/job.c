/*
 * job.c
 *		veza.run_due_jobs(): everything that time makes happen (see job.h).
 *
 * Called by veza-relay every few seconds; a DBA may schedule it with pg_cron
 * instead. Each transaction of it takes the scheduler's lock; who does not get
 * it leaves the rest to the other scheduler.
 *
 * The job whose turn was longest ago comes first, and its turn is noted before
 * it works: one that runs into the caller's statement timeout every time costs
 * its own turn, and never that of the others.
 */
#include "job.h"

#include "../ground/arguments.h"
#include "../ground/attempt.h"
#include "../ground/clock.h"
#include "../request/flow.h"
#include "../ground/lock.h"
#include "../ground/refusal.h"

#define BUDGET_MS	10000		/* no unit begins later; the rest has its turn in the next call */

static VzStmt note_jobs = VZ_STMT(
	"insert into veza_data.job (name) select unnest($1) on conflict do nothing", TEXTARRAYOID);

static VzStmt list_jobs = VZ_STMT(
	"select array_agg(name order by started_at nulls first, array_position($1, name)) as jobs"
	"  from veza_data.job where name = any ($1)",
	TEXTARRAYOID);

static VzStmt note_start = VZ_STMT(
	"update veza_data.job set started_at = clock_timestamp(), rows = 0 where name = $1", TEXTOID);

static VzStmt note_failure = VZ_STMT(
	"update veza_data.job set failed_at = clock_timestamp(), failure = $2 where name = $1", TEXTOID, TEXTOID);

static VzStmt note_end = VZ_STMT(
	"update veza_data.job set finished_at = clock_timestamp(), rows = $2 where name = $1", TEXTOID, INT8OID);

static VzStmt order_phase = VZ_STMT_NO_ARGS("select veza.job_order() as jobs");
static VzStmt begin_phase = VZ_STMT("select veza.job_begin($1) as units", TEXTOID);
static VzStmt unit_phase = VZ_STMT("select veza.job_unit($1, $2) as rows", TEXTOID, TEXTOID);
static VzStmt end_phase = VZ_STMT("select veza.job_end($1, $2) as ended", TEXTOID, INT8OID);

VZ_FUNCTION(job_order);
VZ_FUNCTION(job_begin);
VZ_FUNCTION(job_unit);
VZ_FUNCTION(job_end);
VZ_FUNCTION(run_due_jobs);

int64
vz_sweep(VzStmt *stmt, const char *setting)
{
	return (int64) vz_execute(stmt, VZ_ARGS(vz_arg_time(vz_time_plus(vz_now(), -vz_setting_int(setting)))));
}

pg_uuid_t
vz_unit_uuid(const char *unit)
{
	return *DatumGetUUIDP(DirectFunctionCall1(uuid_in, CStringGetDatum(unit)));
}

/* lock_scheduler takes the scheduler's lock for this transaction; false when another session has it. */
static bool
lock_scheduler(void)
{
	VzLock		lock = vz_lock(VZ_LOCK_JOBS, 0);

	return vz_lock_try(&lock);
}

/* job_argument returns the job that the first argument names. */
static const VzJob *
job_argument(FunctionCallInfo fcinfo)
{
	char	   *name;

	VZ_REQUIRE_ARGUMENTS("job");
	name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	for (int i = 0; i < vz_njobs; i++)
		if (strcmp(vz_jobs[i].name, name) == 0)
			return &vz_jobs[i];
	vz_raise(vz_field_error(vz_refusal(VZ_E_VALIDATION_ERROR), "job", "is no job"));
}

/* text_array returns texts as an array. */
static Datum
text_array(Datum *texts, int n)
{
	return PointerGetDatum(construct_array(texts, n, TEXTOID, -1, false, TYPALIGN_INT));
}

/*
 * job_order returns the names of all jobs, that whose turn was longest ago
 * first, or NULL while another session runs them.
 */
Datum
job_order(PG_FUNCTION_ARGS)
{
	Datum	   *names = palloc(sizeof(Datum) * vz_njobs);
	bool		isnull;
	Datum		all;
	VzRow		row;

	if (!lock_scheduler())
		PG_RETURN_NULL();
	for (int i = 0; i < vz_njobs; i++)
		names[i] = CStringGetTextDatum(vz_jobs[i].name);
	all = text_array(names, vz_njobs);
	vz_execute(&note_jobs, VZ_ARGS(vz_arg_datum(all, false)));
	vz_query_row(&list_jobs, VZ_ARGS(vz_arg_datum(all, false)), &row);
	return vz_row_datum(&row, "jobs", &isnull);
}

/*
 * job_begin notes that a job has its turn and returns its units that are due,
 * one unit without a name for a job that is a piece; NULL while another
 * session runs jobs.
 */
Datum
job_begin(PG_FUNCTION_ARGS)
{
	const VzJob *job = job_argument(fcinfo);
	Datum		piece = CStringGetTextDatum("");
	Datum	   *units;
	VzRows		due;

	if (!lock_scheduler())
		PG_RETURN_NULL();
	vz_execute(&note_start, VZ_ARGS(vz_arg_text(job->name)));
	if (job->piece != NULL)
		return text_array(&piece, 1);
	due = job->units();
	units = palloc(sizeof(Datum) * (due.n + 1));
	for (uint64 i = 0; i < due.n; i++)
		units[i] = CStringGetTextDatum(vz_row_text(&due.row[i], "unit"));
	return text_array(units, (int) due.n);
}

typedef struct Unit
{
	const VzJob *job;
	const char *name;
	int64		rows;
} Unit;

/* run_unit works on one unit, or one piece of a job without units, and notes the rows; for vz_attempt. */
static void
run_unit(void *state)
{
	Unit	   *unit = state;

	if (unit->job->piece != NULL)
		unit->rows = unit->job->piece();
	else
	{
		unit->job->work(unit->name);
		unit->rows = 1;
	}
}

/*
 * job_unit does one unit of a job and returns the rows it worked on; -1 when
 * it failed, which is noted, and NULL while another session runs jobs.
 */
Datum
job_unit(PG_FUNCTION_ARGS)
{
	Unit		unit = {.job = job_argument(fcinfo)};
	const char *error;

	VZ_REQUIRE_ARGUMENTS("job", "unit");
	unit.name = text_to_cstring(PG_GETARG_TEXT_PP(1));
	if (!lock_scheduler())
		PG_RETURN_NULL();
	error = vz_attempt(run_unit, &unit);
	if (error == NULL)
		PG_RETURN_INT64(unit.rows);
	ereport(WARNING, (errmsg("job %s failed%s%s: %s", unit.job->name, unit.name[0] ? " for " : "", unit.name, error)));
	vz_execute(&note_failure, VZ_ARGS(vz_arg_text(unit.job->name), vz_arg_text(error)));
	PG_RETURN_INT64(-1);
}

/* job_end notes that a job's turn is over, and what it worked on. */
Datum
job_end(PG_FUNCTION_ARGS)
{
	const VzJob *job = job_argument(fcinfo);

	VZ_REQUIRE_ARGUMENTS("job", "rows");
	vz_execute(&note_end, VZ_ARGS(vz_arg_text(job->name), vz_arg_int8(PG_GETARG_INT64(1))));
	PG_RETURN_BOOL(true);
}

/* run_job_phase runs one phase in memory that the next phase may reuse. */
static void
run_job_phase(VzFlow *flow, MemoryContext memory, VzStmt *stmt, int nargs, const VzArg *args, VzRow *row)
{
	MemoryContext caller = MemoryContextSwitchTo(memory);

	vz_flow_phase(flow, stmt, nargs, args, row);
	MemoryContextSwitchTo(caller);
}

/* texts_of returns the elements of a row's array of texts in the caller's memory; -1 for none at all. */
static int
texts_of(const VzRow *row, const char *column, char ***texts)
{
	bool		isnull;
	Datum		array = vz_row_datum(row, column, &isnull);
	Datum	   *elements;
	int			n;

	if (isnull)
		return -1;
	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &elements, NULL, &n);
	*texts = palloc(sizeof(char *) * (n + 1));
	for (int i = 0; i < n; i++)
		(*texts)[i] = TextDatumGetCString(elements[i]);
	return n;
}

/*
 * run_job gives a job its turn: false when the calls must end, because the
 * time is up or another session runs jobs.
 */
static bool
run_job(VzFlow *flow, const char *job, TimestampTz deadline, int64 *rows)
{
	MemoryContext unit_memory = AllocSetContextCreate(CurrentMemoryContext, "veza job", ALLOCSET_SMALL_SIZES);
	bool		goes_on = true;
	bool		is_done = true;
	char	  **units;
	VzRow		row;
	int			n;

	*rows = 0;
	vz_flow_phase(flow, &begin_phase, VZ_ARGS(vz_arg_text(job)), &row);
	n = texts_of(&row, "units", &units);
	for (int i = 0; i < n && goes_on; i++)
	{
		run_job_phase(flow, unit_memory, &unit_phase, VZ_ARGS(vz_arg_text(job), vz_arg_text(units[i])), &row);
		if (vz_row_isnull(&row, "rows"))
			goes_on = is_done = false;
		else if (vz_row_int8(&row, "rows") >= 0)
			*rows += vz_row_int8(&row, "rows");
		else if (units[i][0] == '\0')
			is_done = false;
		if (GetCurrentTimestamp() >= deadline)
			goes_on = false;
		MemoryContextReset(unit_memory);
	}
	if (n >= 0 && is_done)
		run_job_phase(flow, unit_memory, &end_phase, VZ_ARGS(vz_arg_text(job), vz_arg_int8(*rows)), &row);
	MemoryContextDelete(unit_memory);
	return n >= 0 && goes_on;
}

/* answer_job_run ends the flow with the procedure's only INOUT argument. */
static Datum
answer_job_run(VzFlow *flow, const char *done)
{
	MemoryContext spi = MemoryContextSwitchTo(flow->caller);
	Datum		value = CStringGetTextDatum(done);
	bool		isnull = false;
	Datum		row = vz_return_row(flow->fcinfo, 1, &value, &isnull);

	MemoryContextSwitchTo(spi);
	SPI_finish();
	return row;
}

/*
 * run_due_jobs gives every job its turn. INOUT done: an object with the rows
 * that each job worked on, without those that had nothing to do.
 */
Datum
run_due_jobs(PG_FUNCTION_ARGS)
{
	TimestampTz deadline = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), BUDGET_MS);
	StringInfoData done;
	bool		goes_on = true;
	VzFlow		flow;
	char	  **jobs;
	VzRow		row;
	int			n;

	vz_flow_begin(&flow, fcinfo);
	initStringInfo(&done);
	vz_flow_phase(&flow, &order_phase, VZ_NO_ARGS, &row);
	n = texts_of(&row, "jobs", &jobs);
	for (int i = 0; i < n && goes_on; i++)
	{
		int64		rows;

		goes_on = run_job(&flow, jobs[i], deadline, &rows);
		if (rows > 0)
			appendStringInfo(&done, "%c\"%s\":" INT64_FORMAT, done.len == 0 ? '{' : ',', jobs[i], rows);
	}
	appendStringInfoString(&done, done.len == 0 ? "{}" : "}");
	return answer_job_run(&flow, done.data);
}
