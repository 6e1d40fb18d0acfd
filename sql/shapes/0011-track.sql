-- Shapes: what tracks look like to clients.

-- Every column that names a file: what none of them has is swept.
CREATE VIEW veza_data.file_use AS
SELECT avatar_file AS hash FROM veza_data.users WHERE avatar_file IS NOT NULL
UNION ALL SELECT file_hash FROM veza_data.track_version WHERE file_hash IS NOT NULL
UNION ALL SELECT waveform_file FROM veza_data.track_version WHERE waveform_file IS NOT NULL
UNION ALL SELECT waveform_json_file FROM veza_data.track_version WHERE waveform_json_file IS NOT NULL
UNION ALL SELECT cover_file FROM veza_data.track_version WHERE cover_file IS NOT NULL
UNION ALL SELECT cover_file FROM veza_data.playlist WHERE cover_file IS NOT NULL;
COMMENT ON VIEW veza_data.file_use IS 'Files that are named by a row, once for each.';
COMMENT ON COLUMN veza_data.file_use.hash IS 'The file.';

CREATE VIEW veza_data.track_shape AS
SELECT t.id, t.title, t.artist, t.album, t.description, t.genre, t.tags,
       t.title || CASE v.file_type WHEN 'audio/mpeg' THEN '.mp3' WHEN 'audio/flac' THEN '.flac' WHEN 'audio/ogg' THEN '.ogg'
                                   WHEN 'audio/mp4' THEN '.m4a' WHEN 'audio/aac' THEN '.aac' WHEN 'audio/aiff' THEN '.aiff'
                                   ELSE '.wav' END AS filename,
       t.duration_seconds, t.duration_ms, t.bpm, t.musical_key AS key, t.isrc, t.license, t.is_explicit, t.is_downloadable,
       t.is_public, t.uploader_id, u.username AS uploader_username, coalesce(u.display_name, u.username) AS uploader_name,
       t.status, c.plays AS play_count, c.likes AS like_count, c.downloads AS download_count, c.shares AS share_count, c.comments AS comment_count,
       v.number AS version, v.file_type, v.file_size, v.codec, v.sample_rate, v.channels, v.bits,
       round(v.loudness_mlu / 1000.0, 2) AS loudness_lufs, round(v.loudness_range_mlu / 1000.0, 2) AS loudness_range_lu,
       round(v.true_peak_mdb / 1000.0, 2) AS true_peak_dbtp,
       CASE WHEN t.status = 'ready' THEN '/api/v1/tracks/' || t.id || '/stream' END AS stream_url,
       CASE WHEN t.status = 'ready' THEN '/api/v1/tracks/' || t.id || '/stream' END AS file_url,
       CASE WHEN v.waveform_file IS NOT NULL THEN '/api/v1/tracks/' || t.id || '/waveform' END AS waveform_url,
       CASE WHEN v.cover_file IS NOT NULL THEN '/api/v1/tracks/' || t.id || '/cover' END AS cover_url,
       v.stream_url AS manifest_url, t.created_at, t.updated_at
  FROM veza_data.track t
  JOIN veza_data.users u ON u.id = t.uploader_id
  LEFT JOIN veza_data.track_version v ON v.id = t.current_version_id
 CROSS JOIN LATERAL (SELECT t.play_count + coalesce(sum(n) FILTER (WHERE kind = 'play'), 0)::bigint AS plays,
                            t.like_count + coalesce(sum(n) FILTER (WHERE kind = 'like'), 0)::bigint AS likes,
                            t.download_count + coalesce(sum(n) FILTER (WHERE kind = 'download'), 0)::bigint AS downloads,
                            t.share_count + coalesce(sum(n) FILTER (WHERE kind = 'share'), 0)::bigint AS shares,
                            t.comment_count + coalesce(sum(n) FILTER (WHERE kind = 'comment'), 0)::bigint AS comments
                       FROM veza_data.track_counter x WHERE x.track_id = t.id) c;
