-- Shapes: what is found, and what is suggested.

CREATE VIEW veza_data.search_shape AS
SELECT NULL::text AS query, NULL::json AS tracks, NULL::json AS playlists, NULL::json AS users, NULL::integer AS total_results, NULL::json AS next_cursors
 WHERE false;
COMMENT ON VIEW veza_data.search_shape IS 'What was found of each type, the most relevant first.';
COMMENT ON COLUMN veza_data.search_shape.query IS 'What was searched for.';
COMMENT ON COLUMN veza_data.search_shape.tracks IS 'Tracks, as the list of tracks shows them.';
COMMENT ON COLUMN veza_data.search_shape.playlists IS 'Playlists, as the list of playlists shows them.';
COMMENT ON COLUMN veza_data.search_shape.users IS 'Users, as the list of users shows them.';
COMMENT ON COLUMN veza_data.search_shape.total_results IS 'How many of all types are in this answer.';
COMMENT ON COLUMN veza_data.search_shape.next_cursors IS 'By tracks, playlists and users: what to send as cursor, with that one type, for those that follow; null: none do.';

CREATE VIEW veza_data.suggestion_shape AS
SELECT NULL::text AS type, NULL::uuid AS id, NULL::text AS text, NULL::text AS detail
 WHERE false;
COMMENT ON VIEW veza_data.suggestion_shape IS 'What somebody who is typing may mean.';
COMMENT ON COLUMN veza_data.suggestion_shape.type IS 'track, artist, playlist or user.';
COMMENT ON COLUMN veza_data.suggestion_shape.id IS 'Key; null: an artist has none.';
COMMENT ON COLUMN veza_data.suggestion_shape.text IS 'The title or name that begins with what was typed.';
COMMENT ON COLUMN veza_data.suggestion_shape.detail IS 'The artist of a track; the other name of a user; of anything else null.';
