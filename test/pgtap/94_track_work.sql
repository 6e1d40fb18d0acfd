-- The processing of tracks: who takes it on, what is reported, what becomes of what fails; versions; the stream server.

BEGIN;
SELECT no_plan();

SELECT test.user('creator') AS u \gset
SELECT test.upload(:'u', 'One') AS t \gset
SELECT test.version(:'t') AS v \gset
CREATE FUNCTION pg_temp.claim(worker text, max integer DEFAULT 10) RETURNS jsonb LANGUAGE sql AS $$ SELECT veza.track_claim_work($1, $2)::jsonb $$;
CREATE FUNCTION pg_temp.state(version uuid) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', v.state, v.state_code, 'track ' || t.status) FROM veza_data.track_version v JOIN veza_data.track t ON t.id = v.track_id WHERE v.id = $1
$$;

-- ---- leases

SELECT is(pg_temp.claim('a', 0), '[]', 'nothing is taken when nothing is wanted');
SELECT pg_temp.claim('a') AS work \gset
SELECT is((:'work'::jsonb -> 0) - 'lease' - 'file', jsonb_build_object('version_id', :'v', 'kind', 'scan', 'type', 'audio/flac', 'size', 36), 'what has arrived is scanned first');
SELECT is(pg_temp.state(:'v'), 'scanning track scanning', 'its track shows it');
SELECT is(pg_temp.claim('b'), '[]', 'nobody else gets it');
SELECT is(veza.track_report_scan(:'v', gen_random_uuid(), 'clean'), 'stale', 'who has no lease reports nothing');
SELECT is(veza.track_report_analysis(:'v', (:'work'::jsonb -> 0 ->> 'lease')::uuid, '{"ok": true}'), 'stale', 'nor what was not asked');
SELECT is(test.refusal(format('SELECT veza.track_report_scan(%L, %L, ''OK'')', :'v', :'work'::jsonb -> 0 ->> 'lease')), 'VALIDATION_ERROR', 'a verdict is one of four words');
SELECT test.wait('301 seconds');
SELECT pg_temp.claim('b') AS taken \gset
SELECT is(:'taken'::jsonb -> 0 ->> 'version_id', :'v', 'a lease that has run out is taken over');
SELECT is(veza.track_report_scan(:'v', (:'work'::jsonb -> 0 ->> 'lease')::uuid, 'clean'), 'stale', 'the first worker comes too late');
SELECT is(veza.track_report_scan(:'v', (:'taken'::jsonb -> 0 ->> 'lease')::uuid, 'clean'), 'analysing', 'the second one does not');
SELECT is((SELECT tries FROM veza_data.track_version WHERE id = :'v'), 0, 'the next step has all its tries');
SELECT is(test.analyse(:'v'), 'ready', 'it is analysed');
SELECT is(pg_temp.state(:'v'), 'ready track ready', 'and ready');
SELECT is(pg_temp.claim('a'), '[]', 'then there is nothing more to do');
SELECT is(test.events(:'v'), 'receive, claim, claim, clean, claim, analysed', 'all of it is in the history');

SELECT test.version(test.upload(:'u', 'Lost')) AS lost \gset
SELECT pg_temp.claim('a'), test.wait('301 seconds');
SELECT pg_temp.claim('a'), test.wait('301 seconds');
SELECT pg_temp.claim('a'), test.wait('301 seconds');
SELECT is(pg_temp.claim('a'), '[]', 'three workers that were lost are enough');
SELECT is(pg_temp.state(:'lost'), 'failed worker_lost track failed', 'then it has failed');

