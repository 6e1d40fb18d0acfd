/*
 * visibility.h
 *		Who sees a user. The one rule: profiles, lists and whatever hangs on a
 *		profile ask it, so that nothing of a user who is not to be seen shows.
 */
#ifndef VEZA_VISIBILITY_H
#define VEZA_VISIBILITY_H

#include "../core/ground/query.h"
#include "../core/request/request.h"

/* How much of a user the actor may see. */
typedef struct VzUserVisibility
{
	bool		is_known;		/* the actor is logged in */
	bool		is_whole;		/* and is that user, or an administrator */
} VzUserVisibility;

/* How the present actor sees the user; whether there is one is not looked at. */
extern VzUserVisibility vz_user_visibility(const pg_uuid_t *id);

/* SQL: others may see the row u of users; is_known: they are logged in. In this form it walks the directory's indexes. */
#define VZ_USER_IS_SHOWN(u, is_known) \
	"(" u ".status = 'active' and " u ".profile_visibility <> 'private'" \
	" and (" u ".profile_visibility = 'public' or " is_known "))"

/* SQL: a caller may see the row u of users; is_known and is_whole are those of vz_user_visibility. */
#define VZ_USER_IS_VISIBLE(u, is_known, is_whole) \
	"(" u ".status <> 'deleted' and " is_whole " or " VZ_USER_IS_SHOWN(u, is_known) ")"

#endif							/* VEZA_VISIBILITY_H */
