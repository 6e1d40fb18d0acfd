-- Playlists are found by their words.

CREATE FUNCTION veza.index_playlist() RETURNS trigger LANGUAGE c
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.index_playlist IS 'Trigger: what a playlist is found and sorted by follows its words.';
