/*
 * guards.c
 *		What has to be there besides rows (see guards.h).
 *
 * The migrations themselves are the list: what they make with CREATE TABLE,
 * CREATE INDEX and CREATE TRIGGER, and do not drop again, has to be there. A
 * trigger that is gone (DROP EXTENSION ... CASCADE takes all guards along) or
 * switched off is made anew; veza.audit reports the rest.
 */
#include "guards.h"

#include "../ground/audit.h"
#include "../ground/query.h"
#include "../ground/refusal.h"

static VzStmt learn = VZ_STMT_NO_ARGS(
	"with step as ("
	"  select m.version, s.n, s.m[1] as statement, s.m[2] as verb, lower(s.m[3]) as kind,"
	"         split_part(s.m[4], '.', -1) as name,"
	"         coalesce(substring(s.m[1] from '\\sON\\s+(veza_data\\.[a-z0-9_]+)'), 'veza_data.' || split_part(s.m[4], '.', -1)) as table_name"
	"    from veza.migration m,"
	"         regexp_matches(m.sql, '^((CREATE|DROP)\\s+(?:CONSTRAINT\\s+|UNIQUE\\s+)?(TRIGGER|INDEX|TABLE)\\s+"
	"(?:IF\\s+(?:NOT\\s+)?EXISTS\\s+)?([a-z0-9_.]+)[^;]*);', 'gw')"
	"           with ordinality s(m, n)"
	"   where m.kind = 'schema'),"
	" last_step as ("
	"  select distinct on (kind, name, case kind when 'trigger' then table_name end) *"
	"    from step order by kind, name, case kind when 'trigger' then table_name end, version desc, n desc),"
	" made as ("
	"  select kind, table_name, name, case kind when 'table' then '' else statement end as statement"
	"    from last_step where verb = 'CREATE'"
	"  union all select 'table', 'veza_data.' || name, name, '' from unnest('{applied_migration,managed_view}'::text[]) name),"
	" gone as ("
	"  delete from veza_data.guard g where (kind, table_name, name) not in (select kind, table_name, name from made))"
	" insert into veza_data.guard as g (kind, table_name, name, statement)"
	" select kind, table_name, name, statement from made"
	" on conflict (kind, table_name, name) do update set statement = excluded.statement"
	"  where g.statement <> excluded.statement");

static VzStmt broken_triggers = VZ_STMT_NO_ARGS(
	"select table_name, name, statement, problem from veza.guard"
	" where kind = 'trigger' and problem is not null and to_regclass(table_name) is not null"
	" order by table_name, name");

static VzStmt drop_trigger = VZ_STMT(
	"select format('drop trigger %I on %s', $2, $1) as sql from pg_trigger"
	" where tgrelid = to_regclass($1) and tgname = $2", TEXTOID, TEXTOID);

/* Functions of the migrations that belong to somebody else; the extension's script owns those of the extension. */
#define STRANGE_FUNCTIONS \
	" from pg_proc p where pronamespace = to_regnamespace('veza_data') and proowner <> 'veza_owner'::regrole" \
	"  and exists (select from veza.migration m" \
	"               where m.kind = 'schema' and strpos(m.sql, format('CREATE FUNCTION veza_data.%s(', p.proname)) > 0)"

/* A schema is listed under its own name; tables and functions that somebody else has added are theirs. */
static VzStmt strangers = VZ_STMT_NO_ARGS(
	"select nspname::text as name, nspowner::regrole::text as owner from pg_namespace"
	" where nspname in ('veza_data', 'veza_report') and nspowner <> 'veza_owner'::regrole"
	" union all"
	" select 'veza_data.' || relname, relowner::regrole::text from pg_class"
	"  where relnamespace = to_regnamespace('veza_data') and relkind = 'r' and relowner <> 'veza_owner'::regrole"
	"    and relname in (select substring(m[1] from 'veza_data\\.([a-z0-9_]+)') from veza.migration,"
	"                           regexp_matches(sql, '^(CREATE\\s+TABLE\\s+veza_data\\.[a-z0-9_]+)', 'gw') m"
	"                     union all values ('applied_migration'), ('managed_view'))"
	" union all"
	" select oid::regprocedure::text, proowner::regrole::text" STRANGE_FUNCTIONS
	" order by 1");

