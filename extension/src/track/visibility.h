/*
 * visibility.h
 *		Who sees a track. The one rule: lists, counts, searches, likes,
 *		statistics, audio, waveforms, covers, links and refusals ask it, so that
 *		nothing of a track that is not to be seen shows.
 */
#ifndef VEZA_TRACK_VISIBILITY_H
#define VEZA_TRACK_VISIBILITY_H

#include "../core/ground/query.h"
#include "../core/ground/refusal.h"
#include "../user/visibility.h"

/*
 * In all of these, actor is who looks, as vz_arg_reader gives it: NULL for
 * nobody, from whom nothing is hidden that everybody sees.
 */

/* SQL: the owner of the row t of track has an account that is served, and has not blocked the actor. */
#define VZ_TRACK_IS_SERVED(t, actor) \
	"(exists (select from veza_data.users owner where owner.id = " t ".uploader_id and owner.status = 'active')" \
	" and not " VZ_USER_BLOCKS(t ".uploader_id", actor) ")"

/* SQL: the row t stands in lists, searches, feeds and counts. In this form it walks their indexes. */
#define VZ_TRACK_IS_LISTED(t, actor) \
	"(" t ".is_listed and " VZ_TRACK_IS_SERVED(t, actor) ")"

/* SQL: others may see the row t by its address. */
#define VZ_TRACK_IS_SHOWN(t, actor) \
	"(" t ".visibility <> 'private' and " t ".status = 'ready' and " t ".taken_down_at is null and " t ".deleted_at is null" \
	" and " VZ_TRACK_IS_SERVED(t, actor) ")"

/* SQL: a caller may see the row t; is_admin is true for an administrator. */
#define VZ_TRACK_IS_VISIBLE(t, actor, is_admin) \
	"(" is_admin " or (" t ".uploader_id = " actor " and " t ".deleted_at is null) or " VZ_TRACK_IS_SHOWN(t, actor) ")"

/* How the present actor sees a track. */
typedef struct VzTrackSight
{
	pg_uuid_t	id;
	pg_uuid_t	owner_id;
	pg_uuid_t	actor_id;		/* only when is_known */
	bool		is_known;		/* the actor is logged in */
	bool		is_owner;
	bool		is_whole;		/* the owner, or an administrator: sees what others do not */
	bool		is_shown;		/* others see it, too, by its address */
	bool		is_downloadable;
	bool		is_ready;
	bool		is_held;		/* until a moderator has decided, nobody else sees it */
	int64		revision;
	char	   *title;
} VzTrackSight;

/* Whether the actor may see the track whose id is the argument; the sight then says how. */
extern bool vz_track_see(FunctionCallInfo fcinfo, int argno, VzTrackSight *sight);

/* The refusal for one that may not be seen, which is that for one that is not there. */
extern VzRefusal *vz_track_not_found(FunctionCallInfo fcinfo, int argno);

/*
 * The same for a change: raises TRACK_NOT_FOUND unless the actor sees it, and
 * 403 unless the actor may change it, as its owner and administrators do. The
 * row is locked.
 */
extern void vz_track_lock_own(FunctionCallInfo fcinfo, int argno, VzTrackSight *sight);

#endif							/* VEZA_TRACK_VISIBILITY_H */
