/*
 * ask.c
 *		Statements of the control thread (see ask.h).
 */
#include "ask.h"

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "../base/log.h"
#include "../base/watch.h"

#define LOOK_MS 1000			/* so often a statement without a limit looks whether the program is to end */

static bool (*ending) (void);

void
ask_ends_with(bool (*is_ending) (void))
{
	ending = is_ending;
}

/* cancel_statement ends what the server is doing for us; it would go on without its client. */
static void
cancel_statement(PGconn *conn)
{
	PGcancel   *cancel = PQgetCancel(conn);
	char		error[256];

	if (cancel != NULL && !PQcancel(cancel, error, sizeof(error)))
		log_line(LOG_WARN, "a statement could not be cancelled", "error", error, NULL);
	PQfreeCancel(cancel);
}

/* must_give_up says whether nothing more is waited for; *wait_ms is how long to wait otherwise. */
static bool
must_give_up(PGconn *conn, int64_t end_ms, int *wait_ms)
{
	*wait_ms = end_ms == INT64_MAX ? LOOK_MS : (int) (end_ms - monotonic_ms());
	if (end_ms != INT64_MAX)
		return *wait_ms <= 0;
	if (ending == NULL || !ending())
		return false;
	cancel_statement(conn);
	return true;
}

/* answer_by waits for the answer until a time; false when it does not come. */
static bool
answer_by(PGconn *conn, int64_t end_ms)
{
	while (PQisBusy(conn))
	{
		struct pollfd p = {.fd = PQsocket(conn), .events = POLLIN};
		int			wait_ms;

		if (must_give_up(conn, end_ms, &wait_ms))
			return false;
		if (poll(&p, 1, wait_ms) == 0)
			continue;
		if (!PQconsumeInput(conn))
			return true;		/* the result says what is wrong */
	}
	return true;
}

PGresult *
ask(PGconn *conn, const char *sql, int nvalues, const char *const *values, int timeout_ms)
{
	int64_t		end_ms = timeout_ms == NO_LIMIT_MS ? INT64_MAX : monotonic_ms() + timeout_ms;
	PGresult   *last = NULL;
	PGresult   *r;

	if (!PQsendQueryParams(conn, sql, nvalues, NULL, values, NULL, NULL, 0))
		return PQmakeEmptyPGresult(conn, PGRES_FATAL_ERROR);
	for (;;)
	{
		if (!answer_by(conn, end_ms))
		{
			log_line(LOG_WARN, timeout_ms == NO_LIMIT_MS ? "stopping before the database has answered" : "the database does not answer",
					 "statement", sql, NULL);
			PQclear(last);
			return NULL;
		}
		if ((r = PQgetResult(conn)) == NULL)
			return last;
		PQclear(last);
		last = r;
	}
}
