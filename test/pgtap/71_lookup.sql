-- Lookups (core/ground/lookup.h): in the reads lane a row found by its key comes without a second executor,
-- and must be what the statement says, whatever has happened to rows, views and indexes meanwhile.

BEGIN;
SELECT no_plan();

SELECT test.user() AS u \gset
SELECT test.user() AS other \gset
CREATE FUNCTION pg_temp.get(id text, caller uuid DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http('GET', '/api/v1/users/:id', jsonb_build_object('id', id), caller)
$$;
CREATE FUNCTION pg_temp.public(id uuid) RETURNS jsonb LANGUAGE sql AS $$
    SELECT to_jsonb(s) FROM veza_data.public_user_shape s WHERE s.id = $1
$$;
CREATE FUNCTION pg_temp.whole(id uuid) RETURNS jsonb LANGUAGE sql AS $$
    SELECT to_jsonb(s) FROM veza_data.me_shape s WHERE s.id = $1
$$;

SELECT is(pg_temp.get(:'u') -> 'result', pg_temp.public(:'u'), 'a profile is the row of its shape');
SELECT is(pg_temp.get(:'u', :'other') -> 'result', pg_temp.public(:'u'), 'to another user, too');
SELECT is(pg_temp.get(:'u', :'u') -> 'result', pg_temp.whole(:'u'), 'the own account is that of its own');
SELECT is(pg_temp.get('me', :'u') -> 'result', pg_temp.whole(:'u'), 'by the name me');
SELECT is(test.http('GET', '/api/v1/auth/me', '{}', :'u') -> 'result', pg_temp.whole(:'u'), 'and by /auth/me');
SELECT is(pg_temp.get(gen_random_uuid()::text) ->> 'refusal', 'USER_NOT_FOUND', 'nobody has that id');
SELECT is(test.http('GET', '/api/v1/users/by-username/:username', jsonb_build_object('username', upper(username))) -> 'result',
          pg_temp.public(id), 'by name, whatever its case') FROM veza_data.users WHERE id = :'u';

SELECT is(test.http('GET', '/api/v1/users/:id/settings', '{"id": "me"}', :'u') -> 'result',
          (SELECT to_jsonb(s) FROM veza_data.settings_shape s WHERE s.user_id = :'u'), 'settings are the row of their shape');
SELECT is(test.http('GET', '/api/v1/users/:id/completion', '{"id": "me"}', :'u') -> 'result' ->> 'user_id', :'u', 'how complete a profile is');

-- ---- what has changed is seen

UPDATE veza_data.users SET bio = E'\u00e9 "quoted"\n line', skills = '{one,"two, three"}', social_links = '{"twitter": "x"}' WHERE id = :'u';
SELECT is(pg_temp.get(:'u') -> 'result', pg_temp.public(:'u'), 'a row that was changed');
UPDATE veza_data.users SET preferences = jsonb_build_object('much', (SELECT string_agg(md5(n::text), ' ') FROM generate_series(1, 3000) n)) WHERE id = :'u';
SELECT is(pg_temp.get(:'u', :'u') -> 'result', pg_temp.whole(:'u'), 'one whose values are stored elsewhere');
UPDATE veza_data.users SET preferences = '{"privacy": {"profile_visibility": "registered"}}' WHERE id = :'u';
SELECT is(pg_temp.get(:'u') ->> 'refusal', 'USER_NOT_FOUND', 'a profile for users only');
SELECT is(pg_temp.get(:'u', :'other') -> 'result', pg_temp.public(:'u'), 'which they see');
UPDATE veza_data.users SET preferences = '{"privacy": {"profile_visibility": "private"}}' WHERE id = :'u';
SELECT is(pg_temp.get(:'u', :'other') ->> 'refusal', 'USER_NOT_FOUND', 'a private one');
SELECT is(pg_temp.get(:'u', :'u') -> 'result', pg_temp.whole(:'u'), 'which its owner sees');
UPDATE veza_data.users SET preferences = '{"privacy": {"profile_visibility": "public"}}' WHERE id = :'u';
SAVEPOINT here;
UPDATE veza_data.users SET plan_role = 'creator' WHERE id = :'u';
SELECT pg_temp.get(:'u') -> 'result' ->> 'role' AS role \gset
ROLLBACK TO here;
SELECT is(:'role'::text, 'creator', 'the role that a plan gives');
SELECT is(pg_temp.get(:'u') -> 'result' ->> 'role', 'user', 'until it is rolled back');
UPDATE veza_data.session SET ended_at = now() WHERE user_id = :'other';
SELECT is(pg_temp.get(:'u', :'other') ->> 'refusal', 'AUTH_TOKEN_INVALID', 'an ended session is none');
UPDATE veza_data.session SET ended_at = NULL, expires_at = now() - interval '1 second' WHERE user_id = :'other';
SELECT is(pg_temp.get(:'u', :'other') ->> 'refusal', 'AUTH_TOKEN_INVALID', 'nor is an expired one');
SELECT is(test.http('GET', '/api/v1/users/:id', jsonb_build_object('id', :'u'), :'other', test.session_of(:'u')) ->> 'refusal', 'AUTH_TOKEN_INVALID', 'nor somebody else''s');

-- ---- what the plan was made of changes

SAVEPOINT here;
ALTER VIEW veza_data.public_user_shape RENAME COLUMN bio TO biography;
SELECT pg_temp.get(:'u') -> 'result' ? 'biography' AS renamed \gset
ROLLBACK TO here;
SELECT is(:'renamed'::boolean, true, 'a column of the view has another name');
SELECT is(pg_temp.get(:'u') -> 'result' ? 'bio', true, 'and its own again');
SAVEPOINT here;
ALTER TABLE veza_data.users ADD COLUMN later text NOT NULL DEFAULT 'later';
SELECT pg_temp.get(:'u') -> 'result' = pg_temp.public(:'u') AS wider \gset
DROP INDEX veza_data.users_username;
SELECT test.http('GET', '/api/v1/users/by-username/:username', jsonb_build_object('username', username)) -> 'result' = pg_temp.public(id) AS unindexed
  FROM veza_data.users WHERE id = :'u' \gset
ROLLBACK TO here;
SELECT is(:'wider'::boolean, true, 'a table with a column more');
SELECT is(:'unindexed'::boolean, true, 'without the index, as any other statement');

-- ---- a rule may be planned over an index whose predicate is a part of it, and is judged on rows that another index has found

SAVEPOINT here;
CREATE INDEX ON veza_data.users ((1)) INCLUDE (id) WHERE status = 'active' AND profile_visibility <> 'private';
UPDATE veza_data.users SET status = 'suspended' WHERE id = :'u';
ANALYZE veza_data.users;
SELECT pg_temp.get(:'u') ->> 'refusal' AS refusal \gset
ROLLBACK TO here;
SELECT is(:'refusal'::text, 'USER_NOT_FOUND', 'a suspended account');

SELECT * FROM finish();
ROLLBACK;