COMMENT ON VIEW veza_data.track_shape IS 'A track as everybody who may see it sees it.';
COMMENT ON COLUMN veza_data.track_shape.id IS 'Key.';
COMMENT ON COLUMN veza_data.track_shape.title IS 'Title.';
COMMENT ON COLUMN veza_data.track_shape.artist IS 'Artist as shown.';
COMMENT ON COLUMN veza_data.track_shape.album IS 'Album.';
COMMENT ON COLUMN veza_data.track_shape.description IS 'Description.';
COMMENT ON COLUMN veza_data.track_shape.genre IS 'Genre.';
COMMENT ON COLUMN veza_data.track_shape.tags IS 'Up to 10 words.';
COMMENT ON COLUMN veza_data.track_shape.filename IS 'Name for a file of it: the title and the suffix of its format.';
COMMENT ON COLUMN veza_data.track_shape.duration_seconds IS 'Duration in s; null until it was analysed.';
COMMENT ON COLUMN veza_data.track_shape.duration_ms IS 'The same in ms.';
COMMENT ON COLUMN veza_data.track_shape.bpm IS 'Beats per minute.';
COMMENT ON COLUMN veza_data.track_shape.key IS 'Musical key, as in C, F# or Bbm.';
COMMENT ON COLUMN veza_data.track_shape.isrc IS 'ISRC.';
COMMENT ON COLUMN veza_data.track_shape.license IS 'Licence.';
COMMENT ON COLUMN veza_data.track_shape.is_explicit IS 'Its words are not for everybody.';
COMMENT ON COLUMN veza_data.track_shape.is_downloadable IS 'Others may store the file.';
COMMENT ON COLUMN veza_data.track_shape.is_public IS 'It stands in lists and searches.';
COMMENT ON COLUMN veza_data.track_shape.uploader_id IS 'Owner.';
COMMENT ON COLUMN veza_data.track_shape.uploader_username IS 'Public name of the owner.';
COMMENT ON COLUMN veza_data.track_shape.uploader_name IS 'Name of the owner as shown.';
COMMENT ON COLUMN veza_data.track_shape.status IS 'uploading, received, scanning, analysing, ready, failed or quarantined.';
COMMENT ON COLUMN veza_data.track_shape.play_count IS 'Plays by others than the owner.';
COMMENT ON COLUMN veza_data.track_shape.like_count IS 'Likes.';
COMMENT ON COLUMN veza_data.track_shape.download_count IS 'Downloads, one an hour for each listener.';
COMMENT ON COLUMN veza_data.track_shape.share_count IS 'Links that were made.';
COMMENT ON COLUMN veza_data.track_shape.comment_count IS 'Comments and replies.';
COMMENT ON COLUMN veza_data.track_shape.version IS 'Number of the version that is played.';
COMMENT ON COLUMN veza_data.track_shape.file_type IS 'MIME type of the file.';
COMMENT ON COLUMN veza_data.track_shape.file_size IS 'Its bytes.';
COMMENT ON COLUMN veza_data.track_shape.codec IS 'Codec.';
COMMENT ON COLUMN veza_data.track_shape.sample_rate IS 'Samples per second.';
COMMENT ON COLUMN veza_data.track_shape.channels IS 'Channels.';
COMMENT ON COLUMN veza_data.track_shape.bits IS 'Bits of a sample, where the format has such.';
COMMENT ON COLUMN veza_data.track_shape.loudness_lufs IS 'Integrated loudness in LUFS (EBU R 128).';
COMMENT ON COLUMN veza_data.track_shape.loudness_range_lu IS 'Loudness range in LU.';
COMMENT ON COLUMN veza_data.track_shape.true_peak_dbtp IS 'True peak in dBTP.';
COMMENT ON COLUMN veza_data.track_shape.stream_url IS 'Address of the audio.';
COMMENT ON COLUMN veza_data.track_shape.file_url IS 'The same.';
COMMENT ON COLUMN veza_data.track_shape.waveform_url IS 'Address of the peaks.';
COMMENT ON COLUMN veza_data.track_shape.cover_url IS 'Address of the picture.';
COMMENT ON COLUMN veza_data.track_shape.manifest_url IS 'Address of the stream server''s manifest, when it is ready there.';
COMMENT ON COLUMN veza_data.track_shape.created_at IS 'When it was made.';
COMMENT ON COLUMN veza_data.track_shape.updated_at IS 'When it last changed.';

