-- Playlists that moderators take down, and when each was first public: its place in feeds.

ALTER TABLE veza_data.playlist
    ADD COLUMN taken_down_at     timestamptz,
    ADD COLUMN taken_down_reason text,
    ADD COLUMN listed_at         timestamptz,
    ADD CONSTRAINT playlist_taken_down CHECK ((taken_down_at IS NULL) = (taken_down_reason IS NULL));
COMMENT ON COLUMN veza_data.playlist.taken_down_at IS 'When a moderator took it down.';
COMMENT ON COLUMN veza_data.playlist.taken_down_reason IS 'Why; its owner reads it.';
COMMENT ON COLUMN veza_data.playlist.listed_at IS 'When it stood in lists for the first time: its place in feeds; NULL: never yet. Kept by a trigger.';

-- A generated column cannot be given another expression: it is made anew, and with it the indexes that it takes along.
DO $$
DECLARE
    definitions text[] := ARRAY(SELECT pg_get_indexdef(indexrelid) FROM pg_index
                                 WHERE indrelid = 'veza_data.playlist'::regclass AND pg_get_expr(indpred, indrelid) ~ '\mis_listed\M' ORDER BY 1);
    definition text;
BEGIN
    ALTER TABLE veza_data.playlist DROP COLUMN is_listed;
    ALTER TABLE veza_data.playlist
        ADD COLUMN is_listed boolean GENERATED ALWAYS AS (visibility = 'public' AND deleted_at IS NULL AND taken_down_at IS NULL) STORED;
    FOREACH definition IN ARRAY definitions LOOP
        EXECUTE definition;
    END LOOP;
END
$$;
COMMENT ON COLUMN veza_data.playlist.is_listed IS 'It stands in lists and searches, if its owner''s account is served.';

UPDATE veza_data.playlist SET listed_at = created_at WHERE is_listed;
CREATE TRIGGER note_listing BEFORE INSERT OR UPDATE OF visibility, deleted_at, taken_down_at ON veza_data.playlist
    FOR EACH ROW EXECUTE FUNCTION veza.note_listing();
CREATE INDEX playlist_feed ON veza_data.playlist (owner_id, listed_at DESC, id DESC) WHERE is_listed;
