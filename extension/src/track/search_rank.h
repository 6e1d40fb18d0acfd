/*
 * search_rank.h
 *		What a search finds among tracks, or among other rows that are found in the
 *		same way, the most relevant first: first those that are called what was
 *		searched for, then those that begin so, then what has all words, then what has
 *		beginnings of them, then what has them with a letter wrong; and among equals
 *		what is popular. Tracks have a rank more, for their artists (search_tracks.h).
 */
#ifndef VEZA_TRACK_SEARCH_RANK_H
#define VEZA_TRACK_SEARCH_RANK_H

#include "search_sought.h"

/* SQL: a rank and a popularity as one number. */
#define VZ_SEARCH_RELEVANCE_OF(rank, popularity) \
	"(" rank " * 1000000000000::bigint + least(greatest(" popularity ", 0), 999999999999))"

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
 * Where hits are. Each statement takes relevance, id and popularity of the last
 * hit seen, how many are wanted, and the filters, of which the last ones are
 * what is sought; and gives id and relevance.
 */
#define VZ_SEARCH_BEFORE_FILTERS 4
#define VZ_SEARCH_BEFORE_FILTER_TYPES INT8OID, UUIDOID, INT8OID, INT4OID

/* Which statement finds which ranks. When there are as many of the highest as are wanted, it is not needed. */
typedef struct VzSearchStep
{
	int			highest;
	int			lowest;
	VzSought	asked;			/* what must be known of the search to ask for them */
	VzStmt		rows;
} VzSearchStep;

typedef struct VzSearchSource
{
	VzStmt	   *popular;		/* hits among the most popular rows; of the last hit only the popularity counts */
	VzSearchStep *steps;		/* from the highest rank down */
	int			nsteps;
	VzStmt	   *frequencies;	/* VZ_SEARCH_FREQUENCIES of its table */
	int			nfilters;
} VzSearchSource;

/* SQL: the hits among the rows h; behind the one that was seen. */
#define VZ_SEARCH_HITS_AMONG(rows) \
	"select h.id, h.relevance from (" rows ") h" \
	" where $1 is null or (h.relevance, h.id) < ($1, $2) order by h.relevance desc, h.id desc limit $4"

/*
 * The first hits, at least so many if there are as many, behind one that was
 * seen (NULL: from the start). Sees to the filters' knowledge of what is rare.
 */
extern VzHits vz_search_ranked(const VzSearchSource *source, const VzSearch *search, int wanted, const VzHit *after,
							   VzArg *filters);

#endif							/* VEZA_TRACK_SEARCH_RANK_H */
