/*
 * follow.c
 *		Following users: the wish is what counts, so asking twice is no mistake.
 *
 * The row comes first and is judged then: its foreign key has waited for an
 * account that ends at this moment, so what is looked at is what holds.
 */
#include "../auth/limit.h"
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../core/ground/refusal.h"
#include "../notification/notify.h"
#include "../user/visibility.h"
#include "follow_count.h"
#include "people.h"

static VzStmt insert_follow = VZ_STMT(
	"insert into veza_data.user_follow (follower_id, followed_id, created_at)"
	" select $1, u.id, $3 from veza_data.users u where u.id = $2 on conflict do nothing",
	UUIDOID, UUIDOID, TIMESTAMPTZOID);

VZ_FUNCTION(user_follow);
VZ_FUNCTION(user_unfollow);

/* raise_unknown refuses a user who is not there, or not to be seen. */
static void
raise_unknown(const pg_uuid_t *id)
{
	vz_raise(vz_fact_uuid(vz_refusal(VZ_E_USER_NOT_FOUND), "user_id", id));
}

/* follow_answer says whether the actor follows the user now. */
static Datum
follow_answer(const pg_uuid_t *id, bool is_following, bool is_shown)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfo(&json, "{\"user_id\":\"%s\",\"is_following\":%s,\"follower_count\":", vz_uuid_text(id),
					 is_following ? "true" : "false");
	if (is_shown)
		appendStringInfo(&json, INT64_FORMAT "}", vz_followers_counted(id));
	else
		appendStringInfoString(&json, "null}");
	return vz_json_datum(&json);
}

/*
 * admit_follow raises when the user has followed too many in this hour, or
 * follows too many. The first look holds the user's row of the limit, so
 * nobody else counts at the same time.
 */
static void
admit_follow(const pg_uuid_t *follower_id)
{
	VzRefusal  *refusal = vz_limit_take("follow", vz_uuid_text(follower_id), vz_setting_int("follow_limit"), SECS_PER_HOUR);
	int64		limit = vz_setting_int("following_max");

	if (refusal == NULL && vz_following_counted(follower_id) >= limit)
		refusal = vz_fact_int(vz_refusal(VZ_E_FOLLOWING_LIMIT_REACHED), "limit", limit);
	if (refusal != NULL)
		vz_raise(refusal);
}

/* user_follow notes that the actor follows a user, who is told. */
Datum
user_follow(PG_FUNCTION_ARGS)
{
	pg_uuid_t	id;
	const pg_uuid_t *actor_id = vz_other_user(fcinfo, &id);
	bool		is_new;

	vz_pair_lock(actor_id, &id);
	is_new = vz_execute(&insert_follow, VZ_ARGS(vz_arg_uuid(actor_id), vz_arg_uuid(&id), vz_arg_time(vz_now()))) > 0;
	if (!vz_person_is_shown(&id, actor_id))
		raise_unknown(&id);
	if (vz_user_blocks(actor_id, &id))
		vz_raise(vz_fact_uuid(vz_refusal(VZ_E_USER_IS_BLOCKED), "user_id", &id));
	if (is_new)
	{
		admit_follow(actor_id);
		vz_follow_begun(actor_id, &id);
		vz_notify(&(VzNotification) {.kind = VZ_NOTIFY_FOLLOW, .user_id = &id, .actor_id = actor_id});
	}
	return follow_answer(&id, true, true);
}

/* user_unfollow takes that back, also where the user can no longer be seen. */
Datum
user_unfollow(PG_FUNCTION_ARGS)
{
	pg_uuid_t	id;
	const pg_uuid_t *actor_id = vz_other_user(fcinfo, &id);
	bool		has_ended = vz_follow_end(actor_id, &id);
	bool		is_shown = vz_person_is_shown(&id, actor_id);

	if (!has_ended && !is_shown)
		raise_unknown(&id);
	return follow_answer(&id, false, is_shown);
}
