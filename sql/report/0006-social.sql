-- What analysts read of comments, reports and the feed, by day. Users appear as keys; what people have written appears nowhere.

CREATE VIEW veza_report.comment_activity AS
SELECT (c.created_at AT TIME ZONE 'UTC')::date AS day, t.uploader_id AS creator_id, count(*) FILTER (WHERE c.parent_id IS NULL) AS comments,
       count(*) FILTER (WHERE c.parent_id IS NOT NULL) AS replies, count(*) FILTER (WHERE c.timestamp_ms IS NOT NULL) AS placed,
       count(DISTINCT c.user_id) AS authors, count(DISTINCT c.track_id) AS tracks, count(*) FILTER (WHERE c.edited_at IS NOT NULL) AS edited,
       count(*) FILTER (WHERE c.deleted_by = 'author') AS deleted_by_author, count(*) FILTER (WHERE c.deleted_by = 'owner') AS deleted_by_owner,
       count(*) FILTER (WHERE c.deleted_by = 'moderator' OR c.hidden_at IS NOT NULL) AS removed_by_moderator
  FROM veza_data.comment c
  JOIN veza_data.track t ON t.id = c.track_id
 GROUP BY 1, 2;
COMMENT ON VIEW veza_report.comment_activity IS 'Grain: one row per day and creator whose tracks were commented on.';
COMMENT ON COLUMN veza_report.comment_activity.day IS 'Day on which they were written (UTC).';
COMMENT ON COLUMN veza_report.comment_activity.creator_id IS 'Key of the creator.';
COMMENT ON COLUMN veza_report.comment_activity.comments IS 'Comments that are no replies, also those that are gone.';
COMMENT ON COLUMN veza_report.comment_activity.replies IS 'Replies, also those that are gone.';
COMMENT ON COLUMN veza_report.comment_activity.placed IS 'Of the comments those with a place in the track.';
COMMENT ON COLUMN veza_report.comment_activity.authors IS 'Different authors.';
COMMENT ON COLUMN veza_report.comment_activity.tracks IS 'Different tracks.';
COMMENT ON COLUMN veza_report.comment_activity.edited IS 'Of them edited.';
COMMENT ON COLUMN veza_report.comment_activity.deleted_by_author IS 'Of them deleted by their authors.';
COMMENT ON COLUMN veza_report.comment_activity.deleted_by_owner IS 'Of them deleted by the owner of the track.';
COMMENT ON COLUMN veza_report.comment_activity.removed_by_moderator IS 'Of them deleted or hidden by a moderator.';

CREATE VIEW veza_report.report_activity AS
SELECT (r.created_at AT TIME ZONE 'UTC')::date AS day, k.subject_type, r.reason, count(*) AS reports, count(DISTINCT r.case_id) AS cases,
       count(DISTINCT r.reporter_id) AS reporters
  FROM veza_data.report r
  JOIN veza_data.moderation_case k ON k.id = r.case_id
 GROUP BY 1, 2, 3;
COMMENT ON VIEW veza_report.report_activity IS 'Grain: one row per day, type of what was reported, and reason.';
COMMENT ON COLUMN veza_report.report_activity.day IS 'Day of the reports (UTC).';
COMMENT ON COLUMN veza_report.report_activity.subject_type IS 'track, comment, playlist or user.';
COMMENT ON COLUMN veza_report.report_activity.reason IS 'spam, harassment, hate, violence, sexual, copyright, impersonation or other.';
COMMENT ON COLUMN veza_report.report_activity.reports IS 'Reports.';
COMMENT ON COLUMN veza_report.report_activity.cases IS 'Different things that were reported.';
COMMENT ON COLUMN veza_report.report_activity.reporters IS 'Different users who reported.';

CREATE VIEW veza_report.moderation_activity AS
SELECT (k.created_at AT TIME ZONE 'UTC')::date AS day, k.subject_type, k.state AS outcome, count(*) AS cases,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM k.decided_at - k.created_at)) AS median_seconds
  FROM veza_data.moderation_case k
 GROUP BY 1, 2, 3;
COMMENT ON VIEW veza_report.moderation_activity IS 'Grain: one row per day, type of what was reported, and what became of it.';
COMMENT ON COLUMN veza_report.moderation_activity.day IS 'Day on which it was reported first (UTC).';
COMMENT ON COLUMN veza_report.moderation_activity.subject_type IS 'track, comment, playlist or user.';
COMMENT ON COLUMN veza_report.moderation_activity.outcome IS 'open, hidden, warned, closed or reinstated.';
COMMENT ON COLUMN veza_report.moderation_activity.cases IS 'Cases.';
COMMENT ON COLUMN veza_report.moderation_activity.median_seconds IS 'Half of them were decided within this time, in s; NULL: they are open.';

CREATE VIEW veza_report.feed_activity AS
SELECT x.day, sum(x.tracks)::bigint AS tracks, sum(x.playlists)::bigint AS playlists, count(*) FILTER (WHERE x.user_id IS NOT NULL) AS creators,
       sum(x.deliveries)::bigint AS deliveries, sum(x.plays)::bigint AS plays
  FROM (SELECT i.day, i.user_id, sum(i.tracks) AS tracks, sum(i.playlists) AS playlists,
               count(*) * (SELECT count(*) FROM veza_data.user_follow f WHERE f.followed_id = i.user_id) AS deliveries, 0 AS plays
          FROM (SELECT (listed_at AT TIME ZONE 'UTC')::date AS day, uploader_id AS user_id, 1 AS tracks, 0 AS playlists
                  FROM veza_data.track WHERE is_listed AND listed_at IS NOT NULL
                UNION ALL
                SELECT (listed_at AT TIME ZONE 'UTC')::date AS day, owner_id AS user_id, 0 AS tracks, 1 AS playlists
                  FROM veza_data.playlist WHERE is_listed AND listed_at IS NOT NULL) i
         GROUP BY 1, 2
        UNION ALL
        SELECT d.day, NULL::uuid AS user_id, 0 AS tracks, 0 AS playlists, 0 AS deliveries, sum(d.n) AS plays
          FROM (SELECT day, n FROM veza_data.track_day WHERE kind = 'play' AND source = 'feed'
                UNION ALL SELECT day, n FROM veza_data.track_counter WHERE kind = 'play' AND source = 'feed') d
         GROUP BY 1) x
 GROUP BY 1;
COMMENT ON VIEW veza_report.feed_activity IS 'Grain: one row per day on which tracks or playlists came into feeds, or tracks were played from there.';
COMMENT ON COLUMN veza_report.feed_activity.day IS 'Day (UTC).';
COMMENT ON COLUMN veza_report.feed_activity.tracks IS 'Tracks that are public and became so on this day.';
COMMENT ON COLUMN veza_report.feed_activity.playlists IS 'The same of playlists.';
COMMENT ON COLUMN veza_report.feed_activity.creators IS 'Different users whose they are.';
COMMENT ON COLUMN veza_report.feed_activity.deliveries IS 'Feeds that they stand in: each once for each present follower of whose it is.';
COMMENT ON COLUMN veza_report.feed_activity.plays IS 'Plays that were started in a feed.';