/* Every table, view, function and schema of ours that belongs to somebody else; sequences follow their tables. */
static VzStmt adoptions = VZ_STMT_NO_ARGS(
	"select format('alter schema %I owner to veza_owner', nspname) as sql from pg_namespace"
	" where nspname in ('veza_data', 'veza_report') and nspowner <> 'veza_owner'::regrole"
	" union all"
	" select format('alter %s %s owner to veza_owner', case relkind when 'v' then 'view' else 'table' end, oid::regclass) from pg_class"
	"  where relkind in ('r', 'v') and relowner <> 'veza_owner'::regrole"
	"    and (relnamespace::regnamespace::text, relname) in"
	"        (select 'veza_data', substring(m[1] from 'veza_data\\.([a-z0-9_]+)') from veza.migration,"
	"                regexp_matches(sql, '^(CREATE\\s+TABLE\\s+veza_data\\.[a-z0-9_]+)', 'gw') m"
	"          union all values ('veza_data', 'applied_migration'), ('veza_data', 'managed_view')"
	"          union all select view_schema::text, view_name from veza_data.managed_view)"
	" union all"
	" select format('alter function %s owner to veza_owner', oid::regprocedure)" STRANGE_FUNCTIONS);

VZ_FUNCTION(adopt);

void
vz_require_own_tables(void)
{
	VzRows		found = vz_query_rows(&strangers, VZ_NO_ARGS);
	VzRefusal  *r = vz_refusal(VZ_E_OWNER_CHANGED);

	if (found.n == 0)
		return;
	for (uint64 i = 0; i < found.n; i++)
		vz_fact(r, vz_row_text(&found.row[i], "name"), psprintf("belongs to %s", vz_row_text(&found.row[i], "owner")));
	vz_raise(r);
}

/*
 * adopt gives veza_owner back what a restore without owners has left to
 * somebody else; returns how many objects. It runs with the rights of who calls it.
 */
Datum
adopt(PG_FUNCTION_ARGS)
{
	VzRows		found = vz_query_rows(&adoptions, VZ_NO_ARGS);

	for (uint64 i = 0; i < found.n; i++)
		vz_execute_script(vz_row_text(&found.row[i], "sql"));
	PG_RETURN_INT64((int64) found.n);
}

void
vz_guards_learn(void)
{
	vz_execute(&learn, VZ_NO_ARGS);
}

/* restore_trigger makes one trigger anew and puts that on record. */
static void
restore_trigger(const VzRow *guard)
{
	char	   *table = vz_row_text(guard, "table_name");
	char	   *name = vz_row_text(guard, "name");
	char	   *problem = vz_row_text(guard, "problem");
	VzAudit		entry = {.action = "schema.guard_restored", .resource_type = "trigger"};
	VzRow		row;

	if (vz_query_row(&drop_trigger, VZ_ARGS(vz_arg_text(table), vz_arg_text(name)), &row))
		vz_execute_script(vz_row_text(&row, "sql"));
	vz_execute_script(vz_row_text(guard, "statement"));
	ereport(NOTICE, (errmsg("trigger %s of %s was %s and is there again", name, table, problem)));
	entry.resource_id = psprintf("%s.%s", table, name);
	entry.reason = problem;
	vz_audit(&entry);
}

int64
vz_guards_restore(void)
{
	VzRows		broken = vz_query_rows(&broken_triggers, VZ_NO_ARGS);

	for (uint64 i = 0; i < broken.n; i++)
		restore_trigger(&broken.row[i]);
	return (int64) broken.n;
}
