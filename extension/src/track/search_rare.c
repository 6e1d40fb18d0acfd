/*
 * search_rare.c
 *		Which words of a search may be asked of the index (see search_rare.h).
 */
#include "search_rare.h"

/* Tracks that a word may find to be rare: reading so many of the index takes some milliseconds. */
#define RARE_MAX 4000

/* What each query finds in the whole table, as a sample of it says. Keys are random, so the first ones are one. */
static VzStmt frequencies = VZ_STMT(
	"with word as materialized (select w.n, w.query::tsquery as query from unnest($1) with ordinality w(query, n)),"
	" sample as materialized (select t.search from veza_data.track t order by t.id limit 1000)"
	" select (w.n - 1)::integer as place,"
	"        (count(s.search) * (select greatest(c.reltuples, 0) from pg_catalog.pg_class c where c.oid = 'veza_data.track'::regclass)"
	"         / greatest((select count(*) from sample), 1))::bigint as n"
	"  from word w left join sample s on s.search @@ w.query group by w.n",
	TEXTARRAYOID);

void
vz_search_find_rare(const VzSearch *search, VzArg *filters)
{
	static const VzSearchHow ways[] = {VZ_SEARCH_BEGINNING, VZ_SEARCH_NEAR};
	bool		is_rare[lengthof(ways)][VZ_SEARCH_WORDS_MAX] = {{false}};
	Datum		queries[lengthof(ways) * VZ_SEARCH_WORDS_MAX];
	int			n = 0;
	Datum		asked;
	VzRows		found;

	for (int i = 0; i < (int) lengthof(ways); i++)
		for (int word = 0; word < search->nwords; word++)
			queries[n++] = CStringGetTextDatum(search->query[ways[i]][word]);
	asked = PointerGetDatum(construct_array(queries, n, TEXTOID, -1, false, TYPALIGN_INT));
	found = vz_query_rows(&frequencies, VZ_ARGS(vz_arg_datum(asked, false)));
	for (uint64 i = 0; i < found.n; i++)
	{
		int			place = vz_row_int4(&found.row[i], "place");

		is_rare[place / search->nwords][place % search->nwords] = vz_row_int8(&found.row[i], "n") <= RARE_MAX;
	}
	filters[VZ_SEARCHED_RARE_BEGINNING] = vz_arg_text(vz_search_all(search, VZ_SEARCH_BEGINNING, is_rare[0]));
	filters[VZ_SEARCHED_RARE_NEAR] = vz_arg_text(vz_search_all(search, VZ_SEARCH_NEAR, is_rare[1]));
}
