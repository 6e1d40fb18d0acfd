/*
 * feed.c
 *		What those whom one follows have done, the newest first. Nothing is
 *		written when they do it: who reads goes and looks.
 *
 * The newest n of all are among the newest n of those n whose newest is
 * newest. So each source is walked in two steps by an index that has its items
 * of one user in the order of time: one descent for each user who is followed,
 * and then n items of n users. What it costs depends on how many one follows,
 * not on how much there is, or how long ago it was.
 */
#include "../core/ground/arguments.h"
#include "../core/ground/refusal.h"
#include "../core/request/request.h"
#include "../track/key_page.h"
#include "../track/list_query.h"
#include "../track/visibility.h"
#include "../user/visibility.h"

/* Rows that can be reached by page number: each page walks all before it. */
#define FEED_ROWS_MAX 200

/* SQL: comes behind what was seen last, $1 and $2. */
#define IS_OLDER(at, id) \
	"(" at ", " id ") < (coalesce(timestamptz 'epoch' + $1::bigint * interval '1 microsecond', 'infinity')," \
	" coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))"

/* SQL: as many as the page and what stands before it need. */
#define NEEDED "$3::bigint + $4::bigint"

/*
 * SQL: the newest items of a source, with what kind they are. items are those of the user
 * f.id, as a select of "at" and "id"; wanted says whether they are asked for.
 */
#define SOURCE(kind, wanted, items) \
	"(select '" kind "' as kind, f.id as user_id, i.at, i.id" \
	"   from (select f.id from followed f cross join lateral (" items " order by 1 desc, 2 desc limit 1) i" \
	"          where " wanted " order by i.at desc, i.id desc limit " NEEDED ") f" \
	"  cross join lateral (" items " order by 1 desc, 2 desc limit " NEEDED ") i" \
	"  order by i.at desc, i.id desc limit " NEEDED ")"

#define IS_WANTED(kind) "'" kind "' = any ($6)"

/* Their own accounts are served: followed has no others. */
#define TRACKS \
	"select t.listed_at as at, t.id from veza_data.track t" \
	" where t.uploader_id = f.id and t.is_listed and " IS_OLDER("t.listed_at", "t.id")

/* What they like, where they show it; of third persons' tracks only what the reader would find in a list. */
#define LIKES \
	"select l.created_at as at, l.track_id as id from veza_data.track_like l" \
	"  join veza_data.track t on t.id = l.track_id and t.is_listed" \
	"  join veza_data.users o on o.id = t.uploader_id and o.status = 'active'" \
	" where l.user_id = f.id and t.uploader_id not in (f.id, $5)" \
	"   and not " VZ_USERS_ARE_APART("t.uploader_id", "$5") " and " IS_OLDER("l.created_at", "l.track_id")

static VzStmt feed_page = VZ_STMT(
	"with followed as materialized ("
	"  select u.id, coalesce((u.preferences #>> '{privacy,show_activity}')::boolean, true) as shows_activity"
	"    from veza_data.user_follow w join veza_data.users u on u.id = w.followed_id and u.status = 'active'"
	"   where w.follower_id = $5 and not " VZ_USERS_ARE_APART("u.id", "$5") ")"
	" select " VZ_TIME_KEY("p.at") "::text as sort_key, p.id, p.kind as type, p.at as created_at,"
	"        p.user_id, u.username, coalesce(u.display_name, u.username) as display_name, u.avatar,"
	"        (select row_to_json(s) from veza_data.track_shape s where s.id = p.id and p.kind in ('track', 'like')) as track"
	"   from (" SOURCE("track", IS_WANTED("track"), TRACKS)
	"         union all " SOURCE("like", IS_WANTED("like") " and f.shows_activity", LIKES)
	"         order by at desc, id desc limit $3 offset $4) p"
	"   join veza_data.users u on u.id = p.user_id"
	"  order by p.at desc, p.id desc",
	TEXTOID, TEXTOID, INT4OID, INT4OID, UUIDOID, TEXTARRAYOID);

VZ_FUNCTION(feed);

/* types_argument is what is asked for, as a list of words; by default what they have published. */
static VzArg
types_argument(FunctionCallInfo fcinfo, int argno, VzRefusal *wrong)
{
	Datum	   *words;
	bool	   *nulls;
	int			n;
	Datum		published = CStringGetTextDatum("track");

	if (PG_ARGISNULL(argno))
		return vz_arg_datum(PointerGetDatum(construct_array(&published, 1, TEXTOID, -1, false, TYPALIGN_INT)), false);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(argno), TEXTOID, -1, false, TYPALIGN_INT, &words, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		char	   *word = nulls[i] ? "" : TextDatumGetCString(words[i]);

		if (strcmp(word, "track") == 0 || strcmp(word, "like") == 0)
			continue;
		vz_field_error(wrong, "types", "must be track or like");
		break;
	}
	return vz_arg_datum(PG_GETARG_DATUM(argno), false);
}

/*
 * feed shows what those whom the actor follows have done.
 *
 * Arguments: page, limit, cursor, types.
 */
Datum
feed(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzArg		filters[2];
	VzKeyPage	page;

	vz_key_page_read(fcinfo, 0, 0, VZ_CURSOR_NUMBER, &page, wrong);
	if (page.after_key == NULL && (int64) page.numbers.page * page.numbers.limit > FEED_ROWS_MAX)
		vz_field_error(wrong, "page", psprintf("must stay within the first %d rows; follow next_cursor beyond", FEED_ROWS_MAX));
	filters[0] = vz_arg_uuid(&actor->user_id);
	filters[1] = types_argument(fcinfo, 3, wrong);
	vz_raise_if(wrong);
	return vz_key_page_answer(&page, &feed_page, NULL, lengthof(filters), filters);
}
