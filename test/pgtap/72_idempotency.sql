-- Idempotency-Key: a request is carried out once, whatever happens to its answer.

BEGIN;
SELECT no_plan();

CREATE FUNCTION pg_temp.submit(caller uuid, track uuid, key text) RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http('POST', '/api/v1/distributions', jsonb_build_object('track_id', $2), $1, headers => jsonb_build_object('idempotency_key', $3))
$$;

-- ---- stored answers

SELECT test.user('creator') AS u \gset
SELECT test.user('creator') AS v \gset
SELECT test.active(:'u') AS s \gset
SELECT test.active(:'v') AS s2 \gset
SELECT test.track_of(:'u') AS t \gset
SELECT test.track_of(:'u') AS t2 \gset
SELECT pg_temp.submit(:'u', :'t', 'k-1') AS a \gset
SELECT is(:'a'::jsonb ->> 'refusal', NULL, 'the first request is carried out');
SELECT pg_temp.submit(:'u', :'t', 'k-1') AS b \gset
SELECT is(:'b'::jsonb -> 'result', :'a'::jsonb -> 'result', 'its repetition gets the same answer');
SELECT is(:'b'::jsonb -> 'head' ->> 'status', :'a'::jsonb -> 'head' ->> 'status', 'and the same status');
SELECT is((SELECT count(*) FROM veza_data.distribution WHERE track_id = :'t'), 1::bigint, 'and has no effect');
SELECT is(pg_temp.submit(:'u', :'t2', 'k-1') ->> 'refusal', 'IDEMPOTENCY_KEY_REUSED', 'another body under the same key is refused');
SELECT is((SELECT count(*) FROM veza_data.distribution WHERE track_id = :'t2'), 0::bigint, 'and not carried out');
SELECT is(pg_temp.submit(:'u', :'t', 'k-2') ->> 'refusal', 'DISTRIBUTION_ALREADY_SUBMITTED', 'under another key it is another request');
SELECT is(pg_temp.submit(:'u', :'t', NULL) ->> 'refusal', 'DISTRIBUTION_ALREADY_SUBMITTED', 'as without a key');
SELECT is(pg_temp.submit(:'v', test.track_of(:'v'), 'k-1') ->> 'refusal', NULL, 'the same key of another user is another one');
SELECT is((SELECT count(*) FROM veza_data.idempotency), 2::bigint, 'what was refused and rolled back leaves its key free');
SELECT is_empty($$ SELECT route FROM veza_data.idempotency WHERE answered_at IS NULL OR answer IS NULL $$, 'answers are stored');
SELECT is_empty($$ SELECT FROM veza_data.idempotency i WHERE i::text LIKE '%k-1%' $$, 'keys are not');

-- A refusal that is kept (the gate counts it) leaves the key free, too: it works once the payment is there.
SELECT test.user('creator') AS u \gset
SELECT test.track_of(:'u') AS t \gset
SELECT is(pg_temp.submit(:'u', :'t', 'k-3') ->> 'refusal', 'DISTRIBUTION_NOT_ELIGIBLE', 'refused at the gate');
SELECT test.active(:'u') AS s \gset
SELECT is(pg_temp.submit(:'u', :'t', 'k-3') ->> 'refusal', NULL, 'the same request passes when the reason is gone');

-- ---- answers that carry secrets are made anew

CREATE FUNCTION pg_temp.register(key text, more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http('POST', '/api/v1/auth/register', '{"username": "Repeat", "email": "repeat@veza.example", "password": "correct horse battery"}' || $2,
                     headers => jsonb_build_object('idempotency_key', $1))
$$;
SELECT pg_temp.register('r-1') AS a \gset
SELECT pg_temp.register('r-1') AS b \gset
SELECT is(:'b'::jsonb -> 'result' ->> 'user_id', :'a'::jsonb -> 'result' ->> 'user_id', 'a repeated registration answers with the same account');
SELECT is(:'b'::jsonb -> 'head' ->> 'status', '201', 'as made');
SELECT isnt(:'b'::jsonb -> 'result' ->> 'refresh_token', :'a'::jsonb -> 'result' ->> 'refresh_token', 'with tokens of its own');
SELECT is((SELECT count(*) FROM veza_data.users WHERE email = 'repeat@veza.example'), 1::bigint, 'there is one account');
SELECT is((SELECT count(*) FROM veza_data.mail WHERE recipient = 'repeat@veza.example'), 1::bigint, 'and one mail');
SELECT is_empty($$ SELECT FROM veza_data.idempotency WHERE route LIKE '%register' AND (answer IS NOT NULL OR head::text LIKE '%token%') $$, 'no token is stored');
SELECT is(pg_temp.register('r-1', '{"password": "another horse battery"}') ->> 'refusal', 'IDEMPOTENCY_KEY_REUSED', 'with another password it is another request');
UPDATE veza_data.users SET password_hash = (SELECT password_hash FROM veza_data.users WHERE id = :'u') WHERE email = 'repeat@veza.example';
SELECT is(pg_temp.register('r-1') ->> 'refusal', 'AUTH_INVALID_CREDENTIALS', 'once the password was changed, the old registration opens nothing');
SELECT is(pg_temp.register('r-1') ->> 'refusal', 'AUTH_INVALID_CREDENTIALS', 'however often');

-- ---- what is creating has it, and time passes

SELECT is_empty($$ SELECT method, path FROM veza.route WHERE method = 'POST' AND (status = 201 OR path ~ '/subscribe$') AND replay IS NULL $$,
                'every POST that makes something understands the key');
SELECT test.wait('25 hours');
SELECT test.run_jobs();
SELECT is_empty($$ SELECT FROM veza_data.idempotency $$, 'after a day the answers are forgotten');
SELECT * FROM finish();
ROLLBACK;
