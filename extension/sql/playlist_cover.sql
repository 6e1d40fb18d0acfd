-- Pictures of playlists.

CREATE FUNCTION veza.playlist_cover_set(
    id uuid, file_hash text, file_size bigint, file_type text, image_width integer, image_height integer)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.playlist_cover_set IS 'Give an own playlist a picture: PNG, JPEG, WebP or GIF.
- id: the playlist
- file_hash: SHA-256 of the file, hexadecimal
- file_size: its size in bytes
- file_type: its MIME type
- image_width: width in pixels
- image_height: height in pixels';
SELECT veza.add_route('PUT', '/api/v1/playlists/:id/cover', 'veza.playlist_cover_set', 'user', 'writes',
                      errors => '{PRECONDITION_FAILED,VALIDATION_ERROR,PLAYLIST_NOT_FOUND,PLAYLIST_NOT_YOURS,IMAGE_UNSUPPORTED,IMAGE_TOO_LARGE,UPLOAD_MALFORMED,UPLOAD_BUSY,UPLOAD_FAILED}',
                      shape => 'playlist_shape', upload => 'image', budget => 'upload');

CREATE FUNCTION veza.playlist_cover_remove(id uuid) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.playlist_cover_remove IS 'Take the picture of an own playlist away; the covers of its first tracks stand for it again.
- id: the playlist';
SELECT veza.add_route('DELETE', '/api/v1/playlists/:id/cover', 'veza.playlist_cover_remove', 'user', 'writes',
                      errors => '{PRECONDITION_FAILED,VALIDATION_ERROR,PLAYLIST_NOT_FOUND,PLAYLIST_NOT_YOURS}',
                      shape => 'playlist_shape');

CREATE FUNCTION veza.playlist_cover(id uuid, v text DEFAULT NULL) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.playlist_cover IS 'Get the own picture of a playlist that the caller may see.
- id: the playlist
- v: version of the picture, as in the address that playlists show';
SELECT veza.add_route('GET', '/api/v1/playlists/:id/cover', 'veza.playlist_cover', 'optional', 'reads',
                      errors => '{VALIDATION_ERROR,PLAYLIST_NOT_FOUND,PLAYLIST_COVER_NOT_FOUND}', envelope => 'file');
