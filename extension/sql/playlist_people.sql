-- Playlists: who works on them, follows and likes them.

CREATE FUNCTION veza.playlist_members(
    id uuid, page integer DEFAULT 1, "limit" integer DEFAULT 20, cursor text DEFAULT NULL) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.playlist_members IS 'List who takes part in a playlist, for who does so: its owner first, then the others as they were invited.
- id: the playlist
- page: page number, from 1; beyond the first 10000 rows use cursor
- limit: rows per page, 1 to 100
- cursor: next_cursor of the page before; takes the place of page';
SELECT veza.add_route('GET', '/api/v1/playlists/:id/collaborators', 'veza.playlist_members', 'user', 'reads',
                      errors => '{VALIDATION_ERROR,PLAYLIST_NOT_FOUND,PLAYLIST_NOT_YOURS}',
                      shape => 'playlist_member_shape', is_list => true);

CREATE FUNCTION veza.playlist_invite(
    id uuid, user_id uuid DEFAULT NULL, username text DEFAULT NULL, role text DEFAULT 'editor') RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.playlist_invite IS 'Invite somebody to an own playlist; doing it again changes nothing but the role.
- id: the playlist
- user_id: whom
- username: the same by name
- role: editor, who changes the entries, or viewer; also write or read';
SELECT veza.add_route('POST', '/api/v1/playlists/:id/collaborators', 'veza.playlist_invite', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,PLAYLIST_NOT_FOUND,PLAYLIST_NOT_YOURS,USER_NOT_FOUND,PLAYLIST_FULL,RATE_LIMIT_EXCEEDED}',
                      shape => 'playlist_member_shape', status => 201, replay => 'stored',
                      aliases => '{"role": ["permission"]}');

CREATE FUNCTION veza.playlist_member_role(id uuid, user_id uuid, role text) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.playlist_member_role IS 'Let somebody who takes part in an own playlist, or was invited to it, have another role.
- id: the playlist
- user_id: who
- role: editor or viewer; also write or read';
SELECT veza.add_route('PUT', '/api/v1/playlists/:id/collaborators/:user_id', 'veza.playlist_member_role', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,PLAYLIST_NOT_FOUND,PLAYLIST_NOT_YOURS,COLLABORATOR_NOT_FOUND}',
                      shape => 'playlist_member_shape', aliases => '{"role": ["permission"]}');

CREATE FUNCTION veza.playlist_member_remove(id uuid, user_id text) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.playlist_member_remove IS 'Remove somebody from an own playlist, or leave one; what they have added stays.
- id: the playlist
- user_id: who; me leaves';
SELECT veza.add_route('DELETE', '/api/v1/playlists/:id/collaborators/:user_id', 'veza.playlist_member_remove', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,PLAYLIST_NOT_FOUND,PLAYLIST_NOT_YOURS,COLLABORATOR_NOT_FOUND}',
                      shape => 'message_shape');

CREATE FUNCTION veza.playlist_accept(id uuid) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.playlist_accept IS 'Accept the invitation to a playlist.
- id: the playlist';
SELECT veza.add_route('POST', '/api/v1/playlists/:id/invitation', 'veza.playlist_accept', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,PLAYLIST_NOT_FOUND,INVITATION_NOT_FOUND}',
                      shape => 'playlist_member_shape');

CREATE FUNCTION veza.playlist_decline(id uuid) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.playlist_decline IS 'Decline the invitation to a playlist.
- id: the playlist';
SELECT veza.add_route('DELETE', '/api/v1/playlists/:id/invitation', 'veza.playlist_decline', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,PLAYLIST_NOT_FOUND,INVITATION_NOT_FOUND}',
                      shape => 'message_shape');

CREATE FUNCTION veza.playlist_follow(id uuid) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.playlist_follow IS 'Follow a playlist; doing it again changes nothing.
- id: the playlist';
SELECT veza.add_route('POST', '/api/v1/playlists/:id/follow', 'veza.playlist_follow', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,PLAYLIST_NOT_FOUND}',
                      shape => 'playlist_follow_shape');

CREATE FUNCTION veza.playlist_unfollow(id uuid) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.playlist_unfollow IS 'Take that back: no longer follow a playlist; doing it again changes nothing.
- id: the playlist';
SELECT veza.add_route('DELETE', '/api/v1/playlists/:id/follow', 'veza.playlist_unfollow', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,PLAYLIST_NOT_FOUND}',
                      shape => 'playlist_follow_shape');

CREATE FUNCTION veza.playlist_like(id uuid) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.playlist_like IS 'Like a playlist; doing it again changes nothing.
- id: the playlist';
SELECT veza.add_route('POST', '/api/v1/playlists/:id/like', 'veza.playlist_like', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,PLAYLIST_NOT_FOUND}',
                      shape => 'playlist_like_shape');

CREATE FUNCTION veza.playlist_unlike(id uuid) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.playlist_unlike IS 'Take that back: no longer like a playlist; doing it again changes nothing.
- id: the playlist';
SELECT veza.add_route('DELETE', '/api/v1/playlists/:id/like', 'veza.playlist_unlike', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,PLAYLIST_NOT_FOUND}',
                      shape => 'playlist_like_shape');
