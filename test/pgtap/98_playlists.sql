-- Playlists: making, reading, editing, removing and copying them; what stands in them, and its order.

BEGIN;
SELECT no_plan();

SELECT test.user() AS u \gset
SELECT test.user() AS a \gset
SELECT test.user() AS b \gset
SELECT test.user('creator') AS c \gset
SELECT test.user('admin') AS admin \gset
SELECT test.ready(:'c', 'A') AS ta, test.ready(:'c', 'B') AS tb, test.ready(:'c', 'C') AS tc, test.ready(:'c', 'D') AS td, test.ready(:'c', 'E') AS te \gset
CREATE FUNCTION pg_temp.call(method text, what text, id text, caller uuid, args jsonb DEFAULT '{}', headers jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http($1, '/api/v1/playlists/:id' || $2, jsonb_build_object('id', $3) || $5, $4, headers => $6)
$$;
CREATE FUNCTION pg_temp.made(caller uuid, args jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http('POST', '/api/v1/playlists', '{"name": "A list"}' || $2, $1)
$$;
CREATE FUNCTION pg_temp.make(caller uuid, args jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS $$ SELECT pg_temp.made($1, $2) -> 'result' ->> 'id' $$;
CREATE FUNCTION pg_temp.said(answer jsonb) RETURNS text LANGUAGE sql AS $$ SELECT coalesce($1 ->> 'refusal', 'none') $$;
CREATE FUNCTION pg_temp.ids(VARIADIC tracks text[]) RETURNS text LANGUAGE sql AS $$ SELECT format('{%s}', array_to_string($1, ',')) $$;
-- The order, by titles; - for what cannot be seen.
CREATE FUNCTION pg_temp.order(id text, caller uuid) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(coalesce(e -> 'track' ->> 'title', '-'), '' ORDER BY (e ->> 'position')::int), '')
      FROM jsonb_array_elements(pg_temp.call('GET', '/tracks', $1, $2, '{"limit": 100}') -> 'result') e
$$;
CREATE FUNCTION pg_temp.version(id text) RETURNS bigint LANGUAGE sql AS $$ SELECT version FROM veza_data.playlist p WHERE p.id = $1::uuid $$;
CREATE FUNCTION pg_temp.five(caller uuid, tracks text) RETURNS text LANGUAGE sql AS $$ SELECT pg_temp.make($1, jsonb_build_object('track_ids', $2)) $$;
SELECT pg_temp.ids(:'ta', :'tb', :'tc', :'td', :'te') AS five \gset

-- ---- making and reading

SELECT pg_temp.made(:'u', '{"description": "Words"}') AS made \gset
SELECT :'made'::jsonb -> 'result' ->> 'id' AS p \gset
SELECT is(:'made'::jsonb -> 'head' -> 'status', '201', 'somebody makes a playlist');
SELECT is((SELECT concat_ws(' ', r ->> 'name', r ->> 'visibility', r ->> 'track_count', r ->> 'role', r ->> 'version') FROM (SELECT :'made'::jsonb -> 'result' AS r) x), 'A list private 0 owner 0', 'which is private');
SELECT is(:'made'::jsonb -> 'head' -> 'headers' ->> 'Location', '/api/v1/playlists/' || :'p', 'and told where it is');
SELECT is(pg_temp.said(pg_temp.made(NULL)), 'AUTH_REQUIRED', 'nobody makes none');
SELECT is(pg_temp.said(pg_temp.made(:'u', args::jsonb)), 'VALIDATION_ERROR', args) FROM unnest(ARRAY['{"name": ""}', '{"name": null}', jsonb_build_object('name', repeat('x', 201))::text,
    jsonb_build_object('description', repeat('x', 2001))::text, '{"visibility": "secret"}', '{"visibility": "private", "is_public": true}']) args;
SELECT is(pg_temp.made(:'u', '{"is_public": true}') -> 'result' ->> 'visibility', 'public', 'or public, when that is said');
SELECT is(pg_temp.said(pg_temp.call('GET', '', :'p', caller::uuid)), said, who || ' of a private one')
  FROM (VALUES (:'u', 'none', 'its owner sees'), (:'a', 'PLAYLIST_NOT_FOUND', 'a stranger sees nothing'), (NULL, 'PLAYLIST_NOT_FOUND', 'nobody sees nothing'), (:'admin', 'none', 'an administrator sees')) x(caller, said, who);
SELECT gen_random_uuid() AS nowhere \gset
SELECT is(replace(pg_temp.call('GET', '', :'p', :'a')::text, :'p', ''), replace(pg_temp.call('GET', '', :'nowhere', :'a')::text, :'nowhere', ''), 'which is answered like one that is not there');
UPDATE veza_data.playlist SET visibility = 'unlisted' WHERE id = :'p';
SELECT is(pg_temp.said(pg_temp.call('GET', '', :'p', NULL)), 'none', 'an unlisted one is seen by its address');
INSERT INTO veza_data.user_block VALUES (:'u', :'b', now());
SELECT is(pg_temp.said(pg_temp.call('GET', '', :'p', :'b')), 'PLAYLIST_NOT_FOUND', 'but not by who is blocked');
SELECT is(pg_temp.said(pg_temp.call('GET', '/tracks', :'p', :'b')), 'PLAYLIST_NOT_FOUND', 'nor is what stands in it');
DELETE FROM veza_data.user_block;
UPDATE veza_data.users SET status = 'suspended' WHERE id = :'u';
SELECT is(pg_temp.said(pg_temp.call('GET', '', :'p', :'a')), 'PLAYLIST_NOT_FOUND', 'nor that of an account that is not served');
UPDATE veza_data.users SET status = 'active' WHERE id = :'u';
UPDATE veza_data.playlist SET visibility = 'private' WHERE id = :'p';

-- ---- editing

SELECT is(pg_temp.call('PUT', '', :'p', :'u', '{"name": "Another", "visibility": "public"}') -> 'result' ->> 'name', 'Another', 'its owner edits it');
SELECT is(pg_temp.call('GET', '', :'p', NULL) -> 'result' ->> 'description', 'Words', 'what is not sent stays');
SELECT is(pg_temp.call('PUT', '', :'p', :'u', '{"description": ""}') -> 'result' ->> 'description', NULL, 'an empty text empties');
SELECT is(pg_temp.said(pg_temp.call('PUT', '', :'p', :'u', '{"name": "x"}', jsonb_build_object('if_match', test.tag(:'p', 1)))), 'PRECONDITION_FAILED', 'who has seen an older one does not');
SELECT is(pg_temp.call('PUT', '', :'p', :'u', '{"name": "Third"}', jsonb_build_object('if_match', test.tag(:'p', 3))) -> 'head' -> 'headers' ->> 'ETag', test.tag(:'p', 4), 'who has seen this one does');
SELECT is(pg_temp.call('PUT', '', :'p', :'u', '{"name": "Third"}') -> 'head' -> 'headers' ->> 'ETag', test.tag(:'p', 4), 'the same again is no change');
SELECT is(pg_temp.said(pg_temp.call('PUT', '', :'p', :'a', '{"name": "x"}')), 'PLAYLIST_NOT_YOURS', 'others do not');
SELECT is(pg_temp.said(pg_temp.call('PUT', '', :'p', :'u')), 'VALIDATION_ERROR', 'something must be sent');
SELECT is((SELECT count(*) FROM veza_data.audit_log WHERE action = 'playlist.update' AND resource_id = :'p'), 3::bigint, 'it is on record');

-- ---- adding

CREATE FUNCTION pg_temp.add(id text, caller uuid, args jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(a ->> 'refusal', concat_ws(' ', a -> 'head' ->> 'status', jsonb_array_length(a -> 'result' -> 'added'), jsonb_array_length(a -> 'result' -> 'duplicates'), a -> 'result' ->> 'version', a -> 'result' ->> 'track_count'))
      FROM pg_temp.call('POST', '/tracks', $1, $2, $3) a
$$;
SELECT is(pg_temp.add(:'p', :'u', jsonb_build_object('track_id', :'ta')), '201 1 0 1 1', 'a track is added');
SELECT is(pg_temp.add(:'p', :'u', jsonb_build_object('track_ids', pg_temp.ids(:'tb', :'tc', :'ta'))), '201 3 1 2 4', 'several are; it is said which were there already');
SELECT is(pg_temp.order(:'p', NULL), 'ABCA', 'in their order');
SELECT is(pg_temp.add(:'p', :'u', jsonb_build_object('track_ids', pg_temp.ids(:'td', :'ta', :'td'), 'on_duplicate', 'skip')), '201 1 2 3 5', 'what is there is left out when that is wanted');
SELECT is(pg_temp.add(:'p', :'u', jsonb_build_object('track_id', :'ta', 'on_duplicate', 'skip')), '201 0 1 3 5', 'which may be all of it');
SELECT is(pg_temp.add(:'p', :'u', jsonb_build_object('track_ids', pg_temp.ids(:'te', :'tb'), 'position', 1)), '201 2 1 4 7', 'also at a place');
SELECT is(pg_temp.order(:'p', NULL), 'AEBBCAD', 'before what stands there');
SELECT is(pg_temp.add(:'p', :'u', jsonb_build_object('track_id', :'te', 'position', 0)), '201 1 1 5 8', 'the first one');
SELECT is(pg_temp.add(:'p', :'u', jsonb_build_object('track_id', :'te', 'position', 8)), '201 1 1 6 9', 'the last one');
SELECT is(pg_temp.order(:'p', NULL), 'EAEBBCADE', 'are there, too');
SELECT is(pg_temp.add(:'p', :'u', jsonb_build_object('track_id', :'ta', 'position', x)), 'PLAYLIST_POSITION_INVALID', x || ' is no place') FROM unnest('{-1,10,2147483647}'::int[]) x;
SELECT is((SELECT http_status FROM veza.error WHERE code = 'PLAYLIST_POSITION_INVALID'), 422, 'which is 422');
SELECT is(pg_temp.add(:'p', :'u', args::jsonb), 'VALIDATION_ERROR', args) FROM unnest(ARRAY['{}', '{"track_ids": "{}"}', format('{"track_id": "%s", "track_ids": "{%s}"}', :'ta', :'ta'), '{"track_ids": "{NULL}"}', format('{"track_id": "%s", "on_duplicate": "maybe"}', :'ta')]) args;
SELECT is(pg_temp.add(:'p', :'u', jsonb_build_object('track_ids', format('{%s}', (SELECT string_agg(:'ta', ',') FROM generate_series(1, 101))))), 'VALIDATION_ERROR', 'at most 100 at once');
SELECT is(pg_temp.add(:'p', :'u', jsonb_build_object('track_ids', pg_temp.ids(:'ta', gen_random_uuid()::text))), 'TRACK_NOT_FOUND', 'a track that is not there: nothing is added');
UPDATE veza_data.track SET visibility = 'private' WHERE id = :'tb';
SELECT is(pg_temp.add(:'p', :'u', jsonb_build_object('track_id', :'tb')), 'TRACK_NOT_FOUND', 'nor one that cannot be seen');
SELECT is(pg_temp.add(:'p', :'a', jsonb_build_object('track_id', :'ta')), 'PLAYLIST_NOT_YOURS', 'nor by others');
SELECT is(pg_temp.version(:'p'), 6::bigint, 'what was refused is no change');
UPDATE veza_data.setting SET value = '10' WHERE name = 'playlist_entries_max';
SELECT is(pg_temp.add(:'p', :'u', jsonb_build_object('track_ids', pg_temp.ids(:'ta', :'tc'))), 'PLAYLIST_FULL', 'more than there may be are not added');
SELECT is(pg_temp.add(:'p', :'u', jsonb_build_object('track_id', :'ta')), '201 1 1 7 10', 'as many as there may be are');
UPDATE veza_data.setting SET value = '10000' WHERE name = 'playlist_entries_max';

-- ---- what cannot be seen tells nothing

SELECT is(pg_temp.order(:'p', NULL), 'EAE--CADEA', 'a track that has become private stays as an entry');
SELECT is((SELECT count(*) FROM pg_temp.call('GET', '/tracks', :'p', :'u') a WHERE a::text LIKE '%' || :'tb' || '%'), 0::bigint, 'that does not even name it');
SELECT is((SELECT e - 'id' - 'entry_id' - 'added_at' FROM jsonb_array_elements(pg_temp.call('GET', '/tracks', :'p', :'u') -> 'result') e WHERE e ->> 'position' = '3'),
          jsonb_build_object('position', 3, 'is_available', false, 'track_id', NULL, 'track', NULL, 'added_by', :'u', 'added_by_username', (SELECT username FROM veza_data.users WHERE id = :'u')), 'nor says anything of it');
SELECT is(pg_temp.order(:'p', :'c'), 'EAEBBCADEA', 'its owner sees it');
SELECT is((pg_temp.call('GET', '', :'p', who::uuid) -> 'result' ->> 'duration_ms')::int, sum, 'the duration is of what one sees') FROM (VALUES (:'u', 8 * 180000), (:'c', 10 * 180000)) x(who, sum);
UPDATE veza_data.track SET visibility = 'public', deleted_at = now() WHERE id = :'tb';
SELECT is(pg_temp.order(:'p', :'c'), 'EAE--CADEA', 'of one that was removed not even he does');
UPDATE veza_data.track SET deleted_at = NULL WHERE id = :'tb';
SELECT is(pg_temp.order(:'p', NULL), 'EAEBBCADEA', 'it is back when it is restored');
INSERT INTO veza_data.user_block VALUES (:'c', :'u', now());
SELECT is(pg_temp.order(:'p', :'u'), '----------', 'who is blocked by the artist sees none');
SELECT is(pg_temp.order(:'p', :'a'), 'EAEBBCADEA', 'others do');
DELETE FROM veza_data.user_block;
UPDATE veza_data.track SET visibility = 'unlisted' WHERE id = :'tb';
SELECT is(pg_temp.order(:'p', :'a'), 'EAE--CADEA', 'a public playlist of another one does not list what its owner does not');
SELECT is(pg_temp.order(:'p', :'u'), 'EAEBBCADEA', 'who has added it sees it all the same');
UPDATE veza_data.playlist SET visibility = 'unlisted' WHERE id = :'p';
SELECT is(pg_temp.order(:'p', :'a'), 'EAEBBCADEA', 'and so does who was given the address of an unlisted one');
UPDATE veza_data.playlist SET visibility = 'public' WHERE id = :'p';
UPDATE veza_data.track SET visibility = 'public' WHERE id = :'tb';

-- ---- pages

CREATE FUNCTION pg_temp.page(id text, args jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', (SELECT string_agg((e ->> 'position') || (e -> 'track' ->> 'title'), ',' ORDER BY n) FROM jsonb_array_elements(a -> 'result') WITH ORDINALITY x(e, n)), a -> 'head' -> 'meta' ->> 'total')
      FROM pg_temp.call('GET', '/tracks', $1, NULL, $2) a
$$;
CREATE FUNCTION pg_temp.cursor(id text, args jsonb) RETURNS text LANGUAGE sql AS $$ SELECT pg_temp.call('GET', '/tracks', $1, NULL, $2) -> 'head' -> 'meta' ->> 'next_cursor' $$;
SELECT is(pg_temp.page(:'p', '{"limit": 3}'), '0E,1A,2E 10', 'the first page');
SELECT is(pg_temp.page(:'p', '{"limit": 3, "page": 2}'), '3B,4B,5C 10', 'the second one');
SELECT is(pg_temp.page(:'p', '{"limit": 3, "page": 4}'), '9A 10', 'the last one');
SELECT is(pg_temp.page(:'p', jsonb_build_object('limit', 3, 'cursor', pg_temp.cursor(:'p', '{"limit": 3}'))), '3B,4B,5C 10', 'by cursor, too, with their positions');
SELECT is(pg_temp.cursor(:'p', '{"limit": 3, "page": 4}'), NULL, 'behind the last one there is none');
SELECT is(jsonb_array_length(pg_temp.call('GET', '', :'p', NULL) -> 'result' -> 'tracks'), 10, 'the playlist brings the first ones with it');

-- ---- removing

CREATE FUNCTION pg_temp.drop(what text, id text, caller uuid, args jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(a ->> 'refusal', concat_ws(' ', a -> 'result' ->> 'removed', a -> 'result' ->> 'version', a -> 'result' ->> 'track_count')) FROM pg_temp.call('DELETE', $1, $2, $3, $4) a
$$;
CREATE FUNCTION pg_temp.entry(id text, n integer) RETURNS text LANGUAGE sql AS $$ SELECT e.id::text FROM veza_data.playlist_entry e WHERE playlist_id = $1::uuid ORDER BY rank OFFSET n LIMIT 1 $$;
SELECT is(pg_temp.drop('/tracks/:track_id', :'p', :'u', jsonb_build_object('track_id', :'te')), '3 8 7', 'a track is removed wherever it stands');
SELECT is(pg_temp.order(:'p', NULL), 'ABBCADA', 'the rest closes up');
SELECT is(pg_temp.drop('/tracks/:track_id', :'p', :'u', jsonb_build_object('track_id', :'tb', 'entry_id', pg_temp.entry(:'p', 1))), '1 9 6', 'one of its entries is');
SELECT is(pg_temp.drop('/tracks/:track_id', :'p', :'u', jsonb_build_object('track_id', :'tc', 'entry_id', pg_temp.entry(:'p', 1))), 'PLAYLIST_ENTRY_NOT_FOUND', 'not one of another track');
SELECT is(pg_temp.drop('/entries/:entry_id', :'p', :'u', jsonb_build_object('entry_id', pg_temp.entry(:'p', 3), 'version', 8)), 'PLAYLIST_CHANGED', 'nor for who has seen another version');
SELECT is(pg_temp.drop('/entries/:entry_id', :'p', :'u', jsonb_build_object('entry_id', pg_temp.entry(:'p', 3), 'version', 9)), '1 10 5', 'an entry is removed without its track');
SELECT is(pg_temp.order(:'p', NULL), 'ABCDA', 'and the rest is as it was');
SELECT is(pg_temp.drop('/entries/:entry_id', :'p', :'u', jsonb_build_object('entry_id', gen_random_uuid())), 'PLAYLIST_ENTRY_NOT_FOUND', 'what is not there is not removed');
SELECT is(pg_temp.drop('/entries/:entry_id', :'p', :'a', jsonb_build_object('entry_id', pg_temp.entry(:'p', 0))), 'PLAYLIST_NOT_YOURS', 'nor by others');
SELECT is(pg_temp.drop('/entries/:entry_id', :'p', :'u', jsonb_build_object('entry_id', pg_temp.entry(pg_temp.five(:'u', :'five'), 0))), 'PLAYLIST_ENTRY_NOT_FOUND', 'nor what stands in another one');

-- ---- the order: the vectors

CREATE FUNCTION pg_temp.move(id text, caller uuid, start integer, length integer, before integer, version bigint DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(pg_temp.call('PUT', '/tracks/reorder', $1, $2, jsonb_build_object('range_start', $3, 'range_length', $4, 'insert_before', $5, 'version', coalesce($6, pg_temp.version($1)))) ->> 'refusal', pg_temp.order($1, $2))
$$;
SELECT is(pg_temp.move(pg_temp.five(:'u', :'five'), :'u', 1, 2, 5), 'ADEBC', 'vector (1,2,5)');
SELECT is(pg_temp.move(pg_temp.five(:'u', :'five'), :'u', 3, 1, 0), 'DABCE', 'vector (3,1,0)');
SELECT is(pg_temp.move(pg_temp.five(:'u', :'five'), :'u', 1, 2, 1), 'ABCDE', 'vector (1,2,1)');
SELECT is(pg_temp.move(pg_temp.five(:'u', :'five'), :'u', 1, 2, 2), 'ABCDE', 'vector (1,2,2)');
SELECT is(pg_temp.move(pg_temp.five(:'u', :'five'), :'u', 1, 2, 3), 'ABCDE', 'vector (1,2,3)');
SELECT is(pg_temp.move(pg_temp.five(:'u', :'five'), :'u', 0, 1, 5), 'BCDEA', 'vector (0,1,5)');
SELECT is(pg_temp.move(pg_temp.five(:'u', :'five'), :'u', s, l, b), 'PLAYLIST_POSITION_INVALID', format('vector out of range (%s,%s,%s)', s, l, b)) FROM (VALUES (5, 1, 0), (4, 2, 0), (-1, 1, 0), (0, 0, 0), (0, 1, 6), (0, 1, -1)) x(s, l, b);
SELECT pg_temp.five(:'u', :'five') AS q \gset
SELECT is(pg_temp.move(:'q', :'u', 0, 1, 5, 0), 'PLAYLIST_CHANGED', 'who has seen an older version moves nothing');
SELECT is(test.refused(format('SELECT veza.playlist_reorder(%L, 0, 0, 1, 5)', :'q')) -> 'details' ->> 'version', '1', 'and is told the present one') FROM test.act(:'u');
SELECT is((SELECT http_status FROM veza.error WHERE code = 'PLAYLIST_CHANGED'), 409, 'which is 409');
SELECT is(pg_temp.said(pg_temp.call('PUT', '/tracks/reorder', :'q', :'u', '{"range_start": 0, "insert_before": 2}')), 'VALIDATION_ERROR', 'a version is named');
SELECT is(pg_temp.move(:'q', :'u', 1, 2, 1), 'ABCDE', 'what changes nothing');
SELECT is(pg_temp.version(:'q'), 1::bigint, 'is no change');
SELECT is(pg_temp.move(:'q', :'a', 0, 1, 5), 'PLAYLIST_NOT_FOUND', 'a stranger moves nothing of a private one');

-- A move writes one row for each entry of the shorter side.
CREATE TEMP TABLE written (id uuid);
GRANT ALL ON written TO PUBLIC;
CREATE FUNCTION pg_temp.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO written VALUES (new.id); RETURN NULL; END $$;
CREATE TRIGGER noted AFTER UPDATE ON veza_data.playlist_entry FOR EACH ROW EXECUTE FUNCTION pg_temp.note();
SELECT is(pg_temp.move(:'q', :'u', 4, 1, 0), 'EABCD', 'the last one goes to the beginning');
SELECT is((SELECT count(*) FROM written), 1::bigint, 'one row is written');
TRUNCATE written;
SELECT is(pg_temp.move(:'q', :'u', 0, 4, 5), 'DEABC', 'four go behind the fifth');
SELECT is((SELECT count(*) FROM written), 1::bigint, 'which is one row, too');
TRUNCATE written;
INSERT INTO veza_data.playlist_entry (playlist_id, track_id, rank, added_at)
SELECT :'q', :'ta', (SELECT max(rank) FROM veza_data.playlist_entry WHERE playlist_id = :'q') + n * 1099511627776, now() FROM generate_series(1, 9995) n;
UPDATE veza_data.playlist SET track_count = 10000 WHERE id = :'q';
SELECT pg_temp.move(:'q', :'u', 9999 - n, 1, n * 7) FROM generate_series(0, 9) n;
SELECT is((SELECT count(*) FROM written), 10::bigint, 'of ten thousand entries, too, a move writes one');
TRUNCATE written;
-- Forty moves to the same place use up the room there; then those around get new ranks, once.
SELECT pg_temp.move(:'q', :'u', 9999, 1, 1) FROM generate_series(1, 45);
SELECT cmp_ok((SELECT count(*) FROM written), '<=', 110::bigint, 'where no rank is left, a few entries around get new ones');
SELECT cmp_ok((SELECT count(*) FROM written), '>', 46::bigint, 'which has happened here');
SELECT is(test.audit(), 'nothing', 'and all is well');
DROP TRIGGER noted ON veza_data.playlist_entry;

-- ---- the order as a whole

CREATE FUNCTION pg_temp.set_order(id text, caller uuid, args jsonb, version bigint DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(pg_temp.call('PUT', '/tracks/reorder', $1, $2, $3 || jsonb_build_object('version', coalesce($4, pg_temp.version($1)))) ->> 'refusal', pg_temp.order($1, $2))
$$;
SELECT pg_temp.five(:'u', :'five') AS q \gset
SELECT array_agg(id ORDER BY rank DESC) AS backwards, array_agg(id ORDER BY rank) AS forwards FROM veza_data.playlist_entry WHERE playlist_id = :'q' \gset
SELECT is(pg_temp.set_order(:'q', :'u', jsonb_build_object('entry_ids', :'backwards')), 'EDCBA', 'an order is set');
SELECT is(pg_temp.set_order(:'q', :'u', jsonb_build_object('track_ids', :'five')), 'ABCDE', 'or by tracks, where each stands in it once');
SELECT is(pg_temp.set_order(:'q', :'u', jsonb_build_object('entry_ids', :'backwards'), 1), 'PLAYLIST_CHANGED', 'but not of an older version');
SELECT is(pg_temp.set_order(:'q', :'u', jsonb_build_object('entry_ids', ids::text)), 'PLAYLIST_ORDER_INVALID', ids::text)
  FROM unnest(ARRAY[format('{%s}', pg_temp.entry(:'q', 0)), '{}', replace(:'backwards', pg_temp.entry(:'q', 0), pg_temp.entry(:'q', 1)),
       replace(:'backwards', pg_temp.entry(:'q', 0), gen_random_uuid()::text), replace(:'backwards', '}', ',' || gen_random_uuid() || '}')]) ids;
SELECT pg_temp.add(:'q', :'u', jsonb_build_object('track_id', :'ta'));
SELECT is(pg_temp.set_order(:'q', :'u', jsonb_build_object('track_ids', replace(:'five', '}', ',' || :'ta' || '}'))), 'PLAYLIST_ORDER_INVALID', 'by tracks it is not unique here');
SELECT is(pg_temp.set_order(:'q', :'u', jsonb_build_object('track_ids', :'five', 'entry_ids', :'backwards')), 'VALIDATION_ERROR', 'one or the other');
SELECT is((SELECT string_agg(concat_ws(' ', e ->> 'action', e ->> 'n', e ->> 'version'), ', ' ORDER BY n) FROM jsonb_array_elements(pg_temp.call('GET', '/changes', :'q', :'u') -> 'result') WITH ORDINALITY x(e, n)),
          'added 1 4, ordered 5 3, ordered 5 2, added 5 1', 'who takes part sees what was changed');
SELECT is(pg_temp.said(pg_temp.call('GET', '/changes', :'p', :'a')), 'PLAYLIST_NOT_YOURS', 'who does not does not');

-- ---- removing and restoring

SELECT is(pg_temp.said(pg_temp.call('DELETE', '', :'p', :'a')), 'PLAYLIST_NOT_YOURS', 'others do not remove it');
SELECT is(pg_temp.said(pg_temp.call('DELETE', '', :'p', :'u', '{}', jsonb_build_object('if_match', test.tag(:'p', 1)))), 'PRECONDITION_FAILED', 'nor who has seen an older one');
SELECT isnt(pg_temp.call('DELETE', '', :'p', :'u') -> 'result' ->> 'deleted_at', NULL, 'its owner does');
SELECT is(pg_temp.said(pg_temp.call('GET', '', :'p', who::uuid)), 'PLAYLIST_NOT_FOUND', 'then it is not there') FROM (VALUES (:'u'), (:'a'), (NULL), (:'admin')) x(who);
SELECT is(pg_temp.said(pg_temp.call('POST', '/restore', :'p', :'a')), 'PLAYLIST_NOT_FOUND', 'others do not restore it');
SELECT is(pg_temp.said(pg_temp.call('POST', '/restore', :'p', :'u')), 'none', 'its owner does');
SELECT is(pg_temp.order(:'p', NULL), 'ABCDA', 'and finds it as it was');
SELECT pg_temp.call('DELETE', '', :'p', :'u');
SELECT test.wait('31 days');
SELECT is(pg_temp.said(pg_temp.call('POST', '/restore', :'p', :'u')), 'PLAYLIST_NOT_RESTORABLE', 'for 30 days');
SELECT test.run_jobs();
SELECT is((SELECT count(*) FROM veza_data.playlist WHERE id = :'p') + (SELECT count(*) FROM veza_data.playlist_entry WHERE playlist_id = :'p'), 0::bigint, 'then it goes');
SELECT is(pg_temp.said(pg_temp.call('POST', '/restore', :'p', :'u')), 'PLAYLIST_NOT_FOUND', 'for good');
SELECT test.wait('-31 days');

-- ---- copies

SELECT pg_temp.make(:'u', jsonb_build_object('track_ids', :'five', 'name', 'Origin', 'description', 'Words', 'is_public', true)) AS o \gset
UPDATE veza_data.track SET visibility = 'private' WHERE id = :'tc';
SELECT pg_temp.call('POST', '/fork', :'o', :'a') AS fork \gset
SELECT :'fork'::jsonb -> 'result' ->> 'id' AS f \gset
SELECT is((SELECT concat_ws(' ', r ->> 'name', r ->> 'description', r ->> 'visibility', r ->> 'role', r ->> 'track_count', r ->> 'forked_from_id' = :'o') FROM (SELECT :'fork'::jsonb -> 'result' AS r) x), 'Origin Words private owner 4 t', 'a copy is one''s own and private, and knows its origin');
SELECT is(pg_temp.order(:'f', :'a'), 'ABDE', 'it has what one may see');
UPDATE veza_data.track SET visibility = 'public' WHERE id = :'tc';
SELECT is(pg_temp.order(:'f', :'a'), 'ABDE', 'and no more later');
SELECT is(pg_temp.call('POST', '/fork', :'o', :'a', '{"name": "Mine"}') -> 'result' ->> 'name', 'Mine', 'under a name of its own');
SELECT pg_temp.call('PUT', '', :'o', :'u', '{"is_public": false}');
SELECT is(pg_temp.call('GET', '', :'f', :'a') -> 'result' ->> 'forked_from_id', NULL, 'an origin that cannot be seen is not told');
SELECT is(pg_temp.said(pg_temp.call('POST', '/fork', :'o', :'a')), 'PLAYLIST_NOT_FOUND', 'nor copied');
DELETE FROM veza_data.playlist WHERE id = :'o';
SELECT is(pg_temp.order(:'f', :'a'), 'ABDE', 'a copy outlives its origin');

-- ---- covers

INSERT INTO veza_data.file (hash, size, type, created_at) SELECT encode(sha256(convert_to(n::text, 'UTF8')), 'hex'), 9, 'image/png', now() FROM generate_series(1, 5) n;
UPDATE veza_data.track_version v SET cover_file = encode(sha256('1'), 'hex') WHERE track_id IN (:'ta', :'tb', :'td');
SELECT is(pg_temp.call('GET', '', :'f', :'a') -> 'result' -> 'cover_urls', jsonb_build_array(format('/api/v1/tracks/%s/cover', :'ta'), format('/api/v1/tracks/%s/cover', :'tb'), format('/api/v1/tracks/%s/cover', :'td')), 'covers of its first tracks');
SELECT is(pg_temp.call('GET', '', :'f', :'a') -> 'result' ->> 'cover_url', format('/api/v1/tracks/%s/cover', :'ta'), 'stand for its own');
UPDATE veza_data.track SET visibility = 'private' WHERE id = :'ta';
SELECT is(pg_temp.call('GET', '', :'f', :'a') -> 'result' ->> 'cover_url', format('/api/v1/tracks/%s/cover', :'tb'), 'but not that of a track that cannot be seen');
UPDATE veza_data.track SET visibility = 'public' WHERE id = :'ta';
CREATE FUNCTION pg_temp.cover(id text, caller uuid, width integer DEFAULT 10, headers jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT pg_temp.call('PUT', '/cover', $1, $2, jsonb_build_object('file_hash', encode(sha256('2'), 'hex'), 'file_size', 9, 'file_type', 'image/png', 'image_width', $3, 'image_height', 10), $4)
$$;
SELECT is(pg_temp.said(pg_temp.call('GET', '/cover', :'f', :'a')), 'PLAYLIST_COVER_NOT_FOUND', 'it has none of its own');
SELECT is(pg_temp.cover(:'f', :'a') -> 'result' ->> 'cover_url', format('/api/v1/playlists/%s/cover?v=%s', :'f', left(encode(sha256('2'), 'hex'), 12)), 'then it has');
SELECT is(pg_temp.call('GET', '/cover', :'f', :'a') -> 'result' ->> 'file', encode(sha256('2'), 'hex'), 'which is sent');
SELECT is(pg_temp.said(pg_temp.call('GET', '/cover', :'f', :'b')), 'PLAYLIST_NOT_FOUND', 'to who may see the playlist');
SELECT is(pg_temp.said(pg_temp.cover(:'f', :'a', 9000)), 'IMAGE_TOO_LARGE', 'not a huge one');
SELECT is(pg_temp.said(pg_temp.cover(:'f', :'b')), 'PLAYLIST_NOT_FOUND', 'nor a stranger''s');
SELECT is((SELECT count(*) FROM veza_data.file_use WHERE hash = encode(sha256('2'), 'hex')), 1::bigint, 'its file is in use');
SELECT is(pg_temp.call('DELETE', '/cover', :'f', :'a') -> 'result' ->> 'cover_url', format('/api/v1/tracks/%s/cover', :'ta'), 'it can be taken away');
SELECT is((SELECT count(*) FROM veza_data.file_use WHERE hash = encode(sha256('2'), 'hex')), 0::bigint, 'with its file');

SELECT is(test.audit(), 'nothing', 'all is well');
SELECT * FROM finish();
ROLLBACK;
