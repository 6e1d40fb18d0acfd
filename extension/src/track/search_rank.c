/*
 * search_rank.c
 *		What a search finds, the most relevant first (see search_rank.h).
 *
 * A word may stand in most of the tracks, and its index knows nothing of their
 * order. So what is looked at is bounded: the most popular tracks, whatever
 * they are called, and of each rank as many as its index gives first. A rank
 * that many tracks have is filled by the former; of one that few have, the
 * latter are all there are. The ranks are gone through from the highest down until
 * there are as many as are wanted.
 */
#include "search_rank.h"

#include "search_rare.h"
#include "visibility.h"

#define POPULAR_MAX "3000"
#define BEGINNING_MAX "2000"
#define MATCHING_MAX "5000"

/* Before the filters stand relevance, id and popularity of the last hit seen, and how many are wanted. */
#define BEFORE_FILTERS 4

#define HIT "t.id, " VZ_SEARCH_RELEVANCE " as relevance"
#define RANKED_BY(text) \
	VZ_STMT_SEARCH(text, INT8OID, UUIDOID, INT8OID, INT4OID, VZ_TRACK_FILTER_TYPES, VZ_TRACK_SEARCH_TYPES)

static VzStmt popular = RANKED_BY(
	"select " HIT
	"  from (select t.* from veza_data.track t where t.is_listed and ($3 is null or (t.popularity, t.id) < ($3, $2))"
	"         order by t.popularity desc, t.id desc limit " POPULAR_MAX ") t"
	" where " VZ_TRACK_HAS(VZ_NEAR) " and " VZ_TRACK_IS_SERVED("t", "$18") VZ_TRACK_FILTERED_PAGE);

/* The hits among the rows t; behind the one that was seen. */
#define HITS_AMONG(rows) \
	RANKED_BY("select h.id, h.relevance from (select " HIT " from " rows ") h" \
			  " where $1 is null or (h.relevance, h.id) < ($1, $2) order by h.relevance desc, h.id desc limit $4")

/* Those that begin with the words, the words themselves first. */
#define BEGINNING(key) \
	HITS_AMONG("(select t.* from veza_data.track t where t.is_listed and starts_with(" key " collate \"C\", " VZ_WORDS ")" \
			   "  order by " key " collate \"C\", t.id limit " BEGINNING_MAX ") t" \
			   " where " VZ_TRACK_HAS(VZ_NEAR) " and " VZ_TRACK_IS_SERVED("t", "$18") VZ_TRACK_FILTERED_PAGE)

/* Those that have a query, which the index is asked for another one. */
#define MATCHING(query, asked) \
	HITS_AMONG("(select t.* from veza_data.track t where " VZ_TRACK_IS_LISTED_AS_FOUND " and t.search @@ " asked \
			   "    and " VZ_TRACK_HAS(query) VZ_TRACK_FILTERED_PAGE " limit " MATCHING_MAX ") t")

/* Which statement finds which ranks. When there are as many of the highest as are wanted, it is not needed. */
static struct
{
	int			highest;
	int			lowest;
	int			asked;			/* the filter without which there is nothing to ask for */
	VzStmt		rows;
}			steps[] = {
	{5, 4, VZ_SEARCHED_WORDS, BEGINNING("t.title_key")},
	{3, 3, VZ_SEARCHED_WORDS, BEGINNING("t.artist_key")},
	{2, 2, VZ_SEARCHED_WHOLE, MATCHING(VZ_WHOLE, VZ_WHOLE)},
	{1, 1, VZ_SEARCHED_RARE_BEGINNING, MATCHING(VZ_BEGINNING, VZ_RARE_BEGINNING)},
	{0, 0, VZ_SEARCHED_RARE_NEAR, MATCHING(VZ_NEAR, VZ_RARE_NEAR)},
};

/* Hits as they are collected, and which ranks are wanted of what is being read. */
typedef struct Collection
{
	VzHits		hits;
	int			highest;
	int			lowest;
	MemoryContext context;
} Collection;

/* by_relevance compares two hits: the more relevant is first. */
static int
by_relevance(const void *a, const void *b)
{
	const VzHit *x = a;
	const VzHit *y = b;

	if (x->relevance != y->relevance)
		return x->relevance > y->relevance ? -1 : 1;
	return memcmp(y->id.data, x->id.data, UUID_LEN);
}

/* by_id compares two hits: the same track stands together. */
static int
by_id(const void *a, const void *b)
{
	return memcmp(((const VzHit *) a)->id.data, ((const VzHit *) b)->id.data, UUID_LEN);
}

