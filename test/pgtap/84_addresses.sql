-- Whose account an address means: what strangers can do who name somebody's address, and what they cannot.

BEGIN;
SELECT no_plan();

UPDATE veza_data.setting SET value = '1000' WHERE name IN ('login_limit', 'password_change_limit');

CREATE FUNCTION pg_temp.register(username text, email text, password text DEFAULT 'tortoise shell nine') RETURNS uuid LANGUAGE sql AS $$
    SELECT (test.http('POST', '/api/v1/auth/register', jsonb_build_object('username', $1, 'email', $2, 'password', $3)) -> 'result' ->> 'user_id')::uuid
$$;
CREATE FUNCTION pg_temp.login(email text, password text) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(a ->> 'refusal', a -> 'result' -> 'user' ->> 'username')
      FROM test.http('POST', '/api/v1/auth/login', jsonb_build_object('email', $1, 'password', $2)) a
$$;
CREATE FUNCTION pg_temp.confirm(token text, password text DEFAULT NULL, who uuid DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(a ->> 'refusal', a ->> 'result') FROM test.http('POST', '/api/v1/auth/verify-email', jsonb_build_object('token', $1, 'password', $2), $3, test.session_of($3)) a
$$;
CREATE FUNCTION pg_temp.failures(who uuid) RETURNS integer LANGUAGE sql AS $$ SELECT coalesce((SELECT failures FROM veza_data.login_failure WHERE user_id = who), 0) $$;
-- Whom an address identifies, and how.
CREATE FUNCTION pg_temp.meaning(address text) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce((SELECT string_agg(u.username || CASE WHEN a.is_confirmed THEN ' by confirmation' ELSE ' by the first claim' END, ', ')
                       FROM veza_data.address_account a JOIN veza_data.users u ON u.id = a.user_id WHERE a.address = $1), 'nobody')
$$;
-- The mails that leave now, by whom they are about.
CREATE TABLE pg_temp.mail (to_address text, subject text, about text, token text);
CREATE FUNCTION pg_temp.post() RETURNS void LANGUAGE sql AS $$
    TRUNCATE mail;
    INSERT INTO mail SELECT m ->> 'to', m ->> 'subject', substring(m ->> 'text' from 'account ([a-z0-9-]+)'), test.mail_token(m) FROM test.send_mails() m;
$$;
CREATE FUNCTION pg_temp.about() RETURNS text LANGUAGE sql AS $$ SELECT string_agg(about, ' ' ORDER BY about) FROM mail $$;
CREATE FUNCTION pg_temp.token(about text) RETURNS text LANGUAGE sql AS $$ SELECT token FROM mail WHERE mail.about = $1 LIMIT 1 $$;

-- ---- the stranger comes second: nothing changes for the first

SELECT pg_temp.register('early', 'early@veza.example', 'slow-pebble-915') AS early \gset
SELECT is(pg_temp.meaning('early@veza.example'), 'early by the first claim', 'an address that nobody else claims identifies the account');
SELECT pg_temp.login('early@veza.example', 'no') FROM generate_series(1, 3);
SELECT is(pg_temp.failures(:'early'), 3, 'guesses are counted');
SELECT pg_temp.register('squat', 'early@veza.example', 'tall-meadow-332') AS squat \gset
SELECT is(pg_temp.meaning('early@veza.example'), 'early by the first claim', 'a second claim does not change that');
SELECT is(pg_temp.login('early@veza.example', 'tall-meadow-332'), 'AUTH_INVALID_CREDENTIALS', 'the password of the second account does not log in with the address');
SELECT is(pg_temp.failures(:'early'), 4, 'which is a failure like any other, and clears no counter');
SELECT is(pg_temp.failures(:'squat'), 0, 'of the account that the address identifies alone');
SELECT is(pg_temp.login('squat', 'tall-meadow-332'), 'squat', 'the second account logs in by its name');
SELECT is(pg_temp.failures(:'early'), 4, 'which clears no counter of the other one either');
SELECT test.act(:'squat');
SELECT veza.auth_password_change('tall-meadow-332', 'slow-pebble-915');
SELECT veza.stop_acting();
SELECT is(pg_temp.login('early@veza.example', 'slow-pebble-915'), 'early', 'a guess that is right is nothing that the stranger''s password could have told');
SELECT is(pg_temp.failures(:'early'), 0, 'the owner''s login clears the counter');

UPDATE veza_data.setting SET value = '5' WHERE name = 'login_failures_max';
SELECT pg_temp.login('squat', 'no') FROM generate_series(1, 5);
SELECT is(pg_temp.login('squat', 'slow-pebble-915'), 'AUTH_INVALID_CREDENTIALS', 'the second account is locked');
SELECT is(pg_temp.login('early@veza.example', 'slow-pebble-915'), 'early', 'the first is not');
SELECT pg_temp.login('early@veza.example', 'no') FROM generate_series(1, 5);
SELECT is(pg_temp.login('early', 'slow-pebble-915'), 'AUTH_INVALID_CREDENTIALS', 'a hundred failures lock the account that the address identifies');
SELECT pg_temp.post();
SELECT is((SELECT count(*) FROM mail WHERE subject = 'Your password is no longer accepted'), 1::bigint, 'whose user is told; of the stranger''s account nothing is told there');
SELECT is((SELECT about FROM mail WHERE subject = 'Your password is no longer accepted'), 'early', 'by name');
SELECT veza.auth_password_reset_request('early@veza.example');
SELECT pg_temp.post();
SELECT is(pg_temp.about(), 'early squat', 'a reset asked for by the address has a mail for each account, which it names');
SELECT veza.auth_password_reset(pg_temp.token('early'), 'wide-candle-771');
SELECT is(pg_temp.login('early@veza.example', 'wide-candle-771'), 'early', 'so the way back is open');
UPDATE veza_data.setting SET value = '100' WHERE name = 'login_failures_max';

-- ---- the stranger comes first

SELECT pg_temp.register('dear-user', 'late@veza.example', 'green-rocket-118') AS stranger \gset
SELECT pg_temp.register('victim', 'late@veza.example', 'quiet-lantern-71') AS victim \gset
SELECT is(pg_temp.login('late@veza.example', 'quiet-lantern-71'), 'AUTH_INVALID_CREDENTIALS', 'who comes second logs in by name until the address is confirmed');
SELECT is(pg_temp.login('victim', 'quiet-lantern-71'), 'victim', 'which works at once');
SELECT pg_temp.login('late@veza.example', 'no') FROM generate_series(1, 10);
SELECT is(pg_temp.failures(:'victim'), 0, 'guesses by the address do not count for it');
SELECT pg_temp.post();
SELECT veza.auth_resend_verification('late@veza.example');
SELECT pg_temp.post();
SELECT is(pg_temp.about(), 'dear-user victim', 'a confirmation asked for by the address has a mail for each account, which it names');
SELECT is(pg_temp.confirm(pg_temp.token('dear-user')), 'AUTH_ACCOUNT_PROOF_REQUIRED', 'the owner of the mailbox clicks on the stranger''s link: nothing happens');
SELECT is(test.http('POST', '/api/v1/auth/verify-email', jsonb_build_object('token', pg_temp.token('dear-user'))) -> 'details', '{"username": "dear-user"}', 'but to be told whose it is');
SELECT is(pg_temp.confirm(pg_temp.token('dear-user'), NULL, :'victim'), 'AUTH_ACCOUNT_PROOF_REQUIRED', 'also from within another account');
SELECT is(pg_temp.confirm(pg_temp.token('dear-user'), 'quiet-lantern-71'), 'INVALID_CURRENT_PASSWORD', 'or with its password');
SELECT is(pg_temp.failures(:'stranger'), 12, 'which is counted like a login that failed');
SELECT is(pg_temp.meaning('late@veza.example'), 'dear-user by the first claim', 'so far the address is nobody''s by right');
SELECT is(pg_temp.confirm(pg_temp.token('victim'), NULL, :'victim'), '{"verified": true}', 'the victim confirms from within the own account');
SELECT is(pg_temp.meaning('late@veza.example'), 'victim by confirmation', 'and has the address');
SELECT is(pg_temp.login('late@veza.example', 'quiet-lantern-71'), 'victim', 'which logs in now');
SELECT is(pg_temp.login('late@veza.example', 'green-rocket-118'), 'AUTH_INVALID_CREDENTIALS', 'the stranger no more');
SELECT is(pg_temp.login('dear-user', 'green-rocket-118'), 'dear-user', 'whose account lives on by its name');
SELECT is(pg_temp.confirm(pg_temp.token('dear-user'), 'green-rocket-118'), 'AUTH_LINK_INVALID', 'but cannot take the address');
SELECT is((SELECT email FROM veza_data.me_shape WHERE id = :'stranger'), 'late@veza.example', 'nor learn from its own account that somebody has it');
SELECT veza.auth_password_reset_request('late@veza.example');
SELECT pg_temp.post();
SELECT is(pg_temp.about(), 'victim', 'a reset is for the victim''s account alone');
SELECT test.act(:'stranger');
SELECT veza.auth_password_change('green-rocket-118', 'green-rocket-229');
SELECT veza.stop_acting();
SELECT pg_temp.post();
SELECT is(pg_temp.about(), NULL, 'what happens to the stranger''s account is not mailed to the victim');
-- The stranger leaves; what was asked for by the victim's address meanwhile is the victim's.
DELETE FROM veza_data.mail WHERE recipient = 'late@veza.example';
SELECT veza.auth_password_reset_request('late@veza.example');
SELECT test.act(:'stranger');
SELECT veza.account_delete('me', 'green-rocket-229', 'DELETE');
SELECT veza.stop_acting();
SELECT pg_temp.post();
SELECT is(pg_temp.about(), 'victim', 'a stranger who leaves takes no mail along, and gets no farewell there');
SELECT is((SELECT count(*) FROM veza_data.address_claim WHERE user_id IN (:'stranger', :'victim')), 0::bigint, 'no claim is left');

-- ---- another address is a claim, too

SELECT pg_temp.register('mover', 'mover@veza.example', 'loud-window-540') AS mover \gset
SELECT test.act(:'mover');
SELECT veza.user_update_me(email => 'wanted@veza.example', current_password => 'loud-window-540') IS NOT NULL;
SELECT is(pg_temp.meaning('wanted@veza.example'), 'nobody', 'a wish identifies nobody');
SELECT veza.stop_acting();
SELECT pg_temp.register('home', 'wanted@veza.example', 'plain-harbour-46') AS home \gset
SELECT pg_temp.post();
SELECT veza.auth_resend_verification('wanted@veza.example');
SELECT pg_temp.post();
SELECT is(pg_temp.about(), 'home mover', 'the mail is sent again for both');
SELECT is(pg_temp.confirm(pg_temp.token('mover')), 'AUTH_ACCOUNT_PROOF_REQUIRED', 'the owner of the mailbox gives it to nobody by a click');
SELECT veza.auth_password_reset_request('wanted@veza.example');
SELECT pg_temp.post();
SELECT is(pg_temp.about(), 'home', 'a reset is for those whose own address it is');
SELECT test.act(:'mover');
SELECT veza.user_update_me(email => 'mover@veza.example') IS NOT NULL;
SELECT is((SELECT count(*) FROM veza_data.address_claim WHERE user_id = :'mover' AND address = 'wanted@veza.example'), 0::bigint, 'a wish that is taken back is no claim');
SELECT veza.user_update_me(email => 'wanted@veza.example', current_password => 'loud-window-540') IS NOT NULL;
SELECT veza.auth_password_change('loud-window-540', 'loud-window-651');
SELECT is((SELECT count(*) FROM veza_data.address_claim WHERE user_id = :'mover' AND address = 'wanted@veza.example'), 0::bigint, 'nor is one that another password has ended');
SELECT is(pg_temp.meaning('wanted@veza.example'), 'nobody', 'the claim that came second does not move up');
SELECT veza.stop_acting();

-- ---- claims are bounded

SELECT pg_temp.register('first', 'many@veza.example', 'copper-violin-33') AS first \gset
SELECT pg_temp.post();
SELECT pg_temp.token('first') AS first_token \gset
SELECT pg_temp.register('owner', 'many@veza.example', 'amber-ferry-208') AS owner \gset
SELECT pg_temp.post();
SELECT pg_temp.token('owner') AS owner_token \gset
SELECT is((SELECT count(*) FROM generate_series(1, 20) n WHERE pg_temp.register('crowd' || n, 'many@veza.example') IS NOT NULL), 20::bigint, 'twenty more register, as anybody can');
SELECT is((SELECT count(*) FROM veza_data.address_claim WHERE address = 'many@veza.example' AND is_open), 5::bigint, 'five claims are open');
SELECT is(pg_temp.meaning('many@veza.example'), 'first by the first claim', 'the first one among them');
SELECT is((SELECT is_open FROM veza_data.address_claim WHERE user_id = (SELECT id FROM veza_data.users WHERE username = 'crowd20')), true, 'and the newest');
SELECT is(pg_temp.login('many@veza.example', 'copper-violin-33'), 'first', 'the crowd locks nobody out of the login by the address');
SELECT is((SELECT count(*) FROM veza_data.users WHERE username ~ '^crowd' AND email = 'many@veza.example'), 20::bigint, 'to each its account looks like any other');
SELECT pg_temp.post();
SELECT is((SELECT count(*) FROM mail) <= 15, true, 'the mailbox gets no more than as many mails an hour as five claims have');
SELECT veza.auth_password_reset_request('many@veza.example');
SELECT pg_temp.post();
SELECT is((SELECT count(*) FROM mail WHERE about = 'first'), 1::bigint, 'the crowd locks nobody out of the reset');
SELECT is((SELECT count(*) FROM mail), 5::bigint, 'which is for five accounts at most');
SELECT veza.auth_resend_verification('many@veza.example');
SELECT pg_temp.post();
SELECT is((SELECT count(*) FROM mail WHERE about = 'first'), 1::bigint, 'nor out of the confirmation');
SELECT test.act((SELECT id FROM veza_data.users WHERE username = 'crowd1'));
SELECT veza.auth_resend_verification('many@veza.example');
SELECT veza.stop_acting();
SELECT is((SELECT is_open AND NOT is_first FROM veza_data.address_claim WHERE user_id = (SELECT id FROM veza_data.users WHERE username = 'crowd1')), true,
          'who is logged in opens a claim again that was crowded out');
SELECT is((SELECT count(*) FROM veza_data.address_claim WHERE address = 'many@veza.example' AND is_open), 5::bigint, 'in the place of another one');
SELECT pg_temp.post();
SELECT test.wait('61 minutes');
SELECT test.act((SELECT id FROM veza_data.users WHERE username = 'crowd1'));
SELECT veza.auth_resend_verification('many@veza.example');
SELECT veza.stop_acting();
SELECT pg_temp.post();
SELECT is(pg_temp.about(), 'crowd1', 'and gets the one mail for the own account');
SELECT is(pg_temp.confirm(:'owner_token', 'amber-ferry-208'), '{"verified": true}', 'whose claim was crowded out confirms with the mail that was sent');
SELECT is(pg_temp.meaning('many@veza.example'), 'owner by confirmation', 'and has the address');
SELECT is((SELECT count(*) FROM veza_data.address_claim WHERE address = 'many@veza.example' AND is_open), 0::bigint, 'no other claim is open then');
SELECT is(pg_temp.confirm(:'first_token', 'copper-violin-33'), 'AUTH_LINK_INVALID', 'not even the first');
SELECT pg_temp.register('crowd' || n, 'many@veza.example') FROM generate_series(21, 30) n;
SELECT pg_temp.post();
SELECT is((SELECT string_agg(DISTINCT subject, ', ') || ' ' || count(*) FROM mail), 'You have an account already 3', 'its owner is told, three times an hour at most');

-- ---- claims end

SELECT pg_temp.register('idle', 'idle@veza.example') AS idle \gset
SELECT pg_temp.register('moving', 'moving@veza.example') AS moving \gset
SELECT pg_temp.post();
SELECT pg_temp.confirm(pg_temp.token('moving'), 'tortoise shell nine');
SELECT test.act(:'moving');
SELECT veza.user_update_me(email => 'moved@veza.example', current_password => 'tortoise shell nine') IS NOT NULL;
SELECT veza.stop_acting();
SELECT test.wait('6 days 23 hours');
SELECT rows FROM test.jobs() WHERE job = 'end_claims';
SELECT is(pg_temp.meaning('idle@veza.example'), 'idle by the first claim', 'a claim lives for a week');
SELECT test.wait('2 hours');
SELECT test.run_jobs();
SELECT is(pg_temp.meaning('idle@veza.example'), 'nobody', 'then it ends');
SELECT results_eq(format('SELECT email, pending_email, is_verified FROM veza_data.users WHERE id IN (%L, %L) ORDER BY username', :'idle', :'moving'),
                  $$ VALUES (NULL::text, NULL::text, false), ('moving@veza.example', NULL, true) $$, 'and the address is taken off the account, what was confirmed is not');
SELECT is((SELECT count(*) FROM veza_data.address_claim), 0::bigint, 'of all accounts');
SELECT is((SELECT count(*) FROM veza_data.audit_log WHERE action = 'auth.address_expired' AND resource_id IN (:'idle', :'moving')), 2::bigint, 'on record');
SELECT is(pg_temp.login('idle', 'tortoise shell nine'), 'idle', 'the account stays');
SELECT test.act(:'idle');
SELECT is((veza.user_update_me(email => 'idle@veza.example', current_password => 'tortoise shell nine') ->> 'pending_email'), 'idle@veza.example', 'and may name the address anew');
SELECT pg_temp.post();
SELECT is(pg_temp.confirm(pg_temp.token('idle'), NULL, :'idle'), '{"verified": true}', 'to confirm it');
SELECT is(pg_temp.meaning('idle@veza.example'), 'idle by confirmation', 'which it has then');

-- The mailbox of before opens nothing any more.
SELECT pg_temp.register('changer', 'old-box@veza.example') AS changer \gset
SELECT pg_temp.post();
SELECT pg_temp.confirm(pg_temp.token('changer'), 'tortoise shell nine');
SELECT veza.auth_password_reset_request('old-box@veza.example');
SELECT pg_temp.post();
SELECT pg_temp.token('changer') AS old_link \gset
SELECT test.act(:'changer');
SELECT veza.user_update_me(email => 'new-box@veza.example', current_password => 'tortoise shell nine') IS NOT NULL;
SELECT veza.stop_acting();
SELECT pg_temp.post();
SELECT pg_temp.confirm((SELECT token FROM mail WHERE to_address = 'new-box@veza.example'), 'tortoise shell nine');
SELECT is(pg_temp.meaning('new-box@veza.example') || ', ' || pg_temp.meaning('old-box@veza.example'), 'changer by confirmation, nobody', 'an address is changed');
SELECT is(test.refusal(format('SELECT veza.auth_password_reset(%L, %L)', :'old_link', 'wide-candle-771')), 'AUTH_LINK_INVALID', 'a reset that was mailed to the old one is void');

-- ---- an administrator takes a confirmation back

SELECT test.user('admin') AS admin \gset
SELECT test.http('PUT', '/api/v1/admin/users/:id', jsonb_build_object('id', :'idle', 'is_verified', false), :'admin', test.session_of(:'admin')) ->> 'refusal';
SELECT is(pg_temp.meaning('idle@veza.example'), 'idle by the first claim', 'then it is a claim again, which ends like others');

-- A registration is repeated when its address has been taken off already.
UPDATE veza_data.setting SET value = '60' WHERE name = 'address_claim_ttl';
CREATE FUNCTION pg_temp.register_with_key() RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http('POST', '/api/v1/auth/register', '{"username": "again", "email": "again@veza.example", "password": "tortoise shell nine"}',
                     headers => '{"idempotency_key": "late"}') -> 'result'
$$;
SELECT is(pg_temp.register_with_key() ->> 'email', 'again@veza.example', 'a registration tells its address');
SELECT test.wait('2 minutes');
SELECT test.run_jobs();
SELECT is(pg_temp.register_with_key() -> 'email', 'null'::jsonb, 'repeated when the account has none any more it tells none');
UPDATE veza_data.setting SET value = '604800' WHERE name = 'address_claim_ttl';

-- ---- one account at most, whatever somebody writes into the tables

SELECT pg_temp.register('one', 'both@veza.example') AS one \gset
SELECT pg_temp.register('two', 'both@veza.example') AS two \gset
SELECT throws_ok(format('UPDATE veza_data.address_claim SET is_first = true WHERE user_id = %L', :'two'), '23505', NULL, 'an address has one first claim');
UPDATE veza_data.users SET is_verified = true WHERE id = :'two';
SELECT is(pg_temp.meaning('both@veza.example'), 'two by confirmation', 'a confirmation goes before it');
SELECT test.wait('8 days');
SELECT test.run_jobs();
SELECT is((SELECT string_agg(coalesce(email, 'none'), ' ' ORDER BY username) FROM veza_data.users WHERE id IN (:'one', :'two')), 'none both@veza.example', 'a claim that somebody forgot to end takes no confirmed address off');
SELECT is((SELECT count(*) FROM veza_data.audit_log WHERE action = 'auth.address_expired' AND resource_id = :'two'), 0::bigint, 'and leaves no record');

-- ---- the state of a release without claims

DELETE FROM veza_data.address_claim;
DELETE FROM veza_data.users WHERE email LIKE '%@legacy.example' OR pending_email LIKE '%@legacy.example';
INSERT INTO veza_data.users (username, email, password_hash, is_verified, pending_email, status, created_at, updated_at)
SELECT name, email, 'none', is_verified, pending, status, now() + n * interval '1 s', now()
  FROM (VALUES (1, 'l-mover', 'l-mover@legacy.example', true, 'many@legacy.example', 'active'), (2, 'l-first', 'many@legacy.example', false, NULL, 'active'), (3, 'l-second', 'many@legacy.example', false, NULL, 'suspended'),
               (4, 'l-guest', 'owned@legacy.example', false, NULL, 'active'), (5, 'l-owner', 'owned@legacy.example', true, NULL, 'active')) v(n, name, email, is_verified, pending, status);
INSERT INTO veza_data.users (username, email, password_hash, created_at, updated_at) SELECT 'l-crowd' || n, 'many@legacy.example', 'none', now() + n * interval '1 min', now() FROM generate_series(1, 7) n;
SELECT substring(sql from 'INSERT INTO veza_data.address_claim.*$') AS fill FROM veza.migration WHERE kind = 'schema' AND version = 17 \gset
:fill
SELECT results_eq($$ SELECT a.address, u.username FROM veza_data.address_account a JOIN veza_data.users u ON u.id = a.user_id WHERE address LIKE '%legacy.example' ORDER BY 1 $$,
    $$ VALUES ('l-mover@legacy.example', 'l-mover'), ('many@legacy.example', 'l-first'), ('owned@legacy.example', 'l-owner') $$, 'an upgrade keeps what addresses have meant');
SELECT results_eq($$ SELECT address, count(*), count(*) FILTER (WHERE is_open), count(*) FILTER (WHERE is_first) FROM veza_data.address_claim WHERE address LIKE '%legacy.example' GROUP BY 1 ORDER BY 1 $$,
    $$ VALUES ('many@legacy.example', 10::bigint, 5::bigint, 1::bigint), ('owned@legacy.example', 1::bigint, 0::bigint, 0::bigint) $$, 'within the bound');

SELECT * FROM finish();
ROLLBACK;
