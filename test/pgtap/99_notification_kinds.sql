-- Each kind of notification, made by what makes it: it stands in its reader's list, and is not there for whom what it is about is not.

BEGIN;
SELECT no_plan();

SELECT test.user('creator') AS r \gset
SELECT test.user('creator') AS a \gset
SELECT test.user('creator') AS b \gset
SELECT test.user('admin') AS admin \gset
UPDATE veza_data.users SET username = name FROM (VALUES (:'r'::uuid, 'rita'), (:'a', 'ada'), (:'b', 'bob')) v(user_id, name) WHERE id = user_id;
SELECT test.ready(:'r', 'Mine') AS t, test.ready(:'r', 'Doubtful') AS doubtful, test.ready(:'b', 'Theirs') AS tb \gset
CREATE FUNCTION pg_temp.post(caller uuid, path text, id text, args jsonb DEFAULT '{}', method text DEFAULT 'POST') RETURNS text LANGUAGE sql AS $$
    SELECT test.wait('1 second');
    SELECT coalesce(x ->> 'refusal', x -> 'result' ->> 'id') FROM test.http($5, '/api/v1' || $2, jsonb_build_object('id', $3) || $4, $1) x
$$;
-- kind actor(title) url for each, in the order of their words
CREATE FUNCTION pg_temp.said(caller uuid) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(s, ', ' ORDER BY s COLLATE "C"), 'nothing')
      FROM (SELECT concat((x ->> 'kind'), ' ', x -> 'actor' ->> 'username', '(', x -> 'subject' ->> 'title', ') ', regexp_replace(x -> 'subject' ->> 'url', '^/api/v1/(.*)/[0-9a-f-]{36}$', '\1')) AS s
              FROM jsonb_array_elements(test.http('GET', '/api/v1/notifications', '{"limit": 100}', $1) -> 'result') x) l
