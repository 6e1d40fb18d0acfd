/*
 * actor.c
 *		Who is asking, as a value (see actor.h).
 *
 * The rule's source: an actor never outlives its own statement. Statements of
 * one pipeline share a transaction, so the transaction's end is too late; the
 * actor is bound to the memory of the executor that ran begin_request and is
 * forgotten when that memory goes.
 */
#include "actor.h"

static const VzActor nobody = {.role = VZ_ROLE_NONE};

/* The actor of the statement that called begin_request, or of a procedure's phase. */
static struct
{
	bool		active;
	uint64		serial;			/* which begin_request it was */
	VzActor		actor;
}			request;

/* Whom a session acts as that is no request's. */
static struct
{
	const VzActor *actor;		/* NULL: nobody */
	Oid			sql_role;		/* SET ROLE suspends it */
}			acting;

static char work_request_id[VZ_REQUEST_ID_MAX + 1];

static const struct
{
	VzRole		role;
	const char *name;
}			role_names[] = {
	{VZ_ROLE_USER, "user"},
	{VZ_ROLE_PREMIUM, "premium"},
	{VZ_ROLE_CREATOR, "creator"},
	{VZ_ROLE_ARTIST, "artist"},
	{VZ_ROLE_PRODUCER, "producer"},
	{VZ_ROLE_LABEL, "label"},
	{VZ_ROLE_ADMIN, "admin"}
};

VzRole
vz_role_from_name(const char *name)
{
	for (int i = 0; name != NULL && i < (int) lengthof(role_names); i++)
		if (strcmp(role_names[i].name, name) == 0)
			return role_names[i].role;
	return VZ_ROLE_NONE;
}

const char *
vz_role_name(VzRole role)
{
	for (int i = 0; i < (int) lengthof(role_names); i++)
		if (role_names[i].role == role)
			return role_names[i].name;
	return "nobody";
}

/* forget_request ends the request whose serial the memory context was bound to. */
static void
forget_request(void *serial)
{
	if (request.serial == (uint64) (uintptr_t) serial)
		request.active = false;
}

VzActor *
vz_actor_begin(MemoryContext statement)
{
	MemoryContextCallback *cb = MemoryContextAlloc(statement, sizeof(MemoryContextCallback));

	cb->func = forget_request;
	cb->arg = (void *) (uintptr_t) ++request.serial;
	MemoryContextRegisterResetCallback(statement, cb);
	memset(&request.actor, 0, sizeof(request.actor));
	request.active = true;
	return &request.actor;
}

void
vz_actor_install(const VzActor *actor)
{
	request.serial++;
	request.actor = *actor;
	request.active = true;
}

void
vz_actor_forget(void)
{
	request.active = false;
	work_request_id[0] = '\0';
}

void
vz_actor_act_as(const VzActor *actor, Oid sql_role)
{
	acting.actor = actor;
	acting.sql_role = sql_role;
}

const VzActor *
vz_actor(void)
{
	if (request.active)
		return &request.actor;
	return acting.actor != NULL && acting.sql_role == GetOuterUserId() ? acting.actor : &nobody;
}

const char *
vz_request_id(void)
{
	if (request.active && request.actor.request_id[0] != '\0')
		return request.actor.request_id;
	if (work_request_id[0] != '\0')
		return work_request_id;
	return NULL;
}

void
vz_set_work_request_id(const char *request_id)
{
	strlcpy(work_request_id, request_id ? request_id : "", sizeof(work_request_id));
}

bool
vz_request_is_read(void)
{
	return request.active && request.actor.is_read;
}
