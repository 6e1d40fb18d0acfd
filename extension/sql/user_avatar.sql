
-- Pictures of users.

CREATE FUNCTION veza.avatar_set(
    file_hash text, file_size bigint, file_type text, image_width integer, image_height integer)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.avatar_set IS 'Upload the own picture: PNG, JPEG, WebP or GIF.
- file_hash: SHA-256 of the file, hexadecimal
- file_size: its size in bytes
- file_type: its MIME type
- image_width: width in pixels
- image_height: height in pixels';
SELECT veza.add_route(method, '/api/v1/users/me/avatar', 'veza.avatar_set', 'user', 'writes', upload => 'image',
                      errors => '{PRECONDITION_FAILED,IMAGE_UNSUPPORTED,IMAGE_TOO_LARGE,UPLOAD_MALFORMED,UPLOAD_BUSY,UPLOAD_FAILED}',
                      shape => 'avatar_shape', budget => 'upload')
  FROM unnest('{POST,PUT}'::text[]) method;

CREATE FUNCTION veza.avatar_remove()
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.avatar_remove IS 'Remove the own picture.';
SELECT veza.add_route('DELETE', '/api/v1/users/me/avatar', 'veza.avatar_remove', 'user', 'writes',
                      errors => '{PRECONDITION_FAILED}', shape => 'avatar_shape');

CREATE FUNCTION veza.avatar_get(id uuid, v text DEFAULT NULL)
    RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.avatar_get IS 'Get the picture of a user, unless the profile is one that the caller may not see.
- id: the user
- v: version of the picture, as in the address that accounts show: such an answer may be kept while everybody may see the profile';
SELECT veza.add_route('GET', '/api/v1/users/:id/avatar', 'veza.avatar_get', 'optional', 'reads', envelope => 'file',
                      errors => '{AVATAR_NOT_FOUND}');
