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
SELECT is(pg_temp.cached(:'u', left(pg_temp.hash('one'), 12)), 'public, max-age=31536000, s-maxage=300, immutable', 'under its version it is kept; by caches of others for a moment');
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

-- Who sees the picture is who sees the profile: the two are asked side by side.
SELECT test.user(role => 'admin') AS admin \gset
SELECT test.user() AS w \gset
CREATE FUNCTION pg_temp.sight(u uuid, caller uuid) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN p ->> 'refusal' IS NOT NULL THEN p ->> 'refusal' ELSE 'profile' END || ' ' ||
           CASE WHEN a ->> 'refusal' IS NOT NULL THEN a ->> 'refusal' ELSE a -> 'head' -> 'headers' ->> 'Cache-Control' END
      FROM test.http('GET', '/api/v1/users/:id', jsonb_build_object('id', u), caller) p,
           test.http('GET', '/api/v1/users/:id/avatar', jsonb_build_object('id', u, 'v', left(pg_temp.hash('two'), 12)), caller) a
$$;
SELECT pg_temp.upload(:'v', 'two');
CREATE TEMP TABLE sights AS SELECT v.visibility, c.name, c.caller, NULL::text AS seen
  FROM unnest('{public,registered,private}'::text[]) v(visibility), (VALUES ('nobody', NULL), ('another', :'w'::uuid), ('the owner', :'v'), ('an administrator', :'admin')) c(name, caller);
DO $$
DECLARE s record;
BEGIN
    FOR s IN SELECT * FROM sights LOOP
        UPDATE veza_data.users SET preferences = jsonb_build_object('privacy', jsonb_build_object('profile_visibility', s.visibility))
         WHERE id = (SELECT caller FROM sights WHERE name = 'the owner' LIMIT 1);
        UPDATE sights SET seen = pg_temp.sight((SELECT caller FROM sights WHERE name = 'the owner' LIMIT 1), s.caller)
         WHERE visibility = s.visibility AND name = s.name;
    END LOOP;
END
$$;
SELECT is(seen, CASE WHEN visibility = 'public' THEN 'profile public, max-age=31536000, s-maxage=300, immutable'
                     WHEN name IN ('the owner', 'an administrator') OR visibility = 'registered' AND name = 'another' THEN 'profile private, no-cache'
                     ELSE 'USER_NOT_FOUND AVATAR_NOT_FOUND' END, format('what %s sees of a %s profile and of its picture', name, visibility)) FROM sights;
UPDATE veza_data.users SET preferences = '{}' WHERE id = :'v';
SELECT revision AS r FROM veza_data.users WHERE id = :'v' \gset
CREATE FUNCTION pg_temp.remove(u uuid, headers jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(test.http('DELETE', '/api/v1/users/me/avatar', '{}', u, headers => headers) ->> 'refusal', 'done')
$$;
SELECT is(pg_temp.remove(:'v', jsonb_build_object('if_match', test.tag(:'v', :r - 1))), 'PRECONDITION_FAILED', 'a picture of an old version is not removed');
SELECT is(pg_temp.remove(:'v', jsonb_build_object('if_match', format('"%s"', pg_temp.hash('one')))), 'PRECONDITION_FAILED', 'nor another picture');
SELECT is(pg_temp.remove(:'v', jsonb_build_object('if_none_match', format('"%s"', pg_temp.hash('two')))), 'PRECONDITION_FAILED', 'nor the one that must not be there');
SELECT is(pg_temp.remove(:'v', jsonb_build_object('if_match', format('"%s"', pg_temp.hash('two')))), 'done', 'this one is');
SELECT is(pg_temp.remove(:'v', '{"if_match": "*"}'), 'PRECONDITION_FAILED', 'one that is not there is not removed again');
SELECT is(test.http('POST', '/api/v1/users/me/avatar', jsonb_build_object('file_hash', pg_temp.hash('two'), 'file_size', 3, 'file_type', 'image/png', 'image_width', 1, 'image_height', 1),
                    :'v', headers => '{"if_none_match": "*"}') ->> 'refusal', NULL, 'the first picture, where there is none');
SELECT is(test.http('POST', '/api/v1/users/me/avatar', jsonb_build_object('file_hash', pg_temp.hash('two'), 'file_size', 3, 'file_type', 'image/png', 'image_width', 1, 'image_height', 1),
                    :'v', headers => '{"if_none_match": "*"}') ->> 'refusal', 'PRECONDITION_FAILED', 'a second first one is none');

UPDATE veza_data.users SET status = 'suspended' WHERE id = :'v';
SELECT is(test.http('GET', '/api/v1/users/:id/avatar', jsonb_build_object('id', :'v')) ->> 'refusal', 'AVATAR_NOT_FOUND', 'who is suspended shows none');
SELECT * FROM finish();
ROLLBACK;
