-- The eleven acceptance cases of pending payment, recovery and the gate, by name, and the cases
-- that their text implies.

BEGIN;
SELECT no_plan();

-- ---- GetPendingPaymentSubscription

SELECT test.user() AS u \gset
SELECT test.act(:'u');
SELECT is(veza.subscription_pending()::text, NULL, '1. no row: none, and no error');
SELECT is(test.http('GET', '/api/v1/subscriptions/pending', '{}', :'u') - 'hint' - 'details', '{"head": null, "text": null, "raised": false, "result": null, "refusal": null}'::jsonb,
          '1. no row: over HTTP null, and no refusal');

SELECT test.active(:'u') AS s \gset
SELECT is(veza.subscription_pending()::text, NULL, '2. active row invisible');
SELECT is(veza.subscription_current() ->> 'id', :'s', '2. it is the current one');

SELECT test.user() AS u \gset
SELECT test.pending(:'u') AS s \gset
SELECT is(veza.subscription_pending() ->> 'id', :'s', '3. pending row');
SELECT is(veza.subscription_pending()::jsonb -> 'plan', (SELECT to_jsonb(p) FROM veza_data.plan_shape p WHERE name = 'pro'), '3. plan preload: all of the plan is there');
SELECT is(veza.subscription_pending() ->> 'status', 'pending_payment', '3. with its status');
SELECT is(veza.subscription_pending() ->> 'complete_url', '/api/v1/subscriptions/complete/' || :'s', '3. and the way to complete it');

SELECT test.wait('1 second');
SELECT test.pending(:'u', 'artist') AS newer \gset
SELECT is(veza.subscription_pending() ->> 'id', :'newer', '4. newest of several');
SELECT test.wait('-1 hour');
SELECT test.subscribe(:'u', 'basic') AS older \gset
SELECT is(veza.subscription_pending() ->> 'id', :'newer', '4. by time of creation, not by order of insertion');

-- ---- CompletePendingPayment

SELECT test.user() AS u \gset
SELECT test.subscribe(:'u') AS s \gset
SELECT test.psp_id(:'s') AS pid \gset
SELECT is((SELECT request ->> 'idempotency_key' FROM veza_data.effect WHERE id = test.effect(test.payment(:'s'), 'psp_create')), :'s',
          '5. key threading: the provider sees the subscription''s UUID in canonical form as the idempotency key');
SELECT test.recover(:'s', '[["psp_create", "requires_payment_method"]]') AS r \gset
SELECT is(:'r'::jsonb - 'waited', jsonb_build_object('payment_id', :'pid', 'client_secret', 'secret-' || test.payment(:'s'), 'payment_status', 'open',
          'http', NULL, 'subscription', :'s'), '5. happy path: subscription, client_secret and payment_id');
SELECT is(test.ended(:'s'), 'pending_payment', '5. the status stays');

SELECT test.pending(test.user()) AS foreign \gset
SELECT count(*) AS before FROM veza_data.effect \gset
SELECT test.act(:'u');
SELECT is(test.refusal(format('SELECT veza.subscription_complete_begin(%L)', :'foreign')), 'SUBSCRIPTION_NOT_FOUND', '6. ownership mismatch: not found');
SELECT is((SELECT http_status FROM veza.error WHERE code = 'SUBSCRIPTION_NOT_FOUND'), 404, '6. which is 404');
SELECT is((SELECT count(*) FROM veza_data.effect), :'before'::bigint, '6. the provider is not called');

SELECT test.user() AS u2 \gset
SELECT test.active(:'u2') AS s2 \gset
SELECT count(*) AS before FROM veza_data.effect \gset
SELECT is(test.refusal(format('SELECT veza.subscription_complete_begin(%L)', :'s2')), 'SUBSCRIPTION_NOT_PENDING', '7. not pending: refused');
SELECT is((SELECT http_status FROM veza.error WHERE code = 'SUBSCRIPTION_NOT_PENDING'), 409, '7. which is 409');
SELECT is((SELECT count(*) FROM veza_data.effect), :'before'::bigint, '7. the provider is not called');

SELECT test.act(:'u');
SELECT test.relay(false);
SELECT count(*) AS before FROM veza_data.effect \gset
SELECT test.events(:'s') AS events \gset
SELECT is(test.refusal(format('SELECT veza.subscription_complete_begin(%L)', :'s')), 'PAYMENT_PROVIDER_UNAVAILABLE', '8. no provider: disabled');
SELECT veza.relay_goodbye('test-relay');
SELECT is(test.refusal(format('SELECT veza.subscription_complete_begin(%L)', :'s')), 'PAYMENT_PROVIDER_UNAVAILABLE', '8. no provider: nobody there');
SELECT is((SELECT http_status FROM veza.error WHERE code = 'PAYMENT_PROVIDER_UNAVAILABLE'), 503, '8. which is 503');
SELECT is((SELECT count(*) FROM veza_data.effect), :'before'::bigint, '8. nothing is queued');
SELECT is(test.events(:'s'), :'events', '8. nothing is recorded');

