/*
 * request.h
 *		Who is asking.
 *
 * The actor is set by veza.begin_request (veza-httpd, one statement) or by
 * veza.act_as (a DBA's psql session). It lives in C memory of the backend:
 * custom settings can be forged by any SQL role and are never an identity.
 */
#ifndef VEZA_REQUEST_H
#define VEZA_REQUEST_H

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

/* The present actor, who is a user; else AUTH_REQUIRED. */
extern const VzActor *vz_require_user(void);

/* The present actor, who has the role; else AUTH_REQUIRED or a 403. */
extern const VzActor *vz_require_admin(void);
extern const VzActor *vz_require_creator(void);
extern bool vz_role_is_creator(VzRole role);

/* Forgets the actor and makes this one the actor of the next phase of a procedure. */
extern void vz_install_actor(const VzActor *actor);

/* The request id for logs and history; NULL when the work has none. */
extern const char *vz_request_id(void);

/* Work done on behalf of an earlier request (effects, webhooks) names that request. */
extern void vz_set_work_request_id(const char *request_id);

/* Is a request under way, and in the reads lane? */
extern bool vz_request_is_read(void);

/* Roles by name: an unknown name or NULL is VZ_ROLE_NONE, which is called "nobody". */
extern VzRole vz_role_from_name(const char *name);
extern const char *vz_role_name(VzRole role);

/* Asks to be told of the end of each transaction, to forget the actor then; once per backend. */
extern void vz_request_init(void);

#endif							/* VEZA_REQUEST_H */
