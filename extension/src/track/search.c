/*
 * search.c
 *		Searching tracks by words (see search.h).
 *
 * What is found is bounded before it is sorted: of words that thousands of
 * tracks have, SEARCHED_MAX are looked at. By relevance the title itself comes
 * first, then what begins with the words, then artists that do, then what has
 * all words, then what has them with a letter wrong; and among equals what is
 * popular.
 */
#include "search.h"

#include "utils/guc.h"
#include "search_words.h"
#include "visibility.h"

#define SEARCHED_MAX "2000"

/* Behind the filters: the words, the tsquery of all that is near, the strict one, the order, and 1 for up, -1 for down. */
#define WORDS "$19"
#define NEAR "$20"
#define STRICT "$21"
#define ORDER "$22"
#define SIGN "$23"

#define RELEVANCE \
	"(case when t.title_key = " WORDS " then 4 when starts_with(t.title_key, " WORDS ") then 3" \
	"      when starts_with(t.artist_key, " WORDS ") then 2 when t.is_strict then 1 else 0 end * 1000000000000::bigint" \
	" + least(greatest(t.popularity, 0), 999999999999))"

/* Numbers are sorted up: those of an order that goes down are turned round. Only what is shown is looked up in the shape. */
static VzStmt search_page = VZ_STMT_SEARCH(
	"with found as materialized ("
	"  select t.id, t.title_key, t.artist_key, t.popularity, t.created_at, t.updated_at, t.duration_key, t.play_count, t.like_count,"
	"         t.bpm_key, case when " ORDER " = 'relevance' then t.search @@ " STRICT "::tsquery end as is_strict"
	"    from veza_data.track t"
	"   where t.search @@ " NEAR "::tsquery"
	"     and case when $17 is null then " VZ_TRACK_IS_LISTED("t", "$18") " else " VZ_TRACK_IS_OWN("$17") " end"
	VZ_TRACK_FILTERED_PAGE
	"   limit " SEARCHED_MAX "),"
	" ranked as ("
	"  select t.id, " SIGN " * case " ORDER " when 'created_at' then " VZ_TIME_KEY("t.created_at")
	"           when 'updated_at' then " VZ_TIME_KEY("t.updated_at") " when 'duration' then t.duration_key"
	"           when 'plays' then t.play_count when 'likes' then t.like_count when 'popularity' then t.popularity"
	"           when 'bpm' then t.bpm_key when 'relevance' then " RELEVANCE " end as number_key,"
	"         case " ORDER " when 'title' then t.title_key when 'artist' then t.artist_key end collate \"C\" as text_key"
	"    from found t),"
	" page as materialized ("
	"  select row_number() over () as place, p.*"
	"    from (select r.* from ranked r"
	"           where $1 is null"
	"              or case when r.text_key is null"
	"                      then (r.number_key, r.id) > (case when " ORDER " not in ('title', 'artist') then $1::bigint end, $2::uuid)"
	"                      when " SIGN " > 0 then (r.text_key, r.id) > ($1 collate \"C\", $2::uuid)"
	"                      else (r.text_key, r.id) < ($1 collate \"C\", $2::uuid) end"
	"           order by r.number_key, case when " SIGN " > 0 then r.text_key end, case when " SIGN " < 0 then r.text_key end desc,"
	"                    case when " SIGN " > 0 or r.text_key is null then r.id end, r.id desc limit $3 offset $4) p)"
	" select s.*, coalesce(p.number_key::text, p.text_key) as sort_key"
	"  from page p join veza_data.track_shape s on s.id = p.id order by p.place",
	TEXTOID, TEXTOID, INT4OID, INT4OID, VZ_TRACK_FILTER_TYPES, TEXTOID, TEXTOID, TEXTOID, TEXTOID, INT4OID);

static VzStmt search_count = VZ_STMT_SEARCH(
	"select count(*) as n from veza_data.track t"
	" where t.search @@ $16::tsquery"
	"   and case when $13 is null then " VZ_TRACK_IS_LISTED("t", "$14") " else " VZ_TRACK_IS_OWN("$13") " end"
	VZ_TRACK_FILTERED_COUNT,
	VZ_TRACK_FILTER_TYPES, TEXTOID, TEXTOID, TEXTOID, TEXTOID, INT4OID);

#define SEARCH_FILTERS (VZ_NTRACK_FILTERS + 5)

/*
 * use_indexes has statements planned without a scan of the whole table, until
 * the level that it returns ends. How often an unknown word stands there is
 * guessed too high, and a bounded scan then seems cheap.
 */
static int
use_indexes(void)
{
	int			level = NewGUCNestLevel();

	(void) set_config_option("enable_seqscan", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	return level;
}

Datum
vz_track_search_answer(const VzTrackQuery *q)
{
	VzArg		filters[SEARCH_FILTERS];
	int			level;
	Datum		answer;

	memcpy(filters, q->filters, sizeof(q->filters));
	filters[VZ_NTRACK_FILTERS] = vz_arg_text(vz_search_sort_key(q->search.folded));
	filters[VZ_NTRACK_FILTERS + 1] = vz_arg_text(q->search.near);
	filters[VZ_NTRACK_FILTERS + 2] = vz_arg_text(q->search.strict);
	filters[VZ_NTRACK_FILTERS + 3] = vz_arg_text(vz_track_order_name(q->order));
	filters[VZ_NTRACK_FILTERS + 4] = vz_arg_int4(q->is_up ? 1 : -1);
	level = use_indexes();
	answer = vz_key_page_answer(&q->page, &search_page, q->with_total ? &search_count : NULL, SEARCH_FILTERS, filters);
	AtEOXact_GUC(false, level);
	return answer;
}
