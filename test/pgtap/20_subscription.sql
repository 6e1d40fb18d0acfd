-- Subscribing: rules T1, T2, T2r, T2x, T2f, T3 and T14, and what stands in their way.

BEGIN;
SELECT no_plan();

-- What the first phase of subscribing comes to.
CREATE FUNCTION pg_temp.begin(plan text, cycle text DEFAULT 'monthly', is_change boolean DEFAULT false) RETURNS text LANGUAGE sql AS $$
    SELECT test.refusal(format('SELECT veza.subscription_subscribe_begin(%L, %L, %L)', $1, $2, $3))
$$;

-- RFC 4648 base32 of a UUID in lower case without padding, by the book.
CREATE FUNCTION pg_temp.base32(id uuid) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(substr('abcdefghijklmnopqrstuvwxyz234567', 1 + substr(bits::text, 1 + 5 * n, 5)::bit(5)::integer, 1), '' ORDER BY n)
      FROM (SELECT (('x' || replace($1::text, '-', ''))::bit(128) || B'00') AS bits) b, generate_series(0, 25) n
$$;

-- ---- T1: subscribe free

SELECT test.user() AS u \gset
SELECT test.act(:'u');
SELECT is(pg_temp.begin('free'), 'none', 'T1: a free plan needs no payment provider, no relay runs');
SELECT (veza.subscription_current() ->> 'id')::uuid AS s \gset
SELECT is(test.ended(:'s'), 'active', 'T1: a free plan is active at once');
SELECT results_eq(format($$
    SELECT activation_source, current_period_start = test.now(), current_period_end IS NULL, amount_minor, is_comp
      FROM veza_data.subscription WHERE id = %L $$, :'s'),
    $$ VALUES ('free', true, true, 0::bigint, false) $$, 'T1: its period starts now and has no end');
SELECT is(test.events(:'s'), 'subscribe_free', 'T1: the history says so');
SELECT is(pg_temp.begin('free'), 'SAME_PLAN', 'T1: free beside an active free plan is the same plan');

SELECT test.user() AS u \gset
SELECT test.pending(:'u', 'basic') AS s1 \gset
SELECT test.subscribe(:'u', 'free') AS s2 \gset
SELECT is(test.ended(:'s1'), 'expired(superseded)', 'T1: older pending rows are superseded');
SELECT isnt(test.effect(test.payment(:'s1'), 'psp_cancel'), NULL, 'T1: and their payments are cancelled at the provider');

SELECT test.user() AS u \gset
SELECT test.active(:'u') AS s \gset
SELECT is(pg_temp.begin('free'), 'ALREADY_SUBSCRIBED', 'free while a paid plan is active: use cancel');
SELECT is(pg_temp.begin('artist'), 'ALREADY_SUBSCRIBED', 'paid while a paid plan is active');
SELECT is(test.refused($$ SELECT veza.subscription_subscribe_begin('pro', 'monthly', false) $$) -> 'details' ->> 'subscription_id', :'s',
          'the refusal names the live subscription');
SELECT test.asked(test.payment(:'s'), 'conflicted');
SELECT is(pg_temp.begin('free'), 'SUBSCRIPTION_INVALID_STATE', 'free while the paid plan is suspended');
SELECT is(pg_temp.begin('artist'), 'SUBSCRIPTION_INVALID_STATE', 'paid while the paid plan is suspended');
SELECT veza.subscription_cancel(false);
SELECT is(pg_temp.begin('free'), 'none', 'free after a canceled one: a new row');

-- ---- T2: subscribe paid

SELECT test.user() AS u \gset
SELECT test.relay();
SELECT test.act(:'u');
SELECT subscription_id AS s, is_new, effect_id AS e FROM veza.subscription_subscribe_begin('pro', 'monthly', false) \gset
SELECT test.payment(:'s') AS p \gset
SELECT is(:'is_new'::boolean, true, 'T2: the row is new');
SELECT results_eq(format($$
    SELECT status, billing_cycle, amount_minor, currency::text, pending_expires_at - test.now(), activated_at, current_period_start,
           current_period_end, payment_id FROM veza_data.subscription WHERE id = %L $$, :'s'),
    $$ VALUES ('pending_payment', 'monthly', 999::bigint, 'EUR', interval '23 hours', NULL::timestamptz, NULL::timestamptz,
               NULL::timestamptz, NULL::uuid) $$,
    'T2: it waits 23 hours for its payment, and no period runs');
