/*
 * search_rare.c
 *		Which words of a search may be asked of the index (see search_rare.h).
 */
#include "search_rare.h"

/* Rows that a word may find to be rare: reading so many of the index takes some milliseconds. */
#define RARE_MAX 4000

void
vz_search_find_rare(const VzSearch *search, VzStmt *frequencies, VzArg *sought)
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
	found = vz_query_rows(frequencies, VZ_ARGS(vz_arg_datum(asked, false)));
	for (uint64 i = 0; i < found.n; i++)
	{
		int			place = vz_row_int4(&found.row[i], "place");

		is_rare[place / search->nwords][place % search->nwords] = vz_row_int8(&found.row[i], "n") <= RARE_MAX;
	}
	sought[VZ_SOUGHT_RARE_BEGINNING] = vz_arg_text(vz_search_all(search, VZ_SEARCH_BEGINNING, is_rare[0]));
	sought[VZ_SOUGHT_RARE_NEAR] = vz_arg_text(vz_search_all(search, VZ_SEARCH_NEAR, is_rare[1]));
}
