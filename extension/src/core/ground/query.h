/*
 * query.h
 *		Running statements (see statement.h), and reading their rows: the only
 *		user of SPI.
 *
 *		if (!vz_query_row(&find_user, VZ_ARGS(vz_arg_uuid(id)), &row)) ...
 *
 * Rows are copied into the caller's memory context and read by column name.
 *
 * Two things hold for every statement, because they hold here. It is read
 * under the fixed search_path (see owner.h). And one that writes or locks is
 * refused unless the transaction is READ COMMITTED: rules lock a row and look
 * again, and would otherwise see what was there before they waited.
 */
#ifndef VEZA_QUERY_H
#define VEZA_QUERY_H

#include "statement.h"

typedef struct VzRow
{
	HeapTuple	tuple;
	TupleDesc	desc;
} VzRow;

typedef struct VzRows
{
	uint64		n;
	VzRow	   *row;
} VzRows;

/* Reads at most one row; false when there is none. */
extern bool vz_query_row(VzStmt *stmt, int nargs, const VzArg *args, VzRow *row);

/* Whether there is a row. */
extern bool vz_query_found(VzStmt *stmt, int nargs, const VzArg *args);

/* Reads all rows. */
extern VzRows vz_query_rows(VzStmt *stmt, int nargs, const VzArg *args);

/* Runs the statement; returns the number of rows it touched. */
extern uint64 vz_execute(VzStmt *stmt, int nargs, const VzArg *args);

/* Raises ISOLATION_UNSUITABLE unless the transaction is READ COMMITTED; for what locks without a statement. */
extern void vz_require_read_committed(void);

/* Runs SQL text that came with the extension (migrations), not with a request. */
extern void vz_execute_script(const char *sql);

/* Answers a set-returning function with the statement's rows. */
extern Datum vz_return_rows(FunctionCallInfo fcinfo, VzStmt *stmt, int nargs, const VzArg *args);

/*
 * The row that a function of a composite result answers, or a procedure with
 * INOUT arguments: as many values as it has columns, in their order; anything
 * else is an internal error. Made in the present memory context.
 */
extern Datum vz_return_row(FunctionCallInfo fcinfo, int nvalues, const Datum *values, const bool *nulls);

/*
 * Runs the statement inside SPI, never as a lookup, and hands the result to
 * visit before it is freed; no rows unless its condition holds.
 */
typedef void (*VzVisitor) (SPITupleTable *rows, uint64 n, void *state);
extern void vz_query_visit(VzStmt *stmt, int nargs, const VzArg *args, VzVisitor visit, void *state);

/* Columns by name. NULL columns read as NULL, 0 or false; ask vz_row_isnull where that matters. */
extern bool vz_row_isnull(const VzRow *row, const char *column);
extern char *vz_row_text(const VzRow *row, const char *column);
extern const pg_uuid_t *vz_row_uuid(const VzRow *row, const char *column);
extern char *vz_row_uuid_text(const VzRow *row, const char *column);
extern int64 vz_row_int8(const VzRow *row, const char *column);
extern int32 vz_row_int4(const VzRow *row, const char *column);
extern bool vz_row_bool(const VzRow *row, const char *column);
extern TimestampTz vz_row_time(const VzRow *row, const char *column);
extern Datum vz_row_datum(const VzRow *row, const char *column, bool *isnull);

/* A UUID in its canonical text, palloc'd; two UUIDs are equal only when both are there. */
extern char *vz_uuid_text(const pg_uuid_t *id);
extern bool vz_uuid_equal(const pg_uuid_t *a, const pg_uuid_t *b);

#endif							/* VEZA_QUERY_H */
