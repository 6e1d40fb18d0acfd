/*
 * comment_shape.h
 *		A comment as it is answered: SQL that all who show comments share.
 */
#ifndef VEZA_COMMENT_SHAPE_H
#define VEZA_COMMENT_SHAPE_H

/*
 * SQL: the columns of comment_shape, of its row s, for a viewer. Where is_seen
 * is false it is an empty place: it keeps together what stands under it, and says nothing.
 */
#define VZ_COMMENT_COLUMNS(is_seen, viewer) \
	"s.id, s.track_id, s.parent_id, case when " is_seen " then s.reply_to_id end as reply_to_id," \
	" case when " is_seen " then s.content end as content, case when " is_seen " then s.timestamp_ms end as timestamp_ms," \
	" case when " is_seen " then s.user_id end as user_id, case when " is_seen " then s.username end as username," \
	" case when " is_seen " then s.display_name end as display_name, case when " is_seen " then s.avatar end as avatar," \
	" case when " is_seen " then s.like_count else 0 end as like_count, s.reply_count," \
	" " is_seen " and exists (select from veza_data.comment_like l where l.comment_id = s.id and l.user_id = " viewer ") as is_liked," \
	" " is_seen " and s.is_edited as is_edited, case when " is_seen " then s.edited_at end as edited_at," \
	" " is_seen " and s.is_hidden as is_hidden, not " is_seen " as is_deleted, s.created_at"

#endif							/* VEZA_COMMENT_SHAPE_H */
