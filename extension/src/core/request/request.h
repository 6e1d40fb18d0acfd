/*
 * request.h
 *		The request under way: who may do what in it.
 *
 * The actor is set by veza.begin_request (veza-httpd, one statement) or by
 * veza.act_as (a DBA's psql session), and read by vz_actor (see actor.h).
 */
#ifndef VEZA_REQUEST_H
#define VEZA_REQUEST_H

#include "../ground/actor.h"

/* The present actor, who is a user; else AUTH_REQUIRED. */
extern const VzActor *vz_require_user(void);

/* The present actor, who has the role; else AUTH_REQUIRED or a 403. */
extern const VzActor *vz_require_admin(void);
extern const VzActor *vz_require_creator(void);
extern bool vz_role_is_creator(VzRole role);

/* May the actor publish: a creator, or anybody who is logged in where BYPASS_CONTENT_CREATOR_ROLE is set. */
extern bool vz_may_create(const VzActor *actor);

/* Forgets the actor and makes this one the actor of the next phase of a procedure. */
extern void vz_install_actor(const VzActor *actor);

/* Asks to be told of the end of each transaction, to forget the actor then; once per backend. */
extern void vz_request_init(void);

#endif							/* VEZA_REQUEST_H */
