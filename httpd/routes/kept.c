/*
 * kept.c
 *		Answers made once per generation (see kept.h).
 */
#include "kept.h"

#include "../base/log.h"
#include "../database/ask.h"

void
kept_make(PGconn *conn, Generation *g)
{
	static const char *const nobody[CALLER_VALUES];

	for (int i = 0; i < generation_nroutes(g); i++)
	{
		Route	   *route = generation_route(g, i);
		PGresult   *result;

		if (!route->is_kept || route->narguments > 0)
			continue;
		result = ask(conn, route->statement, CALLER_VALUES, nobody, LOAD_MS);
		if (PQresultStatus(result) == PGRES_TUPLES_OK)
			route->kept = result;
		else
		{
			log_line(LOG_WARN, "an answer to keep could not be made", "path", route->path,
					 "error", PQresultErrorMessage(result), NULL);
			PQclear(result);
		}
	}
}
