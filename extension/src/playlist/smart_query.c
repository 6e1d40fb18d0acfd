/*
 * smart_query.c
 *		The tracks of a smart playlist (see smart_query.h).
 *
 * The statement is put together of constants: which of them, the rules say. What
 * they compare with is in its arguments, so no input is ever part of the text. It
 * is planned for each call, because its best plan hangs on the values.
 *
 * Listed tracks and the reader's own others are found apart, each in the order
 * that is asked for, so that both walk their indexes and end where the page does.
 */
#include "smart_query.h"

#include <errno.h>

#include "../core/ground/clock.h"
#include "../core/request/request.h"
#include "../track/fields.h"
#include "../track/list_query.h"
#include "../track/search_index.h"
#include "../track/visibility.h"
#include "../user/visibility.h"
#include "smart_sql.h"
#include "utils/jsonb.h"

/* Behind the arguments of a page and of the rules: what mixes, the day, how many were shown, how many may be shown yet. */
#define SEED "$9"
#define DAY "$10"
#define SHOWN "$11"
#define ROOM "$12"

#define PAGE_ROWS "least($3::bigint, greatest(" ROOM " - $4, 0))"

/* A track that stands in lists, and one of the reader's own that does not. */
#define LISTED VZ_TRACK_IS_LISTED("t", VZ_SMART_READER_ARG)
#define OWN_OTHER \
	"(t.uploader_id = " VZ_SMART_READER_ARG " and not t.is_listed and t.status = 'ready' and t.deleted_at is null)"

/* As playlist_entry_shape: what the rules find is no entry, and nobody has added it. */
#define ENTRIES \
	"select p.id, null::uuid as entry_id, (" SHOWN " + p.place - 1)::integer as position, true as is_available, p.id as track_id," \
	"       (select row_to_json(x) from veza_data.track_shape x where x.id = p.id) as track, null::uuid as added_by," \
	"       null::text as added_by_username, null::timestamptz as added_at," \
	"       (" SHOWN " + p.place) || '.' || " DAY " || '.' || p.key_text as sort_key from "

#define LINES \
	"select p.id, s.title, s.artist, s.album, s.duration_ms, s.isrc, v.file_hash from "

#define OF_LINES \
	" join veza_data.track s on s.id = p.id left join veza_data.track_version v on v.id = s.current_version_id"

/* What is sorted by, how a cursor holds it, and how it comes out of one; in the order of vz_smart_sorts. */
static const struct
{
	const char *key;
	const char *key_text;
	const char *key_of_text;
	bool		is_text;
}			sorts[] = {
#define BY_TIME(column) \
	{column, VZ_TIME_KEY(column), "timestamptz 'epoch' + $1::bigint * interval '1 microsecond'", false}
#define BY_NUMBER(column) {column, column, "$1::bigint", false}
#define BY_WORD(column) {column " collate \"C\"", column, "$1 collate \"C\"", true}
	BY_TIME("t.created_at"), BY_TIME("t.updated_at"), BY_WORD("t.title_key"), BY_WORD("t.artist_key"), BY_NUMBER("t.duration_key"),
	BY_NUMBER("t.play_count"), BY_NUMBER("t.like_count"), BY_NUMBER("t.popularity"), BY_NUMBER("t.bpm_key"),
	BY_NUMBER("uuid_hash_extended(t.id, " SEED ")"),
};

struct VzSmartQuery
{
	VzSmartRules rules;
	VzSmartSql	sql;
	VzArg		words;
	VzArg		numbers;
	bool		is_random;
	int64		mix;			/* what random depends on besides the day */
	int64		day;			/* since 2000 */
	int64		shown;			/* before the page */
};

/* add_problem is the complaint that makes a problem a field error. */
static void
add_problem(const char *path, const char *problem, void *state)
{
	vz_field_error(state, pstrdup(path), pstrdup(problem));
}

/* folded_words are the words of a condition as its column holds them. */
static char *
folded_words(const VzSmartNode *node, VzRefusal *wrong, int *nproblems)
{
	char	   *key;

	if (node->field->kind == VZ_SMART_WORDS || node->field->kind == VZ_SMART_TAGS)
		return vz_track_tag(node->words, strlen(node->words));
	if (node->field->kind != VZ_SMART_KEY)
		return pstrdup(node->words);
	key = vz_search_key(node->words);
	if (key[0] == '\0' && (*nproblems)++ < VZ_SMART_PROBLEMS_MAX)
		vz_field_error(wrong, psprintf("%s.value", node->path), "must have letters or digits");
	return key;
}

/* fill_arguments makes the lists of words and numbers; false when words have none that can be compared. */
static bool
fill_arguments(VzSmartQuery *q, VzRefusal *wrong)
{
	Datum		words[VZ_SMART_CONDITIONS_MAX];
	Datum		numbers[2 * VZ_SMART_CONDITIONS_MAX];
	int			nproblems = 0;

	for (int i = 0; i < q->sql.nwords; i++)
		words[i] = CStringGetTextDatum(folded_words(q->sql.words[i], wrong, &nproblems));
	for (int i = 0; i < q->sql.nnumbers; i++)
		numbers[i] = Int64GetDatum(q->sql.numbers[i]);
	q->words = vz_arg_datum(PointerGetDatum(construct_array(words, q->sql.nwords, TEXTOID, -1, false, TYPALIGN_INT)), false);
	q->numbers = vz_arg_datum(PointerGetDatum(construct_array(numbers, q->sql.nnumbers, INT8OID, sizeof(int64), FLOAT8PASSBYVAL,
															  TYPALIGN_DOUBLE)), false);
	return nproblems == 0;
}