SELECT to_jsonb(x) AS before FROM veza_data.subscription x WHERE id = :'s' \gset
SELECT test.recover(:'s', '[["psp_retrieve", "refused", "CE_01"]]') AS r \gset
SELECT is(:'r'::jsonb ->> 'code', 'PAYMENT_PROVIDER_ERROR', '9. provider error wrapping: the refusal is ours');
SELECT is((SELECT http_status FROM veza.error WHERE code = 'PAYMENT_PROVIDER_ERROR'), 502, '9. which is 502');
SELECT is(:'r'::jsonb -> 'details' ->> 'cause', 'CE_01', '9. the original cause is recognisable');
SELECT is(:'r'::jsonb -> 'details' ->> 'subscription_id', :'s', '9. the context is there');
SELECT is((SELECT to_jsonb(x) FROM veza_data.subscription x WHERE id = :'s'), :'before'::jsonb, '9. nothing changed in the row');

-- ---- distribution.Submit

SELECT test.user('creator') AS u \gset
SELECT test.pending(:'u') AS s \gset
SELECT test.track_of(:'u') AS t \gset
SELECT test.refused(format('SELECT veza.distribution_submit(%L)', :'t')) AS r \gset
SELECT is(:'r'::jsonb ->> 'code', 'SUBSCRIPTION_PENDING_PAYMENT', '10. gate, pending: the recovery branch');
SELECT results_eq($$ SELECT http_status, message FROM veza.error WHERE code = 'SUBSCRIPTION_PENDING_PAYMENT' $$,
                  $$ VALUES (403, 'Complete the payment to enable distribution.') $$, '10. 403 with the sentence that the web app knows');
SELECT is(:'r'::jsonb -> 'details' ->> 'subscription_id', :'s', '10. with the subscription to complete');
SELECT is((SELECT count(*) FROM veza_data.distribution WHERE user_id = :'u'), 0::bigint, '10. no submission row is made');

SELECT test.user('creator') AS u \gset
SELECT test.track_of(:'u') AS t \gset
SELECT test.act(:'u');
SELECT test.refused(format('SELECT veza.distribution_submit(%L)', :'t')) AS r \gset
SELECT is(:'r'::jsonb ->> 'code', 'DISTRIBUTION_NOT_ELIGIBLE', '11. gate, none: the upgrade hint, not the recovery branch');
SELECT is((SELECT http_status FROM veza.error WHERE code = 'DISTRIBUTION_NOT_ELIGIBLE'), 403, '11. which is 403');
SELECT ok(NOT :'r'::jsonb -> 'details' ?| ARRAY['subscription_id', 'complete_url', 'pending_subscription_id'], '11. and names nothing to complete');

-- ---- what the cases imply

SELECT test.pending(test.user()) AS s \gset
SELECT is(test.recover(:'s', '[["psp_retrieve", "requires_payment_method"]]') ->> 'payment_id',
          test.recover(:'s', '[["psp_retrieve", "requires_payment_method"]]') ->> 'payment_id', 'a repeated call yields the same payment');
SELECT is((SELECT count(*) FROM veza_data.payment WHERE subscription_id = :'s'), 1::bigint, 'and makes no second one');
SELECT is(test.http('GET', '/api/v1/subscriptions/:id', jsonb_build_object('id', :'s'), test.user()),
          test.http('GET', '/api/v1/subscriptions/:id', jsonb_build_object('id', gen_random_uuid()), test.user()),
          'a foreign id and an unknown one get the same answer to the letter');
SELECT test.webhook(test.payment(:'s'), 'succeeded', '{}', 'evt-twice');
SELECT is(test.webhook(test.payment(:'s'), 'succeeded', '{}', 'evt-twice'), 'duplicate', 'a second delivery is a duplicate');
SELECT is(test.events(:'s'), 'subscribe_paid, recover, recover, payment_succeeded', 'and changes nothing');
SELECT is(test.recover(:'s', '[]') ->> 'code', 'SUBSCRIPTION_NOT_PENDING', 'complete after the success: 409');

SELECT test.user() AS u \gset
SELECT test.act(:'u');
SELECT veza.relay_goodbye('test-relay');
SELECT is(test.refusal($$ SELECT veza.subscription_subscribe_begin('pro', 'monthly', false) $$), 'PAYMENT_PROVIDER_UNAVAILABLE', '503 on subscribe');
SELECT is((SELECT count(*) FROM veza_data.subscription WHERE user_id = :'u'), 0::bigint, 'leaves no orphan row');

SELECT test.user('creator') AS u \gset
SELECT test.subscribe(:'u', 'free') AS f \gset
SELECT test.wait('1 second');
SELECT test.active(:'u') AS s \gset
SELECT is(test.refusal(format('SELECT veza.distribution_submit(%L)', test.track_of(:'u'))), 'none', 'with an active plan the gate passes');

SELECT * FROM finish();
ROLLBACK;