CREATE VIEW veza_data.track_owner_shape AS
SELECT s.*, coalesce(t.wanted_visibility, t.visibility) AS visibility, t.held_at, v.state_code AS status_code, v.scan, t.taken_down_at, t.taken_down_reason, t.deleted_at
  FROM veza_data.track_shape s
  JOIN veza_data.track t ON t.id = s.id
  LEFT JOIN veza_data.track_version v ON v.id = t.current_version_id;
COMMENT ON VIEW veza_data.track_owner_shape IS 'A track as its owner and administrators see it.';
DO $$
DECLARE
    c record;
BEGIN
    -- The columns of a shape that another one shows as they are keep their words.
    FOR c IN SELECT a.attname, col_description(a.attrelid, a.attnum) AS words FROM pg_attribute a
              WHERE a.attrelid = 'veza_data.track_shape'::regclass AND a.attnum > 0 LOOP
        EXECUTE format('COMMENT ON COLUMN veza_data.track_owner_shape.%I IS %L', c.attname, c.words);
    END LOOP;
END
$$;
COMMENT ON COLUMN veza_data.track_owner_shape.visibility IS 'public, unlisted or private; while it is held, what it will be when it is released.';
COMMENT ON COLUMN veza_data.track_owner_shape.held_at IS 'Since when a moderator compares it with another one; until that is decided only its owner hears it.';
COMMENT ON COLUMN veza_data.track_owner_shape.status_code IS 'Why it failed or is in quarantine.';
COMMENT ON COLUMN veza_data.track_owner_shape.scan IS 'What the virus scanner said: pending, clean, unscanned or infected.';
COMMENT ON COLUMN veza_data.track_owner_shape.taken_down_at IS 'When an administrator took it down.';
COMMENT ON COLUMN veza_data.track_owner_shape.taken_down_reason IS 'Why.';
COMMENT ON COLUMN veza_data.track_owner_shape.deleted_at IS 'When it was removed.';

CREATE VIEW veza_data.track_change_shape AS
SELECT c.id, c.track_id, c.at, c.at AS changed_at, c.action, c.field, c.old_value, c.new_value, c.actor_kind AS actor, u.username AS actor_username
  FROM veza_data.track_change c
  LEFT JOIN veza_data.users u ON u.id = c.actor_id;
COMMENT ON VIEW veza_data.track_change_shape IS 'Something that was changed of a track.';
COMMENT ON COLUMN veza_data.track_change_shape.id IS 'Order.';
COMMENT ON COLUMN veza_data.track_change_shape.track_id IS 'The track.';
COMMENT ON COLUMN veza_data.track_change_shape.at IS 'When.';
COMMENT ON COLUMN veza_data.track_change_shape.changed_at IS 'The same.';
COMMENT ON COLUMN veza_data.track_change_shape.action IS 'What was done: created, updated, tagged, version_added, version_current, removed, restored, purged, taken_down, reinstated, held or released.';
COMMENT ON COLUMN veza_data.track_change_shape.field IS 'The field; null: the track as a whole.';
COMMENT ON COLUMN veza_data.track_change_shape.old_value IS 'Value before.';
COMMENT ON COLUMN veza_data.track_change_shape.new_value IS 'Value after.';
COMMENT ON COLUMN veza_data.track_change_shape.actor IS 'user, dba or system.';
COMMENT ON COLUMN veza_data.track_change_shape.actor_username IS 'Public name of who did it.';

