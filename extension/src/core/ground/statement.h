/*
 * statement.h
 *		Static SQL and its arguments, as values: what query.c and lookup.c run.
 *
 * A statement is a file-level constant beside the function that uses it:
 *
 *		static VzStmt find_user = VZ_STMT("select ... where id = $1", UUIDOID);
 *
 * SQL text is never built from input. The one text that is put together at run
 * time is of constants alone, whichever the input chooses (playlist/smart_query.c).
 */
#ifndef VEZA_STATEMENT_H
#define VEZA_STATEMENT_H

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
	struct VzStmt *condition;	/* a lookup that must find the row, too; see VZ_LOOKUP_IF */
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

/*
 * The same for a row that another lookup (condition), given the same arguments,
 * finds, too: a shape without the columns that say who may see it, and the rule
 * of who may. Over one table, one descent answers both.
 */
#define VZ_LOOKUP_IF(text, other, ...) \
	{.sql = (text), \
	 .nargs = sizeof((const Oid[]) {__VA_ARGS__}) / sizeof(Oid), \
	 .argtypes = {__VA_ARGS__}, \
	 .is_lookup = true, \
	 .condition = (other)}

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

#endif							/* VEZA_STATEMENT_H */
