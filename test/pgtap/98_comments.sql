-- Comments on tracks: who may write, read, edit and delete what; what is counted; who is told.

BEGIN;
SELECT no_plan();

SELECT test.user('creator') AS owner \gset
SELECT test.user() AS a \gset
SELECT test.user() AS b \gset
SELECT test.user() AS c \gset
SELECT test.user('admin') AS admin \gset
SELECT test.ready(:'owner', 'Commented') AS t \gset
UPDATE veza_data.setting SET value = '1000' WHERE name IN ('comment_limit', 'comment_hour_limit');
CREATE FUNCTION pg_temp.write(track text, caller uuid, content text, args jsonb DEFAULT '{}', headers jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http('POST', '/api/v1/tracks/:id/comments', jsonb_build_object('id', $1, 'content', $3) || $4, $2, headers => $5)
$$;
CREATE FUNCTION pg_temp.id(answer jsonb) RETURNS text LANGUAGE sql AS $$ SELECT coalesce($1 ->> 'refusal', $1 -> 'result' ->> 'id') $$;
CREATE FUNCTION pg_temp.says(track text, caller uuid, content text, args jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.id(pg_temp.write($1, $2, $3, $4))
$$;
CREATE FUNCTION pg_temp.replies(track text, caller uuid, content text, parent text) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.says($1, $2, $3, jsonb_build_object('parent_id', $4))
$$;
CREATE FUNCTION pg_temp.call(method text, what text, id text, caller uuid, args jsonb DEFAULT '{}', headers jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http($1, '/api/v1/comments/:id' || $2, jsonb_build_object('id', $3) || $5, $4, headers => $6)
$$;
CREATE FUNCTION pg_temp.said(answer jsonb) RETURNS text LANGUAGE sql AS $$ SELECT coalesce($1 ->> 'refusal', ($1 -> 'result')::text) $$;
-- What a list shows: the words, [] for an empty place.
CREATE FUNCTION pg_temp.words(answer jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce($1 ->> 'refusal', (SELECT coalesce(string_agg(CASE WHEN (x ->> 'is_deleted')::boolean THEN '[]' ELSE x ->> 'content' END, ', ' ORDER BY n), 'nothing')
                                         FROM jsonb_array_elements($1 -> 'result') WITH ORDINALITY l(x, n)))
$$;
CREATE FUNCTION pg_temp.list(track text, caller uuid, args jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http('GET', '/api/v1/tracks/:id/comments', jsonb_build_object('id', $1) || $3, $2)
$$;
CREATE FUNCTION pg_temp.listed(track text, caller uuid, args jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS $$ SELECT pg_temp.words(pg_temp.list($1, $2, $3)) $$;
CREATE FUNCTION pg_temp.under(comment text, caller uuid, args jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS $$ SELECT pg_temp.words(pg_temp.call('GET', '/replies', $1, $2, $3)) $$;
CREATE FUNCTION pg_temp.count(track text) RETURNS text LANGUAGE sql AS $$
    SELECT test.http('GET', '/api/v1/tracks/:id', jsonb_build_object('id', $1), (SELECT uploader_id FROM veza_data.track t WHERE t.id = $1::uuid)) -> 'result' ->> 'comment_count'
$$;
-- What somebody was told: kind and the words of the comment.
CREATE FUNCTION pg_temp.told(who uuid) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(n.kind || ' ' || coalesce(c.content, '-'), ', ' ORDER BY n.kind, c.content), 'nothing')
      FROM veza_data.notification n LEFT JOIN veza_data.comment c ON c.id = n.subject_id AND n.subject_type = 'comment' WHERE n.user_id = $1
$$;
CREATE FUNCTION pg_temp.forget() RETURNS void LANGUAGE sql AS $$ DELETE FROM veza_data.notification $$;
-- Comments are written at one moment here; their order is made.
CREATE FUNCTION pg_temp.at(comment text, seconds integer) RETURNS void LANGUAGE sql AS $$ UPDATE veza_data.comment SET created_at = now() + $2 * interval '1 second' WHERE comment.id = $1::uuid $$;
CREATE FUNCTION pg_temp.hide(track text, hidden boolean) RETURNS void LANGUAGE sql AS $$ UPDATE veza_data.track SET visibility = CASE WHEN $2 THEN 'private' ELSE 'public' END WHERE track.id = $1::uuid $$;
CREATE FUNCTION pg_temp.block(who uuid, whom uuid) RETURNS void LANGUAGE sql AS $$ INSERT INTO veza_data.user_block VALUES ($1, $2, now()) $$;
CREATE FUNCTION pg_temp.invalid(sql text) RETURNS text LANGUAGE sql AS $$ SELECT left(test.refusal($1), 5) $$;
CREATE FUNCTION pg_temp.unblock() RETURNS void LANGUAGE sql AS $$ DELETE FROM veza_data.user_block $$;

-- ---- writing

SELECT pg_temp.write(:'t', :'a', '  Great intro  ', '{"timestamp_ms": 12000}') AS first \gset
SELECT is(:'first'::jsonb -> 'head' -> 'status', '201', 'somebody comments');
SELECT pg_temp.id(:'first'::jsonb) AS c1 \gset
SELECT is((:'first'::jsonb -> 'result') - '{id,created_at,username,display_name}'::text[],
          jsonb_build_object('track_id', :'t', 'parent_id', NULL, 'reply_to_id', NULL, 'content', 'Great intro', 'timestamp_ms', 12000, 'user_id', :'a', 'avatar', NULL,
                             'like_count', 0, 'reply_count', 0, 'is_liked', false, 'is_edited', false, 'edited_at', NULL, 'is_hidden', false, 'is_deleted', false), 'at a place in the track');
SELECT is(:'first'::jsonb -> 'head' -> 'headers' ->> 'ETag', test.tag(:'c1', 1), 'with a version');
SELECT is(pg_temp.says(:'t', NULL, 'x'), 'AUTH_REQUIRED', 'nobody says nothing');
SELECT is(pg_temp.says(gen_random_uuid()::text, :'a', 'x'), 'TRACK_NOT_FOUND', 'nor on what is not there');
SELECT is(pg_temp.says(:'t', :'a', content), 'VALIDATION_ERROR', 'not: ' || coalesce(left(content, 20), 'nothing')) FROM unnest(ARRAY[NULL, '', '  ', repeat('x', 1001)]) content;
SELECT isnt(pg_temp.says(:'t', :'b', repeat('ü', 1000)), 'VALIDATION_ERROR', '1000 characters, of whatever bytes');
SELECT is(pg_temp.says(:'t', :'a', 'At ' || at, jsonb_build_object('timestamp_ms', at)), 'VALIDATION_ERROR', at || ' ms is not in the track') FROM unnest(ARRAY[-1, 180001]) at;
SELECT isnt(pg_temp.says(:'t', :'b', 'The end', '{"timestamp_ms": 180000}'), 'VALIDATION_ERROR', 'its end is');
SELECT is(pg_temp.count(:'t'), '3', 'they are counted');
SELECT is((SELECT comment_count FROM veza_data.track WHERE id = :'t'), 0::bigint, 'without a touch of the track''s row');
SELECT pg_temp.hide(:'t', true);
SELECT is(pg_temp.says(:'t', :'a', 'Hidden?'), 'TRACK_NOT_FOUND', 'nobody comments on what is not to be seen');
SELECT is(pg_temp.listed(:'t', :'a'), 'TRACK_NOT_FOUND', 'or reads what was said of it');
SELECT is(pg_temp.said(pg_temp.call(method, what, :'c1', :'b')), 'COMMENT_NOT_FOUND', method || what || ': of it nothing shows')
  FROM (VALUES ('GET', ''), ('GET', '/replies'), ('PUT', ''), ('DELETE', ''), ('POST', '/like'), ('DELETE', '/like')) r(method, what), LATERAL (SELECT CASE method WHEN 'PUT' THEN '{"content": "x"}' ELSE '{}' END::jsonb) a(args)
 WHERE method <> 'PUT';
SELECT is(pg_temp.said(pg_temp.call('PUT', '', :'c1', :'a', '{"content": "x"}')), 'COMMENT_NOT_FOUND', 'PUT: not even by who wrote it');
SELECT isnt(pg_temp.says(:'t', :'owner', 'A note to myself'), 'TRACK_NOT_FOUND', 'its owner does');
SELECT pg_temp.hide(:'t', false);

-- ---- the same again

SELECT is(pg_temp.says(:'t', :'a', 'great INTRO!!!'), 'COMMENT_DUPLICATE', 'the same again is refused');
SELECT test.act(:'a');
SELECT is(test.refused(format('SELECT veza.comment_create(%L, %L)', :'t', 'Great intro')) -> 'details', jsonb_build_object('comment_id', :'c1'), 'which names the first');
SELECT is(pg_temp.says(:'t', :'a', '🔥') ~ '^[0-9a-f-]{36}$', true, 'signs alone are said');
SELECT is(pg_temp.says(:'t', :'a', '🔥'), 'COMMENT_DUPLICATE', 'once');
SELECT isnt(pg_temp.says(:'t', :'a', '😍'), 'COMMENT_DUPLICATE', 'another sign is something else');
SELECT isnt(pg_temp.says(:'t', :'b', 'Great intro'), 'COMMENT_DUPLICATE', 'others may say it, too');
SELECT isnt(pg_temp.says(test.ready(:'owner', 'Another')::text, :'a', 'Great intro'), 'COMMENT_DUPLICATE', 'and of another track');
SELECT is(pg_temp.replies(:'t', :'a', 'Great intro', :'c1'), 'COMMENT_DUPLICATE', 'an answer is no way around');
SELECT pg_temp.says(:'t', :'b', 'Where from?') AS c2 \gset
SELECT is(pg_temp.replies(:'t', :'owner', 'Thank you!', c) ~ '^[0-9a-f-]{36}$', true, 'the owner thanks everybody') FROM unnest(ARRAY[:'c1', :'c2']) c;
SELECT is(pg_temp.replies(:'t', :'owner', 'thank you', :'c1'), 'COMMENT_DUPLICATE', 'once each');

-- ---- replies

SELECT pg_temp.replies(:'t', :'b', 'Which part?', :'c1') AS r1 \gset
SELECT pg_temp.replies(:'t', :'a', 'The first', :'r1') AS r2 \gset
SELECT is((SELECT array[parent_id, reply_to_id] FROM veza_data.comment WHERE id = :'r2'), ARRAY[:'c1', :'r1']::uuid[], 'what answers a reply stands under the same comment');
SELECT is(pg_temp.says(:'t', :'b', 'x', jsonb_build_object('parent_id', gen_random_uuid())), 'COMMENT_NOT_FOUND', 'nobody answers what is not there');
SELECT is(pg_temp.says(test.ready(:'owner', 'Third')::text, :'b', 'x', jsonb_build_object('parent_id', :'c1')), 'COMMENT_NOT_FOUND', 'or what is on another track');
SELECT is(pg_temp.says(:'t', :'b', 'x', jsonb_build_object('parent_id', :'c1', 'timestamp_ms', 1)), 'VALIDATION_ERROR', 'a reply has no place of its own');
SELECT pg_temp.at(:'r1', 1), pg_temp.at(:'r2', 2);
SELECT is(pg_temp.under(:'c1', NULL), 'Thank you!, Which part?, The first', 'replies, oldest first');
SELECT is(pg_temp.under(:'r1', NULL), 'COMMENT_NOT_FOUND', 'nothing stands under a reply');
SELECT is(pg_temp.call('GET', '', :'c1', NULL) -> 'result' ->> 'reply_count', '3', 'they are counted there');
SELECT is(pg_temp.under(:'c1', NULL, jsonb_build_object('limit', 2, 'cursor', pg_temp.call('GET', '/replies', :'c1', NULL, '{"limit": 1}') -> 'head' -> 'meta' ->> 'next_cursor')), 'Which part?, The first', 'in pages');
SELECT is(pg_temp.call('GET', '/replies', :'c1', NULL, '{"limit": 1, "with_total": true}') -> 'head' -> 'meta' ->> 'total', '3', 'and on request there');

-- ---- lists

SELECT test.ready(:'owner', 'Listed') AS l \gset
SELECT pg_temp.says(:'l', who, word, args::jsonb) AS id FROM (VALUES (:'a'::uuid, 'One', '{"timestamp_ms": 3000}'), (:'b', 'Two', '{}'), (:'c', 'Three', '{"timestamp_ms": 1000}')) v(who, word, args);
UPDATE veza_data.comment SET created_at = now() + CASE content WHEN 'One' THEN 1 WHEN 'Two' THEN 2 ELSE 3 END * interval '1 second' WHERE track_id = :'l';
SELECT is(pg_temp.listed(:'l', NULL), 'Three, Two, One', 'newest first');
SELECT is(pg_temp.listed(:'l', NULL, '{"sort": "oldest"}'), 'One, Two, Three', 'oldest first');
SELECT is(pg_temp.listed(:'l', NULL, '{"sort": "position"}'), 'Three, One', 'by place, which not all have');
SELECT is(pg_temp.listed(:'l', NULL, '{"sort": "position", "from_ms": 1001, "to_ms": 3000}'), 'One', 'of a part of the track');
SELECT is(pg_temp.listed(:'l', NULL, args::jsonb), 'VALIDATION_ERROR', args) FROM unnest(ARRAY['{"sort": "likes"}', '{"from_ms": 1}', '{"sort": "position", "to_ms": -1}', '{"limit": 0}', '{"cursor": "x"}']) args;
CREATE FUNCTION pg_temp.walk(track text, caller uuid, args jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer jsonb; seen text[]; next text;
BEGIN
    LOOP
        answer := pg_temp.list(track, caller, args || '{"limit": 1}' || CASE WHEN next IS NULL THEN '{}' ELSE jsonb_build_object('cursor', next) END);
        seen := seen || pg_temp.words(answer);
        next := answer -> 'head' -> 'meta' ->> 'next_cursor';
        EXIT WHEN next IS NULL;
    END LOOP;
    RETURN array_to_string(seen, ', ');
END
$$;
SELECT is(pg_temp.walk(:'l', NULL, jsonb_build_object('sort', sort)), pg_temp.listed(:'l', NULL, jsonb_build_object('sort', sort)), sort || ': by cursor, one by one') FROM unnest('{newest,oldest,position}'::text[]) sort;
SELECT is(pg_temp.list(:'l', NULL, jsonb_build_object('sort', sort, 'with_total', true)) -> 'head' -> 'meta' ->> 'total', total, sort || ': counted on request') FROM (VALUES ('newest', '3'), ('position', '2')) v(sort, total);

-- ---- the reader's eyes

SELECT pg_temp.block(:'a', :'b');
SELECT is(pg_temp.listed(:'l', :'a'), 'Three, One', 'whom one has blocked is not there');
SELECT is(pg_temp.listed(:'l', :'b'), 'Three, Two', 'and for who was blocked');
SELECT is(pg_temp.list(:'l', :'a', '{"with_total": true}') -> 'head' -> 'meta' ->> 'total', '2', 'nor counted');
SELECT is(pg_temp.listed(:'l', who), 'Three, Two, One', 'others see both') FROM unnest(ARRAY[:'c', NULL, :'admin']::uuid[]) who;
SELECT is(pg_temp.said(pg_temp.call(method, what, :'c1', :'b')), 'COMMENT_NOT_FOUND', method || what || ': it is not there') FROM (VALUES ('GET', ''), ('POST', '/like'), ('DELETE', '/like'), ('DELETE', '')) r(method, what);
SELECT is(pg_temp.replies(:'t', :'b', 'And more', :'c1'), 'COMMENT_NOT_FOUND', 'nor answered');
SELECT is(pg_temp.listed(:'t', :'b') LIKE '%[]%', true, 'what has replies by others is an empty place');
SELECT is((SELECT x - '{id,created_at,reply_count}'::text[] FROM jsonb_array_elements(pg_temp.list(:'t', :'b', '{"limit": 100}') -> 'result') x WHERE x ->> 'id' = :'c1'),
          jsonb_build_object('track_id', :'t', 'parent_id', NULL, 'reply_to_id', NULL, 'content', NULL, 'timestamp_ms', NULL, 'user_id', NULL, 'username', NULL, 'display_name', NULL, 'avatar', NULL,
                             'like_count', 0, 'is_liked', false, 'is_edited', false, 'edited_at', NULL, 'is_hidden', false, 'is_deleted', true), 'that says nothing');
SELECT is(pg_temp.under(:'c1', :'b'), 'Thank you!, Which part?', 'under it stands what others said, less what was said by whom one does not see');
SELECT pg_temp.unblock(), pg_temp.block(:'owner', :'b');
SELECT is(pg_temp.listed(:'l', who), 'Three, One', 'whom the owner of the track has blocked is not there for anybody') FROM unnest(ARRAY[:'c', NULL, :'a', :'owner']::uuid[]) who;
SELECT is(pg_temp.listed(:'l', :'b'), 'TRACK_NOT_FOUND', 'and sees nothing of it');
SELECT is(pg_temp.says(:'l', :'b', 'But'), 'TRACK_NOT_FOUND', 'nor says anything');
SELECT is(pg_temp.said(pg_temp.call('GET', '', :'c1', :'b')), 'COMMENT_NOT_FOUND', 'nor reads');
SELECT pg_temp.unblock();
UPDATE veza_data.users SET status = 'suspended' WHERE id = :'b';
SELECT is(pg_temp.listed(:'l', NULL), 'Three, One', 'a suspended account is not there');
SELECT is(pg_temp.listed(:'l', :'admin'), 'Three, Two, One', 'but for administrators');
UPDATE veza_data.users SET status = 'active' WHERE id = :'b';
SELECT is(pg_temp.listed(:'l', NULL), 'Three, Two, One', 'until it is served again');

-- ---- editing

SELECT is(pg_temp.said(pg_temp.call('PUT', '', :'c1', :'b', '{"content": "Mine"}')), 'COMMENT_NOT_YOURS', 'what somebody else said stays');
SELECT is(pg_temp.said(pg_temp.call('PUT', '', :'c1', :'admin', '{"content": "Mine"}')), 'COMMENT_NOT_YOURS', 'also for an administrator');
SELECT is(pg_temp.said(pg_temp.call('PUT', '', :'c1', :'a', '{"content": "Other"}', jsonb_build_object('if_match', test.tag(:'c1', 2)))), 'PRECONDITION_FAILED', 'another version is not edited');
SELECT pg_temp.call('PUT', '', :'c1', :'a', '{"content": "Great outro"}', jsonb_build_object('if_match', test.tag(:'c1', 1))) AS edited \gset
SELECT is(concat_ws(' ', :'edited'::jsonb -> 'result' ->> 'content', :'edited'::jsonb -> 'result' ->> 'is_edited', :'edited'::jsonb -> 'head' -> 'headers' ->> 'ETag'), 'Great outro true ' || test.tag(:'c1', 2), 'other words');
SELECT is(pg_temp.said(pg_temp.call('PUT', '', :'c1', :'a', '{"content": "🔥"}')), 'COMMENT_DUPLICATE', 'not those of another comment');
SELECT is(pg_temp.call('PUT', '', :'c1', :'a', '{"content": "great outro."}') ->> 'refusal', NULL, 'its own ones again');
SELECT is(pg_temp.said(pg_temp.call('PUT', '', :'c1', :'a', '{"content": ""}')), 'VALIDATION_ERROR', 'some');
SELECT isnt(pg_temp.says(:'t', :'a', 'Great intro'), 'COMMENT_DUPLICATE', 'what is said no more may be said anew');

-- ---- likes

SELECT is(pg_temp.said(pg_temp.call('POST', '/like', :'c1', :'b')), '{"liked": true, "like_count": 1}', 'somebody likes it');
SELECT is(pg_temp.said(pg_temp.call('POST', '/like', :'c1', :'b')), '{"liked": true, "like_count": 1}', 'once');
SELECT is(pg_temp.said(pg_temp.call('POST', '/like', :'c1', :'c')), '{"liked": true, "like_count": 2}', 'another one, too');
SELECT is(pg_temp.call('GET', '', :'c1', who) -> 'result' ->> 'is_liked', likes, 'each sees the own like') FROM (VALUES (:'b'::uuid, 'true'), (:'a', 'false'), (NULL, 'false')) v(who, likes);
SELECT is(pg_temp.said(pg_temp.call('DELETE', '/like', :'c1', :'b')), '{"liked": false, "like_count": 1}', 'one is taken back');
SELECT is(pg_temp.said(pg_temp.call('DELETE', '/like', :'c1', :'b')), '{"liked": false, "like_count": 1}', 'once');
SELECT is(test.audit(), 'nothing', 'counted is what there is');
SELECT cmp_ok(veza.job_unit('fold_comment_counters', ''), '>', 0::bigint, 'the slots are moved');
SELECT is((SELECT count(*) FROM veza_data.comment_counter), 0::bigint, 'and are gone');
SELECT is((SELECT like_count || ' ' || reply_count FROM veza_data.comment WHERE id = :'c1'), '1 3', 'to the comment');
SELECT is(pg_temp.said(pg_temp.call('POST', '/like', :'c1', :'b')), '{"liked": true, "like_count": 2}', 'what is shown is both together');
UPDATE veza_data.comment SET like_count = like_count + 1 WHERE id = :'c1';
SELECT is(test.audit(), 'comment_counter_differs', 'a wrong count is noticed');
UPDATE veza_data.comment SET like_count = like_count - 1 WHERE id = :'c1';

-- ---- deleting

SELECT is(pg_temp.said(pg_temp.call('DELETE', '', :'c1', :'c')), 'COMMENT_NOT_YOURS', 'a stranger deletes nothing');
SELECT pg_temp.count(:'t')::int AS before \gset
SELECT is(pg_temp.call('DELETE', '', :'r1', :'owner') -> 'result' ->> 'deleted', 'true', 'the owner of the track deletes what is said there');
SELECT is((SELECT concat_ws(' ', deleted_by, content) FROM veza_data.comment WHERE id = :'r1'), 'owner', 'its words are gone');
SELECT is(pg_temp.under(:'c1', NULL), 'Thank you!, The first', 'it is not there any more');
SELECT is(pg_temp.said(pg_temp.call('DELETE', '', :'r1', :'owner')), 'COMMENT_NOT_FOUND', 'for anybody');
SELECT is(pg_temp.call('GET', '', :'r2', NULL) -> 'result' ->> 'content', 'The first', 'what answered it stays');
SELECT is(pg_temp.said(pg_temp.call('DELETE', '', :'c1', :'a', '{}', jsonb_build_object('if_match', test.tag(:'c1', 1)))), 'PRECONDITION_FAILED', 'what was edited since is not deleted');
SELECT is(pg_temp.call('DELETE', '', :'c1', :'a') -> 'result' ->> 'id', :'c1', 'its author deletes it');
SELECT is(pg_temp.said(pg_temp.call('GET', '', :'c1', :'a')), 'COMMENT_NOT_FOUND', 'it is gone');
SELECT is(pg_temp.under(:'c1', NULL), 'Thank you!, The first', 'its place stays, for the replies');
SELECT is(pg_temp.listed(:'t', NULL) LIKE '%[]%', true, 'also in the list');
SELECT is(pg_temp.replies(:'t', :'b', 'Too late', :'c1'), 'COMMENT_NOT_FOUND', 'it is answered no more');
SELECT is(pg_temp.replies(:'t', :'b', 'In time', :'r2') ~ '^[0-9a-f-]{36}$', true, 'but what stands there is');
SELECT is(pg_temp.count(:'t'), (:before - 2 + 1)::text, 'the count follows');
SELECT is((SELECT count(*) FROM veza_data.comment_like WHERE comment_id = :'c1'), 0::bigint, 'its likes are gone');
SELECT is(test.audit(), 'nothing', 'counted is what there is, before');
SELECT test.run_jobs();
SELECT is(test.audit(), 'nothing', 'and after it was moved');
SELECT pg_temp.call('DELETE', '', id::text, :'owner') FROM veza_data.comment WHERE parent_id = :'c1' AND deleted_at IS NULL;
SELECT is(pg_temp.listed(:'t', NULL) LIKE '%[]%', false, 'a place with nothing under it is none');
SELECT is(pg_temp.under(:'c1', NULL), 'COMMENT_NOT_FOUND', 'and leads nowhere');
SELECT pg_temp.call('DELETE', '', (SELECT id::text FROM veza_data.comment WHERE content = 'Two'), :'admin');
SELECT is((SELECT action || ' ' || (details ->> 'as') FROM veza_data.audit_log WHERE resource_type = 'comment' ORDER BY id DESC LIMIT 1), 'comment.delete moderator', 'an administrator is on record');
SELECT pg_temp.says(:'t', :'c', 'Regret') AS regret \gset
SELECT pg_temp.hide(:'t', true);
SELECT is(pg_temp.call('DELETE', '', :'regret', :'c') -> 'result' ->> 'deleted', 'true', 'what one has said can be taken back, whatever has become of the track');
SELECT pg_temp.hide(:'t', false);
SELECT pg_temp.says(:'t', :'c', 'Nasty') AS nasty \gset
SELECT pg_temp.block(:'owner', :'c');
SELECT is(pg_temp.call('DELETE', '', :'nasty', :'owner') -> 'result' ->> 'deleted', 'true', 'so can what is said on one''s track by whom one does not see');
SELECT pg_temp.unblock();

-- ---- who is told

SELECT (SELECT username FROM veza_data.users WHERE id = :'b') AS bname, (SELECT username FROM veza_data.users WHERE id = :'c') AS cname, (SELECT username FROM veza_data.users WHERE id = :'owner') AS oname \gset
SELECT pg_temp.forget();
SELECT pg_temp.says(:'t', :'a', 'For all') AS fa \gset
SELECT is(pg_temp.told(:'owner'), 'comment For all', 'the owner is told of a comment');
SELECT pg_temp.forget();
SELECT pg_temp.replies(:'t', :'b', 'Indeed', :'fa');
SELECT is(pg_temp.told(:'a') || ', ' || pg_temp.told(:'owner'), 'reply Indeed, comment Indeed', 'who is answered is told of a reply');
SELECT pg_temp.forget();
SELECT pg_temp.replies(:'t', :'owner', 'So it is', :'fa');
SELECT is(pg_temp.told(:'a') || ', ' || pg_temp.told(:'owner'), 'reply So it is, nothing', 'nobody is told of what they did themselves');
SELECT pg_temp.forget();
SELECT pg_temp.says(:'t', :'a', format('Listen, @%s, @%s and @%s!', upper(:'bname'), :'bname', :'oname')) AS m \gset
SELECT is(pg_temp.told(:'b') LIKE 'mention Listen,%' AND pg_temp.told(:'owner') LIKE 'comment Listen,%', true, 'who is mentioned is told, once, and not if told already');
SELECT is((SELECT string_agg(n::text, ',') FROM veza_data.notification), '1,1', 'each once');
SELECT pg_temp.forget();
SELECT pg_temp.call('PUT', '', :'m', :'a', jsonb_build_object('content', format('Listen, @%s, and @%s!', :'bname', :'cname')));
SELECT is(pg_temp.told(:'b'), 'nothing', 'an edit does not tell again');
SELECT is(pg_temp.told(:'c') LIKE 'mention Listen%', true, 'but who is mentioned now');
SELECT pg_temp.forget(), pg_temp.block(:'b', :'a');
SELECT pg_temp.says(:'t', :'a', format('Hey @%s', :'bname'));
SELECT is(pg_temp.told(:'b'), 'nothing', 'who has blocked is not told');
SELECT pg_temp.unblock(), pg_temp.forget();
UPDATE veza_data.users SET preferences = '{"privacy": {"profile_visibility": "private"}}' WHERE id = :'b';
SELECT pg_temp.says(:'t', :'a', format('Are you there @%s', :'bname'));
SELECT is(pg_temp.told(:'b'), 'nothing', 'nor who is not to be seen');
UPDATE veza_data.users SET preferences = '{}' WHERE id = :'b';
SELECT pg_temp.hide(:'t', true), pg_temp.forget();
SELECT pg_temp.says(:'t', :'owner', format('Secret @%s', :'bname'));
SELECT pg_temp.replies(:'t', :'owner', 'Also secret', :'fa');
SELECT is(pg_temp.told(:'b') || ', ' || pg_temp.told(:'a'), 'nothing, nothing', 'nor is anybody of what they do not see');
SELECT pg_temp.hide(:'t', false);
SELECT is(pg_temp.says(:'t', :'a', (SELECT string_agg('@user' || n, ' ') FROM generate_series(1, 11) n)), 'VALIDATION_ERROR', 'too many are mentioned');
SELECT is(pg_temp.says(:'t', :'a', (SELECT string_agg('@user' || n, ' ') FROM generate_series(1, 10) n)) ~ '^[0-9a-f-]{36}$', true, 'ten may be');

-- ---- limits

UPDATE veza_data.setting SET value = '3' WHERE name = 'comment_limit';
SELECT test.user() AS spammer \gset
SELECT is(string_agg(CASE WHEN length(x) = 36 THEN 'ok' ELSE x END, ' ' ORDER BY n), 'ok ok ok RATE_LIMIT_EXCEEDED RATE_LIMIT_EXCEEDED', 'so many in a minute')
  FROM generate_series(1, 5) n, LATERAL (SELECT pg_temp.says(:'t', :'spammer', 'Buy number ' || n)) s(x);
UPDATE veza_data.setting SET value = '5' WHERE name = 'comment_hour_limit';
SELECT test.wait('61 seconds');
SELECT is(string_agg(CASE WHEN length(x) = 36 THEN 'ok' ELSE x END, ' ' ORDER BY n), 'ok ok RATE_LIMIT_EXCEEDED', 'so many in an hour')
  FROM generate_series(6, 8) n, LATERAL (SELECT pg_temp.says(:'t', :'spammer', 'Buy number ' || n)) s(x);
SELECT is(pg_temp.said(pg_temp.call('PUT', '', (SELECT id::text FROM veza_data.comment WHERE content = 'Buy number 1'), :'spammer', '{"content": "Buy more"}')), 'RATE_LIMIT_EXCEEDED', 'edits among them');
SELECT test.wait('-61 seconds');
UPDATE veza_data.setting SET value = '1000' WHERE name IN ('comment_limit', 'comment_hour_limit');

-- ---- an account that ends

SELECT veza.auth_register('leaver', 'leaver@veza.example', 'tortoise shell nine') ->> 'x';
SELECT id AS leaver FROM veza_data.users WHERE username = 'leaver' \gset
SELECT pg_temp.says(:'l', :'leaver', 'Left behind') AS left_behind \gset
SELECT pg_temp.replies(:'l', :'b', 'Stays', :'left_behind');
SELECT pg_temp.call('POST', '/like', (SELECT id::text FROM veza_data.comment WHERE content = 'One'), :'leaver');
SELECT test.act(:'leaver');
SELECT is(veza.account_export()::jsonb -> 'comments' @> '[{"content": "Left behind"}]', true, 'what one has said is exported');
SELECT is(jsonb_array_length(veza.account_export()::jsonb -> 'comment_likes'), 1, 'so are likes');
SELECT pg_temp.count(:'l')::int AS before \gset
SELECT veza.account_delete('me', 'tortoise shell nine', 'DELETE') FROM test.act(:'leaver');
SELECT is((SELECT count(*) FROM veza_data.comment WHERE user_id = :'leaver' AND content IS NOT NULL) + (SELECT count(*) FROM veza_data.comment_like WHERE user_id = :'leaver'), 0::bigint, 'an account that ends leaves no words');
SELECT is(pg_temp.listed(:'l', NULL), 'Three, One, []', 'an empty place where somebody has answered');
SELECT is(pg_temp.under(:'left_behind', NULL), 'Stays', 'whose words stay');
SELECT is(pg_temp.count(:'l'), (:before - 1)::text, 'the count follows');
SELECT is(test.audit(), 'nothing', 'and is what there is');
SELECT test.run_jobs();
SELECT is(test.audit(), 'nothing', 'also when it was moved');

-- ---- a track that is removed takes its comments along

SELECT pg_temp.call('GET', '', id::text, NULL) ->> 'refusal' AS before, id AS one FROM veza_data.comment WHERE content = 'One' \gset
SELECT test.http('DELETE', '/api/v1/tracks/:id', jsonb_build_object('id', :'l'), :'owner');
SELECT is(pg_temp.said(pg_temp.call('GET', '', :'one', who)), 'COMMENT_NOT_FOUND', 'a removed track has none') FROM unnest(ARRAY[:'a', :'owner', NULL]::uuid[]) who;
SELECT test.http('POST', '/api/v1/tracks/:id/restore', jsonb_build_object('id', :'l'), :'owner');
SELECT is(pg_temp.call('GET', '', :'one', NULL) -> 'result' ->> 'content', 'One', 'one that is restored has them');

-- ---- what the tables hold to

SELECT is(pg_temp.invalid(sql), '23514', sql) FROM (SELECT format(f, :'one') FROM unnest(ARRAY[
    'UPDATE veza_data.comment SET content = NULL WHERE id = %L', 'UPDATE veza_data.comment SET deleted_at = now() WHERE id = %L',
    'UPDATE veza_data.comment SET content = repeat(''x'', 1001) WHERE id = %L', 'UPDATE veza_data.comment SET reply_to_id = id WHERE id = %L']) f) x(sql);
UPDATE veza_data.comment SET has_replies = false WHERE id = :'left_behind';
SELECT is(test.audit(), 'comment_misplaced', 'a reply whose comment does not know of it is noticed');
UPDATE veza_data.comment SET has_replies = true WHERE id = :'left_behind';

-- ---- many: each page is as quick as the first

SELECT test.ready(:'owner', 'Talked about') AS many \gset
SET LOCAL session_replication_role = replica;
INSERT INTO veza_data.comment (track_id, user_id, content, content_hash, timestamp_ms, created_at)
SELECT :'many', :'a', 'Number ' || n, sha256(convert_to(n::text, 'UTF8')), n * 5, now() - n * interval '1 minute' FROM generate_series(1, 20000) n;
INSERT INTO veza_data.comment (track_id, user_id, parent_id, reply_to_id, content, content_hash, created_at)
SELECT :'many', :'b', c.id, c.id, 'Answer ' || n, sha256(convert_to('a' || n::text, 'UTF8')), now() + n * interval '1 minute'
  FROM (SELECT id FROM veza_data.comment WHERE content = 'Number 1') c, generate_series(1, 10000) n;
UPDATE veza_data.comment SET has_replies = true WHERE content = 'Number 1';
SET LOCAL session_replication_role = origin;
ANALYZE veza_data.comment, veza_data.comment_like, veza_data.comment_counter, veza_data.users, veza_data.user_block, veza_data.track;
SET LOCAL plan_cache_mode = force_generic_plan;
SET LOCAL enable_memoize = off;
-- The rows of comments that are read for a page behind a cursor far down, and whether all are.
CREATE FUNCTION pg_temp.read_by(method text, path text, args jsonb, OUT words text, OUT scans bigint, OUT rows bigint) LANGUAGE plpgsql AS $$
DECLARE
    before pg_stat_xact_user_tables;
    after  pg_stat_xact_user_tables;
BEGIN
    SELECT * INTO before FROM pg_stat_xact_user_tables WHERE relname = 'comment';
    words := pg_temp.words(test.http(method, path, args));
    SELECT * INTO after FROM pg_stat_xact_user_tables WHERE relname = 'comment';
    scans := after.seq_scan - before.seq_scan;
    rows := after.idx_tup_fetch - before.idx_tup_fetch;
END
$$;
CREATE FUNCTION pg_temp.cursor(sort integer, key bigint, id uuid) RETURNS text LANGUAGE sql AS $$
    SELECT translate(rtrim(encode(convert_to(format('%s.%s.%s', $1, $3, $2), 'UTF8'), 'base64'), '='), E'+/\n', '-_')
$$;
SELECT is(concat_ws(' | ', r.words, r.scans, r.rows <= 40), want || ' | 0 | t', name || ': a page far down reads no more than itself')
  FROM (VALUES ('newest', 0, '{"sort": "newest"}'::jsonb, 'Number 10001, Number 10002, Number 10003', '/api/v1/tracks/:id/comments'),
               ('oldest', 1, '{"sort": "oldest"}', 'Number 9999, Number 9998, Number 9997', '/api/v1/tracks/:id/comments'),
               ('position', 2, '{"sort": "position"}', 'Number 10001, Number 10002, Number 10003', '/api/v1/tracks/:id/comments'),
               ('replies', 3, '{}', 'Answer 5001, Answer 5002, Answer 5003', '/api/v1/comments/:id/replies')) v(name, sort, args, want, path)
  JOIN veza_data.comment c ON c.content = CASE name WHEN 'replies' THEN 'Answer 5000' ELSE 'Number 10000' END,
       LATERAL pg_temp.read_by('GET', path, args || jsonb_build_object('limit', 3, 'id', coalesce(c.parent_id, c.track_id),
           'cursor', pg_temp.cursor(sort, CASE name WHEN 'position' THEN c.timestamp_ms ELSE (extract(epoch FROM c.created_at) * 1000000)::bigint END, c.id))) r;

SELECT * FROM finish();
ROLLBACK;
