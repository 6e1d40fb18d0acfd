-- Smart playlists, and what finds the tracks that a playlist's file means.

ALTER TABLE veza_data.playlist
    ADD COLUMN rules jsonb CHECK (jsonb_typeof(rules) = 'object'),
    ADD CONSTRAINT playlist_smart CHECK (rules IS NULL OR track_count = 0);
COMMENT ON COLUMN veza_data.playlist.rules IS 'Rules of a smart playlist, which find what stands in it; NULL: it has entries.';

CREATE INDEX track_isrc ON veza_data.track (isrc) WHERE isrc IS NOT NULL;
CREATE INDEX track_words ON veza_data.track (title_key COLLATE "C", artist_key COLLATE "C");