CREATE VIEW veza_data.track_version_shape AS
SELECT v.id, v.track_id, v.number, v.state AS status, v.state_code AS status_code, v.scan, v.id = t.current_version_id AS is_current,
       v.file_hash, v.file_size, v.file_type, v.codec, v.duration_ms, v.sample_rate, v.channels, v.bits,
       round(v.loudness_mlu / 1000.0, 2) AS loudness_lufs, round(v.loudness_range_mlu / 1000.0, 2) AS loudness_range_lu,
       round(v.true_peak_mdb / 1000.0, 2) AS true_peak_dbtp, v.raw_tags, v.stream_status, v.stream_url AS manifest_url,
       v.created_at, v.updated_at
  FROM veza_data.track_version v
  JOIN veza_data.track t ON t.id = v.track_id;
COMMENT ON VIEW veza_data.track_version_shape IS 'A version of a track, as its owner sees it.';
COMMENT ON COLUMN veza_data.track_version_shape.id IS 'Key.';
COMMENT ON COLUMN veza_data.track_version_shape.track_id IS 'The track.';
COMMENT ON COLUMN veza_data.track_version_shape.number IS 'Order, from 1.';
COMMENT ON COLUMN veza_data.track_version_shape.status IS 'received, scanning, analysing, ready, failed or quarantined.';
COMMENT ON COLUMN veza_data.track_version_shape.status_code IS 'Why it failed or is in quarantine.';
COMMENT ON COLUMN veza_data.track_version_shape.scan IS 'What the virus scanner said.';
COMMENT ON COLUMN veza_data.track_version_shape.is_current IS 'It is the one that is played.';
COMMENT ON COLUMN veza_data.track_version_shape.file_hash IS 'SHA-256 of the file, hexadecimal.';
COMMENT ON COLUMN veza_data.track_version_shape.file_size IS 'Its bytes.';
COMMENT ON COLUMN veza_data.track_version_shape.file_type IS 'Its MIME type.';
COMMENT ON COLUMN veza_data.track_version_shape.codec IS 'Codec.';
COMMENT ON COLUMN veza_data.track_version_shape.duration_ms IS 'Duration in ms.';
COMMENT ON COLUMN veza_data.track_version_shape.sample_rate IS 'Samples per second.';
COMMENT ON COLUMN veza_data.track_version_shape.channels IS 'Channels.';
COMMENT ON COLUMN veza_data.track_version_shape.bits IS 'Bits of a sample.';
COMMENT ON COLUMN veza_data.track_version_shape.loudness_lufs IS 'Integrated loudness in LUFS.';
COMMENT ON COLUMN veza_data.track_version_shape.loudness_range_lu IS 'Loudness range in LU.';
COMMENT ON COLUMN veza_data.track_version_shape.true_peak_dbtp IS 'True peak in dBTP.';
COMMENT ON COLUMN veza_data.track_version_shape.raw_tags IS 'Tags as they stand in the file.';
COMMENT ON COLUMN veza_data.track_version_shape.stream_status IS 'What the stream server has reported: ready or failed.';
COMMENT ON COLUMN veza_data.track_version_shape.manifest_url IS 'Address of its manifest.';
COMMENT ON COLUMN veza_data.track_version_shape.created_at IS 'When the file arrived.';
COMMENT ON COLUMN veza_data.track_version_shape.updated_at IS 'When it last changed.';

CREATE VIEW veza_data.track_admission_shape AS
SELECT NULL::text AS plan, NULL::bigint AS max_file_bytes, NULL::integer AS max_duration_seconds, NULL::bigint AS uploads_per_month,
       NULL::bigint AS uploads_used, NULL::timestamptz AS resets_at, NULL::bigint AS storage_bytes, NULL::bigint AS storage_used
 WHERE false;
COMMENT ON VIEW veza_data.track_admission_shape IS 'What one may upload, and what is used of it.';
COMMENT ON COLUMN veza_data.track_admission_shape.plan IS 'Name of the plan.';
COMMENT ON COLUMN veza_data.track_admission_shape.max_file_bytes IS 'Largest file in bytes.';
COMMENT ON COLUMN veza_data.track_admission_shape.max_duration_seconds IS 'Longest track in s; null: any.';
COMMENT ON COLUMN veza_data.track_admission_shape.uploads_per_month IS 'Uploads in a calendar month (UTC).';
COMMENT ON COLUMN veza_data.track_admission_shape.uploads_used IS 'Those of this month.';
COMMENT ON COLUMN veza_data.track_admission_shape.resets_at IS 'When the next month begins.';
COMMENT ON COLUMN veza_data.track_admission_shape.storage_bytes IS 'Storage in bytes.';
COMMENT ON COLUMN veza_data.track_admission_shape.storage_used IS 'What is stored, in bytes; removed tracks count until they are purged.';