SELECT test.version(test.upload(:'u', 'Returned')) AS back \gset
SELECT is(veza.track_release_work(:'back', test.lease(:'back')), 'received', 'what was not begun is given back');
SELECT is(test.lease(:'back'), NULL, 'for a moment');
SELECT test.wait('6 seconds');
SELECT is(veza.track_release_work(:'back', test.lease(:'back')) || (SELECT tries FROM veza_data.track_version WHERE id = :'back'), 'received0', 'as often as may be: it is no try');
SELECT test.wait('6 seconds');
SELECT test.scan(:'back');
SELECT is(veza.track_release_work(:'back', test.lease(:'back')), 'analysing', 'also before the analysis');
SELECT is(veza.track_release_work(:'back', gen_random_uuid()), 'stale', 'by who has it');
SELECT test.wait('6 seconds');
SELECT test.analyse(:'back');

-- ---- events

SELECT is((SELECT string_agg(concat_ws(' ', data ->> 'status', data ->> 'code'), ', ' ORDER BY id) FROM veza_data.live_event WHERE channel = 'track:' || :'t'), 'received, scanning, analysing, ready', 'its owner hears of each state');
SELECT test.http('GET', '/api/v1/tracks/:id/events', jsonb_build_object('id', :'t'), :'u') -> 'result' AS events \gset
SELECT is(:'events'::jsonb ->> 'channel', 'track:' || :'t', 'on a channel of its own');
SELECT is(:'events'::jsonb::text LIKE '%"status": "ready"%', true, 'which begins with how things stand');
SELECT is(test.http('GET', '/api/v1/tracks/:id/' || what, jsonb_build_object('id', :'t'), test.user()) ->> 'refusal', 'TRACK_NOT_YOURS', what || ': others hear nothing') FROM unnest('{events,events-url}'::text[]) what;
SELECT is(test.http('GET', '/api/v1/tracks/:id/events-url', jsonb_build_object('id', :'t'), :'u') ->> 'refusal', NULL, 'a player gets an address');
SELECT is(test.http('GET', '/api/v1/tracks/:id/stream-url', jsonb_build_object('id', :'t'), :'u') -> 'result' ? 'expires_at', true, 'also of the audio');
SELECT is(test.http('GET', '/api/v1/tracks/:id/stream-url', jsonb_build_object('id', test.upload(:'u', 'Raw')), :'u') ->> 'refusal', 'TRACK_PROCESSING', 'when there is some');

SELECT isnt((SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 7 AND pid = pg_backend_pid()), 0::bigint, 'under the lock of the channel, which holds until the commit');

-- ---- the scanner

