-- Smart playlists: what stands in them is found by rules.

CREATE FUNCTION veza.playlist_smart_create(
    name text DEFAULT NULL, description text DEFAULT NULL, visibility text DEFAULT NULL, is_public boolean DEFAULT NULL,
    rules jsonb DEFAULT NULL) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.playlist_smart_create IS 'Make a smart playlist: each reader finds in it what its rules find of the tracks that the reader sees.
Rules are {"all": [...]} or {"any": [...]} with conditions {"field", "operator", "value"} and further such groups in it, up to 8 deep and 200 conditions,
and beside it sort, order (asc or desc) and limit. Words (title, artist, album, genre) are compared by is, is_not, contains, not_contains, starts_with and ends_with, without regard to case;
tags by contains and not_contains; license, format, key and uploader by is and is_not; numbers (bpm, duration in s, plays, likes) by is, is_not, gt, lt and in_the_range, [from, to];
times (created_at, updated_at) by before, after, in_the_range, and in_the_last and not_in_the_last, in days; explicit, downloadable, own, liked and followed by is, true or false: the last three are about the reader.
It is sorted by created_at, updated_at, title, artist, duration, plays, likes, popularity, bpm or random, which is another order each day.
- name: 1 to 200 characters; required
- description: up to 2000 characters
- visibility: public, unlisted or private
- is_public: the same in short: true for public, false for private
- rules: the rules; required';
SELECT veza.add_route('POST', '/api/v1/playlists/smart', 'veza.playlist_smart_create', 'user', 'writes',
                      errors => '{VALIDATION_ERROR}',
                      shape => 'playlist_shape', status => 201, replay => 'stored',
                      counter => 'veza_playlists_created_total', aliases => '{"name": ["title"]}');

CREATE FUNCTION veza.playlist_smart_preview(
    rules jsonb DEFAULT NULL, page integer DEFAULT 1, "limit" integer DEFAULT 20, cursor text DEFAULT NULL) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.playlist_smart_preview IS 'Show what rules find, without making a playlist.
- rules: the rules; required
- page: page number, from 1; beyond the first 10000 rows use cursor
- limit: rows per page, 1 to 100
- cursor: next_cursor of the page before; takes the place of page';
SELECT veza.add_route('POST', '/api/v1/playlists/smart/preview', 'veza.playlist_smart_preview', 'user', 'slow',
                      errors => '{VALIDATION_ERROR}',
                      shape => 'playlist_entry_shape', is_list => true);

CREATE FUNCTION veza.playlist_rules(id uuid) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.playlist_rules IS 'Show the rules of a smart playlist that one takes part in.
- id: the playlist';
SELECT veza.add_route('GET', '/api/v1/playlists/:id/rules', 'veza.playlist_rules', 'user', 'reads',
                      errors => '{VALIDATION_ERROR,PLAYLIST_NOT_FOUND,PLAYLIST_NOT_YOURS,PLAYLIST_NOT_SMART}',
                      shape => 'playlist_rules_shape');

CREATE FUNCTION veza.playlist_rules_update(id uuid, rules jsonb DEFAULT NULL) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.playlist_rules_update IS 'Give an own smart playlist other rules.
- id: the playlist
- rules: all of them; required';
SELECT veza.add_route('PUT', '/api/v1/playlists/:id/rules', 'veza.playlist_rules_update', 'user', 'writes',
                      errors => '{PRECONDITION_FAILED,VALIDATION_ERROR,PLAYLIST_NOT_FOUND,PLAYLIST_NOT_YOURS,PLAYLIST_NOT_SMART}',
                      shape => 'playlist_rules_shape');
