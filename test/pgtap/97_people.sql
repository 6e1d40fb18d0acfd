-- Following and blocking: what is counted is what there is, and who is blocked sees and reaches nothing.

BEGIN;
SELECT no_plan();

SELECT test.user('creator') AS u \gset
SELECT test.user() AS a \gset
SELECT test.user() AS b \gset
SELECT test.user('admin') AS admin \gset
CREATE FUNCTION pg_temp.call(method text, what text, id text, caller uuid, args jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http($1, '/api/v1/users/:id' || $2, jsonb_build_object('id', $3) || $5, $4)
$$;
CREATE FUNCTION pg_temp.said(answer jsonb) RETURNS text LANGUAGE sql AS $$ SELECT coalesce($1 ->> 'refusal', ($1 -> 'result')::text) $$;
-- followers/following and what stands between the two: f follows, F is followed by, B has blocked.
CREATE FUNCTION pg_temp.stands(id text, caller uuid) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(x ->> 'refusal', concat(r ->> 'follower_count', '/', r ->> 'following_count', CASE WHEN (r ->> 'is_following')::boolean THEN ' f' END,
           CASE WHEN (r ->> 'is_followed_by')::boolean THEN ' F' END, CASE WHEN (r ->> 'is_blocked')::boolean THEN ' B' END))
      FROM pg_temp.call('GET', '/relationship', $1, $2) x, LATERAL (SELECT x -> 'result' AS r) r
$$;
CREATE FUNCTION pg_temp.ids(what text, id text, caller uuid, args jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(x ->> 'refusal', (SELECT string_agg(e ->> 'id', ',' ORDER BY n) FROM jsonb_array_elements(x -> 'result') WITH ORDINALITY l(e, n)), 'nobody')
      FROM pg_temp.call('GET', $1, $2, $3, $4) x
$$;
CREATE FUNCTION pg_temp.profile(id uuid, visibility text) RETURNS void LANGUAGE sql AS $$
    UPDATE veza_data.users u SET preferences = jsonb_build_object('privacy', jsonb_build_object('profile_visibility', $2)) WHERE u.id = $1
$$;
CREATE FUNCTION pg_temp.told(id uuid) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(kind || ' ' || n, ', ' ORDER BY kind, n), 'nothing') FROM veza_data.notification WHERE user_id = $1
$$;
CREATE FUNCTION pg_temp.set(setting text, value text) RETURNS void LANGUAGE sql AS $$ UPDATE veza_data.setting s SET value = $2 WHERE s.name = $1 $$;

-- ---- following

SELECT is(pg_temp.said(pg_temp.call('POST', '/follow', :'u', :'a')), format('{"user_id": "%s", "is_following": true, "follower_count": 1}', :'u')::jsonb::text, 'somebody follows');
SELECT is(pg_temp.told(:'u'), 'follow 1', 'which is told');
SELECT is(pg_temp.said(pg_temp.call('POST', '/follow', :'u', :'a')), format('{"user_id": "%s", "is_following": true, "follower_count": 1}', :'u')::jsonb::text, 'once');
SELECT is(pg_temp.told(:'u'), 'follow 1', 'and told once');
SELECT is(pg_temp.call('POST', '/follow', :'u', :'b') -> 'result' ->> 'follower_count', '2', 'another one, too');
SELECT is(pg_temp.call('POST', '/follow', :'a', :'u') -> 'result' ->> 'follower_count', '1', 'and back');
SELECT is(pg_temp.stands(:'u', :'a'), '2/1 f F', 'how they stand');
SELECT is(pg_temp.stands(:'a', :'b'), '1/1', 'and how others do');
SELECT is(pg_temp.stands(:'u', NULL), '2/1', 'nobody sees numbers alone');
SELECT is(pg_temp.call('GET', '/relationship', :'u', NULL) -> 'result' -> 'is_following', 'null', 'and follows nobody');
SELECT is(pg_temp.stands('me', :'u'), '2/1', 'of oneself');
SELECT is(pg_temp.said(pg_temp.call(m, w, :'u', NULL)), 'AUTH_REQUIRED', m || w || ': nobody') FROM unnest('{POST,DELETE}'::text[]) m, unnest('{/follow,/block}'::text[]) w;
SELECT is(pg_temp.said(pg_temp.call(m, w, i, :'u')), 'VALIDATION_ERROR', m || w || ' of oneself: ' || left(i, 2)) FROM unnest('{POST,DELETE}'::text[]) m, unnest('{/follow,/block}'::text[]) w, unnest(ARRAY['me', :'u']) i;
SELECT is(pg_temp.said(pg_temp.call(m, w, 'x', :'u')), 'VALIDATION_ERROR', m || w || ' of what is no id') FROM unnest('{POST,DELETE}'::text[]) m, unnest('{/follow,/block}'::text[]) w;
SELECT is(pg_temp.said(pg_temp.call(m, w, gen_random_uuid()::text, :'u')), 'USER_NOT_FOUND', m || w || ' of who is not there') FROM unnest('{POST,DELETE}'::text[]) m, unnest('{/follow,/block}'::text[]) w;
SELECT is(pg_temp.call('DELETE', '/follow', :'u', :'b') -> 'result' ->> 'follower_count', '1', 'it is taken back');
SELECT is(pg_temp.call('DELETE', '/follow', :'u', :'b') -> 'result' ->> 'is_following', 'false', 'once, or twice');
SELECT is(pg_temp.call('POST', '/follow', :'u', :'b') -> 'result' ->> 'follower_count', '2', 'and begun anew');
SELECT is(pg_temp.told(:'u'), 'follow 1, follow 1', 'which is not counted anew while it is unread');

-- ---- who is hidden

SELECT pg_temp.profile(:'u', 'private');
SELECT is(pg_temp.said(pg_temp.call('POST', '/follow', :'u', :'a')), 'USER_NOT_FOUND', 'who is hidden is not there');
SELECT is(pg_temp.stands(:'u', c), 'USER_NOT_FOUND', 'nor are the numbers') FROM unnest(ARRAY[:'a'::uuid, NULL]) c;
SELECT is(pg_temp.ids(w, :'u', c), 'USER_NOT_FOUND', w || ': nor the lists') FROM unnest(ARRAY[:'a'::uuid, NULL]) c, unnest('{/followers,/following}'::text[]) w;
SELECT is(pg_temp.ids('/followers', 'me', :'u'), concat_ws(',', CASE WHEN :'a' > :'b' THEN :'a' ELSE :'b' END, CASE WHEN :'a' > :'b' THEN :'b' ELSE :'a' END), 'but to the user');
SELECT is(pg_temp.ids('/following', :'a', :'b'), 'nobody', 'nor in lists of others');
SELECT is(pg_temp.ids('/following', :'a', :'admin'), :'u', 'but to administrators');
SELECT is(pg_temp.call('GET', '/following', :'a', :'b') -> 'head' -> 'meta' ->> 'total', '1', 'where they count');
SELECT is(pg_temp.said(pg_temp.call('DELETE', '/follow', :'u', :'b')), format('{"user_id": "%s", "is_following": false, "follower_count": null}', :'u')::jsonb::text, 'who follows may end it, and is told no number');
SELECT is(pg_temp.said(pg_temp.call('DELETE', '/follow', :'u', :'b')), 'USER_NOT_FOUND', 'who does not sees nobody');
SELECT pg_temp.profile(:'u', 'registered');
SELECT is(pg_temp.stands(:'u', NULL), 'USER_NOT_FOUND', 'who is shown to users is not to others');
SELECT is(pg_temp.stands(:'u', :'b'), '1/1', 'but to them');
SELECT is(pg_temp.ids('/following', :'a', NULL), 'nobody', 'in lists, too');
SELECT pg_temp.profile(:'u', 'public');
UPDATE veza_data.users SET status = 'suspended' WHERE id = :'u';
SELECT is(pg_temp.stands(:'u', :'a') || pg_temp.ids('/followers', :'u', :'a') || pg_temp.ids('/following', :'a', :'b'), 'USER_NOT_FOUNDUSER_NOT_FOUNDnobody', 'a suspended account is hidden');
UPDATE veza_data.users SET status = 'active' WHERE id = :'u';

-- ---- counting

SELECT is(test.audit(), 'nothing', 'counted is what there is');
SELECT is((SELECT count(*) FROM veza_data.follow_count), 0::bigint, 'in the slots alone');
SELECT cmp_ok(veza.job_unit('fold_follows', ''), '>', 0::bigint, 'then they are moved');
SELECT is((SELECT count(*) FROM veza_data.follow_counter), 0::bigint, 'and gone');
SELECT is((SELECT followers || '/' || following FROM veza_data.follow_count WHERE user_id = :'u'), '1/1', 'to the sums');
SELECT is(pg_temp.stands(:'u', :'a'), '1/1 f F', 'what is shown is the same');
SELECT pg_temp.call('POST', '/follow', :'u', :'b');
SELECT is(pg_temp.stands(:'u', :'a'), '2/1 f F', 'also while both count');
SELECT is(test.audit(), 'nothing', 'and is what there is');
SELECT is((SELECT gained || '-' || lost FROM veza_report.follow_activity WHERE user_id = :'u'), '4-2', 'analysts see what was gained and lost');
UPDATE veza_data.follow_count SET followers = followers + 1 WHERE user_id = :'u';
SELECT is(test.audit(), 'follow_count_differs', 'a wrong number is noticed');
UPDATE veza_data.follow_count SET followers = followers - 1 WHERE user_id = :'u';

-- Whatever twenty users do in whatever order, counted is what there is.
CREATE TEMP TABLE crowd AS SELECT n, test.user() AS id FROM generate_series(1, 20) n;
SELECT setseed(0.42);
SELECT pg_temp.set('follow_limit', '1000'), pg_temp.set('block_limit', '1000');
SELECT is(count(*) FILTER (WHERE a -> 'result' IS NULL AND a ->> 'refusal' NOT IN ('USER_IS_BLOCKED', 'USER_NOT_FOUND')), 0::bigint, 'a crowd follows, blocks and lets be')
  FROM (SELECT CASE WHEN w.what = 'fold' THEN jsonb_build_object('result', veza.job_unit('fold_follows', '')) ELSE pg_temp.call(split_part(w.what, ' ', 1), split_part(w.what, ' ', 2), y.id::text, x.id) END AS a
          FROM (SELECT 1 + floor(random() * 20)::int AS one, 1 + floor(random() * 19)::int AS gap,
                       ('{POST /follow,POST /follow,POST /follow,POST /follow,DELETE /follow,POST /block,DELETE /block,DELETE /block,fold}'::text[])[1 + floor(random() * 9)::int] AS what
                  FROM generate_series(1, 600)) w
          JOIN crowd x ON x.n = one JOIN crowd y ON y.n = 1 + (one + gap - 1) % 20 OFFSET 0) done;
SELECT is(test.audit(), 'nothing', 'and counted is what there is, blocks and all');
SELECT cmp_ok((SELECT count(*) FROM veza_data.user_follow f JOIN crowd c ON c.id = f.follower_id), '>', 20::bigint, 'which is something');
SELECT is_empty($$ SELECT x.id FROM crowd x WHERE pg_temp.stands(x.id::text, x.id) <> (SELECT count(*) FROM veza_data.user_follow WHERE followed_id = x.id) || '/' || (SELECT count(*) FROM veza_data.user_follow WHERE follower_id = x.id) $$, 'also as each of them is shown it');

-- ---- limits

SELECT pg_temp.set('follow_limit', '2');
SELECT test.user() AS c \gset
SELECT pg_temp.said(pg_temp.call('POST', '/follow', id::text, :'c')) FROM crowd WHERE n <= 2;
SELECT is(pg_temp.said(pg_temp.call('POST', '/follow', id::text, :'c')), 'RATE_LIMIT_EXCEEDED', 'so many an hour') FROM crowd WHERE n = 3;
SELECT is(pg_temp.call('POST', '/follow', id::text, :'c') -> 'result' ->> 'is_following', 'true', 'what is there already counts not') FROM crowd WHERE n = 2;
SELECT test.wait('1 hour');
SELECT pg_temp.set('following_max', '2');
SELECT is(pg_temp.said(pg_temp.call('POST', '/follow', id::text, :'c')), 'FOLLOWING_LIMIT_REACHED', 'so many in all') FROM crowd WHERE n = 3;
SELECT is(pg_temp.call('DELETE', '/follow', id::text, :'c') -> 'result' ->> 'is_following', 'false', 'one less') FROM crowd WHERE n = 1;
SELECT is(pg_temp.call('POST', '/follow', id::text, :'c') -> 'result' ->> 'is_following', 'true', 'makes room') FROM crowd WHERE n = 3;
SELECT pg_temp.set('block_limit', '1');
SELECT pg_temp.said(pg_temp.call('POST', '/block', id::text, :'c')) FROM crowd WHERE n = 10;
SELECT is(pg_temp.said(pg_temp.call('POST', '/block', id::text, :'c')), 'RATE_LIMIT_EXCEEDED', 'blocks are limited, too') FROM crowd WHERE n = 11;
SELECT pg_temp.set('follow_limit', '1000'), pg_temp.set('following_max', '5000'), pg_temp.set('block_limit', '1000');

-- ---- blocking

SELECT test.ready(:'u', 'Blocked words') AS t \gset
SELECT test.http('POST', '/api/v1/tracks/:id/share', jsonb_build_object('id', :'t'), :'u') -> 'result' ->> 'token' AS token \gset
SELECT is(pg_temp.said(pg_temp.call('POST', '/block', :'a', :'u')), format('{"user_id": "%s", "is_blocked": true}', :'a')::jsonb::text, 'somebody is blocked');
SELECT is(pg_temp.stands(:'a', :'u'), '0/0 B', 'whom the blocker sees, and neither follows the other');
SELECT is(pg_temp.said(pg_temp.call('POST', '/block', :'a', :'u')), format('{"user_id": "%s", "is_blocked": true}', :'a')::jsonb::text, 'once');
SELECT is((SELECT string_agg(action || ' ' || resource_type, ', ') FROM veza_data.audit_log WHERE resource_id = :'a' AND action ~ 'block'), 'user.block block', 'which is on record once');
SELECT is(pg_temp.ids('/blocks', 'me', :'u'), :'a', 'and listed');
SELECT is(pg_temp.ids('/blocks', :'u', :'admin'), :'a', 'to administrators as well');
SELECT is(pg_temp.ids('/blocks', :'u', :'a'), 'USER_NOT_FOUND', 'to nobody else');
SELECT is(pg_temp.said(pg_temp.call('POST', '/follow', :'a', :'u')), 'USER_IS_BLOCKED', 'the blocker does not follow');
SELECT is(pg_temp.said(pg_temp.call('POST', '/follow', :'u', :'a')), 'USER_NOT_FOUND', 'nor does who is blocked');
SELECT is(pg_temp.said(pg_temp.call('DELETE', '/follow', :'u', :'a')), 'USER_NOT_FOUND', 'who takes nothing back');
SELECT is(pg_temp.said(pg_temp.call('GET', w, :'u', :'a')), 'USER_NOT_FOUND', 'and sees nothing:' || w) FROM unnest('{"",/relationship,/followers,/following}'::text[]) w;
SELECT is(pg_temp.call('GET', w, :'u', :'b') ->> 'refusal', NULL, 'as others do:' || w) FROM unnest('{"",/relationship,/followers,/following}'::text[]) w;
SELECT is(pg_temp.call('GET', w, :'u', :'admin') ->> 'refusal', NULL, 'and administrators:' || w) FROM unnest('{"",/relationship,/followers,/following}'::text[]) w;
SELECT is(pg_temp.said(pg_temp.call('POST', '/follow', :'a', :'b')), format('{"user_id": "%s", "is_following": true, "follower_count": 1}', :'a')::jsonb::text, 'others follow them');
SELECT is(test.http(m, '/api/v1/tracks/:id' || w, jsonb_build_object('id', :'t', 'play_id', gen_random_uuid(), 'listened_ms', 1, 'title', 'Changed'), c) ->> 'refusal', CASE c WHEN :'a' THEN 'TRACK_NOT_FOUND' ELSE o END, m || w)
  FROM unnest(ARRAY[:'a', :'b']::uuid[]) c,
       (VALUES ('GET', '', NULL), ('GET', '/likes', NULL), ('GET', '/stats', NULL), ('GET', '/history', NULL), ('GET', '/stream', NULL), ('GET', '/stream-url', NULL), ('GET', '/shares', NULL),
               ('GET', '/download', 'TRACK_NOT_DOWNLOADABLE'), ('GET', '/cover', 'TRACK_PART_NOT_FOUND'), ('GET', '/waveform', 'TRACK_PART_NOT_FOUND'),
               ('GET', '/similar', 'TRACK_NOT_YOURS'), ('GET', '/versions', 'TRACK_NOT_YOURS'), ('GET', '/events', 'TRACK_NOT_YOURS'), ('GET', '/events-url', 'TRACK_NOT_YOURS'),
               ('POST', '/like', NULL), ('DELETE', '/like', NULL), ('POST', '/share', NULL), ('POST', '/play', NULL), ('PUT', '', 'TRACK_NOT_YOURS'), ('DELETE', '', 'TRACK_NOT_YOURS')) v(m, w, o);
CREATE FUNCTION pg_temp.open(token text, caller uuid) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(a ->> 'refusal', a -> 'result' ->> 'title') FROM test.http('GET', '/api/v1/tracks/shared/:token', jsonb_build_object('token', $1), $2) a
$$;
CREATE FUNCTION pg_temp.heard(id text, token text, caller uuid) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(test.http('GET', '/api/v1/tracks/:id/stream', jsonb_build_object('id', $1, 'share', $2), $3) ->> 'refusal', 'heard')
$$;
SELECT is(pg_temp.open(:'token', :'a') || ' ' || pg_temp.heard(:'t', :'token', :'a'), 'SHARE_NOT_FOUND TRACK_NOT_FOUND', 'a link opens nothing to who is blocked');
SELECT is(pg_temp.open(:'token', :'b') || ' ' || pg_temp.heard(:'t', :'token', :'b'), 'Blocked words heard', 'as it does to others');
CREATE FUNCTION pg_temp.found(args jsonb, caller uuid, path text DEFAULT '/api/v1/tracks') RETURNS text LANGUAGE sql AS $$
    SELECT coalesce((SELECT string_agg(t ->> 'title', ', ') FROM jsonb_array_elements(a -> 'result') t WHERE t ->> 'title' ~ 'Blocked'), 'nothing') || coalesce(' of ' || (a -> 'head' -> 'meta' ->> 'total'), '') FROM test.http('GET', $3, $1, $2) a
$$;
SELECT is(pg_temp.found(args::jsonb, :'a') , 'nothing of 0', 'nor is it listed, found or counted: ' || args) FROM unnest(ARRAY['{"search": "blocked words", "with_total": true}', '{"with_total": true}', format('{"uploader_id": "%s", "with_total": true}', :'u')]) args;
SELECT is(pg_temp.found(args::jsonb, c), 'Blocked words of 1', 'as it is to others: ' || args) FROM unnest(ARRAY['{"search": "blocked words", "with_total": true}', '{"with_total": true}', format('{"uploader_id": "%s", "with_total": true}', :'u')]) args, unnest(ARRAY[:'b', NULL, :'admin']::uuid[]) c;
SELECT is(pg_temp.found('{"show_private": true, "with_total": true}', :'u'), 'Blocked words of 1', 'and its owner');
SELECT is(pg_temp.said(pg_temp.call('DELETE', '/block', :'a', :'u')), format('{"user_id": "%s", "is_blocked": false}', :'a')::jsonb::text, 'it is taken back');
SELECT is(pg_temp.said(pg_temp.call('DELETE', '/block', :'a', :'u')), format('{"user_id": "%s", "is_blocked": false}', :'a')::jsonb::text, 'once');
SELECT is(pg_temp.open(:'token', :'a') || ' ' || pg_temp.found('{"with_total": true}', :'a') || ' ' || pg_temp.stands(:'u', :'a'), 'Blocked words Blocked words of 1 1/0', 'then all of it is there, but the follows');

-- An own track that sounds like somebody else's: administrators alone are told whose.
SELECT test.user('creator') AS v \gset
SELECT test.ready(:'v', 'Own', content => 'the same sound') AS own \gset
SELECT test.ready(:'u', 'Blocked twin', content => 'the same sound') AS twin \gset
CREATE FUNCTION pg_temp.twins(id text, caller uuid) RETURNS text LANGUAGE sql AS $$ SELECT coalesce(string_agg(t ->> 'title', ','), 'none') FROM jsonb_array_elements(test.http('GET', '/api/v1/tracks/:id/similar', jsonb_build_object('id', $1), $2) -> 'result') t $$;
SELECT is(pg_temp.twins(:'own', :'v') || ' ' || pg_temp.twins(:'own', :'admin'), 'none Blocked twin', 'a track with the same sound is named to administrators only');

-- Both have blocked each other, and who is hidden.
SELECT pg_temp.call('POST', '/block', :'b', :'a');
SELECT is(pg_temp.said(pg_temp.call('POST', '/block', :'a', :'b')), 'USER_NOT_FOUND', 'who has blocked one is not there to be blocked');
INSERT INTO veza_data.user_block VALUES (:'b', :'a', now());
SELECT is(pg_temp.call('GET', '/blocks', 'me', :'b') #>> '{result,0,id}' || coalesce(pg_temp.call('GET', '/blocks', 'me', :'b') #>> '{result,0,username}', ' without a name'), :'a' || ' without a name', 'a block is listed without the name of who is not to be seen');
SELECT is(pg_temp.said(pg_temp.call('DELETE', '/block', :'a', :'b')), format('{"user_id": "%s", "is_blocked": false}', :'a')::jsonb::text, 'and can be taken back');
SELECT pg_temp.call('DELETE', '/block', :'b', :'a');
SELECT pg_temp.profile(:'b', 'private');
SELECT is(pg_temp.said(pg_temp.call('POST', '/block', :'b', :'a')), 'USER_NOT_FOUND', 'who is hidden is not blocked');
SELECT pg_temp.call('POST', '/follow', :'a', :'b');
SELECT is(pg_temp.call('POST', '/block', :'b', :'a') -> 'result' ->> 'is_blocked', 'true', 'unless they follow');
SELECT is(pg_temp.stands('me', :'a'), '0/0', 'which ends');
SELECT pg_temp.profile(:'b', 'public');
INSERT INTO veza_data.user_follow VALUES (:'b', :'a', now());
SELECT matches(test.audit(), 'follow_in_spite_of_block', 'a follow that there must not be is noticed');
DELETE FROM veza_data.user_follow WHERE follower_id = :'b' AND followed_id = :'a';

-- ---- operators, exports, and the end

SELECT test.act(:'v');
SELECT is(veza.user_follow(:'a') ->> 'follower_count', '1', 'in psql as over HTTP');
SELECT is(test.refusal('SELECT veza.user_follow(''me'')'), 'VALIDATION_ERROR', 'refusals, too');
SELECT is(json_array_length(veza.user_following('me')), 1, 'and lists');
SELECT veza.stop_acting();
SELECT pg_temp.call('POST', '/follow', :'v', :'b'), pg_temp.call('POST', '/block', :'c', :'v'), pg_temp.call('POST', '/block', :'v', :'c');
SELECT is((SELECT jsonb_build_object('f', e -> 'follows' -> 0 -> 'user_id', 'F', e -> 'followers' -> 0 -> 'user_id', 'B', e -> 'blocks' -> 0 -> 'user_id', 'n', (SELECT count(*) FROM jsonb_array_elements(e -> 'audit') x WHERE x ->> 'action' = 'user.block'))
             FROM (SELECT test.http('GET', '/api/v1/users/me/export', '{}', :'v') -> 'result' AS e) x), jsonb_build_object('f', :'a', 'F', :'b', 'B', :'c', 'n', 1), 'all of it is exported, and not by whom one is blocked');
SELECT veza.auth_register('zz-people', 'zz-people@veza.example', 'the old tortoise 9') ->> 'user_id' AS z \gset
UPDATE veza_data.users SET password_hash = (SELECT password_hash FROM veza_data.users WHERE id = :'z') WHERE id = :'v';
SELECT is(pg_temp.said(pg_temp.call('DELETE', '', 'me', :'v', '{"password": "the old tortoise 9", "confirmation": "DELETE"}')) ~ 'deleted', true, 'the account ends');
SELECT is(pg_temp.ids('/following', :'b', :'admin') !~ :'v', true, 'which nobody sees in a list');
SELECT is(test.audit(), 'nothing', 'though its followers are still counted');
SELECT cmp_ok(veza.job_unit('end_follows', ''), '>', 0::bigint, 'until the job takes them off');
SELECT is((SELECT count(*) FROM veza_data.user_follow WHERE :'v' IN (follower_id, followed_id)) + (SELECT count(*) FROM veza_data.user_block WHERE :'v' IN (blocker_id, blocked_id)), 0::bigint, 'with all that bound it to others');
SELECT is(pg_temp.stands(:'b', :'b'), '0/1', 'whose numbers say so');
SELECT is(pg_temp.ids('/followers', :'v', :'b'), 'USER_NOT_FOUND', 'and who see it no more');
SELECT is(test.audit(), 'nothing', 'counted is what there is');

SELECT * FROM finish();
ROLLBACK;
