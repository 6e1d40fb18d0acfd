/*
 * search.c
 *		Searching tracks by words, the most relevant first (see search.h).
 */
#include "search.h"

#include "list_rows.h"
#include "search_tracks.h"

/* Of the own tracks all that match are ranked. */
static VzStmt own_by_relevance = VZ_TRACK_ROWS(
	VZ_TRACK_PAGE("track_shape", VZ_SEARCH_RELEVANCE, VZ_SEARCH_RELEVANCE, " desc", VZ_TRACK_FEW(VZ_TRACK_BEHIND(VZ_SEARCH_RELEVANCE, "$1::bigint", "<")), ""));

static VzStmt show_hits = VZ_STMT(
	"select s.*, h.relevance::text as sort_key"
	"  from unnest($1, $2) with ordinality h(id, relevance, place) join veza_data.track_shape s on s.id = h.id order by h.place",
	UUIDARRAYOID, INT8ARRAYOID);

/* answer_hits answers the page with the hits from the offset on, and one behind the page if there is one. */
static Datum
answer_hits(const VzTrackQuery *q, const VzHits *hits, VzStmt *count)
{
	int			offset = Min(vz_key_page_offset(&q->page), hits->n);
	int			n = Min(hits->n - offset, q->page.numbers.limit + 1);
	Datum	   *ids = palloc(sizeof(Datum) * (size_t) (n + 1));
	Datum	   *relevances = palloc(sizeof(Datum) * (size_t) (n + 1));
	VzArg		args[2];

	for (int i = 0; i < n; i++)
	{
		ids[i] = UUIDPGetDatum(&hits->hit[offset + i].id);
		relevances[i] = Int64GetDatum(hits->hit[offset + i].relevance);
	}
	args[0] = vz_arg_datum(PointerGetDatum(construct_array(ids, n, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR)), false);
	args[1] = vz_arg_datum(PointerGetDatum(construct_array(relevances, n, INT8OID, sizeof(int64), FLOAT8PASSBYVAL,
														TYPALIGN_DOUBLE)), false);
	return vz_key_page_show(&q->page, &show_hits, 2, args, count, VZ_NSEARCH_FILTERS, q->filters);
}

Datum
vz_track_search_answer(VzTrackQuery *q, VzStmt *count)
{
	VzHits		hits;
	VzHit		after;

	if (q->is_own)
		return vz_key_page_answer(&q->page, &(VzKeyRows) {.all = &own_by_relevance, .count = count},
								  VZ_NSEARCH_FILTERS, q->filters);
	if (q->page.after_key != NULL)
	{
		after.relevance = strtoll(q->page.after_key, NULL, 10);
		after.id = *DatumGetUUIDP(DirectFunctionCall1(uuid_in, CStringGetDatum(q->page.after_id)));
	}
	hits = vz_search_ranked(&vz_track_source, &q->search, vz_key_page_offset(&q->page) + q->page.numbers.limit + 1,
							q->page.after_key ? &after : NULL, q->filters);
	return answer_hits(q, &hits, count);
}
