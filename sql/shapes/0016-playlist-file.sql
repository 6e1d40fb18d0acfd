-- Shapes: what smart playlists and playlists as files look like to clients.

CREATE VIEW veza_data.playlist_rules_shape AS
SELECT p.id, p.rules, p.revision, p.updated_at FROM veza_data.playlist p WHERE p.rules IS NOT NULL;
COMMENT ON VIEW veza_data.playlist_rules_shape IS 'The rules of a smart playlist.';
COMMENT ON COLUMN veza_data.playlist_rules_shape.id IS 'The playlist.';
COMMENT ON COLUMN veza_data.playlist_rules_shape.rules IS 'Its rules.';
COMMENT ON COLUMN veza_data.playlist_rules_shape.revision IS 'Grows with every change of what its owner says of it.';
COMMENT ON COLUMN veza_data.playlist_rules_shape.updated_at IS 'When it last changed.';

CREATE VIEW veza_data.playlist_import_shape AS
SELECT NULL::uuid AS playlist_id, NULL::text AS name, NULL::text AS format, NULL::integer AS line_count, NULL::json AS matched, NULL::json AS unmatched
 WHERE false;
COMMENT ON VIEW veza_data.playlist_import_shape IS 'What became of a playlist''s file.';
COMMENT ON COLUMN veza_data.playlist_import_shape.playlist_id IS 'The playlist that was made; null: none, it was a trial.';
COMMENT ON COLUMN veza_data.playlist_import_shape.name IS 'Its name.';
COMMENT ON COLUMN veza_data.playlist_import_shape.format IS 'm3u8, xspf or jspf.';
COMMENT ON COLUMN veza_data.playlist_import_shape.line_count IS 'Tracks that the file names.';
COMMENT ON COLUMN veza_data.playlist_import_shape.matched IS 'What was found: [{"position" (from 0), "line", "track_id", "matched_by"}]; by uri, isrc, hash or artist_title.';
COMMENT ON COLUMN veza_data.playlist_import_shape.unmatched IS 'What was not: [{"position", "line", "text", "artist", "title"}].';
