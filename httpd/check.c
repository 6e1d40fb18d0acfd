/*
 * check.c
 *		--check of veza-httpd and veza-relay (see check.h).
 */
#include "check.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "database/readiness.h"

/* The role, whether it may call the function, and what the server has room for. */
static const char role_statement[] =
	"select current_user, r.rolsuper, f.oid is not null,"
	"       case when f.oid is null then false"
	"            else has_schema_privilege('veza', 'usage') and has_function_privilege(f.oid, 'execute') end,"
	"       current_setting('log_parameter_max_length') = '0',"
	"       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
	"  from pg_catalog.pg_roles r"
	"  left join (select p.oid from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace"
	"              where n.nspname = 'veza' and p.proname = $1) f on true"
	" where r.rolname = current_user limit 1";

/* row_is_true reads a boolean column of the only row. */
static bool
row_is_true(const PGresult *r, int column)
{
	return PQgetvalue(r, 0, column)[0] == 't';
}

/* check_role judges who we are there; returns the number of problems. */
static int
check_role(const CheckNeeds *needs, const PGresult *r)
{
	const char *role = PQgetvalue(r, 0, 0);
	long		available = atol(PQgetvalue(r, 0, 5));
	int			problems = 0;

	printf("connected as %s\n", role);
	printf("max_connections leaves %ld: room for %ld instances\n", available, available / needs->connections);
	if (row_is_true(r, 1))
		fprintf(stderr, "%s is a superuser: connect as the program's own role, which may do less\n", role), problems++;
	if (!row_is_true(r, 2))
		fprintf(stderr, "the database has no function veza.%s: run CREATE EXTENSION veza; or ALTER EXTENSION veza UPDATE;\n",
				needs->function), problems++;
	else if (!row_is_true(r, 3))
		fprintf(stderr, "%s may not call veza.%s: it is not the role for this program\n", role, needs->function), problems++;
	if (!row_is_true(r, 4))
		fprintf(stderr, "log_parameter_max_length is not 0 for %s, so secrets may be logged: run sql/roles.sql\n", role), problems++;
	if (needs->connections > available)
		fprintf(stderr, "one instance needs more connections than the database has: lower DB_*_CONNECTIONS or HTTP_LOOPS\n"), problems++;
	return problems;
}

/* check_readiness judges what the database says about our build; returns the number of problems. */
static int
check_readiness(const CheckNeeds *needs, PGconn *conn)
{
	PGresult   *r = PQexec(conn, readiness_statement);
	const char *state;
	int			problems = 0;

	if (readiness_is_unknown(r))
	{
		PQclear(r);
		r = PQexec(conn, readiness_old_statement);
	}
	if (PQresultStatus(r) != PGRES_TUPLES_OK)
		fprintf(stderr, "the database does not say its schema's state: %s", PQresultErrorMessage(r)), problems++;
	else
	{
		state = PQgetvalue(r, 0, 0);
		printf("the schema is %s\n", state);
		if (strcmp(state, "ready") != 0 &&
			!(needs->may_migrate && (strcmp(state, "empty") == 0 || strcmp(state, "behind") == 0)))
			fprintf(stderr, "the schema is not ready: run %s\n", PQgetvalue(r, 0, 1)), problems++;
	}
	PQclear(r);
	return problems;
}

/* check_database asks everything; returns the number of problems. */
static int
check_database(const CheckNeeds *needs)
{
	const char *const keywords[] = {"dbname", "connect_timeout", "options", NULL};
	const char *const values[] = {config_text(needs->url), "2", "-c statement_timeout=5000", NULL};
	const char *const arguments[] = {needs->function};
	PGconn	   *conn = PQconnectdbParams(keywords, values, 1);
	PGresult   *r;
	int			problems;

	if (PQstatus(conn) != CONNECTION_OK)
	{
		fprintf(stderr, "%s: the database cannot be asked: %s", config_name(needs->url), PQerrorMessage(conn));
		PQfinish(conn);
		return 1;
	}
	r = PQexecParams(conn, role_statement, 1, NULL, arguments, NULL, NULL, 0);
	if (PQresultStatus(r) != PGRES_TUPLES_OK || PQntuples(r) != 1)
	{
		fprintf(stderr, "the database cannot be asked: %s", PQresultErrorMessage(r));
		problems = 1;
	}
	else
	{
		problems = check_role(needs, r);
		if (row_is_true(r, 3))
			problems += check_readiness(needs, conn);
	}
	PQclear(r);
	PQfinish(conn);
	return problems;
}

int
check_configuration(const CheckNeeds *needs)
{
	printf("configuration is valid\n");
	config_print_unknown(stdout);
	fflush(stdout);
	return check_database(needs) > 0;
}
