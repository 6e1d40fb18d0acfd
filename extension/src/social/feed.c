/*
 * feed.c
 *		What those whom one follows have published, the newest first. Nothing is
 *		written when they do it: who reads goes and looks.
 *
 * The newest n of all are among the newest n of those n whose newest is
 * newest. So each source is walked in two steps by an index that has the items
 * of one user in the order of time: one descent for each user who is followed,
 * and then n items of n users. What it costs depends on how many one follows,
 * not on how much there is, or how long ago it was.
 */
#include "../core/ground/arguments.h"
#include "../core/ground/refusal.h"
#include "../core/request/request.h"
#include "../playlist/shape.h"
#include "../track/key_page.h"
#include "../track/list_query.h"
#include "../user/visibility.h"

/* Rows that can be reached by page number: each page walks all before it. */
#define FEED_ROWS_MAX 200

/* SQL: comes behind what was seen last, $1 and $2. */
#define IS_OLDER(at, id) \
	"(" at ", " id ") < (coalesce(timestamptz 'epoch' + $1::bigint * interval '1 microsecond', 'infinity')," \
	" coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))"

/* SQL: as many as the page and what stands before it need. */
#define NEEDED "($3::bigint + $4::bigint)"

/*
 * SQL: the newest items of a source. items are those of the user of an id, as a select of "at" and "id" in their order.
 * Whether an account is served, and not kept apart from the reader, is asked of those alone who stand first.
 */
#define SOURCE(kind, items) \
	"(select '" kind "' as kind, u.id as user_id, i.at, i.id" \
	"   from (select c.id from (select w.followed_id as id, i.at, i.id as item" \
	"                             from veza_data.user_follow w cross join lateral (" items("w.followed_id") " limit 1) i" \
	"                            where w.follower_id = $5 order by i.at desc, i.id desc offset 0) c" \
	"           join veza_data.users a on a.id = c.id and a.status = 'active'" \
	"          where not " VZ_USERS_ARE_APART("c.id", "$5") \
	"          order by c.at desc, c.item desc limit " NEEDED ") u" \
	"  cross join lateral (" items("u.id") " limit " NEEDED ") i" \
	"  order by i.at desc, i.id desc limit " NEEDED ")"

#define TRACKS(user) \
	"select t.listed_at as at, t.id from veza_data.track t" \
	" where t.uploader_id = " user " and t.is_listed and " IS_OLDER("t.listed_at", "t.id") \
	" order by t.listed_at desc, t.id desc"

#define PLAYLISTS(user) \
	"select l.listed_at as at, l.id from veza_data.playlist l" \
	" where l.owner_id = " user " and l.is_listed and " IS_OLDER("l.listed_at", "l.id") \
	" order by l.listed_at desc, l.id desc"

static VzStmt feed_page = VZ_STMT(
	"select " VZ_TIME_KEY("p.at") "::text as sort_key, p.id, p.kind as type, p.at as created_at,"
	"       p.user_id, u.username, coalesce(u.display_name, u.username) as display_name, u.avatar,"
	"       (select row_to_json(s) from veza_data.track_shape s where s.id = p.id and p.kind = 'track') as track,"
	"       (select row_to_json(l) from (select " VZ_PLAYLIST_COLUMNS("$5", "false")
	"                                      from veza_data.playlist_base s" VZ_PLAYLIST_COVERS("$5", "false")
	"                                     where s.id = p.id and p.kind = 'playlist') l) as playlist"
	"   from (select s.* from (" SOURCE("track", TRACKS) " union all " SOURCE("playlist", PLAYLISTS) ") s order by s.at desc, s.id desc limit $3 offset $4) p"
	"   join veza_data.users u on u.id = p.user_id"
	"  order by p.at desc, p.id desc",
	TEXTOID, TEXTOID, INT4OID, INT4OID, UUIDOID);

VZ_FUNCTION(feed);

/*
 * feed shows what those whom the actor follows have published.
 *
 * Arguments: page, limit, cursor.
 */
Datum
feed(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzKeyPage	page;

	vz_key_page_read(fcinfo, 0, 0, VZ_CURSOR_NUMBER, &page, wrong);
	if (page.after_key == NULL && (int64) page.numbers.page * page.numbers.limit > FEED_ROWS_MAX)
		vz_field_error(wrong, "page", psprintf("must stay within the first %d rows; follow next_cursor beyond", FEED_ROWS_MAX));
	vz_raise_if(wrong);
	return vz_key_page_answer(&page, &(VzKeyRows) {.all = &feed_page}, VZ_ARGS(vz_arg_uuid(&actor->user_id)));
}
