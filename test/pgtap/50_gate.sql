-- The gate in front of distribution: what a stalled payment blocks, and how its owner gets back to it.

BEGIN;
SELECT no_plan();

-- What a submission comes to: 'open', or the code of the refusal.
CREATE FUNCTION pg_temp.gate(user_id uuid) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    track uuid := test.track_of(user_id);
BEGIN
    PERFORM test.act(user_id);
    RETURN test.refused(format('SELECT veza.distribution_submit(%L)', track));
END
$$;
CREATE FUNCTION pg_temp.code(user_id uuid) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(pg_temp.gate($1) ->> 'code', 'open')
$$;
CREATE FUNCTION pg_temp.eligibility(user_id uuid) RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.act($1);
    SELECT veza.distribution_eligibility()::jsonb
$$;

-- ---- the table of live and pending subscriptions

CREATE TEMP TABLE situation (live text, pending text, code text, details text);
INSERT INTO situation VALUES
    -- live              pending   outcome                        what the details say beyond that
    ('none',             'none',   'DISTRIBUTION_NOT_ELIGIBLE',   ''),
    ('none',             'pro',    'SUBSCRIPTION_PENDING_PAYMENT', 'complete'),
    ('none',             'artist', 'SUBSCRIPTION_PENDING_PAYMENT', 'complete'),
    ('none',             'basic',  'SUBSCRIPTION_PENDING_PAYMENT', 'complete, but upgrade'),
    ('free',             'none',   'DISTRIBUTION_NOT_ELIGIBLE',   'plan free'),
    ('free',             'pro',    'SUBSCRIPTION_PENDING_PAYMENT', 'complete'),
    ('free',             'basic',  'SUBSCRIPTION_PENDING_PAYMENT', 'complete, but upgrade'),
    ('basic',            'none',   'DISTRIBUTION_NOT_ELIGIBLE',   'plan basic'),
    ('basic',            'pro',    'DISTRIBUTION_NOT_ELIGIBLE',   'plan basic, pending'),
    ('basic',            'artist', 'DISTRIBUTION_NOT_ELIGIBLE',   'plan basic, pending'),
    ('pro',              'none',   'open',                        NULL),
    ('artist',           'none',   'open',                        NULL),
    ('pro',              'artist', 'open',                        NULL),
    ('pro canceling',    'none',   'open',                        NULL),
    ('pro over',         'none',   'DISTRIBUTION_NOT_ELIGIBLE',   'plan pro'),
    ('pro over',         'artist', 'SUBSCRIPTION_PENDING_PAYMENT', 'complete'),
    ('pro suspended',    'none',   'DISTRIBUTION_NOT_ELIGIBLE',   'plan pro'),
    ('pro canceled',     'none',   'DISTRIBUTION_NOT_ELIGIBLE',   ''),
    ('pro given',        'none',   'open',                        NULL),
    ('pro expired',      'none',   'DISTRIBUTION_NOT_ELIGIBLE',   ''),
    ('pro expired',      'pro',    'SUBSCRIPTION_PENDING_PAYMENT', 'complete');

-- A pending row beside a live paid one: no function makes it, a price change or an import may.
CREATE FUNCTION pg_temp.beside(user_id uuid, plan text) RETURNS uuid LANGUAGE sql AS $$
    INSERT INTO veza_data.subscription (user_id, plan_id, status, billing_cycle, amount_minor, currency, pending_expires_at, created_at, updated_at)
    SELECT $1, p.id, 'pending_payment', 'monthly', p.price_monthly_minor, p.currency, test.now() + interval '1 day', test.now(), test.now()
      FROM veza_data.plan p WHERE p.name = $2 RETURNING id
$$;

