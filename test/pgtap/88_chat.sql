-- Admission to the chat server: what the token says, for how long, and where it leads.

BEGIN;
SELECT no_plan();

UPDATE veza_data.setting SET value = 'https://chat.example:8443/old/path' WHERE name = 'chat_server_url';
SELECT test.user('creator') AS u \gset
UPDATE veza_data.users SET username = 'Quo"te\d', token_version = 7 WHERE id = :'u';
SELECT test.http('POST', '/api/v1/chat/token', '{}', :'u') AS a \gset
SELECT :'a'::jsonb -> 'head' -> 'seal' -> 0 AS seal \gset
SELECT :'seal'::jsonb -> 'claims' AS c \gset

SELECT is(:'a'::jsonb ->> 'refusal', NULL, 'a user gets a token');
SELECT is((:'seal'::jsonb ->> 'member') || ' ' || (:'seal'::jsonb ->> 'key'), 'token chat', 'which veza-httpd signs with the key of chat tokens');
SELECT is(jsonb_array_length(:'a'::jsonb -> 'head' -> 'seal'), 1, 'and no other');
SELECT is(:'c'::jsonb - '{iat,exp,jti,sid}'::text[], jsonb_build_object('sub', :'u', 'user_id', :'u', 'username', 'Quo"te\d', 'role', 'creator', 'token_version', 7, 'type', 'chat'),
          'who it is');
SELECT is((:'c'::jsonb ->> 'sid')::uuid, test.session_of(:'u'), 'in which session');
SELECT matches(:'c'::jsonb ->> 'jti', '^[A-Za-z0-9_-]{43}$', 'with a name of its own');
SELECT isnt(test.http('POST', '/api/v1/chat/token', '{}', :'u') -> 'head' -> 'seal' -> 0 -> 'claims' ->> 'jti', :'c'::jsonb ->> 'jti', 'that never comes again');
SELECT is((:'c'::jsonb ->> 'exp')::bigint - (:'c'::jsonb ->> 'iat')::bigint, 300::bigint, 'for five minutes');
SELECT ok(abs((:'c'::jsonb ->> 'iat')::bigint - extract(epoch FROM clock_timestamp())) < 60, 'from now on');
SELECT is((SELECT array_agg(k ORDER BY k) FROM jsonb_object_keys(:'a'::jsonb -> 'result') k), '{expires_at,expires_in,ws_url}', 'the answer has the rest of its shape');
SELECT is(:'a'::jsonb -> 'result' ->> 'expires_in', '300', 'how long');
SELECT is(extract(epoch FROM (:'a'::jsonb -> 'result' ->> 'expires_at')::timestamptz)::bigint, (:'c'::jsonb ->> 'exp')::bigint, 'until when');
SELECT is(:'a'::jsonb -> 'result' ->> 'ws_url', 'wss://chat.example:8443/ws', 'and where to');

-- The role is that of now, with what the plan lends.
UPDATE veza_data.users SET role = 'user', plan_role = 'artist', plan_role_until = now() + interval '1 day' WHERE id = :'u';
SELECT is(test.http('POST', '/api/v1/chat/token', '{}', :'u') -> 'head' -> 'seal' -> 0 -> 'claims' ->> 'role', 'artist', 'a role that the plan lends counts');
UPDATE veza_data.users SET plan_role_until = now() - interval '1 day' WHERE id = :'u';
SELECT is(test.http('POST', '/api/v1/chat/token', '{}', :'u') -> 'head' -> 'seal' -> 0 -> 'claims' ->> 'role', 'user', 'until it ends');

-- Settings.
CREATE FUNCTION pg_temp.with(setting text, value text) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    UPDATE veza_data.setting s SET value = $2 WHERE s.name = $1;
    RETURN test.http('POST', '/api/v1/chat/token', '{}', (SELECT id FROM veza_data.users WHERE username = 'Quo"te\d')) -> 'result';
END
$$;
SELECT is(pg_temp.with('chat_token_ttl', '60') ->> 'expires_in', '60', 'the lifetime is a setting');
SELECT is(test.refusal($$ SELECT pg_temp.with('chat_token_ttl', '901') $$), 'SETTING_INVALID', 'of a quarter of an hour at most');
SELECT is(pg_temp.with('chat_server_url', '') -> 'ws_url', 'null', 'without a chat server there is no address');
SELECT is(pg_temp.with('chat_server_url', 'http://me:secret@localhost:8081/x?y') ->> 'ws_url', 'ws://localhost:8081/ws', 'a password in the address is told to nobody');
SELECT lives_ok($$ SELECT veza.configure('chat_server_url', 'http://other.example') $$, 'veza-httpd may set the address');
SELECT is(pg_temp.with('chat_token_ttl', '60') ->> 'ws_url', 'ws://other.example/ws', 'which counts at once');

-- Who.
SELECT is(test.http('POST', '/api/v1/chat/token') ->> 'refusal', 'AUTH_REQUIRED', 'nobody gets none');
UPDATE veza_data.users SET status = 'suspended' WHERE id = :'u';
SELECT is(test.http('POST', '/api/v1/chat/token', '{}', :'u') ->> 'refusal', 'USER_ACCOUNT_DISABLED', 'a suspended account gets none');

SELECT * FROM finish();
ROLLBACK;
