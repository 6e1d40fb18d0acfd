/*
 * rights.c
 *		Rights that others gave on what we make anew (see rights.h).
 */
#include "rights.h"

#include "../ground/attempt.h"

/*
 * The rights that the scripts gave are in managed_view.rights; what differs
 * is somebody's doing. Before they were recorded, everything of roles that are
 * not ours was.
 */
static VzStmt view_rights = VZ_STMT_NO_ARGS(
	"with ours as ("
	"  select m.view_schema, m.view_name, c.oid, c.relowner, c.relacl, m.rights"
	"    from veza_data.managed_view m"
	"    join pg_class c on c.oid = to_regclass(format('%I.%I', m.view_schema, m.view_name))),"
	" now as ("
	"  select o.oid, o.view_schema, o.view_name, case a.grantee when 0 then 'public' else a.grantee::regrole::text end as grantee,"
	"         a.privilege_type, a.is_grantable"
	"    from ours o, aclexplode(o.relacl) a"
	"   where a.grantee <> o.relowner and (a.grantee = 0 or a.grantee in (select oid from pg_roles))),"
	" initial as ("
	"  select o.oid, o.view_schema, o.view_name, r ->> 0 as grantee, r ->> 1 as privilege_type, (r ->> 2)::bool as is_grantable"
	"    from ours o, jsonb_array_elements(o.rights) r"
	"   where to_regrole(r ->> 0) is not null and to_regrole(r ->> 0) <> o.relowner"
	"  union all"
	"  select n.* from now n join ours o using (oid)"
	"   where o.rights is null and n.grantee in ('veza_dba', 'veza_analyst', 'veza_httpd', 'veza_relay'))"
	" select format('grant %s on %I.%I to %s', privilege_type, view_schema, view_name, grantee)"
	"        || case when is_grantable then ' with grant option' else '' end as sql"
	"   from (select * from now except select * from initial) given"
	" union all"
	" select format('revoke %s on %I.%I from %s', privilege_type, view_schema, view_name, grantee)"
	"   from (select * from initial except select * from now) taken"
	" union all"
	" select format('grant %s (%I) on %I.%I to %s', x.privilege_type, a.attname, o.view_schema, o.view_name,"
	"               case x.grantee when 0 then 'public' else x.grantee::regrole::text end)"
	"        || case when x.is_grantable then ' with grant option' else '' end"
	"   from ours o join pg_attribute a on a.attrelid = o.oid and a.attnum > 0, aclexplode(a.attacl) x"
	"  where x.grantee = 0 or x.grantee in (select oid from pg_roles)");

static VzStmt kept_rights = VZ_STMT_NO_ARGS(
	"select format('%s %s%s on %s %s %s %s', verb, privilege, coalesce(' (' || quote_ident(\"column\") || ')', ''), kind, name,"
	"              case verb when 'GRANT' then 'to' else 'from' end, coalesce(grantee, 'public'))"
	"       || case when is_grantable and verb = 'GRANT' then ' with grant option' else '' end as sql"
	"  from veza.kept_grant order by no");

static VzStmt forget_kept = VZ_STMT_NO_ARGS("delete from veza.kept_grant");

static VzStmt any_kept = VZ_STMT_NO_ARGS("select exists (select from veza.kept_grant) as yes");

VzRows
vz_rights_on_views(void)
{
	return vz_query_rows(&view_rights, VZ_NO_ARGS);
}

/* run_statement gives one right back; for vz_attempt. */
static void
run_statement(void *state)
{
	vz_execute_script(vz_row_text(state, "sql"));
}

void
vz_rights_restore(const VzRows *statements)
{
	for (uint64 i = 0; i < statements->n; i++)
	{
		const char *error = vz_attempt(run_statement, &statements->row[i]);

		/* What it is about may be gone in this version. */
		if (error != NULL)
			ereport(WARNING, (errmsg("a right could not be given back: %s", vz_row_text(&statements->row[i], "sql")),
							  errdetail("%s.", error)));
	}
}

void
vz_rights_give_back(void)
{
	VzRows		kept = vz_query_rows(&kept_rights, VZ_NO_ARGS);

	if (kept.n == 0)
		return;
	vz_rights_restore(&kept);
	vz_execute(&forget_kept, VZ_NO_ARGS);
}

bool
vz_rights_are_due(void)
{
	VzRow		row;

	vz_query_row(&any_kept, VZ_NO_ARGS, &row);
	return vz_row_bool(&row, "yes");
}
