-- What changes how one gets in: who proves what, what ends with it, and the limits around it.

BEGIN;
SELECT no_plan();

CREATE FUNCTION pg_temp.register(username text) RETURNS uuid LANGUAGE sql AS $$
    SELECT (test.http('POST', '/api/v1/auth/register', jsonb_build_object('username', $1, 'email', $1 || '@veza.example', 'password', 'tortoise shell 9')) -> 'result' ->> 'user_id')::uuid
$$;
CREATE FUNCTION pg_temp.login(name text, password text DEFAULT 'tortoise shell 9', more jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(a ->> 'refusal', 'in') FROM test.http('POST', '/api/v1/auth/login', jsonb_build_object('email', $1, 'password', $2) || $3) a
$$;
CREATE FUNCTION pg_temp.refresh(token text) RETURNS jsonb LANGUAGE sql AS $$ SELECT test.http('POST', '/api/v1/auth/refresh', jsonb_build_object('refresh_token', $1)) $$;
CREATE FUNCTION pg_temp.asked(method text, path text, args jsonb, u uuid) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(test.http($1, $2, $3, $4) ->> 'refusal', 'done')
$$;

-- ---- a second factor: the password, or a login of a moment ago

SELECT pg_temp.register('ada') AS u \gset
SELECT is(pg_temp.asked('POST', '/api/v1/auth/2fa/setup', '{}', :'u'), 'done', 'right after the login nothing more is asked for');
SELECT test.wait('599 s');
SELECT is(pg_temp.asked('POST', '/api/v1/auth/2fa/setup', '{}', :'u'), 'done', 'nor within ten minutes');
SELECT test.wait('2 s');
SELECT test.http('POST', '/api/v1/auth/2fa/setup', '{}', :'u') AS a \gset
SELECT is(:'a'::jsonb - '{text,result,head,hint}'::text[], '{"refusal": "REAUTHENTICATION_REQUIRED", "details": {"field": "password", "fresh_login_seconds": 600}, "raised": false}', 'later a token alone is not enough');
SELECT is((SELECT count(*) FROM veza_data.audit_log WHERE resource_id = :'u' AND action = 'auth.confirm_password'), 0::bigint, 'which is no failure');
SELECT is(pg_temp.asked('POST', '/api/v1/auth/2fa/setup', '{"password": ""}', :'u'), 'REAUTHENTICATION_REQUIRED', 'an empty password is none');
SELECT is(pg_temp.asked('POST', '/api/v1/auth/2fa/setup', '{"password": "a wrong one"}', :'u'), 'INVALID_CURRENT_PASSWORD', 'nor a wrong one');
SELECT is((SELECT cardinality(taken_at) FROM veza_data.limit_counter WHERE scope = 'password'), 1, 'which is counted');
SELECT is(pg_temp.asked('POST', '/api/v1/auth/2fa/setup', '{"password": "tortoise shell 9"}', :'u'), 'done', 'the right one is');
SELECT pg_temp.login('ada') AS l \gset
SELECT id AS fresh FROM veza_data.session WHERE user_id = :'u' ORDER BY created_at DESC LIMIT 1 \gset
SELECT is(coalesce(test.http('POST', '/api/v1/auth/2fa/setup', '{}', :'u', :'fresh') ->> 'refusal', 'done'), 'done', 'so is another login');
SELECT is(pg_temp.asked('POST', '/api/v1/auth/2fa/setup', '{}', :'u'), 'REAUTHENTICATION_REQUIRED', 'but for its own session only');
SELECT is(pg_temp.asked('POST', '/api/v1/auth/2fa/setup', '{"password": "a wrong one"}', :'u'), 'INVALID_CURRENT_PASSWORD', 'a wrong password is judged');
UPDATE veza_data.setting SET value = '0' WHERE name = 'fresh_login';
SELECT is(test.http('POST', '/api/v1/auth/2fa/setup', '{}', :'u', :'fresh') ->> 'refusal', 'REAUTHENTICATION_REQUIRED', 'no login need be fresh enough');
UPDATE veza_data.setting SET value = '600' WHERE name = 'fresh_login';

-- Codes are not found by trying.
SELECT is(pg_temp.asked('POST', '/api/v1/auth/2fa/confirm', '{"code": "000000"}', :'u'), CASE n WHEN 11 THEN 'RATE_LIMIT_EXCEEDED' ELSE 'VALIDATION_ERROR' END, format('code %s', n))
  FROM generate_series(1, 11) n WHERE test.totp_code(:'u') <> '000000';
SELECT is(pg_temp.asked('POST', '/api/v1/auth/2fa/confirm', jsonb_build_object('code', test.totp_code(:'u')), :'u'), 'RATE_LIMIT_EXCEEDED', 'the right one has to wait, too');
SELECT test.wait('3601 s');
SELECT is(pg_temp.asked('POST', '/api/v1/auth/2fa/setup', '{"password": "tortoise shell 9"}', :'u'), 'done', 'an hour later it is set up');
SELECT is(pg_temp.asked('POST', '/api/v1/auth/2fa/confirm', jsonb_build_object('code', test.totp_code(:'u')), :'u'), 'done', 'and confirmed');

-- ---- the operator's way back

SELECT is(test.refused(format('SELECT veza.reset_second_factor(%L, %L)', :'u', ' ')) ->> 'code', 'VALIDATION_ERROR', 'a second factor is reset with a reason');
SELECT is(test.refusal('SELECT veza.reset_second_factor(NULL, NULL)'), 'VALIDATION_ERROR', 'and an account');
SELECT is(test.refusal('SELECT veza.reset_second_factor(gen_random_uuid(), ''why'')'), 'USER_NOT_FOUND', 'that exists');
SELECT is(test.refusal_as('veza_httpd', format('SELECT veza.reset_second_factor(%L, %L)', :'u', 'why')), '42501', 'veza_httpd cannot');
SELECT is(pg_temp.login('ada'), 'AUTH_2FA_REQUIRED', 'whoever has lost the authenticator');
SELECT count(*) AS sent FROM test.send_mails() \gset
SET LOCAL ROLE veza_dba;
SELECT veza.reset_second_factor(:'u', 'showed a passport') AS was_enabled \gset
RESET ROLE;
SELECT is(:'was_enabled'::boolean, true, 'gets in again by an operator');
SELECT is((SELECT count(*) FROM veza_data.session WHERE user_id = :'u' AND ended_at IS NULL), 0::bigint, 'no session goes on');
SELECT is((SELECT count(*) FROM veza_data.recovery_code WHERE user_id = :'u'), 0::bigint, 'no recovery code is left');
SELECT results_eq($$ SELECT reason, outcome, details::jsonb FROM veza_data.audit_log WHERE action = 'dba.reset_second_factor' $$,
                  $$ VALUES ('showed a passport', 'success', '{"was_enabled": true, "sessions": 2}'::jsonb) $$, 'it is on record');
SELECT is((SELECT string_agg(m ->> 'subject', ', ') FROM test.send_mails() m), 'Your second factor was reset', 'the owner is told');
SELECT is((SELECT array_agg(language ORDER BY language) FROM veza.mail_template WHERE name = 'second_factor_reset'), '{en,fr}', 'in two languages');
SELECT is(pg_temp.login('ada'), 'in', 'the password is enough again');
SELECT is(veza.reset_second_factor(:'u', 'again'), false, 'where there is none');

-- ---- another username: one logs in with it

SELECT pg_temp.register('bea') AS b \gset
SELECT is(pg_temp.asked('PUT', '/api/v1/users/:id', '{"id": "me", "username": "beatrix"}', :'b'), 'done', 'right after the login a name is changed');
SELECT test.wait('601 s');
SELECT is(pg_temp.asked('PUT', '/api/v1/users/:id', '{"id": "me", "username": "bee"}', :'b'), 'REAUTHENTICATION_REQUIRED', 'later not by a token alone');
SELECT is(pg_temp.asked('PUT', '/api/v1/auth/me', '{"username": "bee"}', :'b'), 'REAUTHENTICATION_REQUIRED', 'on no way');
SELECT is(pg_temp.asked('PATCH', '/api/v1/users/:id', '{"id": "me", "username": "bee", "current_password": "wrong"}', :'b'), 'INVALID_CURRENT_PASSWORD', 'not with a wrong password');
SELECT is((SELECT username FROM veza_data.users WHERE id = :'b'), 'beatrix', 'nothing has changed');
SELECT is(pg_temp.asked('PUT', '/api/v1/users/:id', '{"id": "me", "username": "beatrix", "bio": "as before"}', :'b'), 'done', 'the present name is no change');
SELECT is(pg_temp.asked('PUT', '/api/v1/users/:id', '{"id": "me", "username": "bee", "current_password": "tortoise shell 9"}', :'b'), 'done', 'with the right one it is changed');
SELECT test.user('admin') AS admin \gset
SELECT is(pg_temp.asked('PUT', '/api/v1/users/:id', jsonb_build_object('id', :'b', 'username', 'bea'), :'admin'), 'REAUTHENTICATION_REQUIRED', 'administrators prove who they are as well');

-- What takes a way in away, or replaces it, asks for the password however fresh the login is.
SELECT pg_temp.register('cem') AS c \gset
SELECT is(pg_temp.asked(method, path, args::jsonb, :'c'), 'VALIDATION_ERROR', path || ' asks for the password')
  FROM (VALUES ('POST', '/api/v1/auth/2fa/disable', '{}'), ('POST', '/api/v1/auth/2fa/recovery-codes', '{}'), ('PUT', '/api/v1/users/me/password', '{"new_password": "another shell 22"}'),
               ('PUT', '/api/v1/users/:id', '{"id": "me", "email": "x@veza.example"}'), ('DELETE', '/api/v1/users/:id', '{"id": "me", "confirmation": "DELETE"}')) x(method, path, args);

-- ---- another password ends the tokens of this session

SELECT test.http('POST', '/api/v1/auth/login', '{"email": "cem", "password": "tortoise shell 9", "remember_me": true}') -> 'result' ->> 'refresh_token' AS old \gset
SELECT session_id AS mine FROM veza_data.refresh_token WHERE token_hash = sha256(convert_to(:'old', 'UTF8')) \gset
SELECT test.http('POST', '/api/v1/auth/login', '{"email": "cem", "password": "tortoise shell 9"}') -> 'result' ->> 'refresh_token' AS other \gset
SELECT pg_temp.asked('POST', '/api/v1/auth/2fa/setup', '{}', :'c');
SELECT test.http('PUT', '/api/v1/users/me/password', '{"current_password": "tortoise shell 9", "new_password": "another shell 22", "logout_all_devices": false}', :'c', :'mine') AS a \gset
SELECT is((:'a'::jsonb -> 'result') - 'refresh_token', '{"message": "The password is changed.", "token_type": "Bearer", "expires_in": 900}'::jsonb, 'the answer has other tokens');
SELECT is(jsonb_array_length(:'a'::jsonb -> 'head' -> 'seal'), 1, 'an access token among them');
SELECT is(pg_temp.refresh(:'old') ->> 'refusal', 'AUTH_REFRESH_TOKEN_INVALID', 'the one before is void');
SELECT is(pg_temp.refresh(:'a'::jsonb -> 'result' ->> 'refresh_token') ->> 'refusal', NULL, 'whose use does not end the new one');
SELECT is((SELECT count(*) FROM veza_data.audit_log WHERE action = 'auth.refresh_reuse'), 0::bigint, 'and is no theft');
SELECT is(pg_temp.refresh(:'other') ->> 'refusal', NULL, 'other sessions go on when that is wished');
SELECT is((SELECT array_agg(remember_me ORDER BY remember_me) FROM veza_data.session WHERE user_id = :'c' AND ended_at IS NULL), '{f,f,t}', 'it is remembered as long as before');
SELECT is((SELECT count(*) FROM veza_data.two_factor WHERE user_id = :'c'), 0::bigint, 'a second factor that was set up and not confirmed is forgotten');
SELECT test.http('PUT', '/api/v1/users/me/password', '{"current_password": "another shell 22", "new_password": "tortoise shell 9"}', :'c',
                 (SELECT id FROM veza_data.session WHERE user_id = :'c' AND ended_at IS NULL AND remember_me)) AS a \gset
SELECT is((SELECT count(*) FROM veza_data.session WHERE user_id = :'c' AND ended_at IS NULL), 1::bigint, 'else only the new one');

-- ---- the newest link alone

CREATE FUNCTION pg_temp.mail_of(path text, email text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    token text;
BEGIN
    PERFORM test.wait('1 s');
    PERFORM test.http('POST', path, jsonb_build_object('email', email));
    SELECT test.mail_token(m) INTO token FROM test.send_mails() m;
    RETURN token;
END
$$;
CREATE FUNCTION pg_temp.state(token text) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN used_at IS NULL THEN 'good' ELSE 'void' END FROM veza_data.one_time_token WHERE token_hash = sha256(convert_to($1, 'UTF8'))
$$;
UPDATE veza_data.setting SET value = '100' WHERE name IN ('mail_limit', 'email_change_limit');
SELECT pg_temp.register('dan') AS d \gset
SELECT test.mail_token(m) AS v1 FROM test.send_mails() m WHERE m ->> 'to' = 'dan@veza.example' \gset
SELECT pg_temp.mail_of('/api/v1/auth/password/reset-request', 'dan@veza.example') AS r1 \gset
SELECT pg_temp.mail_of('/api/v1/auth/password/reset-request', 'dan@veza.example') AS r2 \gset
SELECT is(test.refusal(format('SELECT veza.auth_password_reset(%L, %L)', :'r1', 'another shell 22')), 'AUTH_LINK_INVALID', 'a link is void when a newer one has been asked for');
SELECT is(pg_temp.state(:'v1'), 'good', 'a link for something else is not');
SELECT pg_temp.mail_of('/api/v1/auth/resend-verification', 'dan@veza.example') AS v2 \gset
SELECT is(pg_temp.state(:'v1') || ' ' || pg_temp.state(:'v2'), 'void good', 'so it is with confirmations');
SELECT is(pg_temp.state(:'r2'), 'good', 'which concern no reset');
SELECT pg_temp.register('eva') AS e \gset
SELECT count(*) AS sent FROM test.send_mails() \gset
SELECT pg_temp.mail_of('/api/v1/auth/password/reset-request', 'eva@veza.example') AS other \gset
SELECT is(pg_temp.state(:'r2'), 'good', 'and somebody else''s concern nobody');
SELECT pg_temp.asked('PUT', '/api/v1/users/:id', '{"id": "me", "email": "one@veza.example", "current_password": "tortoise shell 9"}', :'d');
SELECT test.mail_token(m) AS c1 FROM test.send_mails() m WHERE m ->> 'to' = 'one@veza.example' \gset
SELECT pg_temp.asked('PUT', '/api/v1/users/:id', '{"id": "me", "email": "two@veza.example", "current_password": "tortoise shell 9"}', :'d');
SELECT test.mail_token(m) AS c2 FROM test.send_mails() m WHERE m ->> 'to' = 'two@veza.example' \gset
SELECT is(pg_temp.state(:'c1') || ' ' || pg_temp.state(:'c2'), 'void good', 'and with another address');

-- A mail that is sent once more is the same mail; an older one that comes late brings no link.
SELECT test.http('POST', '/api/v1/auth/password/reset-request', '{"email": "eva@veza.example"}');
SELECT test.wait('1 s');
SELECT test.http('POST', '/api/v1/auth/password/reset-request', '{"email": "eva@veza.example"}');
CREATE TEMP TABLE claimed AS SELECT c.id, c.lease_token, m.created_at AS asked_at FROM veza.claim_effects('pgtap', '{mail_send}', 100) c
    JOIN veza_data.effect e ON e.id = c.id JOIN veza_data.mail m ON m.id = e.subject_id;
SELECT test.mail_token(veza.compose_mail(id, lease_token)) AS n1 FROM claimed ORDER BY asked_at DESC LIMIT 1 \gset
SELECT test.mail_token(veza.compose_mail(id, lease_token)) AS n2 FROM claimed ORDER BY asked_at DESC LIMIT 1 \gset
SELECT is(pg_temp.state(:'n1') || ' ' || pg_temp.state(:'n2') || ' ' || pg_temp.state(:'other'), 'good good void', 'both copies of one mail are good');
SELECT is(veza.compose_mail(id, lease_token), NULL, 'an older one that is late is not sent') FROM claimed ORDER BY asked_at LIMIT 1;
SELECT is((SELECT dropped FROM veza_data.mail WHERE recipient = 'eva@veza.example' AND template = 'reset_password' AND dropped IS NOT NULL), 'superseded', 'for that reason');
SELECT is(pg_temp.state(:'n2'), 'good', 'and ends nothing');

-- What was asked for under the old password is not sent under the new one.
SELECT test.wait('1 s');
SELECT test.http('POST', '/api/v1/auth/password/reset-request', '{"email": "eva@veza.example"}');
SELECT test.wait('1 s');
SELECT isnt(veza.auth_password_reset(:'n1', 'another shell 22')::text, NULL, 'a password is reset');
SELECT is((SELECT string_agg(m ->> 'subject', ', ') FROM test.send_mails() m), 'Your password was changed', 'a link that was asked for before is not sent');
SELECT is(pg_temp.state(:'n2'), 'void', 'nor is the other copy good');

-- ---- no window holds more than the limit

-- Takes an attempt so many seconds after the start; wrong logins of one name.
CREATE TEMP TABLE attempt (n serial, at integer, outcome text);
CREATE FUNCTION pg_temp.take_at(at integer) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM test.wait(make_interval(secs => take_at.at - coalesce((SELECT max(a.at) FROM attempt a), 0)));
    INSERT INTO attempt (at, outcome) VALUES (take_at.at, pg_temp.login('nobody-at-all', 'wrong'));
    RETURN 'done';
END
$$;
SELECT count(pg_temp.take_at(at)) FROM unnest('{0, 58, 58, 58, 58, 61, 61, 61, 61, 61, 117, 118, 119, 121}'::integer[]) at;
SELECT is((SELECT string_agg(at || ' ' || CASE outcome WHEN 'RATE_LIMIT_EXCEEDED' THEN 'wait' ELSE 'judged' END, ', ' ORDER BY n) FROM attempt),
          '0 judged, 58 judged, 58 judged, 58 judged, 58 judged, 61 judged, 61 wait, 61 wait, 61 wait, 61 wait, 117 wait, 118 judged, 119 judged, 121 judged',
          'after 1 at 0 s and 4 at 58 s, one more is judged at 61 s');
SELECT is_empty($$ SELECT a.n FROM attempt a JOIN attempt b ON b.at >= a.at AND b.at < a.at + 60 AND b.outcome <> 'RATE_LIMIT_EXCEEDED' GROUP BY a.n HAVING count(*) > 5 $$,
                'no minute holds more than five, wherever it begins');
SELECT results_eq($$ SELECT test.http('POST', '/api/v1/auth/login', '{"email": "nobody-at-all", "password": "wrong"}') -> 'details' ->> 'retry_after' FROM generate_series(1, 3) $$,
                  $$ VALUES (NULL), (NULL), ('57') $$, 'two are left, and how long to wait for a third is said exactly');

-- A good login is not counted, and forgives nothing.
SELECT pg_temp.register('fay') AS f \gset
SELECT pg_temp.login('fay', 'wrong') FROM generate_series(1, 4);
SELECT is(pg_temp.login('fay'), 'in', format('good login %s', n)) FROM generate_series(1, 6) n;
SELECT is(pg_temp.login('fay', 'wrong'), 'AUTH_INVALID_CREDENTIALS', 'a fifth wrong one');
SELECT is(pg_temp.login('fay', 'wrong'), 'RATE_LIMIT_EXCEEDED', 'a sixth has to wait, whatever came between');

-- A sibling: changes of the address, five a day.
UPDATE veza_data.setting SET value = '5' WHERE name = 'email_change_limit';
CREATE FUNCTION pg_temp.wish(u uuid, pause interval) RETURNS text LANGUAGE sql AS $$
    SELECT test.wait($2);
    SELECT pg_temp.asked('PUT', '/api/v1/users/:id', jsonb_build_object('id', 'me', 'email', gen_random_uuid() || '@veza.example', 'current_password', 'tortoise shell 9'), $1)
$$;
SELECT is((SELECT string_agg(pg_temp.wish(:'f', pause), ' ') FROM unnest('{0 s, 23 h 50 min, 1 s, 1 s, 1 s, 20 min, 1 s, 1 s}'::interval[]) pause),
          'done done done done done done RATE_LIMIT_EXCEEDED RATE_LIMIT_EXCEEDED', 'no day holds more than five changes of the address');

SELECT test.wait('25 hours');
SELECT test.run_jobs() IS NOT NULL AS swept \gset
SELECT is((SELECT count(*) FROM veza_data.limit_counter), 0::bigint, 'what is over is forgotten');

SELECT * FROM finish();
ROLLBACK;
