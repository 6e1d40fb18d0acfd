/*
 * query.h
 *		Static SQL with kept plans: the only user of SPI.
 *
 * A statement is a file-level constant beside the function that uses it:
 *
 *		static VzStmt find_user = VZ_STMT("select ... where id = $1", UUIDOID);
 *
 *		if (!vz_query_row(&find_user, VZ_ARGS(vz_arg_uuid(id)), &row)) ...
 *
 * SQL text is never built from input. Rows are copied into the caller's
 * memory context and read by column name.
 *
 * Two things hold for every statement, because they hold here. It is read
 * under the fixed search_path (see owner.h). And one that writes or locks is
 * refused unless the transaction is READ COMMITTED: rules lock a row and look
 * again, and would otherwise see what was there before they waited.
 */
#ifndef VEZA_QUERY_H
#define VEZA_QUERY_H

#include "compat.h"

#define VZ_STMT_MAX_ARGS 24

typedef struct VzStmt
{
	const char *sql;
	int			nargs;
	Oid			argtypes[VZ_STMT_MAX_ARGS];
	bool		is_lookup;		/* one row by a key; see VZ_LOOKUP */
	bool		replan;			/* planned anew for the arguments of each call */
	SPIPlanPtr	plan;			/* made at first use, kept for the life of the backend */
	bool		changes;		/* writes or locks rows: known once there is a plan */
	struct VzLookup *lookup;	/* of lookup.c */
} VzStmt;

#define VZ_STMT(text, ...) \
	{.sql = (text), \
	 .nargs = sizeof((const Oid[]) {__VA_ARGS__}) / sizeof(Oid), \
	 .argtypes = {__VA_ARGS__}}

/*
 * For one row of one table, or of a shape over one table, found by a key. In
 * the reads lane it costs no second executor (see lookup.h). It runs as the
 * owner, under the fixed search_path, by itself: a function that runs lookups
 * only needs neither SECURITY DEFINER nor SET, which cost as much as the read.
 */
#define VZ_LOOKUP(text, ...) \
	{.sql = (text), \
	 .nargs = sizeof((const Oid[]) {__VA_ARGS__}) / sizeof(Oid), \
	 .argtypes = {__VA_ARGS__}, \
	 .is_lookup = true}

/* For a search, whose best plan depends on which arguments are NULL and on what they match. */
#define VZ_STMT_SEARCH(text, ...) \
	{.sql = (text), \
	 .nargs = sizeof((const Oid[]) {__VA_ARGS__}) / sizeof(Oid), \
	 .argtypes = {__VA_ARGS__}, \
	 .replan = true}
#define VZ_STMT_NO_ARGS(text) {.sql = (text), .nargs = 0}

typedef struct VzArg
{
	Datum		value;
	bool		isnull;
} VzArg;

#define VZ_ARGS(...) \
	(int) (sizeof((const VzArg[]) {__VA_ARGS__}) / sizeof(VzArg)), (const VzArg[]) {__VA_ARGS__}
#define VZ_NO_ARGS 0, NULL

/* A NULL pointer makes a NULL argument. */
extern VzArg vz_arg_uuid(const pg_uuid_t *value);
extern VzArg vz_arg_text(const char *value);
extern VzArg vz_arg_bytes(const void *data, size_t len);
extern VzArg vz_arg_int4(int32 value);
extern VzArg vz_arg_int8(int64 value);
extern VzArg vz_arg_bool(bool value);
extern VzArg vz_arg_time(TimestampTz value);	/* 0 makes a NULL argument */
extern VzArg vz_arg_jsonb(const char *json);
extern VzArg vz_arg_datum(Datum value, bool isnull);
#define vz_arg_null() vz_arg_datum((Datum) 0, true)

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

/* Runs the statement inside SPI and hands the result to visit before it is freed; never as a lookup. */
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
