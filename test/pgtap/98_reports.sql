-- Reports to moderators, and what they decide: it holds at once, everywhere; who reported is told to nobody.

BEGIN;
SELECT no_plan();

SELECT test.user('creator') AS owner \gset
SELECT test.user() AS a \gset
SELECT test.user() AS b \gset
SELECT test.user() AS c \gset
SELECT test.user('admin') AS admin \gset
SELECT test.ready(:'owner', 'Reported') AS t \gset
UPDATE veza_data.setting SET value = '1000' WHERE name IN ('comment_limit', 'comment_hour_limit', 'report_limit');
CREATE FUNCTION pg_temp.report(kind text, id text, caller uuid, reason text DEFAULT 'spam', words text DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http('POST', '/api/v1/reports', jsonb_build_object('subject_type', $1, 'subject_id', $2, 'reason', $4, 'text', $5), $3)
$$;
CREATE FUNCTION pg_temp.id(answer jsonb) RETURNS text LANGUAGE sql AS $$ SELECT coalesce($1 ->> 'refusal', $1 -> 'result' ->> 'id') $$;
CREATE FUNCTION pg_temp.reports(kind text, id text, caller uuid, reason text DEFAULT 'spam', words text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.id(pg_temp.report($1, $2, $3, $4, $5))
$$;
CREATE FUNCTION pg_temp.case_of(id text) RETURNS uuid LANGUAGE sql AS $$ SELECT k.id FROM veza_data.moderation_case k WHERE k.subject_id = $1::uuid ORDER BY (state = 'open') DESC, created_at DESC LIMIT 1 $$;
CREATE FUNCTION pg_temp.decide(event text, subject text, caller uuid, reason text DEFAULT 'House rules') RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(x ->> 'refusal', x -> 'result' ->> 'state') FROM test.http('POST', '/api/v1/admin/reports/:id/' || $1, jsonb_build_object('id', pg_temp.case_of($2), 'reason', $4), $3) x
$$;
CREATE FUNCTION pg_temp.write(track text, caller uuid, content text, parent text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.id(test.http('POST', '/api/v1/tracks/:id/comments', jsonb_build_object('id', $1, 'content', $3, 'parent_id', $4), $2))
$$;
CREATE FUNCTION pg_temp.sees(path text, id text, caller uuid) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(test.http('GET', $1, jsonb_build_object('id', $2), $3) ->> 'refusal', 'yes')
$$;
CREATE FUNCTION pg_temp.told(who uuid) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(concat_ws(' ', n.kind, n.subject_type, CASE WHEN n.actor_id IS NULL THEN 'by nobody' END), ', ' ORDER BY n.subject_type), 'nothing') FROM veza_data.notification n WHERE n.user_id = $1 AND n.kind = 'review_decision'
$$;
CREATE FUNCTION pg_temp.own(path text, caller uuid) RETURNS jsonb LANGUAGE sql AS $$ SELECT test.http('GET', $1, '{}', $2) -> 'result' $$;
SELECT pg_temp.write(:'t', :'a', 'Buy cheap plays') AS spam \gset

-- ---- reporting

SELECT pg_temp.report('comment', :'spam', :'b', 'spam', 'Look at it') AS first \gset
SELECT is(:'first'::jsonb -> 'head' -> 'status', '201', 'somebody reports a comment');
SELECT is((:'first'::jsonb -> 'result') - '{id,created_at}'::text[], jsonb_build_object('subject_type', 'comment', 'subject_id', :'spam', 'reason', 'spam', 'text', 'Look at it', 'state', 'open', 'decided_at', NULL, 'reporter_id', :'b'), 'which waits for moderators');
SELECT is(pg_temp.reports('comment', :'spam', :'b'), 'REPORT_EXISTS', 'once');
SELECT is(pg_temp.reports('comment', :'spam', :'b', 'hate'), 'REPORT_EXISTS', 'for whatever reason');
SELECT is(pg_temp.reports('comment', :'spam', :'c', 'OTHER', 'I do not like it') ~ '^[0-9a-f-]{36}$', true, 'another one reports it, too');
SELECT is((SELECT count(*) FROM veza_data.moderation_case), 1::bigint, 'it is one case');
SELECT is(pg_temp.reports('comment', :'spam', NULL), 'AUTH_REQUIRED', 'nobody reports nothing');
SELECT is(pg_temp.reports('comment', :'spam', :'a'), 'VALIDATION_ERROR', 'nor does anybody what is their own');
SELECT is(pg_temp.reports('user', :'a', :'a'), 'VALIDATION_ERROR', 'or themselves');
SELECT is(pg_temp.reports(kind, :'spam', :'b', reason, words), 'VALIDATION_ERROR', 'not ' || coalesce(kind, 'nothing') || ' for ' || coalesce(reason, 'nothing'))
  FROM (VALUES ('plan', 'spam', NULL), (NULL, 'spam', NULL), ('comment', 'boring', NULL), ('comment', NULL, NULL), ('comment', 'other', NULL), ('comment', 'other', '  '), ('comment', 'spam', repeat('x', 1001))) v(kind, reason, words);
SELECT is(pg_temp.reports(kind, gen_random_uuid()::text, :'b'), refusal, 'what is not there: ' || kind) FROM (VALUES ('track', 'TRACK_NOT_FOUND'), ('comment', 'COMMENT_NOT_FOUND'), ('user', 'USER_NOT_FOUND')) v(kind, refusal);
UPDATE veza_data.track SET visibility = 'private' WHERE id = :'t';
SELECT is(pg_temp.reports('track', :'t', :'b'), 'TRACK_NOT_FOUND', 'nor what is not to be seen');
SELECT is(pg_temp.reports('comment', :'spam', :'b'), 'COMMENT_NOT_FOUND', 'or hangs on it');
UPDATE veza_data.track SET visibility = 'public' WHERE id = :'t';
INSERT INTO veza_data.user_block VALUES (:'owner', :'c', now()), (:'a', :'c', now());
SELECT is(pg_temp.reports(kind, id, :'c'), refusal, 'nor what is whose owner has blocked one: ' || kind) FROM (VALUES ('track', :'t', 'TRACK_NOT_FOUND'), ('comment', :'spam', 'COMMENT_NOT_FOUND'), ('user', :'a', 'USER_NOT_FOUND')) v(kind, id, refusal);
DELETE FROM veza_data.user_block;
SELECT is(jsonb_path_query_array(pg_temp.own('/api/v1/reports', :'b'), '$[*].id'), jsonb_build_array(pg_temp.id(:'first'::jsonb)), 'one lists one''s own reports');
SELECT is(test.http('GET', '/api/v1/reports/:id', jsonb_build_object('id', pg_temp.id(:'first'::jsonb)), who) ->> 'refusal', refusal, 'others'' are not there') FROM (VALUES (:'b'::uuid, NULL), (:'a', 'REPORT_NOT_FOUND'), (:'c', 'REPORT_NOT_FOUND')) v(who, refusal);
SELECT is(pg_temp.told(:'a'), 'nothing', 'who was reported does not hear of it');
SELECT is(pg_temp.own('/api/v1/moderation/decisions', :'a'), '[]', 'nor reads of it');
SELECT is(test.http('GET', '/api/v1/moderation/decisions', '{}', :'a') -> 'head' -> 'meta' ->> 'total', '0', 'not even that there is something');

-- ---- what moderators have before them

SELECT is(test.http('GET', path, jsonb_build_object('id', pg_temp.case_of(:'spam')), :'a') ->> 'refusal', 'AUTH_INSUFFICIENT_PERMISSIONS', path || ' is the moderators''') FROM unnest('{/api/v1/admin/reports,/api/v1/admin/reports/:id}'::text[]) path;
SELECT is(pg_temp.decide(event, :'spam', :'a'), 'AUTH_INSUFFICIENT_PERMISSIONS', event || ' is theirs to do') FROM unnest('{hide,warn,close,reinstate}'::text[]) event;
SELECT is((pg_temp.own('/api/v1/admin/reports', :'admin') -> 0) - '{id,created_at,updated_at,owner_username}'::text[],
          jsonb_build_object('subject_type', 'comment', 'subject_id', :'spam', 'owner_id', :'a', 'state', 'open', 'excerpt', 'Buy cheap plays', 'reports', 2, 'reasons', '{"spam": 1, "other": 1}'::jsonb, 'note', NULL, 'decided_by', NULL, 'decided_at', NULL), 'a case');
SELECT is((SELECT string_agg(concat_ws(' ', x ->> 'reason', x ->> 'text'), ', ' ORDER BY x ->> 'reason') FROM jsonb_array_elements(test.http('GET', '/api/v1/admin/reports/:id', jsonb_build_object('id', pg_temp.case_of(:'spam')), :'admin') -> 'result' -> 'newest_reports') x),
          'other I do not like it, spam Look at it', 'with what reporters said');
SELECT pg_temp.reports('track', :'t', :'b', 'copyright'), pg_temp.reports('user', :'owner', :'b', 'impersonation');
UPDATE veza_data.moderation_case SET created_at = now() - CASE subject_type WHEN 'comment' THEN 1 WHEN 'track' THEN 2 ELSE 3 END * interval '1 hour';
CREATE FUNCTION pg_temp.cases(args jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(x ->> 'refusal', (SELECT string_agg(y ->> 'subject_type', ' ' ORDER BY n) FROM jsonb_array_elements(x -> 'result') WITH ORDINALITY l(y, n)), 'none')
      FROM test.http('GET', '/api/v1/admin/reports', $1, (SELECT u.id FROM veza_data.users u WHERE role = 'admin')) x
$$;
SELECT is(pg_temp.cases(args::jsonb), found, args) FROM (VALUES ('{}', 'comment track user'), ('{"state": "open"}', 'comment track user'), ('{"state": "closed"}', 'none'), ('{"subject_type": "track"}', 'track'), ('{"limit": 1, "page": 2}', 'track'),
    ('{"state": "odd"}', 'VALIDATION_ERROR'), ('{"subject_type": "plan"}', 'VALIDATION_ERROR'), ('{"limit": 0}', 'VALIDATION_ERROR')) v(args, found);
SELECT is(pg_temp.cases(jsonb_build_object('cursor', test.http('GET', '/api/v1/admin/reports', '{"limit": 1}', :'admin') -> 'head' -> 'meta' ->> 'next_cursor')), 'track user', 'by cursor');

-- ---- a comment is hidden

SELECT pg_temp.write(:'t', :'b', 'Go away', :'spam') AS reply \gset
SELECT is(pg_temp.decide('hide', :'spam', :'admin', '  '), 'VALIDATION_ERROR', 'nobody decides without a reason');
SELECT is(pg_temp.decide('hide', :'spam', :'admin', repeat('x', 1001)), 'VALIDATION_ERROR', 'or with a book');
SELECT is(pg_temp.decide('reinstate', :'spam', :'admin'), 'CASE_DECIDED', 'what is not hidden is not shown again');
SELECT is(pg_temp.decide('hide', :'spam', :'admin', 'No advertising'), 'hidden', 'a moderator hides it');
SELECT is(pg_temp.sees('/api/v1/comments/:id', :'spam', who), seen, 'it is there for moderators alone') FROM (VALUES (:'a'::uuid, 'COMMENT_NOT_FOUND'), (:'b', 'COMMENT_NOT_FOUND'), (NULL, 'COMMENT_NOT_FOUND'), (:'owner', 'COMMENT_NOT_FOUND'), (:'admin', 'yes')) v(who, seen);
SELECT is((SELECT string_agg(coalesce(x ->> 'content', '[]'), ' ') FROM jsonb_array_elements(test.http('GET', '/api/v1/tracks/:id/comments', jsonb_build_object('id', :'t')) -> 'result') x), '[]', 'an empty place where there are replies');
SELECT is(test.http('GET', '/api/v1/tracks/:id', jsonb_build_object('id', :'t')) -> 'result' ->> 'comment_count', '1', 'it is not counted');
SELECT is(test.http('PUT', '/api/v1/comments/:id', jsonb_build_object('id', :'spam', 'content', 'x'), :'a') ->> 'refusal', 'COMMENT_NOT_FOUND', 'nor edited');
SELECT is(pg_temp.decide(event, :'spam', :'admin'), 'CASE_DECIDED', 'what is decided is decided: ' || event) FROM unnest('{hide,warn,close}'::text[]) event;
SELECT is(pg_temp.told(:'a'), 'review_decision moderation_case by nobody', 'its author is told, not by whom');
SELECT is((pg_temp.own('/api/v1/moderation/decisions', :'a') -> 0) - '{id,created_at}'::text[], jsonb_build_object('subject_type', 'comment', 'subject_id', :'spam', 'decision', 'hidden', 'note', 'No advertising', 'owner_id', :'a'), 'and reads why');
SELECT is(pg_temp.own('/api/v1/moderation/decisions', :'a')::text LIKE ANY (ARRAY['%' || :'b' || '%', '%Look at it%']), false, 'but not who reported it');
SELECT is(pg_temp.sees('/api/v1/moderation/decisions/:id', pg_temp.case_of(:'spam')::text, who), seen, 'which is nobody else''s') FROM (VALUES (:'a'::uuid, 'yes'), (:'b', 'CASE_NOT_FOUND'), (:'owner', 'CASE_NOT_FOUND')) v(who, seen);
SELECT is(pg_temp.told(who), 'nothing', 'reporters wait for the job') FROM unnest(ARRAY[:'b', :'c']::uuid[]) who;
SELECT is(veza.job_unit('tell_reporters', ''), 2::bigint, 'which tells');
SELECT is(pg_temp.told(who), 'review_decision report by nobody', 'each of them') FROM unnest(ARRAY[:'b', :'c']::uuid[]) who;
SELECT is(veza.job_unit('tell_reporters', ''), 0::bigint, 'once');
SELECT is(test.http('GET', '/api/v1/reports/:id', jsonb_build_object('id', pg_temp.id(:'first'::jsonb)), :'b') -> 'result' ->> 'state', 'closed', 'their report is closed');
SELECT is((SELECT concat_ws(' ', action, reason, details ->> 'subject_type', actor_id = :'admin') FROM veza_data.audit_log WHERE resource_type = 'moderation_case' ORDER BY id DESC LIMIT 1), 'moderation.hide No advertising comment t', 'it is on record');
SELECT is((SELECT string_agg(event, ' ' ORDER BY id) FROM veza_data.state_history WHERE entity_id = pg_temp.case_of(:'spam')), 'report hide', 'with its history');
SELECT is(test.audit(), 'nothing', 'counted is what there is');
UPDATE veza_data.comment SET hidden_at = NULL WHERE id = :'spam';
SELECT is(test.audit() LIKE '%case_not_followed%', true, 'a decision that was not followed is noticed');
UPDATE veza_data.comment SET hidden_at = now() WHERE id = :'spam';
SELECT is(pg_temp.decide('reinstate', :'spam', :'admin', 'A mistake'), 'reinstated', 'it is shown again');
SELECT is(pg_temp.sees('/api/v1/comments/:id', :'spam', NULL), 'yes', 'to everybody');
SELECT is(pg_temp.own('/api/v1/moderation/decisions', :'a') -> 0 ->> 'note', 'A mistake', 'its author reads that, too');
SELECT is(test.http('GET', '/api/v1/tracks/:id', jsonb_build_object('id', :'t')) -> 'result' ->> 'comment_count', '2', 'it is counted');
SELECT is(test.audit(), 'nothing', 'as it is');
SELECT is(pg_temp.reports('comment', :'spam', :'b') ~ '^[0-9a-f-]{36}$', true, 'it can be reported anew');
DELETE FROM veza_data.notification;
SELECT is(pg_temp.decide('close', :'spam', :'admin', 'Fine by me') || ', ' || pg_temp.told(:'a'), 'closed, nothing', 'and be found fine, of which its author is not told');
SELECT is(pg_temp.own('/api/v1/moderation/decisions', :'a')::text LIKE '%Fine by me%', false, 'of which its author hears nothing');
SELECT is(test.http('DELETE', '/api/v1/comments/:id', jsonb_build_object('id', :'spam'), :'a') ->> 'refusal', NULL, 'it is deleted');
SELECT is((SELECT excerpt FROM veza_data.moderation_case WHERE id = pg_temp.case_of(:'spam')), 'Buy cheap plays', 'moderators know what it said');

SELECT pg_temp.write(:'t', :'a', 'Worse') AS worse \gset
SELECT pg_temp.reports('comment', :'worse', :'b');
SELECT pg_temp.decide('hide', :'worse', :'admin');
SELECT is(test.http('DELETE', '/api/v1/comments/:id', jsonb_build_object('id', :'worse'), :'a') ->> 'refusal', NULL, 'its author deletes what is hidden');
SELECT is(test.audit(), 'nothing', 'which was not counted any more');
SELECT is(pg_temp.decide('reinstate', :'worse', :'admin'), 'reinstated', 'reinstating what is gone');
SELECT is(concat_ws(' ', test.audit(), pg_temp.sees('/api/v1/comments/:id', :'worse', :'a')), 'nothing COMMENT_NOT_FOUND', 'brings nothing back');

-- ---- a playlist

SELECT test.http('POST', '/api/v1/playlists', jsonb_build_object('name', 'Rude', 'description', 'Words', 'visibility', 'public', 'track_ids', format('{%s}', :'t')), :'owner') -> 'result' ->> 'id' AS p \gset
INSERT INTO veza_data.playlist_member (playlist_id, user_id, role, created_at, accepted_at) VALUES (:'p', :'c', 'editor', now(), now());
SELECT test.http('POST', '/api/v1/playlists/:id/follow', jsonb_build_object('id', :'p'), :'a') ->> 'refusal';
SELECT is(pg_temp.reports('playlist', :'p', :'owner'), 'VALIDATION_ERROR', 'nobody reports an own playlist');
SELECT is(pg_temp.reports('playlist', gen_random_uuid()::text, :'b'), 'PLAYLIST_NOT_FOUND', 'nor one that is not there');
INSERT INTO veza_data.user_block VALUES (:'owner', :'a', now());
SELECT is(pg_temp.reports('playlist', :'p', :'a'), 'PLAYLIST_NOT_FOUND', 'nor whose owner has blocked one');
DELETE FROM veza_data.user_block;
UPDATE veza_data.playlist SET visibility = 'private' WHERE id = :'p';
SELECT is(pg_temp.reports('playlist', :'p', :'b'), 'PLAYLIST_NOT_FOUND', 'nor what is private');
UPDATE veza_data.playlist SET visibility = 'public' WHERE id = :'p';
SELECT is(pg_temp.reports('playlist', :'p', :'b', 'hate') ~ '^[0-9a-f-]{36}$', true, 'somebody reports a playlist');
SELECT is((SELECT concat_ws(', ', subject_type, excerpt, owner_id = :'owner') FROM veza_data.moderation_case WHERE subject_id = :'p'), 'playlist, Rude - Words, t', 'of which moderators know what it said');
SELECT is(pg_temp.decide('hide', :'p', :'admin', 'Be kind'), 'hidden', 'a playlist is taken down');
CREATE FUNCTION pg_temp.lists(caller uuid, scope text) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(x ->> 'name', ' '), 'nothing') FROM jsonb_array_elements(test.http('GET', '/api/v1/playlists', jsonb_build_object('scope', $2), $1) -> 'result') x
$$;
SELECT is(pg_temp.sees(path, :'p', who), 'PLAYLIST_NOT_FOUND', path || ': at the next request, for ' || name) FROM unnest('{/api/v1/playlists/:id,/api/v1/playlists/:id/tracks,/api/v1/playlists/:id/export}'::text[]) path,
    (VALUES (NULL::uuid, 'nobody'), (:'b', 'strangers'), (:'a', 'followers'), (:'c', 'editors')) v(who, name);
SELECT is(pg_temp.sees('/api/v1/playlists/:id', :'p', who), 'yes', 'its owner and administrators see it') FROM unnest(ARRAY[:'owner', :'admin']::uuid[]) who;
SELECT is(pg_temp.lists(who, scope), 'nothing', 'it is in no list: ' || scope) FROM (VALUES (:'b'::uuid, 'public'), (:'a', 'followed'), (:'c', 'collaborated'), (:'admin', 'public'), (:'owner', 'public')) v(who, scope);
SELECT is(pg_temp.lists(:'owner', 'own'), 'Rude', 'but its owner''s own');
SELECT is((SELECT concat_ws(', ', r ->> 'taken_down_reason', (r ->> 'taken_down_at') IS NOT NULL) FROM (SELECT test.http('GET', '/api/v1/playlists/:id', jsonb_build_object('id', :'p'), :'owner') -> 'result' AS r) x), 'Be kind, t', 'who reads why');
SELECT is(test.http('POST', path, jsonb_build_object('id', :'p', 'track_ids', format('{%s}', :'t')), :'c') ->> 'refusal', 'PLAYLIST_NOT_FOUND', path || ': nor is anything done with it') FROM unnest('{/api/v1/playlists/:id/like,/api/v1/playlists/:id/follow,/api/v1/playlists/:id/fork,/api/v1/playlists/:id/tracks}'::text[]) path;
SELECT is(test.http('PUT', '/api/v1/playlists/:id', jsonb_build_object('id', :'p', 'visibility', v), :'owner') ->> 'refusal', NULL, 'its owner may make it ' || v) FROM unnest('{private,public}'::text[]) v;
SELECT is(pg_temp.sees('/api/v1/playlists/:id', :'p', :'b'), 'PLAYLIST_NOT_FOUND', 'which brings nothing back');
SELECT test.http('DELETE', '/api/v1/playlists/:id', jsonb_build_object('id', :'p'), :'owner'), test.http('POST', '/api/v1/playlists/:id/restore', jsonb_build_object('id', :'p'), :'owner');
SELECT is(pg_temp.sees('/api/v1/playlists/:id', :'p', :'b'), 'PLAYLIST_NOT_FOUND', 'nor does removing and restoring it');
SELECT is(pg_temp.reports('playlist', :'p', :'b'), 'PLAYLIST_NOT_FOUND', 'nobody reports it again');
SELECT is((SELECT string_agg(concat_ws(' ', action, reason), ', ' ORDER BY id) FROM veza_data.audit_log WHERE resource_id = :'p' AND action ~ 'take|reinst'), 'playlist.take_down Be kind', 'it is on record');
SELECT is(test.audit(), 'nothing', 'all is well');
UPDATE veza_data.playlist SET taken_down_at = NULL, taken_down_reason = NULL WHERE id = :'p';
SELECT is(test.audit() LIKE '%case_not_followed%', true, 'a decision about a playlist that was not followed is noticed');
UPDATE veza_data.playlist SET taken_down_at = now(), taken_down_reason = 'Be kind' WHERE id = :'p';
SELECT is(pg_temp.decide('reinstate', :'p', :'admin', 'A mistake'), 'reinstated', 'it is let back');
SELECT is(pg_temp.sees('/api/v1/playlists/:id', :'p', NULL) || ' ' || pg_temp.lists(:'b', 'public') || ' ' || pg_temp.lists(:'c', 'collaborated'), 'yes Rude Rude', 'and there for everybody');
SELECT is(test.http('GET', '/api/v1/playlists/:id', jsonb_build_object('id', :'p'), :'owner') -> 'result' -> 'taken_down_reason', 'null', 'without a reason');
SELECT test.wait('1 second');
SELECT pg_temp.reports('playlist', :'p', :'b');
SELECT is(test.http('DELETE', '/api/v1/playlists/:id', jsonb_build_object('id', :'p'), :'owner') ->> 'refusal', NULL, 'its owner removes it');
SELECT is(pg_temp.decide('hide', :'p', :'admin', 'Again'), 'hidden', 'it is hidden nevertheless');
SELECT is(test.http('POST', '/api/v1/playlists/:id/restore', jsonb_build_object('id', :'p'), :'owner') ->> 'refusal' || pg_temp.sees('/api/v1/playlists/:id', :'p', :'b'), NULL, 'is restored');
SELECT is(pg_temp.sees('/api/v1/playlists/:id', :'p', :'b'), 'PLAYLIST_NOT_FOUND', 'for its owner alone');
DELETE FROM veza_data.playlist WHERE id = :'p';
SELECT is(pg_temp.decide('reinstate', :'p', :'admin'), 'reinstated', 'reinstating what is purged');
SELECT is(test.audit(), 'nothing', 'brings nothing back');

-- ---- a track, and a user

SELECT is(pg_temp.decide('hide', :'t', :'admin', 'Not yours'), 'hidden', 'a track is taken down');
SELECT is(pg_temp.sees(path, :'t', :'b'), 'TRACK_NOT_FOUND', path || ': at the next request') FROM unnest('{/api/v1/tracks/:id,/api/v1/tracks/:id/comments,/api/v1/tracks/:id/likes}'::text[]) path;
SELECT is(test.http('GET', '/api/v1/tracks/:id', jsonb_build_object('id', :'t'), :'owner') -> 'result' ->> 'taken_down_reason', 'Not yours', 'its owner reads why');
SELECT is(pg_temp.decide('reinstate', :'t', :'admin'), 'reinstated', 'and let back');
SELECT is(pg_temp.sees('/api/v1/tracks/:id', :'t', :'b'), 'yes', 'to be seen');
SELECT is(pg_temp.decide('hide', :'owner', :'admin', 'Somebody else'), 'hidden', 'a user is suspended');
SELECT is(pg_temp.sees('/api/v1/users/:id', :'owner', :'b') || ' ' || pg_temp.sees('/api/v1/tracks/:id', :'t', :'b'), 'USER_NOT_FOUND TRACK_NOT_FOUND', 'and not there, with all that is theirs');
SELECT is(test.http('GET', '/api/v1/auth/me', '{}', :'owner') ->> 'refusal' IS NOT NULL, true, 'nor let in');
SELECT is(pg_temp.decide('reinstate', :'owner', :'admin'), 'reinstated', 'until');
SELECT is(pg_temp.sees('/api/v1/users/:id', :'owner', :'b'), 'yes', 'the account is given back');
SELECT pg_temp.reports('user', :'admin', :'b');
SELECT is(pg_temp.decide('hide', :'admin', :'admin'), 'ADMIN_OWN_ACCOUNT', 'no administrator suspends themselves');
SELECT pg_temp.reports('track', :'t', :'b', 'sexual');
DELETE FROM veza_data.notification;
SELECT is(pg_temp.decide('warn', :'t', :'admin', 'Mark it as explicit'), 'warned', 'its owner is warned');
SELECT is(pg_temp.sees('/api/v1/tracks/:id', :'t', :'b') || ', ' || pg_temp.told(:'owner'), 'yes, review_decision moderation_case by nobody', 'and told; it stays');
SELECT is(pg_temp.decide('hide', gen_random_uuid()::text, :'admin'), 'CASE_NOT_FOUND', 'what was not reported is not decided');

-- ---- limits, and an account that ends

UPDATE veza_data.setting SET value = '2' WHERE name = 'report_limit';
SELECT test.user() AS eager \gset
SELECT is(string_agg(CASE WHEN length(x) = 36 THEN 'ok' ELSE x END, ' ' ORDER BY n), 'ok ok RATE_LIMIT_EXCEEDED', 'so many in an hour') FROM unnest(ARRAY[:'a', :'b', :'c']) WITH ORDINALITY u(id, n), LATERAL (SELECT pg_temp.reports('user', id, :'eager')) s(x);
UPDATE veza_data.setting SET value = '1000' WHERE name = 'report_limit';
SELECT veza.auth_register('leaver', 'leaver@veza.example', 'tortoise shell nine') ->> 'x';
SELECT id AS leaver FROM veza_data.users WHERE username = 'leaver' \gset
SELECT pg_temp.write(:'t', :'leaver', 'Hateful words') AS hateful \gset
SELECT pg_temp.reports('comment', :'hateful', :'b', 'hate', 'My words'), pg_temp.reports('user', :'a', :'leaver', 'other', 'Leaving words');
SELECT test.act(:'leaver');
SELECT is(veza.account_export()::jsonb -> 'reports' -> 0 ->> 'text', 'Leaving words', 'what one has reported is exported');
SELECT is(veza.account_export()::text LIKE '%My words%', false, 'what others have reported is not');
SELECT veza.account_delete('me', 'tortoise shell nine', 'DELETE') FROM test.act(:'leaver');
SELECT is((SELECT concat_ws(' ', state, excerpt) FROM veza_data.moderation_case WHERE subject_id = :'hateful'), 'closed', 'the case of an account that ends is closed, and says nothing');
SELECT is((SELECT count(*) FROM veza_data.report WHERE words = 'Leaving words'), 0::bigint, 'nor does what it has reported');
SELECT is(test.audit(), 'nothing', 'all is well');

SELECT is(test.refusal(format($$ UPDATE veza_data.moderation_case SET state = 'closed' WHERE id = %L $$, pg_temp.case_of(:'a'))), 'STATE_COLUMN_GUARDED', 'a state changes through its machine alone');

SELECT * FROM finish();
ROLLBACK;
