/*
 * visibility.c
 *		Who sees a user (see visibility.h).
 */
#include "visibility.h"

#include "user.h"

static VzStmt find_block = VZ_LOOKUP(
	"select created_at from veza_data.user_block where blocker_id = $1 and blocked_id = $2", UUIDOID, UUIDOID);

VzUserVisibility
vz_user_visibility(const pg_uuid_t *id)
{
	const VzActor *actor = vz_user_actor();
	bool		is_known = actor->role != VZ_ROLE_NONE;

	return (VzUserVisibility)
	{
		.is_known = is_known, .is_whole = is_known && (actor->role == VZ_ROLE_ADMIN || vz_uuid_equal(id, &actor->user_id))
	};
}

bool
vz_user_blocks(const pg_uuid_t *user_id, const pg_uuid_t *other_id)
{
	return vz_query_found(&find_block, VZ_ARGS(vz_arg_uuid(user_id), vz_arg_uuid(other_id)));
}

VzArg
vz_arg_viewer(void)
{
	const VzActor *actor = vz_user_actor();

	return vz_arg_uuid(actor->role != VZ_ROLE_NONE ? &actor->user_id : NULL);
}

VzArg
vz_arg_reader(void)
{
	const VzActor *actor = vz_user_actor();

	return vz_arg_uuid(actor->role != VZ_ROLE_NONE && actor->role != VZ_ROLE_ADMIN ? &actor->user_id : NULL);
}