/* collect_hits is the visitor that adds what was found. */
static void
collect_hits(SPITupleTable *rows, uint64 n, void *state)
{
	Collection *c = state;
	VzHits	   *hits = &c->hits;
	int			kept = 0;

	if (hits->n + (int) n > hits->room)
	{
		MemoryContext spi = MemoryContextSwitchTo(c->context);

		hits->room = hits->n + (int) n + 100;
		hits->hit = hits->hit ? repalloc(hits->hit, sizeof(VzHit) * hits->room) : palloc(sizeof(VzHit) * hits->room);
		MemoryContextSwitchTo(spi);
	}
	for (uint64 i = 0; i < n; i++)
	{
		VzRow		row = {rows->vals[i], rows->tupdesc};
		VzHit		hit = {vz_row_int8(&row, "relevance"), *vz_row_uuid(&row, "id")};
		int			rank = VZ_SEARCH_RANK_OF(hit.relevance);

		if (rank <= c->highest && rank >= c->lowest)
			hits->hit[hits->n++] = hit;
	}
	/* The same track may be among the popular ones and those of its rank. */
	if (hits->n == 0)
		return;
	qsort(hits->hit, (size_t) hits->n, sizeof(VzHit), by_id);
	for (int i = 0; i < hits->n; i++)
		if (i == 0 || memcmp(hits->hit[kept - 1].id.data, hits->hit[i].id.data, UUID_LEN) != 0)
			hits->hit[kept++] = hits->hit[i];
	hits->n = kept;
	qsort(hits->hit, (size_t) hits->n, sizeof(VzHit), by_relevance);
}

/* count_ranks says how many hits have a rank between the two. */
static int
count_ranks(const VzHits *hits, int lowest, int highest)
{
	int			n = 0;

	for (int i = 0; i < hits->n; i++)
		if (VZ_SEARCH_RANK_OF(hits->hit[i].relevance) >= lowest && VZ_SEARCH_RANK_OF(hits->hit[i].relevance) <= highest)
			n++;
	return n;
}

/* read_hits adds what a statement finds of the ranks between the two. */
static void
read_hits(Collection *c, VzStmt *stmt, const VzArg *args, int lowest, int highest)
{
	c->lowest = lowest;
	c->highest = highest;
	vz_query_visit(stmt, BEFORE_FILTERS + VZ_NSEARCH_FILTERS, args, collect_hits, c);
}

VzHits
vz_search_ranked(const VzSearch *search, int wanted, const VzHit *after, VzArg *filters)
{
	Collection	c = {.context = CurrentMemoryContext};
	int			from = after ? VZ_SEARCH_RANK_OF(after->relevance) : VZ_SEARCH_RANK_MAX;
	bool		is_from_top = after == NULL;
	bool		knows_rare = false;
	VzArg		args[VZ_STMT_MAX_ARGS];

	args[0] = after ? vz_arg_int8(after->relevance) : vz_arg_null();
	args[1] = vz_arg_uuid(after ? &after->id : NULL);
	args[2] = after ? vz_arg_int8(VZ_SEARCH_POPULARITY_OF(after->relevance)) : vz_arg_null();
	args[3] = vz_arg_int4(wanted);
	memcpy(args + BEFORE_FILTERS, filters, sizeof(VzArg) * VZ_NSEARCH_FILTERS);

	/* Of the rank of the last hit, what is less popular; of those below, everything. */
	read_hits(&c, &popular, args, after ? from : 0, from);
	for (int i = 0; i < (int) lengthof(steps); i++)
	{
		if (steps[i].lowest > from)
			continue;
		if (!is_from_top && steps[i].lowest < from)
		{
			is_from_top = true;
			args[2] = vz_arg_null();
			read_hits(&c, &popular, args, 0, from - 1);
		}
		if (count_ranks(&c.hits, Min(steps[i].highest, from), Min(steps[i].highest, from)) < wanted)
		{
			if (!knows_rare && steps[i].asked > VZ_SEARCHED_WHOLE)
			{
				knows_rare = true;
				vz_search_find_rare(search, filters);
				memcpy(args + BEFORE_FILTERS, filters, sizeof(VzArg) * VZ_NSEARCH_FILTERS);
			}
			if (!filters[steps[i].asked].isnull)
				read_hits(&c, &steps[i].rows, args, 0, from);
		}
		if (count_ranks(&c.hits, steps[i].lowest, VZ_SEARCH_RANK_MAX) >= wanted)
			break;
	}
	return c.hits;
}
