/*
 * list.c
 *		The list of tracks, narrowed, searched and in any order.
 */
#include "../core/ground/arguments.h"
#include "../core/ground/bounded_plan.h"
#include "../core/ground/refusal.h"
#include "list_rows.h"
#include "search.h"
#include "search_rare.h"
#include "search_tracks.h"

/* Behind this many rows a bounded look would be a long one itself. */
#define NEARBY_OFFSET_MAX 1000

static VzStmt count_listed = VZ_STMT_SEARCH(
	"select count(*) as n from veza_data.track t where " VZ_TRACK_IS_LISTED("t", "$14") VZ_TRACK_FILTERED_COUNT
	" and ($16 is null or t.search @@ $16::tsquery)", VZ_TRACK_FILTER_TYPES, VZ_SOUGHT_TYPES);

static VzStmt count_own = VZ_STMT_SEARCH(
	"select count(*) as n from veza_data.track t where " VZ_TRACK_IS_OWN("$13") VZ_TRACK_FILTERED_COUNT
	" and ($16 is null or t.search @@ $16::tsquery)", VZ_TRACK_FILTER_TYPES, VZ_SOUGHT_TYPES);

VZ_FUNCTION(track_list);

/* count_filters says how many things are asked of the tracks that are listed; both ends of a range are one. */
static int
count_filters(const VzTrackQuery *q)
{
	int			n = 0;

	for (int i = 0; i < VZ_FILTER_OWNER; i++)
	{
		bool		is_end = i == VZ_FILTER_MAX_MS || i == VZ_FILTER_MAX_BPM || i == VZ_FILTER_UNTIL;

		if (!q->filters[i].isnull && !(is_end && !q->filters[i - 1].isnull))
			n++;
	}
	return n;
}

/* answer_in_order answers a page that is sorted by a column. */
static Datum
answer_in_order(VzTrackQuery *q, VzStmt *count)
{
	VzOrderRows *rows = vz_track_order_rows(q->order);
	VzKeyRows	from = {.count = count};

	if (q->is_own)
		from.all = q->is_search ? &rows->few[q->is_up] : &rows->own[q->is_up];
	else if (!q->is_search && (count_filters(q) <= 1 || vz_key_page_offset(&q->page) > NEARBY_OFFSET_MAX))
		from.all = &rows->listed[q->is_up];
	else
	{
		from.nearby = &rows->nearby[q->is_up];
		from.all = &rows->few[q->is_up];
		if (q->is_search)
			vz_search_find_rare(&q->search, vz_track_source.frequencies, q->filters + VZ_SEARCHED_WORDS);
		/* Of words that are all common, what has them whole. */
		if (q->filters[VZ_SEARCHED_RARE_NEAR].isnull)
			q->filters[VZ_SEARCHED_RARE_NEAR] = q->filters[VZ_SEARCHED_WHOLE];
	}
	return vz_key_page_answer(&q->page, &from, VZ_NSEARCH_FILTERS, q->filters);
}

/*
 * track_list pages through tracks: those that everybody sees, or the own ones.
 *
 * Arguments: see list_query.c.
 */
Datum
track_list(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzTrackQuery q;
	VzStmt	   *count;
	Datum		answer;
	int			level;

	vz_track_query_read(fcinfo, vz_text_argument(fcinfo, 3), &q, wrong);
	vz_raise_if(wrong);
	count = !q.with_total ? NULL : q.is_own ? &count_own : &count_listed;
	level = vz_plan_bounded();
	answer = q.order == VZ_BY_RELEVANCE ? vz_track_search_answer(&q, count) : answer_in_order(&q, count);
	vz_plan_as_before(level);
	return answer;
}