CREATE VIEW veza_data.track_like_shape AS
SELECT NULL::boolean AS liked, NULL::bigint AS like_count WHERE false;
COMMENT ON VIEW veza_data.track_like_shape IS 'Whether one likes a track.';
COMMENT ON COLUMN veza_data.track_like_shape.liked IS 'One does.';
COMMENT ON COLUMN veza_data.track_like_shape.like_count IS 'How many do.';

CREATE VIEW veza_data.track_liker_shape AS
SELECT l.user_id AS id, u.username, coalesce(u.display_name, u.username) AS display_name, u.avatar, l.created_at, l.track_id
  FROM veza_data.track_like l
  JOIN veza_data.users u ON u.id = l.user_id;
COMMENT ON VIEW veza_data.track_liker_shape IS 'Somebody who likes a track.';
COMMENT ON COLUMN veza_data.track_liker_shape.id IS 'The user.';
COMMENT ON COLUMN veza_data.track_liker_shape.username IS 'Public name.';
COMMENT ON COLUMN veza_data.track_liker_shape.display_name IS 'Name as shown.';
COMMENT ON COLUMN veza_data.track_liker_shape.avatar IS 'Address of the picture.';
COMMENT ON COLUMN veza_data.track_liker_shape.created_at IS 'Since when.';
COMMENT ON COLUMN veza_data.track_liker_shape.track_id IS 'The track.';

CREATE VIEW veza_data.track_share_shape AS
SELECT s.id, s.track_id, NULL::text AS token, NULL::text AS share_url, s.allow_download,
       CASE WHEN s.allow_download THEN 'download' ELSE 'read' END AS permissions, s.max_uses, s.uses, s.expires_at, s.revoked_at, s.created_at
  FROM veza_data.track_share s;
COMMENT ON VIEW veza_data.track_share_shape IS 'A link to a track.';
COMMENT ON COLUMN veza_data.track_share_shape.id IS 'Key.';
COMMENT ON COLUMN veza_data.track_share_shape.track_id IS 'The track.';
COMMENT ON COLUMN veza_data.track_share_shape.token IS 'The token; shown once, when the link is made.';
COMMENT ON COLUMN veza_data.track_share_shape.share_url IS 'The address with it.';
COMMENT ON COLUMN veza_data.track_share_shape.allow_download IS 'Whoever has it may store the file.';
COMMENT ON COLUMN veza_data.track_share_shape.permissions IS 'read or download.';
COMMENT ON COLUMN veza_data.track_share_shape.max_uses IS 'Listeners that may open it; null: any number.';
COMMENT ON COLUMN veza_data.track_share_shape.uses IS 'Listeners that have; counted where there is a limit.';
COMMENT ON COLUMN veza_data.track_share_shape.expires_at IS 'Until when it is good.';
COMMENT ON COLUMN veza_data.track_share_shape.revoked_at IS 'When it was taken back.';
COMMENT ON COLUMN veza_data.track_share_shape.created_at IS 'When it was made.';

CREATE VIEW veza_data.track_revoked_shape AS SELECT NULL::uuid AS id, NULL::boolean AS revoked WHERE false;
COMMENT ON VIEW veza_data.track_revoked_shape IS 'A link that was taken back.';
COMMENT ON COLUMN veza_data.track_revoked_shape.id IS 'Key of the link.';
COMMENT ON COLUMN veza_data.track_revoked_shape.revoked IS 'It is no longer good.';

CREATE VIEW veza_data.track_play_shape AS
SELECT NULL::uuid AS play_id, NULL::boolean AS counted, NULL::bigint AS play_count WHERE false;
COMMENT ON VIEW veza_data.track_play_shape IS 'What became of the report of a play.';
COMMENT ON COLUMN veza_data.track_play_shape.play_id IS 'Its id.';
COMMENT ON COLUMN veza_data.track_play_shape.counted IS 'It counts.';
COMMENT ON COLUMN veza_data.track_play_shape.play_count IS 'Plays of the track.';

