/*
 * search_index.c
 *		What the index of tracks holds, and what is asked of it (see search_index.h).
 *
 * The index is PostgreSQL's own for tsvector, which finds beginnings; unaccent
 * or trigrams would be further extensions to install.
 */
#include "search_index.h"

#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "commands/trigger.h"
#include "nodes/value.h"
#include "utils/fmgrprotos.h"
#include "utils/rel.h"

#include "search_words.h"

VZ_FUNCTION(index_track);

/* lower_collation is the collation whose lower case knows all letters, whatever the database's is. */
static Oid
lower_collation(void)
{
	static Oid	collation = InvalidOid;

	if (!OidIsValid(collation))
		collation = get_collation_oid(list_make2(makeString("pg_catalog"), makeString("und-x-icu")), true);
	return OidIsValid(collation) ? collation : DEFAULT_COLLATION_OID;
}

char *
vz_search_folded(const char *words)
{
	Datum		t = CStringGetTextDatum(words);
	char	   *folded;
	char	   *plain;

	if (GetDatabaseEncoding() == PG_UTF8)
		t = DirectFunctionCall2(unicode_normalize_func, t, CStringGetTextDatum("NFKD"));
	plain = TextDatumGetCString(DirectFunctionCall1Coll(lower, lower_collation(), t));
	folded = palloc(VZ_SEARCH_ROOM(strlen(plain)));
	vz_search_fold(plain, strlen(plain), folded);
	return folded;
}

char *
vz_search_key(const char *words)
{
	return pstrdup(vz_search_sort_key(vz_search_folded(words)));
}

/* add_term is the visitor that writes a term for the index: those of a neighbourhood begin with a sign that no word has. */
static void
add_term(const char *term, size_t len, VzTermKind kind, int number, void *state)
{
	StringInfo	vector = state;

	appendStringInfoString(vector, kind == VZ_TERM_NEAR ? " '~" : " '");
	appendBinaryStringInfo(vector, term, (int) len);
	appendStringInfoChar(vector, '\'');
}

/* Queries as they are written: of each word, and for each way of finding it, its terms. */
typedef struct QueryTexts
{
	StringInfoData text[VZ_NSEARCH_HOW][VZ_SEARCH_WORDS_MAX];
	int			nwords;
} QueryTexts;

/* ask_word writes a term of a word for one way of finding it. */
static void
ask_word(StringInfo text, const char *term, size_t len, VzTermKind kind, VzSearchHow how)
{
	if (text->len > 0)
		appendStringInfoString(text, kind == VZ_TERM_PAIR ? " & " : " | ");
	appendStringInfoString(text, kind == VZ_TERM_NEAR ? "'~" : "'");
	appendBinaryStringInfo(text, term, (int) len);
	/* What begins with one letter is nearly everything. */
	appendStringInfoString(text, how == VZ_SEARCH_WHOLE || kind == VZ_TERM_NEAR || (kind == VZ_TERM_WORD && len < 2) ? "'" : "':*");
}

/* ask_term is the visitor that writes a term of the queries. */
static void
ask_term(const char *term, size_t len, VzTermKind kind, int number, void *state)
{
	QueryTexts *q = state;

	if (number >= VZ_SEARCH_WORDS_MAX)
		return;
	/* The last character of a run stands in its last pair, too. */
	if (kind == VZ_TERM_PAIR && number < q->nwords && pg_mbstrlen_with_len(term, (int) len) == 1)
		return;
	if (number >= q->nwords)
	{
		q->nwords = number + 1;
		for (int how = 0; how < VZ_NSEARCH_HOW; how++)
			initStringInfo(&q->text[how][number]);
	}
	for (int how = kind == VZ_TERM_NEAR ? VZ_SEARCH_NEAR : 0; how < VZ_NSEARCH_HOW; how++)
		ask_word(&q->text[how][number], term, len, kind, how);
}

VzSearch
vz_search_query(const char *words)
{
	VzSearch	search = {.folded = vz_search_folded(words)};
	QueryTexts	texts = {.nwords = 0};

	vz_search_terms(search.folded, ask_term, &texts);
	search.nwords = texts.nwords;
	for (int how = 0; how < VZ_NSEARCH_HOW; how++)
		for (int word = 0; word < texts.nwords; word++)
			search.query[how][word] = texts.text[how][word].data;
	return search;
}

char *
vz_search_all(const VzSearch *search, VzSearchHow how, const bool *wanted)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int word = 0; word < search->nwords; word++)
		if (wanted == NULL || wanted[word])
			appendStringInfo(&text, "%s(%s)", text.len > 0 ? " & " : "", search->query[how][word]);
	return text.len > 0 ? text.data : NULL;
}

Datum
vz_search_vector(const char *words)
{
	StringInfoData vector;

	initStringInfo(&vector);
	vz_search_terms(vz_search_folded(words), add_term, &vector);
	return DirectFunctionCall1(tsvectorin, CStringGetDatum(vector.data));
}

char *
vz_search_columns(HeapTuple tuple, TupleDesc desc, int ncolumns, const char *const *columns)
{
	StringInfoData words;

	initStringInfo(&words);
	for (int i = 0; i < ncolumns; i++)
	{
		char	   *value = SPI_getvalue(tuple, desc, SPI_fnumber(desc, columns[i]));

		if (value != NULL)
			appendStringInfo(&words, "%s ", value);
	}
	return words.data;
}

/* key_of_column is what a column is sorted by. */
static Datum
key_of_column(HeapTuple tuple, TupleDesc desc, const char *column)
{
	char	   *value = SPI_getvalue(tuple, desc, SPI_fnumber(desc, column));

	/* One that is NULL is refused by the table, not here. */
	return CStringGetTextDatum(value ? vz_search_key(value) : "");
}

/*
 * index_track is the BEFORE trigger of tracks: what a track is found and
 * sorted by follows its words, on every path.
 */
Datum
index_track(PG_FUNCTION_ARGS)
{
	static const char *const searched[] = {"title", "artist", "album", "genre", "tags"};
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	HeapTuple	tuple;
	TupleDesc	desc;
	int			columns[3];
	Datum		values[3];
	bool		nulls[3] = {false, false, false};

	if (!CALLED_AS_TRIGGER(fcinfo))
		elog(ERROR, "index_track must be called as a trigger");
	tuple = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple;
	desc = RelationGetDescr(trigger->tg_relation);
	columns[0] = SPI_fnumber(desc, "title_key");
	values[0] = key_of_column(tuple, desc, "title");
	columns[1] = SPI_fnumber(desc, "artist_key");
	values[1] = key_of_column(tuple, desc, "artist");
	columns[2] = SPI_fnumber(desc, "search");
	values[2] = vz_search_vector(vz_search_columns(tuple, desc, lengthof(searched), searched));
	return PointerGetDatum(heap_modify_tuple_by_cols(tuple, desc, 3, columns, values, nulls));
}
