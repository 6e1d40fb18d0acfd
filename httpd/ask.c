/*
 * ask.c
 *		Statements of the control thread (see ask.h).
 */
#include "ask.h"

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "log.h"
#include "watch.h"

/* answer_by waits for the answer until a time; false when it does not come. */
static bool
answer_by(PGconn *conn, int64_t end_ms)
{
	while (PQisBusy(conn))
	{
		struct pollfd p = {.fd = PQsocket(conn), .events = POLLIN};
		int64_t		left_ms = end_ms - monotonic_ms();

		if (left_ms <= 0 || poll(&p, 1, (int) left_ms) == 0)
			return false;
		if (!PQconsumeInput(conn))
			return true;		/* the result says what is wrong */
	}
	return true;
}

PGresult *
ask(PGconn *conn, const char *sql, int nvalues, const char *const *values, int timeout_ms)
{
	int64_t		end_ms = monotonic_ms() + timeout_ms;
	PGresult   *last = NULL;
	PGresult   *r;

	if (!PQsendQueryParams(conn, sql, nvalues, NULL, values, NULL, NULL, 0))
		return PQmakeEmptyPGresult(conn, PGRES_FATAL_ERROR);
	for (;;)
	{
		if (!answer_by(conn, end_ms))
		{
			log_line(LOG_WARN, "the database does not answer", "statement", sql, NULL);
			PQclear(last);
			return NULL;
		}
		if ((r = PQgetResult(conn)) == NULL)
			return last;
		PQclear(last);
		last = r;
	}
}