CREATE VIEW veza_data.track_stats_shape AS
SELECT NULL::uuid AS track_id, NULL::bigint AS plays, NULL::bigint AS own_plays, NULL::bigint AS likes, NULL::bigint AS downloads,
       NULL::bigint AS shares, NULL::bigint AS comments, NULL::bigint AS unique_listeners, NULL::bigint AS plays_today, NULL::bigint AS plays_this_week,
       NULL::bigint AS plays_this_month, NULL::jsonb AS by_source, NULL::jsonb AS days
 WHERE false;
COMMENT ON VIEW veza_data.track_stats_shape IS 'Statistics of a track.';
COMMENT ON COLUMN veza_data.track_stats_shape.track_id IS 'The track.';
COMMENT ON COLUMN veza_data.track_stats_shape.plays IS 'Plays by others than the owner.';
COMMENT ON COLUMN veza_data.track_stats_shape.own_plays IS 'Plays by the owner; shown to the owner.';
COMMENT ON COLUMN veza_data.track_stats_shape.likes IS 'Likes.';
COMMENT ON COLUMN veza_data.track_stats_shape.downloads IS 'Downloads.';
COMMENT ON COLUMN veza_data.track_stats_shape.shares IS 'Links.';
COMMENT ON COLUMN veza_data.track_stats_shape.comments IS 'Comments and replies.';
COMMENT ON COLUMN veza_data.track_stats_shape.unique_listeners IS 'Different listeners of the counted plays that are still kept.';
COMMENT ON COLUMN veza_data.track_stats_shape.plays_today IS 'Plays of this day (UTC).';
COMMENT ON COLUMN veza_data.track_stats_shape.plays_this_week IS 'Plays of the last 7 days.';
COMMENT ON COLUMN veza_data.track_stats_shape.plays_this_month IS 'Plays of the last 30 days.';
COMMENT ON COLUMN veza_data.track_stats_shape.by_source IS 'Plays by where they were started: {"source": plays}; shown to the owner.';
COMMENT ON COLUMN veza_data.track_stats_shape.days IS 'By day, oldest first: [{"day", "plays", "likes", "downloads", "shares", "comments"}]; shown to the owner.';

CREATE VIEW veza_data.track_similar_shape AS
SELECT NULL::uuid AS track_id, NULL::text AS title, NULL::text AS artist, NULL::text AS level, NULL::numeric AS distance, NULL::boolean AS is_own
 WHERE false;
COMMENT ON VIEW veza_data.track_similar_shape IS 'A track with the same or a similar sound.';
COMMENT ON COLUMN veza_data.track_similar_shape.track_id IS 'The track.';
COMMENT ON COLUMN veza_data.track_similar_shape.title IS 'Its title.';
COMMENT ON COLUMN veza_data.track_similar_shape.artist IS 'Its artist.';
COMMENT ON COLUMN veza_data.track_similar_shape.level IS 'file: the same file; sound: the same samples; similar: nearly the same fingerprint.';
COMMENT ON COLUMN veza_data.track_similar_shape.distance IS 'Share of the fingerprint''s bits that differ, 0 to 1.';
COMMENT ON COLUMN veza_data.track_similar_shape.is_own IS 'It is one''s own.';

CREATE VIEW veza_data.track_address_shape AS SELECT NULL::text AS stream_url, NULL::timestamptz AS expires_at WHERE false;
COMMENT ON VIEW veza_data.track_address_shape IS 'An address of a track''s audio that speaks for its user.';
COMMENT ON COLUMN veza_data.track_address_shape.stream_url IS 'The address, with a signature.';
COMMENT ON COLUMN veza_data.track_address_shape.expires_at IS 'Until when it is good.';

