-- A user with 100,000 followers: what is read of them.

BEGIN;
SELECT no_plan();

SELECT test.user() AS u \gset
SELECT test.user() AS b \gset
CREATE FUNCTION pg_temp.call(method text, what text, id text, caller uuid, args jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http($1, '/api/v1/users/:id' || $2, jsonb_build_object('id', $3) || $5, $4)
$$;
CREATE FUNCTION pg_temp.said(answer jsonb) RETURNS text LANGUAGE sql AS $$ SELECT coalesce($1 ->> 'refusal', ($1 -> 'result')::text) $$;
-- Rows that are known to be right are not looked at by triggers.
SET LOCAL session_replication_role = replica;
INSERT INTO veza_data.users (id, username, email, password_hash, role, created_at, updated_at)
SELECT md5('fan ' || n)::uuid, 'fan' || n, NULL, 'none', 'user', now(), now() FROM generate_series(1, 100000) n;
INSERT INTO veza_data.user_follow SELECT md5('fan ' || n)::uuid, :'u', now() - n * interval '1 second' FROM generate_series(1, 100000) n;
INSERT INTO veza_data.follow_count SELECT md5('fan ' || n)::uuid, 0, 1 FROM generate_series(1, 100000) n;
INSERT INTO veza_data.follow_count VALUES (:'u', 100000, 0);
SET LOCAL session_replication_role = origin;
ANALYZE veza_data.user_follow;
ANALYZE veza_data.users;
-- As the roles of veza-httpd have it.
SET LOCAL plan_cache_mode = force_generic_plan;
SET LOCAL enable_memoize = off;

-- How many rows of a table and its indexes were read for a page, as the server counts it for this transaction.
CREATE FUNCTION pg_temp.read_for(what text, id text, caller uuid, args jsonb) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    before bigint := (SELECT sum(pg_stat_get_xact_tuples_returned(c.oid)) FROM pg_class c WHERE c.oid IN ('veza_data.user_follow'::regclass, 'veza_data.users'::regclass)
                             OR c.oid IN (SELECT indexrelid FROM pg_index WHERE indrelid IN ('veza_data.user_follow'::regclass, 'veza_data.users'::regclass)));
BEGIN
    IF pg_temp.call('GET', what, id, caller, args) ->> 'refusal' IS NOT NULL THEN RETURN 1000000; END IF;
    RETURN (SELECT sum(pg_stat_get_xact_tuples_returned(c.oid)) FROM pg_class c WHERE c.oid IN ('veza_data.user_follow'::regclass, 'veza_data.users'::regclass)
                OR c.oid IN (SELECT indexrelid FROM pg_index WHERE indrelid IN ('veza_data.user_follow'::regclass, 'veza_data.users'::regclass))) - before;
END
$$;
SELECT pg_temp.call('GET', '/followers', :'u', :'b', '{"page": 100, "limit": 100}') #>> '{head,meta,next_cursor}' AS deep \gset
SELECT isnt(:'deep'::text, '', 'there is a cursor at the depth of 10000');
SELECT cmp_ok(pg_temp.read_for('/followers', :'u', c, args), '<', 1000::bigint, 'a page of 20 of 100000 reads what it shows: ' || args::text)
  FROM unnest(ARRAY[:'b', NULL]::uuid[]) c, unnest(ARRAY['{}', jsonb_build_object('cursor', :'deep')]::jsonb[]) args;
SELECT cmp_ok(pg_temp.read_for('/relationship', :'u', :'b', '{}'), '<', 100::bigint, 'and so do the numbers');
SELECT is(pg_temp.call('GET', '/followers', :'u', :'b') #>> '{head,meta,total}', '100000', 'which are all');
SELECT is(pg_temp.said(pg_temp.call('GET', '/followers', :'u', :'b', '{"page": 101, "limit": 100}')), 'VALIDATION_ERROR', 'deeper goes the cursor alone');
SELECT is(jsonb_array_length(pg_temp.call('GET', '/followers', :'u', :'b', jsonb_build_object('cursor', :'deep', 'limit', 100)) -> 'result'), 100, 'from where it stood');
-- Its end waits for none of them.
SELECT veza.auth_register('many-followers', 'many-followers@veza.example', 'the old tortoise 9') ->> 'user_id' AS z \gset
UPDATE veza_data.users SET password_hash = (SELECT password_hash FROM veza_data.users WHERE id = :'z') WHERE id = :'u';
CREATE FUNCTION pg_temp.written() RETURNS bigint LANGUAGE sql AS $$ SELECT pg_stat_get_xact_tuples_deleted('veza_data.user_follow'::regclass) + pg_stat_get_xact_tuples_inserted('veza_data.follow_counter'::regclass) $$;
SELECT pg_temp.written() AS before \gset
SELECT matches(pg_temp.said(pg_temp.call('DELETE', '', 'me', :'u', '{"password": "the old tortoise 9", "confirmation": "DELETE"}')), 'deleted', 'the account ends');
SELECT is(pg_temp.written() - :before, 0::bigint, 'and writes nothing for its followers');
SELECT is(pg_temp.call('GET', '/following', md5('fan 7')::uuid::text, :'b') -> 'result', '[]', 'who do not see it');
SELECT veza.job_unit('end_follows', '') FROM generate_series(1, 2);
SELECT is((SELECT count(*) FROM veza_data.user_follow), 90000::bigint, 'a job takes them off, some at a time');
SELECT is(pg_temp.call('GET', '/relationship', (SELECT user_id FROM veza_data.follow_counter WHERE kind = 'following' LIMIT 1)::text, :'b') #>> '{result,following_count}', '0', 'whose numbers say so');
SELECT * FROM finish();
ROLLBACK;
