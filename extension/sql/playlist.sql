-- Playlists: making, finding, editing, copying and removing them.

CREATE FUNCTION veza.playlist_create(
    name text DEFAULT NULL, description text DEFAULT NULL, visibility text DEFAULT NULL, is_public boolean DEFAULT NULL,
    track_ids uuid[] DEFAULT NULL) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.playlist_create IS 'Make a playlist; it is private unless something else is said.
- name: 1 to 200 characters; required
- description: up to 2000 characters
- visibility: public, unlisted or private
- is_public: the same in short: true for public, false for private
- track_ids: up to 100 tracks that stand in it from the start';
SELECT veza.add_route('POST', '/api/v1/playlists', 'veza.playlist_create', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,TRACK_NOT_FOUND}',
                      shape => 'playlist_shape', status => 201, replay => 'stored',
                      counter => 'veza_playlists_created_total', aliases => '{"track_ids": ["tracks"], "name": ["title"]}');

CREATE FUNCTION veza.playlist_get(id uuid) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.playlist_get IS 'Show a playlist with its first 100 tracks; the rest is at /tracks below it.
- id: the playlist';
SELECT veza.add_route('GET', '/api/v1/playlists/:id', 'veza.playlist_get', 'optional', 'slow',
                      errors => '{VALIDATION_ERROR,PLAYLIST_NOT_FOUND}',
                      shape => 'playlist_whole_shape');

CREATE FUNCTION veza.playlist_list(
    page integer DEFAULT 1, "limit" integer DEFAULT 20, cursor text DEFAULT NULL,
    scope text DEFAULT NULL, user_id uuid DEFAULT NULL, search text DEFAULT NULL, is_public boolean DEFAULT NULL,
    sort text DEFAULT NULL, "order" text DEFAULT NULL, with_total boolean DEFAULT false) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.playlist_list IS 'List playlists: those that are public, and those that one has or takes part in.
- page: page number, from 1; beyond the first 10000 rows use cursor
- limit: rows per page, 1 to 100
- cursor: next_cursor of the page before; takes the place of page
- scope: public, own, collaborated, invited, followed, liked or removed; by default public, own and collaborated together
- user_id: owner
- search: words of the name or the description, or their beginnings; accents, case and a wrong letter do not matter
- is_public: only those that are public, or only those that are not
- sort: created_at, updated_at or name, with a minus before it from the greatest down
- order: asc or desc; by default names from a, times from the newest down
- with_total: count all of them; otherwise total is what was seen';
SELECT veza.add_route('GET', '/api/v1/playlists', 'veza.playlist_list', 'optional', 'slow',
                      errors => '{VALIDATION_ERROR,AUTH_REQUIRED}',
                      shape => 'playlist_shape', is_list => true,
                      aliases => '{"search": ["q"], "with_total": ["total"]}');

CREATE FUNCTION veza.playlist_update(
    id uuid, name text DEFAULT NULL, description text DEFAULT NULL, visibility text DEFAULT NULL, is_public boolean DEFAULT NULL)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.playlist_update IS 'Edit an own playlist; what is not sent stays as it is, an empty description empties it.
- id: the playlist
- name: 1 to 200 characters
- description: up to 2000 characters
- visibility: public, unlisted or private
- is_public: the same in short: true for public, false for private';
SELECT veza.add_route('PUT', '/api/v1/playlists/:id', 'veza.playlist_update', 'user', 'writes',
                      errors => '{PRECONDITION_FAILED,VALIDATION_ERROR,PLAYLIST_NOT_FOUND,PLAYLIST_NOT_YOURS}',
                      shape => 'playlist_shape', aliases => '{"name": ["title"]}');

CREATE FUNCTION veza.playlist_remove(id uuid) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.playlist_remove IS 'Remove an own playlist; it can be restored for 30 days, unless the setting playlist_restore says otherwise.
- id: the playlist';
SELECT veza.add_route('DELETE', '/api/v1/playlists/:id', 'veza.playlist_remove', 'user', 'writes',
                      errors => '{PRECONDITION_FAILED,VALIDATION_ERROR,PLAYLIST_NOT_FOUND,PLAYLIST_NOT_YOURS}',
                      shape => 'playlist_shape');

CREATE FUNCTION veza.playlist_restore(id uuid) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.playlist_restore IS 'Bring back an own playlist that was removed.
- id: the playlist';
SELECT veza.add_route('POST', '/api/v1/playlists/:id/restore', 'veza.playlist_restore', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,PLAYLIST_NOT_FOUND,PLAYLIST_NOT_RESTORABLE}',
                      shape => 'playlist_shape');

CREATE FUNCTION veza.playlist_fork(id uuid, name text DEFAULT NULL) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.playlist_fork IS 'Copy a playlist: a private one of one''s own, with the entries that one may see.
- id: the playlist
- name: 1 to 200 characters; by default that of the playlist';
SELECT veza.add_route('POST', '/api/v1/playlists/:id/fork', 'veza.playlist_fork', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,PLAYLIST_NOT_FOUND}',
                      shape => 'playlist_shape', status => 201, replay => 'stored',
                      counter => 'veza_playlists_created_total');
