/*
 * debug_statements.c
 *		Which statements took most time, by the extension pg_stat_statements.
 *
 * A DBA chooses its schema, and SQL text is never built: the function is found
 * through the search_path, pg_catalog first. In the extension's schema a
 * function of that name and that argument can only be the extension's own, and
 * every operator below exists in pg_catalog for exactly these types.
 */
#include "../core/ground/attempt.h"
#include "../core/ground/json.h"
#include "../core/ground/owner.h"
#include "debug.h"
#include "utils/guc.h"

static VzStmt find_schema = VZ_STMT_NO_ARGS(
	"select quote_ident(n.nspname) as schema, has_schema_privilege(n.oid, 'USAGE') as is_open"
	"  from pg_extension e join pg_namespace n on n.oid = e.extnamespace"
	" where e.extname = 'pg_stat_statements'");

static VzStmt statements = VZ_STMT_NO_ARGS(
	"select pg_get_userbyid(s.userid)::text as role, s.calls, s.total_exec_time as total_ms, s.mean_exec_time as mean_ms,"
	"       s.rows, s.shared_blks_hit as blocks_hit, s.shared_blks_read as blocks_read,"
	"       s.temp_blks_written as temp_blocks_written,"
	"       case when starts_with(pg_get_userbyid(s.userid)::text, 'veza_') then veza.redact_sql(s.query) end as query"
	"  from pg_stat_statements(true) s join pg_database d on d.oid = s.dbid"
	" where d.datname = current_database() order by s.total_exec_time desc limit 50");

/* What is read within a savepoint. */
typedef struct Reading
{
	const char *schema;
	MemoryContext context;
	const char *json;
} Reading;

VZ_FUNCTION(debug_statements);

/* read_statements reads the statistics where their extension is installed, into memory that outlives the savepoint. */
static void
read_statements(void *state)
{
	Reading    *reading = state;
	int			guc_level = vz_search_path_add(reading->schema);
	Datum		json = vz_json_rows(&statements, VZ_NO_ARGS, NULL);

	vz_search_path_reset(guc_level);
	reading->json = MemoryContextStrdup(reading->context, text_to_cstring(DatumGetTextPP(json)));
}

/* statements_answer makes the answer; message says why there are no statistics, or is NULL. */
static Datum
statements_answer(const char *message, const char *list)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfo(&json, "{\"available\":%s,\"message\":", message == NULL ? "true" : "false");
	if (message == NULL)
		appendStringInfoString(&json, "null");
	else
		escape_json(&json, message);
	appendStringInfo(&json, ",\"statements\":%s}", list);
	return vz_json_datum(&json);
}

/* debug_statements lists the statements of this database that took most time. */
Datum
debug_statements(PG_FUNCTION_ARGS)
{
	Reading		reading = {.context = CurrentMemoryContext};
	const char *problem;
	VzRow		row;

	vz_debug_begin("debug.statements", NULL);
	if (GetConfigOption("pg_stat_statements.max", true, false) == NULL)
		return statements_answer("PostgreSQL was started without pg_stat_statements: put it into shared_preload_libraries and restart.", "[]");
	if (!vz_query_row(&find_schema, VZ_NO_ARGS, &row))
		return statements_answer("Run CREATE EXTENSION pg_stat_statements in this database.", "[]");
	reading.schema = vz_row_text(&row, "schema");
	if (!vz_row_bool(&row, "is_open"))
		return statements_answer(psprintf("Run GRANT USAGE ON SCHEMA %s TO veza_owner.", reading.schema), "[]");
	problem = vz_attempt(read_statements, &reading);
	vz_search_path_reset(0);
	if (problem != NULL)
		return statements_answer(psprintf("pg_stat_statements cannot be read: %s.", problem), "[]");
	return statements_answer(NULL, reading.json);
}
