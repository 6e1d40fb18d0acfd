/*
 * ask.h
 *		Statements of the control thread: none waits longer than it is told to.
 *
 * A server may hang while its connection stands, and libpq's own calls wait
 * for it without end.
 */
#ifndef VEZA_ASK_H
#define VEZA_ASK_H

#include <libpq-fe.h>

#define LOAD_MS	5000			/* for a table of routes or words, which is small */

/*
 * Sends a statement and returns its last result, which the caller clears; NULL
 * (with a log line) when it is not there in time. After that the connection is
 * of no use: every further statement over it fails at once.
 */
extern PGresult *ask(PGconn *conn, const char *sql, int nvalues, const char *const *values, int timeout_ms);

#endif							/* VEZA_ASK_H */
