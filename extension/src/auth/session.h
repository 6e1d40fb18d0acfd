/*
 * session.h
 *		Login sessions and the tokens they give out.
 */
#ifndef VEZA_SESSION_H
#define VEZA_SESSION_H

#include "../core/ground/query.h"

/* The cookie that stands in for a refresh token; routes name it as well. */
#define VZ_REFRESH_COOKIE "veza_refresh"

/* Who gets tokens. */
typedef struct VzLogin
{
	pg_uuid_t	user_id;
	char	   *role;
	int			token_version;
} VzLogin;

/* Starts a session; returns the members of the answer that every login has, without braces. */
extern char *vz_session_start(const VzLogin *login, bool remember_me);

/* Ends a session and starts another one in its place, with other tokens; returns the members as above. */
extern char *vz_session_replace(const VzLogin *login, const pg_uuid_t *session_id, const char *reason);

/* Ends live sessions of a user: one (only), all but one (except), or all; returns how many. */
extern uint64 vz_sessions_end(const pg_uuid_t *user_id, const pg_uuid_t *only, const pg_uuid_t *except,
							  const char *reason);

#endif							/* VEZA_SESSION_H */
