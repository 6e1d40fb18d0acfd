/*
 * search_rank.c
 *		What a search finds, the most relevant first (see search_rank.h).
 *
 * A word may stand in most of the rows, and its index knows nothing of their
 * order. So what is looked at is bounded: the most popular rows, whatever
 * they are called, and of each rank as many as its index gives first. A rank
 * that many rows have is filled by the former; of one that few have, the
 * latter are all there are. The ranks are gone through from the highest down until
 * there are as many as are wanted.
 */
#include "search_rank.h"

#include "search_rare.h"

/* Hits as they are collected, and which ranks are wanted of what is being read. */
typedef struct Collection
{
	VzHits		hits;
	int			highest;
	int			lowest;
	int			nargs;
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

/* by_id compares two hits: the same row stands together. */
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
	/* The same row may be among the popular ones and those of its rank. */
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
	vz_query_visit(stmt, c->nargs, args, collect_hits, c);
}

VzHits
vz_search_ranked(const VzSearchSource *source, const VzSearch *search, int wanted, const VzHit *after, VzArg *filters)
{
	Collection	c = {.nargs = VZ_SEARCH_BEFORE_FILTERS + source->nfilters, .context = CurrentMemoryContext};
	int			from = after ? VZ_SEARCH_RANK_OF(after->relevance) : VZ_SEARCH_RANK_MAX;
	bool		is_from_top = after == NULL;
	bool		knows_rare = false;
	VzArg	   *sought = filters + source->nfilters - VZ_NSOUGHT;
	VzArg		args[VZ_STMT_MAX_ARGS];

	args[0] = after ? vz_arg_int8(after->relevance) : vz_arg_null();
	args[1] = vz_arg_uuid(after ? &after->id : NULL);
	args[2] = after ? vz_arg_int8(VZ_SEARCH_POPULARITY_OF(after->relevance)) : vz_arg_null();
	args[3] = vz_arg_int4(wanted);
	memcpy(args + VZ_SEARCH_BEFORE_FILTERS, filters, sizeof(VzArg) * source->nfilters);

	/* Of the rank of the last hit, what is less popular; of those below, everything. */
	read_hits(&c, source->popular, args, after ? from : 0, from);
	for (int i = 0; i < source->nsteps; i++)
	{
		VzSearchStep *step = &source->steps[i];

		if (step->lowest > from)
			continue;
		if (!is_from_top && step->lowest < from)
		{
			is_from_top = true;
			args[2] = vz_arg_null();
			read_hits(&c, source->popular, args, 0, from - 1);
		}
		if (count_ranks(&c.hits, Min(step->highest, from), Min(step->highest, from)) < wanted)
		{
			if (!knows_rare && step->asked > VZ_SOUGHT_WHOLE)
			{
				knows_rare = true;
				vz_search_find_rare(search, source->frequencies, sought);
				memcpy(args + VZ_SEARCH_BEFORE_FILTERS, filters, sizeof(VzArg) * source->nfilters);
			}
			if (!sought[step->asked].isnull)
				read_hits(&c, &step->rows, args, 0, from);
		}
		if (count_ranks(&c.hits, step->lowest, VZ_SEARCH_RANK_MAX) >= wanted)
			break;
	}
	return c.hits;
}
