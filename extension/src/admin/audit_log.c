/*
 * audit_log.c
 *		Searching the audit log.
 *
 * The statements are planned for the filters at hand, so that each of them
 * finds its index, and the order of time is taken from one where that is less
 * work than sorting. The total is counted up to COUNT_LIMIT.
 */
#include "../core/ground/arguments.h"
#include "../core/ground/json.h"
#include "../core/request/page.h"
#include "../core/request/request.h"

#define COUNT_LIMIT		"10000"
#define CURSOR_SEPARATOR '_'

/* The arguments of both statements. */
enum
{
	BEFORE_AT, BEFORE_ID, FROM_AT, TO_AT, USER_ID, ACTION, RESOURCE_TYPE, RESOURCE_ID, ADDRESS, OUTCOME, REQUEST_ID,
	LIMIT, OFFSET, FILTERS
};

#define FILTER_TYPES \
	TIMESTAMPTZOID, INT8OID, TIMESTAMPTZOID, TIMESTAMPTZOID, UUIDOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, \
	INT4OID, INT4OID

/* Rows about nobody's doing but somebody's account (logins) count as that user's. */
#define FILTER \
	"($1 = 'infinity' or (l.at, l.id) < ($1, $2)) and ($3 = '-infinity' or l.at >= $3) and ($4 = 'infinity' or l.at < $4)" \
	" and ($5 is null or l.actor_id = $5 or l.actor_id is null and l.resource_type = 'user' and l.resource_id = $5::text)" \
	" and ($6 is null or case when right($6, 1) = '.' then l.action ^@ $6 else l.action = $6 end)" \
	" and ($7 is null or l.resource_type = $7) and ($8 is null or l.resource_id = $8)" \
	" and ($9 is null or l.ip_address = $9) and ($10 is null or l.outcome = $10)" \
	" and ($11 is null or l.request_id = $11)"

static VzStmt find_page = VZ_STMT_SEARCH(
	"select s.* from (select l.at, l.id from veza_data.audit_log l where " FILTER
	"                  order by l.at desc, l.id desc limit $12 offset $13) p"
	"  join veza_data.audit_entry_shape s on s.id = p.id order by p.at desc, p.id desc",
	FILTER_TYPES);

static VzStmt count_rows = VZ_STMT_SEARCH(
	"select count(*) as n from (select from veza_data.audit_log l where " FILTER " limit " COUNT_LIMIT " + 1) c",
	FILTER_TYPES);

VZ_FUNCTION(audit_logs);

/* read_log_cursor reads "<microseconds>_<id>", where the page before ended; false when it is not one of ours. */
static bool
read_log_cursor(const char *text, VzArg *filter)
{
	char	   *end;
	int64		at;
	int64		id;

	errno = 0;
	at = strtoi64(text, &end, 10);
	if (errno != 0 || end == text || *end != CURSOR_SEPARATOR)
		return false;
	text = end + 1;
	id = strtoi64(text, &end, 10);
	filter[BEFORE_AT] = vz_arg_datum(TimestampTzGetDatum(at), false);
	filter[BEFORE_ID] = vz_arg_int8(id);
	return errno == 0 && end != text && *end == '\0';
}

/* text_filter returns a text argument; empty ones filter nothing. */
static VzArg
text_filter(FunctionCallInfo fcinfo, int argno)
{
	char	   *value = vz_text_argument(fcinfo, argno);

	return vz_arg_text(value != NULL && value[0] != '\0' ? value : NULL);
}