SELECT results_eq(format($$
    SELECT state, purpose, attempt_no, amount_minor, currency::text, idempotency_key, psp_payment_id, next_check_at > test.now()
      FROM veza_data.payment WHERE id = %L $$, :'p'),
    format($$ VALUES ('prepared', 'initial', 1, 999::bigint, 'EUR', %L, %L, true) $$, :'s', 'pay_' || pg_temp.base32(:'p')),
    'T2: a payment is prepared; its provider id is pay_ and the base32 of the payment row''s key');
SELECT is((SELECT char_length(psp_payment_id) FROM veza_data.payment WHERE id = :'p'), 30, 'T2: the provider id has 30 characters');
SELECT is((SELECT request FROM veza_data.effect WHERE id = :'e'), jsonb_build_object(
    'payment_id', 'pay_' || pg_temp.base32(:'p'), 'amount', 999, 'currency', 'EUR', 'customer_id', 'cus_' || pg_temp.base32(:'u'),
    'session_expiry', 86400, 'idempotency_key', :'s', 'subscription_id', :'s', 'attempt_no', 1, 'purpose', 'initial',
    'description', 'Veza Pro, monthly'), 'T2: the relay is told all it needs; the idempotency key is the subscription''s UUID');
SELECT results_eq(format($$ SELECT kind, subject_id, state, waiters FROM veza_data.effect WHERE id = %L $$, :'e'),
                  format($$ VALUES ('psp_create', %L::uuid, 'queued', ARRAY[pg_backend_pid()]) $$, :'p'),
                  'T2: the creation is queued, and this session waits for it');
SELECT test.answers(:'p', 'psp_create', 'requires_payment_method', '{}', 'secret-1');
SELECT result ->> 'client_secret' AS secret, result ->> 'payment_id' AS pid, result ->> 'payment_status' AS pstatus,
       result -> 'subscription' ->> 'id' AS sid, head ->> 'status' AS http FROM test.step(:'s', :'e', false, true) \gset
SELECT is(:'secret' || ' ' || :'pid' || ' ' || :'pstatus' || ' ' || :'sid' || ' ' || :'http',
          'secret-1 pay_' || pg_temp.base32(:'p') || ' open ' || :'s' || ' 201',
          'T2: the answer is 201 with subscription, client secret, payment id and status');
SELECT is((SELECT secret FROM veza_data.effect WHERE id = :'e'), NULL, 'T2: the secret is gone from the table once it was fetched');
SELECT is(test.audit(), 'nothing', 'T2: nothing is wrong');

SELECT test.subscribe(test.user(), 'artist', 'yearly') AS s1 \gset
SELECT test.subscribe(test.user(), '00000000-0000-4000-8000-000000000003') AS s2 \gset
SELECT test.subscribe(test.user(), 'PRO') AS s3 \gset
SELECT is((SELECT amount_minor FROM veza_data.subscription WHERE id = :'s1'), 19990::bigint, 'T2: a year costs the year''s price');
SELECT is((SELECT plan_id FROM veza_data.subscription WHERE id = :'s2'), '00000000-0000-4000-8000-000000000003'::uuid,
          'T2: a plan can be named by its id');
SELECT is((SELECT plan_id FROM veza_data.subscription WHERE id = :'s3'), '00000000-0000-4000-8000-000000000003'::uuid,
          'T2: a plan''s name has no case');

-- What is wrong with the wish.
SELECT test.act(test.user());
SELECT is(pg_temp.begin('platinum'), 'PLAN_INVALID', 'an unknown plan');
SELECT is(pg_temp.begin(NULL), 'VALIDATION_ERROR', 'no plan');
SELECT is(pg_temp.begin(''), 'VALIDATION_ERROR', 'an empty plan');
SELECT is(pg_temp.begin('pro', 'weekly'), 'VALIDATION_ERROR', 'an unknown cycle');
SELECT is(test.refused($$ SELECT veza.subscription_subscribe_begin('', 'weekly', false) $$) -> 'details',
          '[{"field": "plan_id", "message": "is missing"}, {"field": "billing_cycle", "message": "must be monthly or yearly"}]'::jsonb,
          'all wrong fields are named together');
