/*
 * sqlstate.c
 *		What SQLSTATEs mean (see sqlstate.h): one table, the first row that fits.
 */
#include "sqlstate.h"

#include <string.h>

typedef struct Meaning
{
	const char *prefix;			/* a SQLSTATE or the beginning of several */
	VzError		error;
	SqlstateVerdict verdict;
} Meaning;

static const Meaning meanings[] = {
	{"57014", VZ_E_REQUEST_TIMEOUT, SQLSTATE_STATEMENT},	/* query_canceled */
	{"57", VZ_E_DATABASE_UNAVAILABLE, SQLSTATE_CONNECTION}, /* shutdown, crash, starting up, database dropped */
	{"08", VZ_E_DATABASE_UNAVAILABLE, SQLSTATE_CONNECTION}, /* connection exception */
	{"25006", VZ_E_DATABASE_UNAVAILABLE, SQLSTATE_SERVER},	/* read only: a standby, or a primary that was demoted */
	{"25P02", VZ_E_DATABASE_UNAVAILABLE, SQLSTATE_CONNECTION},	/* a failed transaction that we did not begin */
	{"25P03", VZ_E_DATABASE_UNAVAILABLE, SQLSTATE_CONNECTION},	/* idle_in_transaction_session_timeout */
	{"53", VZ_E_SERVER_BUSY, SQLSTATE_STATEMENT},	/* memory, disk, connections */
	{"55P03", VZ_E_SERVER_BUSY, SQLSTATE_STATEMENT},	/* lock_not_available */
	{"40", VZ_E_SERVER_BUSY, SQLSTATE_STATEMENT},	/* conflicts that repeating did not resolve */
	{"58030", VZ_E_DATABASE_UNAVAILABLE, SQLSTATE_STATEMENT},	/* io_error */
	{"F0", VZ_E_SERVICE_MISCONFIGURED, SQLSTATE_STATEMENT}, /* a setting that nothing can work with */
	{"22", VZ_E_VALIDATION_ERROR, SQLSTATE_STATEMENT},	/* data exception */
	{"3F000", VZ_E_SCHEMA_NOT_READY, SQLSTATE_STATEMENT},	/* no such schema */
	{"42P01", VZ_E_SCHEMA_NOT_READY, SQLSTATE_STATEMENT}	/* no such table */
};

/* meaning_of returns the row of a SQLSTATE, or NULL. */
static const Meaning *
meaning_of(const char *sqlstate)
{
	for (size_t i = 0; sqlstate != NULL && i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (strncmp(sqlstate, meanings[i].prefix, strlen(meanings[i].prefix)) == 0)
			return &meanings[i];
	return NULL;
}

VzError
sqlstate_error(const char *sqlstate)
{
	const Meaning *m = meaning_of(sqlstate);

	return m ? m->error : VZ_E_INTERNAL_ERROR;
}

SqlstateVerdict
sqlstate_verdict(const char *sqlstate)
{
	const Meaning *m = meaning_of(sqlstate);

	return m ? m->verdict : SQLSTATE_STATEMENT;
}
