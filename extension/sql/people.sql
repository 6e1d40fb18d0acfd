-- People: who follows and who blocks whom.

CREATE FUNCTION veza.user_follow(id text) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.user_follow IS 'Follow a user; doing it again changes nothing.
- id: the user';
SELECT veza.add_route('POST', '/api/v1/users/:id/follow', 'veza.user_follow', 'user', 'writes',
                      errors => '{USER_NOT_FOUND,USER_IS_BLOCKED,FOLLOWING_LIMIT_REACHED,RATE_LIMIT_EXCEEDED}',
                      shape => 'follow_shape');

CREATE FUNCTION veza.user_unfollow(id text) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.user_unfollow IS 'Follow a user no more; doing it again changes nothing.
- id: the user; also one whose profile can no longer be seen';
SELECT veza.add_route('DELETE', '/api/v1/users/:id/follow', 'veza.user_unfollow', 'user', 'writes',
                      errors => '{USER_NOT_FOUND}', shape => 'follow_shape');

CREATE FUNCTION veza.user_followers(
    id text, page integer DEFAULT 1, "limit" integer DEFAULT 20, cursor text DEFAULT NULL) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.user_followers IS 'List who follows a user, newest first.
Whoever the caller may not see is left out, but counted in meta.total.
- id: the user, or me
- page: page number, from 1; up to the first 10000 rows
- limit: rows per page, 1 to 100
- cursor: next_cursor of the page before; takes the place of page';
SELECT veza.add_route('GET', '/api/v1/users/:id/followers', 'veza.user_followers', 'optional', 'reads',
                      errors => '{AUTH_REQUIRED,USER_NOT_FOUND}', shape => 'follower_shape', is_list => true);

CREATE FUNCTION veza.user_following(
    id text, page integer DEFAULT 1, "limit" integer DEFAULT 20, cursor text DEFAULT NULL) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.user_following IS 'List whom a user follows, newest first.
Whoever the caller may not see is left out, but counted in meta.total.
- id: the user, or me
- page: page number, from 1; up to the first 10000 rows
- limit: rows per page, 1 to 100
- cursor: next_cursor of the page before; takes the place of page';
SELECT veza.add_route('GET', '/api/v1/users/:id/following', 'veza.user_following', 'optional', 'reads',
                      errors => '{AUTH_REQUIRED,USER_NOT_FOUND}', shape => 'follower_shape', is_list => true);

CREATE FUNCTION veza.user_relationship(id text) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.user_relationship IS 'Say how many follow a user, whether one does oneself, is followed by the user, and has blocked the user.
- id: the user, or me';
SELECT veza.add_route('GET', '/api/v1/users/:id/relationship', 'veza.user_relationship', 'optional', 'reads',
                      errors => '{AUTH_REQUIRED,USER_NOT_FOUND}', shape => 'relationship_shape');

CREATE FUNCTION veza.user_block(id text) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.user_block IS 'Block a user, who from then on sees and reaches nothing of one''s own; doing it again changes nothing.
Neither follows the other any more. The user is not told.
- id: the user';
SELECT veza.add_route('POST', '/api/v1/users/:id/block', 'veza.user_block', 'user', 'writes',
                      errors => '{USER_NOT_FOUND,RATE_LIMIT_EXCEEDED}', shape => 'block_shape');

CREATE FUNCTION veza.user_unblock(id text) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.user_unblock IS 'Block a user no more; doing it again changes nothing.
- id: the user; also one whose profile can not be seen';
SELECT veza.add_route('DELETE', '/api/v1/users/:id/block', 'veza.user_unblock', 'user', 'writes',
                      errors => '{USER_NOT_FOUND}', shape => 'block_shape');

CREATE FUNCTION veza.user_blocks(
    id text, page integer DEFAULT 1, "limit" integer DEFAULT 20, cursor text DEFAULT NULL) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.user_blocks IS 'List whom one has blocked, newest first; of others to administrators.
- id: the user, or me
- page: page number, from 1; up to the first 10000 rows
- limit: rows per page, 1 to 100
- cursor: next_cursor of the page before; takes the place of page';
SELECT veza.add_route('GET', '/api/v1/users/:id/blocks', 'veza.user_blocks', 'user', 'reads',
                      errors => '{USER_NOT_FOUND}', shape => 'blocked_shape', is_list => true);
