/*
 * json.h
 *		Rows to JSON, in one place.
 *
 * The keys are the column names; the values read exactly as PostgreSQL's own
 * row_to_json writes them (a test holds the two equal). Select from a shape
 * view, so that one kind of answer has the same columns everywhere.
 */
#ifndef VEZA_JSON_H
#define VEZA_JSON_H

#include "query.h"

/* One row as an object; false when the statement finds none. */
extern bool vz_json_row(VzStmt *stmt, int nargs, const VzArg *args, Datum *json);

/* All rows as an array, never NULL. */
extern Datum vz_json_rows(VzStmt *stmt, int nargs, const VzArg *args, uint64 *n);

/* Appends one value of the type as JSON. */
extern void vz_json_append(StringInfo buf, Datum value, bool isnull, Oid type);

/* Appends one row as an object. */
extern void vz_json_append_row(StringInfo buf, const VzRow *row);

/* A buffer as a json datum. */
extern Datum vz_json_datum(StringInfo buf);

#endif							/* VEZA_JSON_H */
