/*
 * suggest.c
 *		What somebody who is typing may mean: titles, artists, names of playlists
 *		and of users that begin so.
 *
 * An index of names knows nothing of popularity, and what begins with a letter or two is much.
 * So what is looked at are the first few names of each index, whatever is behind
 * them, and the most popular rows, whatever they are called. A name that many rows have is one step:
 * the index is entered anew behind it.
 */
#include "../core/ground/arguments.h"
#include "../core/ground/bounded_plan.h"
#include "../core/ground/json.h"
#include "../playlist/visibility.h"
#include "../track/search_sought.h"
#include "../track/search_words.h"
#include "types.h"

#define SUGGESTIONS "10"
#define NAMES_MAX "20"			/* that are looked at of an index */
#define ROWS_MAX "10"			/* of a name */
#define USERS_MAX "100"			/* of an index: names of users are hardly shared */
#define POPULAR_MAX "1000"

/* Arguments: what was typed, what is behind all that begins so, who looks at tracks, who at everything else, the types. */
#define BEGINS(key) "(" key " collate \"C\" >= $1 and " key " collate \"C\" < $2)"
#define IS_WANTED(type) "'" type "' = any ($5)"

/* SQL: the first name of an index that begins so and is behind another one (key, or nothing). */
#define FIRST_NAME(table, key, behind) \
	"select t." key " as key from veza_data." table " t where t.is_listed and " BEGINS("t." key) behind \
	" order by t." key " collate \"C\" limit 1"

/* SQL: the first names of an index that begin so, as the column key. */
#define FIRST_NAMES(table, key) \
	"(with recursive e as (" \
	"   (select f.key, 1 as n from (" FIRST_NAME(table, key, "") ") f)" \
	"   union all" \
	"   select f.key, e.n + 1 from e cross join lateral" \
	"          (" FIRST_NAME(table, key, " and t." key " collate \"C\" > e.key") ") f where e.n < " NAMES_MAX ")" \
	" select e.key from e)"

/* SQL: rows t that begin so: some of each of those names, and what is popular. */
#define BEGINNERS(table, key, popularity) \
	"(select t.* from " FIRST_NAMES(table, key) " k cross join lateral" \
	"   (select t.* from veza_data." table " t where t.is_listed and t." key " collate \"C\" = k.key" \
	"     order by t." key " collate \"C\", t.id limit " ROWS_MAX ") t" \
	"  union all" \
	" select t.* from (select t.* from veza_data." table " t where t.is_listed" \
	"                   order by " popularity " desc, t.id desc limit " POPULAR_MAX ") t" \
	"  where " BEGINS("t." key) ")"

/* SQL: of the rows that one may see, the most popular of each name. */
#define OF_A_TABLE(type, table, key, popularity, shown, id, detail, is_seen) \
	"(select distinct on (t." key " collate \"C\") '" type "' as type, " id " as id, t." shown " as text, " detail " as detail," \
	"        t." key " as key, " popularity " as weight" \
	"   from " BEGINNERS(table, key, popularity) " t where " IS_WANTED(type) " and " is_seen \
	"  order by t." key " collate \"C\", " popularity " desc, t.id)"

#define TRACK_IS_SEEN VZ_TRACK_IS_SERVED("t", "$3")
#define PLAYLIST_IS_SEEN VZ_PLAYLIST_IS_SERVED("t", "$4")

/* SQL: users by either name; what is shown first is the one that begins so. */
#define FIRST_USERS(key) \
	"(select w.user_id from veza_data.user_words w where " BEGINS("w." key) \
	"  order by w." key " collate \"C\", w.user_id limit " USERS_MAX ")"
