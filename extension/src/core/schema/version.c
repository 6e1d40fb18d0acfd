/*
 * version.c
 *		veza.version(): which versions work together here, and whether they fit;
 *		veza.readiness(): whether a program can work with this database.
 *
 * Functions and library are of one build, because the library's file is named
 * by it; what may differ is what is installed on disk and not yet in the
 * database, the schema, and the programs.
 */
#include "../interface.h"
#include "migrate.h"
#include "../ground/query.h"

#ifndef VEZA_VERSION
#error "VEZA_VERSION comes from the Makefile, which reads it from veza.control"
#endif

#define UPDATE "BEGIN; ALTER EXTENSION veza UPDATE; CALL veza.migrate(); COMMIT;"
#define REBUILD "BEGIN; ALTER EXTENSION veza UPDATE TO ''rebuild''; ALTER EXTENSION veza UPDATE; CALL veza.migrate(); COMMIT;"
#define MIGRATE "CALL veza.migrate();"

static VzStmt components = VZ_STMT(
	"with mine as (select $1 as version, $2 as build),"
	" sql as (select extversion collate \"default\" as version, veza.build() as build from pg_extension where extname = 'veza'),"
	" files as (select default_version::text collate \"default\" as version, substring(comment from 'build ([0-9a-z]+)\\)$') as build"
	"             from pg_available_extensions where name = 'veza'),"
	" shipped as (select count(*)::int as n from veza.migration where kind = 'schema'),"
	" programs as ("
	"   select m[1] as program, m[2] as version, nullif(m[3], '') as build, count(*) as n"
	"     from pg_stat_activity, regexp_match(application_name, '^veza-(httpd|relay)/([^ +]*)\\+?([^ ]*)') m"
	"    where m is not null group by 1, 2, 3)"
	" select 'files'::text as component, f.version, f.build, 1::bigint as instances,"
	"        case when (f.version, f.build) is not distinct from (s.version, s.build) then 'ok'"
	"             when f.version = s.version then 'skew: run " REBUILD "'"
	"             when string_to_array(nullif(regexp_replace(f.version, '[^0-9.]', '', 'g'), ''), '.')::int[]"
	"                  < string_to_array(nullif(regexp_replace(s.version, '[^0-9.]', '', 'g'), ''), '.')::int[]"
	"             then 'skew: install the files of version ' || s.version"
	"             else 'skew: run " UPDATE "' end"
	"   from files f, sql s"
	" union all"
	" select 'library', version, build, 1, 'ok' from mine"
	" union all"
	" select 'sql', s.version, s.build, 1, case when s = m then 'ok'"
	"        when s.version = 'rebuild' then 'skew: run " UPDATE "'"
	"        else 'skew: install the library of version ' || s.version || ', build ' || s.build || ', and connect again' end"
	"   from sql s, mine m"
	" union all"
	" select 'schema', $3 || ' of ' || n || ' migrations', null, 1,"
	"        case $4 when 'ready' then 'ok' else 'behind: run CALL veza.migrate()' end from shipped"
	" union all"
	" select p.program || ' connections', p.version, p.build, p.n, case when (p.version, p.build) is not distinct from (s.version, s.build) then 'ok'"
	"        else 'skew: restart veza-' || p.program || ' with version ' || s.version || ', build ' || s.build end"
	"   from programs p, sql s",
	TEXTOID, TEXTOID, INT4OID, TEXTOID);

static VzStmt has_bookkeeping = VZ_STMT_NO_ARGS(
	"select to_regclass('veza_data.applied_migration') is not null as yes");

static VzStmt count_applied = VZ_STMT_NO_ARGS(
	"select count(*)::int as n from veza_data.applied_migration where kind = 'schema'");

VZ_FUNCTION(veza_version);
VZ_FUNCTION(readiness);

/* applied_migrations counts them; 0 before the first veza.migrate(). */
static int
applied_migrations(void)
{
	VzRow		row;

	vz_query_row(&has_bookkeeping, VZ_NO_ARGS, &row);
	if (!vz_row_bool(&row, "yes"))
		return 0;
	vz_query_row(&count_applied, VZ_NO_ARGS, &row);
	return vz_row_int4(&row, "n");
}

/* veza_version returns a row per component: version, build, instances, and what to do about a skew. */
Datum
veza_version(PG_FUNCTION_ARGS)
{
	return vz_return_rows(fcinfo, &components, VZ_ARGS(vz_arg_text(VEZA_VERSION), vz_arg_text(VEZA_BUILD),
													   vz_arg_int4(applied_migrations()),
													   vz_arg_text(vz_schema_state())));
}

/*
 * readiness returns (state, command, build) for a program that speaks an
 * interface: "ready", or what keeps it from working and the command that helps.
 */
Datum
readiness(PG_FUNCTION_ARGS)
{
	int32		interface = PG_GETARG_INT32(0);
	const char *state = vz_schema_state();
	const char *command = strcmp(state, "ready") == 0 ? NULL : MIGRATE;
	Datum		values[3];
	bool		nulls[3] = {false, false, false};

	if (interface < VEZA_INTERFACE)
	{
		state = "newer";
		command = "install the programs of version " VEZA_VERSION " and restart them";
	}
	else if (interface > VEZA_INTERFACE)
	{
		state = "older";
		command = UPDATE;
	}
	values[0] = CStringGetTextDatum(state);
	nulls[1] = command == NULL;
	values[1] = command ? CStringGetTextDatum(command) : (Datum) 0;
	values[2] = CStringGetTextDatum(VEZA_BUILD);
	return vz_return_row(fcinfo, lengthof(values), values, nulls);
}
