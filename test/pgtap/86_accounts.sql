-- Accounts beyond the login: whose address it is, mails, one-time tokens, passwords, sessions, second factors, roles of plans.

BEGIN;
SELECT no_plan();

UPDATE veza_data.setting SET value = 'https://app.example' WHERE name = 'frontend_url';

CREATE FUNCTION pg_temp.register(username text, email text, password text DEFAULT 'tortoise shell nine') RETURNS uuid LANGUAGE sql AS $$
    SELECT (test.http('POST', '/api/v1/auth/register', jsonb_build_object('username', $1, 'email', $2, 'password', $3)) -> 'result' ->> 'user_id')::uuid
$$;
CREATE FUNCTION pg_temp.login(email text, password text, more jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(a ->> 'refusal', a -> 'result' -> 'user' ->> 'username')
      FROM test.http('POST', '/api/v1/auth/login', jsonb_build_object('email', $1, 'password', $2) || $3) a
$$;


-- ---- whose address it is

SELECT pg_temp.register('owner', 'shared@veza.example') AS u \gset
SELECT test.send_mails() AS m \gset
SELECT is(:'m'::jsonb ->> 'to', 'shared@veza.example', 'a new account is asked to confirm its address');
SELECT matches(:'m'::jsonb ->> 'text', 'https://app\.example/verify-email\?token=[A-Za-z0-9_-]{43}\n', 'with a link');
SELECT is((SELECT count(*) FROM veza_data.one_time_token WHERE token_hash = sha256(convert_to(test.mail_token(:'m'), 'UTF8'))), 1::bigint, 'whose token is kept as a hash');
SELECT is((SELECT count(*) FROM veza_data.effect e, veza_data.mail l WHERE strpos(e::text || l::text, test.mail_token(:'m')) > 0), 0::bigint, 'and nowhere else');
SELECT is(test.refusal(format('SELECT veza.auth_password_reset(%L, %L)', test.mail_token(:'m'), 'whatever-else-77')), 'AUTH_LINK_INVALID', 'it resets no password');
SELECT is(veza.auth_verify_email(test.mail_token(:'m'), 'tortoise shell nine')::jsonb, '{"verified": true}', 'it confirms the address, with the password of the account');
SELECT is(test.refusal(format('SELECT veza.auth_verify_email(%L)', test.mail_token(:'m'))), 'AUTH_LINK_INVALID', 'once');
SELECT is((SELECT is_verified FROM veza_data.users WHERE id = :'u'), true, 'the account is confirmed');

SELECT isnt(pg_temp.register('guest', 'Shared@Veza.example', 'tortoise-shell-8'), NULL, 'a second account may name the address: registering betrays nothing');
SELECT test.send_mails() AS m \gset
SELECT is(:'m'::jsonb ->> 'subject', 'You have an account already', 'its owner is told');
SELECT is(test.mail_token(:'m'), NULL, 'and nobody gets a token');
SELECT is(pg_temp.login('shared@veza.example', 'tortoise shell nine'), 'owner', 'the owner logs in with the address');
SELECT is(pg_temp.login('shared@veza.example', 'tortoise-shell-8'), 'AUTH_INVALID_CREDENTIALS', 'the other one does not');
SELECT is(pg_temp.login('GUEST', 'tortoise-shell-8'), 'guest', 'but with the name');
SELECT is(pg_temp.login('shared@veza.example', 'tortoise-shell-7'), 'AUTH_INVALID_CREDENTIALS', 'a third password is wrong');
SELECT is((SELECT count(DISTINCT split_part(password_hash, '$', 5)) FROM veza_data.users WHERE email = 'shared@veza.example'), 2::bigint, 'each has a salt of its own');
SELECT throws_ok(format($$ UPDATE veza_data.users SET is_verified = true WHERE username = 'guest' $$), '23505', NULL, 'an address has one owner');

SELECT pg_temp.register('first', 'race@veza.example') AS a \gset
SELECT pg_temp.register('second', 'race@veza.example') AS b \gset
CREATE TEMP TABLE mails AS SELECT m FROM test.send_mails() m;
SELECT is((SELECT count(*) FROM mails), 2::bigint, 'of two who name an address both are asked to confirm it');
SELECT veza.auth_verify_email(test.mail_token(m), 'tortoise shell nine') FROM mails WHERE m ->> 'text' LIKE '%Hello second%';
SELECT results_eq($$ SELECT user_id, is_confirmed FROM veza_data.address_account WHERE address = 'race@veza.example' $$, format('VALUES (%L::uuid, true)', :'b'), 'who does it first has it');
SELECT is(test.refusal(format('SELECT veza.auth_verify_email(%L, %L)', test.mail_token(m), 'tortoise shell nine')), 'AUTH_LINK_INVALID', 'and the other one cannot confirm it any more') FROM mails WHERE m ->> 'text' LIKE '%Hello first%';

-- ---- asking for mails

SELECT is(veza.auth_resend_verification('nobody@veza.example')::jsonb, veza.auth_resend_verification('shared@veza.example')::jsonb, 'the answer is the same for every address');
SELECT is((SELECT count(*) FROM test.send_mails()), 0::bigint, 'but neither gets a mail');
SELECT results_eq($$ SELECT recipient, dropped FROM veza_data.mail WHERE dropped IS NOT NULL ORDER BY 1 $$,
                  $$ VALUES ('nobody@veza.example', 'no account'), ('shared@veza.example', 'confirmed already') $$, 'and it is on record why');
SELECT veza.auth_password_reset_request('shared@veza.example') FROM generate_series(1, 5);
SELECT is((SELECT count(*) FROM test.send_mails()), 3::bigint, 'at most three mails of a kind an hour');
SELECT is(test.refusal($$ SELECT veza.auth_password_reset_request(E'a@b.co\nBcc: x@y.zz') $$), 'VALIDATION_ERROR', 'an address is an address');

-- ---- forgotten and changed passwords

SELECT test.wait(interval '4000 s');
SELECT veza.auth_password_reset_request('SHARED@veza.example');
SELECT test.send_mails() AS m \gset
SELECT is(test.refusal(format('SELECT veza.auth_password_reset(%L, %L)', test.mail_token(:'m'), 'sunshine')), 'VALIDATION_ERROR', 'a common word is no password');
SELECT is(test.refusal(format('SELECT veza.auth_password_reset(%L, %L)', test.mail_token(:'m'), 'my-OWNER-is-me')), 'VALIDATION_ERROR', 'nor is what contains the name');
SELECT isnt(veza.auth_password_reset(test.mail_token(:'m'), 'brand-new-shell-1')::text, NULL, 'the token is still good');
SELECT is((SELECT count(*) FROM veza_data.session WHERE user_id = :'u' AND ended_at IS NULL), 0::bigint, 'all sessions end');
SELECT is((SELECT token_version FROM veza_data.users WHERE id = :'u'), 2, 'and all access tokens');
SELECT is(pg_temp.login('shared@veza.example', 'brand-new-shell-1'), 'owner', 'the new password is good');
SELECT is(pg_temp.login('shared@veza.example', 'tortoise shell nine'), 'AUTH_INVALID_CREDENTIALS', 'the old one is not');
SELECT is((SELECT m ->> 'subject' FROM test.send_mails() m), 'Your password was changed', 'the user is told');

SELECT test.act(:'u');
SELECT is(test.refusal($$ SELECT veza.auth_password_change('wrong', 'another-shell-22') $$), 'INVALID_CURRENT_PASSWORD', 'changing it needs the present one');
SELECT isnt(veza.auth_password_change('brand-new-shell-1', 'another-shell-22')::text, NULL, 'with it, it is changed');
SELECT is((SELECT string_agg(reason, ', ' ORDER BY id) FROM veza_data.audit_log WHERE resource_id = :'u' AND action = 'auth.password_change' AND outcome = 'success'), NULL, 'without a reason');
SELECT is((SELECT count(*) FROM veza_data.audit_log WHERE resource_id = :'u' AND action = 'auth.password_change'), 1::bigint, 'on record');

-- ---- guessing

SELECT pg_temp.login('shared@veza.example', 'guess') FROM generate_series(1, 5);
SELECT is(pg_temp.login('shared@veza.example', 'another-shell-22'), 'RATE_LIMIT_EXCEEDED', 'after five wrong ones the right one has to wait, too');
SELECT is(test.http('POST', '/api/v1/auth/login', '{"email": "shared@veza.example", "password": "another-shell-22"}') #- '{details,retry_after}' -> 'details',
          '{"budget": "login", "limit": 5, "window_seconds": 60}', 'and is told which limit it was');
SELECT veza.record_rate_limit('192.0.2.7', 'login');
SELECT is((SELECT to_jsonb(a) - '{id,at,cluster,xact,db_role,actor_id,actor_kind,request_id}'::text[] FROM jsonb_strip_nulls((SELECT to_jsonb(l) FROM veza_data.audit_log l ORDER BY id DESC LIMIT 1)) a),
          '{"action": "security.rate_limit", "outcome": "failure", "ip_address": "192.0.2.7",
            "resource_type": "rate_limit", "resource_id": "login"}', 'a refusal by veza-httpd is on record, with the address');
SELECT is(test.refusal($$ SELECT veza.record_rate_limit(NULL, NULL) $$), 'VALIDATION_ERROR', 'which both are needed for');
SELECT test.wait(interval '61 s');
SELECT is(pg_temp.login('shared@veza.example', 'another-shell-22'), 'owner', 'a minute');

-- ---- the second factor

SELECT is(test.refusal($$ SELECT veza.two_factor_confirm('123456') $$), 'TWO_FACTOR_NOT_ENABLED', 'there is no second factor');
SELECT matches(veza.two_factor_setup() ->> 'otpauth_url', '^otpauth://totp/Veza:owner\?secret=[A-Z2-7]{32}&issuer=Veza', 'it is set up');
SELECT is(pg_temp.login('owner', 'another-shell-22'), 'owner', 'and asked for only when it is confirmed');
SELECT is(test.refusal($$ SELECT veza.two_factor_confirm('12345') $$), 'VALIDATION_ERROR', 'by its first code');
SELECT veza.two_factor_confirm(test.totp_code(:'u')) AS c \gset
SELECT is(json_array_length(:'c'::json -> 'recovery_codes'), 8, 'which gives out eight recovery codes');
SELECT is(pg_temp.login('owner', 'another-shell-22'), 'AUTH_2FA_REQUIRED', 'from now on logins ask for it');
SELECT is(pg_temp.login('owner', 'wrong-password'), 'AUTH_INVALID_CREDENTIALS', 'but only after the right password');
SELECT is(pg_temp.login('owner', 'another-shell-22', jsonb_build_object('totp_code', test.totp_code(:'u'))), 'AUTH_2FA_INVALID', 'a code works once');
SELECT is(pg_temp.login('owner', 'another-shell-22', jsonb_build_object('totp_code', test.totp_code(:'u', 1))), 'owner', 'the next one is good');
SELECT is(pg_temp.login('owner', 'another-shell-22', jsonb_build_object('recovery_code', lower(:'c'::json -> 'recovery_codes' ->> 0))), 'owner', 'a recovery code, too');
SELECT is(pg_temp.login('owner', 'another-shell-22', jsonb_build_object('recovery_code', :'c'::json -> 'recovery_codes' ->> 0)), 'AUTH_2FA_INVALID', 'once');
SELECT is(veza.two_factor_status()::jsonb ->> 'recovery_codes_left', '7', 'seven are left');
SELECT is(test.refusal($$ SELECT veza.two_factor_disable('wrong') $$), 'INVALID_CURRENT_PASSWORD', 'it is disabled with the password');
SELECT is(veza.two_factor_disable('another-shell-22')::jsonb, '{"enabled": false, "recovery_codes": []}', 'and only with it');
SELECT test.wait(interval '61 s');
SELECT is(pg_temp.login('owner', 'another-shell-22'), 'owner', 'then logins do not ask for it');

-- ---- sessions

SELECT is(json_array_length(veza.auth_sessions()), (SELECT count(*)::int FROM veza_data.session WHERE user_id = :'u' AND ended_at IS NULL), 'one''s sessions are listed');
SELECT id AS s FROM veza_data.session WHERE user_id = :'u' AND ended_at IS NULL LIMIT 1 \gset
SELECT is(veza.auth_session_revoke(:'s')::jsonb, '{"revoked": true}', 'one of them is ended');
SELECT is(test.refusal(format('SELECT veza.auth_session_revoke(%L)', :'s')), 'SESSION_NOT_FOUND', 'once');
SELECT test.act(:'b');
SELECT id AS s FROM veza_data.session WHERE user_id = :'u' AND ended_at IS NULL LIMIT 1 \gset
SELECT is(test.refusal(format('SELECT veza.auth_session_revoke(%L)', :'s')), 'SESSION_NOT_FOUND', 'somebody else''s is not there');

-- ---- roles of plans

SELECT test.active(test.user()) AS s \gset
SELECT user_id AS p FROM veza_data.subscription WHERE id = :'s' \gset
SELECT is((SELECT role FROM veza_data.me_shape WHERE id = :'p'), 'creator', 'the pro plan makes a creator');
SELECT is((SELECT role FROM veza_data.users WHERE id = :'p'), 'user', 'on top of what the account is');
SELECT veza.subscription_cancel(false);
SELECT is((SELECT role FROM veza_data.me_shape WHERE id = :'p'), 'user', 'and it ends with the plan');

SELECT * FROM finish();
ROLLBACK;