SELECT test.version(test.upload(:'u', 'Bad', 'virus')) AS bad \gset
SELECT is(test.scan(:'bad', 'infected'), 'quarantined', 'an infected file goes into quarantine');
SELECT is(pg_temp.state(:'bad'), 'quarantined virus track quarantined', 'for a reason');
SELECT is((SELECT count(*) FROM veza_data.audit_log WHERE action = 'track.quarantine' AND resource_id = :'bad'), 1::bigint, 'and on record');
SELECT is((SELECT file_hash FROM veza_data.track_version WHERE id = :'bad'), NULL, 'the file is given up');
SELECT is((SELECT count(*) FROM veza_data.file WHERE hash = encode(sha256('virus'), 'hex')), 0::bigint, 'no row names it');
SELECT isnt(test.upload(:'u', 'Good', 'virus'), NULL, 'the same file may be tried again');
SELECT test.version(test.ready(test.user('creator'), 'Of one', '{}', 'shared')) AS one \gset
SELECT test.version(test.upload(test.user('creator'), 'Of another', 'shared')) AS two \gset
SELECT is(test.scan(:'two', 'infected'), 'quarantined', 'a file that two have');
SELECT is((SELECT scan || ' ' || (due_at <= test.now()) FROM veza_data.track_version WHERE id = :'one'), 'unscanned true', 'the other one is scanned again');
SELECT is((SELECT count(*) FROM veza_data.file WHERE hash = encode(sha256('shared'), 'hex')), 1::bigint, 'whose row still names it');
SELECT test.version(test.upload(:'u', 'Slow')) AS slow \gset
SELECT is(test.scan(:'slow', 'failed'), 'received', 'a scan that failed is tried again');
SELECT is(test.lease(:'slow'), NULL, 'not at once');
SELECT test.wait('31 seconds');
SELECT is(test.scan(:'slow', 'failed'), 'received', 'a second time');
SELECT test.wait('31 seconds');
SELECT is(test.lease(:'slow'), NULL, 'later');
SELECT test.wait('100 seconds');
SELECT is(test.scan(:'slow', 'failed'), 'failed', 'the third time is the last');
SELECT is(pg_temp.state(:'slow'), 'failed scan_failed track failed', 'for that reason');
SELECT test.act(test.user('admin'));
SELECT is(veza.track_reprocess(:'slow', 'the scanner is back'), 'received', 'an operator has it tried once more');
SELECT is(test.scan(:'slow'), 'analysing', 'with all its tries');
SELECT test.analyse(:'slow');
SELECT test.version(test.upload(:'u', 'Unscanned')) AS un \gset
SELECT is(test.scan(:'un', 'unscanned'), 'analysing', 'what need not be scanned goes on');
SELECT is(test.analyse(:'un'), 'ready', 'and is played');
SELECT is(test.lease(:'un'), NULL, 'it is not scanned again at once');
SELECT test.wait('301 seconds');
SELECT is(test.scan(:'un', 'unscanned'), 'ready', 'but later');
SELECT test.wait('301 seconds');
SELECT is(test.scan(:'un', 'failed'), 'ready', 'as often as it takes');
SELECT is(veza.track_rescan(), 1::bigint, 'or when an operator says so');
SELECT is(test.scan(:'un', 'infected'), 'quarantined', 'and if it is infected, it goes');
SELECT is(pg_temp.state(:'un'), 'quarantined virus track quarantined', 'its track, too');

-- ---- the analysis

SELECT test.version(test.upload(:'u', 'Facts')) AS f \gset
SELECT test.scan(:'f');
SELECT is(test.analyse(:'f', jsonb_build_object('duration_ms', 5040, 'sample_rate', 48000, 'channels', 2, 'bits', 24, 'codec', 'flac', 'pcm_sha256', repeat('a', 64),
    'loudness', '{"integrated": -14.25, "range": 6.5, "true_peak": -0.987}'::jsonb, 'fingerprint', '[1, -2, 2147483647]'::jsonb, 'raw_tags', '{"TITLE": "x"}'::jsonb,
    'waveform', jsonb_build_object('hash', repeat('b', 64), 'size', 4096, 'type', 'application/octet-stream'),
    'waveform_json', jsonb_build_object('hash', repeat('d', 64), 'size', 9000, 'type', 'application/json'),
    'cover', jsonb_build_object('hash', repeat('c', 64), 'size', 100, 'type', 'image/png', 'width', 3, 'height', 4))), 'ready', 'everything is found');
SELECT results_eq(format('SELECT duration_ms, sample_rate, channels, bits, codec, pcm_hash, loudness_mlu, loudness_range_mlu, true_peak_mdb, fingerprint, raw_tags FROM veza_data.track_version WHERE id = %L', :'f'),
    $$ VALUES (5040, 48000, 2, 24, 'flac', repeat('a', 64), -14250, 6500, -987, '{1,-2,2147483647}'::int[], '{"TITLE": "x"}'::jsonb) $$, 'and stored');
