/*
 * session.h
 *		Login sessions and the tokens they give out.
 */
#ifndef VEZA_SESSION_H
#define VEZA_SESSION_H

#include "../core/query.h"

/* Who gets tokens. */
typedef struct VzLogin
{
	pg_uuid_t	user_id;
	char	   *role;
	int			token_version;
} VzLogin;

/* Starts a session; returns the members of the answer that every login has, without braces. */
extern char *vz_session_start(const VzLogin *login, bool remember_me);

#endif							/* VEZA_SESSION_H */
