/*
 * follow.c
 *		Following and liking playlists: the wish is what counts, so asking twice is
 *		no mistake.
 */
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../core/request/request.h"
#include "../notification/notify.h"
#include "counter.h"
#include "visibility.h"

static VzStmt insert_follow = VZ_STMT(
	"insert into veza_data.playlist_follow (playlist_id, user_id, created_at) values ($1, $2, $3) on conflict do nothing",
	UUIDOID, UUIDOID, TIMESTAMPTZOID);

static VzStmt delete_follow = VZ_STMT("delete from veza_data.playlist_follow where playlist_id = $1 and user_id = $2", UUIDOID, UUIDOID);

static VzStmt insert_playlist_like = VZ_STMT(
	"insert into veza_data.playlist_like (playlist_id, user_id, created_at) values ($1, $2, $3) on conflict do nothing",
	UUIDOID, UUIDOID, TIMESTAMPTZOID);

static VzStmt delete_playlist_like = VZ_STMT(
	"delete from veza_data.playlist_like where playlist_id = $1 and user_id = $2", UUIDOID, UUIDOID);

VZ_FUNCTION(playlist_follow);
VZ_FUNCTION(playlist_unfollow);
VZ_FUNCTION(playlist_like);
VZ_FUNCTION(playlist_unlike);

/* What can be wished of a playlist. */
typedef struct Wish
{
	const char *kind;			/* as it is counted */
	const char *wished;			/* members of the answer */
	const char *count;
	VzNotificationKind notification;
	VzStmt	   *insert;
	VzStmt	   *delete;
} Wish;

static const Wish follow = {"follow", "followed", "follower_count", VZ_NOTIFY_FOLLOW, &insert_follow, &delete_follow};
static const Wish like = {"like", "liked", "like_count", VZ_NOTIFY_LIKE, &insert_playlist_like, &delete_playlist_like};

/* wish_answer says whether it is wished now, and by how many. */
static Datum
wish_answer(const Wish *wish, const VzPlaylistSight *sight, bool wished)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfo(&json, "{\"%s\":%s,\"%s\":" INT64_FORMAT "}", wish->wished, wished ? "true" : "false", wish->count,
					 vz_playlist_counted(&sight->id, wish->kind));
	return vz_json_datum(&json);
}

/* see_wished raises unless the actor is logged in and sees the playlist. */
static void
see_wished(FunctionCallInfo fcinfo, VzPlaylistSight *sight)
{
	vz_require_user();
	if (!vz_playlist_see(fcinfo, 0, sight))
		vz_raise(vz_playlist_not_found(fcinfo, 0));
}

/* take_wish notes the wish, and tells the owner of a new one. */
static Datum
take_wish(FunctionCallInfo fcinfo, const Wish *wish)
{
	VzPlaylistSight sight;

	see_wished(fcinfo, &sight);
	if (vz_execute(wish->insert, VZ_ARGS(vz_arg_uuid(&sight.id), vz_arg_uuid(&sight.actor_id), vz_arg_time(vz_now()))) > 0)
	{
		vz_playlist_count(&sight.id, wish->kind, 1);
		vz_notify(&(VzNotification) {wish->notification, &sight.owner_id, &sight.actor_id, "playlist", &sight.id});
	}
	return wish_answer(wish, &sight, true);
}

/* take_wish_back forgets it. */
static Datum
take_wish_back(FunctionCallInfo fcinfo, const Wish *wish)
{
	VzPlaylistSight sight;

	see_wished(fcinfo, &sight);
	if (vz_execute(wish->delete, VZ_ARGS(vz_arg_uuid(&sight.id), vz_arg_uuid(&sight.actor_id))) > 0)
		vz_playlist_count(&sight.id, wish->kind, -1);
	return wish_answer(wish, &sight, false);
}

/* playlist_follow notes that the actor follows a playlist. */
Datum
playlist_follow(PG_FUNCTION_ARGS)
{
	return take_wish(fcinfo, &follow);
}

/* playlist_unfollow takes that back. */
Datum
playlist_unfollow(PG_FUNCTION_ARGS)
{
	return take_wish_back(fcinfo, &follow);
}

/* playlist_like notes that the actor likes a playlist. */
Datum
playlist_like(PG_FUNCTION_ARGS)
{
	return take_wish(fcinfo, &like);
}

/* playlist_unlike takes that back. */
Datum
playlist_unlike(PG_FUNCTION_ARGS)
{
	return take_wish_back(fcinfo, &like);
}