SELECT test.act(test.user());
UPDATE veza_data.plan SET is_active = false WHERE name = 'basic';
SELECT is(pg_temp.begin('basic'), 'PLAN_INVALID', 'a plan that is no longer sold');
UPDATE veza_data.plan SET is_active = true WHERE name = 'basic';
SELECT veza.stop_acting();
SELECT is(pg_temp.begin('pro'), 'AUTH_REQUIRED', 'nobody cannot subscribe');

-- ---- I13: no provider, nothing written

SELECT test.user() AS u \gset
SELECT test.act(:'u');
CREATE FUNCTION pg_temp.unavailable() RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', r ->> 'code', r -> 'details' ->> 'reason', r ->> 'retry_after')
      FROM test.refused($x$ SELECT veza.subscription_subscribe_begin('pro', 'monthly', false) $x$) r
$$;
DELETE FROM veza_data.relay;
SELECT is(pg_temp.unavailable(), 'PAYMENT_PROVIDER_UNAVAILABLE no_relay 5', 'I13: no relay runs');
SELECT test.relay(false);
SELECT is(pg_temp.unavailable(), 'PAYMENT_PROVIDER_UNAVAILABLE disabled 300', 'I13: the provider is disabled');
SELECT test.relay(true, 'open');
SELECT is(pg_temp.unavailable(), 'PAYMENT_PROVIDER_UNAVAILABLE circuit_open 7', 'I13: the circuit is open, and the refusal says until when');
SELECT test.relay(true);
UPDATE veza_data.relay SET heartbeat_at = now() - interval '16 seconds';
SELECT is(pg_temp.unavailable(), 'PAYMENT_PROVIDER_UNAVAILABLE no_relay 5', 'I13: a relay without a heartbeat counts as gone');
SELECT is((SELECT count(*) FROM veza_data.subscription WHERE user_id = :'u') + (SELECT count(*) FROM veza_data.payment WHERE user_id = :'u'),
          0::bigint, 'I13: nothing was written');
SELECT test.relay(true, 'half_open');
SELECT is(pg_temp.unavailable(), '', 'a half-open circuit lets a payment try');
SELECT test.act(test.user());
SELECT test.relay(false);
SELECT veza.relay_heartbeat('other-relay', '1', true, 'closed', NULL);
SELECT is(pg_temp.unavailable(), '', 'one usable relay is enough');
SELECT veza.relay_goodbye('other-relay');
SELECT test.act(test.user());
SELECT is(pg_temp.unavailable(), 'PAYMENT_PROVIDER_UNAVAILABLE disabled 300', 'a relay that says goodbye is gone at once');

-- ---- T2r: the same plan again resumes

SELECT test.user() AS u \gset
SELECT test.pending(:'u') AS s \gset
SELECT test.payment(:'s') AS p \gset
SELECT test.wait('1 hour');
SELECT results_eq($$ SELECT subscription_id, is_new, effect_id FROM veza.subscription_subscribe_begin('pro', 'monthly', false) $$,
                  format($$ VALUES (%L::uuid, false, NULL::uuid) $$, :'s'), 'T2r: the same plan and cycle resumes the pending row');
SELECT is((SELECT count(*) FROM veza_data.payment WHERE user_id = :'u'), 1::bigint, 'T2r: and makes no second payment');
SELECT (test.step(:'s')).wait_for AS e \gset
SELECT test.answers(:'p', 'psp_retrieve', 'requires_payment_method', '{}', 'secret-2');
SELECT is((SELECT concat_ws(' ', result ->> 'payment_id', result ->> 'client_secret', head ->> 'status') FROM test.step(:'s', :'e')),
          'pay_' || pg_temp.base32(:'p') || ' secret-2', 'T2r: 200 with the same payment and its secret');
