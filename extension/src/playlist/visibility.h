/*
 * visibility.h
 *		Who sees a playlist, and which of its tracks. The one rule: lists,
 *		entries, covers, copies, likes and refusals ask it, so that nothing of a
 *		playlist that is not to be seen shows, and nothing of a track in it either.
 */
#ifndef VEZA_PLAYLIST_VISIBILITY_H
#define VEZA_PLAYLIST_VISIBILITY_H

#include "../core/ground/query.h"
#include "../core/ground/refusal.h"
#include "../track/visibility.h"
#include "../user/visibility.h"

/* SQL: the owner of the row p of playlist is served, and has not blocked the caller; actor is NULL for nobody. */
#define VZ_PLAYLIST_IS_SERVED(p, actor) \
	"(exists (select from veza_data.users owner where owner.id = " p ".owner_id and owner.status = 'active')" \
	" and not " VZ_USER_BLOCKS(p ".owner_id", actor) ")"

/* SQL: the row p stands in the caller's lists, searches and counts. In this form it walks their indexes. */
#define VZ_PLAYLIST_IS_LISTED(p, actor) \
	"(" p ".is_listed and " VZ_PLAYLIST_IS_SERVED(p, actor) ")"

/* SQL: the caller was invited to the row p, whether that was accepted or not. */
#define VZ_PLAYLIST_IS_INVITED(p, actor) \
	"exists (select from veza_data.playlist_member m where m.playlist_id = " p ".id and m.user_id = " actor ")"

/*
 * SQL: a caller may see the row p by its address; is_admin is true for an
 * administrator. One that is taken down is its owner's alone.
 */
#define VZ_PLAYLIST_IS_VISIBLE(p, actor, is_admin) \
	"(" p ".deleted_at is null and (" is_admin " or " p ".owner_id = " actor \
	" or (" p ".taken_down_at is null and (" p ".visibility <> 'private' or " VZ_PLAYLIST_IS_INVITED(p, actor) ")" \
	" and " VZ_PLAYLIST_IS_SERVED(p, actor) ")))"

/*
 * SQL: the reader of the row p may see the track t of its entry e: as a track, and
 * not by the way of somebody else's public playlist when its owner does not list it.
 */
#define VZ_ENTRY_IS_AVAILABLE(p, e, t, actor, is_admin) \
	"(" VZ_TRACK_IS_VISIBLE(t, actor, is_admin) \
	" and (" p ".visibility <> 'public' or " t ".visibility <> 'unlisted' or " is_admin \
	"      or " actor " = " t ".uploader_id or " e ".added_by in (" t ".uploader_id, " actor ")))"

/*
 * SQL: who takes part in a playlist is told by name of the row u of users, who
 * does or did, too: whatever that profile says, but neither of accounts that
 * are not served, nor by whom the caller is blocked.
 */
#define VZ_PARTNER_IS_SHOWN(u, actor, is_admin) \
	"(" u ".status <> 'deleted' and (" is_admin " or " u ".id = " actor \
	" or (" u ".status = 'active' and not " VZ_USER_BLOCKS(u ".id", actor) ")))"

/* What the actor is to a playlist. */
typedef enum VzPlaylistPart
{
	VZ_PLAYLIST_STRANGER,
	VZ_PLAYLIST_INVITED,		/* has not accepted */
	VZ_PLAYLIST_VIEWER,
	VZ_PLAYLIST_EDITOR,
	VZ_PLAYLIST_OWNER
} VzPlaylistPart;

/* How the present actor sees a playlist. */
typedef struct VzPlaylistSight
{
	pg_uuid_t	id;
	pg_uuid_t	owner_id;
	pg_uuid_t	actor_id;		/* only when is_known */
	bool		is_known;		/* the actor is logged in */
	bool		is_admin;
	VzPlaylistPart part;
	bool		is_public;
	bool		is_smart;		/* it has rules instead of entries */
	int64		revision;		/* of what its owner says of it */
	int64		version;		/* of its entries */
	int32		track_count;
	char	   *name;
} VzPlaylistSight;

/* Whether the actor may see the playlist whose id is the argument; the sight then says how. */
extern bool vz_playlist_see(FunctionCallInfo fcinfo, int argno, VzPlaylistSight *sight);

/* The refusal for one that may not be seen, which is that for one that is not there. */
extern VzRefusal *vz_playlist_not_found(FunctionCallInfo fcinfo, int argno);

/* The actor takes part in it (owner, editor or viewer), or is an administrator. */
extern bool vz_playlist_takes_part(const VzPlaylistSight *sight);

/*
 * For changes: raises PLAYLIST_NOT_FOUND unless the actor sees it, and 403 unless
 * the actor has at least that part, as administrators do. The row is locked.
 * What editors change is entries: PLAYLIST_IS_SMART where there are none.
 */
extern void vz_playlist_lock(FunctionCallInfo fcinfo, int argno, VzPlaylistPart least, VzPlaylistSight *sight);

#endif							/* VEZA_PLAYLIST_VISIBILITY_H */
