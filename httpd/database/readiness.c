/*
 * readiness.c
 *		What a database says about whether this build can work with it (see readiness.h).
 */
#include "readiness.h"

#include <stdio.h>
#include <string.h>

#include "../../extension/src/core/interface.h"
#include "../base/identity.h"
#include "../base/log.h"

#define TEXT_OF(number) #number
#define NUMBER_TEXT(number) TEXT_OF(number)

const char	readiness_statement[] =
	"select state, coalesce(command, ''), build from veza.readiness(" NUMBER_TEXT(VEZA_INTERFACE) ")";
const char	readiness_old_statement[] =
	"select 'older', 'ALTER EXTENSION veza UPDATE; CALL veza.migrate();', '0.1.0' from veza.schema_state()";

bool
readiness_is_unknown(const PGresult *answer)
{
	const char *sqlstate = PQresultErrorField(answer, PG_DIAG_SQLSTATE);

	return sqlstate != NULL && strcmp(sqlstate, "42883") == 0;
}

/* note_build tells, once, that the database is of another build than this program; they may work together all the same. */
static void
note_build(const char *build)
{
	static char reported[16];

	if (strcmp(build, build_id) != 0 && strcmp(build, reported) != 0)
		log_line(LOG_WARN, "the database is of another build; veza.version() says what to do",
				 "database", build, "program", build_id, NULL);
	snprintf(reported, sizeof(reported), "%s", build);
}

bool
readiness_read(const PGresult *answer, Readiness *out)
{
	const char *sqlstate = PQresultErrorField(answer, PG_DIAG_SQLSTATE);

	if (PQresultStatus(answer) == PGRES_TUPLES_OK && PQntuples(answer) == 1)
	{
		snprintf(out->state, sizeof(out->state), "%s", PQgetvalue(answer, 0, 0));
		snprintf(out->command, sizeof(out->command), "%s", PQgetvalue(answer, 0, 1));
		note_build(PQgetvalue(answer, 0, 2));
		return true;
	}
	/* The library of the build that the database is of was taken away. */
	if (sqlstate != NULL && strcmp(sqlstate, "58P01") == 0)
	{
		snprintf(out->state, sizeof(out->state), "older");
		snprintf(out->command, sizeof(out->command), "psql -f sql/update.sql (ALTER EXTENSION veza UPDATE), as a superuser");
		return true;
	}
	log_line(LOG_WARN, "the database did not say its schema's state", "error", PQresultErrorMessage(answer),
			 "hint", sqlstate && strcmp(sqlstate, "3F000") == 0
			 ? "run sql/roles.sql in the cluster and CREATE EXTENSION veza in the database" : NULL, NULL);
	return false;
}

bool
readiness_can_serve(const Readiness *r)
{
	return strcmp(r->state, "older") != 0 && strcmp(r->state, "newer") != 0;
}