SELECT isnt(test.subscribe(:'u', 'pro', 'yearly'), :'s'::uuid, 'T2r: another cycle is another wish');
UPDATE veza_data.plan SET price_monthly_minor = 1099 WHERE name = 'pro';
SELECT isnt(test.subscribe(:'u', 'pro'), :'s'::uuid, 'T2r: another price is another wish');
SELECT is((SELECT amount_minor FROM veza_data.subscription WHERE id = :'s'), 999::bigint, 'T2r: the first row keeps the price it was made at');
UPDATE veza_data.plan SET price_monthly_minor = 999 WHERE name = 'pro';

-- Before the provider ever answered, the second request joins the first one's question.
SELECT test.user() AS u \gset
SELECT test.subscribe(:'u') AS s \gset
SELECT is((test.step(:'s')).wait_for, test.effect(test.payment(:'s'), 'psp_create'), 'T2r: two requests wait for one creation');

-- ---- T2x, T14: another plan

SELECT test.user() AS u \gset
SELECT test.pending(:'u', 'basic') AS s1 \gset
SELECT test.wait('1 minute');
SELECT test.subscribe(:'u', 'pro') AS s2 \gset
SELECT test.wait('1 minute');
SELECT test.subscribe(:'u', 'artist', 'monthly', true) AS s3 \gset
SELECT is((SELECT string_agg(status, ' ') FROM veza_data.subscription WHERE user_id = :'u'), 'pending_payment pending_payment pending_payment',
          'T2x, T14: other plans wait beside the first');
SELECT is(veza.subscription_pending() ->> 'id', :'s3', 'T2x: the newest pending one is shown');
SELECT is(veza.subscription_current() ->> 'id', :'s3', 'T2x: it is the current one too');
SELECT test.answers(test.payment(:'s2'), 'psp_create', 'requires_payment_method');
SELECT is(test.webhook(test.payment(:'s2'), 'succeeded'), 'applied', 'T2x: one of them is paid');
SELECT is(test.ended(:'s1') || ' ' || test.ended(:'s2') || ' ' || test.ended(:'s3'), 'expired(superseded) active expired(superseded)',
          'T2x: the others, older and newer, give way');
SELECT isnt(test.effect(test.payment(:'s1'), 'psp_cancel'), NULL, 'T2x: a payment that the provider knows is cancelled there');
SELECT is(test.state(test.payment(:'s3')), 'cancelled', 'T2x: one that was never sent is discarded');
SELECT is((SELECT string_agg(kind || ' ' || state, ', ') FROM veza_data.effect WHERE subject_id = test.payment(:'s3')), 'psp_create done',
          'T2x: its creation is withdrawn, and nothing is to be cancelled');
SELECT test.act(:'u');
SELECT is(test.refusal(format('SELECT veza.subscription_complete_begin(%L)', :'s1')), 'SUBSCRIPTION_NOT_PENDING',
          'T14: recovery of a superseded one says that it is over');
SELECT test.answers(test.payment(:'s1'), 'psp_cancel', 'succeeded');
SELECT is(test.refunds(:'s1'), 'late requested', 'T2x: money that still arrives there goes back');
SELECT is(test.ended(:'s1'), 'expired(superseded)', 'T2x: and does not revive it');
SELECT is(test.audit(), 'nothing', 'T2x: nothing is wrong');

SELECT test.act(test.user());
SELECT test.relay();
SELECT is(pg_temp.begin('pro', 'monthly', true), 'NO_ACTIVE_SUBSCRIPTION', 'T14: without any subscription there is nothing to change');
SELECT test.active(test.user());
SELECT is(pg_temp.begin('artist', 'monthly', true), 'ALREADY_SUBSCRIBED', 'T14: a paid plan is not changed this way');
SELECT test.pending(test.user(), 'basic');
SELECT is(pg_temp.begin('basic', 'monthly', true), 'none', 'T14: changing to the pending plan resumes it');
SELECT is((SELECT count(*) FROM veza_data.subscription WHERE user_id = veza.actor_id()), 1::bigint, 'T14: and makes no second row');

-- ---- T2f, T13: a free plan is there already

