/*
 * actor.h
 *		Who is asking, as a value.
 *
 * The actor lives in C memory of the backend: custom settings can be forged by
 * any SQL role and are never an identity. It is put there by request.c
 * (veza.begin_request) and acting.c (veza.act_as); everybody below reads it here.
 */
#ifndef VEZA_ACTOR_H
#define VEZA_ACTOR_H

#include "compat.h"

#define VZ_REQUEST_ID_MAX	128
#define VZ_ADDRESS_MAX		64
#define VZ_USER_AGENT_MAX	256
#define VZ_LANGUAGE_MAX		3
#define VZ_IDEMPOTENCY_KEY_MAX 256

typedef enum VzRole
{
	VZ_ROLE_NONE,				/* nobody is logged in */
	VZ_ROLE_USER,
	VZ_ROLE_PREMIUM,
	VZ_ROLE_CREATOR,
	VZ_ROLE_ARTIST,
	VZ_ROLE_PRODUCER,
	VZ_ROLE_LABEL,
	VZ_ROLE_ADMIN
} VzRole;

/*
 * SQL: what an account may do now, of the row u of users ("u.", or "" where no
 * other table has such columns). The one expression: actors, tokens and lists
 * have it from here, shapes call the function themselves.
 */
#define VZ_EFFECTIVE_ROLE(u) \
	"veza_data.effective_role(" u "role, " u "plan_role, " u "plan_role_until)"

typedef struct VzActor
{
	VzRole		role;
	pg_uuid_t	user_id;		/* meaningful unless role is VZ_ROLE_NONE */
	pg_uuid_t	session_id;		/* the login session; only when has_session */
	bool		has_session;
	bool		is_dba;			/* through veza.act_as, not through HTTP */
	bool		is_http;		/* through veza.begin_request */
	bool		is_read;		/* in the reads lane: refusals are values, writes are errors */
	char		request_id[VZ_REQUEST_ID_MAX + 1];
	char		address[VZ_ADDRESS_MAX];
	char		user_agent[VZ_USER_AGENT_MAX];
	char		language[VZ_LANGUAGE_MAX];	/* that the caller reads: ISO 639-1 */
	char		idempotency_key[VZ_IDEMPOTENCY_KEY_MAX];	/* empty: none was sent */
	char		idempotency_hash[65];	/* SHA-256 of key, address and body, hexadecimal */
} VzActor;

/* The present actor; its role is VZ_ROLE_NONE when nobody is logged in. Never NULL. */
extern const VzActor *vz_actor(void);

/* The request id for logs and history; NULL when the work has none. */
extern const char *vz_request_id(void);

/* Work done on behalf of an earlier request (effects, webhooks) names that request. */
extern void vz_set_work_request_id(const char *request_id);

/* Is a request under way, and in the reads lane? */
extern bool vz_request_is_read(void);

/* Roles by name: an unknown name or NULL is VZ_ROLE_NONE, which is called "nobody". */
extern VzRole vz_role_from_name(const char *name);
extern const char *vz_role_name(VzRole role);

/* Begins a request that lives as long as the memory of its statement; returns its actor, empty, to be filled. */
extern VzActor *vz_actor_begin(MemoryContext statement);

/* Makes this one the actor of the request under way, until the transaction ends. */
extern void vz_actor_install(const VzActor *actor);

/* Forgets the request, and the earlier one that work was done for. */
extern void vz_actor_forget(void);

/* Where no request is under way, the session acts as this one while it is this SQL role; NULL: as nobody. */
extern void vz_actor_act_as(const VzActor *actor, Oid sql_role);

#endif							/* VEZA_ACTOR_H */
