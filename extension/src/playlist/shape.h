/*
 * shape.h
 *		What a playlist looks like to a reader: SQL for lists, and the answer for one.
 */
#ifndef VEZA_PLAYLIST_SHAPE_H
#define VEZA_PLAYLIST_SHAPE_H

#include "../core/ground/query.h"
#include "visibility.h"

/* Entries that are looked at for covers, and covers that are shown. */
#define VZ_COVER_ENTRIES "8"
#define VZ_COVERS "4"

/* SQL: the columns of playlist_shape, of the row s of playlist_base, for a caller who may see it. */
#define VZ_PLAYLIST_COLUMNS(actor, is_admin) \
	"s.id, s.name, s.description, s.visibility, s.is_public, s.user_id, s.owner_username, s.owner_name," \
	" coalesce(s.cover_url, c.urls[1]) as cover_url, c.urls as cover_urls, case when not s.is_smart then s.track_count end as track_count, s.is_smart, s.follower_count, s.like_count," \
	" (select o.id from veza_data.playlist o where o.id = s.forked_from_id and " VZ_PLAYLIST_IS_VISIBLE("o", actor, is_admin) \
	") as forked_from_id," \
	" case when s.user_id = " actor " then 'owner' else" \
	"      (select case when m.accepted_at is null then 'invited' else m.role end from veza_data.playlist_member m" \
	"        where m.playlist_id = s.id and m.user_id = " actor ") end as role," \
	" exists (select from veza_data.playlist_follow f where f.playlist_id = s.id and f.user_id = " actor ") as is_followed," \
	" exists (select from veza_data.playlist_like l where l.playlist_id = s.id and l.user_id = " actor ") as is_liked," \
	" s.version, s.created_at, s.updated_at, s.deleted_at, s.taken_down_at, s.taken_down_reason"

/* SQL: what the columns come from besides the row s: the covers that the caller may see of the first tracks. */
#define VZ_PLAYLIST_COVERS(actor, is_admin) \
	" cross join lateral (" \
	"  select array(select '/api/v1/tracks/' || t.id || '/cover'" \
	"                 from (select e.* from veza_data.playlist_entry e where e.playlist_id = s.id order by e.rank limit " VZ_COVER_ENTRIES \
	") e" \
	"                 join veza_data.playlist p on p.id = s.id" \
	"                 join veza_data.track t on t.id = e.track_id" \
	"                 join veza_data.track_shape x on x.id = t.id and x.cover_url is not null" \
	"                where " VZ_ENTRY_IS_AVAILABLE("p", "e", "t", actor, is_admin) \
	"                order by e.rank limit " VZ_COVERS ") as urls) c"

/* Answers the playlist as the actor sees it, and sets its ETag; whether the actor may see it is not looked at. */
extern Datum vz_playlist_answer(const pg_uuid_t *id);

/* The same as text, without an ETag. */
extern char *vz_playlist_text(const pg_uuid_t *id);

#endif							/* VEZA_PLAYLIST_SHAPE_H */