CREATE VIEW veza_data.track_stream_shape AS
SELECT NULL::uuid AS track_id, NULL::integer AS version, NULL::text AS status WHERE false;
COMMENT ON VIEW veza_data.track_stream_shape IS 'What is known of a track at the stream server.';
COMMENT ON COLUMN veza_data.track_stream_shape.track_id IS 'The track.';
COMMENT ON COLUMN veza_data.track_stream_shape.version IS 'Number of the version that was reported.';
COMMENT ON COLUMN veza_data.track_stream_shape.status IS 'ready or failed.';

CREATE VIEW veza_data.track_match_shape AS
SELECT m.id, m.state, m.level, round(m.distance_mil / 1000.0, 3) AS distance,
       m.track_id, t.title, t.artist, u.username, u.id AS user_id, m.version, t.created_at AS track_created_at, t.deleted_at AS removed_at,
       coalesce(t.wanted_visibility, t.visibility) AS visibility,
       m.other_track_id, o.title AS other_title, o.artist AS other_artist, w.username AS other_username, w.id AS other_user_id,
       m.other_version, o.created_at AS other_track_created_at,
       m.created_at, m.decided_at, d.username AS decided_by, m.reason
  FROM veza_data.track_match m
  JOIN veza_data.track t ON t.id = m.track_id
  JOIN veza_data.users u ON u.id = t.uploader_id
  JOIN veza_data.track o ON o.id = m.other_track_id
  JOIN veza_data.users w ON w.id = o.uploader_id
  LEFT JOIN veza_data.users d ON d.id = m.decided_by;
COMMENT ON VIEW veza_data.track_match_shape IS 'A track that is, or sounds like, one of somebody else''s, as moderators see it.';
COMMENT ON COLUMN veza_data.track_match_shape.id IS 'Key.';
COMMENT ON COLUMN veza_data.track_match_shape.state IS 'open, dismissed, upheld or lapsed.';
COMMENT ON COLUMN veza_data.track_match_shape.level IS 'file: the same file; sound: the same samples; similar: it sounds alike.';
COMMENT ON COLUMN veza_data.track_match_shape.distance IS 'Distance of the fingerprints, 0 to 1.';
COMMENT ON COLUMN veza_data.track_match_shape.track_id IS 'The track that is held.';
COMMENT ON COLUMN veza_data.track_match_shape.title IS 'Its title.';
COMMENT ON COLUMN veza_data.track_match_shape.artist IS 'Its artist.';
COMMENT ON COLUMN veza_data.track_match_shape.username IS 'Public name of its owner.';
COMMENT ON COLUMN veza_data.track_match_shape.user_id IS 'Its owner.';
COMMENT ON COLUMN veza_data.track_match_shape.version IS 'Number of its version.';
COMMENT ON COLUMN veza_data.track_match_shape.track_created_at IS 'When it was made.';
COMMENT ON COLUMN veza_data.track_match_shape.removed_at IS 'When its owner removed it.';
COMMENT ON COLUMN veza_data.track_match_shape.visibility IS 'What its visibility will be when it is released.';
COMMENT ON COLUMN veza_data.track_match_shape.other_track_id IS 'The track that was there before.';
COMMENT ON COLUMN veza_data.track_match_shape.other_title IS 'Its title.';
COMMENT ON COLUMN veza_data.track_match_shape.other_artist IS 'Its artist.';
COMMENT ON COLUMN veza_data.track_match_shape.other_username IS 'Public name of its owner.';
COMMENT ON COLUMN veza_data.track_match_shape.other_user_id IS 'Its owner.';
COMMENT ON COLUMN veza_data.track_match_shape.other_version IS 'Number of its version.';
COMMENT ON COLUMN veza_data.track_match_shape.other_track_created_at IS 'When it was made.';
COMMENT ON COLUMN veza_data.track_match_shape.created_at IS 'When it was found.';
COMMENT ON COLUMN veza_data.track_match_shape.decided_at IS 'When it was decided.';
COMMENT ON COLUMN veza_data.track_match_shape.decided_by IS 'Public name of who decided.';
COMMENT ON COLUMN veza_data.track_match_shape.reason IS 'Why.';
