/*
 * followers.c
 *		Who follows a user, whom the user follows, and how one stands to the user.
 *
 * Whoever may see a user sees this. Those who are listed are seen with the
 * reader's eyes; the total counts all, as the number in the profile does.
 */
#include "../core/ground/json.h"
#include "../core/ground/refusal.h"
#include "../core/request/page.h"
#include "../user/user.h"
#include "../user/visibility.h"
#include "follow_count.h"
#include "follow_page.h"

static VzStmt find_seen = VZ_STMT(
	"select from veza_data.users u where u.id = $1 and " VZ_USER_IS_VISIBLE("u", "$2", "$3"), UUIDOID, UUIDOID, BOOLOID);

/*
 * Arguments behind those of a page: who looks, and whether it is an administrator. The one side of a follow is the
 * user, the other one is shown. Rows are read in the order of the index and looked at one by one, however many there are.
 */
#define FOLLOW_PAGE(user, shown) \
	VZ_STMT( \
	"select p.id, p.username, p.display_name, p.avatar, f.created_at," \
	"       exists (select from veza_data.user_follow o where o.follower_id = $6 and o.followed_id = p.id) as is_following" \
	"  from veza_data.user_follow f cross join lateral" \
	"       (select s.* from veza_data.users u join veza_data.follower_shape s on s.id = u.id" \
	"         where u.id = f." shown " and " VZ_USER_IS_VISIBLE("u", "$6", "$7") " offset 0) p" \
	" where f." user " = $1 and (f.created_at, f." shown ") < " VZ_FOLLOW_BEFORE("$2", "$3") \
	" order by f.created_at desc, f." shown " desc limit $4 offset $5", \
	UUIDOID, TIMESTAMPTZOID, UUIDOID, INT4OID, INT4OID, UUIDOID, BOOLOID)

static VzStmt followers_page = FOLLOW_PAGE("followed_id", "follower_id");

static VzStmt following_page = FOLLOW_PAGE("follower_id", "followed_id");

/* They take who looks, because the pages do, and have no use for it. */
static VzStmt count_followers = VZ_STMT("select " VZ_FOLLOWERS_OF("$1") " as n", UUIDOID, UUIDOID, BOOLOID);

static VzStmt count_following = VZ_STMT("select " VZ_FOLLOWING_OF("$1") " as n", UUIDOID, UUIDOID, BOOLOID);

static VzStmt relationship = VZ_STMT(
	"select $1 as user_id, " VZ_FOLLOWERS_OF("$1") " as follower_count, " VZ_FOLLOWING_OF("$1") " as following_count,"
	"       case when $2 is not null then exists (select from veza_data.user_follow where follower_id = $2 and followed_id = $1) end as is_following,"
	"       case when $2 is not null then exists (select from veza_data.user_follow where follower_id = $1 and followed_id = $2) end as is_followed_by,"
	"       case when $2 is not null then " VZ_USER_BLOCKS("$2", "$1") " end as is_blocked",
	UUIDOID, UUIDOID);

VZ_FUNCTION(user_followers);
VZ_FUNCTION(user_following);
VZ_FUNCTION(user_relationship);

/* see_user reads the argument id; NULL when the actor may see that user, else the refusal. */
static VzRefusal *
see_user(FunctionCallInfo fcinfo, pg_uuid_t *id)
{
	VzRefusal  *refusal = vz_user_argument(fcinfo, 0, id);

	if (refusal == NULL &&
		!vz_query_found(&find_seen, VZ_ARGS(vz_arg_uuid(id), vz_arg_viewer(), vz_arg_bool(vz_user_visibility(id).is_whole))))
		refusal = vz_refusal(VZ_E_USER_NOT_FOUND);
	return refusal;
}

/* list_follows answers one of the two lists. */
static Datum
list_follows(FunctionCallInfo fcinfo, VzStmt *rows, VzStmt *count)
{
	pg_uuid_t	id;
	VzRefusal  *refusal = see_user(fcinfo, &id);
	VzPage		page;

	if (refusal != NULL)
		VZ_REFUSE(refusal);
	if (!vz_page_read(fcinfo, 1, &page))
		PG_RETURN_NULL();
	refusal = vz_follow_page_depth(&page);
	if (refusal != NULL)
		VZ_REFUSE(refusal);
	return vz_page_answer_filtered(&page, rows, count, &id,
								   VZ_ARGS(vz_arg_viewer(), vz_arg_bool(vz_user_actor()->role == VZ_ROLE_ADMIN)));
}

/*
 * user_followers shows who follows a user, newest first.
 *
 * Arguments: the user, page, limit, cursor.
 */
Datum
user_followers(PG_FUNCTION_ARGS)
{
	return list_follows(fcinfo, &followers_page, &count_followers);
}

/* user_following shows whom a user follows; arguments as above. */
Datum
user_following(PG_FUNCTION_ARGS)
{
	return list_follows(fcinfo, &following_page, &count_following);
}

/* user_relationship says how many follow a user, and how one stands to the user. */
Datum
user_relationship(PG_FUNCTION_ARGS)
{
	pg_uuid_t	id;
	VzRefusal  *refusal = see_user(fcinfo, &id);
	Datum		json;

	if (refusal != NULL)
		VZ_REFUSE(refusal);
	vz_json_row(&relationship, VZ_ARGS(vz_arg_uuid(&id), vz_arg_viewer()), &json);
	return json;
}
