/*
 * visibility.c
 *		Who sees a user (see visibility.h).
 */
#include "visibility.h"

#include "user.h"

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
