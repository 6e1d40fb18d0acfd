/*
 * comment_sight.h
 *		Who sees a comment. The one rule: lists, counts, replies, likes and reports
 *		ask it. Nothing of a comment shows to whom its track does not show.
 */
#ifndef VEZA_COMMENT_SIGHT_H
#define VEZA_COMMENT_SIGHT_H

#include "../core/ground/query.h"
#include "../core/ground/refusal.h"
#include "../track/visibility.h"
#include "../user/visibility.h"

/*
 * SQL: others see the row c of comment, when they see its track: it is neither
 * deleted nor hidden, its author's account is served, author and reader have
 * not blocked each other, and the owner of the track has not blocked the
 * author, whose comments are gone from there for everybody. viewer is NULL for nobody.
 */
#define VZ_COMMENT_IS_SHOWN(c, owner, viewer) \
	"(" c ".deleted_at is null and " c ".hidden_at is null" \
	" and exists (select from veza_data.users author where author.id = " c ".user_id and author.status = 'active')" \
	" and not " VZ_USERS_ARE_APART(c ".user_id", viewer) " and not " VZ_USER_BLOCKS(owner, c ".user_id") ")"

/* SQL: a caller sees it; administrators see what is hidden, too. */
#define VZ_COMMENT_IS_VISIBLE(c, owner, viewer, is_admin) \
	"(" c ".deleted_at is null and " is_admin " or " VZ_COMMENT_IS_SHOWN(c, owner, viewer) ")"

/* A comment as the present actor sees it. */
typedef struct VzComment
{
	pg_uuid_t	id;
	pg_uuid_t	track_id;
	pg_uuid_t	owner_id;		/* of the track */
	pg_uuid_t	user_id;		/* who wrote it */
	pg_uuid_t	root_id;		/* the comment that its replies stand under: itself, or the one that it stands under */
	bool		is_reply;
	bool		is_hidden;
	bool		is_own;
	int64		revision;
	TimestampTz created_at;
} VzComment;

/* How a comment is to be locked. */
typedef enum VzCommentLock
{
	VZ_COMMENT_READ,			/* not at all */
	VZ_COMMENT_KEEP,			/* it must not be deleted meanwhile */
	VZ_COMMENT_CHANGE
} VzCommentLock;

/* Finds a comment that the actor sees, and locks it. */
extern bool vz_comment_see(const pg_uuid_t *id, VzCommentLock lock, VzComment *comment);

/*
 * Finds a comment that is not deleted and locks it to be changed, seen or not;
 * who may, is the caller's to ask. can_see says whether the actor sees it.
 */
extern bool vz_comment_lock_any(const pg_uuid_t *id, VzComment *comment, bool *can_see);

/* The refusal for one that may not be seen, which is that for one that is not there. */
extern VzRefusal *vz_comment_not_found(FunctionCallInfo fcinfo, int argno);

/* The present actor is an administrator, as the macros take it. */
extern VzArg vz_arg_is_admin(void);

#endif							/* VEZA_COMMENT_SIGHT_H */
