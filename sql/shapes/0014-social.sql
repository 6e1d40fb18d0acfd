-- Shapes: what comments, reports, cases of moderation and the feed look like to clients.

CREATE VIEW veza_data.comment_shape AS
SELECT c.id, c.track_id, c.parent_id, c.reply_to_id, c.content, c.timestamp_ms, c.user_id, u.username,
       coalesce(u.display_name, u.username) AS display_name, CASE WHEN u.profile_visibility <> 'private' THEN u.avatar END AS avatar,
       c.like_count + x.likes AS like_count, c.reply_count + x.replies AS reply_count, NULL::boolean AS is_liked,
       c.edited_at IS NOT NULL AS is_edited, c.edited_at, c.hidden_at IS NOT NULL AS is_hidden, c.deleted_at IS NOT NULL AS is_deleted,
       c.created_at
  FROM veza_data.comment c
  JOIN veza_data.users u ON u.id = c.user_id
 CROSS JOIN LATERAL (SELECT coalesce(sum(n) FILTER (WHERE kind = 'like'), 0)::bigint AS likes,
                            coalesce(sum(n) FILTER (WHERE kind = 'reply'), 0)::bigint AS replies
                       FROM veza_data.comment_counter k WHERE k.comment_id = c.id) x;
COMMENT ON VIEW veza_data.comment_shape IS 'A comment, or the empty place of one that is not there for the reader.';
COMMENT ON COLUMN veza_data.comment_shape.id IS 'Key.';
COMMENT ON COLUMN veza_data.comment_shape.track_id IS 'The track.';
COMMENT ON COLUMN veza_data.comment_shape.parent_id IS 'The comment that a reply stands under; null: it is none.';
COMMENT ON COLUMN veza_data.comment_shape.reply_to_id IS 'What it answers: that comment, or another reply to it.';
COMMENT ON COLUMN veza_data.comment_shape.content IS 'What it says; null: the place is empty.';
COMMENT ON COLUMN veza_data.comment_shape.timestamp_ms IS 'Place in the track, in ms; null: the track as a whole.';
COMMENT ON COLUMN veza_data.comment_shape.user_id IS 'Who wrote it.';
COMMENT ON COLUMN veza_data.comment_shape.username IS 'Public name of who wrote it.';
COMMENT ON COLUMN veza_data.comment_shape.display_name IS 'Name as shown.';
COMMENT ON COLUMN veza_data.comment_shape.avatar IS 'Address of the picture.';
COMMENT ON COLUMN veza_data.comment_shape.like_count IS 'How many like it.';
COMMENT ON COLUMN veza_data.comment_shape.reply_count IS 'Replies that stand under it.';
COMMENT ON COLUMN veza_data.comment_shape.is_liked IS 'The reader likes it.';
COMMENT ON COLUMN veza_data.comment_shape.is_edited IS 'It was edited.';
COMMENT ON COLUMN veza_data.comment_shape.edited_at IS 'When, the last time.';
COMMENT ON COLUMN veza_data.comment_shape.is_hidden IS 'A moderator hid it; administrators see it still.';
COMMENT ON COLUMN veza_data.comment_shape.is_deleted IS 'It is an empty place that keeps its replies together.';
COMMENT ON COLUMN veza_data.comment_shape.created_at IS 'When it was written.';

CREATE VIEW veza_data.comment_like_shape AS
SELECT NULL::boolean AS liked, NULL::bigint AS like_count WHERE false;
COMMENT ON VIEW veza_data.comment_like_shape IS 'Whether one likes a comment.';
COMMENT ON COLUMN veza_data.comment_like_shape.liked IS 'One does.';
COMMENT ON COLUMN veza_data.comment_like_shape.like_count IS 'How many do.';

CREATE VIEW veza_data.comment_deleted_shape AS SELECT NULL::uuid AS id, NULL::boolean AS deleted WHERE false;
COMMENT ON VIEW veza_data.comment_deleted_shape IS 'A comment that was deleted.';
COMMENT ON COLUMN veza_data.comment_deleted_shape.id IS 'Key.';
COMMENT ON COLUMN veza_data.comment_deleted_shape.deleted IS 'It is gone.';

