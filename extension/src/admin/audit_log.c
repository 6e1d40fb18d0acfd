/*
 * audit_log.c
 *		Searching the audit log.
 *
 * Plans are made without looking at the arguments, so each way to search has a
 * statement of its own, for which an index holds the rows in the order they
 * are shown in: none reads more than the page it answers, unless further
 * filters leave little. The total is counted up to COUNT_LIMIT.
 */
#include "../core/arguments.h"
#include "../core/json.h"
#include "../core/page.h"
#include "../core/request.h"

#define COUNT_LIMIT		"10000"
#define CURSOR_SEPARATOR '_'

/* The arguments that all statements have in common. */
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
	"(l.at, l.id) < ($1, $2) and l.at >= $3 and l.at < $4" \
	" and ($5 is null or l.actor_id = $5 or l.actor_id is null and l.resource_type = 'user' and l.resource_id = $5::text)" \
	" and ($6 is null or l.action = $6 or right($6, 1) = '.' and starts_with(l.action, $6))" \
	" and ($7 is null or l.resource_type = $7) and ($8 is null or l.resource_id = $8)" \
	" and ($9 is null or l.ip_address = $9) and ($10 is null or l.outcome = $10)" \
	" and ($11 is null or l.request_id = $11)"

#define NEWEST	" order by l.at desc, l.id desc"

/* One way to search: where the rows come from, and the same for the page and for the count. */
#define PAGE_OF(rows) \
	"select s.* from (select l.at, l.id from " rows NEWEST " limit $12 offset $13) p" \
	"  join veza_data.audit_entry_shape s on s.id = p.id order by p.at desc, p.id desc"
#define COUNT_OF(rows) \
	"select count(*) as n from (select from " rows " limit " COUNT_LIMIT " + 1) c"
#define SEARCH(ROWS, condition) \
	{.page = VZ_STMT(PAGE_OF(ROWS(condition, "$12 + $13")), FILTER_TYPES), \
	 .count = VZ_STMT(COUNT_OF(ROWS(condition, COUNT_LIMIT " + 1")), FILTER_TYPES)}

/* Rows that an index holds in order; n is what is needed of them. */
#define ROWS_WHERE(condition, n) "veza_data.audit_log l where " condition FILTER

/* Two indexes, each in order: what the user did, and what anonymous requests did to the account. */
#define ROWS_OF_USER(condition, n) \
	"((select l.at, l.id from veza_data.audit_log l where l.actor_id = $5 and " FILTER NEWEST \
	"   limit " n ")" \
	" union all" \
	" (select l.at, l.id from veza_data.audit_log l where l.actor_id is null and l.resource_id = $5::text and " FILTER NEWEST \
	"   limit " n ")) l"

/* The names that begin so, by skipping through the index; then each in order. */
#define ROWS_OF_ACTION(condition, n) \
	"((with recursive a as (" \
	"   (select action from veza_data.audit_log where action >= $6 order by action limit 1)" \
	"   union all (select (select n.action from veza_data.audit_log n where n.action > a.action" \
	"                       order by n.action limit 1) from a where a.action is not null)) select k.at, k.id" \
	"  from a cross join lateral" \
	"    (select l.at, l.id from veza_data.audit_log l where l.action = a.action and " FILTER NEWEST \
	"      limit " n ") k" \
	"   where a.action = $6 or right($6, 1) = '.' and starts_with(a.action, $6))) l"

static struct Search
{
	VzStmt		page;
	VzStmt		count;
}			by_time = SEARCH(ROWS_WHERE, ""),
			by_request = SEARCH(ROWS_WHERE, "l.request_id = $11 and "),
			by_resource = SEARCH(ROWS_WHERE, "l.resource_id = $8 and "),
			by_address = SEARCH(ROWS_WHERE, "l.ip_address = $9 and "),
			by_user = SEARCH(ROWS_OF_USER, ""),
			by_action = SEARCH(ROWS_OF_ACTION, "");

VZ_FUNCTION(audit_logs);

/* choose returns the way to search that reads the fewest rows. */
static struct Search *
choose(const VzArg *filter)
{
	if (!filter[REQUEST_ID].isnull)
		return &by_request;
	if (!filter[RESOURCE_ID].isnull)
		return &by_resource;
	if (!filter[USER_ID].isnull)
		return &by_user;
	if (!filter[ADDRESS].isnull)
		return &by_address;
	return filter[ACTION].isnull ? &by_time : &by_action;
}

/* read_cursor reads "<microseconds>_<id>", where the page before ended; false when it is not one of ours. */
static bool
read_cursor(const char *text, VzArg *filter)
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
		page->has_cursor = read_cursor(text_to_cstring(PG_GETARG_TEXT_PP(11)), filter);
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
	struct Search *search;
	Entries		entries = {.next_cursor = palloc0(64)};
	VzPage		page;
	int64		total;
	VzRow		row;

	vz_require_admin();
	read_filters(fcinfo, filter, &page);
	search = choose(filter);
	entries.limit = page.limit;
	initStringInfo(&entries.json);
	appendStringInfoChar(&entries.json, '[');
	vz_query_visit(&search->page, FILTERS, filter, append_entries, &entries);
	appendStringInfoChar(&entries.json, ']');

	filter[BEFORE_AT] = vz_arg_datum(TimestampTzGetDatum(DT_NOEND), false);
	filter[BEFORE_ID] = vz_arg_int8(PG_INT64_MAX);
	vz_query_row(&search->count, FILTERS, filter, &row);
	total = vz_row_int8(&row, "n");
	vz_page_meta(&page, Min(total, atoi(COUNT_LIMIT)), total <= atoi(COUNT_LIMIT),
				 entries.next_cursor[0] != '\0' ? entries.next_cursor : NULL);
	return vz_json_datum(&entries.json);
}
