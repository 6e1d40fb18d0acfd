/*
 * like.c
 *		Liking tracks: the wish is what counts, so asking twice is no mistake.
 */
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../core/ground/refusal.h"
#include "../core/request/page.h"
#include "../core/request/request.h"
#include "../notification/notify.h"
#include "../user/visibility.h"
#include "counter.h"
#include "visibility.h"

static VzStmt insert_like = VZ_STMT(
	"insert into veza_data.track_like (track_id, user_id, created_at) values ($1, $2, $3) on conflict do nothing",
	UUIDOID, UUIDOID, TIMESTAMPTZOID);

static VzStmt delete_like = VZ_STMT(
	"delete from veza_data.track_like where track_id = $1 and user_id = $2 returning created_at", UUIDOID, UUIDOID);

/*
 * Whoever is not to be seen is not shown here either. Planned anew each time:
 * only then it walks its index from where the page begins.
 */
static VzStmt likers = VZ_STMT_SEARCH(
	"select s.id, s.username, s.display_name, s.avatar, s.created_at"
	"  from veza_data.track_like l"
	"  join veza_data.users u on u.id = l.user_id and " VZ_USER_IS_SHOWN("u", "$6")
	"  join veza_data.track_liker_shape s on s.track_id = l.track_id and s.id = l.user_id"
	" where l.track_id = $1 and ($2 is null or (l.created_at, l.user_id) < ($2, $3))"
	" order by l.created_at desc, l.user_id desc limit $4 offset $5",
	UUIDOID, TIMESTAMPTZOID, UUIDOID, INT4OID, INT4OID, UUIDOID);

static VzStmt count_likes = VZ_STMT(
	"select like_count + coalesce((select sum(n) from veza_data.track_counter c where c.track_id = t.id and c.kind = 'like'), 0)::bigint as n"
	"  from veza_data.track t where id = $1 and ($2 is null or true)",
	UUIDOID, UUIDOID);

VZ_FUNCTION(track_like);
VZ_FUNCTION(track_unlike);
VZ_FUNCTION(track_likes);

/* like_answer says whether the actor likes the track now. */
static Datum
like_answer(const VzTrackSight *sight, bool liked)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfo(&json, "{\"liked\":%s,\"like_count\":" INT64_FORMAT "}", liked ? "true" : "false",
					 vz_track_counted(&sight->id, "like"));
	return vz_json_datum(&json);
}

/* track_like notes that the actor likes a track. */
Datum
track_like(PG_FUNCTION_ARGS)
{
	VzTrackSight sight;

	vz_require_user();
	if (!vz_track_see(fcinfo, 0, &sight))
		vz_raise(vz_track_not_found(fcinfo, 0));
	if (vz_execute(&insert_like, VZ_ARGS(vz_arg_uuid(&sight.id), vz_arg_uuid(&sight.actor_id), vz_arg_time(vz_now()))) > 0)
	{
		vz_track_count(&sight.id, "like", vz_now(), "", 1);
		vz_notify(&(VzNotification) {VZ_NOTIFY_LIKE, &sight.owner_id, &sight.actor_id, "track", &sight.id});
	}
	return like_answer(&sight, true);
}

/* track_unlike takes that back. */
Datum
track_unlike(PG_FUNCTION_ARGS)
{
	VzTrackSight sight;
	VzRow		row;

	vz_require_user();
	if (!vz_track_see(fcinfo, 0, &sight))
		vz_raise(vz_track_not_found(fcinfo, 0));
	/* It goes from the day on which it was given. */
	if (vz_query_row(&delete_like, VZ_ARGS(vz_arg_uuid(&sight.id), vz_arg_uuid(&sight.actor_id)), &row))
		vz_track_count(&sight.id, "like", vz_row_time(&row, "created_at"), "", -1);
	return like_answer(&sight, false);
}

/*
 * track_likes shows who likes a track, newest first.
 *
 * Arguments: the track, page, limit, cursor.
 */
Datum
track_likes(PG_FUNCTION_ARGS)
{
	VzTrackSight sight;
	VzPage		page;

	if (!vz_track_see(fcinfo, 0, &sight))
		VZ_REFUSE(vz_track_not_found(fcinfo, 0));
	if (!vz_page_read(fcinfo, 1, &page))
		PG_RETURN_NULL();
	return vz_page_answer_filtered(&page, &likers, &count_likes, &sight.id, VZ_ARGS(vz_arg_viewer()));
}
