/*
 * database.h
 *		The relay's connections to PostgreSQL.
 */
#ifndef VEZA_DATABASE_H
#define VEZA_DATABASE_H

#include <libpq-fe.h>
#include <stdbool.h>

/*
 * Connects as veza_relay; NULL with a log line when that fails or the schema
 * is not ready. what names the connection's purpose in the log.
 */
extern PGconn *database_connect(const char *what);

/* Runs a statement with text parameters; the result, or NULL with a log line. */
extern PGresult *database_call(PGconn *conn, const char *sql, int n, const char *const *values);

#endif							/* VEZA_DATABASE_H */
