-- What payments are for: money asks the purpose that a payment names, and decides nothing by itself.

BEGIN;
SELECT no_plan();

-- ---- what money says of the subject, outside

SELECT test.subscribe(test.user(), 'pro', 'yearly') AS s \gset
SELECT test.payment(:'s') AS p \gset
SELECT test.effect(:'p', 'psp_create') AS e \gset
SELECT is((SELECT request - '{payment_id,customer_id,idempotency_key,session_expiry,amount,currency}'::text[] FROM veza_data.effect WHERE id = :'e'),
          jsonb_build_object('subscription_id', :'s', 'attempt_no', 1, 'purpose', 'initial', 'description', 'Veza Pro, yearly'),
          'a payment is created with its subject, its purpose and what the payer is to read');
SELECT is((SELECT request ->> 'idempotency_key' FROM veza_data.effect WHERE id = :'e'), :'s', 'the first attempt under the key of the subject');
SELECT test.answers(:'p', 'psp_create', 'requires_payment_method');
SELECT test.webhook(:'p', 'cancelled');
SELECT test.recover(:'s', '[["psp_create", "requires_payment_method"]]');
SELECT is((SELECT request ->> 'idempotency_key' FROM veza_data.effect WHERE subject_id = test.payment(:'s') AND kind = 'psp_create'), test.payment(:'s')::text,
          'a later one under its own');

SELECT test.payment(:'s') AS p \gset
SELECT effect_id AS e FROM veza.reconcile_payment_begin(:'s') \gset
SELECT test.answers(:'p', 'psp_retrieve', 'processing');
SELECT is(veza.reconcile_payment_end(:'p', :'e')::jsonb,
          jsonb_build_object('payment_id', test.psp_id(:'s'), 'payment_state', 'processing', 'psp_status', 'processing', 'subscription_id', :'s',
                             'subscription_status', 'pending_payment', 'question', 'done', 'outcome', 'ok', 'error_code', NULL),
          'an operator sees how payment, subject and question stand');

-- ---- what money asks of the subject

-- Two attempts of one subscription that may both have been paid: the one that it is served for stays.
SELECT test.pending(test.user()) AS s \gset
SELECT test.payment(:'s') AS p1 \gset
SELECT test.webhook(:'p1', 'cancelled');
SELECT test.recover(:'s', '[["psp_create", "requires_payment_method"]]');
SELECT test.payment(:'s') AS p2 \gset
SELECT test.webhook(:'p2', 'succeeded');
SELECT test.asked(:'p1', 'processing');
SELECT test.asked(:'p2', 'conflicted');
SELECT results_eq(format($$ SELECT attempt_no, state, given_up_at IS NOT NULL FROM veza_data.payment WHERE subscription_id = %L ORDER BY 1 $$, :'s'),
                  $$ VALUES (1, 'processing', true), (2, 'review', false) $$, 'T5x: of two that are alive again, the one that the subscription is served for stays');

-- A payment that comes to life again when nothing waits for it any more is cancelled again.
SELECT test.pending(test.user()) AS s \gset
SELECT test.payment(:'s') AS p \gset
SELECT test.webhook(:'p', 'cancelled');
SELECT veza.subscription_abandon(:'s');
SELECT test.asked(:'p', 'requires_payment_method');
SELECT is((SELECT state || ', ' || reason FROM veza_data.effect WHERE subject_id = :'p' AND kind = 'psp_cancel'), 'queued, the subscription does not wait for it',
          'an open payment that nothing waits for is cancelled');

-- ---- a purpose that nobody has registered

SELECT test.pending(test.user()) AS s \gset
SELECT test.payment(:'s') AS p \gset
UPDATE veza_data.payment SET purpose = 'renewal' WHERE id = :'p';
SELECT is(test.webhook(:'p', 'succeeded', '{}', 'evt-purpose'), 'failed', 'money for a purpose that nobody has registered: the webhook is kept');
SELECT is((SELECT error FROM veza_data.psp_event WHERE event_id = 'evt-purpose'), format('payment %s has the purpose "renewal", which nobody has registered', :'p'),
          'and says why');
SELECT is(test.state(:'p') || ', ' || test.status(:'s') || ', ' || coalesce(test.refunds(:'s'), 'none'), 'open, pending_payment, none',
          'nothing is served for it, and nothing goes back');
SELECT is(test.found(:'p', 999), 'failed', 'a refund of it is kept as well');
UPDATE veza_data.payment SET purpose = 'initial' WHERE id = :'p';
SELECT test.wait('1 hour');
SELECT test.run_jobs();
SELECT is((SELECT result FROM veza_data.psp_event WHERE event_id = 'evt-purpose'), 'applied', 'a build that knows the purpose takes it up');

SELECT * FROM finish();
ROLLBACK;
