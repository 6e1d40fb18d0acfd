-- Pictures of users: what is named, by whom, and when it is forgotten.

BEGIN;
SELECT no_plan();

CREATE FUNCTION pg_temp.hash(text) RETURNS text LANGUAGE sql AS $$ SELECT encode(sha256(convert_to($1, 'UTF8')), 'hex') $$;
CREATE FUNCTION pg_temp.upload(caller uuid, content text, width integer DEFAULT 64, height integer DEFAULT 48) RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http('POST', '/api/v1/users/me/avatar', jsonb_build_object('file_hash', pg_temp.hash($2), 'file_size', length($2), 'file_type', 'image/png',
                     'image_width', $3, 'image_height', $4), $1)
$$;

SELECT test.user() AS u \gset
SELECT test.user() AS v \gset
SELECT is(pg_temp.upload(:'u', 'one') -> 'result' ->> 'avatar', format('/api/v1/users/%s/avatar?v=%s', :'u', left(pg_temp.hash('one'), 12)), 'the answer has the address');
SELECT is((SELECT avatar FROM veza_data.me_shape WHERE id = :'u'), format('/api/v1/users/%s/avatar?v=%s', :'u', left(pg_temp.hash('one'), 12)), 'so has the account');
SELECT is((SELECT revision FROM veza_data.users WHERE id = :'u'), 2::bigint, 'which has a new version');
SELECT is(test.http('GET', '/api/v1/users/:id/avatar', jsonb_build_object('id', :'u')) -> 'result', jsonb_build_object('file', pg_temp.hash('one'), 'type', 'image/png', 'name', 'avatar'),
          'anybody is told which file it is');
CREATE FUNCTION pg_temp.cached(u uuid, v text) RETURNS text LANGUAGE sql AS $$
    SELECT test.http('GET', '/api/v1/users/:id/avatar', jsonb_build_object('id', $1, 'v', $2)) -> 'head' -> 'headers' ->> 'Cache-Control'
$$;
SELECT is(pg_temp.cached(:'u', left(pg_temp.hash('one'), 12)), 'public, max-age=31536000, immutable', 'under its version it is kept for ever');
SELECT is(pg_temp.cached(:'u', wrong), 'public, no-cache', format('not under %s', coalesce(wrong, 'none')))
  FROM unnest(ARRAY[NULL, '', left(pg_temp.hash('two'), 12), left(pg_temp.hash('one'), 11), pg_temp.hash('one')]) wrong;
SELECT results_eq(format($$ SELECT action FROM veza_data.audit_log WHERE resource_id = %L $$, :'u'), $$ VALUES ('user.avatar_set') $$, 'it is on record');
SELECT is(pg_temp.upload(:'u', 'two', 8193) ->> 'refusal', 'IMAGE_TOO_LARGE', 'too wide');
SELECT is(pg_temp.upload(:'u', 'two', 64, 8193) ->> 'refusal', 'IMAGE_TOO_LARGE', 'too high');
SELECT is(pg_temp.upload(:'u', 'two', 0) ->> 'refusal', 'IMAGE_TOO_LARGE', 'no width');
SELECT is(pg_temp.upload(:'u', 'two', 8192, 8192) ->> 'refusal', NULL, 'as large as may be');
SELECT is(pg_temp.upload(NULL, 'two') ->> 'refusal', 'AUTH_REQUIRED', 'nobody has no picture');

-- One content is one file, for as long as somebody names it.
SELECT pg_temp.upload(:'v', 'two');
SELECT is((SELECT count(*) FROM veza_data.file WHERE hash = pg_temp.hash('two')), 1::bigint, 'the same content is one file');
SELECT test.wait('25 hours');
SELECT test.run_jobs();
SELECT results_eq($$ SELECT hash FROM veza_data.file $$, $$ SELECT pg_temp.hash('two') $$, 'a day later what nobody names is forgotten');
SELECT is(veza.unnamed_files(ARRAY[pg_temp.hash('one'), pg_temp.hash('two')]), ARRAY[pg_temp.hash('one')], 'and its file may go');
SELECT is(test.http('DELETE', '/api/v1/users/me/avatar', '{}', :'u') -> 'result', '{"avatar": null, "avatar_url": null}', 'a picture is removed');
SELECT is(test.http('GET', '/api/v1/users/:id/avatar', jsonb_build_object('id', :'u')) ->> 'refusal', 'AVATAR_NOT_FOUND', 'then there is none');
SELECT test.wait('25 hours');
SELECT test.run_jobs();
SELECT is(veza.unnamed_files(ARRAY[pg_temp.hash('two')]), '{}', 'the other one''s stays');
UPDATE veza_data.users SET status = 'suspended' WHERE id = :'v';
SELECT is(test.http('GET', '/api/v1/users/:id/avatar', jsonb_build_object('id', :'v')) ->> 'refusal', 'AVATAR_NOT_FOUND', 'who is suspended shows none');
SELECT * FROM finish();
ROLLBACK;