SELECT test.user() AS u \gset
SELECT test.subscribe(:'u', 'free') AS f \gset
SELECT test.wait('1 minute');
SELECT test.pending(:'u') AS s \gset
SELECT is(test.ended(:'f') || ' ' || test.ended(:'s'), 'active pending_payment', 'T2f: the free plan stays while the payment is pending');
SELECT is(veza.subscription_current() ->> 'id', :'f', 'T2f: it is the current one');
SELECT test.webhook(test.payment(:'s'), 'succeeded');
SELECT is(test.ended(:'f') || ' ' || test.ended(:'s'), 'canceled(superseded) active', 'T2f: it ends when the paid plan is active');
SELECT is((SELECT count(DISTINCT at) FROM veza_data.state_history WHERE entity_id IN (:'f', :'s') AND to_state IN ('active', 'canceled')
              AND event IN ('superseded', 'payment_succeeded')), 1::bigint, 'T2f: in the same transaction');
SELECT is(test.audit(), 'nothing', 'T2f: nothing is wrong');
SELECT test.user() AS u \gset
SELECT test.subscribe(:'u', 'free') AS f \gset
SELECT isnt(test.subscribe(:'u', 'pro', 'monthly', true), :'f'::uuid, 'T13: from free to paid is a new pending row');

-- ---- T3: paid

SELECT test.user() AS u \gset
SELECT test.pending(:'u') AS s \gset
SELECT test.payment(:'s') AS p \gset
SELECT test.wait('2 hours');
SELECT is(test.webhook(:'p', 'succeeded', '{"payment_method_id": "pm_1"}'), 'applied', 'T3: the provider says succeeded');
SELECT results_eq(format($$
    SELECT status, activated_at, activation_source, current_period_start, current_period_end, payment_id, payment_method_id, is_comp
      FROM veza_data.subscription WHERE id = %L $$, :'s'),
    format($$ VALUES ('active', test.now(), 'webhook', test.now(),
                      (test.now() AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC', %L::uuid, 'pm_1', false) $$, :'p'),
    'T3: active; the month starts now and not at the creation');
SELECT results_eq(format($$ SELECT state, psp_status, amount_received_minor, succeeded_at, next_check_at FROM veza_data.payment WHERE id = %L $$, :'p'),
                  $$ VALUES ('succeeded', 'succeeded', 999::bigint, test.now(), NULL::timestamptz) $$,
                  'T3: the payment is final, and nobody asks about it any more');
SELECT is(test.events(:'s'), 'subscribe_paid, payment_succeeded', 'T3: the history says so');
SELECT results_eq(format($$ SELECT source, payment_id, psp_event_id IS NOT NULL, request_id FROM veza_data.state_history
                             WHERE entity_id = %L AND event = 'payment_succeeded' $$, :'s'),
                  format($$ VALUES ('webhook', %L::uuid, true, 'pgtap-request') $$, :'p'),
                  'T3: with who reported it, for which payment, by which event and request');
SELECT test.active(test.user(), 'pro', 'yearly') AS s \gset
SELECT is((SELECT current_period_end FROM veza_data.subscription WHERE id = :'s'),
          (test.now() AT TIME ZONE 'UTC' + interval '1 year') AT TIME ZONE 'UTC', 'T3: a year is a year');
SELECT test.pending(test.user()) AS s \gset
SELECT test.asked(test.payment(:'s'), 'succeeded');
SELECT is((SELECT activation_source FROM veza_data.subscription WHERE id = :'s'), 'reconcile', 'T3: source reconcile, when asking brought the news');
SELECT test.subscribe(test.user()) AS s \gset
SELECT test.answers(test.payment(:'s'), 'psp_create', 'succeeded');
SELECT is((SELECT activation_source FROM veza_data.subscription WHERE id = :'s'), 'recovery', 'T3: source recovery, when the user''s own request did');
SELECT is(test.refused(format('SELECT veza.subscription_payment_step(%L, NULL, false, true)', :'s')) -> 'details' ->> 'status', 'active',
          'T3: and the user is told that it is active');

-- The end of January.
SELECT test.pending(test.user()) AS s \gset
SELECT test.wait(timestamptz '2028-01-31 12:00Z' - test.now());
SELECT test.webhook(test.payment(:'s'), 'succeeded');
SELECT is((SELECT date_trunc('day', current_period_end AT TIME ZONE 'UTC') FROM veza_data.subscription WHERE id = :'s'), timestamp '2028-02-29',
          'T3: a month from 31 January ends on the last day of February');

SELECT * FROM finish();
ROLLBACK;
