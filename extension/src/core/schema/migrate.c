/*
 * migrate.c
 *		CALL veza.migrate(): brings tables, shapes and reports to this version;
 *		veza.schema_state(): whether it has something to do.
 *
 * The migrations travel as rows of veza.migration, a member table of the
 * extension; what they create is no member, so that dumps contain it with
 * everything a DBA added. All of it is one transaction: atomic, in order,
 * checksummed, under a lock.
 */
#include "guards.h"
#include "../ground/lock.h"
#include "migrate.h"
#include "../ground/query.h"
#include "../ground/refusal.h"
#include "rights.h"
#include "setting.h"
#include "commands/extension.h"

static VzStmt has_bookkeeping = VZ_STMT_NO_ARGS(
	"select pg_catalog.to_regclass('veza_data.applied_migration') is not null as yes");

static const char bookkeeping[] =
	"create schema if not exists veza_data;"
	"comment on schema veza_data is 'Tables of the Veza backend; changed only through functions of schema veza.';"
	"create table veza_data.applied_migration ("
	"  kind text not null, version int not null, name text not null, checksum text not null,"
	"  applied_at timestamptz not null default now(), primary key (kind, version));"
	"comment on table veza_data.applied_migration is 'One row per migration applied here, and one for the views.';"
	"comment on column veza_data.applied_migration.kind is 'schema: a migration; views: the shapes and reports together.';"
	"comment on column veza_data.applied_migration.version is 'Number of the migration; 0 for the views.';"
	"comment on column veza_data.applied_migration.name is 'File name of the migration without its number.';"
	"comment on column veza_data.applied_migration.checksum is 'SHA-256 of the text that was applied.';"
	"comment on column veza_data.applied_migration.applied_at is 'When it was applied.';"
	"create table veza_data.managed_view (view_schema name not null, view_name name not null,"
	"  primary key (view_schema, view_name));"
	"comment on table veza_data.managed_view is 'The shapes and reports that veza.migrate() drops and creates again.';"
	"comment on column veza_data.managed_view.view_schema is 'Schema of the view.';"
	"comment on column veza_data.managed_view.view_name is 'Name of the view.';";

static VzStmt schema_migrations = VZ_STMT_NO_ARGS(
	"select m.version, m.name, m.checksum, m.sql, a.checksum as applied_checksum"
	"  from veza.migration m"
	"  left join veza_data.applied_migration a on a.kind = 'schema' and a.version = m.version"
	" where m.kind = 'schema' order by m.version");

static VzStmt record_migration = VZ_STMT(
	"insert into veza_data.applied_migration (kind, version, name, checksum) values ($1, $2, $3, $4)"
	" on conflict (kind, version) do update set checksum = excluded.checksum, applied_at = now()",
	TEXTOID, INT4OID, TEXTOID, TEXTOID);

/* A view that is gone was dropped together with something that it used. */
static VzStmt views_are_current = VZ_STMT_NO_ARGS(
	"select c.checksum, c.checksum is not distinct from a.checksum"
	"       and not exists (select from veza_data.managed_view"
	"                        where to_regclass(format('%I.%I', view_schema, view_name)) is null) as yes"
	"  from (select encode(sha256(convert_to(string_agg(checksum, ',' order by kind, version), 'UTF8')),"
	"                      'hex') as checksum"
	"          from veza.migration where kind <> 'schema') c"
	"  left join veza_data.applied_migration a on a.kind = 'views' and a.version = 0");

