/*
 * search_rank.h
 *		What a search of listed tracks finds, the most relevant first: first those
 *		whose title is what was searched for, then titles that begin with it, then
 *		artists that do, then what has all words, then what has beginnings of them, then
 *		what has them with a letter wrong; and among equals what is popular.
 */
#ifndef VEZA_TRACK_SEARCH_RANK_H
#define VEZA_TRACK_SEARCH_RANK_H

#include "list_query.h"

/* SQL: rank and popularity of the row t as one number. */
#define VZ_SEARCH_RELEVANCE \
	"(case when t.title_key = " VZ_WORDS " then 5 when starts_with(t.title_key, " VZ_WORDS ") then 4" \
	"      when starts_with(t.artist_key, " VZ_WORDS ") then 3 when " VZ_TRACK_HAS(VZ_WHOLE) " then 2" \
	"      when " VZ_TRACK_HAS(VZ_BEGINNING) " then 1 else 0 end * 1000000000000::bigint" \
	" + least(greatest(t.popularity, 0), 999999999999))"

/* The highest rank, and rank and popularity in such a number. */
#define VZ_SEARCH_RANK_MAX 5
#define VZ_SEARCH_RANK_OF(relevance) ((int) ((relevance) / INT64CONST(1000000000000)))
#define VZ_SEARCH_POPULARITY_OF(relevance) ((relevance) % INT64CONST(1000000000000))

typedef struct VzHit
{
	int64		relevance;
	pg_uuid_t	id;
} VzHit;

typedef struct VzHits
{
	VzHit	   *hit;
	int			n;
	int			room;
} VzHits;

/*
 * The first hits, at least so many if there are as many, behind one that was
 * seen (NULL: from the start). Sees to the filters' knowledge of what is rare.
 */
extern VzHits vz_search_ranked(const VzSearch *search, int wanted, const VzHit *after, VzArg *filters);

#endif							/* VEZA_TRACK_SEARCH_RANK_H */
