-- Tracks: making them within a plan, seeing them, editing, removing and restoring them.

BEGIN;
SELECT no_plan();

CREATE FUNCTION pg_temp.hash(text) RETURNS text LANGUAGE sql AS $$ SELECT encode(sha256(convert_to($1, 'UTF8')), 'hex') $$;
-- Uploads a file of that content; further arguments win.
CREATE FUNCTION pg_temp.upload(caller uuid, content text, extra jsonb DEFAULT '{}', headers jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http('POST', '/api/v1/tracks', jsonb_build_object('file_hash', pg_temp.hash(content), 'file_size', length(content),
                     'file_type', 'audio/flac', 'title', content) || extra, caller, headers => headers)
$$;
CREATE FUNCTION pg_temp.get(id text, caller uuid DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http('GET', '/api/v1/tracks/:id', jsonb_build_object('id', id), caller)
$$;
CREATE FUNCTION pg_temp.put(id text, fields jsonb, caller uuid, headers jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http('PUT', '/api/v1/tracks/:id', jsonb_build_object('id', id) || fields, caller, headers => headers)
$$;
CREATE FUNCTION pg_temp.wrong(answer jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(': ', coalesce(answer ->> 'refusal', answer ->> 'code'), (SELECT string_agg(d ->> 'field', ', ') FROM jsonb_array_elements(
        CASE jsonb_typeof(answer -> 'details') WHEN 'array' THEN answer -> 'details' ELSE '[]' END) d))
$$;

SELECT test.user('creator') AS u \gset
SELECT test.user('creator') AS v \gset
SELECT test.user('admin') AS admin \gset
SELECT test.user() AS listener \gset

-- ---- making one

SELECT pg_temp.upload(:'u', 'First light', '{"genre": "Ambient", "tags": "{\"Piano, night\",piano}", "bpm": 90, "key": "F#m", "isrc": "fr-z03-26-00001", "license": "creative commons by"}') AS made \gset
SELECT is(:'made'::jsonb ->> 'refusal', NULL, 'a track is made');
SELECT :'made'::jsonb -> 'result' ->> 'id' AS t \gset
SELECT is(:'made'::jsonb -> 'head' -> 'status', '201', 'and said to be');
SELECT is(:'made'::jsonb -> 'result' ->> 'status', 'received', 'its audio has arrived');
SELECT is(:'made'::jsonb -> 'result' -> 'tags', '["piano", "night"]', 'tags with commas are several, in lower case, each once');
SELECT is(:'made'::jsonb -> 'result' ->> 'isrc', 'FRZ032600001', 'an ISRC is written properly');
SELECT is(:'made'::jsonb -> 'result' ->> 'license', 'Creative Commons BY', 'so is a licence');
SELECT is(:'made'::jsonb -> 'result' ->> 'filename', 'First light.flac', 'it has a name for a file');
SELECT is(:'made'::jsonb -> 'result' ->> 'visibility', 'public', 'it is public by itself');
SELECT is(test.events((SELECT current_version_id FROM veza_data.track WHERE id = :'t')), 'receive', 'its version begins its life');
SELECT is(pg_temp.upload(:'u', 'First light') ->> 'refusal', 'TRACK_DUPLICATE', 'the same file of the same owner is refused');
SELECT test.act(:'u');
SELECT is(test.refused(format('SELECT veza.track_create(%L, 11, ''audio/flac'', ''again'')', pg_temp.hash('First light'))) -> 'details' ->> 'track_id', :'t', 'naming the track that has it');
SELECT is(pg_temp.upload(:'u', 'First light', '{"allow_duplicate": true}') ->> 'refusal', NULL, 'unless it is wanted');
SELECT is(pg_temp.upload(:'v', 'First light') ->> 'refusal', NULL, 'another owner may have it, too');
SELECT is(pg_temp.upload(:'u', 'x', jsonb_build_object('title', field)) ->> 'refusal', 'VALIDATION_ERROR', format('title: %s', coalesce(left(field, 10), 'none')))
  FROM unnest(ARRAY[NULL, '', '  ', repeat('x', 201)]) field;
SELECT is(pg_temp.wrong(test.refused(format('SELECT veza.track_create(%L, 1, ''audio/flac'', ''x'', %s)', pg_temp.hash('y'), bad))), 'VALIDATION_ERROR: ' || field, bad)
  FROM (VALUES ('bpm => 39', 'bpm'), ('bpm => 301', 'bpm'), ('key => ''H''', 'key'), ('key => ''Cmm''', 'key'), ('license => ''mine''', 'license'), ('isrc => ''USRC1760783''', 'isrc'),
               ('visibility => ''secret''', 'visibility'), ('visibility => ''private'', is_public => true', 'is_public'), ('album => repeat(''x'', 201)', 'album'),
               ('genre => repeat(''x'', 51)', 'genre'), ('description => repeat(''x'', 2001)', 'description'), ('artist => repeat(''x'', 101)', 'artist'),
               ('tags => ''{1,2,3,4,5,6,7,8,9,10,11}''', 'tags'), ('tags => ARRAY[repeat(''x'', 31)]', 'tags')) b(bad, field);
SELECT is(test.refusal(format('SELECT veza.track_create(%L, 1, ''image/png'', ''x'')', pg_temp.hash('y'))), 'AUDIO_UNSUPPORTED', 'a picture is no track');
SELECT is(test.refusal(format('SELECT veza.track_create(%L, 1, ''audio/flac'', ''x'')', upper(pg_temp.hash('y')))), 'VALIDATION_ERROR', 'a name is lower case');
SELECT is(pg_temp.upload(:'listener', 'x') ->> 'refusal', 'CREATOR_ROLE_REQUIRED', 'a listener publishes nothing');
SELECT is(pg_temp.upload(NULL, 'x') ->> 'refusal', 'AUTH_REQUIRED', 'nor does nobody');
SELECT pg_temp.upload(:'v', 'keyed', headers => '{"idempotency_key": "k1"}') -> 'result' ->> 'id' AS keyed \gset
SELECT is(pg_temp.upload(:'v', 'keyed', headers => '{"idempotency_key": "k1"}') -> 'result' ->> 'id', :'keyed', 'a repeated request gets its first answer');
UPDATE veza_data.users SET preferences = '{"privacy": {"track_visibility": "private"}}' WHERE id = :'v';
SELECT is(pg_temp.upload(:'v', 'discreet') -> 'result' ->> 'visibility', 'private', 'who says nothing gets what the settings say');

-- ---- the plan's limits

CREATE FUNCTION pg_temp.admit(caller uuid, size bigint) RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http('GET', '/api/v1/tracks/admission', jsonb_build_object('declared_size', size), caller)
$$;
SELECT is(pg_temp.admit(:'u', 1) -> 'result' ->> 'plan', 'free', 'without a plan the free one counts');
SELECT is(pg_temp.admit(:'u', 1) -> 'result' ->> 'uploads_used', '2', 'uploads are counted');
SELECT is(pg_temp.admit(:'u', 1) -> 'result' ->> 'storage_used', '22', 'and what they take');
SELECT is(pg_temp.admit(:'u', 52428800) ->> 'refusal', NULL, 'a file as large as may be');
SELECT is(pg_temp.admit(:'u', 52428801) ->> 'refusal', 'TRACK_FILE_TOO_LARGE', 'one that is larger');
SELECT is(pg_temp.admit(:'u', 52428801) -> 'details', '{"size_bytes": 52428801, "limit_bytes": 52428800, "plan": "free"}', 'with what is allowed');
SELECT is(pg_temp.admit(:'listener', 1) ->> 'refusal', 'CREATOR_ROLE_REQUIRED', 'a listener uploads nothing');
SELECT is(pg_temp.admit(NULL, 1) ->> 'refusal', 'AUTH_REQUIRED', 'nor does nobody');
SELECT test.user('creator') AS w \gset
SELECT count(pg_temp.upload(:'w', 'w' || n) -> 'result') AS made FROM generate_series(1, 10) n \gset
SELECT is(pg_temp.upload(:'w', 'w11') ->> 'refusal', 'TRACK_QUOTA_EXCEEDED', 'ten uploads a month are free');
SELECT is(pg_temp.admit(:'w', 1) ->> 'refusal', 'TRACK_QUOTA_EXCEEDED', 'which is said before the body');
SELECT is((pg_temp.admit(:'w', 1) -> 'details') - 'resets_at', '{"used": 10, "limit": 10, "plan": "free"}', 'with what is used');
SELECT test.pending(:'w', 'pro') AS pending \gset
SELECT is(pg_temp.admit(:'w', 1) -> 'details' ->> 'pending_subscription_id', :'pending', 'a plan that waits for its payment is named');
SELECT is(pg_temp.admit(:'w', 1) ->> 'hint', format('Complete the payment of your plan with POST /api/v1/subscriptions/complete/%s.', :'pending'), 'with the way back to it');
SELECT test.wait('32 days');
SELECT is(pg_temp.admit(:'w', 1) ->> 'refusal', NULL, 'the next month is another one');
SELECT test.wait('-32 days');
SELECT test.webhook(test.payment(:'pending'), 'succeeded');
SELECT is(pg_temp.upload(:'w', 'w11') ->> 'refusal', NULL, 'a plan has more');
UPDATE veza_data.plan SET storage_bytes = 26 WHERE name = 'pro';
SELECT is(pg_temp.upload(:'w', 'w12') ->> 'refusal', 'STORAGE_QUOTA_EXCEEDED', 'storage is limited, too');
UPDATE veza_data.plan SET storage_bytes = 107374182400 WHERE name = 'pro';

-- ---- who sees one

CREATE FUNCTION pg_temp.finish(track uuid, duration_ms integer DEFAULT 180000) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    work jsonb;
    state text;
BEGIN
    FOR i IN 1 .. 2 LOOP
        FOR work IN SELECT * FROM jsonb_array_elements(veza.track_claim_work('pgtap', 100)::jsonb) LOOP
            CONTINUE WHEN NOT EXISTS (SELECT FROM veza_data.track_version x WHERE x.id = (work ->> 'version_id')::uuid AND x.track_id = track);
            IF work ->> 'kind' = 'scan' THEN
                state := veza.track_report_scan((work ->> 'version_id')::uuid, (work ->> 'lease')::uuid, 'clean');
            ELSE
                state := veza.track_report_analysis((work ->> 'version_id')::uuid, (work ->> 'lease')::uuid,
                    json_build_object('ok', true, 'duration_ms', duration_ms, 'sample_rate', 44100, 'channels', 2, 'bits', 16, 'codec', 'flac'));
            END IF;
        END LOOP;
    END LOOP;
    RETURN state;
END
$$;
SELECT is(pg_temp.get(:'t') ->> 'refusal', 'TRACK_NOT_FOUND', 'others do not see what is not ready');
SELECT is(pg_temp.get(:'t', :'u') -> 'result' ->> 'status', 'received', 'its owner follows it');
SELECT is(pg_temp.finish(:'t'), 'ready', 'it is scanned and analysed');
CREATE FUNCTION pg_temp.sight(id text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(CASE WHEN pg_temp.get(id, who) ->> 'refusal' IS NULL THEN 'yes' ELSE pg_temp.get(id, who) ->> 'refusal' END, ' ' ORDER BY n)
      FROM unnest(ARRAY[NULL, (SELECT x.id FROM veza_data.users x WHERE role = 'user' ORDER BY created_at LIMIT 1),
                        (SELECT uploader_id FROM veza_data.track y WHERE y.id::text = $1), (SELECT x.id FROM veza_data.users x WHERE role = 'admin' LIMIT 1)])
           WITH ORDINALITY w(who, n)
$$;
SELECT is(pg_temp.sight(:'t'), 'yes yes yes yes', 'a public one is for everybody');
SELECT is(pg_temp.get(:'t') -> 'result' ? 'visibility', false, 'others are not told what is its owner''s');
SELECT is((pg_temp.get(:'t') -> 'result' ->> 'duration_seconds')::int, 180, 'with what was found in it');
SELECT pg_temp.put(:'t', '{"visibility": "unlisted"}', :'u');
SELECT is(pg_temp.sight(:'t'), 'yes yes yes yes', 'so is an unlisted one, by its address');
SELECT pg_temp.put(:'t', '{"is_public": false}', :'u');
SELECT is(pg_temp.sight(:'t'), 'TRACK_NOT_FOUND TRACK_NOT_FOUND yes yes', 'a private one is its owner''s');
SELECT is(pg_temp.get(:'t', :'v') -> 'refusal', pg_temp.get(gen_random_uuid()::text, :'v') -> 'refusal', 'as if it were not there');
SELECT pg_temp.put(:'t', '{"is_public": true}', :'u');
UPDATE veza_data.users SET status = 'suspended' WHERE id = :'u';
SELECT is(split_part(pg_temp.sight(:'t'), ' ', 1), 'TRACK_NOT_FOUND', 'nobody is shown the tracks of an account that is not served');
UPDATE veza_data.users SET status = 'active' WHERE id = :'u';
SELECT is(test.refusal(format('SELECT veza.track_take_down(%L, ''stolen'')', :'t')), 'AUTH_INSUFFICIENT_PERMISSIONS', 'only an administrator takes one down');
SELECT is(test.http('POST', '/api/v1/admin/tracks/:id/take-down', jsonb_build_object('id', :'t', 'reason', 'a claim'), :'admin') ->> 'refusal', NULL, 'one is taken down');
SELECT is(pg_temp.sight(:'t'), 'TRACK_NOT_FOUND TRACK_NOT_FOUND yes yes', 'then it is its owner''s alone');
SELECT is(pg_temp.get(:'t', :'u') -> 'result' ->> 'taken_down_reason', 'a claim', 'who reads why');
SELECT is((SELECT reason FROM veza_data.audit_log WHERE action = 'track.take_down'), 'a claim', 'and it is on record');
SELECT is(test.http('POST', '/api/v1/admin/tracks/:id/reinstate', jsonb_build_object('id', :'t', 'reason', 'settled'), :'admin') ->> 'refusal', NULL, 'and let back');
SELECT is(pg_temp.sight(:'t'), 'yes yes yes yes', 'for everybody');

-- ---- editing

SELECT revision AS r FROM veza_data.track WHERE id = :'t' \gset
SELECT is(pg_temp.put(:'t', '{"title": "x"}', :'v') ->> 'refusal', 'TRACK_NOT_YOURS', 'another one''s is not edited');
SELECT is(pg_temp.put(:'t', '{"title": "x"}', NULL) ->> 'refusal', 'AUTH_REQUIRED', 'nor by nobody');
SELECT is(pg_temp.put(:'t', '{}', :'u') ->> 'refusal', 'VALIDATION_ERROR', 'nothing is no edit');
SELECT is(pg_temp.put(:'t', '{"title": "Second light", "album": "Days", "genre": ""}', :'u', jsonb_build_object('if_match', test.tag(:'t', :r))) ->> 'refusal', NULL, 'an edit of the version that was read');
SELECT is(pg_temp.put(:'t', '{"title": "Third"}', :'u', jsonb_build_object('if_match', test.tag(:'t', :r))) ->> 'refusal', 'PRECONDITION_FAILED', 'one of an older version');
SELECT is(pg_temp.put(:'t', '{"title": "Second light"}', :'u') -> 'head' -> 'headers' ->> 'ETag' LIKE format('%%%s.%s%%', replace(:'t', '-', ''), :r + 1), true, 'what changes nothing is no new version');
SELECT is((pg_temp.put(:'t', '{"description": "  about  "}', :'admin') -> 'result') ->> 'description', 'about', 'an administrator may correct one');
CREATE FUNCTION pg_temp.history(id text, caller uuid DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http('GET', '/api/v1/tracks/:id/history', jsonb_build_object('id', id), caller)
$$;
SELECT is((SELECT string_agg(concat_ws(' ', c ->> 'action', c ->> 'field', c ->> 'old_value', c ->> 'new_value'), ', ') FROM jsonb_array_elements(pg_temp.history(:'t', :'u') -> 'result') c
            WHERE c ->> 'field' IN ('title', 'album', 'genre', 'description')),
          'updated description about, updated title First light Second light, updated genre Ambient, updated album Days', 'the history has each field with its values');
SELECT is((SELECT string_agg(DISTINCT c ->> 'field', ', ') FROM jsonb_array_elements(pg_temp.history(:'t') -> 'result') c), 'album, description, genre, title', 'others are not told what was hidden');
SELECT is((SELECT count(*) FROM jsonb_array_elements(pg_temp.history(:'t') -> 'result') c WHERE c ->> 'action' = 'taken_down'), 0::bigint, 'nor what administrators did');
SELECT is(test.refusal('UPDATE veza_data.track_change SET action = ''created'''), 'APPEND_ONLY', 'the history is not altered');

-- What the file's tags say fills in what nobody has set.
SELECT pg_temp.upload(:'v', 'tagged', '{"album": "Mine"}') -> 'result' ->> 'id' AS tagged \gset
SELECT is((SELECT string_agg(veza.track_report_scan((w ->> 'version_id')::uuid, (w ->> 'lease')::uuid, 'clean'), '') FROM jsonb_array_elements(veza.track_claim_work('a', 100)::jsonb) w
            WHERE (w ->> 'version_id')::uuid = (SELECT current_version_id FROM veza_data.track WHERE id = :'tagged')), 'analysing', 'scanned');
SELECT is((SELECT string_agg(veza.track_report_analysis((w ->> 'version_id')::uuid, (w ->> 'lease')::uuid,
                    '{"ok": true, "duration_ms": 1000, "tags": {"title": "Of the file", "artist": "Its artist", "album": "Theirs", "isrc": "USRC17607839", "bpm": "128"}}'), '')
             FROM jsonb_array_elements(veza.track_claim_work('a', 100)::jsonb) w
            WHERE (w ->> 'version_id')::uuid = (SELECT current_version_id FROM veza_data.track WHERE id = :'tagged')), 'ready', 'analysed');
SELECT results_eq(format('SELECT title, artist, album, isrc, bpm FROM veza_data.track WHERE id = %L', :'tagged'), $$ VALUES ('tagged', 'Its artist', 'Mine', 'USRC17607839', 128) $$, 'the owner''s words win over the file''s');

-- ---- removing and restoring

SELECT test.act(:'u');
SELECT veza.track_share(:'t') ->> 'token' AS token \gset
SELECT is(test.http('DELETE', '/api/v1/tracks/:id', jsonb_build_object('id', :'t'), :'v') ->> 'refusal', 'TRACK_NOT_YOURS', 'another one''s is not removed');
SELECT is(test.http('DELETE', '/api/v1/tracks/:id', jsonb_build_object('id', :'t'), :'u') ->> 'refusal', NULL, 'the own one is');
SELECT is(pg_temp.sight(:'t'), 'TRACK_NOT_FOUND TRACK_NOT_FOUND TRACK_NOT_FOUND yes', 'then it is gone');
SELECT is(pg_temp.upload(:'u', 'First light', '{"title": "anew"}') ->> 'refusal', NULL, 'its file may be uploaded again');
SELECT is(test.http('POST', '/api/v1/tracks/:id/restore', jsonb_build_object('id', :'t'), :'v') ->> 'refusal', 'TRACK_NOT_FOUND', 'another one''s is not restored');
SELECT is(test.http('POST', '/api/v1/tracks/:id/restore', jsonb_build_object('id', :'t'), :'u') -> 'result' ->> 'status', 'ready', 'the own one comes back');
SELECT is(pg_temp.sight(:'t'), 'yes yes yes yes', 'for everybody');
SELECT is(test.http('GET', '/api/v1/tracks/shared/:token', jsonb_build_object('token', :'token')) ->> 'refusal', 'SHARE_NOT_FOUND', 'its links do not');
SELECT is(test.http('POST', '/api/v1/tracks/:id/restore', jsonb_build_object('id', :'t'), :'u') ->> 'refusal', 'TRACK_NOT_FOUND', 'what is there is not restored');
SELECT test.http('DELETE', '/api/v1/tracks/:id', jsonb_build_object('id', :'t'), :'u');
SELECT test.wait('30 days 1 second');
SELECT is(test.http('POST', '/api/v1/tracks/:id/restore', jsonb_build_object('id', :'t'), :'u') ->> 'refusal', 'TRACK_NOT_RESTORABLE', 'after 30 days it does not come back');
SELECT test.run_jobs();
SELECT results_eq(format('SELECT purged_at IS NOT NULL, current_version_id IS NULL, title FROM veza_data.track WHERE id = %L', :'t'), $$ VALUES (true, true, 'Second light') $$, 'its audio goes; the row stays');
SELECT is((SELECT count(*) FROM veza_data.track_version WHERE track_id = :'t'), 0::bigint, 'with all versions');
SELECT is((SELECT count(*) FROM veza_data.file WHERE hash = pg_temp.hash('First light')), 1::bigint, 'the file stays while others have it');
SELECT is(test.audit(), 'nothing', 'no promise is broken');
SELECT * FROM finish();
ROLLBACK;
