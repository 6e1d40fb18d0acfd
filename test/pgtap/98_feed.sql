-- The feed: what those whom one follows have published, with the reader's eyes; by indexes alone.

BEGIN;
SELECT no_plan();

SELECT test.user() AS me \gset
SELECT test.user('creator') AS a \gset
SELECT test.user('creator') AS b \gset
SELECT test.user('creator') AS c \gset
CREATE FUNCTION pg_temp.feed(caller uuid, args jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$ SELECT test.http('GET', '/api/v1/feed', $2, $1) $$;
CREATE FUNCTION pg_temp.titles(answer jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce($1 ->> 'refusal', (SELECT coalesce(string_agg(coalesce(x -> 'track' ->> 'title', x -> 'playlist' ->> 'name'), ' ' ORDER BY n), 'nothing') FROM jsonb_array_elements($1 -> 'result') WITH ORDINALITY l(x, n)))
$$;
CREATE FUNCTION pg_temp.fed(caller uuid, args jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS $$ SELECT pg_temp.titles(pg_temp.feed($1, $2)) $$;
CREATE FUNCTION pg_temp.follow(who uuid, whom uuid) RETURNS void LANGUAGE sql AS $$ INSERT INTO veza_data.user_follow VALUES ($1, $2, now()) $$;
-- A public track that was listed so many minutes ago.
CREATE FUNCTION pg_temp.track(owner uuid, title text, minutes integer) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    made uuid := test.ready(owner, title);
BEGIN
    UPDATE veza_data.track SET listed_at = now() - minutes * interval '1 minute' WHERE id = made;
    RETURN made;
END
$$;

SELECT is(pg_temp.fed(NULL), 'AUTH_REQUIRED', 'nobody follows nobody');
SELECT pg_temp.track(:'a', 'A1', 50) AS a1, pg_temp.track(:'a', 'A2', 20) AS a2, pg_temp.track(:'b', 'B1', 40) AS b1, pg_temp.track(:'b', 'B2', 10) AS b2, pg_temp.track(:'c', 'C1', 30) AS c1 \gset
SELECT is(pg_temp.fed(:'me'), 'nothing', 'who follows nobody has nothing');
SELECT pg_temp.follow(:'me', :'a'), pg_temp.follow(:'me', :'b');
SELECT is(pg_temp.fed(:'me'), 'B2 A2 B1 A1', 'what those have published whom one follows, the newest first');
SELECT is((pg_temp.feed(:'me') -> 'result' -> 0) - '{username,display_name,track,created_at}'::text[], jsonb_build_object('id', :'b2', 'type', 'track', 'user_id', :'b', 'avatar', NULL, 'playlist', NULL), 'with who did');
SELECT is(pg_temp.feed(:'me') -> 'result' -> 0 -> 'track', to_jsonb(s), 'and the track as lists show it') FROM veza_data.track_shape s WHERE id = :'b2';
SELECT is(pg_temp.fed(:'me', '{"limit": 3}'), 'B2 A2 B1', 'a page');
SELECT is(pg_temp.fed(:'me', jsonb_build_object('limit', 3, 'cursor', pg_temp.feed(:'me', '{"limit": 2}') -> 'head' -> 'meta' ->> 'next_cursor')), 'B1 A1', 'by cursor');
SELECT is(pg_temp.fed(:'me', '{"limit": 2, "page": 2}'), 'B1 A1', 'or by number');
SELECT is(pg_temp.feed(:'me', '{"limit": 4}') -> 'head' -> 'meta' ->> 'next_cursor', NULL, 'that ends');
SELECT is(pg_temp.fed(:'me', args::jsonb), 'VALIDATION_ERROR', args) FROM unnest(ARRAY['{"limit": 0}', '{"page": 11}', '{"cursor": "x"}']) args;

-- ---- the reader's eyes

CREATE FUNCTION pg_temp.without(change text, undo text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    seen text;
BEGIN
    EXECUTE change;
    seen := pg_temp.fed(current_setting('test.me')::uuid);
    EXECUTE undo;
    RETURN seen;
END
$$;
SELECT set_config('test.me', :'me', true);
SELECT is(pg_temp.without(format('UPDATE veza_data.track SET visibility = %L WHERE id = %L', seen, :'a2'), format('UPDATE veza_data.track SET visibility = ''public'' WHERE id = %L', :'a2')), 'B2 B1 A1', seen || ' is in no feed') FROM unnest('{private,unlisted}'::text[]) seen;
SELECT is(pg_temp.without(format('UPDATE veza_data.track SET taken_down_at = now(), taken_down_reason = ''x'' WHERE id = %L', :'a2'), format('UPDATE veza_data.track SET taken_down_at = NULL, taken_down_reason = NULL WHERE id = %L', :'a2')), 'B2 B1 A1', 'nor what is taken down');
SELECT is(pg_temp.without(format('UPDATE veza_data.users SET status = ''suspended'' WHERE id = %L', :'b'), format('UPDATE veza_data.users SET status = ''active'' WHERE id = %L', :'b')), 'A2 A1', 'nor of a suspended account');
SELECT is(pg_temp.without(format('INSERT INTO veza_data.user_block VALUES (%L, %L, now())', who, whom), 'DELETE FROM veza_data.user_block'), 'A2 A1', 'nor of whom a block keeps apart')
  FROM (VALUES (:'b'::uuid, :'me'::uuid), (:'me', :'b')) v(who, whom);
SELECT is(pg_temp.fed(:'me'), 'B2 A2 B1 A1', 'all are back where they were: what is published again does not come to the top');
SELECT test.upload(:'a', 'Raw') AS raw \gset
SELECT is(pg_temp.fed(:'me'), 'B2 A2 B1 A1', 'what is not ready is not there');
SELECT is((SELECT listed_at FROM veza_data.track WHERE id = :'raw'), NULL, 'and has no place');
SELECT test.ready(:'a', 'Draft') AS draft \gset
UPDATE veza_data.track SET visibility = 'private', listed_at = NULL, created_at = now() - interval '1 year' WHERE id = :'draft';
UPDATE veza_data.track SET visibility = 'public' WHERE id = :'draft';
SELECT is(pg_temp.fed(:'me', '{"limit": 1}'), 'Draft', 'one comes to the top when it is published, whenever it was made');
UPDATE veza_data.track SET visibility = 'private' WHERE id = :'draft';

-- ---- playlists

CREATE FUNCTION pg_temp.call(method text, what text, caller uuid, args jsonb) RETURNS jsonb LANGUAGE sql AS $$ SELECT test.http($1, '/api/v1/playlists' || $2, $4, $3) $$;
CREATE FUNCTION pg_temp.list(owner uuid, name text, minutes integer, visibility text DEFAULT 'public', tracks text DEFAULT NULL) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    made uuid := pg_temp.call('POST', '', owner, jsonb_build_object('name', name, 'visibility', visibility, 'track_ids', tracks)) -> 'result' ->> 'id';
BEGIN
    UPDATE veza_data.playlist p SET listed_at = now() - minutes * interval '1 minute' WHERE id = made AND p.visibility = 'public';
    RETURN made;
END
$$;
SELECT pg_temp.list(:'a', 'PA', 15, tracks => format('{%s,%s}', :'a1', :'b1')) AS pa, pg_temp.list(:'b', 'PB', 45) AS pb, pg_temp.list(:'c', 'PC', 1) AS pc, pg_temp.list(:'a', 'Secret', 1, 'private') AS secret \gset
SELECT is(pg_temp.fed(:'me'), 'B2 PA A2 B1 PB A1', 'playlists stand among tracks');
SELECT is((pg_temp.feed(:'me') -> 'result' -> 1) - '{username,display_name,playlist,created_at}'::text[], jsonb_build_object('id', :'pa', 'type', 'playlist', 'user_id', :'a', 'avatar', NULL, 'track', NULL), 'each with its owner');
SELECT is(pg_temp.feed(:'me') -> 'result' -> 1 -> 'playlist', x, 'as lists show it') FROM jsonb_array_elements(pg_temp.call('GET', '', :'me', '{"scope": "public"}') -> 'result') x WHERE x ->> 'id' = :'pa';
SELECT is(pg_temp.feed(:'me') -> 'result' -> 1 ->> 'created_at', to_char(now() - interval '15 minutes', 'YYYY-MM-DD"T"HH24:MI:SS.US+00:00'), 'with the time at which it was first public');
SELECT is(pg_temp.fed(:'me', jsonb_build_object('limit', 2, 'cursor', pg_temp.feed(:'me', '{"limit": 2}') -> 'head' -> 'meta' ->> 'next_cursor')), 'A2 B1', 'a cursor goes through both');
SELECT is(pg_temp.without(format('UPDATE veza_data.playlist SET visibility = %L WHERE id = %L', seen, :'pa'), format('UPDATE veza_data.playlist SET visibility = ''public'' WHERE id = %L', :'pa')), 'B2 A2 B1 PB A1', seen || ' is in no feed') FROM unnest('{private,unlisted}'::text[]) seen;
SELECT is(pg_temp.without(format(change, :'pa'), format('UPDATE veza_data.playlist SET deleted_at = NULL, taken_down_at = NULL, taken_down_reason = NULL WHERE id = %L', :'pa')), 'B2 A2 B1 PB A1', change)
  FROM unnest(ARRAY['UPDATE veza_data.playlist SET deleted_at = now() WHERE id = %L', 'UPDATE veza_data.playlist SET taken_down_at = now(), taken_down_reason = ''x'' WHERE id = %L']) change;
SELECT is(pg_temp.without(format('UPDATE veza_data.users SET status = ''suspended'' WHERE id = %L', :'b'), format('UPDATE veza_data.users SET status = ''active'' WHERE id = %L', :'b')), 'PA A2 A1', 'nor of a suspended account');
SELECT is(pg_temp.without(format('INSERT INTO veza_data.user_block VALUES (%L, %L, now())', who, whom), 'DELETE FROM veza_data.user_block'), 'PA A2 A1', 'nor of whom a block keeps apart')
  FROM (VALUES (:'b'::uuid, :'me'::uuid), (:'me', :'b')) v(who, whom);
SELECT is(pg_temp.fed(:'me'), 'B2 PA A2 B1 PB A1', 'all are back where they were');
SELECT is((SELECT listed_at FROM veza_data.playlist WHERE id = :'secret'), NULL, 'what was never public has no place');
SELECT is(pg_temp.call('PUT', '/:id', :'a', jsonb_build_object('id', :'secret', 'visibility', 'public')) ->> 'refusal', NULL, 'one is published');
SELECT is(pg_temp.fed(:'me', '{"limit": 1}'), 'Secret', 'and comes to the top, whenever it was made');
SELECT test.wait('1 minute');
SELECT pg_temp.call('PUT', '/:id', :'a', jsonb_build_object('id', :'secret', 'name', 'Renamed'));
SELECT is((SELECT listed_at < updated_at FROM veza_data.playlist WHERE id = :'secret'), true, 'a change of its name does not bring it there again');
DELETE FROM veza_data.playlist WHERE id IN (:'pa', :'pb', :'pc', :'secret');

-- ---- many: as an oracle says, and by indexes alone

SET LOCAL session_replication_role = replica;
INSERT INTO veza_data.users (id, username, email, password_hash, role, created_at, updated_at)
SELECT gen_random_uuid(), 'crowd' || n, 'crowd' || n || '@veza.example', 'none', 'creator', now(), now() FROM generate_series(1, 2000) n;
INSERT INTO veza_data.track (uploader_id, title, artist, status, listed_at, created_at, updated_at)
SELECT u.id, 'T' || n, 'A', 'ready', now() - (hashint8(n * 7919 + u.no) & 16777215) * interval '1 second', now(), now()
  FROM (SELECT id, row_number() OVER (ORDER BY id) AS no FROM veza_data.users WHERE username LIKE 'crowd%') u, LATERAL generate_series(u.no * 100, u.no * 100 + u.no % 11) n;
INSERT INTO veza_data.playlist (owner_id, name, visibility, listed_at, created_at, updated_at)
SELECT u.id, 'P' || n, CASE WHEN n % 7 = 0 THEN 'private' ELSE 'public' END, now() - (hashint8(n * 104729 + u.no) & 16777215) * interval '1 second', now(), now()
  FROM (SELECT id, row_number() OVER (ORDER BY id) AS no FROM veza_data.users WHERE username LIKE 'crowd%') u, LATERAL generate_series(u.no * 100, u.no * 100 + u.no % 5) n;
INSERT INTO veza_data.user_follow SELECT :'me', id, now() FROM veza_data.users WHERE username LIKE 'crowd%' AND hashtext(id::text) % 2 = 0;
INSERT INTO veza_data.user_follow SELECT f.id, u.id, now() FROM (SELECT id FROM veza_data.users WHERE username LIKE 'crowd%' LIMIT 200) f, (SELECT id FROM veza_data.users WHERE username LIKE 'crowd%' LIMIT 20) u WHERE f.id <> u.id;
INSERT INTO veza_data.user_block SELECT a.id, b.id, now() FROM (SELECT id, row_number() OVER (ORDER BY id) AS no FROM veza_data.users WHERE username LIKE 'crowd%') a
  JOIN (SELECT id, row_number() OVER (ORDER BY id DESC) AS no FROM veza_data.users WHERE username LIKE 'crowd%') b USING (no) WHERE a.id <> b.id;
SET LOCAL session_replication_role = origin;
-- As for the roles of the API.
SET LOCAL plan_cache_mode = force_generic_plan;
SET LOCAL enable_memoize = off;
ANALYZE veza_data.users, veza_data.track, veza_data.playlist, veza_data.user_follow, veza_data.user_block, veza_data.track_version, veza_data.track_counter;
CREATE FUNCTION pg_temp.oracle(max_rows integer) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(title, ' ' ORDER BY at DESC, id DESC) FROM (
        SELECT t.title, t.listed_at AS at, t.id FROM veza_data.track t JOIN veza_data.user_follow f ON f.followed_id = t.uploader_id AND f.follower_id = current_setting('test.me')::uuid
         WHERE t.is_listed
        UNION ALL
        SELECT p.name, p.listed_at AS at, p.id FROM veza_data.playlist p JOIN veza_data.user_follow f ON f.followed_id = p.owner_id AND f.follower_id = current_setting('test.me')::uuid
         WHERE p.is_listed ORDER BY 2 DESC, 3 DESC LIMIT max_rows) x
$$;
CREATE FUNCTION pg_temp.walk(size integer, pages integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer jsonb; seen text[]; next text;
BEGIN
    FOR i IN 1..pages LOOP
        answer := pg_temp.feed(current_setting('test.me')::uuid, jsonb_build_object('limit', size) || CASE WHEN next IS NULL THEN '{}' ELSE jsonb_build_object('cursor', next) END);
        seen := seen || pg_temp.titles(answer);
        next := answer -> 'head' -> 'meta' ->> 'next_cursor';
    END LOOP;
    RETURN array_to_string(seen, ' ');
END
$$;
SELECT test.same(pg_temp.walk(100, 20), pg_temp.oracle(2000), '2000 rows of those whom one follows, as a plain query finds them');
CREATE TEMP TABLE scans AS SELECT relname, seq_scan FROM pg_stat_xact_user_tables;
SELECT pg_temp.fed(:'me', '{"limit": 20}') IS NOT NULL;
SELECT is((SELECT string_agg(s.relname, ', ') FROM pg_stat_xact_user_tables s JOIN scans b USING (relname)
            WHERE s.seq_scan > b.seq_scan AND s.schemaname = 'veza_data' AND s.relname IN ('users', 'track', 'playlist', 'playlist_entry', 'user_follow', 'user_block')), NULL, 'nothing is read from end to end');

-- ---- who has many followers waits for nothing

SELECT test.act(:'a');
CREATE TEMP TABLE written AS SELECT relname, n_tup_ins + n_tup_upd AS n FROM pg_stat_xact_user_tables;
SELECT test.ready(:'a', 'With one follower');
CREATE TEMP TABLE one AS SELECT s.relname, s.n_tup_ins + s.n_tup_upd - w.n AS n FROM pg_stat_xact_user_tables s JOIN written w USING (relname) WHERE s.schemaname = 'veza_data';
INSERT INTO veza_data.user_follow SELECT id, :'a', now() FROM veza_data.users WHERE username LIKE 'crowd%';
TRUNCATE written;
INSERT INTO written SELECT relname, n_tup_ins + n_tup_upd AS n FROM pg_stat_xact_user_tables;
SELECT test.ready(:'a', 'With 2001 followers');
SELECT is((SELECT string_agg(concat_ws(' ', s.relname, s.n_tup_ins + s.n_tup_upd - w.n, o.n), ', ') FROM pg_stat_xact_user_tables s JOIN written w USING (relname) JOIN one o USING (relname)
            WHERE s.schemaname = 'veza_data' AND s.n_tup_ins + s.n_tup_upd - w.n <> o.n), NULL, 'a track for 2001 followers writes what one for a single one writes');
UPDATE veza_data.track SET listed_at = listed_at + interval '1 second' WHERE title = 'With 2001 followers';
SELECT is(pg_temp.fed(:'me', '{"limit": 2}'), 'With 2001 followers With one follower', 'and all of them have it');

SELECT * FROM finish();
ROLLBACK;
