/*
 * target.c
 *		Whom a request is about (see user.h).
 */
#include "user.h"

#include "../core/request/acting.h"
#include "../core/ground/arguments.h"
#include "../core/ground/token.h"

const VzActor *
vz_user_actor(void)
{
	const VzActor *actor = vz_actor();

	if (actor->is_dba)
		vz_acting_refresh();
	return actor;
}

VzRefusal *
vz_user_argument(FunctionCallInfo fcinfo, int argno, pg_uuid_t *id)
{
	const VzActor *actor = vz_user_actor();
	char	   *text = vz_text_argument(fcinfo, argno);

	if (text == NULL)
		return vz_field_error(vz_refusal(VZ_E_VALIDATION_ERROR), "id", "is missing");
	if (strcmp(text, "me") != 0)
		return vz_parse_uuid(text, id->data) ? NULL
			: vz_field_error(vz_refusal(VZ_E_VALIDATION_ERROR), "id", "must be a UUID, or me");
	if (actor->role == VZ_ROLE_NONE)
		return vz_refusal(VZ_E_AUTH_REQUIRED);
	*id = actor->user_id;
	return NULL;
}

VzRefusal *
vz_user_own_argument(FunctionCallInfo fcinfo, int argno, pg_uuid_t *id)
{
	const VzActor *actor = vz_user_actor();
	VzRefusal  *refusal;

	if (actor->role == VZ_ROLE_NONE)
		return vz_refusal(VZ_E_AUTH_REQUIRED);
	refusal = vz_user_argument(fcinfo, argno, id);
	if (refusal == NULL && actor->role != VZ_ROLE_ADMIN && !vz_uuid_equal(id, &actor->user_id))
		return vz_refusal(VZ_E_USER_NOT_FOUND);
	return refusal;
}
