/*
 * query.c
 *		Running statements with kept plans: the only user of SPI (see query.h).
 */
#include "query.h"

#include "lookup.h"
#include "owner.h"
#include "refusal.h"
#include "actor.h"
#include "utils/guc.h"
#include "utils/plancache.h"

/* changes_rows says whether a plan writes or locks rows. */
static bool
changes_rows(SPIPlanPtr plan)
{
	List	   *sources = SPI_plan_get_plan_sources(plan);

	for (int i = 0; i < list_length(sources); i++)
	{
		List	   *queries = ((CachedPlanSource *) list_nth(sources, i))->query_list;

		for (int j = 0; j < list_length(queries); j++)
		{
			const Query *q = list_nth_node(Query, queries, j);

			if (q->commandType != CMD_SELECT || q->hasModifyingCTE || q->hasForUpdate)
				return true;
		}
	}
	return false;
}

/* prepare_plan makes the statement's plan at its first use in this backend. */
static void
prepare_plan(VzStmt *stmt)
{
	SPIPlanPtr	plan;

	if (stmt->plan != NULL)
		return;
	plan = SPI_prepare(stmt->sql, stmt->nargs, stmt->argtypes);
	if (plan == NULL)
		elog(ERROR, "could not prepare \"%s\": %s", stmt->sql, SPI_result_code_string(SPI_result));
	SPI_keepplan(plan);
	stmt->changes = changes_rows(plan);
	stmt->plan = plan;
}

void
vz_require_read_committed(void)
{
	if (IsolationUsesXactSnapshot())
		vz_raise(vz_fact(vz_refusal(VZ_E_ISOLATION_UNSUITABLE), "isolation",
						 GetConfigOption("transaction_isolation", false, false)));
}

/*
 * execute_plan executes the statement between SPI_connect and the caller's SPI_finish.
 *
 * A request of the reads lane shares its transaction with its neighbours:
 * there the statement runs read-only, so that a write is an error.
 */
static void
execute_plan(VzStmt *stmt, int nargs, const VzArg *args)
{
	Datum		values[VZ_STMT_MAX_ARGS];
	char		nulls[VZ_STMT_MAX_ARGS + 1];
	int			rc;

	if (nargs != stmt->nargs)
		elog(ERROR, "statement takes %d arguments, not %d: %s", stmt->nargs, nargs, stmt->sql);
	vz_require_search_path();
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	for (int i = 0; i < nargs; i++)
	{
		values[i] = args[i].value;
		nulls[i] = args[i].isnull ? 'n' : ' ';
	}
	nulls[nargs] = '\0';
	if (stmt->replan)
		rc = SPI_execute_with_args(stmt->sql, nargs, stmt->argtypes, values, nulls, vz_request_is_read(), 0);
	else
	{
		prepare_plan(stmt);
		if (stmt->changes)
			vz_require_read_committed();
		rc = SPI_execute_plan(stmt->plan, values, nulls, vz_request_is_read(), 0);
	}
	if (rc < 0)
		elog(ERROR, "could not execute \"%s\": %s", stmt->sql, SPI_result_code_string(rc));
}

/* start_statement runs the statement; a lookup as the owner, whoever calls. */
static void
start_statement(VzStmt *stmt, int nargs, const VzArg *args, VzCaller *caller)
{
	if (stmt->is_lookup)
		vz_become_owner(caller);
	execute_plan(stmt, nargs, args);
}

/* finish_statement gives back what begin took. */
static void
finish_statement(const VzStmt *stmt, const VzCaller *caller)
{
	SPI_finish();
	if (stmt->is_lookup)
		vz_become_caller(caller);
}

/* holds says whether the statement's condition, if it has one, finds the row. */
static bool
holds(const VzStmt *stmt, int nargs, const VzArg *args)
{
	return stmt->condition == NULL || vz_query_found(stmt->condition, nargs, args);
}

void
vz_query_visit(VzStmt *stmt, int nargs, const VzArg *args, VzVisitor visit, void *state)
{
	VzCaller	caller = {0};

	if (!holds(stmt, nargs, args))
	{
		visit(NULL, 0, state);
		return;
	}
	start_statement(stmt, nargs, args, &caller);
	visit(SPI_tuptable, SPI_tuptable ? SPI_processed : 0, state);
	finish_statement(stmt, &caller);
}

VzRows
vz_query_rows(VzStmt *stmt, int nargs, const VzArg *args)
{
	MemoryContext context = CurrentMemoryContext;
	VzCaller	caller = {0};
	VzRows		rows = {0, NULL};

	if (!holds(stmt, nargs, args))
		return rows;
	start_statement(stmt, nargs, args, &caller);
	if (SPI_tuptable != NULL && SPI_processed > 0)
	{
		MemoryContext spi = MemoryContextSwitchTo(context);
		TupleDesc	desc = CreateTupleDescCopy(SPI_tuptable->tupdesc);

		rows.n = SPI_processed;
		rows.row = palloc(sizeof(VzRow) * rows.n);
		for (uint64 i = 0; i < rows.n; i++)
		{
			rows.row[i].tuple = heap_copytuple(SPI_tuptable->vals[i]);
			rows.row[i].desc = desc;
		}
		MemoryContextSwitchTo(spi);
	}
	finish_statement(stmt, &caller);
	return rows;
}

