/*
 * playlists.c
 *		Where a search finds playlists (see sources.h).
 *
 * What is popular are followers and likes, as the job fold_playlist_counters
 * summed them up last.
 */
#include "sources.h"

#include "../playlist/visibility.h"
#include "../track/search_rare.h"

#define POPULARITY "(p.follow_count + p.like_count)"
#define BEGINS "starts_with(p.name_key collate \"C\", " VZ_SOURCE_WORDS ")"
#define HIT \
	"p.id, " VZ_SEARCH_RELEVANCE_OF(VZ_SOURCE_RANK("p", "p.name_key = " VZ_SOURCE_WORDS, BEGINS), POPULARITY) " as relevance"
#define IS_SERVED VZ_PLAYLIST_IS_SERVED("p", VZ_SOURCE_VIEWER)

static VzStmt popular = VZ_SOURCE_STMT(
	"select " HIT
	"  from (select p.* from veza_data.playlist p where p.is_listed and ($3 is null or (" POPULARITY ", p.id) < ($3, $2))"
	"         order by " POPULARITY " desc, p.id desc limit " VZ_SOURCE_POPULAR_MAX ") p"
	" where " VZ_SOURCE_HAS("p", VZ_SOURCE_NEAR) " and " IS_SERVED);

/* The hits among the rows p. */
#define HITS_AMONG(rows) VZ_SOURCE_STMT(VZ_SEARCH_HITS_AMONG("select " HIT " from " rows))

/* Those that have a query, which the index is asked for another one; what is not listed has no use of another index. */
#define MATCHING(query, asked) \
	HITS_AMONG("(select p.* from veza_data.playlist p where coalesce(p.is_listed, false) and p.search @@ " asked \
			   "    and " VZ_SOURCE_HAS("p", query) " and " IS_SERVED " limit " VZ_SOURCE_MATCHING_MAX ") p")

/* Those that begin with the words come with the words themselves first. */
static VzSearchStep steps[] = {
	{5, 4, VZ_SOUGHT_WORDS,
	 HITS_AMONG("(select p.* from veza_data.playlist p where p.is_listed and " BEGINS
				"  order by p.name_key collate \"C\", p.id limit " VZ_SOURCE_BEGINNING_MAX ") p where " IS_SERVED)},
	{2, 2, VZ_SOUGHT_WHOLE, MATCHING(VZ_SOURCE_WHOLE, VZ_SOURCE_WHOLE)},
	{1, 1, VZ_SOUGHT_RARE_BEGINNING, MATCHING(VZ_SOURCE_BEGINNING, VZ_SOURCE_RARE_BEGINNING)},
	{0, 0, VZ_SOUGHT_RARE_NEAR, MATCHING(VZ_SOURCE_NEAR, VZ_SOURCE_RARE_NEAR)},
};

static VzStmt frequencies = VZ_STMT(VZ_SEARCH_FREQUENCIES("veza_data.playlist", "id"), TEXTARRAYOID);

VzSearchSource vz_playlist_source = {&popular, steps, lengthof(steps), &frequencies, VZ_SOURCE_FILTERS};