CREATE FUNCTION pg_temp.situation(live text, pending text, OUT who uuid, OUT live_id uuid, OUT pending_id uuid) LANGUAGE plpgsql AS $$
BEGIN
    who := test.user('creator');
    CASE live
    WHEN 'none' THEN NULL;
    WHEN 'free' THEN live_id := test.subscribe(who, 'free');
    WHEN 'basic', 'pro', 'artist' THEN live_id := test.active(who, live);
    WHEN 'pro given' THEN
        live_id := test.pending(who);
        PERFORM test.act(test.user('admin'));
        PERFORM veza.subscription_activate(live_id, 'a gift');
    WHEN 'pro expired' THEN
        live_id := test.pending(who);
        PERFORM veza.subscription_abandon(live_id);
    ELSE
        live_id := test.active(who, 'pro');
        CASE live
        WHEN 'pro canceling' THEN PERFORM veza.subscription_cancel(true);
        WHEN 'pro canceled' THEN PERFORM veza.subscription_cancel(false);
        WHEN 'pro suspended' THEN PERFORM test.asked(test.payment(live_id), 'conflicted');
        WHEN 'pro over' THEN
            UPDATE veza_data.subscription SET current_period_end = test.now() - interval '1 second' WHERE id = live_id;
        END CASE;
    END CASE;
    IF pending <> 'none' THEN
        pending_id := pg_temp.beside(who, pending);
    END IF;
END
$$;

CREATE FUNCTION pg_temp.details(details jsonb, pending uuid) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(', ',
        CASE WHEN $1 ? 'subscription_id' THEN
            CASE WHEN $1 ->> 'subscription_id' = $2::text AND $1 ->> 'complete_url' = '/api/v1/subscriptions/complete/' || $2
                 THEN 'complete' ELSE 'complete something else' END END,
        CASE WHEN $1 -> 'plan_can_distribute' = 'false' AND $1 -> 'upgrade_required' = 'true' THEN 'but upgrade'
             WHEN $1 -> 'plan_can_distribute' = 'true' AND $1 -> 'upgrade_required' = 'false' THEN NULL
             WHEN $1 ? 'plan_can_distribute' THEN 'contradiction' END,
        CASE WHEN NOT $1 ? 'subscription_id' THEN 'plan ' || ($1 ->> 'plan') END,
        CASE WHEN $1 ->> 'pending_subscription_id' = $2::text THEN 'pending' END)
$$;

SELECT is(coalesce(g ->> 'code', 'open') || coalesce(': ' || nullif(pg_temp.details(g -> 'details', pending_id), ''), ''),
          code || coalesce(': ' || nullif(details, ''), ''), format('live: %s, pending: %s', live, pending))
  FROM situation s, LATERAL pg_temp.situation(live, pending) x, LATERAL pg_temp.gate(x.who) g;

-- The same question asked beforehand.
SELECT is(concat_ws(' ', e ->> 'eligible', e ->> 'reason',
                    CASE WHEN e ->> 'subscription_id' = live_id::text THEN 'live' WHEN e ->> 'subscription_id' = pending_id::text THEN 'pending' END,
                    CASE WHEN e ->> 'complete_url' IS NOT NULL THEN 'url' END, e ->> 'plan_can_distribute', e ->> 'plan'),
          concat_ws(' ', (code = 'open')::text, CASE code WHEN 'open' THEN NULL WHEN 'DISTRIBUTION_NOT_ELIGIBLE' THEN 'not_eligible' ELSE 'pending_payment' END,
                    CASE code WHEN 'open' THEN 'live' WHEN 'SUBSCRIPTION_PENDING_PAYMENT' THEN 'pending' END,
                    CASE code WHEN 'SUBSCRIPTION_PENDING_PAYMENT' THEN 'url' END,
                    (code = 'open' OR code = 'SUBSCRIPTION_PENDING_PAYMENT' AND pending <> 'basic')::text,
                    CASE WHEN live NOT IN ('none', 'pro expired', 'pro canceled') THEN split_part(live, ' ', 1) END),
          format('eligibility says the same: live: %s, pending: %s', live, pending))
  FROM situation s, LATERAL pg_temp.situation(live, pending) x, LATERAL pg_temp.eligibility(x.who) e;

