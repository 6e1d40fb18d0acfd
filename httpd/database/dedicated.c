/*
 * dedicated.c
 *		A connection of a thread's own (see dedicated.h).
 */
#include "dedicated.h"

#include "../base/identity.h"
#include "../base/log.h"
#include "../config/config.h"
#include "session_options.h"

/* drop_notice keeps what the server tells besides results out of standard error, where a thread could get stuck. */
static void
drop_notice(void *unused, const PGresult *notice)
{
	(void) unused;
	(void) notice;
}

PGconn *
dedicated_open(const char *what)
{
	const char *const keywords[] = {"dbname", "application_name", "options", "client_encoding",
	"connect_timeout", "tcp_user_timeout", "keepalives_idle", NULL};
	const char *const values[] = {config_text(CONFIG_DATABASE_URL), httpd_identity,
	SESSION_OPTIONS " -c statement_timeout=8000", "UTF8", "3", "5000", "30", NULL};
	PGconn	   *conn = PQconnectdbParams(keywords, values, 1);

	if (PQstatus(conn) == CONNECTION_OK)
	{
		PQsetNoticeReceiver(conn, drop_notice, NULL);
		return conn;
	}
	log_line(LOG_WARN, "cannot connect to the database", "for", what, "error", PQerrorMessage(conn), NULL);
	PQfinish(conn);
	return NULL;
}
