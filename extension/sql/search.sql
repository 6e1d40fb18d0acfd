-- One search over tracks, playlists and users.

CREATE FUNCTION veza.index_user() RETURNS trigger LANGUAGE c
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.index_user IS 'Trigger: what a user is found by follows the names.';

CREATE FUNCTION veza.search(
    q text, types text DEFAULT NULL, "limit" integer DEFAULT 20, cursor text DEFAULT NULL) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.search IS 'Search tracks, playlists and users at once, the most relevant of each first.
What is called just so comes first, then what begins so, then what has all words, their beginnings, or a letter wrong; among equals what is popular.
- q: words or their beginnings, up to 200 characters; accents, case and a wrong letter do not matter
- types: track, playlist or user, several with commas; by default all
- limit: how many of each type, 1 to 100
- cursor: what next_cursors of an earlier answer has for the one type in types; goes on behind it';
SELECT veza.add_route('GET', '/api/v1/search', 'veza.search', 'optional', 'slow',
                      errors => '{VALIDATION_ERROR}', shape => 'search_shape', aliases => '{"types": ["type"]}');

CREATE FUNCTION veza.search_suggest(q text, types text DEFAULT NULL) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.search_suggest IS 'Suggest titles, artists, playlists and users whose names begin with what is being typed: 10 at most, each name once for each type.
- q: beginning of a name; accents and case do not matter
- types: track, artist, playlist or user, several with commas; by default all';
SELECT veza.add_route('GET', '/api/v1/search/suggestions', 'veza.search_suggest', 'optional', 'slow',
                      errors => '{VALIDATION_ERROR}', shape => 'suggestion_shape', is_list => true,
                      aliases => '{"types": ["type"]}');
