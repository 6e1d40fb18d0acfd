-- Accounts, logins, refresh tokens: who gets in, who stays in, and what is kept about it.

BEGIN;
SELECT no_plan();

CREATE FUNCTION pg_temp.register(username text, email text, password text DEFAULT 'correct horse battery', more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http('POST', '/api/v1/auth/register', jsonb_build_object('username', $1, 'email', $2, 'password', $3) || $4)
$$;
CREATE FUNCTION pg_temp.login(email text, password text, remember_me boolean DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http('POST', '/api/v1/auth/login', jsonb_build_object('email', $1, 'password', $2, 'remember_me', $3))
$$;
CREATE FUNCTION pg_temp.refresh(token text) RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http('POST', '/api/v1/auth/refresh', jsonb_build_object('refresh_token', $1))
$$;
CREATE FUNCTION pg_temp.claims(answer jsonb) RETURNS jsonb LANGUAGE sql AS $$ SELECT $1 -> 'head' -> 'seal' -> 0 -> 'claims' $$;

-- ---- register

SELECT pg_temp.register('Dana', '  Dana@Veza.Example ', 'correct horse battery', '{"first_name": " Dana ", "last_name": "Ĉapek"}') AS a \gset
SELECT (:'a'::jsonb -> 'result' ->> 'user_id')::uuid AS u \gset
SELECT is(:'a'::jsonb -> 'head' ->> 'status', '201', 'an account is made: 201');
SELECT is((SELECT array_agg(k ORDER BY k) FROM jsonb_object_keys(:'a'::jsonb -> 'result') k), ARRAY['email', 'expires_in', 'refresh_token', 'token_type', 'user', 'user_id', 'username'],
          'it is logged in at once; the access token is added by the shim');
SELECT results_eq(format($$ SELECT username, email, role, status, is_verified, token_version, first_name, last_name FROM veza_data.users WHERE id = %L $$, :'u'),
                  $$ VALUES ('Dana', 'dana@veza.example', 'user', 'active', false, 1, 'Dana', 'Ĉapek') $$, 'as a listener, with the address in lower case');
SELECT is(:'a'::jsonb -> 'result' -> 'user', (SELECT to_jsonb(m) FROM veza_data.me_shape m WHERE id = :'u'), 'the account is in the answer');
SELECT is(pg_temp.claims(:'a') - '{iat,exp,sid}'::text[], jsonb_build_object('sub', :'u', 'token_version', 1, 'role', 'user'), 'what the shim is to sign');
SELECT is((pg_temp.claims(:'a') ->> 'exp')::bigint - (pg_temp.claims(:'a') ->> 'iat')::bigint, 900::bigint, 'for a quarter of an hour');
SELECT is(:'a'::jsonb -> 'result' ->> 'expires_in', '900', 'as the answer says');
SELECT ok(abs((pg_temp.claims(:'a') ->> 'iat')::bigint - extract(epoch FROM clock_timestamp())) < 60, 'from now on');
SELECT is((SELECT id::text FROM veza_data.session WHERE user_id = :'u'), pg_temp.claims(:'a') ->> 'sid', 'in a session of its own');
SELECT results_eq(format($$ SELECT ip_address, user_agent, remember_me, expires_at - created_at FROM veza_data.session WHERE user_id = %L $$, :'u'),
                  $$ VALUES ('192.0.2.7', 'pgTAP', false, interval '7 days') $$, 'of seven days, with where it came from');
SELECT results_eq(format($$ SELECT action, outcome, actor_kind, ip_address FROM veza_data.audit_log WHERE resource_id = %L $$, :'u'), $$ VALUES ('auth.register', 'success', 'anonymous', '192.0.2.7') $$,
                  'it is on record');
SAVEPOINT s;
UPDATE veza_data.users SET plan_role = 'creator' WHERE id = :'u';
SELECT pg_temp.claims(pg_temp.refresh(:'a'::jsonb -> 'result' ->> 'refresh_token')) ->> 'role' AS refreshed,
       pg_temp.claims(pg_temp.login('Dana', 'correct horse battery')) ->> 'role' AS logged_in \gset
ROLLBACK TO s;
SELECT is(:'refreshed'::text, 'creator', 'a token has the role that a plan gives, as the account has');
SELECT is(:'logged_in'::text, 'creator', 'also after a login');
SELECT is(pg_temp.register('Dana2', 'a@veza.example', 'correct horse battery', '{"role": "admin"}') -> 'result' -> 'user' ->> 'role', 'user', 'nobody registers as an administrator');

-- The hash.
SELECT matches(password_hash, '^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$', 'passwords are Argon2id of 19 MiB and two passes')
  FROM veza_data.users WHERE id = :'u';
SELECT is((SELECT count(DISTINCT password_hash) FROM veza_data.users WHERE password_hash LIKE '$argon2id$%'), (SELECT count(*) FROM veza_data.users WHERE password_hash LIKE '$argon2id$%'),
          'with a salt each');
SELECT is((SELECT octet_length(token_hash) FROM veza_data.refresh_token t JOIN veza_data.session s ON s.id = t.session_id WHERE s.user_id = :'u'), 32, 'of a refresh token a hash is kept');
SELECT is((SELECT token_hash FROM veza_data.refresh_token t JOIN veza_data.session s ON s.id = t.session_id WHERE s.user_id = :'u'), sha256(convert_to(:'a'::jsonb -> 'result' ->> 'refresh_token', 'UTF8')),
          'its SHA-256');
SELECT matches(:'a'::jsonb -> 'result' ->> 'refresh_token', '^[A-Za-z0-9_-]{43}$', 'the token itself has 256 random bits');

-- Twice.
SELECT is(test.refused($$ SELECT veza.auth_register('dANA', 'other@veza.example', 'correct horse battery') $$) -> 'details', '{"field": "username"}'::jsonb, 'a name once, without regard to case');
SELECT is(pg_temp.register('dana', 'dana@veza.example') ->> 'refusal', 'USER_ALREADY_EXISTS', 'which is USER_ALREADY_EXISTS');

-- Validators.
SELECT is(test.refused($$ SELECT veza.auth_register(NULL, '', 'short') $$) -> 'details',
          '[{"field": "username", "message": "is missing"}, {"field": "email", "message": "is missing"}, {"field": "password", "message": "must have at least 8 characters"}]'::jsonb,
          'all wrong fields are named in one answer');
CREATE FUNCTION pg_temp.problem(username text, email text, password text) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce((SELECT string_agg(d ->> 'field', ' ') FROM jsonb_array_elements(CASE WHEN r ->> 'code' = 'VALIDATION_ERROR' THEN r -> 'details' END) d), r ->> 'code', 'fine')
      FROM test.refused(format('SELECT veza.auth_register(%L, %L, %L)', $1, $2, $3)) r
$$;
SELECT is(pg_temp.problem(name, 'n' || n || '@veza.example', 'correct horse battery'), CASE WHEN good THEN 'fine' ELSE 'username' END, format('username %s is %s', to_json(name), CASE WHEN good THEN 'fine' ELSE 'wrong' END))
  FROM (VALUES (1, 'abc', true), (2, 'ab', false), (3, repeat('a', 30), true), (4, repeat('a', 31), false), (5, 'A_b-9', true), (6, 'a b c', false), (7, 'näme', false), (8, 'a.b.c', false),
               (9, 'admin', false), (10, 'ADMIN', false), (11, 'me', false), (12, 'by-username', false), (13, 'search', false), (14, 'a''b"c', false), (15, E' xyz\n', true), (16, E'a\nc', false),
               (17, 'admin1', true), (18, '---', true)) x(n, name, good);
SELECT is(pg_temp.problem('mail' || n, mail, 'correct horse battery'), CASE WHEN good THEN 'fine' ELSE 'email' END, format('address %s is %s', to_json(left(mail, 40)), CASE WHEN good THEN 'fine' ELSE 'wrong' END))
  FROM (VALUES (1, 'a@b.co', true), (2, 'a.b+c@d-e.example', true), (3, 'a@b', false), (4, '@b.co', false), (5, 'a@', false), (6, 'a b@c.de', false), (7, 'a@b..co', false), (8, '.a@b.co', false),
               (9, 'a.@b.co', false), (10, 'a..b@c.de', false), (11, 'a@-b.co', false), (12, 'a@b-.co', false), (13, repeat('a', 64) || '@b.co', true), (14, repeat('a', 65) || '@b.co', false),
               (15, 'a@' || repeat('b', 63) || '.co', true), (16, 'a@' || repeat('b', 64) || '.co', false), (17, 'ä@b.co', false), (18, 'a@b.co.', false), (19, 'a@b@c.de', false),
               (20, 'a@' || repeat('b.', 130) || 'co', false), (21, E'a@b.co\ncc: x@y.zz', false), (22, 'a<b@c.de', false), (23, 'a@[127.0.0.1]', false)) x(n, mail, good);
SELECT is(pg_temp.problem('pass' || n, 'p' || n || '@veza.example', password), CASE WHEN good THEN 'fine' ELSE 'password' END, format('a password of %s is %s', what, CASE WHEN good THEN 'fine' ELSE 'wrong' END))
  FROM (VALUES (1, '1234567', '7 characters', false), (2, 'tor9shel', '8', true), (3, left(repeat('tortoise shell nine ', 7), 128), '128', true), (4, repeat('a', 129), '129', false), (5, 'éàùñçõîü', '8 that take 16 bytes', true),
               (6, repeat('é', 7), '7 that take 14 bytes', false), (7, (SELECT string_agg(chr(128512 + i * 7 % 80), '') FROM generate_series(1, 128) i), '128 that take 512 bytes', true),
               (8, '        ', '8 spaces', false), (9, repeat('😀', 128), 'one sign 128 times', false)) x(n, password, what, good);

-- ---- login

SELECT is(pg_temp.login('dana@veza.example', 'correct horse battery') ->> 'refusal', NULL, 'with address and password one gets in');
SELECT is(pg_temp.login(' DANA@veza.EXAMPLE ', 'correct horse battery') ->> 'refusal', NULL, 'the address has no case');
SELECT is(pg_temp.login('dana@veza.example', 'Correct horse battery') ->> 'refusal', 'AUTH_INVALID_CREDENTIALS', 'the password has');
SELECT is(pg_temp.login('dana@veza.example', ' correct horse battery') ->> 'refusal', 'AUTH_INVALID_CREDENTIALS', 'and its spaces count');
SELECT is(pg_temp.login('dana@veza.example', 'wrong password') - 'text', pg_temp.login('nobody@veza.example', 'wrong password') - 'text', 'a wrong password and an unknown address are one answer to the letter');
SELECT is(pg_temp.login('nobody@veza.example', 'x') ->> 'raised', 'false', 'which is a value, so that its record stays');
SELECT results_eq(format($$ SELECT outcome, reason, resource_id, actor_kind, ip_address, user_agent, request_id FROM veza_data.audit_log
                             WHERE action = 'auth.login' AND outcome = 'failure' AND (resource_id = %L OR resource_id IS NULL) ORDER BY id DESC LIMIT 3 $$, :'u'),
                  format($$ VALUES ('failure', 'unknown account', NULL, 'anonymous', '192.0.2.7', 'pgTAP', 'pgtap-request'), ('failure', 'unknown account', NULL, 'anonymous', '192.0.2.7', 'pgTAP', 'pgtap-request'),
                                   ('failure', 'wrong password', %L, 'anonymous', '192.0.2.7', 'pgTAP', 'pgtap-request') $$, :'u'), 'a failed login leaves its record over HTTP');
SELECT is(test.refusal($$ SELECT veza.auth_login('dana@veza.example', 'wrong password') $$), 'AUTH_INVALID_CREDENTIALS', 'in psql it is raised');
SELECT is((SELECT count(*) FROM veza_data.session WHERE user_id = :'u'), 3::bigint, 'a failed login makes no session; several may live beside each other');
SELECT is(pg_temp.login(NULL, NULL) ->> 'refusal', 'VALIDATION_ERROR', 'address and password are needed');
SELECT is(pg_temp.login('dana@veza.example', repeat('x', 2000)) ->> 'refusal', 'VALIDATION_ERROR', 'nobody makes us hash a novel');
SELECT is((SELECT last_login_at FROM veza_data.users WHERE id = :'u'), test.now(), 'the last login is kept');
SELECT pg_temp.login('dana@veza.example', 'correct horse battery', true) AS a \gset
SELECT is((SELECT expires_at - created_at FROM veza_data.session WHERE id = (pg_temp.claims(:'a') ->> 'sid')::uuid), interval '30 days', 'remembered for 30 days');
-- The same letters in another Unicode form are the same password.
SELECT pg_temp.register('unicode', 'unicode@veza.example', U&'caf\00e9 cr\00e8me') ->> 'refusal';
SELECT is(pg_temp.login('unicode@veza.example', U&'cafe\0301 cre\0300me') ->> 'refusal', NULL, 'a password typed on another keyboard is the same');
UPDATE veza_data.users SET status = 'suspended' WHERE username = 'unicode';
SELECT is(pg_temp.login('unicode@veza.example', U&'caf\00e9 cr\00e8me') ->> 'refusal', 'USER_ACCOUNT_DISABLED', 'a disabled account is named after the right password');
SELECT is(pg_temp.login('unicode@veza.example', 'wrong password') ->> 'refusal', 'AUTH_INVALID_CREDENTIALS', 'and only then');
SELECT is((SELECT reason FROM veza_data.audit_log WHERE action = 'auth.login' AND resource_id = (SELECT id::text FROM veza_data.users WHERE username = 'unicode') ORDER BY id LIMIT 1 OFFSET 1), 'disabled account', 'both on record');

-- No secret is kept in the open.
SELECT is_empty($$ SELECT id FROM veza_data.audit_log WHERE to_jsonb(audit_log)::text ~* '(correct horse|wrong password"|argon2)' AND reason <> 'wrong password' $$, 'no password is in the audit log');

-- ---- refresh: lazy rotation

SELECT pg_temp.login('dana@veza.example', 'correct horse battery') AS a \gset
SELECT :'a'::jsonb -> 'result' ->> 'refresh_token' AS t1, pg_temp.claims(:'a') ->> 'sid' AS sid \gset
SELECT pg_temp.refresh(:'t1') AS r \gset
SELECT is((SELECT array_agg(k ORDER BY k) FROM jsonb_object_keys(:'r'::jsonb -> 'result') k), ARRAY['expires_in', 'refresh_token', 'token_type'], 'a refresh token is exchanged for new tokens');
SELECT :'r'::jsonb -> 'result' ->> 'refresh_token' AS t2 \gset
SELECT is(pg_temp.claims(:'r') ->> 'sid', :'sid', 'in the same session');
SELECT isnt(:'t1'::text, :'t2'::text, 'the new refresh token is another one');
SELECT is(pg_temp.refresh(:'t1') ->> 'refusal', NULL, 'the old one stays good until the new one is used: some clients keep it');
SELECT is(pg_temp.refresh(:'t1') ->> 'refusal', NULL, 'however often');
SELECT pg_temp.refresh(:'t2') -> 'result' ->> 'refresh_token' AS t3 \gset
SELECT isnt(:'t3'::text, '', 'the new one is used');
SELECT is(pg_temp.refresh(:'t2') ->> 'refusal', NULL, 'and may be used again until its own successor is');
SELECT is((SELECT ended_at FROM veza_data.session WHERE id = :'sid'), NULL, 'the session lives');
SELECT pg_temp.refresh(:'t1') AS r \gset
SELECT is(:'r'::jsonb ->> 'refusal', 'AUTH_REFRESH_TOKEN_INVALID', 'the old one after its successor was used: theft');
SELECT is(:'r'::jsonb ->> 'raised', 'false', 'a value, so that the end of the session stays');
SELECT is((SELECT end_reason FROM veza_data.session WHERE id = :'sid'), 'token_reuse', 'the session is ended');
SELECT is(pg_temp.refresh(:'t3') ->> 'refusal', 'AUTH_REFRESH_TOKEN_INVALID', 'for the thief and for the owner');
SELECT is((SELECT outcome || ' ' || reason FROM veza_data.audit_log WHERE action = 'auth.refresh_reuse' AND resource_id = :'sid'), 'failure a retired refresh token was used', 'it is on record');
SELECT is(test.http('GET', '/api/v1/auth/me', '{}', :'u', (:'sid')::uuid) ->> 'refusal', 'AUTH_TOKEN_INVALID', 'access tokens of the session are dead at once');
SELECT is((SELECT count(*) FROM veza_data.session WHERE user_id = :'u' AND ended_at IS NULL) > 0, true, 'other sessions live on');

-- Two exchanges of one token: the first child that is used wins.
SELECT pg_temp.login('dana@veza.example', 'correct horse battery') -> 'result' ->> 'refresh_token' AS t1 \gset
SELECT pg_temp.refresh(:'t1') -> 'result' ->> 'refresh_token' AS c1 \gset
SELECT pg_temp.refresh(:'t1') -> 'result' ->> 'refresh_token' AS c2 \gset
SELECT is(pg_temp.refresh(:'c1') ->> 'refusal', NULL, 'one child is used');
SELECT is(pg_temp.refresh(:'c2') ->> 'refusal', 'AUTH_REFRESH_TOKEN_INVALID', 'the other one is a thief''s, or its owner''s: the session ends');

-- A child that is never used retires nobody (the web app's interceptor drops it).
SELECT pg_temp.login('dana@veza.example', 'correct horse battery') -> 'result' ->> 'refresh_token' AS t1 \gset
SELECT is((SELECT count(*) FROM generate_series(1, 20) WHERE pg_temp.refresh(:'t1') ->> 'refusal' IS NULL), 20::bigint, 'a client that ignores new tokens keeps working');
SELECT test.wait('7 days');
SELECT is(pg_temp.refresh(:'t1') ->> 'refusal', 'AUTH_REFRESH_TOKEN_INVALID', 'until the session''s own end');
SELECT test.wait('-7 days');

SELECT is(pg_temp.refresh(token) ->> 'refusal', 'AUTH_REFRESH_TOKEN_INVALID', format('no token: %s', to_json(left(token, 20))))
  FROM unnest(ARRAY['', 'x', repeat('a', 43), repeat('a', 100000), :'t1' || 'a', E'\n' || :'t1']) token;
SELECT is(pg_temp.refresh(NULL) ->> 'refusal', 'VALIDATION_ERROR', 'none at all');
UPDATE veza_data.users SET status = 'suspended' WHERE id = :'u';
SELECT is(pg_temp.refresh(:'t1') ->> 'refusal', 'USER_ACCOUNT_DISABLED', 'a disabled account');
UPDATE veza_data.users SET status = 'active', role = 'artist', token_version = 5 WHERE id = :'u';
SELECT is(pg_temp.claims(pg_temp.refresh(:'t1')) - '{iat,exp,sid,sub}'::text[], '{"token_version": 5, "role": "artist"}'::jsonb, 'new tokens have the present role and version');

-- ---- logout

SELECT pg_temp.login('dana@veza.example', 'correct horse battery') AS a \gset
SELECT :'a'::jsonb -> 'result' ->> 'refresh_token' AS t, (pg_temp.claims(:'a') ->> 'sid')::uuid AS sid \gset
SELECT is(test.http('POST', '/api/v1/auth/logout', '{}', :'u', :'sid') -> 'result', '{"devices_disconnected": 1}'::jsonb, 'logged out here');
SELECT is((SELECT end_reason FROM veza_data.session WHERE id = :'sid'), 'logout', 'the session is ended');
SELECT is(pg_temp.refresh(:'t') ->> 'refusal', 'AUTH_REFRESH_TOKEN_INVALID', 'its refresh token is dead');
SELECT is(test.http('GET', '/api/v1/auth/me', '{}', :'u', :'sid') ->> 'refusal', 'AUTH_TOKEN_INVALID', 'so is its access token');
SELECT count(*) AS live FROM veza_data.session WHERE user_id = :'u' AND ended_at IS NULL \gset
SELECT cmp_ok(:'live'::bigint, '>', 1::bigint, 'other sessions live on');
SELECT id AS sid FROM veza_data.session WHERE user_id = :'u' AND ended_at IS NULL LIMIT 1 \gset
SELECT is((test.http('POST', '/api/v1/auth/logout', '{"all_devices": true}', :'u', :'sid') -> 'result' ->> 'devices_disconnected')::bigint, :'live'::bigint, 'logged out everywhere');
SELECT is((SELECT count(*) FROM veza_data.session WHERE user_id = :'u' AND ended_at IS NULL), 0::bigint, 'no session is left');
SELECT is((SELECT string_agg(details::text, ' ' ORDER BY id) FROM veza_data.audit_log WHERE action = 'auth.logout' AND resource_id = :'u'), format('{"sessions": 1} {"sessions": %s}', :'live'), 'both on record');
SELECT is((SELECT count(*) FROM veza_data.session WHERE user_id <> :'u' AND end_reason LIKE 'logout%'), 0::bigint, 'nobody else was logged out');

SELECT * FROM finish();
ROLLBACK;
