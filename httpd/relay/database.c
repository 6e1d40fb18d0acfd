/*
 * database.c
 *		The relay's connections to PostgreSQL (see database.h).
 */
#include "database.h"

#include <string.h>
#include <sys/socket.h>

#include "../../extension/src/core/interface.h"
#include "../base/identity.h"
#include "../base/log.h"
#include "../config/config.h"
#include "../database/session_options.h"

#define TEXT_OF(number) #number
#define NUMBER_TEXT(number) TEXT_OF(number)

/* log_relay_notice writes what the server warns about. */
static void
log_relay_notice(void *unused, const PGresult *notice)
{
	(void) unused;
	log_line(LOG_WARN, "the database says", "notice", PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY),
			 "hint", PQresultErrorField(notice, PG_DIAG_MESSAGE_HINT), NULL);
}

PGconn *
database_connect(const char *what)
{
	/* A server that only reads, after a failover for example, is the wrong one: of several hosts the right one is found. */
	const char *const keywords[] = {"dbname", "application_name", "options", "client_encoding", "connect_timeout",
	"tcp_user_timeout", "keepalives_idle", "target_session_attrs", NULL};
	const char *const values[] = {config_text(CONFIG_RELAY_DATABASE_URL), relay_identity,
	SESSION_OPTIONS, "UTF8", "3", "10000", "30", "read-write", NULL};
	PGconn	   *conn = PQconnectdbParams(keywords, values, 1);
	PGresult   *r;
	bool		is_ready;

	if (PQstatus(conn) != CONNECTION_OK)
	{
		log_line(LOG_WARN, "cannot connect to the database", "connection", what, "error", PQerrorMessage(conn), NULL);
		PQfinish(conn);
		return NULL;
	}
	PQsetNoticeReceiver(conn, log_relay_notice, NULL);
	r = PQexec(conn, "select state, command from veza.readiness(" NUMBER_TEXT(VEZA_INTERFACE) ")");
	is_ready = PQresultStatus(r) == PGRES_TUPLES_OK && strcmp(PQgetvalue(r, 0, 0), "ready") == 0;
	if (!is_ready)
	{
		bool		has_said = PQresultStatus(r) == PGRES_TUPLES_OK;

		log_line(LOG_WARN, "the database is not ready for this build", "connection", what,
				 "state", has_said ? PQgetvalue(r, 0, 0) : NULL, "run", has_said ? PQgetvalue(r, 0, 1)
				 : "ALTER EXTENSION veza UPDATE; CALL veza.migrate();", "error", has_said ? NULL : PQresultErrorMessage(r), NULL);
		PQfinish(conn);
		conn = NULL;
	}
	PQclear(r);
	return conn;
}

int
database_pause_ms(int failures)
{
	return failures >= 5 ? 5000 : 500 << (failures > 0 ? failures - 1 : 0);
}

/* is_wrong_server says whether an error is one that only another connection can mend: read-only, or about to stop. */
static bool
is_wrong_server(const PGresult *r)
{
	const char *sqlstate = PQresultErrorField(r, PG_DIAG_SQLSTATE);

	return sqlstate != NULL && (strcmp(sqlstate, "25006") == 0 || strncmp(sqlstate, "57P", 3) == 0 ||
								strncmp(sqlstate, "08", 2) == 0);
}

PGresult *
database_call(PGconn *conn, const char *sql, int n, const char *const *values)
{
	PGresult   *r = PQexecParams(conn, sql, n, NULL, values, NULL, NULL, 0);

	if (PQresultStatus(r) == PGRES_TUPLES_OK || PQresultStatus(r) == PGRES_COMMAND_OK)
		return r;
	log_line(LOG_ERROR, "a statement failed", "statement", sql, "error", PQresultErrorMessage(r), NULL);
	/* Cut here, so that libpq itself says from now on that the connection is lost. */
	if (is_wrong_server(r) && PQstatus(conn) == CONNECTION_OK)
	{
		shutdown(PQsocket(conn), SHUT_RDWR);
		PQconsumeInput(conn);
	}
	PQclear(r);
	return NULL;
}
