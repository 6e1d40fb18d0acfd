-- Tracks: the columns that distribution needs.

CREATE TABLE veza_data.track (
    id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    uploader_id      uuid NOT NULL REFERENCES veza_data.users,
    title            text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 200),
    artist           text NOT NULL CHECK (char_length(artist) BETWEEN 1 AND 100),
    duration_seconds integer CHECK (duration_seconds >= 0),
    is_public        boolean NOT NULL DEFAULT true,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL
);
CREATE INDEX track_uploader ON veza_data.track (uploader_id, created_at DESC, id DESC);
COMMENT ON TABLE veza_data.track IS 'Tracks.';
COMMENT ON COLUMN veza_data.track.id IS 'Key, version 4.';
COMMENT ON COLUMN veza_data.track.uploader_id IS 'Owner.';
COMMENT ON COLUMN veza_data.track.title IS 'Title.';
COMMENT ON COLUMN veza_data.track.artist IS 'Artist as shown.';
COMMENT ON COLUMN veza_data.track.duration_seconds IS 'Duration in s.';
COMMENT ON COLUMN veza_data.track.is_public IS 'Everybody may see it.';
COMMENT ON COLUMN veza_data.track.created_at IS 'When it was made.';
COMMENT ON COLUMN veza_data.track.updated_at IS 'When it last changed.';
