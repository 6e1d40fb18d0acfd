/*
 * lookup.h
 *		Reading one row by a key without a second executor.
 *
 * Half of what a short read costs is starting and ending the executor of its
 * statement inside the one that runs the function. A statement declared with
 * VZ_LOOKUP that plans to one scan of one index (of a table, or of a view that
 * is columns of one) is compiled once per backend; each call then descends the
 * index. Its rules are those of its SQL: the planner made the keys, the filter
 * and the columns. What plans to anything else is run as any other statement.
 *
 * vz_query_row and vz_json_row take such statements; only they call this.
 */
#ifndef VEZA_LOOKUP_H
#define VEZA_LOOKUP_H

#include "statement.h"

/* Sees the one row while it is in its page; what is kept of it is copied. */
typedef void (*VzLookupVisitor) (TupleTableSlot *row, void *state);

/*
 * Whether the statement can be run here and now: it is a lookup, in the reads
 * lane (others must see what their own statement has written), over one index,
 * and its condition, if it has one, is about the same table.
 */
extern bool vz_lookup_is_fast(VzStmt *stmt);

/* Runs a statement that is fast; visit may be NULL. Returns the number of rows, which is 0 or 1. */
extern uint64 vz_lookup(VzStmt *stmt, int nargs, const VzArg *args, VzLookupVisitor visit, void *state);

#endif							/* VEZA_LOOKUP_H */
