-- Comments on tracks, reports to moderators, and the feed.

CREATE FUNCTION veza.comment_create(
    id uuid, content text DEFAULT NULL, timestamp_ms integer DEFAULT NULL, parent_id uuid DEFAULT NULL) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.comment_create IS 'Comment on a track, or answer a comment.
Replies stand one level deep: what answers a reply stands under the same comment. Who is mentioned as @username is told, if the author sees them.
- id: the track
- content: up to 1000 characters, with up to 10 users mentioned; required
- timestamp_ms: place in the track, in ms; by default the track as a whole; not of a reply
- parent_id: the comment, or the reply, that is answered';
SELECT veza.add_route('POST', '/api/v1/tracks/:id/comments', 'veza.comment_create', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,TRACK_NOT_FOUND,COMMENT_NOT_FOUND,COMMENT_DUPLICATE,RATE_LIMIT_EXCEEDED}',
                      shape => 'comment_shape', status => 201, replay => 'stored');

CREATE FUNCTION veza.comment_list(
    id uuid, page integer DEFAULT 1, "limit" integer DEFAULT 20, cursor text DEFAULT NULL, sort text DEFAULT 'newest',
    from_ms integer DEFAULT NULL, to_ms integer DEFAULT NULL, with_total boolean DEFAULT false) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.comment_list IS 'List the comments on a track, without the replies to them.
- id: the track
- page: page number, from 1; beyond the first 10000 rows use cursor
- limit: rows per page, 1 to 100
- cursor: next_cursor of the page before; takes the place of page
- sort: newest, oldest, or position: by place in the track, which only those have that name one
- from_ms: with sort=position, the first place
- to_ms: with sort=position, the last place
- with_total: count them';
SELECT veza.add_route('GET', '/api/v1/tracks/:id/comments', 'veza.comment_list', 'optional', 'reads',
                      errors => '{VALIDATION_ERROR,TRACK_NOT_FOUND}',
                      shape => 'comment_shape', is_list => true);

CREATE FUNCTION veza.comment_replies(
    id uuid, page integer DEFAULT 1, "limit" integer DEFAULT 20, cursor text DEFAULT NULL,
    with_total boolean DEFAULT false) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.comment_replies IS 'List the replies to a comment, oldest first.
- id: the comment
- page: page number, from 1; beyond the first 10000 rows use cursor
- limit: rows per page, 1 to 100
- cursor: next_cursor of the page before; takes the place of page
- with_total: count them';
SELECT veza.add_route('GET', '/api/v1/comments/:id/replies', 'veza.comment_replies', 'optional', 'reads',
                      errors => '{VALIDATION_ERROR,COMMENT_NOT_FOUND}',
                      shape => 'comment_shape', is_list => true);

CREATE FUNCTION veza.comment_get(id uuid) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.comment_get IS 'Show a comment.
- id: the comment';
SELECT veza.add_route('GET', '/api/v1/comments/:id', 'veza.comment_get', 'optional', 'reads',
                      errors => '{VALIDATION_ERROR,COMMENT_NOT_FOUND}',
                      shape => 'comment_shape');

CREATE FUNCTION veza.comment_update(id uuid, content text DEFAULT NULL) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.comment_update IS 'Give an own comment other words; it is shown as edited.
- id: the comment
- content: up to 1000 characters; required';
SELECT veza.add_route('PUT', '/api/v1/comments/:id', 'veza.comment_update', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,COMMENT_NOT_FOUND,COMMENT_NOT_YOURS,COMMENT_DUPLICATE,PRECONDITION_FAILED,RATE_LIMIT_EXCEEDED}',
                      shape => 'comment_shape');

CREATE FUNCTION veza.comment_delete(id uuid) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.comment_delete IS 'Delete a comment: an own one, one on an own track, or as an administrator any.
Its words are gone; where it has replies an empty place stays.
- id: the comment';
SELECT veza.add_route('DELETE', '/api/v1/comments/:id', 'veza.comment_delete', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,COMMENT_NOT_FOUND,COMMENT_NOT_YOURS,PRECONDITION_FAILED}',
                      shape => 'comment_deleted_shape');

CREATE FUNCTION veza.comment_like(id uuid) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.comment_like IS 'Like a comment; doing it again changes nothing.
- id: the comment';
SELECT veza.add_route('POST', '/api/v1/comments/:id/like', 'veza.comment_like', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,COMMENT_NOT_FOUND}',
                      shape => 'comment_like_shape');

CREATE FUNCTION veza.comment_unlike(id uuid) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.comment_unlike IS 'Take a like of a comment back; doing it again changes nothing.
- id: the comment';
SELECT veza.add_route('DELETE', '/api/v1/comments/:id/like', 'veza.comment_unlike', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,COMMENT_NOT_FOUND}',
                      shape => 'comment_like_shape');

CREATE FUNCTION veza.report_create(
    subject_type text DEFAULT NULL, subject_id uuid DEFAULT NULL, reason text DEFAULT NULL, "text" text DEFAULT NULL)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.report_create IS 'Report something to the moderators; its owner is not told who did.
- subject_type: track, comment, playlist or user; required
- subject_id: its id; required
- reason: spam, harassment, hate, violence, sexual, copyright, impersonation or other; required
- text: the same in own words, up to 1000 characters; required with other';
SELECT veza.add_route('POST', '/api/v1/reports', 'veza.report_create', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,TRACK_NOT_FOUND,COMMENT_NOT_FOUND,USER_NOT_FOUND,REPORT_EXISTS,RATE_LIMIT_EXCEEDED}',
                      shape => 'report_shape', status => 201, replay => 'stored');

CREATE FUNCTION veza.report_list(
    page integer DEFAULT 1, "limit" integer DEFAULT 20, cursor text DEFAULT NULL) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.report_list IS 'List the own reports, newest first.
