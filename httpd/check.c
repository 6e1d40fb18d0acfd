/*
 * check.c
 *		veza-httpd --check (see check.h).
 */
#include "check.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#include "config.h"

int
check_configuration(void)
{
	const char *const keywords[] = {"dbname", "connect_timeout", NULL};
	const char *const values[] = {config_text(CONFIG_DATABASE_URL), "2", NULL};
	long		per_loop = (long) (config_int(CONFIG_DB_READ_CONNECTIONS) + config_int(CONFIG_DB_WRITE_CONNECTIONS) +
								   config_int(CONFIG_DB_SLOW_CONNECTIONS) + config_int(CONFIG_DB_AUTH_CONNECTIONS) +
								   config_int(CONFIG_DB_WAIT_CONNECTIONS));
	long		needed = per_loop * (long) config_int(CONFIG_HTTP_LOOPS) + 1;
	PGconn	   *conn = PQconnectdbParams(keywords, values, 1);
	PGresult   *r;
	long		available;
	int			rc = 0;

	printf("configuration is valid\n%ld database connections: %lld loops of %ld, and one to look after them\n",
		   needed, (long long) config_int(CONFIG_HTTP_LOOPS), per_loop);
	if (PQstatus(conn) != CONNECTION_OK)
	{
		printf("the database was not asked: it cannot be reached\n");
		PQfinish(conn);
		return 0;
	}
	r = PQexec(conn, "select current_setting('max_connections')::int"
			   " - current_setting('superuser_reserved_connections')::int");
	available = PQresultStatus(r) == PGRES_TUPLES_OK ? atol(PQgetvalue(r, 0, 0)) : 0;
	printf("max_connections leaves %ld: room for %ld instances\n", available, available / needed);
	if (needed > available)
	{
		fprintf(stderr, "one instance needs more connections than the database has: lower DB_*_CONNECTIONS or HTTP_LOOPS\n");
		rc = 1;
	}
	PQclear(r);
	PQfinish(conn);
	return rc;
}