#define OF_USERS \
	"(select 'user' as type, u.id, case when " BEGINS("w.username_key") " then u.username else u.display_name end as text," \
	"        case when " BEGINS("w.username_key") " then u.display_name else u.username end as detail," \
	"        case when " BEGINS("w.username_key") " and w.name_key <> $1 then w.username_key else w.name_key end as key," \
	"        coalesce((select c.followers from veza_data.follow_count c where c.user_id = u.id), 0) as weight" \
	"   from (" FIRST_USERS("username_key") " union " FIRST_USERS("name_key") " union" \
	"         (select c.user_id from veza_data.follow_count c where c.followers > 0" \
	"           order by c.followers desc, c.user_id desc limit " POPULAR_MAX ")) b" \
	"   join veza_data.user_words w on w.user_id = b.user_id join veza_data.users u on u.id = b.user_id" \
	"  where " IS_WANTED("user") " and (" BEGINS("w.username_key") " or " BEGINS("w.name_key") ")" \
	"    and " VZ_USER_IS_SHOWN("u", "$4") ")"

/* What is called just so comes first; then the best of each type, the second best of each, and so on. */
static VzStmt suggestions = VZ_STMT(
	"select s.type, s.id, s.text, s.detail from ("
	"  select b.*, row_number() over (partition by b.type order by (b.key = $1) desc, b.weight desc, b.key collate \"C\", b.id) as place"
	"    from ("
	OF_A_TABLE("track", "track", "title_key", "t.popularity", "title", "t.id", "t.artist", TRACK_IS_SEEN)
	" union all "
	OF_A_TABLE("artist", "track", "artist_key", "t.popularity", "artist", "null::uuid", "null::text", TRACK_IS_SEEN)
	" union all "
	OF_A_TABLE("playlist", "playlist", "name_key", "(t.follow_count + t.like_count)", "name", "t.id", "null::text",
			   PLAYLIST_IS_SEEN)
	" union all " OF_USERS ") b) s"
	" order by (s.key = $1) desc, s.place, array_position(array['track', 'artist', 'user', 'playlist'], s.type)"
	" limit " SUGGESTIONS,
	TEXTOID, TEXTOID, UUIDOID, UUIDOID, TEXTARRAYOID);

VZ_FUNCTION(search_suggest);

/* wanted_names is the argument of the types. */
static VzArg
wanted_names(const bool *wanted)
{
	Datum		names[VZ_NSEARCH_TYPES];
	int			n = 0;

	for (int type = 0; type < VZ_NSEARCH_TYPES; type++)
		if (wanted[type])
			names[n++] = CStringGetTextDatum(vz_search_type_name((VzSearchType) type));
	return vz_arg_datum(PointerGetDatum(construct_array(names, n, TEXTOID, -1, false, TYPALIGN_INT)), false);
}

/*
 * search_suggest suggests names that begin with a text; without letters there are none.
 *
 * Arguments: the text, types.
 */
Datum
search_suggest(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	char	   *text = vz_text_argument(fcinfo, 0);
	bool		wanted[VZ_NSEARCH_TYPES];
	char	   *key;
	int			level;
	Datum		answer;
	uint64		n;

	if (text == NULL)
		vz_field_error(wrong, "q", "is missing");
	else if (pg_mbstrlen(text) > VZ_SOUGHT_CHARS_MAX)
		vz_field_error(wrong, "q", psprintf("must have at most %d characters", VZ_SOUGHT_CHARS_MAX));
	vz_search_types_argument(fcinfo, 1, VZ_NSEARCH_TYPES, wanted, wrong);
	vz_raise_if(wrong);
	key = vz_search_key(text);
	if (key[0] == '\0')
		return CStringGetTextDatum("[]");
	level = vz_plan_bounded();
	/* Behind everything that begins with the text is the text with the last character. */
	answer = vz_json_rows(&suggestions, VZ_ARGS(vz_arg_text(key), vz_arg_text(psprintf("%s\xF4\x8F\xBF\xBF", key)), vz_arg_reader(),
												vz_arg_viewer(), wanted_names(wanted)), &n);
	vz_plan_as_before(level);
	return answer;
}
