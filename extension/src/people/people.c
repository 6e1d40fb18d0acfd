/*
 * people.c
 *		Two users and how they stand to each other (see people.h).
 */
#include "people.h"

#include "common/hashfn.h"

#include "../core/ground/lock.h"
#include "../user/user.h"
#include "../user/visibility.h"
#include "follow_count.h"

static VzStmt is_shown_to = VZ_STMT("select from veza_data.users u where u.id = $1 and " VZ_USER_IS_SHOWN("u", "$2"), UUIDOID, UUIDOID);

/* Waits for those who follow the account at this moment; who begins later finds that it has ended. */
static VzStmt lock_ending = VZ_STMT("select from veza_data.users where id = $1 for update", UUIDOID);

static VzStmt forget_blocks = VZ_STMT("delete from veza_data.user_block where $1 in (blocker_id, blocked_id)", UUIDOID);

const pg_uuid_t *
vz_other_user(FunctionCallInfo fcinfo, pg_uuid_t *other_id)
{
	const VzActor *actor = vz_require_user();
	VzRefusal  *refusal = vz_user_argument(fcinfo, 0, other_id);

	if (refusal == NULL && vz_uuid_equal(other_id, &actor->user_id))
		refusal = vz_field_error(vz_refusal(VZ_E_VALIDATION_ERROR), "id", "must be another user than yourself");
	if (refusal != NULL)
		vz_raise(refusal);
	return &actor->user_id;
}

void
vz_pair_lock(const pg_uuid_t *one, const pg_uuid_t *other)
{
	bool		is_first = memcmp(one->data, other->data, UUID_LEN) < 0;
	unsigned char pair[2 * UUID_LEN];
	VzLock		lock;

	memcpy(pair, (is_first ? one : other)->data, UUID_LEN);
	memcpy(pair + UUID_LEN, (is_first ? other : one)->data, UUID_LEN);
	lock = vz_lock(VZ_LOCK_USER_PAIR, hash_bytes_extended(pair, sizeof(pair), 0));
	vz_lock_take(&lock);
}

bool
vz_person_is_shown(const pg_uuid_t *id, const pg_uuid_t *actor_id)
{
	return vz_query_found(&is_shown_to, VZ_ARGS(vz_arg_uuid(id), vz_arg_uuid(actor_id)));
}

void
vz_people_end_account(const pg_uuid_t *user_id)
{
	vz_execute(&lock_ending, VZ_ARGS(vz_arg_uuid(user_id)));
	vz_follows_end_account(user_id);
	vz_execute(&forget_blocks, VZ_ARGS(vz_arg_uuid(user_id)));
}
