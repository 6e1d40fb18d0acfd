-- Passwords and codes: what is accepted, how it is kept, how often one may be wrong.

BEGIN;
SELECT no_plan();

UPDATE veza_data.setting SET value = 'https://app.example/' WHERE name = 'frontend_url';
UPDATE veza_data.setting SET value = '1000' WHERE name IN ('login_limit', 'password_change_limit');

CREATE FUNCTION pg_temp.register(username text, password text DEFAULT 'correct horse battery') RETURNS uuid LANGUAGE sql AS $$
    SELECT (test.http('POST', '/api/v1/auth/register', jsonb_build_object('username', $1, 'email', $1 || '@veza.example', 'password', $2)) -> 'result' ->> 'user_id')::uuid
$$;
CREATE FUNCTION pg_temp.login(name text, password text, more jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(a ->> 'refusal', 'in') FROM test.http('POST', '/api/v1/auth/login', jsonb_build_object('email', $1, 'password', $2) || $3) a
$$;
-- What is wrong with the field of a refusal.
CREATE FUNCTION pg_temp.problem(statement text, field text DEFAULT 'new_password') RETURNS text LANGUAGE sql AS $$
    SELECT coalesce((SELECT d ->> 'message' FROM jsonb_array_elements(CASE WHEN r ->> 'code' = 'VALIDATION_ERROR' THEN r -> 'details' END) d WHERE d ->> 'field' = $2), r ->> 'code', 'fine')
      FROM test.refused($1) r
$$;
CREATE FUNCTION pg_temp.hash(u uuid) RETURNS text LANGUAGE sql AS $$ SELECT password_hash FROM veza_data.users WHERE id = $1 $$;

-- ---- the rules are the same wherever a password is chosen

SELECT pg_temp.register('minnie') AS u \gset
UPDATE veza_data.users SET email = 'zebra.fan@veza.example', last_name = 'Mousetown' WHERE id = :'u';
SELECT test.act(:'u');
SELECT is(pg_temp.problem(format('SELECT veza.auth_password_change(%L, %L)', 'not the present one', password)), problem, format('changing to %s: %s', what, problem))
  FROM (VALUES ('', 'nothing', 'is missing'), ('tor9she', '7 characters', 'must have at least 8 characters'), (repeat('é', 7), '7 that take 14 bytes', 'must have at least 8 characters'),
               (repeat('a', 129), '129', 'must have at most 128 characters'), (repeat('a', 100000), '100000', 'must have at most 128 characters'), ('sunshine', 'a word', 'is easy to guess: it is made of words or passwords that many use; take several words that do not belong together'),
               ('Sunshine!1', 'a word with signs', 'is easy to guess: it is made of words or passwords that many use; take several words that do not belong together'), ('17-03-1984', 'a date', 'is easy to guess: it is made of a date; take several words that do not belong together'),
               ('aaaaaaaaaaaaaaa', 'one letter', 'is easy to guess: it repeats itself; take several words that do not belong together'), ('password123456789', 'a sequence', 'is easy to guess: it follows the alphabet, the numbers or the keyboard; take several words that do not belong together'),
               ('vezavezavezaveza', 'our name', 'is easy to guess: it has your name, your address or words of Veza in it; take several words that do not belong together'), ('music.producer.veza', 'our words', 'is easy to guess: it has your name, your address or words of Veza in it; take several words that do not belong together'), ('Mousetown-Mousetown-1', 'the last name', 'is easy to guess: it has your name, your address or words of Veza in it; take several words that do not belong together'),
               ('xx-MINNIE-xx', 'the name', 'is easy to guess: it has your name, your address or words of Veza in it; take several words that do not belong together'), ('my.Zebra.Fan.9', 'the address', 'is easy to guess: it has your name, your address or words of Veza in it; take several words that do not belong together'),
               ('veza.example 99', 'the domain of the address: only the present one is wrong', 'INVALID_CURRENT_PASSWORD'), ((SELECT string_agg(chr(128512 + i * 7 % 80), '') FROM generate_series(1, 128) i), '128 that take 512 bytes: only the present one is wrong', 'INVALID_CURRENT_PASSWORD')) x(password, what, problem);
SELECT is(pg_temp.problem($$ SELECT veza.auth_register('somebody', 'some.one@veza.example', 'my-SOMEBODY-9') $$, 'password'), 'is easy to guess: it has your name, your address or words of Veza in it; take several words that do not belong together', 'registering: not the name');
SELECT is(pg_temp.problem($$ SELECT veza.auth_register('somebody', 'some.one@veza.example', 'my-some.one-9') $$, 'password'), 'is easy to guess: it has your name, your address or words of Veza in it; take several words that do not belong together', 'registering: not the address');
SELECT is(pg_temp.problem($$ SELECT veza.auth_register('somebody', 'some.one@veza.example', 'Xaverius2024', 'Anna', 'Xaverius') $$, 'password'), 'is easy to guess: it has your name, your address or words of Veza in it; take several words that do not belong together', 'registering: not the last name');
UPDATE veza_data.setting SET value = '60' WHERE name = 'password_strength_min';
SELECT matches(pg_temp.problem($$ SELECT veza.auth_register('somebody', 'some.one@veza.example', 'tortoise shell nine') $$, 'password'), '^is easy to guess', 'stronger ones can be asked for');
UPDATE veza_data.setting SET value = '26' WHERE name = 'password_strength_min';
UPDATE veza_data.setting SET value = '12' WHERE name = 'password_min_length';
SELECT is(pg_temp.problem($$ SELECT veza.auth_register('somebody', 'some.one@veza.example', 'tortoise-9x') $$, 'password'), 'must have at least 12 characters', 'a longer minimum can be set');
UPDATE veza_data.setting SET value = '1' WHERE name = 'password_min_length';
SELECT is(pg_temp.problem($$ SELECT veza.auth_register('somebody', 'some.one@veza.example', 'tor9she') $$, 'password'), 'must have at least 8 characters', 'a shorter one than 8 has no effect');
UPDATE veza_data.setting SET value = '8' WHERE name = 'password_min_length';
SELECT is(test.refusal(format('SELECT veza.auth_password_change(%L, %L)', repeat('x', 5000), 'tortoise shell nine')), 'INVALID_CURRENT_PASSWORD', 'a novel is not hashed to be compared');
SELECT ok((SELECT n < 0.02 FROM (SELECT clock_timestamp() AS t0) a, LATERAL (SELECT test.refusal($$ SELECT veza.auth_login('minnie', repeat('x', 1025)) $$)) b, LATERAL (SELECT extract(epoch FROM clock_timestamp() - a.t0) AS n) c),
          'nor at a login');

-- One form: what is hashed is normal form C.
SELECT pg_temp.register('composed', U&'\00c5ngstr\00f6m unit 7') AS c \gset
SELECT is(pg_temp.login('composed', U&'A\030angstro\0308m unit 7'), 'in', 'decomposed letters are the same password');
SELECT is(pg_temp.login('composed', U&'\212bngstr\00f6m unit 7'), 'in', 'so is the sign for the unit');
SELECT is(pg_temp.login('composed', 'Angstrom unit 7'), 'AUTH_INVALID_CREDENTIALS', 'letters without marks are not');
SELECT is(pg_temp.login('composed', U&'\00c5ngstr\00f6m unit 7 '), 'AUTH_INVALID_CREDENTIALS', 'nothing is cut off');

-- ---- hashes of other parameters

CREATE TEMP TABLE old (what text, hash text, outdated boolean);
INSERT INTO old VALUES ('less memory, fewer passes', '$argon2id$v=19$m=8192,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$HhdGxmsoo8pSkWu74EOdjWuyMCjKM2aof0XQCAMO4jU', true),
                       ('fewer passes', '$argon2id$v=19$m=19456,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$W+2f2aTQVuXP2kOFsVBogWmXqhlPdId3xAJac1/d60o', true),
                       ('less memory', '$argon2id$v=19$m=8192,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$5tF1hN0sTy47d406iulxm29Ryx31sngEuPzUdGjOfkk', true),
                       ('more of both', '$argon2id$v=19$m=65536,t=3,p=1$c29tZXNhbHRzb21lc2FsdA$1AsYjVRIjx3K9B5uQenlmGlNu+DZxssfJ9VoKV44oIo', false);
SELECT pg_temp.register('dora') AS d \gset
CREATE FUNCTION pg_temp.relogin(u uuid, old_hash text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    wrong text;
    after_wrong boolean;
BEGIN
    UPDATE veza_data.users SET password_hash = old_hash WHERE id = u;
    wrong := pg_temp.login('dora', 'a wrong password');
    after_wrong := pg_temp.hash(u) = old_hash;
    RETURN concat_ws(', ', wrong, after_wrong, pg_temp.login('dora', 'correct horse battery'), pg_temp.hash(u) <> old_hash,
                     split_part(pg_temp.hash(u), '$', 4), pg_temp.login('dora', 'correct horse battery'));
END
$$;
SELECT is(pg_temp.relogin(:'d', hash), CASE WHEN outdated THEN 'AUTH_INVALID_CREDENTIALS, t, in, t, m=19456,t=2,p=1, in' ELSE 'AUTH_INVALID_CREDENTIALS, t, in, f, m=65536,t=3,p=1, in' END,
          what || CASE WHEN outdated THEN ': hashed anew at the next login, and only then' ELSE ': never made weaker' END) FROM old;
UPDATE veza_data.users SET password_hash = 'none' WHERE id = :'d';
SELECT is(pg_temp.login('dora', 'none'), 'AUTH_INVALID_CREDENTIALS', 'what is no hash fits no password');

-- ---- failures in a row

CREATE FUNCTION pg_temp.failures(u uuid) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce((SELECT concat_ws(' ', failures, CASE WHEN locked_at IS NOT NULL THEN 'locked' END) FROM veza_data.login_failure WHERE user_id = $1), 'none')
$$;
CREATE FUNCTION pg_temp.mails(u uuid) RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM veza_data.mail WHERE user_id = $1 AND template = 'login_locked' $$;
UPDATE veza_data.setting SET value = '4' WHERE name = 'login_failures_max';
SELECT pg_temp.register('frank') AS f \gset
SELECT pg_temp.login('frank', 'wrong') FROM generate_series(1, 3);
SELECT is(pg_temp.failures(:'f'), '3', 'failures are counted');
SELECT is(pg_temp.login('frank', 'correct horse battery'), 'in', 'one less than the limit');
SELECT is(pg_temp.failures(:'f'), 'none', 'a success forgets them');
SELECT pg_temp.login(name, 'wrong') FROM unnest('{frank,FRANK,frank@veza.example}'::text[]) name;
SELECT test.act(:'f');
-- What is refused in psql is undone, so this is asked as over HTTP.
SELECT is(test.http('PUT', '/api/v1/users/me/password', '{"current_password": "wrong", "new_password": "tortoise shell nine"}', :'f') ->> 'refusal', 'INVALID_CURRENT_PASSWORD', 'a wrong one when it is to be changed');
SELECT is(pg_temp.failures(:'f'), '4 locked', 'counts with the others, under whatever name: locked');
SELECT is(pg_temp.login('frank', 'correct horse battery'), 'AUTH_INVALID_CREDENTIALS', 'the right password is refused');
SELECT is(pg_temp.failures(:'f'), '5 locked', 'and counted');
SELECT is(test.http('PUT', '/api/v1/users/me/password', '{"current_password": "correct horse battery", "new_password": "tortoise shell nine"}', :'f') ->> 'refusal', 'INVALID_CURRENT_PASSWORD', 'here, too');
SELECT is(pg_temp.mails(:'f'), 1::bigint, 'one mail about it');
SELECT is((SELECT count(*) FROM veza_data.audit_log WHERE action = 'auth.lock' AND resource_id = :'f'), 1::bigint, 'on record once');
UPDATE veza_data.setting SET value = '0' WHERE name = 'login_failures_max';
SELECT is(pg_temp.login('frank', 'correct horse battery'), 'AUTH_INVALID_CREDENTIALS', 'no limit any more does not unlock');
UPDATE veza_data.setting SET value = '4' WHERE name = 'login_failures_max';
UPDATE veza_data.users SET status = 'suspended' WHERE id = :'f';
SELECT is(pg_temp.login('frank', 'correct horse battery'), 'AUTH_INVALID_CREDENTIALS', 'of a suspended account it says no more');
UPDATE veza_data.users SET status = 'active' WHERE id = :'f';

SELECT is(test.refused(format('SELECT veza.unlock_account(%L, %L)', :'f', ' ')) ->> 'code', 'VALIDATION_ERROR', 'unlocking needs a reason');
SELECT is(test.refusal('SELECT veza.unlock_account(NULL, NULL)'), 'VALIDATION_ERROR', 'and an account');
SELECT is(test.refusal('SELECT veza.unlock_account(gen_random_uuid(), ''why'')'), 'USER_NOT_FOUND', 'that exists');
SELECT is(test.refusal_as('veza_httpd', format('SELECT veza.unlock_account(%L, %L)', :'f', 'why')), '42501', 'veza_httpd cannot');
SELECT is(veza.unlock_account(:'f', 'called us'), true, 'an operator unlocks');
SELECT is(veza.unlock_account(:'f', 'again'), false, 'what is not locked stays so');
SELECT is(pg_temp.login('frank', 'correct horse battery'), 'in', 'the password is accepted again');

SELECT pg_temp.login('frank', 'wrong') FROM generate_series(1, 4);
INSERT INTO veza_data.one_time_token VALUES (sha256(convert_to(repeat('r', 43), 'UTF8')), :'f', 'reset_password', 'frank@veza.example', test.now(), test.now() + interval '1 hour');
SELECT isnt(veza.auth_password_reset(repeat('r', 43), 'tortoise shell nine')::text, NULL, 'a reset by mail');
SELECT is(pg_temp.login('frank', 'tortoise shell nine'), 'in', 'unlocks, too');
SELECT is(pg_temp.mails(:'f'), 2::bigint, 'each time it was locked the user was told');

-- Names that nobody has cost the same, and are forgotten.
SELECT count(*) AS n FROM veza_data.login_failure WHERE user_id IS NULL \gset
SELECT pg_temp.login('nobody-at-all', 'wrong') FROM generate_series(1, 6);
SELECT results_eq($$ SELECT failures, locked_at FROM veza_data.login_failure WHERE user_id IS NULL AND subject_hash = sha256('name nobody-at-all') $$, $$ VALUES (6, NULL::timestamptz) $$, 'a name that nobody has');
SELECT pg_temp.login(:'f', 'wrong');
SELECT is(pg_temp.failures(:'f'), 'none', 'an id instead of a name is no way to count against an account');
SELECT pg_temp.login('frank', 'wrong');
SELECT test.wait('25 hours');
SELECT test.run_jobs() IS NOT NULL AS swept \gset
SELECT is((SELECT count(*) FROM veza_data.login_failure WHERE user_id IS NULL), 0::bigint, 'names are forgotten after a day');
SELECT is(pg_temp.failures(:'f'), '1', 'failures of an account are not');

SELECT is((SELECT array_agg(language ORDER BY language) FROM veza.mail_template WHERE name = 'login_locked'), '{en,fr}', 'the mail speaks two languages');

-- ---- codes

UPDATE veza_data.setting SET value = '100' WHERE name = 'login_failures_max';
SELECT pg_temp.register('tess') AS t \gset
SELECT test.act(:'t');
SELECT length(veza.two_factor_setup() ->> 'secret') AS setup \gset
SELECT test.wait('901 seconds');
SELECT is(test.refusal(format('SELECT veza.two_factor_confirm(%L)', test.totp_code(:'t'))), 'TWO_FACTOR_NOT_ENABLED', 'a setup is over after a quarter of an hour');
SELECT length(veza.two_factor_setup() ->> 'secret') AS setup \gset
SELECT test.wait('899 seconds');
SELECT is(test.refusal(format('SELECT veza.two_factor_confirm(%L)', test.totp_code(:'t', 2))), 'VALIDATION_ERROR', 'two steps ahead is too early');
SELECT is(test.refusal(format('SELECT veza.two_factor_confirm(%L)', test.totp_code(:'t', -2))), 'VALIDATION_ERROR', 'two behind too late');
SELECT veza.two_factor_confirm(test.totp_code(:'t', -1)) AS c \gset
SELECT is(test.refusal('SELECT veza.two_factor_setup()'), 'TWO_FACTOR_ENABLED', 'one that is confirmed is not replaced');
SELECT is(pg_temp.login('tess', 'correct horse battery', jsonb_build_object('totp_code', test.totp_code(:'t', -1))), 'AUTH_2FA_INVALID', 'the code that confirmed it is used');
SELECT is(pg_temp.failures(:'t'), '1', 'which counts as a failure');
SELECT is(pg_temp.login('tess', 'correct horse battery'), 'AUTH_2FA_REQUIRED', 'no code');
SELECT is(pg_temp.failures(:'t'), '1', 'is neither failure nor success');
SELECT is(pg_temp.login('tess', 'correct horse battery', jsonb_build_object('totp_code', test.totp_code(:'t', 1))), 'in', 'one step ahead');
SELECT is(pg_temp.failures(:'t'), 'none', 'forgets it');
SELECT is(pg_temp.login('tess', 'correct horse battery', jsonb_build_object('totp_code', test.totp_code(:'t', 0))), 'AUTH_2FA_INVALID', 'an earlier one is useless then');

-- Codes of another account.
SELECT pg_temp.register('otto') AS o \gset
SELECT test.act(:'o');
SELECT length(veza.two_factor_setup() ->> 'secret') AS setup \gset
SELECT json_array_length(veza.two_factor_confirm(test.totp_code(:'o')) -> 'recovery_codes') AS n \gset
SELECT is(pg_temp.login('otto', 'correct horse battery', jsonb_build_object('recovery_code', :'c'::json -> 'recovery_codes' ->> 3)), 'AUTH_2FA_INVALID', 'somebody else''s recovery code');
SELECT is(pg_temp.login('tess', 'correct horse battery', jsonb_build_object('recovery_code', :'c'::json -> 'recovery_codes' ->> 3)), 'in', 'one''s own');

-- ---- links

INSERT INTO veza_data.one_time_token
SELECT sha256(convert_to(repeat(letter, 43), 'UTF8')), :'o', purpose, address, test.now(), test.now() + interval '1 hour'
  FROM (VALUES ('a', 'change_email', 'thief@veza.example'), ('b', 'reset_password', 'otto@veza.example'), ('c', 'verify_email', 'otto@veza.example')) x(letter, purpose, address);
INSERT INTO veza_data.mail (template, user_id, recipient, created_at) VALUES ('change_email', :'o', 'thief@veza.example', test.now());
SELECT isnt(veza.auth_password_change('correct horse battery', 'tortoise shell nine')::text, NULL, 'a password is changed');
SELECT is(test.refusal(format('SELECT veza.auth_verify_email(%L)', repeat('a', 43))), 'AUTH_LINK_INVALID', 'links that change the address end with the old one');
SELECT is(test.refusal(format('SELECT veza.auth_password_reset(%L, %L)', repeat('b', 43), 'tortoise-shell-8')), 'AUTH_LINK_INVALID', 'so do those that reset the password');
SELECT is((SELECT dropped FROM veza_data.mail WHERE template = 'change_email' AND user_id = :'o'), 'withdrawn', 'and mails with such links that have not left');
SELECT is(veza.auth_verify_email(repeat('c', 43))::jsonb, '{"verified": true}', 'the one that confirms the present address stays good');

SELECT * FROM finish();
ROLLBACK;
