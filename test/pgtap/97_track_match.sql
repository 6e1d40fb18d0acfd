-- Tracks that are, or sound like, somebody else's: they are held before anybody sees them, and moderators decide.

BEGIN;
SELECT no_plan();

SELECT test.user('creator') AS a, test.user('creator') AS b, test.user('creator') AS c, test.user('admin') AS m \gset
CREATE FUNCTION pg_temp.print(seed integer, noise integer DEFAULT 0, shift integer DEFAULT 0, items integer DEFAULT 400) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_agg((hashint4(seed * 100000 + n) # CASE WHEN noise > 0 AND n % noise = 0 THEN 7 ELSE 0 END)::int ORDER BY n) FROM generate_series(1 + shift, items + shift) n
$$;
CREATE FUNCTION pg_temp.sound(pcm text, print jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('pcm_sha256', repeat(pcm, 64), 'fingerprint', print)
$$;
-- What is open about a track, and how it is seen.
CREATE FUNCTION pg_temp.matches(track text) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(concat_ws(' ', m.state, m.level, o.title), ', ' ORDER BY m.level, o.title), 'none')
      FROM veza_data.track_match m JOIN veza_data.track o ON o.id = m.other_track_id WHERE m.track_id = track::uuid
$$;
CREATE FUNCTION pg_temp.seen(track text, caller uuid DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(x ->> 'refusal', x -> 'result' ->> 'title') FROM test.http('GET', '/api/v1/tracks/:id', jsonb_build_object('id', track), caller) x
$$;
CREATE FUNCTION pg_temp.match_of(track text) RETURNS text LANGUAGE sql AS $$ SELECT min(id::text) FROM veza_data.track_match WHERE track_id = track::uuid AND state = 'open' $$;
CREATE FUNCTION pg_temp.resolve(match text, decision text, caller uuid, reason text DEFAULT 'pgTAP') RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(x ->> 'refusal', x -> 'result' ->> 'state')
      FROM test.http('POST', '/api/v1/admin/track-matches/:id/resolve', jsonb_build_object('id', match, 'decision', decision, 'reason', reason), caller) x
$$;

-- ---- what is found

SELECT test.ready(:'a', 'Original', pg_temp.sound('1', pg_temp.print(1)), 'same') AS original \gset
SELECT is(pg_temp.matches(:'original'), 'none', 'who comes first is like nobody');
SELECT is(pg_temp.seen(:'original'), 'Original', 'and seen');
SELECT is((SELECT count(*) FROM veza_data.track_print WHERE version_id = test.version(:'original')), 32::bigint, 'it can be found by 32 items');
SELECT test.ready(:'b', 'File', pg_temp.sound('1', pg_temp.print(1)), 'same') AS file \gset
SELECT is(pg_temp.matches(:'file'), 'open file Original', 'the same file of another owner');
SELECT test.ready(:'c', 'Sound', pg_temp.sound('1', '[]')) AS sound \gset
SELECT is(pg_temp.matches(:'sound'), 'open sound File, open sound Original', 'the same samples, of two owners');
SELECT test.ready(:'b', 'Lossy', pg_temp.sound('2', pg_temp.print(1, 2, 40))) AS lossy \gset
SELECT is(pg_temp.matches(:'lossy'), 'open similar Original', 'a copy with losses and another beginning; not the own ones');
SELECT is((SELECT distance_mil BETWEEN 30 AND 60 FROM veza_data.track_match WHERE track_id = :'lossy'), true, 'with its distance');
SELECT test.ready(:'b', 'Different', pg_temp.sound('3', pg_temp.print(2))) AS different \gset
SELECT is(pg_temp.matches(:'different'), 'none', 'a different one is like none');
SELECT test.ready(:'a', 'Again', pg_temp.sound('4', pg_temp.print(2, 0, 0, 200))) AS again \gset
SELECT is(pg_temp.matches(:'again'), 'open similar Different', 'half of a track');
-- A few items in common are not enough: the whole is compared.
SELECT test.ready(:'c', 'Jingle', pg_temp.sound('5', pg_temp.print(2, 0, 0, 60) || pg_temp.print(3, 0, 0, 400))) AS jingle \gset
SELECT is(pg_temp.matches(:'jingle'), 'none', 'a few seconds in common are no match');
SELECT test.ready(:'a', 'Tone', pg_temp.sound('6', (SELECT jsonb_agg(n % 5) FROM generate_series(1, 400) n))) AS tone \gset
SELECT test.ready(:'b', 'Tone', pg_temp.sound('7', (SELECT jsonb_agg(n % 5) FROM generate_series(1, 400) n))) AS tone2 \gset
SELECT is(pg_temp.matches(:'tone2'), 'none', 'what is hardly any sound is like nothing');
SELECT test.upload(:'a', 'Unready', 'unready') AS unready \gset
SELECT test.ready(:'b', 'Ready', '{}', 'unready') AS ready \gset
SELECT is(pg_temp.matches(:'ready'), 'none', 'what is not ready is no match yet');
SELECT test.scan(test.version(:'unready'));
SELECT test.analyse(test.version(:'unready'));
SELECT is(pg_temp.matches(:'unready'), 'open file Ready', 'whichever is ready later is');
SELECT test.act(:'a');
SELECT test.ready(:'a', 'Gone', '{}', 'gone') AS gone \gset
SELECT test.act(:'a');
SELECT veza.track_remove(:'gone');
SELECT is(pg_temp.matches(test.ready(:'b', 'Heir', '{}', 'gone')::text), 'none', 'what was removed is no match');
SELECT test.ready(:'a', 'Taken down', '{}', 'down') AS down \gset
SELECT test.act(:'m');
SELECT veza.track_take_down(:'down', 'pgTAP');
SELECT test.act(:'a');
SELECT veza.track_remove(:'down');
SELECT is(pg_temp.matches(test.ready(:'b', 'Revenant', '{}', 'down')::text), 'open file Taken down', 'unless it was taken down: then it comes back under no other name');

-- ---- what is held

SELECT is(pg_temp.seen(:'file', :'a'), 'TRACK_NOT_FOUND', 'others do not see it');
SELECT is(pg_temp.seen(:'file'), 'TRACK_NOT_FOUND', 'nobody does');
SELECT is(pg_temp.seen(:'file', :'b'), 'File', 'but its owner');
SELECT is(pg_temp.seen(:'file', :'m'), 'File', 'and administrators');
SELECT test.http('GET', '/api/v1/tracks/:id', jsonb_build_object('id', :'file'), :'b') -> 'result' AS shown \gset
SELECT is(:'shown'::jsonb -> 'hold' ->> 'code', 'TRACK_HELD', 'its owner is told');
SELECT is(:'shown'::jsonb -> 'hold' ->> 'hint' LIKE 'Wait: until a moderator has decided%', true, 'and what happens next');
SELECT is(:'shown'::jsonb ->> 'visibility' || (:'shown'::jsonb ->> 'is_public'), 'publicfalse', 'what it will be, and what it is');
SELECT is(position(:'original' in :'shown') + position('Original' in :'shown'), 0, 'not of whom the other one is');
SELECT is((SELECT data ->> 'is_held' FROM veza_data.live_event WHERE channel = 'track:' || :'file' AND kind = 'hold'), 'true', 'streams hear it');
SELECT is(test.http('GET', '/api/v1/tracks/:id', jsonb_build_object('id', :'original'), :'a') -> 'result' -> 'hold', NULL, 'of what is not held nothing is said');
SELECT is(test.http('POST', '/api/v1/tracks/:id/share', jsonb_build_object('id', :'file'), :'b') ->> 'refusal', 'TRACK_HELD', 'no link is made');
SELECT test.active(:'b');
SELECT is(test.http('POST', '/api/v1/distributions', jsonb_build_object('track_id', :'file'), :'b') ->> 'refusal', 'TRACK_HELD', 'nothing is submitted');
SELECT is(test.http('PUT', '/api/v1/tracks/:id', jsonb_build_object('id', :'file', 'visibility', 'unlisted'), :'b') -> 'result' ->> 'visibility', 'unlisted', 'the owner may want something else');
SELECT is((SELECT visibility || ' ' || wanted_visibility FROM veza_data.track WHERE id = :'file'), 'private unlisted', 'which it will be then');
SELECT throws_ok(format('UPDATE veza_data.track SET visibility = ''public'' WHERE id = %L', :'file'), '23514', NULL, 'no statement at all makes it public');

-- ---- a link that there was leads nowhere meanwhile

SELECT test.wait('1 second');
SELECT test.ready(:'c', 'Shared', '{}', 'shared') AS shared \gset
SELECT test.act(:'c');
SELECT veza.track_share(:'shared') ->> 'token' AS token \gset
SELECT test.ready(:'a', 'Other', '{}', 'replaced');
SELECT test.act(:'c');
SELECT veza.track_version_create(encode(sha256('replaced'), 'hex'), 8, 'audio/flac', :'shared');
SELECT is(pg_temp.seen(:'shared'), 'Shared', 'new audio that is not analysed changes nothing');
SELECT test.scan(test.version(:'shared'));
SELECT test.analyse(test.version(:'shared'));
SELECT is(pg_temp.matches(:'shared'), 'open file Other', 'new audio of somebody else');
SELECT is(pg_temp.seen(:'shared'), 'TRACK_NOT_FOUND', 'holds the track');
SELECT is(test.http('GET', '/api/v1/tracks/shared/:token', jsonb_build_object('token', :'token')) ->> 'refusal', 'SHARE_NOT_FOUND', 'also for who has a link');

-- ---- moderators

SELECT is(test.http('GET', '/api/v1/admin/track-matches', '{}', :'b') ->> 'refusal', 'AUTH_INSUFFICIENT_PERMISSIONS', 'nobody else sees the list');
SELECT is(pg_temp.resolve(pg_temp.match_of(:'file'), 'dismiss', :'b'), 'AUTH_INSUFFICIENT_PERMISSIONS', 'or decides');
SELECT test.http('GET', '/api/v1/admin/track-matches', '{"limit": "1"}', :'m') AS page \gset
SELECT is((SELECT string_agg(x ->> 'title', ', ') FROM jsonb_array_elements(:'page'::jsonb -> 'result') x), 'Shared', 'the newest comes first');
SELECT is((:'page'::jsonb -> 'result' -> 0) ->> 'other_title', 'Other', 'with the track that was there');
SELECT is(test.http('GET', '/api/v1/admin/track-matches', '{"state": "none"}', :'m') ->> 'refusal', 'VALIDATION_ERROR', 'a state is one of five words');
SELECT is(pg_temp.resolve(pg_temp.match_of(:'file'), 'forgive', :'m'), 'VALIDATION_ERROR', 'a decision is one of two');
SELECT is(pg_temp.resolve(pg_temp.match_of(:'file'), 'dismiss', :'m', ''), 'VALIDATION_ERROR', 'and has a reason');
SELECT is(pg_temp.resolve(gen_random_uuid()::text, 'dismiss', :'m'), 'TRACK_MATCH_NOT_FOUND', 'about something that there is');
SELECT pg_temp.match_of(:'file') AS id \gset
SELECT is(pg_temp.resolve(:'id', 'dismiss', :'m', 'both are in the band'), 'dismissed', 'a match is dismissed');
SELECT is(pg_temp.resolve(:'id', 'take_down', :'m'), 'INVALID_TRANSITION', 'once');
SELECT is(pg_temp.seen(:'file'), 'File', 'the track is released');
SELECT is((SELECT visibility FROM veza_data.track WHERE id = :'file'), 'unlisted', 'as its owner wanted it');
SELECT is((SELECT string_agg(action, ', ' ORDER BY id) FROM veza_data.track_change WHERE track_id = :'file' AND action IN ('held', 'released')), 'held, released', 'its history says so');
SELECT is((SELECT concat_ws(' ', decided_by = :'m', reason) FROM veza_data.track_match WHERE id = :'id'), 't both are in the band', 'who decided, and why');
SELECT is((SELECT count(*) FROM veza_data.audit_log WHERE action = 'track.match_resolve' AND resource_id = :'id'), 1::bigint, 'on record');
SELECT is(pg_temp.resolve(pg_temp.match_of(:'sound'), 'dismiss', :'m'), 'dismissed', 'one of two');
SELECT is(pg_temp.seen(:'sound'), 'TRACK_NOT_FOUND', 'is not enough');
SELECT is(pg_temp.resolve(pg_temp.match_of(:'sound'), 'dismiss', :'m'), 'dismissed', 'both are');
SELECT is(pg_temp.seen(:'sound'), 'Sound', 'it is released');
SELECT is(pg_temp.resolve(pg_temp.match_of(:'lossy'), 'take_down', :'m', 'a copy'), 'upheld', 'another one is taken down');
SELECT is(pg_temp.seen(:'lossy'), 'TRACK_NOT_FOUND', 'and not seen');
SELECT is((SELECT concat_ws(' ', taken_down_reason, held_at) FROM veza_data.track WHERE id = :'lossy'), 'a copy', 'its owner reads why; it waits for nothing any more');
SELECT test.act(:'m');
SELECT veza.track_reinstate(:'lossy', 'it was a mistake');
SELECT is(pg_temp.seen(:'lossy'), 'Lossy', 'if that was wrong it comes back whole');
SELECT is((SELECT sum(matches) FROM veza_report.track_matches), (SELECT count(*) FROM veza_data.track_match)::numeric, 'analysts count all of them');

-- ---- the end of a track

SELECT test.act(:'a');
SELECT veza.track_remove(:'again');
SELECT is(pg_temp.matches(:'again'), 'open similar Different', 'what is removed can be restored, and stays held');
SELECT test.wait('32 days');
SELECT test.run_jobs();
SELECT is(pg_temp.matches(:'again'), 'lapsed similar Different', 'until its audio is gone');
SELECT is((SELECT string_agg(invariant, ', ') FROM veza.audit WHERE invariant IN ('track_hold_differs', 'state_without_history')), NULL, 'no promise is broken');
SELECT * FROM finish();
ROLLBACK;