/* read_filters reads the function's arguments in the order of its declaration. */
static void
read_filters(FunctionCallInfo fcinfo, VzArg *filter, VzPage *page)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);

	filter[USER_ID] = vz_arg_uuid(PG_ARGISNULL(0) ? NULL : PG_GETARG_UUID_P(0));
	filter[ACTION] = text_filter(fcinfo, 1);
	filter[RESOURCE_TYPE] = text_filter(fcinfo, 2);
	filter[RESOURCE_ID] = text_filter(fcinfo, 3);
	filter[ADDRESS] = text_filter(fcinfo, 4);
	filter[OUTCOME] = text_filter(fcinfo, 5);
	filter[FROM_AT] = vz_arg_datum(PG_ARGISNULL(6) ? TimestampTzGetDatum(DT_NOBEGIN) : PG_GETARG_DATUM(6), false);
	filter[TO_AT] = vz_arg_datum(PG_ARGISNULL(7) ? TimestampTzGetDatum(DT_NOEND) : PG_GETARG_DATUM(7), false);
	filter[REQUEST_ID] = text_filter(fcinfo, 8);
	filter[BEFORE_AT] = vz_arg_datum(TimestampTzGetDatum(DT_NOEND), false);
	filter[BEFORE_ID] = vz_arg_int8(PG_INT64_MAX);
	vz_page_read_numbers(fcinfo, 9, page, wrong);
	if (!PG_ARGISNULL(11))
	{
		page->has_cursor = read_log_cursor(text_to_cstring(PG_GETARG_TEXT_PP(11)), filter);
		if (!page->has_cursor)
			vz_field_error(wrong, "cursor", "must be the next_cursor of an earlier answer");
	}
	vz_raise_if(wrong);
	filter[LIMIT] = vz_arg_int4(page->limit + 1);
	filter[OFFSET] = vz_arg_int4(page->has_cursor ? 0 : (page->page - 1) * page->limit);
}

/* The page under way: its JSON, and where it ends. */
typedef struct Entries
{
	StringInfoData json;
	uint64		limit;
	char	   *next_cursor;
} Entries;

/* append_entries is the visitor: it writes up to limit rows and notes where the next page begins. */
static void
append_entries(SPITupleTable *rows, uint64 n, void *state)
{
	Entries    *entries = state;
	uint64		shown = Min(n, entries->limit);

	for (uint64 i = 0; i < shown; i++)
	{
		VzRow		row = {rows->vals[i], rows->tupdesc};

		if (i > 0)
			appendStringInfoChar(&entries->json, ',');
		vz_json_append_row(&entries->json, &row);
		if (i == shown - 1 && n > shown)
			snprintf(entries->next_cursor, 64, INT64_FORMAT "%c" INT64_FORMAT,
					 vz_row_time(&row, "created_at"), CURSOR_SEPARATOR, vz_row_int8(&row, "id"));
	}
}

/*
 * audit_logs searches the audit log, newest first.
 *
 * Arguments: user, action (a name, or what names begin with, up to the dot),
 * kind and key of the thing, address, outcome, from, to (not included),
 * request, page, limit, cursor.
 */
Datum
audit_logs(PG_FUNCTION_ARGS)
{
	VzArg		filter[FILTERS];
	Entries		entries = {.next_cursor = palloc0(64)};
	VzPage		page;
	int64		total;
	VzRow		row;

	vz_require_admin();
	read_filters(fcinfo, filter, &page);
	entries.limit = page.limit;
	initStringInfo(&entries.json);
	appendStringInfoChar(&entries.json, '[');
	vz_query_visit(&find_page, FILTERS, filter, append_entries, &entries);
	appendStringInfoChar(&entries.json, ']');

	filter[BEFORE_AT] = vz_arg_datum(TimestampTzGetDatum(DT_NOEND), false);
	filter[BEFORE_ID] = vz_arg_int8(PG_INT64_MAX);
	vz_query_row(&count_rows, FILTERS, filter, &row);
	total = vz_row_int8(&row, "n");
	vz_page_meta(&page, Min(total, atoi(COUNT_LIMIT)), total <= atoi(COUNT_LIMIT),
				 entries.next_cursor[0] != '\0' ? entries.next_cursor : NULL);
	return vz_json_datum(&entries.json);
}