CREATE VIEW veza_data.report_shape AS
SELECT r.id, k.subject_type, k.subject_id, r.reason, r.words AS text, CASE k.state WHEN 'open' THEN 'open' ELSE 'closed' END AS state,
       k.decided_at, r.reporter_id, r.created_at
  FROM veza_data.report r
  JOIN veza_data.moderation_case k ON k.id = r.case_id;
COMMENT ON VIEW veza_data.report_shape IS 'A report, as who made it sees it.';
COMMENT ON COLUMN veza_data.report_shape.id IS 'Key.';
COMMENT ON COLUMN veza_data.report_shape.subject_type IS 'track, comment, playlist or user.';
COMMENT ON COLUMN veza_data.report_shape.subject_id IS 'Its key.';
COMMENT ON COLUMN veza_data.report_shape.reason IS 'spam, harassment, hate, violence, sexual, copyright, impersonation or other.';
COMMENT ON COLUMN veza_data.report_shape.text IS 'The same in own words.';
COMMENT ON COLUMN veza_data.report_shape.state IS 'open, or closed: moderators have decided.';
COMMENT ON COLUMN veza_data.report_shape.decided_at IS 'When they did.';
COMMENT ON COLUMN veza_data.report_shape.reporter_id IS 'Who made it.';
COMMENT ON COLUMN veza_data.report_shape.created_at IS 'When it was made.';

CREATE VIEW veza_data.moderation_decision_shape AS
SELECT id, subject_type, subject_id, state AS decision, note, owner_id, decided_at AS created_at
  FROM veza_data.moderation_case WHERE state IN ('hidden', 'warned', 'reinstated');
COMMENT ON VIEW veza_data.moderation_decision_shape IS 'What moderators have decided about something of one''s own; who reported it is not told.';
COMMENT ON COLUMN veza_data.moderation_decision_shape.id IS 'Key.';
COMMENT ON COLUMN veza_data.moderation_decision_shape.subject_type IS 'track, comment, playlist or user.';
COMMENT ON COLUMN veza_data.moderation_decision_shape.subject_id IS 'Its key.';
COMMENT ON COLUMN veza_data.moderation_decision_shape.decision IS 'hidden, warned or reinstated.';
COMMENT ON COLUMN veza_data.moderation_decision_shape.note IS 'Why.';
COMMENT ON COLUMN veza_data.moderation_decision_shape.owner_id IS 'Whose it is.';
COMMENT ON COLUMN veza_data.moderation_decision_shape.created_at IS 'When it was decided.';

CREATE VIEW veza_data.moderation_case_shape AS
SELECT k.id, k.subject_type, k.subject_id, k.owner_id, u.username AS owner_username, k.state, k.excerpt, r.reports, r.reasons,
       k.note, k.decided_by, k.decided_at, k.created_at, k.updated_at
  FROM veza_data.moderation_case k
  JOIN veza_data.users u ON u.id = k.owner_id
 CROSS JOIN LATERAL (SELECT coalesce(sum(n), 0)::bigint AS reports, coalesce(jsonb_object_agg(reason, n), '{}') AS reasons
                       FROM (SELECT reason, count(*) AS n FROM veza_data.report x WHERE x.case_id = k.id GROUP BY reason) x) r;
