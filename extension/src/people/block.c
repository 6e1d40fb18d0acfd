/*
 * block.c
 *		Blocking users: who is blocked sees and reaches nothing of the blocker.
 *		What that means is said where a thing is shown, by VZ_USER_BLOCKS.
 *
 * Somebody who cannot be seen is blocked as far as one knows of them: they
 * follow one, or are blocked already.
 */
#include "../auth/limit.h"
#include "../core/ground/audit.h"
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../user/user.h"
#include "../user/visibility.h"
#include "follow_count.h"
#include "follow_page.h"
#include "people.h"

static VzStmt insert_block = VZ_STMT(
	"insert into veza_data.user_block (blocker_id, blocked_id, created_at)"
	" select $1, u.id, $3 from veza_data.users u"
	"  where u.id = $2 and u.status <> 'deleted'"
	"    and (" VZ_USER_IS_SHOWN("u", "$1")
	"         or exists (select from veza_data.user_follow f where f.follower_id = $2 and f.followed_id = $1))"
	" on conflict do nothing",
	UUIDOID, UUIDOID, TIMESTAMPTZOID);

static VzStmt delete_block = VZ_STMT("delete from veza_data.user_block where blocker_id = $1 and blocked_id = $2", UUIDOID, UUIDOID);

static VzStmt has_ended = VZ_STMT("select from veza_data.users where id = $1 and status = 'deleted'", UUIDOID);

/* Behind the arguments of a page: who looks, and whether it is an administrator. Who is not to be seen has no name here. */
static VzStmt blocks_page = VZ_STMT(
	"select b.blocked_id as id, s.username, s.display_name, s.avatar, b.created_at"
	"  from veza_data.user_block b"
	"  join veza_data.users u on u.id = b.blocked_id"
	"  left join veza_data.follower_shape s on s.id = u.id and " VZ_USER_IS_VISIBLE("u", "$6", "$7")
	" where b.blocker_id = $1 and (b.created_at, b.blocked_id) < " VZ_FOLLOW_BEFORE("$2", "$3")
	" order by b.created_at desc, b.blocked_id desc limit $4 offset $5",
	UUIDOID, TIMESTAMPTZOID, UUIDOID, INT4OID, INT4OID, UUIDOID, BOOLOID);

static VzStmt count_blocks = VZ_STMT(
	"select count(*) as n from veza_data.user_block where blocker_id = $1", UUIDOID, UUIDOID, BOOLOID);

VZ_FUNCTION(user_block);
VZ_FUNCTION(user_unblock);
VZ_FUNCTION(user_blocks);

/* block_answer says whether the actor has blocked the user now. */
static Datum
block_answer(const pg_uuid_t *id, bool is_blocked)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfo(&json, "{\"user_id\":\"%s\",\"is_blocked\":%s}", vz_uuid_text(id), is_blocked ? "true" : "false");
	return vz_json_datum(&json);
}

/*
 * record_block puts it on record. As something that was done to a user it would
 * stand in that user's export, who is not told.
 */
static void
record_block(const pg_uuid_t *id, const char *action)
{
	VzAudit		entry = {.action = action, .resource_type = "block", .resource_id = vz_uuid_text(id)};

	vz_audit(&entry);
}

/* refuse_unknown raises that there is no such user. */
static void
refuse_unknown(const pg_uuid_t *id)
{
	vz_raise(vz_fact_uuid(vz_refusal(VZ_E_USER_NOT_FOUND), "user_id", id));
}

/* user_block hides the actor from a user; neither follows the other any more. */
Datum
user_block(PG_FUNCTION_ARGS)
{
	pg_uuid_t	id;
	const pg_uuid_t *actor_id = vz_other_user(fcinfo, &id);
	VzRefusal  *refusal;

	vz_pair_lock(actor_id, &id);
	if (vz_user_blocks(actor_id, &id))
		return block_answer(&id, true);
	/* Its foreign key has waited for an account that ends at this moment. */
	if (vz_execute(&insert_block, VZ_ARGS(vz_arg_uuid(actor_id), vz_arg_uuid(&id), vz_arg_time(vz_now()))) == 0 ||
		vz_query_found(&has_ended, VZ_ARGS(vz_arg_uuid(&id))))
		refuse_unknown(&id);
	refusal = vz_limit_take("block", vz_uuid_text(actor_id), vz_setting_int("block_limit"), SECS_PER_HOUR);
	if (refusal != NULL)
		vz_raise(refusal);
	vz_follows_end_between(actor_id, &id);
	record_block(&id, "user.block");
	return block_answer(&id, true);
}

/* user_unblock takes that back; what has ended with it stays so. */
Datum
user_unblock(PG_FUNCTION_ARGS)
{
	pg_uuid_t	id;
	const pg_uuid_t *actor_id = vz_other_user(fcinfo, &id);

	if (vz_execute(&delete_block, VZ_ARGS(vz_arg_uuid(actor_id), vz_arg_uuid(&id))) > 0)
		record_block(&id, "user.unblock");
	else if (!vz_person_is_shown(&id, actor_id))
		refuse_unknown(&id);
	return block_answer(&id, false);
}

/*
 * user_blocks shows whom a user has blocked, newest first, to that user and to
 * administrators.
 *
 * Arguments: the user, page, limit, cursor.
 */
Datum
user_blocks(PG_FUNCTION_ARGS)
{
	pg_uuid_t	id;
	VzRefusal  *refusal = vz_user_own_argument(fcinfo, 0, &id);
	VzPage		page;

	if (refusal != NULL)
		VZ_REFUSE(refusal);
	if (!vz_page_read(fcinfo, 1, &page))
		PG_RETURN_NULL();
	refusal = vz_follow_page_depth(&page);
	if (refusal != NULL)
		VZ_REFUSE(refusal);
	return vz_page_answer_filtered(&page, &blocks_page, &count_blocks, &id,
								   VZ_ARGS(vz_arg_viewer(), vz_arg_bool(vz_user_actor()->role == VZ_ROLE_ADMIN)));
}
