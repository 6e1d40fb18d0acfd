/*
 * page.c
 *		Paging of lists (see page.h).
 */
#include "page.h"

#include "../ground/json.h"
#include "../ground/refusal.h"
#include "../ground/actor.h"
#include "../ground/response.h"
#include "../ground/token.h"

#define CURSOR_SEPARATOR '_'

/* What the visitor of a page fills. */
typedef struct PageRows
{
	StringInfoData json;
	int			limit;
	bool		has_more;
	TimestampTz last_time;
	pg_uuid_t	last_id;
} PageRows;

/* read_cursor reads "<microseconds>_<uuid>"; false when it is not one of ours. */
static bool
read_cursor(const char *text, VzPage *page)
{
	char	   *end;

	errno = 0;
	page->after_time = strtoi64(text, &end, 10);
	page->has_cursor = errno == 0 && end != text && *end == CURSOR_SEPARATOR &&
		vz_parse_uuid(end + 1, page->after_id.data);
	return page->has_cursor;
}

bool
vz_page_read_numbers(FunctionCallInfo fcinfo, int argno, VzPage *page, VzRefusal *wrong)
{
	bool		ok = true;

	memset(page, 0, sizeof(*page));
	page->page = PG_ARGISNULL(argno) ? 1 : PG_GETARG_INT32(argno);
	page->limit = PG_ARGISNULL(argno + 1) ? VZ_PAGE_LIMIT_DEFAULT : PG_GETARG_INT32(argno + 1);
	if (page->page < 1 || page->page > 100000)
	{
		vz_field_error(wrong, "page", "must be a number from 1 to 100000");
		ok = false;
	}
	if (page->limit < 1 || page->limit > VZ_PAGE_LIMIT_MAX)
	{
		vz_field_error(wrong, "limit", psprintf("must be a number from 1 to %d", VZ_PAGE_LIMIT_MAX));
		ok = false;
	}
	return ok;
}

bool
vz_page_read(FunctionCallInfo fcinfo, int argno, VzPage *page)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	bool		ok = vz_page_read_numbers(fcinfo, argno, page, wrong);

	if (!PG_ARGISNULL(argno + 2) &&
		!read_cursor(text_to_cstring(PG_GETARG_TEXT_PP(argno + 2)), page))
	{
		vz_field_error(wrong, "cursor", "must be the next_cursor of an earlier answer");
		ok = false;
	}
	if (!ok)
		vz_refuse(wrong);
	return ok;
}

/* append_page is the visitor: it writes up to limit rows and notes whether more follow. */
static void
append_page(SPITupleTable *rows, uint64 n, void *state)
{
	PageRows   *page = state;
	uint64		shown = Min(n, (uint64) page->limit);

	page->has_more = n > shown;
	appendStringInfoChar(&page->json, '[');
	for (uint64 i = 0; i < shown; i++)
	{
		VzRow		row = {rows->vals[i], rows->tupdesc};

		if (i > 0)
			appendStringInfoChar(&page->json, ',');
		vz_json_append_row(&page->json, &row);
		if (i == shown - 1)
		{
			page->last_time = vz_row_time(&row, "created_at");
			page->last_id = *vz_row_uuid(&row, "id");
		}
	}
	appendStringInfoChar(&page->json, ']');
}

void
vz_page_meta(const VzPage *page, int64 total, bool is_exact, const char *next_cursor)
{
	StringInfoData meta;

	initStringInfo(&meta);
	appendStringInfo(&meta, "{\"page\":%d,\"per_page\":%d,\"total\":" INT64_FORMAT
					 ",\"total_pages\":" INT64_FORMAT "%s,\"next_cursor\":",
					 page->page, page->limit, total, (total + page->limit - 1) / page->limit,
					 is_exact ? "" : ",\"total_is_exact\":false");
	if (next_cursor != NULL)
		escape_json(&meta, next_cursor);
	else
		appendStringInfoString(&meta, "null");
	appendStringInfoChar(&meta, '}');
	vz_set_meta(meta.data);
}

/* with_filters writes the filters behind the first n arguments; returns how many arguments there are. */
static int
with_filters(VzArg *args, int n, int nfilters, const VzArg *filters)
{
	if (n + nfilters > VZ_STMT_MAX_ARGS)
		elog(ERROR, "a list has too many filters");
	for (int i = 0; i < nfilters; i++)
		args[n + i] = filters[i];
	return n + nfilters;
}

Datum
vz_page_answer_filtered(const VzPage *page, VzStmt *rows, VzStmt *count, const pg_uuid_t *owner,
						int nfilters, const VzArg *filters)
{
	PageRows	answer = {.limit = page->limit};
	VzArg		args[VZ_STMT_MAX_ARGS];
	VzRow		row;

	initStringInfo(&answer.json);
	args[0] = vz_arg_uuid(owner);
	args[1] = page->has_cursor ? vz_arg_datum(TimestampTzGetDatum(page->after_time), false) : vz_arg_null();
	args[2] = vz_arg_uuid(page->has_cursor ? &page->after_id : NULL);
	args[3] = vz_arg_int4(page->limit + 1);
	args[4] = vz_arg_int4(page->has_cursor ? 0 : (page->page - 1) * page->limit);
	vz_query_visit(rows, with_filters(args, 5, nfilters, filters), args, append_page, &answer);
	vz_query_row(count, with_filters(args, 1, nfilters, filters), args, &row);
	vz_page_meta(page, vz_row_int8(&row, "n"), true, !answer.has_more ? NULL
				 : psprintf(INT64_FORMAT "%c%s", answer.last_time, CURSOR_SEPARATOR, vz_uuid_text(&answer.last_id)));
	return vz_json_datum(&answer.json);
}

Datum
vz_page_answer(const VzPage *page, VzStmt *rows, VzStmt *count, const pg_uuid_t *owner)
{
	return vz_page_answer_filtered(page, rows, count, owner, VZ_NO_ARGS);
}
