/*
 * search_tracks.c
 *		Tracks as a search finds them (see search_tracks.h).
 */
#include "search_tracks.h"

#include "search_rare.h"
#include "visibility.h"

#define POPULAR_MAX "3000"
#define BEGINNING_MAX "2000"
#define MATCHING_MAX "5000"

#define HIT "t.id, " VZ_SEARCH_RELEVANCE " as relevance"
#define RANKED_BY(text) \
	VZ_STMT_SEARCH(text, VZ_SEARCH_BEFORE_FILTER_TYPES, VZ_TRACK_FILTER_TYPES, VZ_SOUGHT_TYPES)

static VzStmt popular = RANKED_BY(
	"select " HIT
	"  from (select t.* from veza_data.track t where t.is_listed and ($3 is null or (t.popularity, t.id) < ($3, $2))"
	"         order by t.popularity desc, t.id desc limit " POPULAR_MAX ") t"
	" where " VZ_TRACK_HAS(VZ_NEAR) " and " VZ_TRACK_IS_SERVED("t", "$18") VZ_TRACK_FILTERED_PAGE);

/* The hits among the rows t. */
#define HITS_AMONG(rows) RANKED_BY(VZ_SEARCH_HITS_AMONG("select " HIT " from " rows))

/* Those that begin with the words, the words themselves first. */
#define BEGINNING(key) \
	HITS_AMONG("(select t.* from veza_data.track t where t.is_listed and starts_with(" key " collate \"C\", " VZ_WORDS ")" \
			   "  order by " key " collate \"C\", t.id limit " BEGINNING_MAX ") t" \
			   " where " VZ_TRACK_HAS(VZ_NEAR) " and " VZ_TRACK_IS_SERVED("t", "$18") VZ_TRACK_FILTERED_PAGE)

/* Those that have a query, which the index is asked for another one. */
#define MATCHING(query, asked) \
	HITS_AMONG("(select t.* from veza_data.track t where " VZ_TRACK_IS_LISTED_AS_FOUND " and t.search @@ " asked \
			   "    and " VZ_TRACK_HAS(query) VZ_TRACK_FILTERED_PAGE " limit " MATCHING_MAX ") t")

static VzSearchStep steps[] = {
	{5, 4, VZ_SOUGHT_WORDS, BEGINNING("t.title_key")},
	{3, 3, VZ_SOUGHT_WORDS, BEGINNING("t.artist_key")},
	{2, 2, VZ_SOUGHT_WHOLE, MATCHING(VZ_WHOLE, VZ_WHOLE)},
	{1, 1, VZ_SOUGHT_RARE_BEGINNING, MATCHING(VZ_BEGINNING, VZ_RARE_BEGINNING)},
	{0, 0, VZ_SOUGHT_RARE_NEAR, MATCHING(VZ_NEAR, VZ_RARE_NEAR)},
};

static VzStmt frequencies = VZ_STMT(VZ_SEARCH_FREQUENCIES("veza_data.track", "id"), TEXTARRAYOID);

VzSearchSource vz_track_source = {&popular, steps, lengthof(steps), &frequencies, VZ_NSEARCH_FILTERS};