$$;
-- What is missing when something has changed, which is undone.
CREATE FUNCTION pg_temp.gone(change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    reader uuid := current_setting('test.reader');
    before text[] := string_to_array(pg_temp.said(reader), ', ');
    after text[];
BEGIN
    EXECUTE change;
    after := string_to_array(pg_temp.said(reader), ', ');
    RAISE EXCEPTION USING ERRCODE = 'P0042', MESSAGE = coalesce((SELECT string_agg(x, ', ' ORDER BY x COLLATE "C") FROM (SELECT unnest(before) EXCEPT SELECT unnest(after)) d(x)), 'nothing')
        || coalesce('; new: ' || (SELECT string_agg(x, ', ') FROM (SELECT unnest(after) EXCEPT SELECT unnest(before)) d(x)), '');
EXCEPTION WHEN SQLSTATE 'P0042' THEN RETURN SQLERRM;
END
$$;
SELECT set_config('test.reader', :'r', true);
CREATE FUNCTION pg_temp.list(caller uuid, name text, visibility text) RETURNS text LANGUAGE sql AS $$
    SELECT test.http('POST', '/api/v1/playlists', jsonb_build_object('name', $2, 'visibility', $3), $1) -> 'result' ->> 'id'
$$;
SELECT pg_temp.list(:'r', 'My list', 'public') AS p, pg_temp.list(:'a', 'Guests', 'private') AS guests \gset

-- ---- all of them are made

SELECT pg_temp.post(:'a', '/users/:id/follow', :'r'), pg_temp.post(:'b', '/playlists/:id/follow', :'p'), pg_temp.post(:'a', '/playlists/:id/like', :'p'), pg_temp.post(:'b', '/tracks/:id/like', :'t');
SELECT pg_temp.post(:'a', '/tracks/:id/comments', :'t', '{"content": "Lovely"}') AS comment \gset
SELECT pg_temp.post(:'r', '/tracks/:id/comments', :'tb', '{"content": "Which key is it in?"}') AS asked \gset
SELECT pg_temp.post(:'b', '/tracks/:id/comments', :'tb', jsonb_build_object('content', 'E flat ' || repeat('x', 100), 'parent_id', :'asked')) AS reply \gset
SELECT pg_temp.post(:'a', '/tracks/:id/comments', :'tb', '{"content": "Listen @rita"}') AS mention \gset
SELECT pg_temp.post(:'a', '/playlists/:id/collaborators', :'guests', jsonb_build_object('user_id', :'r'));
SELECT pg_temp.post(:'r', '/tracks/:id/comments', :'tb', '{"content": "Rude words"}') AS rude \gset
SELECT pg_temp.post(:'a', '/reports', NULL, jsonb_build_object('subject_type', 'comment', 'subject_id', :'rude', 'reason', 'hate')), pg_temp.post(:'r', '/reports', NULL, jsonb_build_object('subject_type', 'track', 'subject_id', :'tb', 'reason', 'spam'));
SELECT pg_temp.post(:'admin', '/admin/reports/:id/hide', id::text, '{"reason": "Be kind"}') FROM veza_data.moderation_case WHERE subject_id = :'rude';
SELECT pg_temp.post(:'admin', '/admin/reports/:id/close', id::text, '{"reason": "Fine"}') FROM veza_data.moderation_case WHERE subject_id = :'tb';
SELECT pg_temp.post(:'admin', '/admin/tracks/:id/take-down', :'doubtful', '{"reason": "A complaint"}');
SELECT veza.job_unit('tell_reporters', '');
SELECT is(string_to_array(pg_temp.said(:'r'), ', '), ARRAY['comment ada(Mine) comments', 'follow ada() ', 'follow bob(My list) playlists', 'invitation ada(Guests) playlists', 'like ada(My list) playlists', 'like bob(Mine) tracks',
    'mention ada(Listen @rita) comments', 'reply bob(E flat ' || repeat('x', 73) || ') comments', 'review_decision () moderation/decisions', 'review_decision () reports', 'review_decision (Doubtful) tracks'], 'the reader is told of each of them, with what a sentence about it needs');
SELECT is(pg_temp.said(:'a'), 'review_decision () reports', 'who reported is told that it was decided');
SELECT is((SELECT count(*) FROM jsonb_array_elements(test.http('GET', '/api/v1/notifications', '{"limit": 100}', :'r') -> 'result') x
            WHERE CASE WHEN x -> 'subject' ->> 'url' IS NOT NULL THEN test.http('GET', regexp_replace(x -> 'subject' ->> 'url', '[0-9a-f-]{36}$', ':id'), jsonb_build_object('id', x -> 'subject' ->> 'id'), :'r') ->> 'refusal' IS NOT NULL END), 0::bigint, 'and finds it at the address');
SELECT is(test.http('GET', '/api/v1/notifications/unread-count', '{}', :'r') -> 'result' ->> 'unread_count', '11', 'it is counted');

-- ---- and is gone with what it is about

SELECT is(pg_temp.gone(format(change, id)), missing, format(change, words))
  FROM (VALUES ('UPDATE veza_data.playlist SET deleted_at = now() WHERE id = %L', :'p', 'my list', 'follow bob(My list) playlists, like ada(My list) playlists'),
               ('DELETE FROM veza_data.playlist WHERE id = %L', :'p', 'my list', 'follow bob(My list) playlists, like ada(My list) playlists'),
               ('UPDATE veza_data.playlist SET taken_down_at = now(), taken_down_reason = ''x'' WHERE id = %L', :'p', 'my list', 'nothing'),
               ('UPDATE veza_data.playlist SET deleted_at = now() WHERE id = %L', :'guests', 'guests', 'invitation ada(Guests) playlists'),
               ('UPDATE veza_data.playlist SET taken_down_at = now(), taken_down_reason = ''x'' WHERE id = %L', :'guests', 'guests', 'invitation ada(Guests) playlists'),
               ('DELETE FROM veza_data.playlist_member WHERE playlist_id = %L', :'guests', 'guests', 'invitation ada(Guests) playlists'),
               ('UPDATE veza_data.track SET deleted_at = now() WHERE id = %L', :'t', 'mine', 'comment ada(Mine) comments, like bob(Mine) tracks'),
               ('UPDATE veza_data.track SET taken_down_at = now(), taken_down_reason = ''x'' WHERE id = %L', :'t', 'mine', 'nothing'),
               ('UPDATE veza_data.track SET visibility = ''private'' WHERE id = %L', :'tb', 'theirs', 'mention ada(Listen @rita) comments, reply bob(E flat ' || repeat('x', 73) || ') comments'),
               ('UPDATE veza_data.track SET visibility = ''unlisted'' WHERE id = %L', :'tb', 'theirs', 'nothing'),
               ('UPDATE veza_data.comment SET hidden_at = now() WHERE id = %L', :'comment', 'the comment', 'comment ada(Mine) comments'),
               ('UPDATE veza_data.comment SET hidden_at = now() WHERE id = %L', :'mention', 'the mention', 'mention ada(Listen @rita) comments'),
               ('UPDATE veza_data.comment SET content = NULL, content_hash = NULL, deleted_at = now(), deleted_by = ''author'' WHERE id = %L', :'reply', 'the reply', 'reply bob(E flat ' || repeat('x', 73) || ') comments'),
               ('UPDATE veza_data.users SET status = ''suspended'' WHERE id = %L', :'a', 'ada', 'comment ada(Mine) comments, follow ada() , invitation ada(Guests) playlists, like ada(My list) playlists, mention ada(Listen @rita) comments'),
               ('UPDATE veza_data.moderation_case SET owner_id = %L', :'b', 'bob', 'review_decision () moderation/decisions'),
               ('UPDATE veza_data.report SET reporter_id = %L WHERE reporter_id = (SELECT id FROM veza_data.users WHERE username = ''rita'')', :'b', 'bob', 'review_decision () reports')) v(change, id, words, missing);
SELECT is(pg_temp.gone(format('INSERT INTO veza_data.user_block VALUES (%L, %L, now())', who, whom)), 'comment ada(Mine) comments, follow ada() , invitation ada(Guests) playlists, like ada(My list) playlists, mention ada(Listen @rita) comments', 'a block keeps them apart')
  FROM (VALUES (:'a'::uuid, :'r'::uuid), (:'r', :'a')) v(who, whom);
SELECT is(pg_temp.gone(format('INSERT INTO veza_data.user_block VALUES (%L, %L, now())', :'b', :'r')), 'follow bob(My list) playlists, like bob(Mine) tracks, mention ada(Listen @rita) comments, reply bob(E flat ' || repeat('x', 73) || ') comments',
          'by whom one is blocked, of whose track one is told nothing, whoever writes there');
SELECT is(pg_temp.post(:'a', '/comments/:id', :'mention', '{"content": "Look @rita"}', 'PUT') || pg_temp.said(:'r') LIKE '%mention ada(Look @rita) comments%', true, 'words are those that there are now');
SELECT is(test.audit(), 'nothing', 'all is well');

SELECT * FROM finish();
ROLLBACK;
