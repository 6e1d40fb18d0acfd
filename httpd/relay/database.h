/*
 * database.h
 *		The relay's connections to PostgreSQL: a statement with its values goes
 *		in, its result comes out. Each connection belongs to one thread, which
 *		may wait.
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

/* How many milliseconds to wait after so many lost or failed connections in a row: half a second, doubling up to five. */
extern int	database_pause_ms(int failures);

/*
 * Runs a statement with text parameters; the result, or NULL with a log line.
 * After an error that says that this is the wrong server, the connection is
 * lost as PQstatus tells it.
 */
extern PGresult *database_call(PGconn *conn, const char *sql, int n, const char *const *values);

#endif							/* VEZA_DATABASE_H */
