-- Likes, links, plays, downloads and statistics of tracks; what is counted is what there is.

BEGIN;
SELECT no_plan();

SELECT test.user('creator') AS u \gset
SELECT test.user() AS a \gset
SELECT test.user() AS b \gset
SELECT test.user('admin') AS admin \gset
SELECT test.ready(:'u', 'Liked') AS t \gset
CREATE FUNCTION pg_temp.call(method text, what text, id text, caller uuid, args jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http($1, '/api/v1/tracks/:id' || $2, jsonb_build_object('id', $3) || $5, $4)
$$;
CREATE FUNCTION pg_temp.said(answer jsonb) RETURNS text LANGUAGE sql AS $$ SELECT coalesce($1 ->> 'refusal', ($1 -> 'result')::text) $$;
CREATE FUNCTION pg_temp.count(id text, what text) RETURNS bigint LANGUAGE sql AS $$
    SELECT (test.http('GET', '/api/v1/tracks/:id', jsonb_build_object('id', $1), (SELECT uploader_id FROM veza_data.track t WHERE t.id = $1::uuid)) -> 'result' ->> ($2 || '_count'))::bigint
$$;
CREATE FUNCTION pg_temp.hide(id text, hidden boolean) RETURNS void LANGUAGE sql AS $$ UPDATE veza_data.track SET visibility = CASE WHEN $2 THEN 'private' ELSE 'public' END WHERE track.id = $1::uuid $$;

-- ---- likes

SELECT is(pg_temp.said(pg_temp.call('POST', '/like', :'t', :'a')), '{"liked": true, "like_count": 1}', 'somebody likes it');
SELECT is(pg_temp.said(pg_temp.call('POST', '/like', :'t', :'a')), '{"liked": true, "like_count": 1}', 'once');
SELECT is(pg_temp.said(pg_temp.call('POST', '/like', :'t', :'b')), '{"liked": true, "like_count": 2}', 'another one, too');
SELECT is(pg_temp.said(pg_temp.call('DELETE', '/like', :'t', :'a')), '{"liked": false, "like_count": 1}', 'one is taken back');
SELECT is(pg_temp.said(pg_temp.call('DELETE', '/like', :'t', :'a')), '{"liked": false, "like_count": 1}', 'once');
SELECT is(pg_temp.said(pg_temp.call('POST', '/like', :'t', NULL)), 'AUTH_REQUIRED', 'nobody likes nothing');
SELECT is(pg_temp.said(pg_temp.call('POST', '/like', gen_random_uuid()::text, :'a')), 'TRACK_NOT_FOUND', 'nor what is not there');
SELECT pg_temp.hide(:'t', true);
SELECT is(pg_temp.said(pg_temp.call(method, '/like', :'t', :'a')), 'TRACK_NOT_FOUND', method || ': nor what is not to be seen') FROM unnest('{POST,DELETE}'::text[]) method;
SELECT is(pg_temp.said(pg_temp.call('GET', '/likes', :'t', :'a')), 'TRACK_NOT_FOUND', 'nor is it shown who likes it');
SELECT pg_temp.hide(:'t', false);
SELECT pg_temp.call('POST', '/like', :'t', :'a');
CREATE FUNCTION pg_temp.likers(id text, args jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(x ->> 'id', ',' ORDER BY n) FROM jsonb_array_elements(pg_temp.call('GET', '/likes', $1, (SELECT u.id FROM veza_data.users u WHERE role = 'admin' LIMIT 1), $2) -> 'result') WITH ORDINALITY l(x, n)
$$;
UPDATE veza_data.track_like SET created_at = now() - interval '1 hour' WHERE user_id = :'b';
SELECT is(pg_temp.likers(:'t'), concat_ws(',', :'a', :'b'), 'who likes it, newest first');
SELECT is(pg_temp.likers(:'t', '{"limit": 1}'), :'a', 'in pages');
SELECT is(pg_temp.likers(:'t', jsonb_build_object('limit', 1, 'cursor', pg_temp.call('GET', '/likes', :'t', :'a', '{"limit": 1}') -> 'head' -> 'meta' ->> 'next_cursor')), :'b', 'by cursor');
UPDATE veza_data.users SET preferences = '{"privacy": {"profile_visibility": "private"}}' WHERE id = :'b';
SELECT is(pg_temp.likers(:'t'), :'a', 'less those who hide');
SELECT is(pg_temp.count(:'t', 'like'), 2::bigint, 'whose like counts all the same');
SELECT is((SELECT like_count FROM veza_data.track WHERE id = :'t'), 0::bigint, 'the row of the track is not touched');
SELECT is(test.audit(), 'nothing', 'counted is what there is');
SELECT cmp_ok(veza.job_unit('fold_counters', ''), '>=', 0::bigint, 'then the slots are moved');
SELECT is((SELECT like_count FROM veza_data.track WHERE id = :'t'), 2::bigint, 'to the track');
SELECT is((SELECT count(*) FROM veza_data.track_counter), 0::bigint, 'and are gone');
SELECT is(pg_temp.count(:'t', 'like'), 2::bigint, 'what is shown is the same');
SELECT pg_temp.call('DELETE', '/like', :'t', :'b');
SELECT is(pg_temp.count(:'t', 'like'), 1::bigint, 'also while both count');
SELECT is(test.audit(), 'nothing', 'and is what there is');
UPDATE veza_data.track SET like_count = like_count + 1 WHERE id = :'t';
SELECT is(test.audit(), 'track_counter_differs', 'a wrong one is noticed');
UPDATE veza_data.track SET like_count = like_count - 1 WHERE id = :'t';

-- ---- plays

CREATE FUNCTION pg_temp.play(id text, caller uuid, ms integer, args jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(p ->> 'refusal', concat_ws(' ', p -> 'result' ->> 'counted', p -> 'result' ->> 'play_count'))
      FROM pg_temp.call('POST', '/play', $1, $2, jsonb_build_object('play_id', gen_random_uuid(), 'listened_ms', $3, 'source', 'list') || $4) p
$$;
SELECT is(pg_temp.play(:'t', :'a', 29999), 'false 0', 'less than half a minute is no play');
SELECT is(pg_temp.play(:'t', :'a', 30000), 'true 1', 'half a minute is');
SELECT is(pg_temp.play(:'t', :'a', 180000), 'false 1', 'the same listener again at once is the same play');
SELECT is(pg_temp.play(:'t', :'a', 30000, jsonb_build_object('time', now() - interval '179 seconds')), 'false 1', 'within the length of the track, too');
SELECT is(pg_temp.play(:'t', :'a', 30000, jsonb_build_object('time', now() - interval '181 seconds')), 'true 2', 'another time is another play');
SELECT is(pg_temp.play(:'t', :'b', 180000), 'true 3', 'so is another listener');
SELECT is(pg_temp.play(:'t', NULL, 180000), 'true 4', 'also one who is not logged in');
SELECT is(pg_temp.play(:'t', NULL, 180000), 'false 4', 'who is known by address and program');
SELECT is(pg_temp.play(:'t', :'u', 180000), 'true 4', 'the owner''s are counted apart');
SELECT is(pg_temp.play(:'t', :'a', 40000, jsonb_build_object('time', now() - interval '13 days')), 'true 5', 'one that is reported late counts');
SELECT is(pg_temp.play(:'t', :'a', 40000, jsonb_build_object('time', now() - interval '15 days')), 'false 5', 'one that is too late does not');
SELECT is(pg_temp.play(:'t', :'a', 40000, jsonb_build_object('time', now() + interval '1 hour')), 'VALIDATION_ERROR', 'nor one that is yet to come');
SELECT is(pg_temp.play(:'t', :'a', -1), 'VALIDATION_ERROR', 'nor less than nothing');
SELECT is(pg_temp.play(:'t', :'a', 1, '{"play_id": null}'), 'VALIDATION_ERROR', 'a play has an id');
SELECT is((SELECT string_agg(DISTINCT source, ',') FROM veza_data.track_play), 'list', 'and comes from somewhere');
SELECT gen_random_uuid() AS p \gset
SELECT is(pg_temp.play(:'t', :'admin', 60000, jsonb_build_object('play_id', :'p', 'source', 'SEARCH')), 'true 6', 'a report');
SELECT is(pg_temp.play(:'t', :'admin', 1, '{"source": "Zebulon said so"}'), 'false 6', 'from where we do not know');
SELECT is((SELECT string_agg(DISTINCT source, ',') FROM veza_data.track_play), 'list,other,search', 'is from elsewhere');
SELECT is(pg_temp.play(:'t', :'admin', 60000, jsonb_build_object('play_id', :'p')), 'true 6', 'that is repeated is one');
SELECT test.ready(:'u', 'Short', '{"duration_ms": 4000}') AS short \gset
SELECT is(pg_temp.play(:'short', :'a', 2000), 'true 1', 'of a short track half is enough');
SELECT is(pg_temp.play(:'short', :'a', 2000, jsonb_build_object('time', now() - interval '29 seconds')), 'false 1', 'but not every few seconds');
SELECT is(pg_temp.play(:'short', :'admin', 1, jsonb_build_object('play_id', :'p')), 'PLAY_ID_REUSED', 'an id belongs to one track');
SELECT pg_temp.hide(:'t', true);
SELECT is(pg_temp.play(:'t', :'a', 1), 'TRACK_NOT_FOUND', 'what is not to be seen is not played');
SELECT pg_temp.hide(:'t', false);
UPDATE veza_data.setting SET value = '3' WHERE name = 'play_limit';
SELECT test.user() AS c \gset
SELECT is(string_agg(split_part(pg_temp.play(:'t', :'c', 1), ' ', 1), ' '), 'false false false RATE_LIMIT_EXCEEDED RATE_LIMIT_EXCEEDED', 'reports are limited') FROM generate_series(1, 5);
SELECT is(test.audit(), 'nothing', 'counted is what was played');
SELECT test.run_jobs();
SELECT is(test.audit(), 'nothing', 'also by day');

-- ---- statistics

SELECT pg_temp.call('GET', '/stats', :'t', :'u') -> 'result' AS own \gset
SELECT is(:'own'::jsonb - 'days', jsonb_build_object('track_id', :'t', 'plays', 6, 'own_plays', 1, 'likes', 1, 'downloads', 0, 'shares', 0, 'comments', 0, 'unique_listeners', 4, 'plays_today', (:'own'::jsonb ->> 'plays_today')::int,
          'plays_this_week', 5, 'plays_this_month', 6, 'by_source', '{"list": 5, "search": 1}'::jsonb), 'the owner sees all of it');
SELECT is((SELECT sum((d ->> 'plays')::int) FROM jsonb_array_elements(:'own'::jsonb -> 'days') d), 6::bigint, 'day by day');
SELECT is(pg_temp.call('GET', '/stats', :'t', :'a') -> 'result' -> 'by_source', 'null', 'others less');
SELECT is(pg_temp.call('GET', '/stats', :'t', NULL) -> 'result' ->> 'plays', '6', 'nobody the same as they');
SELECT is(pg_temp.said(pg_temp.call('GET', '/stats', :'t', :'u', '{"days": 0}')), 'VALIDATION_ERROR', 'a day at least');
SELECT pg_temp.hide(:'t', true);
SELECT is(pg_temp.said(pg_temp.call('GET', '/stats', :'t', :'a')), 'TRACK_NOT_FOUND', 'of what is not to be seen nothing shows');
SELECT pg_temp.hide(:'t', false);

-- ---- hearing and storing

CREATE FUNCTION pg_temp.file(what text, id text, caller uuid, share text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(a ->> 'refusal', concat_ws(' ', a -> 'result' ->> 'type', a -> 'result' ->> 'name', a -> 'head' -> 'headers' ->> 'Cache-Control'))
      FROM pg_temp.call('GET', what, $2, $3, jsonb_build_object('share', $4)) a
$$;
SELECT is(pg_temp.file('/stream', :'t', NULL), 'audio/flac Liked.flac public, no-cache', 'anybody hears a public track');
SELECT is(pg_temp.call('GET', '/stream', :'t', NULL) -> 'head' -> 'headers' ->> 'ETag', format('"%s"', (SELECT file_hash FROM veza_data.track_version WHERE id = test.version(:'t'))), 'under the name of its content');
SELECT is(pg_temp.file('/download', :'t', :'a'), 'TRACK_NOT_DOWNLOADABLE', 'to store it is another right');
SELECT is(pg_temp.file('/download', :'t', :'u'), 'audio/flac Liked.flac public, no-cache', 'which its owner has');
UPDATE veza_data.track SET is_downloadable = true WHERE id = :'t';
SELECT is(pg_temp.file('/download', :'t', NULL), 'audio/flac Liked.flac public, no-cache', 'or everybody, if the owner says so');
SELECT pg_temp.file('/download', :'t', :'a'), pg_temp.file('/download', :'t', :'a');
SELECT is(pg_temp.count(:'t', 'download'), 2::bigint, 'it is counted, once for each who asks again');
SELECT test.wait('1 hour');
SELECT pg_temp.file('/download', :'t', :'a');
SELECT is(pg_temp.count(:'t', 'download'), 3::bigint, 'an hour later anew');
SELECT test.wait('-1 hour');
SELECT is(pg_temp.count(:'t', 'play'), 6::bigint, 'fetching bytes is no play');
SELECT is(pg_temp.file(what, :'t', NULL), 'TRACK_PART_NOT_FOUND', what || ' was not made') FROM unnest('{/waveform,/cover}'::text[]) what;
SELECT pg_temp.hide(:'t', true);
SELECT is(pg_temp.file(what, :'t', :'a'), 'TRACK_NOT_FOUND', what || ' of a private track is its owner''s') FROM unnest('{/stream,/download,/waveform,/cover}'::text[]) what;
SELECT is(pg_temp.file('/stream', :'t', :'u'), 'audio/flac Liked.flac private, no-cache', 'who hears it');
SELECT test.upload(:'u', 'Raw') AS raw \gset
SELECT is(pg_temp.file(what, :'raw', :'u'), 'TRACK_PROCESSING', what || ': what was not scanned is sent to nobody') FROM unnest('{/stream,/download}'::text[]) what;

-- ---- links

CREATE FUNCTION pg_temp.share(id text, caller uuid, args jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$ SELECT pg_temp.call('POST', '/share', $1, $2, $3) $$;
CREATE FUNCTION pg_temp.open(token text, caller uuid DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(a ->> 'refusal', a -> 'result' ->> 'title') FROM test.http('GET', '/api/v1/tracks/shared/:token', jsonb_build_object('token', $1), $2) a
$$;
SELECT is(pg_temp.said(pg_temp.share(:'t', :'a')), 'TRACK_NOT_FOUND', 'a private track is its owner''s to share');
SELECT pg_temp.share(:'t', :'u') AS link \gset
SELECT :'link'::jsonb -> 'result' ->> 'token' AS token \gset
SELECT is(:'link'::jsonb -> 'head' -> 'status', '201', 'who makes a link');
SELECT is(length(:'token'), 43, 'of 256 bits');
SELECT is(:'link'::jsonb -> 'result' ->> 'share_url', '/api/v1/tracks/shared/' || :'token', 'whose address is told');
SELECT is((SELECT token_hash FROM veza_data.track_share), sha256(convert_to(:'token', 'UTF8')), 'what is stored is its digest');
SELECT is((SELECT count(*) FROM pg_temp.call('GET', '/shares', :'t', :'u') s WHERE s::text LIKE '%' || :'token' || '%'), 0::bigint, 'the token is shown once');
SELECT is(pg_temp.open(:'token'), 'Liked', 'whoever has it sees the track');
SELECT is(test.http('GET', '/api/v1/tracks/shared/:token', jsonb_build_object('token', :'token')) -> 'result' ->> 'stream_url', format('/api/v1/tracks/%s/stream?share=%s', :'t', :'token'), 'with the way to its audio');
SELECT is(pg_temp.file('/stream', :'t', NULL, :'token'), 'audio/flac Liked.flac private, no-cache', 'and hears it');
SELECT is(pg_temp.file('/stream', :'short', NULL, :'token') <> 'TRACK_NOT_FOUND', true, 'another public track needs none');
SELECT pg_temp.hide(:'short', true);
SELECT is(pg_temp.file('/stream', :'short', NULL, :'token'), 'TRACK_NOT_FOUND', 'another private one is not opened by it');
SELECT is(pg_temp.open(wrong), 'SHARE_NOT_FOUND', 'a token that nobody has') FROM unnest(ARRAY['x', repeat('A', 43), :'token' || 'A']) wrong;
UPDATE veza_data.track SET is_downloadable = false WHERE id = :'t';
SELECT is(pg_temp.file('/download', :'t', NULL, :'token'), 'TRACK_NOT_DOWNLOADABLE', 'it does not let anybody store it');
SELECT is(pg_temp.file('/download', :'t', NULL, pg_temp.share(:'t', :'u', '{"permissions": "download"}') -> 'result' ->> 'token'), 'audio/flac Liked.flac private, no-cache', 'another one does');
SELECT pg_temp.share(:'t', :'u', '{"expires_in": 60}') -> 'result' ->> 'token' AS brief \gset
SELECT is(pg_temp.open(:'brief'), 'Liked', 'a link for a minute');
SELECT test.wait('61 seconds');
SELECT is(pg_temp.open(:'brief'), 'SHARE_EXPIRED', 'is over after it');
SELECT is(pg_temp.file('/stream', :'t', NULL, :'brief'), 'TRACK_NOT_FOUND', 'also for the audio');
SELECT pg_temp.share(:'t', :'u', '{"max_uses": 2}') -> 'result' ->> 'token' AS two \gset
SELECT is(pg_temp.open(:'two', :'a'), 'Liked', 'a link for two');
SELECT is(pg_temp.open(:'two', :'a'), 'Liked', 'who may come back');
SELECT is(pg_temp.open(:'two', :'b'), 'Liked', 'the second one');
SELECT is(pg_temp.open(:'two', :'c'), 'SHARE_EXPIRED', 'the third one is one too many');
SELECT is(pg_temp.file('/stream', :'t', :'b', :'two'), 'audio/flac Liked.flac private, no-cache', 'who has opened it hears it');
SELECT is(pg_temp.file('/stream', :'t', :'c', :'two'), 'TRACK_NOT_FOUND', 'who has not does not');
SELECT is(pg_temp.said(pg_temp.share(:'t', :'u', args::jsonb)), 'VALIDATION_ERROR', args) FROM unnest(ARRAY['{"expires_in": 0}', '{"expires_in": 99999999}', '{"expires_at": "2020-01-01T00:00:00Z"}',
    '{"expires_at": "infinity"}', '{"expires_in": 1, "expires_at": "2099-01-01T00:00:00Z"}', '{"permissions": "write"}', '{"max_uses": 0}']) args;
SELECT test.http('POST', '/api/v1/tracks/:id/share', jsonb_build_object('id', :'t'), :'admin', headers => '{"idempotency_key": "s1"}') -> 'result' AS once \gset
SELECT test.http('POST', '/api/v1/tracks/:id/share', jsonb_build_object('id', :'t'), :'admin', headers => '{"idempotency_key": "s1"}') -> 'result' AS twice \gset
SELECT is(:'once'::jsonb ->> 'id', :'twice'::jsonb ->> 'id', 'a repeated request makes one link');
SELECT is(pg_temp.open(:'once'::jsonb ->> 'token') || ' ' || pg_temp.open(:'twice'::jsonb ->> 'token'), 'SHARE_NOT_FOUND Liked', 'whose last token is good');
DELETE FROM veza_data.track_share WHERE user_id = :'admin';
UPDATE veza_data.track_counter SET n = n - 1 WHERE kind = 'share';
SELECT :'link'::jsonb -> 'result' ->> 'id' AS share \gset
CREATE FUNCTION pg_temp.revoke(id text, caller uuid) RETURNS text LANGUAGE sql AS $$ SELECT pg_temp.said(test.http('DELETE', '/api/v1/tracks/share/:id', jsonb_build_object('id', $1), $2)) $$;
SELECT is(pg_temp.revoke(:'share', :'a'), 'SHARE_NOT_FOUND', 'another one''s link is not taken back');
SELECT is(pg_temp.revoke(:'share', :'u'), jsonb_build_object('id', :'share', 'revoked', true)::text, 'one''s own is');
SELECT is(pg_temp.revoke(:'share', :'admin'), jsonb_build_object('id', :'share', 'revoked', true)::text, 'again, and by an administrator');
SELECT is(pg_temp.open(:'token'), 'SHARE_NOT_FOUND', 'then nobody has it');
SELECT pg_temp.hide(:'t', false);
SELECT pg_temp.share(:'t', :'a') -> 'result' ->> 'id' AS theirs \gset
SELECT is(pg_temp.said(pg_temp.share(:'t', :'a', '{"allow_download": true}')), 'TRACK_NOT_DOWNLOADABLE', 'others pass on what they have');
SELECT is((SELECT count(*) FROM jsonb_array_elements(pg_temp.call('GET', '/shares', :'t', :'a') -> 'result')), 1::bigint, 'they see their own links');
SELECT is((SELECT count(*) FROM jsonb_array_elements(pg_temp.call('GET', '/shares', :'t', :'u') -> 'result')), 5::bigint, 'the owner all');
SELECT is(pg_temp.revoke(:'theirs', :'u'), jsonb_build_object('id', :'theirs', 'revoked', true)::text, 'and takes them back');
SELECT is(pg_temp.count(:'t', 'share'), 5::bigint, 'links are counted');
SELECT is(test.audit(), 'nothing', 'no promise is broken');

-- ---- an account that ends

UPDATE veza_data.users SET password_hash = '$argon2id$v=19$m=19456,t=2,p=1$2xCP5f/VUd+3X/W/F3TP4g$M13UH58X6z+o3WoHz06P4QdbS2gnMpg0Y5Ukq6IwAks' WHERE id = :'u';
SELECT is(test.http('DELETE', '/api/v1/users/:id', jsonb_build_object('id', 'me', 'password', 'demo-password', 'confirmation', 'DELETE'), :'u') ->> 'refusal', NULL, 'an account with tracks ends');
SELECT is((SELECT count(*) FROM veza_data.track WHERE uploader_id = :'u' AND deleted_at IS NULL), 0::bigint, 'they go with it');
SELECT is(pg_temp.file('/stream', :'t', :'a'), 'TRACK_NOT_FOUND', 'for everybody');
SELECT * FROM finish();
ROLLBACK;
