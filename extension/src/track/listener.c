/*
 * listener.c
 *		Telling listeners apart (see listener.h).
 */
#include "listener.h"

#include "../core/ground/actor.h"
#include "../core/ground/digest.h"

VzArg
vz_listener_digest(const pg_uuid_t *about)
{
	const VzActor *actor = vz_actor();
	StringInfoData who;

	initStringInfo(&who);
	appendBinaryStringInfo(&who, (const char *) about->data, UUID_LEN);
	if (actor->role != VZ_ROLE_NONE)
		appendStringInfo(&who, "user %s", vz_uuid_text(&actor->user_id));
	else
		appendStringInfo(&who, "address %s %s", actor->address, actor->user_agent);
	return vz_arg_sha256(who.data, (size_t) who.len);
}