/* copy_row is the visitor that copies the row of a lookup. */
static void
copy_row(TupleTableSlot *found, void *state)
{
	VzRow	   *row = state;

	row->tuple = ExecCopySlotHeapTuple(found);
	row->desc = CreateTupleDescCopy(found->tts_tupleDescriptor);
}

bool
vz_query_row(VzStmt *stmt, int nargs, const VzArg *args, VzRow *row)
{
	VzRows		rows;

	if (vz_lookup_is_fast(stmt))
		return vz_lookup(stmt, nargs, args, copy_row, row) == 1;
	rows = vz_query_rows(stmt, nargs, args);
	if (rows.n > 1)
		elog(ERROR, "expected at most one row, got " UINT64_FORMAT ": %s", rows.n, stmt->sql);
	if (rows.n == 0)
		return false;
	*row = rows.row[0];
	return true;
}

bool
vz_query_found(VzStmt *stmt, int nargs, const VzArg *args)
{
	VzCaller	caller = {0};
	uint64		n;

	if (vz_lookup_is_fast(stmt))
		return vz_lookup(stmt, nargs, args, NULL, NULL) > 0;
	if (!holds(stmt, nargs, args))
		return false;
	start_statement(stmt, nargs, args, &caller);
	n = SPI_processed;
	finish_statement(stmt, &caller);
	return n > 0;
}

uint64
vz_execute(VzStmt *stmt, int nargs, const VzArg *args)
{
	uint64		n;

	execute_plan(stmt, nargs, args);
	n = SPI_processed;
	SPI_finish();
	return n;
}

void
vz_execute_script(const char *sql)
{
	int			rc;

	vz_require_search_path();
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	rc = SPI_execute(sql, false, 0);
	if (rc < 0)
		elog(ERROR, "could not execute script: %s", SPI_result_code_string(rc));
	SPI_finish();
}

/* put_rows copies the visited rows into the tuplestore of a set-returning function. */
static void
put_rows(SPITupleTable *rows, uint64 n, void *state)
{
	ReturnSetInfo *rsinfo = state;

	for (uint64 i = 0; i < n; i++)
		tuplestore_puttuple(rsinfo->setResult, rows->vals[i]);
}

Datum
vz_return_rows(FunctionCallInfo fcinfo, VzStmt *stmt, int nargs, const VzArg *args)
{
	InitMaterializedSRF(fcinfo, 0);
	vz_query_visit(stmt, nargs, args, put_rows, fcinfo->resultinfo);
	return (Datum) 0;
}

Datum
vz_return_row(FunctionCallInfo fcinfo, int nvalues, const Datum *values, const bool *nulls)
{
	TupleDesc	desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE || desc->natts != nvalues)
		elog(ERROR, "%s does not return a row of %d columns", get_func_name(fcinfo->flinfo->fn_oid), nvalues);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), (Datum *) values, (bool *) nulls));
}

/* column_number finds a column by name; a name that is not there is our mistake. */
static int
column_number(const VzRow *row, const char *column)
{
	int			n = SPI_fnumber(row->desc, column);

	if (n <= 0)
		elog(ERROR, "statement has no column \"%s\"", column);
	return n;
}

Datum
vz_row_datum(const VzRow *row, const char *column, bool *isnull)
{
	return heap_getattr(row->tuple, column_number(row, column), row->desc, isnull);
}

bool
vz_row_isnull(const VzRow *row, const char *column)
{
	bool		isnull;

	vz_row_datum(row, column, &isnull);
	return isnull;
}

char *
vz_row_text(const VzRow *row, const char *column)
{
	return SPI_getvalue(row->tuple, row->desc, column_number(row, column));
}

const pg_uuid_t *
vz_row_uuid(const VzRow *row, const char *column)
{
	bool		isnull;
	Datum		d = vz_row_datum(row, column, &isnull);

	return isnull ? NULL : DatumGetUUIDP(d);
}

char *
vz_row_uuid_text(const VzRow *row, const char *column)
{
	const pg_uuid_t *id = vz_row_uuid(row, column);

	return id ? vz_uuid_text(id) : NULL;
}

int64
vz_row_int8(const VzRow *row, const char *column)
{
	bool		isnull;
	Datum		d = vz_row_datum(row, column, &isnull);

	if (isnull)
		return 0;
	switch (SPI_gettypeid(row->desc, column_number(row, column)))
	{
		case INT8OID:
			return DatumGetInt64(d);
		case INT4OID:
			return DatumGetInt32(d);
		case INT2OID:
			return DatumGetInt16(d);
		default:
			elog(ERROR, "column \"%s\" is not an integer", column);
	}
}

int32
vz_row_int4(const VzRow *row, const char *column)
{
	return (int32) vz_row_int8(row, column);
}

bool
vz_row_bool(const VzRow *row, const char *column)
{
	bool		isnull;
	Datum		d = vz_row_datum(row, column, &isnull);

	return !isnull && DatumGetBool(d);
}

TimestampTz
vz_row_time(const VzRow *row, const char *column)
{
	bool		isnull;
	Datum		d = vz_row_datum(row, column, &isnull);

	return isnull ? 0 : DatumGetTimestampTz(d);
}

char *
vz_uuid_text(const pg_uuid_t *id)
{
	return DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(id)));
}

bool
vz_uuid_equal(const pg_uuid_t *a, const pg_uuid_t *b)
{
	return a != NULL && b != NULL && memcmp(a->data, b->data, UUID_LEN) == 0;
}
