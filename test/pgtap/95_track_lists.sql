-- Finding tracks: filters, orders, pages and cursors, the search, and that no list reads the whole table.

BEGIN;
SELECT no_plan();

SELECT test.user('creator') AS u \gset
SELECT test.user('creator') AS v \gset
CREATE FUNCTION pg_temp.list(args jsonb, caller uuid DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http('GET', '/api/v1/tracks', $1, $2)
$$;
CREATE FUNCTION pg_temp.titles(args jsonb, caller uuid DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(a ->> 'refusal', (SELECT string_agg(t ->> 'title', ', ' ORDER BY n) FROM jsonb_array_elements(a -> 'result') WITH ORDINALITY x(t, n)), 'none') FROM pg_temp.list($1, $2) a
$$;

-- Rows as they are when they are ready; nothing of a file matters here.
CREATE FUNCTION pg_temp.track(owner uuid, title text, fields jsonb DEFAULT '{}') RETURNS uuid LANGUAGE sql AS $$
    INSERT INTO veza_data.track (uploader_id, title, artist, album, genre, tags, visibility, license, bpm, duration_ms, file_type, status, play_count, like_count, created_at, updated_at)
    SELECT $1, $2, coalesce(f.artist, 'Somebody'), f.album, f.genre, coalesce(f.tags, '{}'), coalesce(f.visibility, 'public'), coalesce(f.license, 'All Rights Reserved'), f.bpm,
           coalesce(f.duration_ms, 180000), coalesce(f.file_type, 'audio/flac'), coalesce(f.status, 'ready'), coalesce(f.play_count, 0), coalesce(f.like_count, 0), coalesce(f.created_at, now()), now()
      FROM jsonb_populate_record(NULL::veza_data.track, $3) f RETURNING id
$$;
SELECT pg_temp.track(:'u', title, fields::jsonb) FROM (VALUES
    ('Été à Paris', '{"artist": "Françoise", "genre": "Chanson", "tags": ["summer", "paris"], "bpm": 90, "duration_ms": 200000, "play_count": 5, "created_at": "2026-01-01T00:00:00Z"}'),
    ('The Zebra', '{"artist": "Béla", "genre": "Jazz", "tags": ["live"], "bpm": 180, "duration_ms": 400000, "play_count": 50, "like_count": 9, "created_at": "2026-01-02T00:00:00Z"}'),
    ('an apple', '{"artist": "The Ärzte", "genre": "jazz", "tags": ["live", "summer"], "duration_ms": 100000, "license": "Creative Commons BY", "created_at": "2026-01-03T00:00:00Z"}'),
    ('Mozart''s Requiem', '{"artist": "Wolfgang", "album": "Requiem", "genre": "Classical", "bpm": 60, "like_count": 2, "created_at": "2026-01-04T00:00:00Z"}'),
    ('東京物語', '{"artist": "坂本龍一", "genre": "Ambient", "created_at": "2026-01-05T00:00:00Z"}'),
    ('Подмосковные вечера', '{"artist": "Хор", "created_at": "2026-01-06T00:00:00Z"}')) t(title, fields);
SELECT pg_temp.track(:'u', 'Hidden', '{"visibility": "private", "created_at": "2026-02-01T00:00:00Z"}') AS hidden \gset
SELECT pg_temp.track(:'u', 'Unlisted', '{"visibility": "unlisted", "created_at": "2026-02-02T00:00:00Z"}') AS unlisted \gset
SELECT pg_temp.track(:'u', 'Processing', '{"status": "scanning", "created_at": "2026-02-03T00:00:00Z"}') AS processing \gset
SELECT pg_temp.track(:'v', 'Somebody else''s', '{"created_at": "2025-12-31T00:00:00Z"}') AS other \gset

-- ---- who is listed

SELECT is(pg_temp.titles('{}'), 'Подмосковные вечера, 東京物語, Mozart''s Requiem, an apple, The Zebra, Été à Paris, Somebody else''s', 'public tracks, newest first');
SELECT is(pg_temp.titles('{"show_private": true}'), pg_temp.titles('{}'), 'nobody has no private ones');
SELECT is(pg_temp.titles('{"show_private": true}', :'v'), 'Somebody else''s', 'somebody has their own');
SELECT is(pg_temp.titles('{"show_private": true, "limit": 3}', :'u'), 'Processing, Unlisted, Hidden', 'whatever others see of them');
SELECT is(pg_temp.titles(jsonb_build_object('show_private', true, 'uploader_id', :'u', 'limit', 1), :'v'), 'Подмосковные вечера', 'another one''s private tracks are not shown');
UPDATE veza_data.users SET status = 'suspended' WHERE id = :'v';
SELECT is(pg_temp.titles('{"sort": "created_at", "order": "asc", "limit": 1}'), 'Été à Paris', 'nor those of an account that is not served');
UPDATE veza_data.users SET status = 'active' WHERE id = :'v';

-- ---- filters

SELECT is(pg_temp.titles(filter::jsonb), want, filter) FROM (VALUES
    ('{"genre": "JAZZ"}', 'an apple, The Zebra'),
    ('{"tags": "{live}"}', 'an apple, The Zebra'),
    ('{"tags": "{\"live,Summer\"}"}', 'an apple'),
    ('{"artist": "arzte"}', 'an apple'),
    ('{"artist": "FRANCOISE"}', 'Été à Paris'),
    ('{"artist": "fran"}', 'none'),
    ('{"min_duration": 200, "max_duration": 300}', 'Été à Paris'),
    ('{"min_duration": 400}', 'The Zebra'),
    ('{"min_bpm": 61, "max_bpm": 179}', 'Été à Paris'),
    ('{"license": "creative commons by"}', 'an apple'),
    ('{"date_from": "2026-01-02T00:00:00Z", "date_to": "2026-01-04T00:00:00Z"}', 'an apple, The Zebra'),
    ('{"genre": "jazz", "min_bpm": 100}', 'The Zebra'),
    ('{"genre": "no such"}', 'none'),
    ('{"format": "flac", "genre": "jazz"}', 'an apple, The Zebra'),
    ('{"format": "mp3"}', 'none')) f(filter, want);
SELECT is(pg_temp.titles(jsonb_build_object('uploader_id', :'v')), 'Somebody else''s', 'by owner');

-- ---- orders

SELECT is(pg_temp.titles(args::jsonb), want, args) FROM (VALUES
    ('{"sort": "title"}', 'an apple, Été à Paris, Mozart''s Requiem, Somebody else''s, The Zebra, Подмосковные вечера, 東京物語'),
    ('{"sort": "-title", "limit": 2}', '東京物語, Подмосковные вечера'),
    ('{"sort": "title", "order": "desc", "limit": 2}', '東京物語, Подмосковные вечера'),
    ('{"sort": "artist", "limit": 3}', 'an apple, The Zebra, Été à Paris'),
    ('{"sort": "plays", "limit": 2}', 'The Zebra, Été à Paris'),
    ('{"sort": "likes", "limit": 2}', 'The Zebra, Mozart''s Requiem'),
    ('{"sort": "popularity", "limit": 3}', 'The Zebra, Mozart''s Requiem, Été à Paris'),
    ('{"sort": "duration", "order": "asc", "limit": 1}', 'an apple'),
    ('{"sort": "bpm", "limit": 3}', 'The Zebra, Été à Paris, Mozart''s Requiem'),
    ('{"sort": "created_at", "order": "ASC", "limit": 1}', 'Somebody else''s'),
    ('{"sort": "-created_at", "limit": 1}', 'Подмосковные вечера')) o(args, want);
SELECT is(pg_temp.titles(args::jsonb), 'VALIDATION_ERROR', args) FROM unnest(ARRAY['{"sort": "password"}', '{"sort": "relevance"}', '{"order": "up"}', '{"page": 0}', '{"limit": 101}',
    '{"page": 101, "limit": 100}', '{"min_duration": -1}', '{"format": "exe"}', '{"license": "mine"}', '{"cursor": "x"}', '{"cursor": "MC4xLjE"}', '{"search": "!?"}']) args;
SELECT isnt(pg_temp.titles('{"page": 100, "limit": 100}'), 'VALIDATION_ERROR', '10 000 rows can be reached by page');

-- ---- cursors

-- Follows next_cursor through the whole list, and says whether it is the one list without gaps and repetitions.
CREATE FUNCTION pg_temp.walk(args jsonb, caller uuid DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    seen   text[] := '{}';
    page   jsonb;
    cursor text;
BEGIN
    FOR i IN 1 .. 200 LOOP
        page := pg_temp.list(args || '{"limit": 3}' || jsonb_build_object('cursor', cursor), caller);
        IF page ->> 'refusal' IS NOT NULL THEN RETURN page::text; END IF;
        seen := seen || ARRAY(SELECT t ->> 'id' FROM jsonb_array_elements(page -> 'result') WITH ORDINALITY x(t, n) ORDER BY n);
        cursor := page -> 'head' -> 'meta' ->> 'next_cursor';
        EXIT WHEN cursor IS NULL;
    END LOOP;
    RETURN CASE WHEN seen = ARRAY(SELECT t ->> 'id' FROM jsonb_array_elements(pg_temp.list(args || '{"limit": 100}', caller) -> 'result') WITH ORDINALITY x(t, n) ORDER BY n)
           THEN 'same ' || cardinality(seen) ELSE 'different' END;
END
$$;
SELECT pg_temp.track(:'u', 'Equal', '{"created_at": "2026-03-01T00:00:00Z"}') FROM generate_series(1, 8);
SELECT is(pg_temp.walk(jsonb_build_object('sort', sort, 'order', way)), 'same 15', format('every page of %s %s', sort, way))
  FROM unnest('{created_at,updated_at,title,artist,duration,plays,likes,popularity,bpm}'::text[]) sort, unnest('{asc,desc}'::text[]) way;
SELECT is(pg_temp.walk(jsonb_build_object('show_private', true, 'sort', sort), :'u'), 'same 17', 'of the own ones by ' || sort) FROM unnest('{created_at,title,plays}'::text[]) sort;
SELECT is(pg_temp.walk('{"with_total": true}'), 'same 15', 'counting them leaves the cursor as it is');
SELECT is(pg_temp.walk(jsonb_build_object('search', 'equal', 'sort', sort, 'order', way)), 'same 8', format('of what was found, by %s %s', coalesce(sort, 'relevance'), coalesce(way, 'itself')))
  FROM unnest('{NULL,created_at,title,plays}'::text[]) sort, unnest('{NULL,asc,desc}'::text[]) way;
SELECT is(pg_temp.titles(jsonb_build_object('sort', 'title', 'cursor', pg_temp.list('{"sort": "plays", "limit": 1}') -> 'head' -> 'meta' ->> 'next_cursor')), 'VALIDATION_ERROR', 'a cursor is one of its order');
SELECT pg_temp.list('{"sort": "created_at", "limit": 2}') -> 'head' -> 'meta' ->> 'next_cursor' AS cursor \gset
SELECT pg_temp.list(jsonb_build_object('limit', 2, 'cursor', :'cursor')) -> 'result' AS before \gset
SELECT pg_temp.track(:'u', 'New', '{"created_at": "2026-04-01T00:00:00Z"}') AS new \gset
SELECT is(pg_temp.list(jsonb_build_object('limit', 2, 'cursor', :'cursor')) -> 'result', :'before'::jsonb, 'what is new moves nothing');
DELETE FROM veza_data.track WHERE id = :'new';
SELECT is((pg_temp.list('{"limit": 2}') -> 'head' -> 'meta') - 'next_cursor', '{"page": 1, "per_page": 2, "total": 3, "total_pages": 2, "total_is_exact": false}', 'a total that was not asked for is what was seen');
SELECT is((pg_temp.list('{"limit": 2, "with_total": true}') -> 'head' -> 'meta') - 'next_cursor', '{"page": 1, "per_page": 2, "total": 15, "total_pages": 8}', 'one that was is exact');
SELECT is(pg_temp.list('{"limit": 2, "with_total": true, "genre": "jazz"}') -> 'head' -> 'meta' ->> 'total', '2', 'of what the filters leave');
SELECT is(pg_temp.list('{"with_total": true, "show_private": true}', :'u') -> 'head' -> 'meta' ->> 'total', '17', 'or of the own ones');
SELECT is(pg_temp.list('{"with_total": true, "search": "equal", "limit": 2}') -> 'head' -> 'meta' ->> 'total', '8', 'or of what was found');
DELETE FROM veza_data.track WHERE title = 'Equal';

-- ---- the search

SELECT is(pg_temp.titles(jsonb_build_object('search', word)), want, word) FROM (VALUES
    ('ete', 'Été à Paris'), ('ÉTÉ', 'Été à Paris'), ('paris ete', 'Été à Paris'), ('par', 'Été à Paris'), ('summer', 'Été à Paris, an apple'),
    ('mozart', 'Mozart''s Requiem'), ('mozarts', 'Mozart''s Requiem'), ('mozart''s', 'Mozart''s Requiem'), ('mozart’s', 'Mozart''s Requiem'), ('mozrat', 'Mozart''s Requiem'), ('mozzart', 'Mozart''s Requiem'), ('mozar', 'Mozart''s Requiem'), ('reqiem', 'Mozart''s Requiem'), ('requiam', 'Mozart''s Requiem'),
    ('bela zebra', 'The Zebra'), ('zebra mozart', 'none'), ('東京', '東京物語'), ('物語', '東京物語'), ('京物', '東京物語'), ('東', '東京物語'), ('龍一', '東京物語'), ('東語', 'none'),
    ('подмоск', 'Подмосковные вечера'), ('ВЕЧЕРА', 'Подмосковные вечера'), ('вечерa', 'Подмосковные вечера'), ('hidden', 'none'), ('unlisted', 'none'), ('processing', 'none'),
    ('o''r ''1''=''1', 'none'), ('zebra & !apple | (', 'none'), ('ze:*', 'The Zebra'), ('xyzzyx', 'none'), (repeat('x', 200), 'none')) w(word, want);
SELECT is(pg_temp.titles('{"search": "hidden"}', :'u'), 'none', 'also not to its owner, who does not ask for the own ones');
SELECT is(pg_temp.titles('{"search": "hidden", "show_private": true}', :'u'), 'Hidden', 'who finds it among those');
SELECT is(pg_temp.titles('{"search": "jazz", "sort": "title"}'), 'an apple, The Zebra', 'what is found is sorted as asked');
SELECT is(pg_temp.titles('{"search": "jazz", "min_bpm": 100}'), 'The Zebra', 'and narrowed');
SELECT pg_temp.track(:'u', title, fields::jsonb) FROM (VALUES ('Star', '{}'), ('Starlight', '{"play_count": 100}'), ('A morning', '{"artist": "Stars"}'), ('Blue star', '{"play_count": 1000}'), ('Stag', '{"play_count": 100000}')) t(title, fields);
SELECT is(pg_temp.titles('{"search": "star"}'), 'Star, Starlight, A morning, Blue star, Stag', 'the title itself first, then its beginning, then the artist''s, then all words, then what is a letter away');
UPDATE veza_data.track SET title = 'Renamed' WHERE title = 'Starlight';
SELECT is(pg_temp.titles('{"search": "starlight"}') || ' ' || pg_temp.titles('{"search": "renamed"}'), 'none Renamed', 'what is found follows the words');

-- ---- many rows: what is read of them

INSERT INTO veza_data.track (uploader_id, title, artist, genre, tags, bpm, duration_ms, status, play_count, like_count, created_at, updated_at)
SELECT :'u', format('%s %s %s', a.w[1 + n % 10], a.w[1 + n / 10 % 10], n), 'Artist ' || n % 500, 'Genre ' || n % 20, ARRAY['tag' || n % 300], 60 + n % 200, 1000 * (60 + n % 600), 'ready', n % 1000, n % 100,
       now() - n * interval '1 minute', now() - n * interval '30 seconds'
  FROM generate_series(1, 20000) n, (SELECT string_to_array('river stone cloud forest harbor winter candle mirror silver garden', ' ') AS w) a;
ANALYZE veza_data.track;
ANALYZE veza_data.users;

-- How often the whole table was scanned, as the server counts it for this transaction.
CREATE FUNCTION pg_temp.whole_scans(args jsonb, caller uuid DEFAULT NULL) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    scans  bigint := pg_stat_get_xact_numscans('veza_data.track'::regclass);
BEGIN
    IF pg_temp.list(args, caller) ->> 'refusal' IS NOT NULL THEN RETURN -1; END IF;
    RETURN pg_stat_get_xact_numscans('veza_data.track'::regclass) - scans;
END
$$;
SELECT pg_temp.list(jsonb_build_object('sort', 'created_at', 'limit', 100, 'page', 100)) -> 'head' -> 'meta' ->> 'next_cursor' AS deep \gset
SELECT is(pg_temp.whole_scans(args::jsonb), 0::bigint, 'no scan of the whole table: ' || left(args, 60)) FROM (
    SELECT format('{"sort": "%s", "order": "%s"}', sort, way) AS args FROM unnest('{created_at,updated_at,title,artist,duration,plays,likes,popularity,bpm}'::text[]) sort, unnest('{asc,desc}'::text[]) way
    UNION ALL VALUES (format('{"cursor": "%s"}', :'deep')), ('{"genre": "Genre 7"}'), ('{"genre": "no such"}'), ('{"tags": "{tag77}"}'), ('{"tags": "{none}"}'), ('{"artist": "artist 77"}'), ('{"min_bpm": 259}'),
        ('{"min_duration": 659, "max_duration": 659}'), ('{"search": "river stone"}'), ('{"search": "rivre"}'), ('{"search": "genre"}'), ('{"search": "artist genre"}'), ('{"search": "ri"}'), ('{"search": "garden", "sort": "plays"}'),
        ('{"genre": "Genre 7", "tags": "{tag77}"}'), ('{"genre": "Genre 7", "min_bpm": 259, "sort": "title"}'), ('{"search": "river nosuchword"}'), ('{"search": "rivre stoen"}'), ('{"search": "a"}'),
        ('{"search": "river", "genre": "Genre 7"}'), ('{"search": "stone", "page": 20}'), ('{"page": 100, "limit": 100}')) a;
SELECT is(pg_temp.whole_scans('{"show_private": true}', :'v'), 0::bigint, 'nor of the own ones');
SELECT is(pg_temp.whole_scans(args::jsonb, :'v'), 0::bigint, 'nor for whom some owners may have blocked: ' || args) FROM unnest(ARRAY['{}', '{"sort": "plays"}', '{"genre": "Genre 7"}', '{"search": "river stone"}', format('{"cursor": "%s"}', :'deep')]) args;
SELECT is(pg_temp.whole_scans('{"show_private": true, "search": "river"}', :'u'), 0::bigint, 'nor of a search in those');

-- Least popular of them all, and none of the rows that come first in its order.
SELECT pg_temp.track(:'v', 'River xylograph cloud', '{"created_at": "2001-01-01T00:00:00Z"}');
UPDATE veza_data.track SET play_count = play_count + 1 WHERE title NOT LIKE '%xylo%' AND status = 'ready';
SELECT is(pg_temp.titles(args::jsonb), 'River xylograph cloud', 'found among 20 000: ' || args) FROM unnest(ARRAY['{"search": "xylograph"}', '{"search": "xylogr"}', '{"search": "xylogarph"}', '{"search": "cloud xylograph"}',
    '{"search": "riv xylo"}', '{"search": "xylograph", "sort": "plays"}', '{"search": "xylograph", "sort": "title", "order": "desc"}', '{"search": "xylograph", "max_bpm": 50}']) args;
SELECT * FROM finish();
ROLLBACK;
