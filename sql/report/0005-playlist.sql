-- What analysts read of playlists, by day. Users appear nowhere; names and whatever else people have written do not either.
-- Days are UTC.

CREATE VIEW veza_report.playlist_activity AS
SELECT x.day, x.kind, count(*) AS n, count(DISTINCT x.playlist_id) AS playlists, count(DISTINCT x.user_id) AS users
  FROM (SELECT (created_at AT TIME ZONE 'UTC')::date AS day, CASE WHEN forked_from_id IS NULL THEN 'made' ELSE 'copied' END AS kind,
               id AS playlist_id, owner_id AS user_id FROM veza_data.playlist
        UNION ALL SELECT (added_at AT TIME ZONE 'UTC')::date AS day, 'entry' AS kind, playlist_id, added_by AS user_id FROM veza_data.playlist_entry
        UNION ALL SELECT (created_at AT TIME ZONE 'UTC')::date AS day, 'invitation' AS kind, playlist_id, user_id FROM veza_data.playlist_member
        UNION ALL SELECT (accepted_at AT TIME ZONE 'UTC')::date AS day, 'acceptance' AS kind, playlist_id, user_id FROM veza_data.playlist_member
         WHERE accepted_at IS NOT NULL
        UNION ALL SELECT (created_at AT TIME ZONE 'UTC')::date AS day, 'follow' AS kind, playlist_id, user_id FROM veza_data.playlist_follow
        UNION ALL SELECT (created_at AT TIME ZONE 'UTC')::date AS day, 'like' AS kind, playlist_id, user_id FROM veza_data.playlist_like) x
 GROUP BY 1, 2;
COMMENT ON VIEW veza_report.playlist_activity IS 'Grain: one row per day and kind of activity; what was taken back or purged since is not counted.';
COMMENT ON COLUMN veza_report.playlist_activity.day IS 'Day (UTC).';
COMMENT ON COLUMN veza_report.playlist_activity.kind IS 'made, copied, entry (that was added), invitation, acceptance, follow or like.';
COMMENT ON COLUMN veza_report.playlist_activity.n IS 'How many.';
COMMENT ON COLUMN veza_report.playlist_activity.playlists IS 'Different playlists.';
COMMENT ON COLUMN veza_report.playlist_activity.users IS 'Different users.';

CREATE VIEW veza_report.playlist_sizes AS
SELECT p.visibility, width_bucket(p.track_count, '{1,10,50,100,500,1000,5000}'::integer[]) AS size_class, count(*) AS playlists,
       sum(p.track_count)::bigint AS entries, count(*) FILTER (WHERE m.n > 0) AS with_collaborators, coalesce(sum(m.n), 0)::bigint AS collaborators
  FROM veza_data.playlist p
  LEFT JOIN (SELECT playlist_id, count(*) AS n FROM veza_data.playlist_member WHERE accepted_at IS NOT NULL GROUP BY 1) m ON m.playlist_id = p.id
 WHERE p.deleted_at IS NULL
 GROUP BY 1, 2;
COMMENT ON VIEW veza_report.playlist_sizes IS 'Grain: one row per visibility and class of size of the playlists that there are.';
COMMENT ON COLUMN veza_report.playlist_sizes.visibility IS 'public, unlisted or private.';
COMMENT ON COLUMN veza_report.playlist_sizes.size_class IS '0: empty; from 1 on up to 9, 49, 99, 499, 999, 4999 and more entries.';
COMMENT ON COLUMN veza_report.playlist_sizes.playlists IS 'Playlists.';
COMMENT ON COLUMN veza_report.playlist_sizes.entries IS 'Their entries.';
COMMENT ON COLUMN veza_report.playlist_sizes.with_collaborators IS 'Playlists in which others than the owner take part.';
COMMENT ON COLUMN veza_report.playlist_sizes.collaborators IS 'Those others, once for each playlist.';
