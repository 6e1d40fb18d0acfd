-- Pages of a playlist with 10000 entries under the plans of veza-httpd: what is read for one does not grow with the playlist.

BEGIN;
SELECT no_plan();

SELECT test.user('creator') AS u \gset
SELECT test.user() AS a \gset
SET LOCAL session_replication_role = replica;
INSERT INTO veza_data.track (id, uploader_id, title, artist, status, duration_ms, created_at, updated_at)
SELECT md5('track ' || n)::uuid, :'u', 'Track ' || n, 'Artist', 'ready', 1000, now(), now() FROM generate_series(1, 10000) n;
INSERT INTO veza_data.playlist (id, owner_id, name, visibility, version, track_count, created_at, updated_at)
SELECT md5('list ' || n)::uuid, :'u', 'List ' || n, 'public', 1, 10000, now() + n * interval '1 s', now() FROM generate_series(1, 3) n;
INSERT INTO veza_data.playlist_entry (playlist_id, track_id, rank, added_by, added_at)
SELECT md5('list ' || l)::uuid, md5('track ' || n)::uuid, n * 1099511627776, :'u', now() FROM generate_series(1, 3) l, generate_series(1, 10000) n;
SET LOCAL session_replication_role = origin;
ANALYZE veza_data.track;
ANALYZE veza_data.playlist;
ANALYZE veza_data.playlist_entry;
-- As the roles of veza-httpd have it.
SET LOCAL plan_cache_mode = force_generic_plan;
SET LOCAL enable_memoize = off;
SELECT md5('list 1')::uuid AS p \gset

-- What was read for a request: rows of the tables by the way of an index, and scans of the whole tables that are large.
CREATE FUNCTION pg_temp.counted(OUT fetched bigint, OUT scans bigint) LANGUAGE sql AS $$
    SELECT sum(idx_tup_fetch)::bigint, (sum(seq_scan) FILTER (WHERE relname IN ('playlist_entry', 'track')))::bigint FROM pg_stat_xact_user_tables WHERE schemaname = 'veza_data' AND relname IN ('playlist_entry', 'track', 'playlist', 'playlist_member', 'user_block')
$$;
CREATE FUNCTION pg_temp.page(path text, args jsonb, caller uuid, OUT fetched bigint, OUT scans bigint, OUT answer jsonb) LANGUAGE plpgsql AS $$
DECLARE
    before record;
BEGIN
    PERFORM test.http('GET', path, args, caller);
    before := pg_temp.counted();
    answer := test.http('GET', path, args, caller);
    SELECT c.fetched - before.fetched, c.scans - before.scans INTO fetched, scans FROM pg_temp.counted() c;
END
$$;
CREATE FUNCTION pg_temp.titles(answer jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', $1 -> 'result' -> 0 ->> 'position', $1 -> 'result' -> 0 -> 'track' ->> 'title', jsonb_array_length($1 -> 'result'), $1 -> 'result' -> -1 ->> 'position', $1 -> 'result' -> -1 -> 'track' ->> 'title')
$$;
SELECT is(pg_temp.titles(answer), titles, 'page ' || n) FROM (VALUES (1, '0 Track 1 100 99 Track 100'), (50, '4900 Track 4901 100 4999 Track 5000'), (100, '9900 Track 9901 100 9999 Track 10000')) x(n, titles),
    pg_temp.page('/api/v1/playlists/:id/tracks', jsonb_build_object('id', :'p', 'limit', 100, 'page', n), :'a');
SELECT (pg_temp.page('/api/v1/playlists/:id/tracks', jsonb_build_object('id', :'p', 'limit', 100, 'page', 99), :'a')).answer -> 'head' -> 'meta' ->> 'next_cursor' AS cursor \gset
SELECT * FROM pg_temp.page('/api/v1/playlists/:id/tracks', jsonb_build_object('id', :'p', 'limit', 100, 'cursor', :'cursor'), :'a') \gset by_cursor_
SELECT is(pg_temp.titles(:'by_cursor_answer'), '9900 Track 9901 100 9999 Track 10000', 'the last page by cursor');
SELECT is(:by_cursor_scans, 0, 'neither entries nor tracks are scanned for it');
SELECT fetched AS first_fetched, scans AS first_scans FROM pg_temp.page('/api/v1/playlists/:id/tracks', jsonb_build_object('id', :'p', 'limit', 100), :'a') \gset
SELECT is(:first_scans, 0, 'nor for the first page');
SELECT cmp_ok(:first_fetched, '<=', 1500, 'for which a few rows are read for each entry shown');
SELECT is((SELECT max(scans) FROM generate_series(1, 100, 9) n, pg_temp.page('/api/v1/playlists/:id/tracks', jsonb_build_object('id', :'p', 'limit', 100, 'page', n), :'a')), 0::bigint, 'nor for any other');
SELECT is((SELECT scans FROM pg_temp.page('/api/v1/playlists/:id', jsonb_build_object('id', :'p'), :'a')), 0::bigint, 'nor for the playlist itself');
SELECT * FROM pg_temp.page('/api/v1/playlists', '{"limit": 100}', :'a') \gset list_
SELECT is(jsonb_array_length(:'list_answer'::jsonb -> 'result'), 3, 'a list of playlists');
SELECT cmp_ok(:list_fetched, '<=', 500, 'does not read what stands in them');

SELECT * FROM finish();
ROLLBACK;
