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

/* Has the user blocked the other one? A lookup. */
extern bool vz_user_blocks(const pg_uuid_t *user_id, const pg_uuid_t *other_id);

/* The present actor's id, as VZ_USER_IS_SHOWN takes it: NULL for nobody. */
extern VzArg vz_arg_viewer(void);

/* The same for what everybody sees, but for those whom its owner has blocked: NULL for administrators, too. */
extern VzArg vz_arg_reader(void);

/*
 * SQL: the user has blocked the caller, who then sees and reaches nothing of the user; both are ids, and NULL, for
 * nobody, is blocked by nobody. Administrators are asked elsewhere: they see everything.
 */
#define VZ_USER_BLOCKS(user, actor) \
	"exists (select from veza_data.user_block b where b.blocker_id = " user " and b.blocked_id = " actor ")"

/* SQL: one of the two has blocked the other: nothing of one is put before the other. */
#define VZ_USERS_ARE_APART(user, other) \
	"exists (select from veza_data.user_block b where (b.blocker_id, b.blocked_id) in ((" user ", " other "), (" other ", " user ")))"

/* SQL: the profile of the row u of users is open to those who are logged in (is_known), or to all. */
#define VZ_USER_IS_OPEN(u, is_known) \
	"(" u ".status = 'active' and " u ".profile_visibility <> 'private'" \
	" and (" u ".profile_visibility = 'public' or " is_known "))"

/* SQL: the caller, or NULL for nobody, may see the row u of users as others do. In this form it walks the directory's indexes. */
#define VZ_USER_IS_SHOWN(u, actor) \
	"(" VZ_USER_IS_OPEN(u, actor " is not null") " and not " VZ_USER_BLOCKS(u ".id", actor) ")"

/* SQL: a caller may see the row u of users; is_whole is that of vz_user_visibility. */
#define VZ_USER_IS_VISIBLE(u, actor, is_whole) \
	"(" u ".status <> 'deleted' and " is_whole " or " VZ_USER_IS_SHOWN(u, actor) ")"

#endif							/* VEZA_VISIBILITY_H */
