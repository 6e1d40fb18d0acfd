/*
 * notification_sight.h
 *		What a reader may see of the own notifications. The one rule: the list, the
 *		count of what is unread, reading, throwing away and the digest ask it.
 *
 * There is no notification by somebody who is apart from the reader, or whose
 * account is not served, nor about something that the reader may not see: it
 * comes back with what it is about. Who hides the own profile from the reader
 * is nobody in particular, and what then says nothing at all is not there either.
 */
#ifndef VEZA_NOTIFICATION_SIGHT_H
#define VEZA_NOTIFICATION_SIGHT_H

#include "../playlist/visibility.h"
#include "../track/visibility.h"
#include "../user/visibility.h"
#include "comment_sight.h"

/* Characters of a comment that stand for it. */
#define VZ_TITLE_OF_COMMENT "80"

/*
 * SQL: what the row n of notification is about, title and address, when the
 * reader, an id, may see it. What else can be notified of gets an arm here.
 *
 * Of a comment on one's own track it matters which track, of a reply or a
 * mention what it says.
 */
#define VZ_NOTIFICATION_SUBJECT(reader) \
	"(select t.title, '/api/v1/tracks/' || t.id as url from veza_data.track t" \
	"  where n.subject_type = 'track' and t.id = n.subject_id and " VZ_TRACK_IS_VISIBLE("t", reader, "false") \
	" union all" \
	" select p.name, '/api/v1/playlists/' || p.id from veza_data.playlist p" \
	"  where n.subject_type = 'playlist' and p.id = n.subject_id and " VZ_PLAYLIST_IS_VISIBLE("p", reader, "false") \
	" union all" \
	" select case n.kind when 'comment' then t.title else left(c.content, " VZ_TITLE_OF_COMMENT ") end, '/api/v1/comments/' || c.id from veza_data.comment c join veza_data.track t on t.id = c.track_id" \
	"  where n.subject_type = 'comment' and c.id = n.subject_id and " VZ_TRACK_IS_VISIBLE("t", reader, "false") \
	"    and " VZ_COMMENT_IS_VISIBLE("c", "t.uploader_id", reader, "false") \
	" union all" \
	" select null, '/api/v1/moderation/decisions/' || k.id from veza_data.moderation_case k" \
	"  where n.subject_type = 'moderation_case' and k.id = n.subject_id and k.owner_id = " reader \
	" union all" \
	" select null, '/api/v1/reports/' || r.id from veza_data.report r" \
	"  where n.subject_type = 'report' and r.id = n.subject_id and r.reporter_id = " reader \
	" union all" \
	" select p.display_name, '/api/v1/subscriptions/' || x.id from veza_data.subscription x join veza_data.plan p on p.id = x.plan_id" \
	"  where n.subject_type = 'subscription' and x.id = n.subject_id and x.user_id = " reader ")"

/* SQL: the rows n of notification that the reader may see, with who did it (a) and what it is about (s). */
#define VZ_NOTIFICATIONS_SEEN(reader) \
	" from veza_data.notification n" \
	"  left join veza_data.users a on a.id = n.actor_id" \
	"  left join lateral " VZ_NOTIFICATION_SUBJECT(reader) " s on true" \
	" where n.user_id = " reader " and not n.is_deleted" \
	"   and (n.actor_id is null or a.status = 'active' and not " VZ_USERS_ARE_APART("n.user_id", "n.actor_id") ")" \
	"   and case when n.subject_id is null then " VZ_USER_IS_SHOWN("a", reader) " else s.url is not null end"

/* SQL: the columns of notification_shape, of these rows. */
#define VZ_NOTIFICATION_COLUMNS(reader) \
	"n.id, n.kind," \
	" case when " VZ_USER_IS_SHOWN("a", reader) \
	"      then json_build_object('id', a.id, 'username', a.username, 'display_name', a.display_name, 'avatar', a.avatar) end as actor," \
	" case when n.subject_id is not null" \
	"      then json_build_object('type', n.subject_type, 'id', n.subject_id, 'title', s.title, 'url', s.url) end as subject," \
	" n.n, n.read_at, n.created_at"

#endif							/* VEZA_NOTIFICATION_SIGHT_H */