/* Views of others that use one of ours; they must not vanish silently. */
static VzStmt dependent_views = VZ_STMT_NO_ARGS(
	"select distinct r.ev_class::pg_catalog.regclass::text as dependent,"
	"       d.refobjid::pg_catalog.regclass::text as used"
	"  from veza_data.managed_view m"
	"  join pg_catalog.pg_namespace n on n.nspname = m.view_schema"
	"  join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = m.view_name"
	"  join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass"
	"                              and d.refobjid = c.oid"
	"                              and d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass"
	"  join pg_catalog.pg_rewrite r on r.oid = d.objid and r.ev_class <> c.oid"
	" where r.ev_class not in (select c2.oid from veza_data.managed_view m2"
	"                            join pg_catalog.pg_namespace n2 on n2.nspname = m2.view_schema"
	"                            join pg_catalog.pg_class c2 on c2.relnamespace = n2.oid"
	"                                                        and c2.relname = m2.view_name)"
	" order by 1, 2");

static VzStmt drop_statement = VZ_STMT_NO_ARGS(
	"select 'drop view ' || string_agg(format('%I.%I', view_schema, view_name), ', ') as sql"
	"  from veza_data.managed_view m"
	" where to_regclass(format('%I.%I', view_schema, view_name)) is not null");

static VzStmt forget_views = VZ_STMT_NO_ARGS("delete from veza_data.managed_view");

static VzStmt view_scripts = VZ_STMT_NO_ARGS(
	"select name, sql from veza.migration where kind <> 'schema'"
	" order by array_position(array['shape', 'report', 'grant'], kind), version");

/* Whatever view stands in our schemas after the scripts, was not there before and is no member. */
static VzStmt remember_views = VZ_STMT(
	"insert into veza_data.managed_view (view_schema, view_name, rights)"
	" select n.nspname, c.relname,"
	"        (select coalesce(jsonb_agg(jsonb_build_array(a.grantee::regrole::text, a.privilege_type, a.is_grantable)), '[]')"
	"           from aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a where a.grantee <> 0)"
	"   from pg_class c join pg_namespace n on n.oid = c.relnamespace"
	"  where c.relkind = 'v' and n.nspname in ('veza', 'veza_data', 'veza_report')"
	"    and c.oid <> all ($1)"
	"    and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass"
	"                       and d.objid = c.oid and d.deptype = 'e')",
	OIDARRAYOID);

static VzStmt present_views = VZ_STMT_NO_ARGS(
	"select coalesce(array_agg(c.oid), '{}') as oids"
	"  from pg_class c join pg_namespace n on n.oid = c.relnamespace"
	" where c.relkind = 'v' and n.nspname in ('veza', 'veza_data', 'veza_report')");

/* Migrations that are applied, and how many are still to come. */
static VzStmt count_migrations = VZ_STMT_NO_ARGS(
	"select count(*) filter (where a.version is not null) as applied, count(*) filter (where a.version is null) as due"
	"  from veza.migration m"
	"  left join veza_data.applied_migration a on a.kind = 'schema' and a.version = m.version"
	" where m.kind = 'schema'");

VZ_FUNCTION(migrate);
VZ_FUNCTION(schema_state);

/* migrate_tables applies the schema migrations that are not applied yet; returns their number. */
static int
migrate_tables(void)
{
	VzRows		m = vz_query_rows(&schema_migrations, VZ_NO_ARGS);
	int			applied = 0;

	for (uint64 i = 0; i < m.n; i++)
	{
		VzRow	   *row = &m.row[i];
		char	   *checksum = vz_row_text(row, "checksum");
		char	   *before = vz_row_text(row, "applied_checksum");
		char	   *name = vz_row_text(row, "name");

		if (before != NULL && strcmp(before, checksum) != 0)
			vz_raise(vz_fact(vz_fact(vz_fact(vz_refusal(VZ_E_MIGRATION_CHANGED), "migration", name),
									 "applied", before), "shipped", checksum));
		if (before != NULL)
			continue;
		ereport(NOTICE, (errmsg("applying migration %04d %s", vz_row_int4(row, "version"), name)));
		vz_execute_script(vz_row_text(row, "sql"));
		vz_execute(&record_migration, VZ_ARGS(vz_arg_text("schema"),
											  vz_arg_int4(vz_row_int4(row, "version")),
											  vz_arg_text(name), vz_arg_text(checksum)));
		applied++;
	}
	return applied;
}

