/*
 * users.c
 *		Where a search finds users (see sources.h).
 *
 * What is popular are followers, as the job fold_follows summed them up last.
 */
#include "sources.h"

#include "../track/search_rare.h"
#include "../user/visibility.h"

#define BEGINS(key) "starts_with(w." key " collate \"C\", " VZ_SOURCE_WORDS ")"
#define RELEVANCE \
	VZ_SEARCH_RELEVANCE_OF( \
		VZ_SOURCE_RANK("w", VZ_SOURCE_WORDS " in (w.username_key, w.name_key)", \
					   "(" BEGINS("username_key") " or " BEGINS("name_key") ")"), \
		"coalesce(f.followers, 0)")
#define IS_SHOWN VZ_USER_IS_SHOWN("u", VZ_SOURCE_VIEWER)

static VzStmt popular = VZ_SOURCE_STMT(
	"select w.user_id as id, " RELEVANCE " as relevance"
	"  from (select c.user_id, c.followers from veza_data.follow_count c"
	"         where c.followers > 0 and ($3 is null or (c.followers, c.user_id) < ($3, $2))"
	"         order by c.followers desc, c.user_id desc limit " VZ_SOURCE_POPULAR_MAX ") f"
	"  join veza_data.user_words w on w.user_id = f.user_id join veza_data.users u on u.id = f.user_id"
	" where " VZ_SOURCE_HAS("w", VZ_SOURCE_NEAR) " and " IS_SHOWN);

/* The hits among the rows w. */
#define HITS_AMONG(rows) \
	VZ_SOURCE_STMT(VZ_SEARCH_HITS_AMONG( \
		"select w.user_id as id, " RELEVANCE " as relevance" \
		"  from " rows " w left join veza_data.follow_count f on f.user_id = w.user_id"))

/* Those that begin with the words, the words themselves first. */
#define WALKED(key) \
	"(select w.user_id from veza_data.user_words w where " BEGINS(key) \
	"  order by w." key " collate \"C\", w.user_id limit " VZ_SOURCE_BEGINNING_MAX ")"

/* Those that have a query, which the index is asked for another one. */
#define MATCHING(query, asked) \
	HITS_AMONG("(select w.* from veza_data.user_words w join veza_data.users u on u.id = w.user_id" \
			   "  where w.search @@ " asked " and " VZ_SOURCE_HAS("w", query) " and " IS_SHOWN " limit " VZ_SOURCE_MATCHING_MAX ")")

static VzSearchStep steps[] = {
	{5, 4, VZ_SOUGHT_WORDS,
	 HITS_AMONG("(select w.* from (" WALKED("username_key") " union " WALKED("name_key") ") b"
				"   join veza_data.user_words w on w.user_id = b.user_id join veza_data.users u on u.id = b.user_id where " IS_SHOWN ")")},
	{2, 2, VZ_SOUGHT_WHOLE, MATCHING(VZ_SOURCE_WHOLE, VZ_SOURCE_WHOLE)},
	{1, 1, VZ_SOUGHT_RARE_BEGINNING, MATCHING(VZ_SOURCE_BEGINNING, VZ_SOURCE_RARE_BEGINNING)},
	{0, 0, VZ_SOUGHT_RARE_NEAR, MATCHING(VZ_SOURCE_NEAR, VZ_SOURCE_RARE_NEAR)},
};

static VzStmt frequencies = VZ_STMT(VZ_SEARCH_FREQUENCIES("veza_data.user_words", "user_id"), TEXTARRAYOID);

VzSearchSource vz_user_source = {&popular, steps, lengthof(steps), &frequencies, VZ_SOURCE_FILTERS};