VzSmartQuery *
vz_smart_query(Datum rules, const pg_uuid_t *id, VzRefusal *wrong)
{
	VzSmartQuery *q = palloc0(sizeof(VzSmartQuery));
	Jsonb	   *document = DatumGetJsonbP(rules);
	char	   *text = JsonbToCString(NULL, &document->root, VARSIZE(document));

	q->rules.nodes = palloc0(sizeof(VzSmartNode) * VZ_SMART_NODES_MAX);
	if (!vz_smart_read(text, &q->rules, add_problem, wrong))
		return NULL;
	vz_smart_sql(&q->rules, &q->sql);
	if (!fill_arguments(q, wrong))
		return NULL;
	q->is_random = strcmp(q->rules.sort, "random") == 0;
	if (id != NULL)
		memcpy(&q->mix, id->data, sizeof(q->mix));
	q->day = q->is_random ? vz_now() / USECS_PER_DAY : 0;
	return q;
}

/* take_cursor_number reads a whole number at the beginning of a cursor's key, up to the mark that follows it. */
static bool
take_cursor_number(const char **p, char mark, int64 *number)
{
	char	   *end;

	errno = 0;
	*number = strtoll(*p, &end, 10);
	if (errno != 0 || end == *p || *end != mark)
		return false;
	*p = end + (mark != '\0');
	return true;
}

/*
 * take_cursor goes on where a cursor says: what was shown, the day, and the key.
 * Random goes on in the order of the day before, if that is where it began.
 */
static bool
take_cursor(VzSmartQuery *q, VzKeyPage *page)
{
	const char *p = page->after_key;
	int64		day;
	int64		key;

	if (!take_cursor_number(&p, '.', &q->shown) || !take_cursor_number(&p, '.', &day) || q->shown < 1 ||
		q->shown > VZ_SMART_LIMIT_MAX || day > q->day || day < q->day - 1 || (day != 0 && !q->is_random))
		return false;
	q->day = day;
	page->after_key = p;
	return sorts[q->rules.sort_number].is_text || take_cursor_number(&p, '\0', &key);
}

void
vz_smart_page_read(FunctionCallInfo fcinfo, int argno, VzSmartQuery *query, VzKeyPage *page, VzRefusal *wrong)
{
	vz_key_page_read(fcinfo, argno, query->rules.sort_number * 2 + query->rules.is_down, VZ_CURSOR_TEXT, page, wrong);
	if (page->after_key != NULL && !take_cursor(query, page))
		vz_field_error(wrong, "cursor", "must be the next_cursor of an earlier answer in the same order");
}

/* append_branch appends the statement that finds what the rules find in a scope, as far as the page needs it. */
static void
append_branch(StringInfo sql, const VzSmartQuery *q, const char *scope)
{
	const char *key = sorts[q->rules.sort_number].key;
	const char *way = q->rules.is_down ? " desc" : "";

	appendStringInfo(sql, "(select t.id, %s as key, %s as key_text from veza_data.track t where %s and %s", key,
					 sorts[q->rules.sort_number].key_text, scope, q->sql.text);
	appendStringInfo(sql, " and ($1 is null or (%s, t.id) %s (%s, $2::uuid))", key, q->rules.is_down ? "<" : ">",
					 sorts[q->rules.sort_number].key_of_text);
	appendStringInfo(sql, " order by %s%s, t.id%s limit " PAGE_ROWS " + $4)", key, way, way);
}

/* compose puts the statement together: what is shown of each track, and what is joined for it. */
static VzStmt *
compose(const VzSmartQuery *q, const char *columns, const char *joined)
{
	VzStmt	   *stmt = palloc(sizeof(VzStmt));
	const char *way = q->rules.is_down ? " desc" : "";
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "%s(select u.*, row_number() over (order by u.key%s, u.id%s) as place from (", columns, way, way);
	append_branch(&sql, q, LISTED);
	appendStringInfoString(&sql, " union all ");
	append_branch(&sql, q, OWN_OTHER);
	appendStringInfo(&sql, ") u order by u.key%s, u.id%s limit " PAGE_ROWS " offset $4) p%s order by p.place", way, way,
					 joined);
	*stmt = (VzStmt) VZ_STMT_SEARCH(sql.data, TEXTOID, TEXTOID, INT4OID, INT4OID, TEXTARRAYOID, INT8ARRAYOID, UUIDOID,
									TIMESTAMPTZOID, INT8OID, INT8OID, INT8OID, INT8OID);
	return stmt;
}

/* The arguments behind those of a page. */
#define RULE_ARGS(q) \
	q->words, q->numbers, vz_arg_viewer(), vz_arg_time(vz_now()), vz_arg_int8(q->mix ^ q->day), vz_arg_int8(q->day), \
	vz_arg_int8(q->shown), vz_arg_int8(q->rules.limit - q->shown)

Datum
vz_smart_entries_answer(const VzSmartQuery *query, const VzKeyPage *page)
{
	VzKeyPage	ordered = *page;

	ordered.order = query->rules.sort_number * 2 + query->rules.is_down;
	return vz_key_page_answer(&ordered, &(VzKeyRows) {.all = compose(query, ENTRIES, "")}, VZ_ARGS(RULE_ARGS(query)));
}

void
vz_smart_lines(const VzSmartQuery *query, VzVisitor visit, void *state)
{
	vz_query_visit(compose(query, LINES, OF_LINES), VZ_ARGS(vz_arg_null(), vz_arg_null(), vz_arg_int4(VZ_SMART_LIMIT_MAX),
															vz_arg_int4(0), RULE_ARGS(query)), visit, state);
}
