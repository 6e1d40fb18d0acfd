-- How often each genre occurs: of an index that holds a part of the table the planner takes no statistics.

CREATE STATISTICS veza_data.track_genre ON (lower(genre)) FROM veza_data.track;
COMMENT ON STATISTICS veza_data.track_genre IS 'How often each genre occurs, as the list of tracks is narrowed by it.';
ANALYZE veza_data.track;
