/*
 * ask.h
 *		Statements of the control thread: none waits longer than it is told to.
 *		A statement with its values goes in; its last result comes out, or NULL.
 *		In the control thread, which may wait.
 *
 * A server may hang while its connection stands, and libpq's own calls wait for
 * it without end.
 */
#ifndef VEZA_ASK_H
#define VEZA_ASK_H

#include <libpq-fe.h>
#include <stdbool.h>

#define LOAD_MS		5000		/* for a table of routes or words, which is small */
#define NO_LIMIT_MS	(-1)		/* for what may rightly take hours: the end of the program alone ends it */

/*
 * Sends a statement and returns its last result, which the caller clears; NULL
 * (with a log line) when it is not there in time. After that the connection is
 * of no use: every further statement over it fails at once.
 */
extern PGresult *ask(PGconn *conn, const char *sql, int nvalues, const char *const *values, int timeout_ms);

/* Names who knows whether the program is to end; a statement without a limit is cancelled then. */
extern void ask_ends_with(bool (*is_ending) (void));

#endif							/* VEZA_ASK_H */
