-- Playlists: their entries and the order of them.

CREATE FUNCTION veza.playlist_tracks(
    id uuid, page integer DEFAULT 1, "limit" integer DEFAULT 20, cursor text DEFAULT NULL) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.playlist_tracks IS 'List what stands in a playlist, in its order. Of an entry whose track the caller may not see, track is null.
- id: the playlist
- page: page number, from 1; beyond the first 10000 rows use cursor
- limit: rows per page, 1 to 100
- cursor: next_cursor of the page before; takes the place of page';
SELECT veza.add_route('GET', '/api/v1/playlists/:id/tracks', 'veza.playlist_tracks', 'optional', 'slow',
                      errors => '{VALIDATION_ERROR,PLAYLIST_NOT_FOUND}',
                      shape => 'playlist_entry_shape', is_list => true);

CREATE FUNCTION veza.playlist_add(
    id uuid, track_id uuid DEFAULT NULL, track_ids uuid[] DEFAULT NULL, "position" integer DEFAULT NULL,
    on_duplicate text DEFAULT 'allow') RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.playlist_add IS 'Add tracks to a playlist, up to 100 at once.
- id: the playlist
- track_id: the track
- track_ids: several, in their order
- position: where the first one comes to stand, from 0; by default behind the last
- on_duplicate: skip: what stands in it already is not added; allow: it is added once more';
SELECT veza.add_route('POST', '/api/v1/playlists/:id/tracks', 'veza.playlist_add', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,PLAYLIST_NOT_FOUND,PLAYLIST_NOT_YOURS,PLAYLIST_IS_SMART,TRACK_NOT_FOUND,PLAYLIST_FULL,PLAYLIST_POSITION_INVALID}',
                      shape => 'playlist_added_shape', status => 201, replay => 'stored');

CREATE FUNCTION veza.playlist_remove_track(
    id uuid, track_id uuid, entry_id uuid DEFAULT NULL, version bigint DEFAULT NULL) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.playlist_remove_track IS 'Remove a track from a playlist, wherever it stands.
- id: the playlist
- track_id: the track
- entry_id: only this one of its entries
- version: the version of the entries that was seen; refused when there is another';
SELECT veza.add_route('DELETE', '/api/v1/playlists/:id/tracks/:track_id', 'veza.playlist_remove_track', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,PLAYLIST_NOT_FOUND,PLAYLIST_NOT_YOURS,PLAYLIST_IS_SMART,PLAYLIST_ENTRY_NOT_FOUND,PLAYLIST_CHANGED}',
                      shape => 'playlist_removed_shape');

CREATE FUNCTION veza.playlist_remove_entry(id uuid, entry_id uuid, version bigint DEFAULT NULL) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.playlist_remove_entry IS 'Remove an entry from a playlist, also one whose track cannot be seen.
- id: the playlist
- entry_id: the entry
- version: the version of the entries that was seen; refused when there is another';
SELECT veza.add_route('DELETE', '/api/v1/playlists/:id/entries/:entry_id', 'veza.playlist_remove_entry', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,PLAYLIST_NOT_FOUND,PLAYLIST_NOT_YOURS,PLAYLIST_IS_SMART,PLAYLIST_ENTRY_NOT_FOUND,PLAYLIST_CHANGED}',
                      shape => 'playlist_removed_shape');

CREATE FUNCTION veza.playlist_reorder(
    id uuid, version bigint DEFAULT NULL, range_start integer DEFAULT NULL, range_length integer DEFAULT 1,
    insert_before integer DEFAULT NULL, entry_ids uuid[] DEFAULT NULL, track_ids uuid[] DEFAULT NULL) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.playlist_reorder IS 'Move entries of a playlist, or set the whole order.
- id: the playlist
- version: the version of the entries that was seen; required, and refused when there is another
- range_start: the first entry that moves, from 0
- range_length: how many do
- insert_before: where they go: before the entry that stands there before the move; the number of entries is the end
- entry_ids: the whole order instead: each entry once
- track_ids: the same by tracks, where each stands in it once';
SELECT veza.add_route('PUT', '/api/v1/playlists/:id/tracks/reorder', 'veza.playlist_reorder', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,PLAYLIST_NOT_FOUND,PLAYLIST_NOT_YOURS,PLAYLIST_IS_SMART,PLAYLIST_CHANGED,PLAYLIST_POSITION_INVALID,PLAYLIST_ORDER_INVALID}',
                      shape => 'playlist_version_shape');

CREATE FUNCTION veza.playlist_changes(
    id uuid, page integer DEFAULT 1, "limit" integer DEFAULT 20, cursor text DEFAULT NULL) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.playlist_changes IS 'Show who has changed the entries of a playlist that one takes part in, newest first.
- id: the playlist
- page: page number, from 1; beyond the first 10000 rows use cursor
- limit: rows per page, 1 to 100
- cursor: next_cursor of the page before; takes the place of page';
SELECT veza.add_route('GET', '/api/v1/playlists/:id/changes', 'veza.playlist_changes', 'user', 'reads',
                      errors => '{VALIDATION_ERROR,PLAYLIST_NOT_FOUND,PLAYLIST_NOT_YOURS}',
                      shape => 'playlist_change_shape', is_list => true);
