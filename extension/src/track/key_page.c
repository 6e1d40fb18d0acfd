/*
 * key_page.c
 *		Lists in any order (see key_page.h).
 */
#include "key_page.h"

#include "../core/ground/arguments.h"
#include "../core/ground/json.h"

/* What the visitor of a page fills. */
typedef struct ShownRows
{
	StringInfoData json;
	int			limit;
	int			shown;
	bool		has_more;
	StringInfoData last_key;
	StringInfoData last_id;
} ShownRows;

void
vz_key_page_read(FunctionCallInfo fcinfo, int argno, int order, VzCursorKind kind, VzKeyPage *page,
				 VzRefusal *wrong)
{
	char	   *text = vz_text_argument(fcinfo, argno + 2);
	VzCursor	cursor;

	memset(page, 0, sizeof(*page));
	page->order = order;
	if (!vz_page_read_numbers(fcinfo, argno, &page->numbers, wrong))
		return;
	if (text == NULL || text[0] == '\0')
	{
		if ((int64) page->numbers.page * page->numbers.limit > VZ_KEY_PAGE_ROWS_MAX)
			vz_field_error(wrong, "page", psprintf("must stay within the first %d rows; follow next_cursor beyond", VZ_KEY_PAGE_ROWS_MAX));
		return;
	}
	if (strlen(text) > VZ_CURSOR_MAX || !vz_cursor_read(text, kind, &cursor) || cursor.order != order)
	{
		vz_field_error(wrong, "cursor", "must be the next_cursor of an earlier answer in the same order");
		return;
	}
	page->after_key = pstrdup(cursor.key);
	page->after_id = pstrdup(cursor.id);
}

/* append_shown writes the row without its sort_key. */
static void
append_shown(StringInfo json, const VzRow *row)
{
	bool		is_first = true;

	appendStringInfoChar(json, '{');
	for (int i = 0; i < row->desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(row->desc, i);
		bool		isnull;
		Datum		value;

		if (strcmp(NameStr(column->attname), "sort_key") == 0)
			continue;
		value = heap_getattr(row->tuple, i + 1, row->desc, &isnull);
		if (!is_first)
			appendStringInfoChar(json, ',');
		is_first = false;
		escape_json(json, NameStr(column->attname));
		appendStringInfoChar(json, ':');
		vz_json_append(json, value, isnull, column->atttypid);
	}
	appendStringInfoChar(json, '}');
}

/* visit_keyed is the visitor: it writes up to limit rows and notes whether more follow. */
static void
visit_keyed(SPITupleTable *rows, uint64 n, void *state)
{
	ShownRows  *answer = state;

	answer->shown = (int) Min(n, (uint64) answer->limit);
	answer->has_more = n > (uint64) answer->limit;
	resetStringInfo(&answer->json);
	appendStringInfoChar(&answer->json, '[');
	for (int i = 0; i < answer->shown; i++)
	{
		VzRow		row = {rows->vals[i], rows->tupdesc};

		if (i > 0)
			appendStringInfoChar(&answer->json, ',');
		append_shown(&answer->json, &row);
		if (i == answer->shown - 1)
		{
			/* What is read of a row goes with the rows. */
			resetStringInfo(&answer->last_key);
			resetStringInfo(&answer->last_id);
			appendStringInfoString(&answer->last_key, vz_row_text(&row, "sort_key"));
			appendStringInfoString(&answer->last_id, vz_row_text(&row, "id"));
		}
	}
	appendStringInfoChar(&answer->json, ']');
}

int
vz_key_page_offset(const VzKeyPage *page)
{
	return page->after_key ? 0 : (page->numbers.page - 1) * page->numbers.limit;
}

/* new_answer is one without rows. */
static ShownRows *
new_answer(const VzKeyPage *page)
{
	ShownRows  *answer = palloc0(sizeof(ShownRows));

	answer->limit = page->numbers.limit;
	initStringInfo(&answer->json);
	initStringInfo(&answer->last_key);
	initStringInfo(&answer->last_id);
	return answer;
}

/* finish_answer says where the rows stand in the list, and gives them back. */
static Datum
finish_answer(const VzKeyPage *page, ShownRows *answer, VzStmt *count, int nfilters, const VzArg *filters)
{
	int64		total = vz_key_page_offset(page) + answer->shown + (answer->has_more ? 1 : 0);
	char	   *next = NULL;
	VzRow		row;

	if (count != NULL && vz_query_row(count, nfilters, filters, &row))
		total = vz_row_int8(&row, "n");
	if (answer->has_more)
	{
		next = palloc(VZ_CURSOR_ROOM(answer->last_key.len));
		vz_cursor_write(&(VzCursor) {page->order, answer->last_key.data, answer->last_id.data}, next);
	}
	/* What was not counted is known all the same when the list ends here. */
	vz_page_meta(&page->numbers, total, count != NULL || (!answer->has_more && page->after_key == NULL), next);
	return vz_json_datum(&answer->json);
}

Datum
vz_key_page_answer(const VzKeyPage *page, const VzKeyRows *from, int nfilters, const VzArg *filters)
{
	ShownRows  *answer = new_answer(page);
	VzArg		args[VZ_STMT_MAX_ARGS];

	if (nfilters > VZ_STMT_MAX_ARGS - 4)
		elog(ERROR, "a list has too many filters");
	args[0] = vz_arg_text(page->after_key);
	args[1] = vz_arg_text(page->after_id);
	args[2] = vz_arg_int4(page->numbers.limit + 1);
	args[3] = vz_arg_int4(vz_key_page_offset(page));
	for (int i = 0; i < nfilters; i++)
		args[4 + i] = filters[i];
	if (from->nearby != NULL)
		vz_query_visit(from->nearby, 4 + nfilters, args, visit_keyed, answer);
	if (!answer->has_more)
		vz_query_visit(from->all, 4 + nfilters, args, visit_keyed, answer);
	return finish_answer(page, answer, from->count, nfilters, filters);
}

Datum
vz_key_page_show(const VzKeyPage *page, VzStmt *show, int nargs, const VzArg *args, VzStmt *count, int nfilters,
				 const VzArg *filters)
{
	ShownRows  *answer = new_answer(page);

	vz_query_visit(show, nargs, args, visit_keyed, answer);
	return finish_answer(page, answer, count, nfilters, filters);
}