SELECT results_eq($$ SELECT code, http_status, message FROM veza.error WHERE code IN ('SUBSCRIPTION_PENDING_PAYMENT', 'DISTRIBUTION_NOT_ELIGIBLE') ORDER BY 1 $$,
                  $$ VALUES ('DISTRIBUTION_NOT_ELIGIBLE', 403, 'Upgrade your plan to enable distribution.'),
                            ('SUBSCRIPTION_PENDING_PAYMENT', 403, 'Complete the payment to enable distribution.') $$, 'both are 403, with their sentences');

-- ---- the newest of several

SELECT test.user('creator') AS u \gset
SELECT pg_temp.beside(:'u', 'pro') AS first \gset
SELECT test.wait('1 second');
SELECT pg_temp.beside(:'u', 'basic') AS second \gset
SELECT is(pg_temp.gate(:'u') -> 'details' ->> 'subscription_id', :'second', 'the newest of several pending ones is named');
SELECT is(pg_temp.gate(:'u') -> 'details' ->> 'plan_can_distribute', 'false', 'even when an older one would be enough');
SELECT pg_temp.beside(:'u', 'pro') AS third \gset
SELECT is(pg_temp.gate(:'u') -> 'details' ->> 'subscription_id', greatest(:'second', :'third'), 'of two of one moment, the one with the greater id');
SELECT test.user('creator') AS other \gset
SELECT is(pg_temp.code(:'other'), 'DISTRIBUTION_NOT_ELIGIBLE', 'somebody else''s pending one is nobody''s business');

-- ---- what the hint says

