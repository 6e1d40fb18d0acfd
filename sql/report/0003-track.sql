-- What analysts read of tracks: plays, uploads, likes, storage and failures, by day and creator. Creators
-- appear as keys; titles, tags and whatever else people have written appear nowhere. Days and times are UTC.

CREATE VIEW veza_report.track_activity AS
SELECT d.day, t.uploader_id AS creator_id, d.kind, d.source, sum(d.n)::bigint AS n, count(DISTINCT d.track_id) AS tracks
  FROM (SELECT track_id, day, kind, source, n FROM veza_data.track_day
        UNION ALL SELECT track_id, day, kind, source, n FROM veza_data.track_counter) d
  JOIN veza_data.track t ON t.id = d.track_id
 GROUP BY 1, 2, 3, 4;
COMMENT ON VIEW veza_report.track_activity IS 'Grain: one row per day, creator, kind of activity and source.';
COMMENT ON COLUMN veza_report.track_activity.day IS 'Day (UTC).';
COMMENT ON COLUMN veza_report.track_activity.creator_id IS 'Key of the creator.';
COMMENT ON COLUMN veza_report.track_activity.kind IS 'play (by others), own_play, like (less those taken back), download, share or comment (less those that are gone).';
COMMENT ON COLUMN veza_report.track_activity.source IS 'Of plays: where they were started; else empty.';
COMMENT ON COLUMN veza_report.track_activity.n IS 'How many.';
COMMENT ON COLUMN veza_report.track_activity.tracks IS 'Different tracks.';

CREATE VIEW veza_report.track_uploads AS
SELECT (v.created_at AT TIME ZONE 'UTC')::date AS day, v.owner_id AS creator_id, v.file_type,
       count(*) AS uploads, count(*) FILTER (WHERE v.number = 1) AS new_tracks,
       count(*) FILTER (WHERE v.state = 'ready') AS ready,
       count(*) FILTER (WHERE v.state IN ('received', 'scanning', 'analysing')) AS in_processing,
       count(*) FILTER (WHERE v.state = 'failed') AS failed,
       count(*) FILTER (WHERE v.state = 'quarantined') AS quarantined,
       sum(v.file_size)::bigint AS bytes, coalesce(sum(v.duration_ms), 0)::bigint AS duration_ms
  FROM veza_data.track_version v
 GROUP BY 1, 2, 3;
COMMENT ON VIEW veza_report.track_uploads IS 'Grain: one row per day, creator and type of file; what was purged is no longer counted.';
COMMENT ON COLUMN veza_report.track_uploads.day IS 'Day of the upload (UTC).';
COMMENT ON COLUMN veza_report.track_uploads.creator_id IS 'Key of the creator.';
COMMENT ON COLUMN veza_report.track_uploads.file_type IS 'MIME type.';
COMMENT ON COLUMN veza_report.track_uploads.uploads IS 'Files.';
COMMENT ON COLUMN veza_report.track_uploads.new_tracks IS 'Of them first versions of a track.';
COMMENT ON COLUMN veza_report.track_uploads.ready IS 'Of them ready.';
COMMENT ON COLUMN veza_report.track_uploads.in_processing IS 'Of them being processed.';
COMMENT ON COLUMN veza_report.track_uploads.failed IS 'Of them failed.';
COMMENT ON COLUMN veza_report.track_uploads.quarantined IS 'Of them in quarantine.';
COMMENT ON COLUMN veza_report.track_uploads.bytes IS 'Their bytes.';
COMMENT ON COLUMN veza_report.track_uploads.duration_ms IS 'Their duration in ms, as far as it is known.';

CREATE VIEW veza_report.track_failures AS
SELECT (h.at AT TIME ZONE 'UTC')::date AS day, v.owner_id AS creator_id, h.to_state AS outcome, v.state_code AS code, count(*) AS versions
  FROM veza_data.state_history h
  JOIN veza_data.track_version v ON v.id = h.entity_id
 WHERE h.machine = 'track_version' AND h.to_state IN ('failed', 'quarantined') AND h.from_state <> h.to_state
 GROUP BY 1, 2, 3, 4;
COMMENT ON VIEW veza_report.track_failures IS 'Grain: one row per day, creator, outcome and code of versions that failed.';
COMMENT ON COLUMN veza_report.track_failures.day IS 'Day on which it failed (UTC).';
COMMENT ON COLUMN veza_report.track_failures.creator_id IS 'Key of the creator.';
COMMENT ON COLUMN veza_report.track_failures.outcome IS 'failed or quarantined.';
COMMENT ON COLUMN veza_report.track_failures.code IS 'Why; NULL: it was processed once more since.';
COMMENT ON COLUMN veza_report.track_failures.versions IS 'How many.';

CREATE VIEW veza_report.track_storage AS
SELECT v.owner_id AS creator_id, count(DISTINCT v.track_id) AS tracks, count(*) AS versions, sum(v.file_size)::bigint AS bytes,
       sum(v.file_size) FILTER (WHERE t.deleted_at IS NOT NULL)::bigint AS bytes_removed,
       count(DISTINCT v.track_id) FILTER (WHERE t.is_listed) AS public_tracks
  FROM veza_data.track_version v
  JOIN veza_data.track t ON t.id = v.track_id
 GROUP BY 1;
COMMENT ON VIEW veza_report.track_storage IS 'Grain: one row per creator with audio that is stored.';
COMMENT ON COLUMN veza_report.track_storage.creator_id IS 'Key of the creator.';
COMMENT ON COLUMN veza_report.track_storage.tracks IS 'Tracks.';
COMMENT ON COLUMN veza_report.track_storage.versions IS 'Versions of them.';
COMMENT ON COLUMN veza_report.track_storage.bytes IS 'Bytes of their files, without those that were made of them.';
COMMENT ON COLUMN veza_report.track_storage.bytes_removed IS 'Of them of tracks that were removed and can be restored.';
COMMENT ON COLUMN veza_report.track_storage.public_tracks IS 'Tracks that are public and ready.';

CREATE VIEW veza_report.track_matches AS
SELECT (m.created_at AT TIME ZONE 'UTC')::date AS day, t.uploader_id AS creator_id, m.level, m.state, count(*) AS matches,
       count(DISTINCT m.track_id) AS tracks,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY m.decided_at - m.created_at) AS median_wait
  FROM veza_data.track_match m
  JOIN veza_data.track t ON t.id = m.track_id
 GROUP BY 1, 2, 3, 4;
COMMENT ON VIEW veza_report.track_matches IS 'Grain: one row per day, creator, level and state of tracks that are, or sound like, somebody else''s.';
COMMENT ON COLUMN veza_report.track_matches.day IS 'Day on which it was found (UTC).';
COMMENT ON COLUMN veza_report.track_matches.creator_id IS 'Key of the creator whose track came later.';
COMMENT ON COLUMN veza_report.track_matches.level IS 'file, sound or similar.';
COMMENT ON COLUMN veza_report.track_matches.state IS 'open, dismissed, upheld or lapsed.';
COMMENT ON COLUMN veza_report.track_matches.matches IS 'How many.';
COMMENT ON COLUMN veza_report.track_matches.tracks IS 'Different tracks.';
COMMENT ON COLUMN veza_report.track_matches.median_wait IS 'Median time until they were decided.';