- page: page number, from 1
- limit: rows per page, 1 to 100
- cursor: next_cursor of the page before; takes the place of page';
SELECT veza.add_route('GET', '/api/v1/reports', 'veza.report_list', 'user', 'reads',
                      errors => '{VALIDATION_ERROR}',
                      shape => 'report_shape', is_list => true);

CREATE FUNCTION veza.report_get(id uuid) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.report_get IS 'Show an own report, and whether moderators have decided.
- id: the report';
SELECT veza.add_route('GET', '/api/v1/reports/:id', 'veza.report_get', 'user', 'reads',
                      errors => '{VALIDATION_ERROR,REPORT_NOT_FOUND}',
                      shape => 'report_shape');

CREATE FUNCTION veza.moderation_decisions(
    page integer DEFAULT 1, "limit" integer DEFAULT 20, cursor text DEFAULT NULL) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.moderation_decisions IS 'List what moderators have decided about own things, newest first.
- page: page number, from 1
- limit: rows per page, 1 to 100
- cursor: next_cursor of the page before; takes the place of page';
SELECT veza.add_route('GET', '/api/v1/moderation/decisions', 'veza.moderation_decisions', 'user', 'reads',
                      errors => '{VALIDATION_ERROR}',
                      shape => 'moderation_decision_shape', is_list => true);

CREATE FUNCTION veza.moderation_decision(id uuid) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.moderation_decision IS 'Show what moderators have decided about something of one''s own, and why.
- id: the decision';
SELECT veza.add_route('GET', '/api/v1/moderation/decisions/:id', 'veza.moderation_decision', 'user', 'reads',
                      errors => '{VALIDATION_ERROR,CASE_NOT_FOUND}',
                      shape => 'moderation_decision_shape');

CREATE FUNCTION veza.moderation_cases(
    state text DEFAULT NULL, subject_type text DEFAULT NULL,
    page integer DEFAULT 1, "limit" integer DEFAULT 20, cursor text DEFAULT NULL) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.moderation_cases IS 'List what was reported, newest first.
- state: open, hidden, warned, closed or reinstated; by default all
- subject_type: track, comment, playlist or user; by default all
- page: page number, from 1
- limit: rows per page, 1 to 100
- cursor: next_cursor of the page before; takes the place of page';
SELECT veza.add_route('GET', '/api/v1/admin/reports', 'veza.moderation_cases', 'admin', 'slow',
                      errors => '{VALIDATION_ERROR}',
                      shape => 'moderation_case_shape', is_list => true);

CREATE FUNCTION veza.moderation_case(id uuid) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.moderation_case IS 'Show what was reported, and by whom.
- id: the case';
SELECT veza.add_route('GET', '/api/v1/admin/reports/:id', 'veza.moderation_case', 'admin', 'slow',
                      errors => '{VALIDATION_ERROR,CASE_NOT_FOUND}',
                      shape => 'moderation_case_detail_shape');

CREATE FUNCTION veza.moderation_hide(id uuid, reason text) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.moderation_hide IS 'Hide what was reported from everybody, at once: a comment is hidden, a track taken down, an account suspended. Its owner is told why.
- id: the case
- reason: why; its owner reads it';
SELECT veza.add_route('POST', '/api/v1/admin/reports/:id/hide', 'veza.moderation_hide', 'admin', 'writes',
                      errors => '{VALIDATION_ERROR,CASE_NOT_FOUND,CASE_DECIDED,USER_NOT_FOUND,ADMIN_OWN_ACCOUNT}',
                      shape => 'moderation_case_shape');

CREATE FUNCTION veza.moderation_warn(id uuid, reason text) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.moderation_warn IS 'Leave what was reported as it is, and warn its owner.
- id: the case
- reason: why; its owner reads it';
SELECT veza.add_route('POST', '/api/v1/admin/reports/:id/warn', 'veza.moderation_warn', 'admin', 'writes',
                      errors => '{VALIDATION_ERROR,CASE_NOT_FOUND,CASE_DECIDED}',
                      shape => 'moderation_case_shape');

CREATE FUNCTION veza.moderation_close(id uuid, reason text) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.moderation_close IS 'Find nothing wrong with what was reported; its owner hears nothing of it.
- id: the case
- reason: why; moderators read it';
SELECT veza.add_route('POST', '/api/v1/admin/reports/:id/close', 'veza.moderation_close', 'admin', 'writes',
                      errors => '{VALIDATION_ERROR,CASE_NOT_FOUND,CASE_DECIDED}',
                      shape => 'moderation_case_shape');

CREATE FUNCTION veza.moderation_reinstate(id uuid, reason text) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.moderation_reinstate IS 'Show again what was hidden; its owner is told.
- id: the case
- reason: why; its owner reads it';
SELECT veza.add_route('POST', '/api/v1/admin/reports/:id/reinstate', 'veza.moderation_reinstate', 'admin', 'writes',
                      errors => '{VALIDATION_ERROR,CASE_NOT_FOUND,CASE_DECIDED,USER_NOT_FOUND,ADMIN_OWN_ACCOUNT}',
                      shape => 'moderation_case_shape');

CREATE FUNCTION veza.feed(
    page integer DEFAULT 1, "limit" integer DEFAULT 20, cursor text DEFAULT NULL) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.feed IS 'Show what those whom one follows have published, newest first.
- page: page number, from 1; beyond the first 200 rows use cursor
- limit: rows per page, 1 to 100
- cursor: next_cursor of the page before; takes the place of page';
SELECT veza.add_route('GET', '/api/v1/feed', 'veza.feed', 'user', 'slow',
                      errors => '{VALIDATION_ERROR}',
                      shape => 'feed_shape', is_list => true);