SELECT test.user('creator') AS u \gset
SELECT test.pending(:'u') AS s \gset
SELECT matches(pg_temp.gate(:'u') ->> 'hint', '^Get the payment back with CALL veza\.subscription_complete\(''' || :'s' || '''\);$', 'in psql: a statement to type');
SELECT matches(test.http('POST', '/api/v1/distributions', jsonb_build_object('track_id', test.track_of(:'u')), :'u') ->> 'hint',
               '^Get the payment back with POST /api/v1/subscriptions/complete/' || :'s' || '\.$', 'over HTTP: a request to send');
SELECT test.webhook(test.payment(:'s'), 'processing');
SELECT matches(pg_temp.gate(:'u') ->> 'hint', '^The payment is being processed', 'a payment that is processed: another text, the same code');
SELECT is(pg_temp.gate(:'u') -> 'details' ->> 'payment_status', 'processing', 'and the details say so');
SELECT test.user('creator') AS u \gset
SELECT test.pending(:'u', 'basic') AS s \gset
SELECT matches(pg_temp.gate(:'u') ->> 'hint', 'basic does not include distribution', 'a plan without distribution: paying alone will not help');

-- ---- the order: gate, then role, then the input, then the track

SELECT test.user('user') AS u \gset
SELECT is(pg_temp.code(:'u'), 'DISTRIBUTION_NOT_ELIGIBLE', 'the gate comes before the role');
SELECT test.pending(:'u');
SELECT is(pg_temp.code(:'u'), 'SUBSCRIPTION_PENDING_PAYMENT', 'for a stalled payment too');
SELECT is(test.refusal('SELECT veza.distribution_submit(NULL)'), 'SUBSCRIPTION_PENDING_PAYMENT', 'and before the input');
SELECT is(test.refusal(format('SELECT veza.distribution_submit(%L)', gen_random_uuid())), 'SUBSCRIPTION_PENDING_PAYMENT', 'and before the track');
SELECT test.user('user') AS u \gset
SELECT test.active(:'u');
SELECT is(pg_temp.code(:'u'), 'open', 'a plan that can distribute gives the role for it');
UPDATE veza_data.users SET plan_role = NULL WHERE id = :'u';
SELECT is(pg_temp.code(:'u'), 'CREATOR_ROLE_REQUIRED', 'then the role');
SELECT is(test.refusal('SELECT veza.distribution_submit(NULL)'), 'CREATOR_ROLE_REQUIRED', 'before the input');
CREATE TEMP TABLE publisher AS
SELECT role, test.user(role) AS u FROM unnest(ARRAY['user', 'premium', 'creator', 'artist', 'producer', 'label', 'admin']) role;
SELECT test.active(u) FROM publisher;
UPDATE veza_data.users SET plan_role = NULL WHERE id IN (SELECT u FROM publisher);
SELECT is(string_agg(role || ' ' || pg_temp.code(u), ', ' ORDER BY role), 'admin open, artist open, creator open, label open, premium open, producer open, user CREATOR_ROLE_REQUIRED',
          'every role but the listener''s may publish')
  FROM publisher;
SELECT test.user('admin') AS u \gset
SELECT is(pg_temp.code(:'u'), 'DISTRIBUTION_NOT_ELIGIBLE', 'an administrator has no way around the gate');

SELECT test.user('creator') AS u \gset
SELECT test.active(:'u') AS s \gset
SELECT is(test.refusal('SELECT veza.distribution_submit(NULL)'), 'VALIDATION_ERROR', 'then the input');
SELECT is(test.refusal(format('SELECT veza.distribution_submit(%L)', test.track_of(test.user('creator')))), 'TRACK_NOT_FOUND', 'then the track: not somebody else''s');
SELECT is(test.refused(format('SELECT veza.distribution_submit(%L)', '00000000-0000-4000-8000-00000000dead')) ->> 'code', 'TRACK_NOT_FOUND', 'nor one that does not exist');
SELECT is(test.refused(format('SELECT veza.distribution_submit(%L, %L)', gen_random_uuid(), platforms)) -> 'details' -> 0 ->> 'field', 'platforms',
          format('platforms: %s', left(platforms::text, 30)))
  FROM unnest(ARRAY['{}', '{""}', '{Spot ify}', '{"a;b"}', format('{%s}', repeat('x', 41)), format('{%s}', substr(repeat(',a', 33), 2))]) platforms;

-- ---- a submission

SELECT test.track_of(:'u') AS t \gset
SELECT veza.distribution_submit(:'t', '{Spotify,deezer}', '2030-01-02')::jsonb AS d \gset
SELECT is(:'d'::jsonb - '{id,created_at,updated_at}'::text[], jsonb_build_object('user_id', :'u', 'track_id', :'t', 'track_title', 'A track', 'subscription_id', :'s',
          'status', 'submitted', 'platforms', ARRAY['spotify', 'deezer'], 'release_date', '2030-01-02'), 'a submission remembers the subscription that entitled it');
SELECT is(test.refused(format('SELECT veza.distribution_submit(%L)', :'t')) -> 'details' ->> 'distribution_id', :'d'::jsonb ->> 'id', 'one at a time for a track');
SELECT is(test.refusal(format('SELECT veza.distribution_submit(%L)', :'t')), 'DISTRIBUTION_ALREADY_SUBMITTED', 'which is refused');
SELECT is(veza.distribution_cancel((:'d'::jsonb ->> 'id')::uuid) ->> 'status', 'withdrawn', 'withdrawn');
SELECT is(test.refusal(format('SELECT veza.distribution_submit(%L)', :'t')), 'none', 'and submitted again');
SELECT is((SELECT veza.distribution_submit(test.track_of(:'u')) ->> 'platforms'), '["all"]', 'all platforms when none is named');
SELECT test.act(test.user('creator'));
SELECT is(test.refusal(format('SELECT veza.distribution_cancel(%L)', :'d'::jsonb ->> 'id')), 'DISTRIBUTION_NOT_FOUND', 'somebody else''s cannot be withdrawn');
SELECT is(test.refusal(format('SELECT veza.distribution_get(%L)', :'d'::jsonb ->> 'id')), 'DISTRIBUTION_NOT_FOUND', 'nor seen');
SELECT is(test.refusal(format('SELECT veza.distribution_history(%L)', :'d'::jsonb ->> 'id')), 'DISTRIBUTION_NOT_FOUND', 'nor followed');
SELECT test.act(:'u');
SELECT is((SELECT string_agg(x ->> 'event', ' ') FROM json_array_elements(veza.distribution_history((:'d'::jsonb ->> 'id')::uuid)) x), 'submit withdraw', 'its owner can');

-- Activated between two questions: the gate is judged when it is asked.
SELECT test.user('creator') AS u \gset
SELECT test.pending(:'u') AS s \gset
SELECT is(pg_temp.code(:'u'), 'SUBSCRIPTION_PENDING_PAYMENT', 'blocked by a stalled payment');
SELECT test.webhook(test.payment(:'s'), 'succeeded');
SELECT is(pg_temp.code(:'u'), 'open', 'open as soon as it is paid');

-- ---- refusals of the gate are counted, over HTTP

SELECT test.user('creator') AS u \gset
SELECT test.track_of(:'u') AS t \gset
SELECT is(pg_temp.code(:'u'), 'DISTRIBUTION_NOT_ELIGIBLE', 'in psql the refusal is raised');
SELECT is((SELECT count(*) FROM veza_data.gate_refusal WHERE user_id = :'u'), 0::bigint, 'and not counted');
SELECT is((SELECT concat_ws(' ', a ->> 'refusal', a ->> 'raised') FROM test.http('POST', '/api/v1/distributions', jsonb_build_object('track_id', :'t'), :'u') a),
          'DISTRIBUTION_NOT_ELIGIBLE false', 'over HTTP it is a value, so that its record stays');
SELECT test.pending(:'u') AS s \gset
SELECT is((SELECT concat_ws(' ', a ->> 'refusal', a ->> 'raised', a -> 'details' ->> 'subscription_id')
             FROM test.http('POST', '/api/v1/distributions', jsonb_build_object('track_id', :'t'), :'u') a),
          'SUBSCRIPTION_PENDING_PAYMENT false ' || :'s', 'the recovery branch as well, with its details');
SELECT results_eq(format($$ SELECT code, subscription_id, request_id, at FROM veza_data.gate_refusal WHERE user_id = %L ORDER BY id $$, :'u'),
                  format($$ VALUES ('DISTRIBUTION_NOT_ELIGIBLE', NULL::uuid, 'pgtap-request', test.now()), ('SUBSCRIPTION_PENDING_PAYMENT', %L::uuid, 'pgtap-request', test.now()) $$, :'s'),
                  'both are counted, with subscription and request');
SELECT is((SELECT count(*) FROM veza_data.distribution WHERE user_id = :'u'), 0::bigint, 'and nothing is submitted');
SELECT results_eq($$ SELECT code, refusals, users FROM veza_report.gate_refusals ORDER BY code $$,
                  $$ SELECT code, count(*), count(DISTINCT user_id) FROM veza_data.gate_refusal GROUP BY code ORDER BY code $$, 'analysts see them');
SELECT test.act(:'u');
SELECT is((SELECT concat_ws(' ', a ->> 'refusal', a ->> 'raised') FROM test.http('POST', '/api/v1/distributions', '{}', :'u') a),
          'SUBSCRIPTION_PENDING_PAYMENT false', 'a request without a track meets the gate first');
SELECT test.webhook(test.payment(:'s'), 'succeeded');
SELECT is((SELECT concat_ws(' ', a ->> 'refusal', a ->> 'raised') FROM test.http('POST', '/api/v1/distributions', '{}', :'u') a),
          'VALIDATION_ERROR true', 'what is refused behind the gate is raised, and rolled back');
SELECT test.http('POST', '/api/v1/distributions', jsonb_build_object('track_id', :'t'), :'u') AS a \gset
SELECT is(:'a'::jsonb -> 'head' ->> 'status', '201', 'made: 201');
SELECT is(:'a'::jsonb -> 'head' -> 'headers' ->> 'Location', '/api/v1/distributions/' || (:'a'::jsonb -> 'result' ->> 'id'), 'and where it is');
SELECT is((SELECT count(*) FROM veza_data.gate_refusal WHERE user_id = :'u'), 3::bigint, 'who passes is not counted');

SELECT * FROM finish();
ROLLBACK;
