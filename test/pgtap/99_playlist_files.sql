-- Playlists as files: which tracks the lines of a file find, what is told of the others, and that a file that is written finds the same tracks.

BEGIN;
SELECT no_plan();

SELECT test.user('creator') AS u \gset
SELECT test.user('creator') AS v \gset
SELECT test.user() AS reader \gset
CREATE FUNCTION pg_temp.track(owner uuid, title text, fields jsonb DEFAULT '{}') RETURNS uuid LANGUAGE sql AS $$
    INSERT INTO veza_data.track (uploader_id, title, artist, album, isrc, visibility, duration_ms, status, play_count, created_at, updated_at)
    SELECT $1, $2, coalesce(f.artist, 'Somebody'), f.album, f.isrc, coalesce(f.visibility, 'public'), coalesce(f.duration_ms, 180000), 'ready', coalesce(f.play_count, 0), coalesce(f.created_at, now()), now()
      FROM jsonb_populate_record(NULL::veza_data.track, $3) f RETURNING id
$$;
CREATE FUNCTION pg_temp.import(content text, caller uuid, args jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http('POST', '/api/v1/playlists/import', jsonb_build_object('content', content, 'name', 'N') || args, caller)
$$;
-- What became of each line: the title that was found and by what, or what was not found.
CREATE FUNCTION pg_temp.found(content text, caller uuid, args jsonb DEFAULT '{"dry_run": true}') RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(a ->> 'refusal', (
        SELECT string_agg(line, ', ' ORDER BY position) FROM (
            SELECT (m ->> 'position')::int AS position, format('%s:%s by %s', m ->> 'line', t.title, m ->> 'matched_by') AS line
              FROM jsonb_array_elements(a -> 'result' -> 'matched') m JOIN veza_data.track t ON t.id = (m ->> 'track_id')::uuid
            UNION ALL
            SELECT (m ->> 'position')::int, format('%s:no %s', m ->> 'line', m ->> 'text') FROM jsonb_array_elements(a -> 'result' -> 'unmatched') m) x), 'nothing')
      FROM pg_temp.import(content, caller, args) a
$$;
SELECT pg_temp.track(:'u', 'Été à Paris', '{"artist": "Françoise", "album": "Là-bas", "isrc": "FRZ039800212", "duration_ms": 200000, "created_at": "2026-01-01T00:00:00Z"}') AS summer \gset
SELECT pg_temp.track(:'u', 'The Zebra', '{"artist": "Béla & <Co>", "duration_ms": 100000, "created_at": "2026-01-02T00:00:00Z"}') AS zebra \gset
SELECT pg_temp.track(:'u', 'Hidden', '{"visibility": "private", "isrc": "FRZ039800213"}') AS hidden \gset
SELECT pg_temp.track(:'u', 'Unlisted', '{"visibility": "unlisted", "isrc": "FRZ039800214"}') AS unlisted \gset

-- ---- what a line finds, in this order

SELECT is(pg_temp.found(line, :'reader'), want, replace(line, E'\n', ' / ')) FROM (VALUES
    ('/api/v1/tracks/' || :'summer' || '/stream', '1:Été à Paris by uri'),
    ('https://elsewhere.example/api/v1/tracks/' || upper(:'summer'), '1:Été à Paris by uri'),
    ('urn:uuid:' || :'unlisted', '1:Unlisted by uri'),
    ('urn:isrc:FR-Z03-98-00212', '1:Été à Paris by isrc'),
    (E'#EXTINF:200,FRANCOISE - ete a paris\nx.mp3', '2:Été à Paris by artist_title'),
    (E'#EXTINF:202,Françoise - Été à Paris\nx.mp3', '2:Été à Paris by artist_title'),
    (E'#EXTINF:203,Françoise - Été à Paris\nx.mp3', '2:no x.mp3'),
    (E'#EXTINF:-1,Françoise - Été à Paris\nx.mp3', '2:Été à Paris by artist_title'),
    (E'..\\music\\03 - Béla & <Co> - The Zebra.flac', '1:The Zebra by artist_title'),
    (E'#EXTINF:100,bela co - zebra\n/tracks/' || gen_random_uuid(), '2:The Zebra by artist_title'),
    (E'#EXTINF:100,Zebra\nx.mp3', '2:no x.mp3'),
    (E'../../etc/passwd', '1:no ../../etc/passwd'),
    ('urn:isrc:FRZ039800299', '1:no urn:isrc:FRZ039800299')) t(line, want);

-- ---- with the reader's eyes

SELECT is(pg_temp.found(line, :'reader'), '1:no ' || line, 'what cannot be seen is not found: ' || line) FROM (VALUES
    ('urn:uuid:' || :'hidden'), ('urn:isrc:FRZ039800213'), ('urn:isrc:FRZ039800214'), ('Somebody - Hidden'), ('Somebody - Unlisted')) t(line);
SELECT is(pg_temp.found(line, :'u'), '1:' || want, 'its owner finds it: ' || line) FROM (VALUES
    ('urn:uuid:' || :'hidden', 'Hidden by uri'), ('urn:isrc:FRZ039800213', 'Hidden by isrc'), ('Somebody - Hidden', 'Hidden by artist_title'), ('urn:isrc:FRZ039800214', 'Unlisted by isrc')) t(line, want);
INSERT INTO veza_data.user_block (blocker_id, blocked_id, created_at) VALUES (:'u', :'reader', now());
SELECT is(pg_temp.found(line, :'reader'), '1:no ' || line, 'who is blocked finds nothing: ' || line) FROM (VALUES ('urn:uuid:' || :'summer'), ('urn:isrc:FRZ039800212'), ('Françoise - Été à Paris')) t(line);
DELETE FROM veza_data.user_block;
UPDATE veza_data.track SET deleted_at = now() WHERE id = :'zebra';
SELECT is(pg_temp.found('urn:uuid:' || :'zebra', :'u'), '1:no urn:uuid:' || :'zebra', 'what was removed is not found, also not by its owner');
UPDATE veza_data.track SET deleted_at = NULL WHERE id = :'zebra';
SELECT pg_temp.track(:'reader', 'Été à Paris', '{"artist": "Françoise", "isrc": "FRZ039800212", "visibility": "private", "duration_ms": 201000}') AS copy \gset
SELECT is(pg_temp.import('urn:isrc:FRZ039800212', :'reader', '{"dry_run": true}') -> 'result' -> 'matched' -> 0 ->> 'track_id', :'copy', 'of several, one''s own comes first');
SELECT is(pg_temp.import(E'#EXTINF:200,Françoise - Été à Paris\nx', :'v', '{"dry_run": true}') -> 'result' -> 'matched' -> 0 ->> 'track_id', :'summer', 'and another one''s private copy never');
DELETE FROM veza_data.track WHERE id = :'copy';

-- ---- the same sound

SELECT test.ready(:'u', 'Heard', '{}', 'the content') AS heard \gset
SELECT is(pg_temp.found('urn:sha256:' || (SELECT file_hash FROM veza_data.track_version WHERE track_id = :'heard'), :'reader'), '1:Heard by hash', 'by the hash of the file');
UPDATE veza_data.track_version SET pcm_hash = repeat('ab', 32) WHERE track_id = :'heard';
SELECT is(pg_temp.found('sha256:' || repeat('AB', 32), :'reader'), '1:Heard by hash', 'or of its samples');

-- ---- the playlist that is made

SELECT pg_temp.import(E'\uFEFF#EXTM3U\r\n#PLAYLIST:Mix\r\n#EXTINF:200,Françoise - Été à Paris\r\na\r\nnothing\r\nurn:uuid:' || :'summer' || E'\r\nurn:uuid:' || :'zebra', :'reader', '{"name": null, "visibility": "public"}') AS made \gset
SELECT is(:'made'::jsonb ->> 'refusal', NULL, 'a file becomes a playlist');
SELECT is((:'made'::jsonb -> 'result') - 'playlist_id' - 'matched', '{"name": "Mix", "format": "m3u8", "line_count": 4, "unmatched": [{"line": 5, "text": "nothing", "title": "nothing", "artist": null, "position": 1}]}', 'and tells of it');
SELECT is((SELECT format('%s %s %s %s', p.name, p.visibility, p.track_count, p.owner_id = :'reader') FROM veza_data.playlist p WHERE p.id = (:'made'::jsonb -> 'result' ->> 'playlist_id')::uuid), 'Mix public 3 t', 'of the importer''s own');
SELECT is((SELECT string_agg(t.title, ', ' ORDER BY e.rank) FROM veza_data.playlist_entry e JOIN veza_data.track t ON t.id = e.track_id WHERE e.playlist_id = (:'made'::jsonb -> 'result' ->> 'playlist_id')::uuid), 'Été à Paris, Été à Paris, The Zebra', 'with the tracks in the order of the file, also twice');
SELECT is((SELECT count(*) FROM veza_data.playlist), (SELECT count(*) FROM veza_data.playlist WHERE pg_temp.import('x', :'reader', '{"dry_run": true}') IS NOT NULL), 'a trial makes none');
SELECT is(pg_temp.import('x', :'reader', args::jsonb) ->> 'refusal', want, args) FROM (VALUES
    ('{"name": null}', 'VALIDATION_ERROR'), ('{"format": "pls"}', 'VALIDATION_ERROR'), ('{"content": null}', 'VALIDATION_ERROR'), ('{"content": "<playlist>"}', 'PLAYLIST_FILE_UNREADABLE'),
    ('{"content": "<!DOCTYPE x [<!ENTITY a \"b\">]><playlist/>"}', 'PLAYLIST_FILE_UNREADABLE'), ('{"content": "x", "format": "jspf"}', 'PLAYLIST_FILE_UNREADABLE'), ('{"visibility": "secret"}', 'VALIDATION_ERROR')) t(args, want);
SELECT is(pg_temp.import(repeat(E'x\n', 10001), :'reader') ->> 'refusal', 'PLAYLIST_FILE_UNREADABLE', 'a file has at most 10000 tracks');
SELECT is(jsonb_array_length(pg_temp.import(repeat(E'x\n', 10000), :'reader', '{"dry_run": true}') -> 'result' -> 'unmatched'), 10000, 'so many are looked for');
SELECT is(test.http('POST', '/api/v1/playlists/import', '{"content": "x", "name": "N"}') ->> 'refusal', 'AUTH_REQUIRED', 'nobody imports nothing');
SELECT veza.set_setting('playlist_import_limit', '1', 'test');
SELECT pg_temp.import('x', :'v');
SELECT is(pg_temp.import('x', :'v') ->> 'refusal', 'RATE_LIMIT_EXCEEDED', 'imports are counted');
SELECT veza.set_setting('playlist_import_limit', '1000', 'test');

-- ---- writing, and reading what was written

SELECT :'made'::jsonb -> 'result' ->> 'playlist_id' AS mix \gset
INSERT INTO veza_data.playlist_entry (playlist_id, track_id, rank, added_by, added_at) VALUES (:'mix', :'hidden', 9223372036854775000, :'u', now());
CREATE FUNCTION pg_temp.export(id text, caller uuid, args jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http('GET', '/api/v1/playlists/:id/export', jsonb_build_object('id', $1) || $3, $2)
$$;
SELECT is(pg_temp.export(:'mix', :'reader') ->> 'text', E'#EXTM3U\n#PLAYLIST:Mix\n' ||
    E'#EXTALB:Là-bas\n#EXTINF:200,Françoise - Été à Paris\n/api/v1/tracks/' || :'summer' || E'/stream\n' ||
    E'#EXTALB:Là-bas\n#EXTINF:200,Françoise - Été à Paris\n/api/v1/tracks/' || :'summer' || E'/stream\n' ||
    E'#EXTINF:100,Béla & <Co> - The Zebra\n/api/v1/tracks/' || :'zebra' || E'/stream\n', 'M3U8 has what its reader sees');
SELECT alike(pg_temp.export(:'mix', :'u', '{"base": "https://veza.example/"}') ->> 'text', '%' || E'\nhttps://veza.example/api/v1/tracks/' || :'hidden' || E'/stream\n', 'its owner sees more, and says what stands before addresses');
SELECT is(pg_temp.export(:'mix', NULL, jsonb_build_object('format', format)) -> 'head' -> 'file', jsonb_build_object('type', type, 'name', 'Mix', 'suffix', format), format || ' says what it is') FROM (VALUES ('m3u8', 'application/vnd.apple.mpegurl'), ('xspf', 'application/xspf+xml'), ('jspf', 'application/json')) f(format, type);
SELECT ok(xml_is_well_formed_document(pg_temp.export(:'mix', :'reader', '{"format": "xspf"}') ->> 'text'), 'XSPF is XML');
SELECT is((xpath('//*[local-name()="creator"]/text()', (pg_temp.export(:'mix', :'reader', '{"format": "xspf"}') ->> 'text')::xml))[3]::text, 'Béla &amp; &lt;Co&gt;', 'with the words in it');
SELECT is(((pg_temp.export(:'mix', :'reader', '{"format": "jspf"}') ->> 'text')::jsonb #>> '{playlist,track,0,identifier,0}'), 'urn:isrc:FRZ039800212', 'JSPF is JSON, and has the ISRC');
SELECT is(pg_temp.import(pg_temp.export(:'mix', :'reader', jsonb_build_object('format', format, 'base', 'https://veza.example')) ->> 'text', :'reader', '{"dry_run": true}') #>> '{result,matched}',
          format('[{"line": %s, "position": 0, "track_id": "%s", "matched_by": "uri"}, {"line": %s, "position": 1, "track_id": "%s", "matched_by": "uri"}, {"line": %s, "position": 2, "track_id": "%s", "matched_by": "uri"}]', line, :'summer', line + step, :'summer', line + 2 * step, :'zebra'), format || ' is read as it was written')
  FROM (VALUES ('xspf', 5, 1), ('jspf', 2, 1)) f(format, line, step);
SELECT is((SELECT string_agg(m ->> 'track_id', ' ') FROM jsonb_array_elements(pg_temp.import(pg_temp.export(:'mix', :'reader') ->> 'text', :'reader', '{"dry_run": true}') -> 'result' -> 'matched') m), concat_ws(' ', :'summer', :'summer', :'zebra'), 'm3u8, too');
SELECT is(pg_temp.export(:'mix', :'reader', args::jsonb) ->> 'refusal', 'VALIDATION_ERROR', args) FROM (VALUES ('{"format": "pls"}'), ('{"base": "javascript:x"}'), ('{"base": "https://x/?a"}'), ('{"base": "https://x\n#EXT"}')) t(args);
UPDATE veza_data.playlist SET visibility = 'private' WHERE id = :'mix';
SELECT is(pg_temp.export(:'mix', caller) ->> 'refusal', 'PLAYLIST_NOT_FOUND', 'what cannot be seen is not written') FROM (VALUES (:'v'::uuid), (NULL)) c(caller);
SELECT * FROM finish();
ROLLBACK;