COMMENT ON VIEW veza_data.moderation_case_shape IS 'Something that was reported, as moderators see it.';
COMMENT ON COLUMN veza_data.moderation_case_shape.id IS 'Key.';
COMMENT ON COLUMN veza_data.moderation_case_shape.subject_type IS 'track, comment, playlist or user.';
COMMENT ON COLUMN veza_data.moderation_case_shape.subject_id IS 'Its key.';
COMMENT ON COLUMN veza_data.moderation_case_shape.owner_id IS 'Whose it is, or who it is.';
COMMENT ON COLUMN veza_data.moderation_case_shape.owner_username IS 'Public name of the owner.';
COMMENT ON COLUMN veza_data.moderation_case_shape.state IS 'open, hidden, warned, closed or reinstated.';
COMMENT ON COLUMN veza_data.moderation_case_shape.excerpt IS 'What it said when it was reported first.';
COMMENT ON COLUMN veza_data.moderation_case_shape.reports IS 'How many have reported it.';
COMMENT ON COLUMN veza_data.moderation_case_shape.reasons IS 'How many for which reason: {"reason": reports}.';
COMMENT ON COLUMN veza_data.moderation_case_shape.note IS 'Why it was decided so.';
COMMENT ON COLUMN veza_data.moderation_case_shape.decided_by IS 'Who decided.';
COMMENT ON COLUMN veza_data.moderation_case_shape.decided_at IS 'When, the last time.';
COMMENT ON COLUMN veza_data.moderation_case_shape.created_at IS 'When it was reported first.';
COMMENT ON COLUMN veza_data.moderation_case_shape.updated_at IS 'When it last changed.';

CREATE VIEW veza_data.moderation_case_detail_shape AS
SELECT k.*, (SELECT coalesce(jsonb_agg(to_jsonb(r) ORDER BY r.created_at DESC, r.id), '[]')
               FROM (SELECT r.id, r.reporter_id, u.username AS reporter_username, r.reason, r.words AS text, r.created_at
                       FROM veza_data.report r JOIN veza_data.users u ON u.id = r.reporter_id
                      WHERE r.case_id = k.id ORDER BY r.created_at DESC, r.id LIMIT 200) r) AS newest_reports
  FROM veza_data.moderation_case_shape k;
COMMENT ON VIEW veza_data.moderation_case_detail_shape IS 'Something that was reported, with who reported it.';
DO $$
DECLARE
    c record;
BEGIN
    -- The columns of a shape that another one shows as they are keep their words.
    FOR c IN SELECT a.attname, col_description(a.attrelid, a.attnum) AS words FROM pg_attribute a
              WHERE a.attrelid = 'veza_data.moderation_case_shape'::regclass AND a.attnum > 0 LOOP
        EXECUTE format('COMMENT ON COLUMN veza_data.moderation_case_detail_shape.%I IS %L', c.attname, c.words);
    END LOOP;
END
$$;
COMMENT ON COLUMN veza_data.moderation_case_detail_shape.newest_reports IS 'The newest 200 reports: [{"id", "reporter_id", "reporter_username", "reason", "text", "created_at"}].';

CREATE VIEW veza_data.feed_shape AS
SELECT NULL::uuid AS id, NULL::text AS type, NULL::timestamptz AS created_at, NULL::uuid AS user_id, NULL::text AS username,
       NULL::text AS display_name, NULL::text AS avatar, NULL::json AS track, NULL::json AS playlist
 WHERE false;
COMMENT ON VIEW veza_data.feed_shape IS 'Something that somebody whom one follows has published.';
COMMENT ON COLUMN veza_data.feed_shape.id IS 'Key of what it is about.';
COMMENT ON COLUMN veza_data.feed_shape.type IS 'What it is: track or playlist.';
COMMENT ON COLUMN veza_data.feed_shape.created_at IS 'When it was published first.';
COMMENT ON COLUMN veza_data.feed_shape.user_id IS 'Who published it.';
COMMENT ON COLUMN veza_data.feed_shape.username IS 'Public name.';
COMMENT ON COLUMN veza_data.feed_shape.display_name IS 'Name as shown.';
COMMENT ON COLUMN veza_data.feed_shape.avatar IS 'Address of the picture.';
COMMENT ON COLUMN veza_data.feed_shape.track IS 'The track, as lists show it.';
COMMENT ON COLUMN veza_data.feed_shape.playlist IS 'The playlist, as lists show it.';