/* refuse_dependents raises when a view of somebody else's uses one of ours. */
static void
refuse_dependents(void)
{
	VzRows		d = vz_query_rows(&dependent_views, VZ_NO_ARGS);
	VzRefusal  *r = vz_refusal(VZ_E_DEPENDENT_VIEW);

	if (d.n == 0)
		return;
	for (uint64 i = 0; i < d.n; i++)
		vz_fact(r, vz_row_text(&d.row[i], "dependent"),
				psprintf("uses %s", vz_row_text(&d.row[i], "used")));
	vz_raise(r);
}

/* migrate_views drops and creates the shapes and reports, if their texts have changed; what others granted on them stays. */
static bool
migrate_views(bool tables_changed)
{
	VzRow		row;
	VzRow		present;
	char	   *checksum;
	VzRows		scripts;
	VzRows		grants;

	vz_query_row(&views_are_current, VZ_NO_ARGS, &row);
	if (vz_row_bool(&row, "yes") && !tables_changed)
		return false;
	checksum = vz_row_text(&row, "checksum");

	refuse_dependents();
	grants = vz_rights_on_views();
	if (vz_query_row(&drop_statement, VZ_NO_ARGS, &row) && !vz_row_isnull(&row, "sql"))
		vz_execute_script(vz_row_text(&row, "sql"));
	vz_execute(&forget_views, VZ_NO_ARGS);
	vz_query_row(&present_views, VZ_NO_ARGS, &present);

	scripts = vz_query_rows(&view_scripts, VZ_NO_ARGS);
	for (uint64 i = 0; i < scripts.n; i++)
		vz_execute_script(vz_row_text(&scripts.row[i], "sql"));

	{
		bool		isnull;
		Datum		oids = vz_row_datum(&present, "oids", &isnull);

		vz_execute(&remember_views, VZ_ARGS(vz_arg_datum(oids, isnull)));
	}
	vz_rights_restore(&grants);
	vz_execute(&record_migration, VZ_ARGS(vz_arg_text("views"), vz_arg_int4(0),
										  vz_arg_text("shapes and reports"), vz_arg_text(checksum)));
	return true;
}

/*
 * migrate brings the database to this extension's schema; it does nothing
 * when it is there already.
 */
Datum
migrate(PG_FUNCTION_ARGS)
{
	VzLock		lock = vz_lock(VZ_LOCK_MIGRATION, 0);
	VzRow		row;
	int			applied;
	bool		views;
	int64		guards;

	if (creating_extension)
		vz_raise_error(VZ_E_MIGRATION_MISPLACED);
	vz_require_own_tables();
	vz_lock_take(&lock);
	vz_query_row(&has_bookkeeping, VZ_NO_ARGS, &row);
	if (!vz_row_bool(&row, "yes"))
		vz_execute_script(bookkeeping);
	applied = migrate_tables();
	vz_settings_describe();
	vz_guards_learn();
	views = migrate_views(applied > 0);
	guards = vz_guards_restore();
	vz_rights_give_back();
	if (applied > 0 || views || guards > 0)
		Async_Notify("veza_routes", "migrated");
	PG_RETURN_VOID();
}

const char *
vz_schema_state(void)
{
	const char *state = "behind";
	VzRow		row;

	vz_query_row(&has_bookkeeping, VZ_NO_ARGS, &row);
	if (!vz_row_bool(&row, "yes"))
		return "empty";
	vz_query_row(&count_migrations, VZ_NO_ARGS, &row);
	if (vz_row_int8(&row, "applied") == 0)
		state = "empty";
	else if (vz_row_int8(&row, "due") == 0)
	{
		vz_query_row(&views_are_current, VZ_NO_ARGS, &row);
		if (vz_row_bool(&row, "yes") && !vz_rights_are_due())
			state = "ready";
	}
	return state;
}

/* schema_state returns what vz_schema_state does. */
Datum
schema_state(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(vz_schema_state()));
}
