/*
 * dedicated.h
 *		A connection of a thread's own, which may wait: the control thread's, that
 *		of events, that of work on files. In the thread that uses it.
 */
#ifndef VEZA_DEDICATED_H
#define VEZA_DEDICATED_H

#include <libpq-fe.h>

/*
 * Connects as the configuration says, for some seconds at most. The connection,
 * which the caller ends, or NULL with a log line; what names its purpose there.
 * Notices of the server are dropped unless the caller sets another receiver.
 */
extern PGconn *dedicated_open(const char *what);

#endif							/* VEZA_DEDICATED_H */
