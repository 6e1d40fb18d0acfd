/*
 * debug.c
 *		Looks into the running server, for administrators. Who looked is in the
 *		audit log; no constant of a statement is shown.
 */
#include "../core/ground/attempt.h"
#include "../core/ground/audit.h"
#include "../core/ground/json.h"
#include "../core/ground/refusal.h"
#include "../core/request/request.h"
#include "debug.h"
#include "redact.h"

#define REDACTED_SIZE	601
#define SECONDS_MAX		60

static VzStmt profiles = VZ_STMT_NO_ARGS(
	"select split_part(path, '/', 7) as name, path, summary from veza.routes"
	" where path like '/api/v1/admin/debug/pprof/_%' and method = 'GET' order by path");

static VzStmt programs = VZ_STMT_NO_ARGS(
	"select extversion as extension from pg_extension where extname = 'veza'");

static VzStmt activity = VZ_STMT_NO_ARGS(
	"select pid, role, application_name, state, wait_event_type, wait_event, transaction_seconds, state_seconds,"
	"       veza.redact_sql(query) as query"
	"  from veza_data.debug_activity_shape"
	" order by state = 'active' desc, transaction_seconds desc nulls last, pid");

static VzStmt locks = VZ_STMT_NO_ARGS(
	"select * from veza_data.debug_lock_shape order by granted, waiting_seconds desc, pid, kind, relation, mode limit 500");

static VzStmt tables = VZ_STMT_NO_ARGS(
	"select * from veza_data.debug_table_shape order by table_bytes + index_bytes desc, name");

static VzStmt memory = VZ_STMT_NO_ARGS(
	"select pg_backend_pid() as pid, sum(c.total_bytes)::bigint as total_bytes,"
	"       json_agg(c order by c.total_bytes desc) as contexts"
	"  from (select name, count(*) as contexts, sum(total_bytes)::bigint as total_bytes, sum(used_bytes)::bigint as used_bytes"
	"          from pg_backend_memory_contexts group by name) c");

VZ_FUNCTION(redact_sql);
VZ_FUNCTION(debug_profiles);
VZ_FUNCTION(debug_profile);
VZ_FUNCTION(debug_cmdline);
VZ_FUNCTION(debug_activity);
VZ_FUNCTION(debug_locks);
VZ_FUNCTION(debug_tables);
VZ_FUNCTION(debug_memory);

/* redact_sql returns a statement without constants and comments. */
Datum
redact_sql(PG_FUNCTION_ARGS)
{
	char		shown[REDACTED_SIZE];

	vz_redact_sql(text_to_cstring(PG_GETARG_TEXT_PP(0)), shown, sizeof(shown));
	PG_RETURN_TEXT_P(cstring_to_text(shown));
}

void
vz_debug_begin(const char *action, const char *details)
{
	vz_require_admin();
	vz_audit(&(VzAudit) {.action = action, .details = details});
}

/* debug_profiles lists the looks that have routes. */
Datum
debug_profiles(PG_FUNCTION_ARGS)
{
	return vz_json_rows(&profiles, VZ_NO_ARGS, NULL);
}

/*
 * debug_profile says whether and for how many seconds veza-httpd takes a CPU
 * profile of itself; the profile is the answer.
 *
 * Argument: seconds.
 */
Datum
debug_profile(PG_FUNCTION_ARGS)
{
	int32		seconds = PG_ARGISNULL(0) ? 0 : PG_GETARG_INT32(0);
	StringInfoData json;

	vz_require_admin();
	if (seconds < 1 || seconds > SECONDS_MAX)
		vz_raise(vz_field_error(vz_refusal(VZ_E_VALIDATION_ERROR), "seconds", "must be from 1 to 60"));
	if (!vz_actor()->is_http)
		vz_raise_error(VZ_E_PROFILE_OVER_HTTP_ONLY);
	initStringInfo(&json);
	appendStringInfo(&json, "{\"seconds\":%d}", seconds);
	vz_debug_begin("debug.profile", json.data);
	return vz_json_datum(&json);
}

/* debug_cmdline tells the version of the extension; veza-httpd adds what it is. */
Datum
debug_cmdline(PG_FUNCTION_ARGS)
{
	Datum		json = (Datum) 0;

	vz_json_row(&programs, VZ_NO_ARGS, &json);
	return json;
}

/* debug_activity lists the sessions of this database, busy ones first. */
Datum
debug_activity(PG_FUNCTION_ARGS)
{
	vz_debug_begin("debug.activity", NULL);
	return vz_json_rows(&activity, VZ_NO_ARGS, NULL);
}

/* debug_locks lists locks, those that are waited for first. */
Datum
debug_locks(PG_FUNCTION_ARGS)
{
	vz_debug_begin("debug.locks", NULL);
	return vz_json_rows(&locks, VZ_NO_ARGS, NULL);
}

/* debug_tables lists our tables, largest first. */
Datum
debug_tables(PG_FUNCTION_ARGS)
{
	vz_debug_begin("debug.tables", NULL);
	return vz_json_rows(&tables, VZ_NO_ARGS, NULL);
}

/* debug_memory tells the memory contexts of this backend by name; their texts may hold statements and are left out. */
Datum
debug_memory(PG_FUNCTION_ARGS)
{
	Datum		json = (Datum) 0;

	vz_debug_begin("debug.memory", NULL);
	vz_json_row(&memory, VZ_NO_ARGS, &json);
	return json;
}
