-- One search over tracks, playlists and users, and what is suggested: what is found and in which order, with whose eyes, and that nothing reads a whole table.

BEGIN;
SELECT no_plan();

-- What is found of a type, as names in their order.
CREATE FUNCTION pg_temp.found(words text, types text, caller uuid DEFAULT NULL, more jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(a ->> 'refusal', (SELECT string_agg(coalesce(x ->> 'title', x ->> 'name', x ->> 'username'), ', ' ORDER BY t.n, r.n)
                                        FROM unnest('{tracks,playlists,users}'::text[]) WITH ORDINALITY t(member, n), jsonb_array_elements(a -> 'result' -> t.member) WITH ORDINALITY r(x, n)), 'none')
      FROM test.http('GET', '/api/v1/search', jsonb_build_object('q', $1, 'types', $2) || $4, $3) a
$$;
CREATE FUNCTION pg_temp.suggested(words text, caller uuid DEFAULT NULL, types text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(a ->> 'refusal', (SELECT string_agg(concat_ws(' ', x ->> 'type', x ->> 'text', '(' || (x ->> 'detail') || ')'), ', ' ORDER BY n) FROM jsonb_array_elements(a -> 'result') WITH ORDINALITY r(x, n)), 'none')
      FROM test.http('GET', '/api/v1/search/suggestions', jsonb_build_object('q', $1, 'types', $3), $2) a
$$;
CREATE FUNCTION pg_temp.person(username text, display_name text DEFAULT NULL, followers bigint DEFAULT 0) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    made uuid := test.user();
BEGIN
    UPDATE veza_data.users u SET username = $1, display_name = $2 WHERE id = made;
    INSERT INTO veza_data.follow_count (user_id, followers, following) VALUES (made, $3, 0);
    RETURN made;
END
$$;
CREATE FUNCTION pg_temp.playlist(owner uuid, name text, visibility text DEFAULT 'public', likes bigint DEFAULT 0, description text DEFAULT NULL) RETURNS uuid LANGUAGE sql AS $$
    INSERT INTO veza_data.playlist (owner_id, name, visibility, like_count, description, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, now(), now()) RETURNING id
$$;
CREATE FUNCTION pg_temp.track(owner uuid, title text, artist text DEFAULT 'Somebody', visibility text DEFAULT 'public', plays bigint DEFAULT 0) RETURNS uuid LANGUAGE sql AS $$
    INSERT INTO veza_data.track (uploader_id, title, artist, visibility, status, play_count, created_at, updated_at) VALUES ($1, $2, $3, $4, 'ready', $5, now(), now()) RETURNING id
$$;

-- ---- people

SELECT pg_temp.person('star') AS star \gset
SELECT pg_temp.person('starlight', NULL, 50) AS starlight \gset
SELECT pg_temp.person('sky', 'Star') AS sky \gset
SELECT pg_temp.person('zoe', 'Stardust', 100) AS zoe \gset
SELECT pg_temp.person('ann', 'Blue Star') AS ann \gset
SELECT pg_temp.person('bob', 'Red Starship', 5) AS bob \gset
SELECT pg_temp.person('stra') AS stra \gset
SELECT pg_temp.person('francoise', 'Françoise Été') AS francoise \gset
SELECT pg_temp.person('yuki', '坂本 龍一') AS yuki \gset
SELECT pg_temp.person('olga', 'Ольга Вечерова') AS olga \gset
SELECT is(pg_temp.found('star', 'user'), 'sky, star, zoe, starlight, ann, bob, stra', 'who is called so, by either name; who begins so, by followers; whole words, beginnings, a letter wrong')
 WHERE :'sky'::uuid > :'star'::uuid
UNION ALL
SELECT is(pg_temp.found('star', 'user'), 'star, sky, zoe, starlight, ann, bob, stra', 'who is called so, by either name; who begins so, by followers; whole words, beginnings, a letter wrong')
 WHERE :'sky'::uuid < :'star'::uuid;
SELECT is(pg_temp.found(words, 'user'), want, words) FROM (VALUES
    ('francoise', 'francoise'), ('FRANÇOISE', 'francoise'), ('ete', 'francoise'), ('été fran', 'francoise'), ('fracoise', 'francoise'), ('francosie', 'francoise'),
    ('坂本', 'yuki'), ('龍', 'yuki'), ('本坂', 'none'), ('ольга', 'olga'), ('ВЕЧЕР', 'olga'), ('вечерова олга', 'olga'), ('yuki', 'yuki'),
    ('nobody-of-this-name', 'none'), ('''; drop table users', 'none'), ('star & !blue | (', 'ann')) w(words, want);
SELECT is(pg_temp.found((SELECT email FROM veza_data.users WHERE id = :'star'), 'user'), 'none', 'nobody is found by an address');
UPDATE veza_data.users SET display_name = 'Quasar' WHERE id = :'ann';
SELECT is(pg_temp.found('blue', 'user') || ' ' || pg_temp.found('quasar', 'user'), 'none ann', 'what is found follows the names');
UPDATE veza_data.users SET display_name = NULL WHERE id = :'ann';
SELECT is(pg_temp.found('quasar', 'user') || ' ' || pg_temp.found('ann', 'user'), 'none ann', 'also one that is taken away');

-- ---- playlists

SELECT pg_temp.playlist(:'star', name, 'public', likes, description) FROM (VALUES ('Rain', 0::bigint, NULL), ('Rainbows', 9, NULL), ('The Rain', 1, NULL), ('Rainfall', 3, NULL), ('Summer rain', 0, NULL), ('Best of', 0, 'for rainy days'), ('Rian', 0, NULL), ('Été à 東京', 2, NULL), ('Вечера', 0, NULL)) p(name, likes, description);
SELECT is(pg_temp.found('rain', 'playlist'), 'The Rain, Rain, Rainbows, Rainfall, Summer rain, Best of, Rian', 'playlists: so called, beginning so, whole words, beginnings, a letter wrong; among equals by likes');
SELECT is(pg_temp.found(words, 'playlist'), want, words) FROM (VALUES ('ete', 'Été à 東京'), ('東京', 'Été à 東京'), ('ВЕЧЕРА', 'Вечера'), ('sumer rain', 'Summer rain'), ('best', 'Best of')) w(words, want);

-- ---- all at once

SELECT pg_temp.track(:'star', title, artist, 'public', plays) FROM (VALUES ('Starry', 'Somebody', 3::bigint), ('Star', 'Somebody', 0), ('Night', 'Stars', 1)) t(title, artist, plays);
SELECT pg_temp.playlist(:'star', 'Star list');
SELECT is(pg_temp.found('star', 'track'), 'Star, Starry, Night', 'tracks as their search ranks them');
SELECT test.http('GET', '/api/v1/search', '{"q": " star ", "limit": 2}') -> 'result' AS both \gset
SELECT is(ARRAY(SELECT k FROM json_object_keys(:'both'::json) k ORDER BY k), '{next_cursors,playlists,query,total_results,tracks,users}', 'one answer');
SELECT is((:'both'::jsonb) - 'tracks' - 'playlists' - 'users' - 'next_cursors', '{"query": "star", "total_results": 5}', 'with the words, and how many are in it');
SELECT is((SELECT jsonb_object_agg(key, value IS DISTINCT FROM 'null') FROM jsonb_each(:'both'::jsonb -> 'next_cursors')), '{"tracks": true, "playlists": false, "users": true}', 'and where more follow');
SELECT is(ARRAY(SELECT k FROM jsonb_object_keys(:'both'::jsonb -> shape.member -> 0) k ORDER BY k), ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = shape.name::regclass AND attnum > 0 ORDER BY attname::text), shape.member || ' look as in their lists')
  FROM (VALUES ('tracks', 'veza_data.track_shape'), ('playlists', 'veza_data.playlist_shape'), ('users', 'veza_data.public_user_shape')) shape(member, name);
SELECT is(pg_temp.found('star', types), want, types) FROM (VALUES ('track,playlist', 'Star, Starry, Night, Star list'), ('PLAYLISTS', 'Star list'), (' user , track', pg_temp.found('star', 'track') || ', ' || pg_temp.found('star', 'user'))) t(types, want);

-- Follows next_cursor to the end: the same as one long answer.
CREATE FUNCTION pg_temp.walk(words text, type text, size integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    seen   text;
    page   jsonb;
    cursor text;
BEGIN
    FOR i IN 1 .. 100 LOOP
        page := test.http('GET', '/api/v1/search', jsonb_build_object('q', words, 'types', type, 'limit', size, 'cursor', cursor));
        IF page ->> 'refusal' IS NOT NULL THEN RETURN page::text; END IF;
        SELECT concat_ws(', ', seen, string_agg(coalesce(x ->> 'title', x ->> 'name', x ->> 'username'), ', ' ORDER BY n)) INTO seen FROM jsonb_array_elements(page -> 'result' -> (type || 's')) WITH ORDINALITY r(x, n);
        cursor := page -> 'result' -> 'next_cursors' ->> (type || 's');
        EXIT WHEN cursor IS NULL;
    END LOOP;
    RETURN seen;
END
$$;
SELECT is(pg_temp.walk(words, type, size), pg_temp.found(words, type), format('page by page, %s at a time: %s of %s', size, type, words)) FROM (VALUES ('star', 'user'), ('rain', 'playlist'), ('star', 'track')) w(words, type), unnest('{1,2,3}'::integer[]) size;
SELECT is(pg_temp.found('star', types, NULL, jsonb_build_object('cursor', :'both'::jsonb -> 'next_cursors' ->> 'users')), 'VALIDATION_ERROR', 'a cursor is one of its type alone: ' || coalesce(types, 'all')) FROM unnest('{track,"user,track",NULL}'::text[]) types;
SELECT is(pg_temp.found(words, types, NULL, more::jsonb), 'VALIDATION_ERROR', format('refused: %s %s %s', left(words, 9), types, more)) FROM (VALUES
    ('', NULL, '{}'), ('!?', NULL, '{}'), (repeat('x', 201), NULL, '{}'), ('a', 'offer', '{}'), ('a', 'artist', '{}'), ('a', 'track,,x', '{}'), ('a', NULL, '{"limit": 0}'), ('a', NULL, '{"limit": 101}'), ('a', 'user', '{"cursor": "x"}'), ('a', 'user', '{"cursor": "MC4xLjE"}')) r(words, types, more);

-- ---- suggestions

SELECT pg_temp.track(:'zoe', title, artist, 'public', plays) FROM (VALUES ('Moonlight', 'Luna', 7::bigint), ('Moonlight', 'Other', 90), ('Moon', 'Luna', 1), ('The Moon river', 'Moonshine', 5), ('Été indien', 'Moonshine', 2), ('東京の月', '坂本', 0), ('Москва', 'Хор', 0)) t(title, artist, plays);
SELECT pg_temp.playlist(:'zoe', 'Moon songs', 'public', 4);
SELECT pg_temp.playlist(:'zoe', 'Moon songs', 'public', 8);
SELECT pg_temp.person('moonie', 'Walter', 3) AS moonie \gset
SELECT pg_temp.person('keith', 'Moon', 1) AS keith \gset
SELECT is(pg_temp.suggested('moon'), 'track Moon (Luna), user Moon (keith), artist Moonshine, playlist Moon songs, track Moonlight (Other), user moonie (Walter), track The Moon river (Moonshine)',
    'what is called so first, then the best of each type in turn; a name once, for the most popular of its rows');
SELECT is(pg_temp.suggested(' MÖÖN'), pg_temp.suggested('moon'), 'accents and case do not matter');
SELECT is(pg_temp.suggested(words), want, 'suggested for ' || words) FROM (VALUES ('moonl', 'track Moonlight (Other)'), ('ete', 'track Été indien (Moonshine), playlist Été à 東京'), ('東', 'track 東京の月 (坂本)'), ('坂', 'artist 坂本, user 坂本 龍一 (yuki)'), ('МОС', 'track Москва (Хор)'),
    ('the moon r', 'track The Moon river (Moonshine)'), ('light', 'none'), ('xyzzy', 'none'), ('%', 'none'), ('_', 'none'), ('keith', 'user keith (Moon)')) w(words, want);
SELECT is(pg_temp.suggested('moon', NULL, types), want, 'of ' || types) FROM (VALUES ('artist', 'artist Moonshine'), ('users,playlist', 'user Moon (keith), playlist Moon songs, user moonie (Walter)'), ('offer', 'VALIDATION_ERROR')) t(types, want);
SELECT is(pg_temp.suggested(repeat('x', 201)), 'VALIDATION_ERROR', 'nobody types that');
SELECT pg_temp.track(:'zoe', 'Moo ' || n, 'Moo ' || n % 7) FROM generate_series(1, 40) n;
SELECT is(jsonb_array_length(test.http('GET', '/api/v1/search/suggestions', '{"q": "moo"}') -> 'result'), 10, 'ten at most');
SELECT is(pg_temp.suggested('moo'), pg_temp.suggested('moo'), 'and the same ones again');

-- ---- whose eyes

SELECT test.user() AS reader \gset
SELECT test.user('admin') AS admin \gset
SELECT pg_temp.person('quetzal', 'Quetzal', 1) AS owner \gset
SELECT pg_temp.track(:'owner', 'Quetzal song', 'Quetzal artist') AS track \gset
SELECT pg_temp.playlist(:'owner', 'Quetzal list') AS list \gset
CREATE FUNCTION pg_temp.all_of(caller uuid) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.found('quetzal', NULL, $1) || '; ' || coalesce((SELECT string_agg(t, ', ' ORDER BY t) FROM unnest(string_to_array(pg_temp.suggested('quetzal', $1), ', ')) t), '')
$$;
CREATE FUNCTION pg_temp.seen(how text, reader uuid, nobody text, somebody text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT is(pg_temp.all_of(NULL), $3, $1 || ': nobody') UNION ALL SELECT is(pg_temp.all_of($2), $4, $1 || ': a reader')
$$;
\set everything 'Quetzal song, Quetzal list, quetzal; artist Quetzal artist, playlist Quetzal list, track Quetzal song (Quetzal artist), user quetzal (Quetzal)'
\set things 'Quetzal song, Quetzal list; artist Quetzal artist, playlist Quetzal list, track Quetzal song (Quetzal artist)'
SELECT pg_temp.seen('public', :'reader', :'everything', :'everything');
UPDATE veza_data.users SET preferences = '{"privacy": {"profile_visibility": "registered"}}' WHERE id = :'owner';
SELECT pg_temp.seen('a profile for those who are logged in', :'reader', :'things', :'everything');
UPDATE veza_data.users SET preferences = '{"privacy": {"profile_visibility": "private"}}' WHERE id = :'owner';
SELECT pg_temp.seen('a private profile', :'reader', :'things', :'things');
UPDATE veza_data.users SET preferences = '{}' WHERE id = :'owner';
INSERT INTO veza_data.user_block VALUES (:'owner', :'reader', now());
SELECT pg_temp.seen('blocked', :'reader', :'everything', 'none; none');
DELETE FROM veza_data.user_block;
UPDATE veza_data.track SET visibility = 'unlisted' WHERE id = :'track';
UPDATE veza_data.playlist SET visibility = 'unlisted' WHERE id = :'list';
SELECT pg_temp.seen('unlisted', :'reader', 'quetzal; user quetzal (Quetzal)', 'quetzal; user quetzal (Quetzal)');
SELECT is(pg_temp.all_of(:'admin'), 'quetzal; user quetzal (Quetzal)', 'unlisted: an administrator');
UPDATE veza_data.track SET visibility = 'private' WHERE id = :'track';
UPDATE veza_data.playlist SET visibility = 'private' WHERE id = :'list';
SELECT pg_temp.seen('private', :'reader', 'quetzal; user quetzal (Quetzal)', 'quetzal; user quetzal (Quetzal)');
SELECT is(pg_temp.all_of(:'owner'), 'quetzal; user quetzal (Quetzal)', 'private: the owner, too');
UPDATE veza_data.track SET visibility = 'public', taken_down_at = now(), taken_down_reason = 'a test' WHERE id = :'track';
UPDATE veza_data.playlist SET visibility = 'public', deleted_at = now() WHERE id = :'list';
SELECT pg_temp.seen('taken down, removed', :'reader', 'quetzal; user quetzal (Quetzal)', 'quetzal; user quetzal (Quetzal)');
UPDATE veza_data.track SET taken_down_at = NULL, taken_down_reason = NULL WHERE id = :'track';
UPDATE veza_data.playlist SET deleted_at = NULL WHERE id = :'list';
UPDATE veza_data.users SET status = 'suspended' WHERE id = :'owner';
SELECT pg_temp.seen('suspended', :'reader', 'none; none', 'none; none');
UPDATE veza_data.users SET status = 'active' WHERE id = :'owner';
SELECT pg_temp.seen('and all of it again', :'reader', :'everything', :'everything');

-- ---- many rows: what is read of them

SET LOCAL session_replication_role = replica;
INSERT INTO veza_data.users (id, username, email, password_hash, role, created_at, updated_at)
SELECT md5('person ' || n)::uuid, 'person' || n, 'person' || n || '@x.example', 'none', 'creator', now(), now() FROM generate_series(1, 20000) n;
SET LOCAL session_replication_role = origin;
UPDATE veza_data.users SET display_name = (string_to_array('river stone cloud forest harbor winter candle mirror silver garden', ' '))[1 + substr(username, 7)::integer % 10] || ' ' || username WHERE username LIKE 'person%';
INSERT INTO veza_data.follow_count (user_id, followers, following) SELECT id, substr(username, 7)::integer % 1000, 0 FROM veza_data.users WHERE username LIKE 'person%';
INSERT INTO veza_data.playlist (owner_id, name, visibility, like_count, created_at, updated_at) SELECT id, 'list ' || display_name, 'public', substr(username, 7)::integer % 77, now(), now() FROM veza_data.users WHERE username LIKE 'person%';
INSERT INTO veza_data.track (uploader_id, title, artist, status, play_count, created_at, updated_at) SELECT id, 'song ' || display_name, display_name, 'ready', substr(username, 7)::integer % 88, now(), now() FROM veza_data.users WHERE username LIKE 'person%';
ANALYZE veza_data.users, veza_data.user_words, veza_data.follow_count, veza_data.playlist, veza_data.track;
-- As the roles of veza-httpd have it.
SET LOCAL plan_cache_mode = force_generic_plan;
SET LOCAL enable_memoize = off;
CREATE FUNCTION pg_temp.whole_scans(path text, args jsonb, caller uuid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    tables regclass[] := '{veza_data.users,veza_data.user_words,veza_data.follow_count,veza_data.playlist,veza_data.track}';
    scans  bigint[] := ARRAY(SELECT pg_stat_get_xact_numscans(t) FROM unnest(tables) t);
    answer jsonb := test.http('GET', path, args, caller);
BEGIN
    IF answer ->> 'refusal' IS NOT NULL THEN RETURN answer::text; END IF;
    RETURN (SELECT coalesce(string_agg(t::text, ', '), 'none') FROM unnest(tables, scans) x(t, before) WHERE pg_stat_get_xact_numscans(t) > before);
END
$$;
SELECT is(pg_temp.whole_scans(path, jsonb_build_object('q', words), caller::uuid), 'none', format('no table is scanned: %s?q=%s to %s', path, words, CASE WHEN caller IS NULL THEN 'nobody' ELSE 'a reader' END))
  FROM unnest(ARRAY['/api/v1/search', '/api/v1/search/suggestions']) path, unnest('{person,person77,p,river,ri,rivre,river person77,list river,song,xyzzyx,xyzzyx river,坂,star}'::text[]) words, unnest(ARRAY[NULL, :'reader']) caller;
SELECT is(pg_temp.found('perosn19999', NULL), 'song garden person19999, list garden person19999, person19999', 'what is rare is found among them wherever it stands');
SELECT cmp_ok(array_length(string_to_array(pg_temp.walk('river', 'user', 100), ', '), 1), '>=', 1000, 'a long list can be walked');

SELECT * FROM finish();
ROLLBACK;
