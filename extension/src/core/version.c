/*
 * version.c
 *		veza.version(): which versions work together here, and whether they fit.
 */
#include "query.h"

#ifndef VEZA_VERSION
#error "VEZA_VERSION comes from the Makefile, which reads it from veza.control"
#endif

static VzStmt components = VZ_STMT(
	"with mine as (select $1 as library),"
	" sql as (select extversion from pg_extension where extname = 'veza'),"
	" shipped as (select count(*)::int as n from veza.migration where kind = 'schema'),"
	" shims as ("
	"   select split_part(split_part(application_name, ' ', 1), '/', 2) as version, count(*) as n"
	"     from pg_stat_activity where application_name like 'veza-httpd/%' group by 1),"
	" relays as ("
	"   select split_part(split_part(application_name, ' ', 1), '/', 2) as version, count(*) as n"
	"     from pg_stat_activity where application_name like 'veza-relay/%' group by 1)"
	" select 'library'::text as component, library as version, 1::bigint as instances, 'ok'::text as state"
	"   from mine"
	" union all"
	" select 'sql', extversion, 1, case when extversion = library then 'ok'"
	"        when string_to_array(extversion, '.')::int[] > string_to_array(library, '.')::int[]"
	"        then 'skew: install the library of version ' || extversion || ' and connect again'"
	"        else 'skew: run ALTER EXTENSION veza UPDATE' end from sql, mine"
	" union all"
	" select 'schema', $2 || ' of ' || n || ' migrations', 1,"
	"        case veza.schema_state() when 'ready' then 'ok' else 'behind: run CALL veza.migrate()' end from shipped"
	" union all"
	" select 'httpd connections', version, n, case when version = library then 'ok'"
	"        else 'skew: restart veza-httpd with version ' || library end from shims, mine"
	" union all"
	" select 'relay connections', version, n, case when version = library then 'ok'"
	"        else 'skew: restart veza-relay with version ' || library end from relays, mine",
	TEXTOID, INT4OID);

static VzStmt has_bookkeeping = VZ_STMT_NO_ARGS(
	"select to_regclass('veza_data.applied_migration') is not null as yes");

static VzStmt count_applied = VZ_STMT_NO_ARGS(
	"select count(*)::int as n from veza_data.applied_migration where kind = 'schema'");

VZ_FUNCTION(veza_version);

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

/* veza_version returns a row per component: version, instances, and what to do about a skew. */
Datum
veza_version(PG_FUNCTION_ARGS)
{
	return vz_return_rows(fcinfo, &components, VZ_ARGS(vz_arg_text(VEZA_VERSION),
													   vz_arg_int4(applied_migrations())));
}
