-- Playlists as files.

CREATE FUNCTION veza.playlist_import(
    content text DEFAULT NULL, format text DEFAULT NULL, name text DEFAULT NULL, description text DEFAULT NULL,
    visibility text DEFAULT NULL, is_public boolean DEFAULT NULL, dry_run boolean DEFAULT false) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.playlist_import IS 'Make a playlist of a file in M3U8, XSPF or JSPF.
Its tracks are found among those that one sees: by an address of ours, by ISRC, by the SHA-256 of the file or of its samples,
or by artist, title and a duration within 2 s. What is not found is listed. Nothing that the file names is opened.
- content: the text of the file, with up to 10000 tracks; required
- format: m3u8, xspf or jspf; by default what it looks like
- name: 1 to 200 characters; by default what the file calls itself
- description: up to 2000 characters
- visibility: public, unlisted or private
- is_public: the same in short: true for public, false for private
- dry_run: only tell what would be found, and make nothing';
SELECT veza.add_route('POST', '/api/v1/playlists/import', 'veza.playlist_import', 'user', 'slow',
                      errors => '{VALIDATION_ERROR,PLAYLIST_FULL,PLAYLIST_FILE_UNREADABLE,RATE_LIMIT_EXCEEDED}',
                      shape => 'playlist_import_shape', status => 201, replay => 'stored',
                      counter => 'veza_playlists_imported_total', aliases => '{"name": ["title"]}');

CREATE FUNCTION veza.playlist_export(id uuid, format text DEFAULT 'm3u8', base text DEFAULT NULL) RETURNS text LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.playlist_export IS 'Store a playlist as a file: the tracks in it that one sees, in their order, each with the address of its audio.
- id: the playlist
- format: m3u8, xspf or jspf
- base: what stands before the addresses, as in https://veza.example; by default nothing, so that they are relative';
SELECT veza.add_route('GET', '/api/v1/playlists/:id/export', 'veza.playlist_export', 'optional', 'slow',
                      errors => '{VALIDATION_ERROR,PLAYLIST_NOT_FOUND}', envelope => 'text');
