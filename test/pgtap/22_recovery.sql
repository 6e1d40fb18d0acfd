-- The way back to a stalled payment: rules T4 to T8 and the recovery table. Promise I7: while one
-- attempt can take money, every recovery gives the same payment back.

BEGIN;
SELECT no_plan();

-- 'http payment_status waited': how a recovery went.
CREATE FUNCTION pg_temp.how(r jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', r ->> 'code', r ->> 'payment_status', '(' || (r ->> 'waited') || ')')
$$;

-- ---- T8: the payment is open

SELECT test.user() AS u \gset
SELECT test.pending(:'u') AS s \gset
SELECT test.payment(:'s') AS p \gset
SELECT test.psp_id(:'s') AS pid \gset
SELECT test.recover(:'s', '[["psp_retrieve", "requires_payment_method"]]') AS r \gset
SELECT is(pg_temp.how(:'r'), 'open (psp_retrieve)', 'T8: the provider is asked first');
SELECT is(:'r'::jsonb ->> 'payment_id', :'pid', 'T8: the same payment is given back');
SELECT is(:'r'::jsonb ->> 'client_secret', 'secret-' || :'p', 'T8: with the client secret');
SELECT is(:'r'::jsonb ->> 'subscription', :'s', 'T8: with the subscription');
SELECT is(:'r'::jsonb ->> 'http', NULL, 'T8: with the route''s own status, nothing was made');
SELECT is(test.events(:'s'), 'subscribe_paid, recover', 'T8: the recovery is on record');
SELECT is((SELECT string_agg(DISTINCT test.recover(:'s', '[["psp_retrieve", "requires_confirmation"]]') ->> 'payment_id', ' ')
             FROM generate_series(1, 5)), :'pid', 'I7: five recoveries later it is still the same payment');
SELECT is((SELECT count(*) FROM veza_data.payment WHERE subscription_id = :'s'), 1::bigint, 'I7: there is one payment');
SELECT is((SELECT count(*) FROM veza_data.effect WHERE subject_id = :'p' AND kind = 'psp_create'), 1::bigint, 'I7: created once');
SELECT is((SELECT count(*) FROM veza_data.effect WHERE secret IS NOT NULL), 0::bigint, 'T8: no secret stays behind');
SELECT is(test.audit(), 'nothing', 'T8: nothing is wrong');

-- ---- what the provider says, what the user gets

SELECT test.pending(test.user()) AS s \gset
SELECT is(pg_temp.how(test.recover(:'s', '[["psp_retrieve", "requires_customer_action"]]')), 'open (psp_retrieve)',
          'T7: an authentication that is waited for is an open payment');
SELECT is(test.events(:'s'), 'subscribe_paid, recover, payment_action_required', 'T7: and it is recorded');
SELECT test.asked(test.payment(:'s'), 'requires_customer_action');
SELECT is(test.events(:'s'), 'subscribe_paid, recover, payment_action_required', 'T7: once');

SELECT test.pending(test.user()) AS s \gset
SELECT is(pg_temp.how(test.recover(:'s', '[["psp_retrieve", "processing"]]')), 'processing (psp_retrieve)',
          'T5: a payment that is processed: wait, and do not confirm again');
SELECT is(test.ended(:'s') || ' ' || test.events(:'s'), 'pending_payment subscribe_paid, recover, payment_processing', 'T5: it stays pending');

SELECT test.pending(test.user()) AS s \gset
SELECT test.recover(:'s', '[["psp_retrieve", "succeeded"]]') AS r \gset
SELECT is(pg_temp.how(:'r'), 'SUBSCRIPTION_NOT_PENDING (psp_retrieve)', 'a lost webhook: recovery finds the money');
SELECT is(:'r'::jsonb -> 'details' ->> 'status', 'active', 'and says that the subscription is active');
SELECT is((SELECT status || ' ' || activation_source FROM veza_data.subscription WHERE id = :'s'), 'active recovery', 'the user is served');

SELECT test.pending(test.user()) AS s \gset
SELECT test.psp_id(:'s') AS pid \gset
SELECT test.recover(:'s', '[["psp_retrieve", "requires_merchant_action"]]') AS r \gset
SELECT is(pg_temp.how(:'r'), 'PAYMENT_UNDER_REVIEW (psp_retrieve)', 'a payment under review is not handed out');
SELECT is(:'r'::jsonb -> 'details' ->> 'payment_id', :'pid', 'but named');
SELECT is(test.ended(:'s'), 'pending_payment', 'and nothing is activated');

-- ---- T4: a failed attempt never ends a pending subscription

SELECT test.pending(test.user()) AS s \gset
SELECT test.psp_id(:'s') AS pid \gset
SELECT pending_expires_at AS deadline FROM veza_data.subscription WHERE id = :'s' \gset
SELECT test.wait('1 hour');
SELECT is(test.webhook(test.payment(:'s'), 'failed', '{"error_code": "card_declined", "error_message": "Declined."}'), 'applied', 'T4: declined');
SELECT is(test.ended(:'s') || ' ' || test.events(:'s'), 'pending_payment subscribe_paid, payment_failed', 'T4: it stays pending');
SELECT is((SELECT pending_expires_at FROM veza_data.subscription WHERE id = :'s'), :'deadline'::timestamptz, 'T4: with its deadline unchanged');
SELECT is((SELECT error_code || ': ' || error_message FROM veza_data.payment WHERE id = test.payment(:'s')), 'card_declined: Declined.',
          'T4: why is kept');
SELECT test.recover(:'s', '[["psp_retrieve", "failed"], ["psp_create", "requires_payment_method"]]') AS r \gset
SELECT is(pg_temp.how(:'r'), 'open (psp_retrieve psp_create)', 'T4: recovery makes the next attempt');
SELECT isnt(:'r'::jsonb ->> 'payment_id', :'pid', 'T4: with a payment of its own');
SELECT is((SELECT attempt_no FROM veza_data.payment WHERE id = test.payment(:'s')), 2, 'T4: the second');
SELECT is((SELECT idempotency_key FROM veza_data.payment WHERE id = test.payment(:'s')), test.payment(:'s')::text,
          'T4: whose idempotency key is its own');
SELECT is((SELECT request ->> 'subscription_id' FROM veza_data.effect WHERE subject_id = test.payment(:'s') AND kind = 'psp_create'), :'s',
          'T4: and whose metadata still name the subscription');

SELECT test.pending(test.user()) AS s \gset
SELECT test.psp_id(:'s') AS pid \gset
SELECT test.recover(:'s', '[["psp_retrieve", "failed", {"manual_retry_allowed": true}]]') AS r \gset
SELECT is(pg_temp.how(:'r') || ' ' || (:'r'::jsonb ->> 'payment_id'), 'failed (psp_retrieve) ' || :'pid',
          'T4: the same payment, when the provider lets it be tried again');
SELECT test.wait('23 hours 59 minutes 30 seconds');
UPDATE veza_data.subscription SET pending_expires_at = pending_expires_at + interval '2 days' WHERE id = :'s';
SELECT is(pg_temp.how(test.recover(:'s', '[["psp_retrieve", "failed", {"manual_retry_allowed": true}], ["psp_create", "requires_payment_method"]]')),
          'open (psp_retrieve psp_create)', 'T4: not when its session ends within a minute');

-- ---- T6: dead at the provider

SELECT test.pending(test.user()) AS s \gset
SELECT is(test.webhook(test.payment(:'s'), 'cancelled'), 'applied', 'T6: cancelled at the provider');
SELECT is(test.ended(:'s') || ' ' || test.events(:'s'), 'pending_payment subscribe_paid, payment_dead', 'T6: it stays pending');
SELECT is(pg_temp.how(test.recover(:'s', '[["psp_create", "requires_payment_method"]]')), 'open (psp_create)',
          'T6: recovery makes the next attempt without asking about the dead one');
SELECT test.webhook(test.payment(:'s'), 'expired');
SELECT is(pg_temp.how(test.recover(:'s', '[["psp_create", "requires_payment_method"]]')), 'open (psp_create)', 'T6: the same for an expired one');
SELECT is((SELECT count(DISTINCT psp_payment_id) FROM veza_data.payment WHERE subscription_id = :'s'), 3::bigint,
          'T6: a new payment only after the old one is dead');
UPDATE veza_data.setting SET value = '3' WHERE name = 'payment_attempts';
SELECT test.webhook(test.payment(:'s'), 'expired');
SELECT test.recover(:'s', '[]') AS r \gset
SELECT is(pg_temp.how(:'r'), 'PAYMENT_ATTEMPTS_EXHAUSTED ()', 'T6: the number of attempts is bounded');
SELECT ok(:'r'::jsonb -> 'details' ? 'complete_url', 'T6: the refusal still names the way back');
UPDATE veza_data.setting SET value = '10' WHERE name = 'payment_attempts';

-- ---- the session at the provider is over

SELECT test.pending(test.user()) AS s \gset
SELECT test.psp_id(:'s') AS pid \gset
UPDATE veza_data.subscription SET pending_expires_at = pending_expires_at + interval '2 days' WHERE id = :'s';
SELECT test.wait('23 hours 58 minutes');
SELECT is(pg_temp.how(test.recover(:'s', '[["psp_retrieve", "requires_payment_method"]]')), 'open (psp_retrieve)',
          'a session with more than a minute left is handed out');
SELECT test.wait('61 seconds');
SELECT test.recover(:'s', '[["psp_retrieve", "requires_payment_method"], ["psp_cancel", "cancelled"], ["psp_create", "requires_payment_method"]]') AS r \gset
SELECT is(pg_temp.how(:'r'), 'open (psp_retrieve psp_cancel psp_create)', 'one that is over is cancelled first, then a new attempt is made');
SELECT isnt(:'r'::jsonb ->> 'payment_id', :'pid', 'with a payment of its own');

SELECT test.pending(test.user()) AS s \gset
UPDATE veza_data.subscription SET pending_expires_at = pending_expires_at + interval '2 days' WHERE id = :'s';
SELECT test.wait('1 day');
SELECT test.recover(:'s', '[["psp_retrieve", "requires_payment_method"], ["psp_cancel", "succeeded"]]') AS r \gset
SELECT is(pg_temp.how(:'r') || ' ' || (:'r'::jsonb -> 'details' ->> 'status'), 'SUBSCRIPTION_NOT_PENDING (psp_retrieve psp_cancel) active',
          'too late to cancel, because it was paid meanwhile: the user is served and not charged twice');
SELECT is((SELECT count(*) FROM veza_data.payment WHERE subscription_id = :'s'), 1::bigint, 'and no second attempt was made');

SELECT test.pending(test.user()) AS s \gset
UPDATE veza_data.subscription SET pending_expires_at = pending_expires_at + interval '2 days' WHERE id = :'s';
SELECT test.wait('1 day');
SELECT is(pg_temp.how(test.recover(:'s', '[["psp_retrieve", "requires_payment_method"], ["psp_cancel", "processing"], ["psp_retrieve", "processing"]]')),
          'processing (psp_retrieve psp_cancel psp_retrieve)', 'too late to cancel, because it is processed: it is asked about again');

-- ---- the provider does not know the payment, or does not answer

SELECT test.subscribe(test.user()) AS s \gset
SELECT test.psp_id(:'s') AS pid \gset
SELECT test.claim(test.payment(:'s'), 'psp_create');
SELECT is(pg_temp.how(test.flow(:'s', '[["psp_create", "late"]]')), 'PAYMENT_PROVIDER_TIMEOUT (psp_create)', 'no answer in time');
SELECT test.recover(:'s', '[["psp_create", "requires_payment_method"]]') AS r \gset
SELECT is(pg_temp.how(:'r') || ' ' || (:'r'::jsonb ->> 'payment_id'), 'open (psp_create) ' || :'pid',
          'a payment that was perhaps created is created under the same id');

SELECT test.pending(test.user()) AS s \gset
SELECT test.psp_id(:'s') AS pid \gset
SELECT test.recover(:'s', '[["psp_retrieve", "not_found"], ["psp_create", "requires_payment_method"]]') AS r \gset
SELECT is(pg_temp.how(:'r') || ' ' || (:'r'::jsonb ->> 'payment_id'), 'open (psp_retrieve psp_create) ' || :'pid',
          'a payment that the provider forgot is created again under the same id');

SELECT test.pending(test.user()) AS s \gset
SELECT test.psp_id(:'s') AS pid \gset
SELECT to_jsonb(x) - 'waiters' AS before FROM veza_data.payment x WHERE id = test.payment(:'s') \gset
SELECT test.recover(:'s', '[["psp_retrieve", "late"]]') AS r \gset
SELECT is(pg_temp.how(:'r'), 'PAYMENT_PROVIDER_TIMEOUT (psp_retrieve)', 'silence is PAYMENT_PROVIDER_TIMEOUT');
SELECT is(:'r'::jsonb -> 'details', jsonb_build_object('subscription_id', :'s', 'payment_id', :'pid',
          'complete_url', '/api/v1/subscriptions/complete/' || :'s'), 'with subscription, payment and the way back');
SELECT is(:'r'::jsonb ->> 'retry_after', '5', 'and Retry-After');
SELECT matches(:'r'::jsonb ->> 'hint', 'CALL veza\.subscription_complete\(''' || :'s' || '''\)', 'in psql the hint is a statement to type');
SELECT test.recover(:'s', '[["psp_retrieve", "refused", "IR_01"]]') AS r \gset
SELECT is(pg_temp.how(:'r'), 'PAYMENT_PROVIDER_ERROR (psp_retrieve)', 'a refusal is PAYMENT_PROVIDER_ERROR');
SELECT is(:'r'::jsonb -> 'details' ->> 'cause', 'IR_01', 'with its cause');
SELECT is((SELECT to_jsonb(x) - '{waiters,error_code,error_message,refusals,next_check_at}'::text[] FROM veza_data.payment x WHERE id = test.payment(:'s')),
          :'before'::jsonb - '{error_code,error_message,refusals,next_check_at}'::text[], 'and the payment is as it was');
SELECT is(test.ended(:'s'), 'pending_payment', 'and so is the subscription');
SELECT is(pg_temp.how(test.recover(:'s', '[["psp_retrieve", "requires_payment_method"]]')), 'open (psp_retrieve)', 'the next recovery is as good as the first');

-- An attempt whose outcome is unknown is made again; only silence until the end is an answer.
SELECT test.pending(test.user()) AS s \gset
SELECT test.relay();
SELECT veza.subscription_complete_begin(:'s');
SELECT (test.step(:'s')).wait_for AS e \gset
SELECT is((SELECT is_finished::text || ' ' || failed_attempts FROM veza.effect_progress(:'e')), 'false 0', 'an effect that nobody took up');
SELECT is(test.finish(test.payment(:'s'), 'psp_retrieve', 'unknown', NULL, 'timeout'), 'queued', 'an unknown outcome is tried again');
SELECT is((SELECT is_finished::text || ' ' || failed_attempts FROM veza.effect_progress(:'e')), 'false 1', 'the waiting request sees the failure');
SELECT is((SELECT wait_ms FROM veza.effect_progress(:'e')), 8000::bigint, 'and waits no longer than the setting says');

-- ---- who may, and when: 404, 409, 503, in this order

SELECT test.user() AS u \gset
SELECT test.pending(:'u') AS s \gset
SELECT test.active(test.user()) AS other \gset
SELECT test.act(:'u');
DELETE FROM veza_data.relay;
SELECT is(test.refused(format('SELECT veza.subscription_complete_begin(%L)', :'other')),
          test.refused(format('SELECT veza.subscription_complete_begin(%L)', gen_random_uuid())),
          'I12: somebody else''s subscription and one that does not exist are the same refusal to the letter');
SELECT is(test.refusal(format('SELECT veza.subscription_complete_begin(%L)', :'other')), 'SUBSCRIPTION_NOT_FOUND',
          'the owner comes before the state and before the provider');
SELECT is(test.refusal(format('SELECT veza.subscription_payment_step(%L, NULL, false, false)', :'other')), 'SUBSCRIPTION_NOT_FOUND',
          'the second phase is as strict');
SELECT is(test.refusal(format('SELECT veza.subscription_complete_begin(%L)', :'s')), 'PAYMENT_PROVIDER_UNAVAILABLE', 'the provider comes last');
SELECT veza.subscription_abandon(:'s');
SELECT is(test.refusal(format('SELECT veza.subscription_complete_begin(%L)', :'s')), 'SUBSCRIPTION_NOT_PENDING', 'the state comes before the provider');
SELECT is(test.refused(format('SELECT veza.subscription_complete_begin(%L)', :'s')) -> 'details',
          jsonb_build_object('subscription_id', :'s', 'status', 'expired'), 'and is told');
SELECT is(test.refusal('SELECT veza.subscription_complete_begin(NULL)'), 'VALIDATION_ERROR', 'no id');
SELECT veza.stop_acting();
SELECT is(test.refusal(format('SELECT veza.subscription_complete_begin(%L)', :'s')), 'AUTH_REQUIRED', 'nobody');

SELECT * FROM finish();
ROLLBACK;
