-- Playlists: who works on them, follows and likes them; lists of them; the play queue; accounts that end.

BEGIN;
SELECT no_plan();

SELECT test.user() AS u \gset
SELECT test.user() AS e \gset
SELECT test.user() AS v \gset
SELECT test.user() AS x \gset
SELECT test.user('admin') AS admin \gset
SELECT test.user('creator') AS c \gset
SELECT test.ready(:'c', 'A') AS ta, test.ready(:'c', 'B') AS tb, test.ready(:'c', 'C') AS tc \gset
CREATE FUNCTION pg_temp.call(method text, what text, id text, caller uuid, args jsonb DEFAULT '{}', headers jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http($1, '/api/v1/playlists/:id' || $2, jsonb_build_object('id', $3) || $5, $4, headers => $6)
$$;
CREATE FUNCTION pg_temp.make(caller uuid, args jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT test.http('POST', '/api/v1/playlists', '{"name": "A list"}' || $2, $1) -> 'result' ->> 'id'
$$;
CREATE FUNCTION pg_temp.said(answer jsonb) RETURNS text LANGUAGE sql AS $$ SELECT coalesce($1 ->> 'refusal', 'none') $$;
CREATE FUNCTION pg_temp.invite(id text, caller uuid, args jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(a ->> 'refusal', concat_ws(' ', a -> 'head' ->> 'status', a -> 'result' ->> 'role', a -> 'result' ->> 'status')) FROM pg_temp.call('POST', '/collaborators', $1, $2, $3) a
$$;
CREATE FUNCTION pg_temp.told(who uuid, kind text) RETURNS bigint LANGUAGE sql AS $$ SELECT coalesce(sum(n.n), 0) FROM veza_data.notification n WHERE user_id = $1 AND n.kind = $2 $$;
CREATE FUNCTION pg_temp.name(id uuid) RETURNS text LANGUAGE sql AS $$ SELECT username FROM veza_data.users u WHERE u.id = $1 $$;

-- ---- invitations

SELECT pg_temp.make(:'u', jsonb_build_object('track_ids', format('{%s,%s}', :'ta', :'tb'))) AS p \gset
SELECT is(pg_temp.invite(:'p', :'e', jsonb_build_object('user_id', :'v')), 'PLAYLIST_NOT_FOUND', 'a stranger invites nobody');
SELECT is(pg_temp.invite(:'p', :'u', jsonb_build_object('user_id', :'e')), '201 editor invited', 'the owner invites an editor');
SELECT is(pg_temp.invite(:'p', :'u', jsonb_build_object('username', upper(pg_temp.name(:'v')), 'role', 'read')), '201 viewer invited', 'and a viewer, by name');
SELECT is(pg_temp.invite(:'p', :'u', jsonb_build_object('user_id', :'v', 'role', 'viewer')), '201 viewer invited', 'again: nothing changes');
SELECT is(pg_temp.told(:'e', 'invitation'), 1::bigint, 'who is invited is told');
SELECT is(pg_temp.told(:'v', 'invitation'), 1::bigint, 'once');
SELECT is(pg_temp.invite(:'p', :'u', args::jsonb), 'VALIDATION_ERROR', args) FROM unnest(ARRAY['{}', format('{"user_id": "%s", "username": "x"}', :'x'), format('{"user_id": "%s", "role": "owner"}', :'x'), format('{"user_id": "%s"}', :'u')]) args;
SELECT is(pg_temp.invite(:'p', :'u', jsonb_build_object('user_id', gen_random_uuid())), 'USER_NOT_FOUND', 'whoever is not there is not invited');
INSERT INTO veza_data.user_block VALUES (:'x', :'u', now());
SELECT is(pg_temp.invite(:'p', :'u', jsonb_build_object('user_id', :'x')), 'USER_NOT_FOUND', 'nor who has blocked the owner');
UPDATE veza_data.user_block SET blocker_id = :'u', blocked_id = :'x';
SELECT is(pg_temp.invite(:'p', :'u', jsonb_build_object('user_id', :'x')), 'USER_NOT_FOUND', 'nor whom the owner has blocked');
DELETE FROM veza_data.user_block;
UPDATE veza_data.users SET preferences = '{"privacy": {"profile_visibility": "private"}}' WHERE id = :'x';
SELECT is(pg_temp.invite(:'p', :'u', jsonb_build_object('username', pg_temp.name(:'x'))), 'USER_NOT_FOUND', 'nor who is not to be seen');
UPDATE veza_data.users SET preferences = '{}' WHERE id = :'x';
SELECT is(pg_temp.call('GET', '', :'p', :'e') -> 'result' ->> 'role', 'invited', 'who is invited sees the playlist');
SELECT is(pg_temp.said(pg_temp.call('POST', '/tracks', :'p', :'e', jsonb_build_object('track_id', :'tc'))), 'PLAYLIST_NOT_YOURS', 'but does not work on it');
SELECT is(pg_temp.said(pg_temp.call('GET', '/collaborators', :'p', :'e')), 'PLAYLIST_NOT_YOURS', 'nor sees who does');
SELECT is(pg_temp.call('POST', '/invitation', :'p', :'e') -> 'result' ->> 'status', 'accepted', 'before it is accepted');
SELECT is(pg_temp.said(pg_temp.call('POST', '/invitation', :'p', :'e')), 'INVITATION_NOT_FOUND', 'once');
SELECT is(pg_temp.said(pg_temp.call('POST', '/invitation', :'p', :'x')), 'PLAYLIST_NOT_FOUND', 'not by others');
CREATE FUNCTION pg_temp.members(id text, caller uuid) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', m ->> 'role', m ->> 'status'), ', ' ORDER BY n) FROM jsonb_array_elements(pg_temp.call('GET', '/collaborators', $1, $2) -> 'result') WITH ORDINALITY l(m, n)
$$;
UPDATE veza_data.playlist_member SET created_at = created_at + interval '1 s' WHERE user_id = :'v';
SELECT is(pg_temp.members(:'p', :'u'), 'owner accepted, editor accepted, viewer invited', 'the owner sees who takes part');
SELECT is(pg_temp.members(:'p', :'e'), 'owner accepted, editor accepted', 'others see those who have accepted');
SELECT is(pg_temp.said(pg_temp.call('DELETE', '/invitation', :'p', :'v')), 'none', 'an invitation is declined');
SELECT is(pg_temp.said(pg_temp.call('GET', '', :'p', :'v')), 'PLAYLIST_NOT_FOUND', 'then the playlist is not there any more');
SELECT pg_temp.invite(:'p', :'u', jsonb_build_object('user_id', :'v', 'role', 'viewer'));
SELECT pg_temp.call('POST', '/invitation', :'p', :'v');

-- ---- what editors and viewers may

CREATE FUNCTION pg_temp.may(caller uuid, id text, track text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(what || ' ' || CASE answer ->> 'refusal' WHEN 'PLAYLIST_NOT_YOURS' THEN 'no' WHEN 'PLAYLIST_NOT_FOUND' THEN 'hidden' ELSE 'yes' END, ', ')
      FROM (VALUES ('see', pg_temp.call('GET', '/tracks', $2, $1)),
                   ('add', pg_temp.call('POST', '/tracks', $2, $1, jsonb_build_object('track_id', $3))),
                   ('move', pg_temp.call('PUT', '/tracks/reorder', $2, $1, jsonb_build_object('range_start', 0, 'insert_before', 2, 'version', (SELECT version FROM veza_data.playlist p WHERE p.id = $2::uuid)))),
                   ('remove', pg_temp.call('DELETE', '/tracks/:track_id', $2, $1, jsonb_build_object('track_id', $3))),
                   ('rename', pg_temp.call('PUT', '', $2, $1, '{"name": "x"}')),
                   ('open', pg_temp.call('PUT', '', $2, $1, '{"visibility": "private"}')),
                   ('invite', pg_temp.call('POST', '/collaborators', $2, $1, jsonb_build_object('user_id', gen_random_uuid()))),
                   ('promote', pg_temp.call('PUT', '/collaborators/:user_id', $2, $1, jsonb_build_object('user_id', $1, 'role', 'editor'))),
                   ('dismiss', pg_temp.call('DELETE', '/collaborators/:user_id', $2, $1, jsonb_build_object('user_id', gen_random_uuid()))),
                   ('cover', pg_temp.call('DELETE', '/cover', $2, $1)),
                   ('changes', pg_temp.call('GET', '/changes', $2, $1)),
                   ('delete', CASE WHEN $1 <> (SELECT owner_id FROM veza_data.playlist p WHERE p.id = $2::uuid) THEN pg_temp.call('DELETE', '', $2, $1) ELSE '{}' END)) x(what, answer)
$$;
SELECT is(pg_temp.may(:'u', :'p', :'tc'), 'see yes, add yes, move yes, remove yes, rename yes, open yes, invite yes, promote yes, dismiss yes, cover yes, changes yes, delete yes', 'an owner');
SELECT is(pg_temp.may(:'e', :'p', :'tc'), 'see yes, add yes, move yes, remove yes, rename no, open no, invite no, promote no, dismiss no, cover no, changes yes, delete no', 'an editor');
SELECT is(pg_temp.may(:'v', :'p', :'tc'), 'see yes, add no, move no, remove no, rename no, open no, invite no, promote no, dismiss no, cover no, changes yes, delete no', 'a viewer');
SELECT is(pg_temp.may(:'x', :'p', :'tc'), 'see hidden, add hidden, move hidden, remove hidden, rename hidden, open hidden, invite hidden, promote hidden, dismiss hidden, cover hidden, changes hidden, delete hidden', 'a stranger');
SELECT is(pg_temp.call('PUT', '/collaborators/:user_id', :'p', :'u', jsonb_build_object('user_id', :'v', 'role', 'write')) -> 'result' ->> 'role', 'editor', 'a viewer becomes an editor');
SELECT is(pg_temp.said(pg_temp.call('POST', '/tracks', :'p', :'v', jsonb_build_object('track_id', :'tc'))), 'none', 'and works on it');
SELECT is(pg_temp.said(pg_temp.call('PUT', '/collaborators/:user_id', :'p', :'u', jsonb_build_object('user_id', :'x', 'role', 'editor'))), 'COLLABORATOR_NOT_FOUND', 'who takes no part has no role');
INSERT INTO veza_data.user_block VALUES (:'u', :'v', now());
SELECT is(pg_temp.said(pg_temp.call('POST', '/tracks', :'p', :'v', jsonb_build_object('track_id', :'tc'))), 'PLAYLIST_NOT_FOUND', 'whom the owner blocks is out at once');
DELETE FROM veza_data.user_block;
SELECT is(pg_temp.said(pg_temp.call('DELETE', '/collaborators/:user_id', :'p', :'u', jsonb_build_object('user_id', :'v'))), 'none', 'somebody is removed');
SELECT is(pg_temp.said(pg_temp.call('GET', '', :'p', :'v')), 'PLAYLIST_NOT_FOUND', 'and sees it no more');
SELECT is((SELECT count(*) FROM veza_data.playlist_entry WHERE playlist_id = :'p' AND added_by = :'v'), 1::bigint, 'what was added stays');
SELECT is(pg_temp.said(pg_temp.call('DELETE', '/collaborators/:user_id', :'p', :'e', '{"user_id": "me"}')), 'none', 'somebody leaves');
SELECT is(pg_temp.said(pg_temp.call('DELETE', '/collaborators/:user_id', :'p', :'u', '{"user_id": "me"}')), 'COLLABORATOR_NOT_FOUND', 'but not the owner');
SELECT is(pg_temp.call('POST', '/tracks', :'p', :'admin', jsonb_build_object('track_id', :'tc')) -> 'head' ->> 'status', '201', 'an administrator may all of it');
SELECT is((SELECT count(*) FROM veza_data.audit_log WHERE action = 'playlist.entries' AND resource_id = :'p' AND actor_id = :'admin'), 1::bigint, 'which is on record');
SELECT is((SELECT count(*) FROM veza_data.audit_log WHERE action = 'playlist.entries'), 1::bigint, 'as what the others do is not');

-- ---- limits

UPDATE veza_data.setting SET value = '3' WHERE name = 'invitation_limit';
SELECT pg_temp.make(:'x') AS spam \gset
SELECT is((SELECT string_agg(split_part(pg_temp.invite(:'spam', :'x', jsonb_build_object('user_id', who)), ' ', 1), ' ') FROM unnest(ARRAY[:'u', :'e', :'v', :'c', :'admin']::uuid[]) who),
          '201 201 201 RATE_LIMIT_EXCEEDED RATE_LIMIT_EXCEEDED', 'invitations are limited');
SELECT is((SELECT count(*) FROM veza_data.playlist_member WHERE playlist_id = :'spam'), 3::bigint, 'those beyond are not made');
UPDATE veza_data.setting SET value = '50' WHERE name = 'invitation_limit';
SELECT test.wait('25 hours');
INSERT INTO veza_data.playlist_member (playlist_id, user_id, role, created_at) SELECT :'spam', test.user(), 'viewer', now() FROM generate_series(1, 97);
SELECT is(pg_temp.invite(:'spam', :'x', jsonb_build_object('user_id', :'c')), 'PLAYLIST_FULL', 'and so is how many take part');
SELECT test.wait('-25 hours');

-- ---- following and liking

UPDATE veza_data.playlist SET visibility = 'public' WHERE id = :'p';
CREATE FUNCTION pg_temp.wish(method text, what text, id text, caller uuid) RETURNS text LANGUAGE sql AS $$ SELECT coalesce(a ->> 'refusal', (a -> 'result')::text) FROM pg_temp.call($1, $2, $3, $4) a $$;
SELECT is(pg_temp.wish('POST', '/follow', :'p', :'e'), '{"followed": true, "follower_count": 1}', 'somebody follows it');
SELECT is(pg_temp.wish('POST', '/follow', :'p', :'e'), '{"followed": true, "follower_count": 1}', 'once');
SELECT is(pg_temp.wish('POST', '/like', :'p', :'e'), '{"liked": true, "like_count": 1}', 'and likes it');
SELECT is(pg_temp.wish('POST', '/like', :'p', :'v'), '{"liked": true, "like_count": 2}', 'as another one does');
SELECT is((SELECT array_agg(pg_temp.told(:'u', kind) ORDER BY kind) FROM unnest('{follow,like}'::text[]) kind), '{1,2}', 'its owner is told');
SELECT is((SELECT follow_count + like_count FROM veza_data.playlist WHERE id = :'p'), 0::bigint, 'its row is not touched');
SELECT is((SELECT concat_ws(' ', r ->> 'follower_count', r ->> 'like_count', r ->> 'is_followed', r ->> 'is_liked') FROM (SELECT pg_temp.call('GET', '', :'p', :'v') -> 'result' AS r) y), '1 2 false true', 'all the same it is counted');
SELECT is(test.audit(), 'nothing', 'and counted is what there is');
SELECT cmp_ok(veza.job_unit('fold_playlist_counters', ''), '>=', 2::bigint, 'then it is moved');
SELECT is((SELECT follow_count || ' ' || like_count FROM veza_data.playlist WHERE id = :'p'), '1 2', 'to the playlist');
SELECT is(pg_temp.wish('DELETE', '/like', :'p', :'e'), '{"liked": false, "like_count": 1}', 'a like is taken back');
SELECT is(pg_temp.wish('DELETE', '/like', :'p', :'e'), '{"liked": false, "like_count": 1}', 'once');
SELECT is(pg_temp.wish('DELETE', '/follow', :'p', :'x'), '{"followed": false, "follower_count": 1}', 'what was not wished cannot be taken back');
SELECT is(test.audit(), 'nothing', 'counted is what there is');
UPDATE veza_data.playlist SET like_count = 7 WHERE id = :'p';
SELECT is(test.audit(), 'playlist_counter_differs', 'a wrong count is noticed');
UPDATE veza_data.playlist SET like_count = 2, track_count = track_count + 1 WHERE id = :'p';
SELECT is(test.audit(), 'playlist_counter_differs', 'also one of entries');
UPDATE veza_data.playlist SET track_count = track_count - 1 WHERE id = :'p';
SELECT is(pg_temp.wish('POST', '/like', :'p', NULL), 'AUTH_REQUIRED', 'nobody likes nothing');
SELECT pg_temp.make(:'u') AS hidden \gset
SELECT is(pg_temp.wish(method, what, :'hidden', :'e'), 'PLAYLIST_NOT_FOUND', method || ' ' || what || ': not what cannot be seen') FROM unnest('{POST,DELETE}'::text[]) method, unnest('{/follow,/like}'::text[]) what;

-- ---- lists

CREATE FUNCTION pg_temp.list(caller uuid, args jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(a ->> 'refusal', (SELECT coalesce(string_agg(l ->> 'name', ',' ORDER BY n), '') FROM jsonb_array_elements(a -> 'result') WITH ORDINALITY x(l, n)))
      FROM test.http('GET', '/api/v1/playlists', $2, $1) a
$$;
DELETE FROM veza_data.playlist;
SELECT test.user() AS m \gset
SELECT pg_temp.make(:'m', '{"name": "Own private"}') AS own, pg_temp.make(:'m', '{"name": "Own public", "is_public": true}') AS open,
       pg_temp.make(:'u', '{"name": "Été", "description": "summer", "is_public": true}') AS other, pg_temp.make(:'u', '{"name": "Unlisted", "visibility": "unlisted"}') AS unlisted,
       pg_temp.make(:'u', '{"name": "Secret"}') AS secret, pg_temp.make(:'u', '{"name": "Together"}') AS together, pg_temp.make(:'u', '{"name": "Invitation"}') AS invitation \gset
UPDATE veza_data.playlist SET created_at = now() + array_position(ARRAY[:'own', :'open', :'other', :'unlisted', :'secret', :'together', :'invitation'], id::text) * interval '1 s';
SELECT pg_temp.invite(p, :'u', jsonb_build_object('user_id', :'m')) FROM unnest(ARRAY[:'together', :'invitation']) p;
SELECT pg_temp.call('POST', '/invitation', :'together', :'m');
SELECT is(pg_temp.list(NULL), 'Été,Own public', 'nobody sees what is public, newest first');
SELECT is(pg_temp.list(:'m'), 'Together,Été,Own public,Own private', 'somebody what is public, own and worked on together');
SELECT is(pg_temp.list(:'m', jsonb_build_object('scope', scope)), seen, scope) FROM (VALUES ('public', 'Été,Own public'), ('own', 'Own public,Own private'), ('collaborated', 'Together'), ('invited', 'Invitation'), ('followed', ''), ('liked', ''), ('removed', '')) x(scope, seen);
SELECT pg_temp.call('POST', '/follow', :'other', :'m'), pg_temp.call('POST', '/follow', :'unlisted', :'m'), pg_temp.call('POST', '/like', :'open', :'m');
SELECT is(pg_temp.list(:'m', '{"scope": "followed"}'), 'Unlisted,Été', 'what one follows');
SELECT is(pg_temp.list(:'m', '{"scope": "liked"}'), 'Own public', 'what one likes');
SELECT pg_temp.call('PUT', '', :'unlisted', :'u', '{"visibility": "private"}');
SELECT is(pg_temp.list(:'m', '{"scope": "followed"}'), 'Été', 'less what has become private');
SELECT is(pg_temp.list(:'e', jsonb_build_object('user_id', :'u')), 'Été', 'those of a user');
SELECT is(pg_temp.list(:'u', jsonb_build_object('user_id', :'u')), 'Invitation,Together,Secret,Unlisted,Été', 'all of them, if it is oneself');
SELECT is(pg_temp.list(:'e', jsonb_build_object('search', words)), found, words) FROM (VALUES ('ete', 'Été'), ('summr', 'Été'), ('own', 'Own public'), ('secret', ''), ('Together', '')) x(words, found);
SELECT is(pg_temp.list(:'m', '{"search": "private"}'), 'Own private', 'in one''s own, too');
SELECT is(pg_temp.list(:'m', '{"is_public": false}'), 'Together,Own private', 'those that are not public');
SELECT is(pg_temp.list(:'m', jsonb_build_object('sort', sort)), seen, sort) FROM (VALUES ('name', 'Été,Own private,Own public,Together'), ('-name', 'Together,Own public,Own private,Été'), ('created_at', 'Together,Été,Own public,Own private')) x(sort, seen);
SELECT is(pg_temp.list(:'m', '{"sort": "created_at", "order": "asc"}'), 'Own private,Own public,Été,Together', 'from the oldest up');
SELECT is(pg_temp.list(:'m', '{"limit": 2, "page": 2}'), 'Own public,Own private', 'in pages');
SELECT is(pg_temp.list(:'m', jsonb_build_object('limit', 3, 'sort', 'name', 'cursor', test.http('GET', '/api/v1/playlists', '{"limit": 3, "sort": "name"}', :'m') -> 'head' -> 'meta' ->> 'next_cursor')), 'Together', 'by cursor');
SELECT is(pg_temp.list(:'m', jsonb_build_object('limit', 3, 'cursor', test.http('GET', '/api/v1/playlists', '{"limit": 3}', :'m') -> 'head' -> 'meta' ->> 'next_cursor')), 'Own private', 'also of times');
SELECT is(test.http('GET', '/api/v1/playlists', '{"limit": 1, "with_total": true}', :'m') -> 'head' -> 'meta' ->> 'total', '4', 'counted when that is asked for');
SELECT is(pg_temp.list(NULL, '{"scope": "own"}'), 'AUTH_REQUIRED', 'nobody has own ones');
SELECT is(pg_temp.list(:'m', args::jsonb), 'VALIDATION_ERROR', args) FROM unnest(ARRAY['{"scope": "all of them"}', '{"sort": "likes"}', '{"order": "up"}', '{"search": "?"}', '{"limit": 101}', '{"cursor": "x"}', jsonb_build_object('search', repeat('x', 201))::text]) args;
INSERT INTO veza_data.user_block VALUES (:'u', :'m', now());
SELECT is(pg_temp.list(:'m', jsonb_build_object('scope', scope)), seen, 'blocked: ' || scope) FROM (VALUES ('public', 'Own public'), ('collaborated', ''), ('invited', ''), ('followed', ''), ('all', 'Own public,Own private')) x(scope, seen);
DELETE FROM veza_data.user_block;
SELECT pg_temp.call('DELETE', '', :'open', :'m');
SELECT is(pg_temp.list(:'m', jsonb_build_object('scope', scope)), seen, 'removed: ' || scope) FROM (VALUES ('own', 'Own private'), ('liked', ''), ('removed', 'Own public')) x(scope, seen);

-- ---- the play queue

CREATE FUNCTION pg_temp.queue(method text, caller uuid, args jsonb DEFAULT '{}', headers jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$ SELECT test.http($1, '/api/v1/me/queue', $3, $2, headers => $4) $$;
SELECT is(pg_temp.queue('GET', :'m') -> 'result', '{"track_ids": [], "current_index": null, "position_ms": 0, "device": null, "tracks": [], "version": 0, "updated_at": null}', 'a queue is empty at first');
SELECT is(pg_temp.queue('GET', :'m') -> 'head' -> 'headers' ->> 'ETag', test.tag(:'m', 0), 'with a tag');
SELECT is(pg_temp.said(pg_temp.queue('PUT', :'m', args::jsonb)), 'VALIDATION_ERROR', left(args, 80)) FROM unnest(ARRAY['{"track_ids": "{NULL}"}', '{"position_ms": -1}', '{"track_ids": "{}", "current_index": 0}',
    format('{"track_ids": "{%s}"}', (SELECT string_agg(gen_random_uuid()::text, ',') FROM generate_series(1, 1001))), format('{"track_ids": "{%s}", "current_index": 1}', :'ta'), jsonb_build_object('device', repeat('x', 101))::text]) args;
SELECT is((SELECT count(*) FROM veza_data.play_queue), 0::bigint, 'what is wrong is not saved');
SELECT pg_temp.queue('PUT', :'m', jsonb_build_object('track_ids', format('{%s,%s,%s}', :'ta', :'tb', :'ta'), 'current_index', 1, 'position_ms', 61000, 'device', 'Phone'), jsonb_build_object('if_match', test.tag(:'m', 0))) AS saved \gset
SELECT is(pg_temp.said(:'saved'), 'none', 'it is saved on one device');
SELECT is((SELECT concat_ws(' ', r ->> 'current_index', r ->> 'position_ms', r ->> 'device', r ->> 'version', (SELECT string_agg(t ->> 'title', '') FROM jsonb_array_elements(r -> 'tracks') t)) FROM (SELECT pg_temp.queue('GET', :'m') -> 'result' AS r) y), '1 61000 Phone 1 ABA', 'and taken up on another');
SELECT is(pg_temp.queue('GET', :'m') -> 'head' -> 'headers' ->> 'ETag', :'saved'::jsonb -> 'head' -> 'headers' ->> 'ETag', 'by the same tag');
SELECT is(pg_temp.queue('PUT', :'m', '{"current_index": 2, "position_ms": 5}', jsonb_build_object('if_match', :'saved'::jsonb -> 'head' -> 'headers' ->> 'ETag')) -> 'result' ->> 'version', '2', 'how far it was played is saved without the tracks');
SELECT is(pg_temp.said(pg_temp.queue('PUT', :'m', '{"current_index": 0}', jsonb_build_object('if_match', :'saved'::jsonb -> 'head' -> 'headers' ->> 'ETag'))), 'PRECONDITION_FAILED', 'who has seen an older one does not save');
SELECT is(pg_temp.said(pg_temp.queue('PUT', :'m', '{"current_index": 0}', jsonb_build_object('if_match', test.tag(:'m', 0)))), 'PRECONDITION_FAILED', 'nor who has seen none');
UPDATE veza_data.track SET visibility = 'private' WHERE id = :'tb';
SELECT is((SELECT string_agg(coalesce(t ->> 'title', '-'), '') FROM jsonb_array_elements(pg_temp.queue('GET', :'m') -> 'result' -> 'tracks') t), 'A-A', 'what cannot be seen keeps its place');
SELECT is(pg_temp.said(pg_temp.queue('GET', NULL)), 'AUTH_REQUIRED', 'nobody has a queue');

-- ---- accounts that end

SELECT test.http('PUT', '/api/v1/playlists/:id', jsonb_build_object('id', :'other', 'name', 'x'), :'u');
SELECT pg_temp.call('POST', '/tracks', :'together', :'m', jsonb_build_object('track_id', :'ta')), pg_temp.call('POST', '/like', :'other', :'m');
SELECT jsonb_object_agg(k, jsonb_array_length(v)) FROM (SELECT test.act(:'m')) y, jsonb_each(veza.account_export()::jsonb) x(k, v) WHERE k LIKE 'playlist%' \gset export_
SELECT is(:'export_jsonb_object_agg'::jsonb, '{"playlists": 2, "playlist_entries": 0, "playlist_additions": 1, "playlist_memberships": 2, "playlist_invitations": 0, "playlist_changes": 1, "playlist_follows": 2, "playlist_likes": 2}', 'all of it is in the export');
UPDATE veza_data.users SET password_hash = 'none' WHERE id = :'m';
CREATE FUNCTION pg_temp.left_of(who uuid) RETURNS bigint LANGUAGE sql AS $$
    SELECT (SELECT count(*) FROM veza_data.playlist WHERE owner_id = $1) + (SELECT count(*) FROM veza_data.playlist_member WHERE $1 IN (user_id, invited_by)) + (SELECT count(*) FROM veza_data.playlist_entry WHERE added_by = $1)
         + (SELECT count(*) FROM veza_data.playlist_follow WHERE user_id = $1) + (SELECT count(*) FROM veza_data.playlist_like WHERE user_id = $1) + (SELECT count(*) FROM veza_data.playlist_change WHERE actor_id = $1)
         + (SELECT count(*) FROM veza_data.play_queue WHERE user_id = $1)
$$;
SELECT cmp_ok(pg_temp.left_of(:'m'), '>', 8::bigint, 'an account has left traces');
SELECT test.http('POST', '/api/v1/auth/register', jsonb_build_object('username', 'leaver', 'email', 'leaver@veza.example', 'password', 'tortoise shell nine'));
SELECT id AS leaver FROM veza_data.users WHERE username = 'leaver' \gset
UPDATE veza_data.users SET password_hash = (SELECT password_hash FROM veza_data.users WHERE id = :'leaver') WHERE id = :'m';
SELECT is(pg_temp.said(test.http('DELETE', '/api/v1/users/:id', '{"id": "me", "password": "tortoise shell nine", "confirmation": "DELETE"}', :'m')), 'none', 'it ends');
SELECT is(pg_temp.left_of(:'m'), 0::bigint, 'and leaves none');
SELECT is((SELECT track_count FROM veza_data.playlist WHERE id = :'together'), 1, 'but what it has added to those of others');
SELECT is(pg_temp.call('GET', '', :'other', :'u') -> 'result' ->> 'like_count', '0', 'its likes are taken back');
SELECT is(test.audit(), 'nothing', 'all is well');

SELECT * FROM finish();
ROLLBACK;