SELECT is((SELECT string_agg(hash || ' ' || type, ',' ORDER BY hash) FROM veza_data.file WHERE hash IN (repeat('b', 64), repeat('c', 64))), repeat('b', 64) || ' application/octet-stream,' || repeat('c', 64) || ' image/png', 'its files are named');
SELECT test.wait('25 hours');
SELECT test.run_jobs();
SELECT is((SELECT count(*) FROM veza_data.file WHERE hash IN (repeat('b', 64), repeat('c', 64), repeat('d', 64))), 3::bigint, 'and stay');
CREATE FUNCTION pg_temp.analysed(result text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v uuid := test.version(test.upload((SELECT owner_id FROM veza_data.track_version LIMIT 1)));
BEGIN
    PERFORM test.scan(v);
    PERFORM veza.track_report_analysis(v, test.lease(v), result::json);
    RETURN (SELECT concat_ws(' ', state, state_code, duration_ms, sample_rate, channels, loudness_mlu, fingerprint, pcm_hash, codec) FROM veza_data.track_version WHERE id = v);
END
$$;
UPDATE veza_data.plan SET uploads_per_month = 1000 WHERE name = 'free';
SELECT is(pg_temp.analysed(result), want, left(result, 60)) FROM (VALUES
    ('{"ok": false, "code": "truncated"}', 'failed truncated'),
    ('{"ok": false}', 'failed analysis_failed'),
    ('{"ok": false, "code": "Robert; DROP TABLE"}', 'failed analysis_failed'),
    ('{"ok": true}', 'failed empty'),
    ('{"ok": true, "duration_ms": 0}', 'failed empty'),
    ('{"ok": true, "duration_ms": -1}', 'failed empty'),
    ('{"ok": true, "duration_ms": "180000"}', 'failed empty'),
    ('{"ok": true, "duration_ms": 1e300}', 'failed empty'),
    ('{"ok": true, "duration_ms": 360000}', 'ready 360000'),
    ('{"ok": true, "duration_ms": 360001}', 'failed too_long'),
    ('{"ok": true, "duration_ms": 1, "sample_rate": 0, "channels": 99999999999999999999, "loudness": [], "fingerprint": [1, 2.5], "pcm_sha256": "x", "codec": 5}', 'ready 1'),
    ('{"ok": true, "duration_ms": 1, "fingerprint": [2147483648], "loudness": {"integrated": "loud"}, "tags": [], "raw_tags": "x", "cover": {"hash": "x"}}', 'ready 1'),
    ('{"ok": true, "duration_ms": 1, "fingerprint": [], "loudness": {"integrated": null}, "tags": {"bpm": "fast", "isrc": "x"}}', 'ready 1')) r(result, want);
SELECT is(test.refusal(format('SELECT veza.track_report_analysis(%L, %L, %L)', :'f', gen_random_uuid(), result)), 'VALIDATION_ERROR', result)
  FROM unnest(ARRAY['[]', '"ok"', '{}', '{"ok": 1}']) result;

-- ---- versions

CREATE FUNCTION pg_temp.replace(track text, caller uuid, content text DEFAULT gen_random_uuid()::text) RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http('POST', '/api/v1/tracks/:id/versions', jsonb_build_object('id', track, 'file_hash', encode(sha256(convert_to(content, 'UTF8')), 'hex'),
                     'file_size', 10, 'file_type', 'audio/flac'), caller)
$$;
CREATE FUNCTION pg_temp.versions(track text, caller uuid) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(a ->> 'refusal', (SELECT string_agg(concat_ws(' ', v ->> 'number', v ->> 'status', CASE WHEN (v ->> 'is_current')::boolean THEN 'played' END), ', ') FROM jsonb_array_elements(a -> 'result') v))
      FROM test.http('GET', '/api/v1/tracks/:id/versions', jsonb_build_object('id', track), caller) a
$$;
SELECT test.user('creator') AS w \gset
SELECT is(pg_temp.replace(:'t', :'w') ->> 'refusal', 'TRACK_NOT_YOURS', 'another one''s audio is not replaced');
SELECT is(pg_temp.replace(:'t', test.user('admin')) ->> 'refusal', 'TRACK_NOT_YOURS', 'nor by an administrator');
SELECT is(pg_temp.replace(:'t', :'u') -> 'result' ->> 'number', '2', 'one''s own is');
SELECT is(pg_temp.versions(:'t', :'u'), '2 received, 1 ready played', 'the present one is played until the new one is ready');
SELECT is(pg_temp.versions(:'t', :'w'), 'TRACK_NOT_YOURS', 'others are not shown versions');
SELECT test.scan(test.version(:'t'));
SELECT test.analyse(test.version(:'t'), '{"duration_ms": 60000}');
SELECT is(pg_temp.versions(:'t', :'u'), '2 ready played, 1 ready', 'then that is');
SELECT is((SELECT duration_seconds FROM veza_data.track WHERE id = :'t'), 60, 'with its duration');
SELECT is(test.http('POST', '/api/v1/tracks/:id/versions/:number/restore', jsonb_build_object('id', :'t', 'number', 1), :'u') -> 'result' ->> 'is_current', 'true', 'an earlier one is played again');
SELECT is((SELECT duration_seconds FROM veza_data.track WHERE id = :'t'), 180, 'with its own');
SELECT is(test.http('POST', '/api/v1/tracks/:id/versions/:number/restore', jsonb_build_object('id', :'t', 'number', 9), :'u') ->> 'refusal', 'TRACK_VERSION_NOT_FOUND', 'one that is not there is not');
SELECT pg_temp.replace(:'t', :'u');
SELECT test.scan(test.version(:'t'), 'infected');
SELECT is(pg_temp.versions(:'t', :'u'), '3 quarantined, 2 ready, 1 ready played', 'a new one that fails changes nothing of what is played');
SELECT is(test.http('POST', '/api/v1/tracks/:id/versions/:number/restore', jsonb_build_object('id', :'t', 'number', 3), :'u') ->> 'refusal', 'TRACK_PROCESSING', 'and is not played');

-- ---- the stream server

CREATE FUNCTION pg_temp.report(id text, status text, extra jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http('POST', '/api/v1/internal/tracks/:id/stream-ready', jsonb_build_object('id', id, 'status', status) || extra)
$$;
SELECT is((SELECT count(*) FROM veza_data.effect WHERE kind = 'stream_prepare'), 0::bigint, 'nothing is ordered where there is no stream server');
UPDATE veza_data.setting SET value = 'http://stream.example' WHERE name = 'stream_server_url';
SELECT test.ready(:'u', 'Ordered') AS o \gset
SELECT is((SELECT (request - 'file') || jsonb_build_object('file', length(request ->> 'file')) FROM veza_data.effect WHERE kind = 'stream_prepare' AND subject_id = test.version(:'o')),
          jsonb_build_object('server', 'http://stream.example', 'track_id', :'o', 'version', 1, 'file', 64, 'type', 'audio/flac'), 'where there is one, it is asked');
SELECT is(pg_temp.report(:'o', 'ready') ->> 'refusal', 'VALIDATION_ERROR', 'done without anything to show is an error');
SELECT is(pg_temp.report(:'o', 'ready', '{"manifest_url": "javascript:x"}') ->> 'refusal', 'VALIDATION_ERROR', 'nor is just any address one');
SELECT is(pg_temp.report(:'o', 'done', '{"manifest_url": "http://x/"}') ->> 'refusal', 'VALIDATION_ERROR', 'a status is one of two words');
SELECT is(pg_temp.report(:'o', 'failed', '{"error": "no disk"}') -> 'result', jsonb_build_object('track_id', :'o', 'version', 1, 'status', 'failed'), 'it may fail');
SELECT is(pg_temp.report(:'o', 'ready', '{"manifest_url": "https://s/1"}') -> 'result' ->> 'status', 'ready', 'and be ready later');
SELECT is(pg_temp.report(:'o', 'ready', '{"manifest_url": "https://s/2"}') -> 'result' ->> 'status', 'ready', 'a repeated report');
SELECT is(pg_temp.report(:'o', 'failed') -> 'result' ->> 'status', 'ready', 'or one that comes late');
SELECT is(test.http('GET', '/api/v1/tracks/:id', jsonb_build_object('id', :'o')) -> 'result' ->> 'manifest_url', 'https://s/1', 'changes nothing');
SELECT is(pg_temp.report(:'o', 'ready', '{"manifest_url": "https://s/1", "version": 7}') ->> 'refusal', 'TRACK_VERSION_NOT_FOUND', 'a version that is not there');
SELECT is(pg_temp.report(gen_random_uuid()::text, 'failed') ->> 'refusal', 'TRACK_NOT_FOUND', 'a track that is not there');
SELECT pg_temp.replace(:'o', :'u');
SELECT is(pg_temp.report(:'o', 'ready', '{"manifest_url": "https://s/v2", "version": 2}') -> 'result' ->> 'version', '2', 'a new version is reported by its number');
SELECT is(test.http('GET', '/api/v1/tracks/:id', jsonb_build_object('id', :'o')) -> 'result' ->> 'manifest_url', 'https://s/1', 'and shown when it is played');

-- ---- the same sound

SELECT test.user('creator') AS s \gset
CREATE FUNCTION pg_temp.print(seed integer, noise integer DEFAULT 0, shift integer DEFAULT 0) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_agg((hashint4(seed * 100000 + n) # CASE WHEN noise > 0 AND n % noise = 0 THEN 7 ELSE 0 END)::int ORDER BY n) FROM generate_series(1 + shift, 400 + shift) n
$$;
SELECT test.ready(:'s', 'Original', jsonb_build_object('pcm_sha256', repeat('1', 64), 'fingerprint', pg_temp.print(1)), 'sound') AS a \gset
SELECT test.ready(:'s', 'Other tags', jsonb_build_object('pcm_sha256', repeat('1', 64), 'fingerprint', pg_temp.print(1))) AS b \gset
SELECT test.ready(:'s', 'Lossy', jsonb_build_object('pcm_sha256', repeat('2', 64), 'fingerprint', pg_temp.print(1, 2))) AS c \gset
SELECT test.ready(:'s', 'Later', jsonb_build_object('pcm_sha256', repeat('3', 64), 'fingerprint', pg_temp.print(1, 0, 40))) AS d \gset
SELECT test.ready(:'s', 'Different', jsonb_build_object('pcm_sha256', repeat('4', 64), 'fingerprint', pg_temp.print(2))) AS e \gset
SELECT test.ready(:'s', 'Too short', jsonb_build_object('pcm_sha256', repeat('5', 64), 'fingerprint', '[]'::jsonb)) AS g \gset
SELECT test.ready(:'w', 'A stranger''s', jsonb_build_object('pcm_sha256', repeat('1', 64)), 'sound') AS x \gset
CREATE FUNCTION pg_temp.similar(track text, caller uuid) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(a ->> 'refusal', (SELECT string_agg(concat_ws(' ', x ->> 'title', x ->> 'level', CASE WHEN (x ->> 'is_own')::boolean THEN 'own' END), ', ' ORDER BY x ->> 'level', x ->> 'title')
           FROM jsonb_array_elements(a -> 'result') x), 'none')
      FROM test.http('GET', '/api/v1/tracks/:id/similar', jsonb_build_object('id', track), caller) a
$$;
SELECT is(pg_temp.similar(:'a', :'s'), 'Later similar own, Lossy similar own, Other tags sound own', 'the same sound, a similar one; an owner is not told of strangers');
SELECT is(pg_temp.similar(:'a', test.user('admin')), 'A stranger''s file, Later similar own, Lossy similar own, Other tags sound own', 'as administrators are');
SELECT is(pg_temp.similar(:'e', :'s'), 'none', 'a different one is like none');
SELECT is(pg_temp.similar(:'g', :'s'), 'none', 'of a short one it is not known');
SELECT is(pg_temp.similar(:'a', :'w'), 'TRACK_NOT_YOURS', 'its owner is told');
SELECT is(test.audit(), 'nothing', 'no promise is broken');
SELECT * FROM finish();
ROLLBACK;
