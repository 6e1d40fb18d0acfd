-- Money that goes back, and money that nobody can be served for: rules T26, T31, T3a, T32o, T5x.

BEGIN;
SELECT no_plan();

-- What veza.audit finds. Waiting for days here leaves pending ones and reviews behind; those are looked at one by one.
CREATE FUNCTION pg_temp.audit() RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(DISTINCT invariant, ', '), 'nothing') FROM veza.audit
     WHERE invariant NOT IN ('effect_overdue', 'pending_over_its_time', 'review_unsettled')
$$;

-- The same as test.refunds, where several were made at once.
CREATE FUNCTION pg_temp.refunds(subscription uuid) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(r.reason || ' ' || r.state, ', ' ORDER BY r.reason)
      FROM veza_data.refund r JOIN veza_data.payment p ON p.id = r.payment_id WHERE p.subscription_id = $1
$$;

-- ---- the sum of the refunds

SELECT test.user() AS u \gset
SELECT test.pending(:'u', 'basic') AS s1 \gset
SELECT test.wait('1 minute');
SELECT test.active(:'u') AS s2 \gset
SELECT test.payment(:'s1') AS p \gset
SELECT test.asked(:'p', 'succeeded');
SELECT is(test.refunds(:'s1'), 'late requested', 'money for a superseded subscription goes back');
SELECT test.refund_answers(r.id, 'psp_refund', 'succeeded') FROM veza_data.refund r WHERE payment_id = :'p';
SELECT test.asked(:'p', 'conflicted');
SELECT test.asked(:'p', 'succeeded');
SELECT is(test.refunds(:'s1'), 'late succeeded', 'once, whatever is doubted meanwhile');

SELECT test.pending(test.user()) AS s \gset
SELECT test.payment(:'s') AS p1 \gset
SELECT test.webhook(:'p1', 'cancelled');
SELECT test.recover(:'s', '[["psp_create", "requires_payment_method"]]');
SELECT test.webhook(test.payment(:'s'), 'succeeded');
SELECT test.webhook(:'p1', 'succeeded');
SELECT test.refund_answers(r.id, 'psp_refund', 'succeeded') FROM veza_data.refund r WHERE payment_id = :'p1';
SELECT veza.subscription_cancel(false);
SELECT test.asked(:'p1', 'conflicted');
SELECT test.asked(:'p1', 'succeeded');
SELECT is(test.refunds(:'s'), 'duplicate succeeded', 'what went back as a duplicate does not go back as late money, too');
SELECT is(pg_temp.audit(), 'nothing', 'nothing is wrong');

SELECT matches(test.refused(format($$ INSERT INTO veza_data.refund (payment_id, reason, psp_refund_id, amount_minor, currency, state, created_at, updated_at)
    VALUES (%L, 'late', 'another', 1, 'EUR', 'requested', now(), now()) $$, :'p1')) ->> 'message', 'payment_refunds_fit',
    'a cent more than was received is refused by a constraint, to a superuser, too');
SELECT matches(test.refused(format($$ UPDATE veza_data.refund SET amount_minor = amount_minor + 1 WHERE payment_id = %L $$, :'p1')) ->> 'message', 'payment_refunds_fit',
    'so is a larger refund');
SELECT is((SELECT refunded_minor FROM veza_data.payment WHERE id = :'p1'), 999::bigint, 'the sum stands beside the payment');

-- More was received than asked: all of it goes back.
SELECT test.pending(test.user()) AS s \gset
SELECT veza.subscription_abandon(:'s');
SELECT test.wait('4 days');
SELECT test.webhook(test.payment(:'s'), 'succeeded', '{"amount_received": 1200}');
SELECT is((SELECT amount_minor FROM veza_data.refund WHERE payment_id = test.payment(:'s')), 1200::bigint, 'what was received goes back, not what was asked');
SELECT is((SELECT (request ->> 'amount')::bigint FROM veza_data.effect e JOIN veza_data.refund r ON r.id = e.subject_id WHERE r.payment_id = test.payment(:'s')), 1200::bigint,
          'at the provider, too');

-- ---- T26: refunds that we did not make

SELECT test.active(test.user()) AS s \gset
SELECT test.payment(:'s') AS p \gset
SELECT is(test.found(:'p', 999), 'applied', 'T26: a full refund at the dashboard is recognised by its payment');
SELECT is(test.ended(:'s') || ', ' || test.refunds(:'s') || ', ' || test.state(:'p'), 'canceled(refund), provider succeeded, succeeded', 'T26: the subscription ends with it');
SELECT is((veza.distribution_eligibility() ->> 'eligible')::boolean, false, 'T26: nothing is distributed any more');
SELECT is((SELECT plan_role FROM veza_data.users u JOIN veza_data.subscription x ON x.user_id = u.id WHERE x.id = :'s'), NULL, 'T26: and the role is gone');
SELECT test.asked(:'p', 'succeeded');
SELECT is(test.ended(:'s') || ', ' || test.refunds(:'s'), 'canceled(refund), provider succeeded', 'T26: that the payment once succeeded changes nothing');
SELECT is(pg_temp.audit(), 'nothing', 'T26: nothing is wrong');

SELECT test.active(test.user()) AS s \gset
SELECT test.payment(:'s') AS p \gset
SELECT is(test.found(:'p', 400, 'succeeded', 'dash_part'), 'applied', 'T27: a part');
SELECT is(test.ended(:'s') || ', ' || test.refunds(:'s'), 'active, provider succeeded', 'T27: is recorded, and no more');
SELECT is(test.found(:'p', 400, 'succeeded', 'dash_part'), 'no_change', 'T27: the same one is no news');
SELECT is(pg_temp.audit(), 'nothing', 'T27: nothing is wrong');
SELECT is(test.found(:'p', 599, 'pending', 'dash_rest'), 'applied', 'T26: the rest is on its way');
SELECT is(test.ended(:'s'), 'active', 'T26: and has not gone yet');
SELECT is(test.found(:'p', 599, 'succeeded', 'dash_rest'), 'applied', 'T26: then it has');
SELECT is(test.ended(:'s'), 'canceled(refund)', 'T26: parts that make a whole end the subscription');

SELECT test.active(test.user()) AS s \gset
SELECT test.payment(:'s') AS p \gset
SELECT is(test.found(:'p', 1000), 'failed', 'T26: more than was received cannot have gone back');
SELECT is(test.ended(:'s') || ', ' || test.refunds(:'s'), 'active, none', 'T26: nothing is believed of that');
SELECT is(pg_temp.audit(), 'webhook_not_applied', 'T26: and an operator is told');
DELETE FROM veza_data.psp_event WHERE result = 'failed';
SELECT is(test.found(:'p', 999, 'succeeded', NULL, '{"currency": "USD"}'), 'failed', 'T26: nor in another currency');
DELETE FROM veza_data.psp_event WHERE result = 'failed';
SELECT is(test.found(:'p', 999, 'failed'), 'no_change', 'T26: one that failed is no news');
SELECT is(test.found(:'p', 999, 'succeeded', 'x"; drop'), 'no_change', 'T26: an id that no address can hold is not taken over');

-- The answer about the payment lists refunds: a lost webhook is found.
SELECT test.active(test.user()) AS s \gset
SELECT test.payment(:'s') AS p \gset
SELECT test.asked(:'p', 'succeeded', '{"refunds": [{"refund_id": "dash_a", "status": "succeeded", "amount": 99, "currency": "EUR"}, 7, {"refund_id": "dash_b", "status": "succeeded", "amount": 900, "currency": "EUR"}]}');
SELECT is(test.ended(:'s') || ', ' || test.refunds(:'s'), 'canceled(refund), provider succeeded, provider succeeded', 'T26: refunds in an answer count');
SELECT test.active(test.user()) AS s \gset
SELECT test.asked(test.payment(:'s'), 'succeeded', '{"refunds": [{"refund_id": "dash_c", "status": "succeeded", "amount": 5000, "currency": "EUR"}]}');
SELECT is(test.ended(:'s') || ', ' || test.refunds(:'s'), 'active, none', 'T26: one that cannot be is left out, and the answer applied');

-- A refund that is told before the success: the money serves nothing.
SELECT test.pending(test.user()) AS s \gset
SELECT test.payment(:'s') AS p \gset
SELECT is(test.found(:'p', 999), 'applied', 'T26: before the success is known');
SELECT isnt(test.effect(:'p', 'psp_retrieve'), NULL, 'T26: the provider is asked about the payment');
SELECT test.answers(:'p', 'psp_retrieve', 'succeeded');
SELECT is(test.ended(:'s') || ', ' || test.state(:'p'), 'pending_payment, succeeded', 'T26: what came and went activates nothing');
SELECT is(test.recover(:'s', '[["psp_create", "requires_payment_method"]]') ->> 'payment_status', 'open', 'T26: and the next attempt can be made');
SELECT is(pg_temp.audit(), 'nothing', 'T26: nothing is wrong');

-- It fails after all: the money is there, and must serve.
SELECT test.pending(test.user()) AS s \gset
SELECT test.payment(:'s') AS p \gset
SELECT test.found(:'p', 999, 'pending', 'dash_fails');
SELECT test.answers(:'p', 'psp_retrieve', 'succeeded');
SELECT is(test.ended(:'s'), 'pending_payment', 'T26: while it is on its way');
SELECT is(test.found(:'p', 999, 'failed', 'dash_fails'), 'applied', 'T28: a refund at the dashboard fails');
SELECT is(test.ended(:'s'), 'active', 'T28: so the money serves');

-- Our own refund, which nobody has begun with, gives way to one at the dashboard.
SELECT test.pending(test.user()) AS s \gset
SELECT veza.subscription_abandon(:'s');
SELECT test.wait('4 days');
SELECT test.webhook(test.payment(:'s'), 'succeeded');
SELECT is(test.found(test.payment(:'s'), 999), 'applied', 'T26: an operator was quicker');
SELECT is(pg_temp.refunds(:'s'), 'late failed, provider succeeded', 'T26: ours is withdrawn');
SELECT is(test.effect(r.id, 'psp_refund'), NULL, 'T26: and not sent') FROM veza_data.refund r WHERE payment_id = test.payment(:'s') AND reason = 'late';
SELECT is(test.refusal(format('CALL veza.retry_refund(%L, %L)', r.id, 'once more')), 'INVALID_TRANSITION', 'T28: nothing is left to be retried')
  FROM veza_data.refund r WHERE payment_id = test.payment(:'s') AND reason = 'late';
SELECT is(pg_temp.audit(), 'nothing', 'T26: nothing is wrong');

-- One that a relay is carrying out does not; the event is tried again.
SELECT test.pending(test.user()) AS s \gset
SELECT veza.subscription_abandon(:'s');
SELECT test.wait('4 days');
SELECT test.webhook(test.payment(:'s'), 'succeeded');
SELECT test.claim(r.id, 'psp_refund') FROM veza_data.refund r WHERE payment_id = test.payment(:'s');
SELECT is(test.found(test.payment(:'s'), 999), 'failed', 'T26: what a relay is carrying out stays');
SELECT test.finish(r.id, 'psp_refund', 'refused', NULL, 'IR_13') FROM veza_data.refund r WHERE payment_id = test.payment(:'s');
SELECT test.wait('10 seconds');
SELECT test.run_jobs();
SELECT is(pg_temp.refunds(:'s'), 'late failed, provider succeeded', 'T26: until the provider has refused it');

-- ---- T31: disputes

CREATE FUNCTION pg_temp.dispute(payment uuid, status text) RETURNS text LANGUAGE sql AS $$
    SELECT test.deliver(jsonb_build_object('event_id', gen_random_uuid(), 'event_type', $2, 'content', jsonb_build_object('type', 'dispute_details',
        'object', jsonb_build_object('dispute_id', 'dp_1', 'payment_id', p.psp_payment_id, 'amount', '999', 'currency', 'EUR', 'dispute_status', $2))))
      FROM veza_data.payment p WHERE p.id = $1
$$;
SELECT test.active(test.user()) AS s \gset
SELECT is(pg_temp.dispute(test.payment(:'s'), w), 'no_change', format('T31: %s decides nothing', w))
  FROM unnest(ARRAY['dispute_opened', 'dispute_challenged', 'dispute_won', 'dispute_cancelled', 'dispute_of_next_year']) w;
SELECT is(test.ended(:'s'), 'active', 'T31: the subscription stays meanwhile');
SELECT is(pg_temp.dispute(test.payment(:'s'), 'dispute_lost'), 'applied', 'T31: a lost dispute is a reversal');
SELECT is(test.ended(:'s') || ', ' || test.state(test.payment(:'s')), 'canceled(refund), reversed', 'T31: the subscription ends');
SELECT test.asked(test.payment(:'s'), 'succeeded', '{"disputes": [{"dispute_id": "dp_1", "dispute_status": "dispute_lost"}]}');
SELECT is(test.state(test.payment(:'s')), 'reversed', 'T31: for good');
SELECT test.active(test.user()) AS s \gset
SELECT test.asked(test.payment(:'s'), 'succeeded', '{"disputes": [{"dispute_id": "dp_0", "dispute_status": "dispute_won"}, {"dispute_id": "dp_1", "dispute_status": "dispute_accepted"}]}');
SELECT is(test.ended(:'s') || ', ' || test.state(test.payment(:'s')), 'canceled(refund), reversed', 'T31: an answer that lists one counts');
SELECT test.pending(test.user()) AS s \gset
SELECT veza.subscription_abandon(:'s');
SELECT test.wait('4 days');
SELECT test.webhook(test.payment(:'s'), 'succeeded');
SELECT pg_temp.dispute(test.payment(:'s'), 'dispute_lost');
SELECT is(test.refunds(:'s'), 'late failed', 'T31: money that was taken back is not sent back besides');
SELECT is(pg_temp.audit(), 'nothing', 'T31: nothing is wrong');

-- Reversed while our refund is under way: when that fails, it is not made again.
SELECT test.pending(test.user()) AS s \gset
SELECT veza.subscription_abandon(:'s');
SELECT test.wait('4 days');
SELECT test.webhook(test.payment(:'s'), 'succeeded');
SELECT id AS r FROM veza_data.refund WHERE payment_id = test.payment(:'s') \gset
SELECT test.refund_answers(:'r', 'psp_refund', 'pending');
SELECT test.webhook(test.payment(:'s'), 'cancelled_post_capture');
SELECT test.deliver(jsonb_build_object('event_id', gen_random_uuid(), 'event_type', 'refund_failed', 'content', jsonb_build_object('type', 'refund_details',
    'object', (SELECT jsonb_build_object('refund_id', psp_refund_id, 'status', 'failed') FROM veza_data.refund WHERE id = :'r'))));
SELECT is(test.refunds(:'s') || ', ' || test.state(test.payment(:'s')), 'late failed, reversed', 'T33: reversed, and the refund has failed');
SELECT is(test.refusal(format('CALL veza.retry_refund(%L, %L)', :'r', 'once more')), 'INVALID_TRANSITION', 'T28: what was reversed is not sent back besides');

-- ---- T3a: accounts that cannot be served

SELECT test.user() AS u \gset
SELECT test.pending(:'u') AS s \gset
SELECT test.payment(:'s') AS p \gset
SELECT test.asked(:'p', 'processing');
CREATE FUNCTION pg_temp.end_account(id uuid) RETURNS void LANGUAGE sql AS $$
    UPDATE veza_data.users SET status = 'deleted', email = NULL, password_hash = NULL, plan_role = NULL WHERE users.id = $1
$$;
SELECT test.act(:'u');
SELECT veza.subscription_abandon(:'s');
SELECT pg_temp.end_account(:'u');
SELECT is(test.webhook(:'p', 'succeeded'), 'applied', 'T-lateR: money comes after the account has ended');
SELECT is(test.ended(:'s') || ', ' || test.refunds(:'s'), 'expired(user_abandoned), late requested', 'T-lateR: it goes back at once');
SELECT is((SELECT plan_role FROM veza_data.users WHERE id = :'u'), NULL, 'T-lateR: the emptied row stays empty');
SELECT is(pg_temp.audit(), 'nothing', 'T-lateR: nothing is wrong');
SELECT test.act(test.user('admin'));
SELECT is(test.refusal(format('SELECT veza.subscription_activate(%L, %L)', :'s', 'a gift')), 'SUBSCRIPTION_INVALID_STATE', 'T11: nothing is given to an account that has ended');

SELECT test.user() AS u \gset
SELECT test.pending(:'u') AS s \gset
UPDATE veza_data.users SET status = 'suspended' WHERE id = :'u';
SELECT is(test.webhook(test.payment(:'s'), 'succeeded'), 'applied', 'T3a: money for a suspended account');
SELECT is(test.ended(:'s') || ', ' || test.refunds(:'s'), 'expired(account), late requested', 'T3a: goes back, because nobody can be served');
SELECT test.user() AS u \gset
SELECT test.pending(:'u') AS s \gset
SELECT veza.subscription_abandon(:'s');
UPDATE veza_data.users SET status = 'suspended' WHERE id = :'u';
SELECT test.webhook(test.payment(:'s'), 'succeeded');
SELECT is(test.ended(:'s') || ', ' || test.refunds(:'s'), 'expired(user_abandoned), late requested', 'T-lateR: late money revives nothing of a suspended account');
SELECT test.user() AS u \gset
SELECT test.active(:'u') AS s \gset
SELECT test.asked(test.payment(:'s'), 'conflicted');
UPDATE veza_data.users SET status = 'suspended' WHERE id = :'u';
SELECT test.asked(test.payment(:'s'), 'succeeded');
SELECT is(test.ended(:'s') || ', ' || test.refunds(:'s'), 'active, none', 'T3a: what was paid before goes on');
SELECT is(pg_temp.audit(), 'nothing', 'T3a: nothing is wrong');

-- Whatever still happens to a subscription, an emptied row gets no role.
SELECT test.user() AS u \gset
SELECT test.active(:'u') AS s \gset
SELECT test.asked(test.payment(:'s'), 'conflicted');
SELECT pg_temp.end_account(:'u');
SELECT test.asked(test.payment(:'s'), 'succeeded');
SELECT is((SELECT plan_role FROM veza_data.users WHERE id = :'u'), NULL, 'T30: not even when a review ends well');
SELECT is((SELECT string_agg(invariant, ', ') FROM veza.audit WHERE subject = :'u'), 'served_without_account', 'T30: and an operator is told');
SELECT veza.stop_acting();
UPDATE veza_data.users SET status = 'active', password_hash = 'none' WHERE id = :'u';

-- An account that is not served begins nothing, although its actor was good when the request came.
CREATE FUNCTION pg_temp.too_late(who uuid, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
    head   jsonb;
BEGIN
    CREATE OR REPLACE FUNCTION pg_temp.then_suspended(who uuid) RETURNS boolean LANGUAGE sql AS
        'WITH x AS (UPDATE veza_data.users SET status = ''suspended'' WHERE id = who RETURNING 1) SELECT count(*) = 1 FROM x';
    EXECUTE format('SELECT CASE WHEN veza.begin_request(''user'', false, $1, $2, (SELECT token_version FROM veza_data.users WHERE id = $1), ''x'', NULL, NULL)'
                   ' THEN CASE WHEN pg_temp.then_suspended($1) THEN (%s)::text END END', statement) INTO result USING who, test.session_of(who);
    RETURN 'begun';
EXCEPTION WHEN OTHERS THEN
    RETURN test.code_of(SQLSTATE, SQLERRM);
END
$$;
SELECT test.relay();
SELECT test.user() AS u \gset
SELECT test.pending(:'u') AS s \gset
SELECT is(pg_temp.too_late(:'u', statement), 'USER_ACCOUNT_DISABLED', 'an account that was suspended meanwhile begins nothing: ' || left(statement, 45))
  FROM unnest(ARRAY['SELECT count(*) FROM veza.subscription_subscribe_begin(''artist'', ''monthly'', false)', format('veza.subscription_complete_begin(%L)', :'s'),
                    format('SELECT count(*) FROM veza.subscription_payment_step(%L, NULL, false, false)', :'s'), 'veza.subscription_cancel(false)']) statement;

-- ---- T32o: reviews are settled

CREATE FUNCTION pg_temp.settle(payment uuid, decision text, reason text DEFAULT 'looked at the books') RETURNS text LANGUAGE sql AS $$
    SELECT test.refusal(format('CALL veza.settle_review(%L, %L, %L)', $1, $2, $3))
$$;
SELECT test.pending(test.user()) AS s \gset
SELECT test.payment(:'s') AS p \gset
SELECT test.webhook(:'p', 'partially_captured', '{"amount_received": 999}');
SELECT test.asked(:'p', 'partially_captured', '{"amount_received": 999}');
SELECT is(test.ended(:'s') || ', ' || test.state(:'p'), 'pending_payment, review', 'T32o: all of it was received, the provider calls it a part');
SELECT is(pg_temp.settle(:'p', 'maybe'), 'VALIDATION_ERROR', 'T32o: a decision is accept or refund');
SELECT is(pg_temp.settle(:'p', 'accept', ' '), 'VALIDATION_ERROR', 'T32o: with a reason');
SELECT is(pg_temp.settle(gen_random_uuid(), 'accept'), 'PAYMENT_NOT_FOUND', 'T32o: about a payment');
SELECT is(pg_temp.settle(:'p', 'accept'), 'none', 'T32o: an operator accepts it');
SELECT is(test.ended(:'s') || ', ' || test.state(:'p'), 'active, succeeded', 'T32o: it serves');
SELECT is((SELECT action || ' ' || reason || ' ' || (new_values ->> 'decision') FROM veza_data.audit_log WHERE resource_id = :'p' AND action <> 'dba.reconcile_payment'), 'payment.settle looked at the books accept', 'T32o: on record');
SELECT test.asked(:'p', 'partially_captured', '{"amount_received": 999}');
SELECT is(test.ended(:'s') || ', ' || test.state(:'p'), 'active, succeeded', 'T32o: the same word again is no new review');
SELECT test.asked(:'p', 'conflicted');
SELECT is(test.ended(:'s') || ', ' || test.state(:'p'), 'suspended, review', 'T32o: another word is');
SELECT is(pg_temp.settle(:'p', 'refund'), 'none', 'T32o: this time it goes back');
SELECT is(test.ended(:'s') || ', ' || test.refunds(:'s'), 'canceled(refund), requested requested', 'T32o: and the service ends');
SELECT is(pg_temp.settle(:'p', 'accept'), 'INVALID_TRANSITION', 'T32o: what is settled is settled');
SELECT is(pg_temp.audit(), 'nothing', 'T32o: nothing is wrong');

SELECT test.pending(test.user()) AS s \gset
SELECT test.payment(:'s') AS p \gset
SELECT test.webhook(:'p', 'succeeded', '{"amount_received": 500}');
SELECT is(pg_temp.settle(:'p', 'accept'), 'none', 'T32o: less may be accepted');
SELECT is(test.ended(:'s') || ', ' || pg_temp.audit(), 'active, nothing', 'T32o: and is no finding');
SELECT test.pending(test.user()) AS s \gset
SELECT test.payment(:'s') AS p \gset
SELECT test.webhook(:'p', 'succeeded', '{"amount_received": 500}');
SELECT is(pg_temp.settle(:'p', 'refund'), 'none', 'T32o: or sent back');
SELECT is(test.ended(:'s') || ', ' || test.refunds(:'s') || ', ' || (SELECT amount_minor FROM veza_data.refund WHERE payment_id = :'p'),
          'pending_payment, requested requested, 500', 'T32o: no more than what was received');
SELECT is(test.recover(:'s', '[["psp_create", "requires_payment_method"]]') ->> 'payment_status', 'open', 'T32o: and the user can pay anew');

SELECT test.pending(test.user()) AS s \gset
SELECT test.payment(:'s') AS p \gset
SELECT test.asked(:'p', 'requires_capture');
SELECT is(pg_temp.settle(:'p', 'accept'), 'VALIDATION_ERROR', 'T32o: where nothing was received, accepting would be a gift');
SELECT is(pg_temp.settle(:'p', 'refund'), 'none', 'T32o: refusing it');
SELECT isnt(test.effect(:'p', 'psp_cancel'), NULL, 'T32o: cancels it at the provider');
SELECT test.answers(:'p', 'psp_cancel', 'cancelled');
SELECT is(test.state(:'p') || ', ' || test.refunds(:'s'), 'cancelled, none', 'T32o: whose answer ends the review');

-- A provider that reports 0 although all was taken: who has seen the money may say so.
SELECT test.pending(test.user()) AS s \gset
SELECT test.payment(:'s') AS p \gset
SELECT test.webhook(:'p', 'succeeded', '{"amount_received": 0}');
SELECT is(test.ended(:'s') || ', ' || test.state(:'p'), 'pending_payment, review', 'T32o: a success with nothing received');
SELECT is(pg_temp.settle(:'p', 'accept'), 'none', 'T32o: is accepted on an operator''s word');
SELECT test.asked(:'p', 'succeeded', '{"amount_received": 0}');
SELECT is(test.ended(:'s') || ', ' || test.state(:'p') || ', ' || (SELECT amount_received_minor FROM veza_data.payment WHERE id = :'p'), 'active, succeeded, 999',
          'T32o: which stands when the provider repeats itself');
SELECT is(pg_temp.audit(), 'nothing', 'T32o: nothing is wrong');
SELECT test.active(test.user()) AS s \gset
SELECT test.asked(test.payment(:'s'), 'conflicted', '{"amount_received": 0}');
SELECT is(test.ended(:'s'), 'suspended', 'T32: nothing received is not the same as all sent back');

-- Abandoned, with the money there: nobody may overlook it.
SELECT test.pending(test.user()) AS s \gset
SELECT test.payment(:'s') AS p \gset
SELECT test.asked(:'p', 'partially_captured', '{"amount_received": 999}');
SELECT veza.subscription_abandon(:'s');
SELECT is(pg_temp.audit(), 'nothing', 'T32o: abandoned while under review');
SELECT test.wait('16 minutes');
SELECT is((SELECT string_agg(invariant, ', ') FROM veza.audit WHERE subject = :'p'), 'review_unsettled', 'T32o: is found after a quarter of an hour');
SELECT is(pg_temp.settle(:'p', 'accept'), 'none', 'T32o: accepted in time');
SELECT is(test.ended(:'s') || ', ' || test.refunds(:'s'), 'active, none', 'T-late: it revives the subscription');
SELECT is((SELECT string_agg(invariant, ', ') FROM veza.audit WHERE subject = :'p'), NULL, 'T32o: and is found no more');
SELECT is(test.refusal_as('veza_httpd', format('CALL veza.settle_review(%L, %L, %L)', :'p', 'accept', 'x')), '42501', 'T32o: not over HTTP');
SELECT is(test.refusal_as('veza_dba', format('CALL veza.settle_review(%L, %L, %L)', :'p', 'accept', 'x')), 'INVALID_TRANSITION', 'T32o: but by an operator');

-- ---- T5x: two attempts come to life

-- A subscription whose first attempt failed and whose second is open.
CREATE FUNCTION pg_temp.two_attempts() RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    s uuid := test.pending(test.user());
BEGIN
    PERFORM test.webhook(test.payment(s), 'failed');
    PERFORM test.recover(s, '[["psp_retrieve", "failed"], ["psp_create", "requires_payment_method"]]');
    RETURN s;
END
$$;
CREATE FUNCTION pg_temp.attempt(subscription uuid, no integer) RETURNS uuid LANGUAGE sql AS $$
    SELECT id FROM veza_data.payment WHERE subscription_id = $1 AND attempt_no = $2
$$;
SELECT pg_temp.two_attempts() AS s \gset
SELECT test.asked(pg_temp.attempt(:'s', 1), 'processing');
SELECT is(test.state(pg_temp.attempt(:'s', 1)) || ' ' || test.state(pg_temp.attempt(:'s', 2)), 'processing open', 'T5x: the first attempt is processed after all');
SELECT isnt(test.effect(pg_temp.attempt(:'s', 2), 'psp_cancel'), NULL, 'T5x: the second, which could take money, too, is cancelled');
SELECT is(test.recover(:'s', '[["psp_retrieve", "processing"]]') ->> 'payment_id', (SELECT psp_payment_id FROM veza_data.payment WHERE id = pg_temp.attempt(:'s', 1)),
          'T5x: recovery answers with the first');
SELECT is(veza.subscription_get(:'s') ->> 'payment_id', (SELECT psp_payment_id FROM veza_data.payment WHERE id = pg_temp.attempt(:'s', 1)), 'T5x: so does the subscription');
SELECT test.answers(pg_temp.attempt(:'s', 2), 'psp_cancel', 'cancelled');
SELECT test.webhook(pg_temp.attempt(:'s', 1), 'succeeded');
SELECT is(test.ended(:'s') || ', ' || test.refunds(:'s'), 'active, none', 'T5x: it is paid');
SELECT is(pg_temp.audit(), 'nothing', 'T5x: nothing is wrong');

SELECT pg_temp.two_attempts() AS s \gset
SELECT test.asked(pg_temp.attempt(:'s', 1), 'processing');
SELECT test.webhook(pg_temp.attempt(:'s', 2), 'succeeded');
SELECT is(test.ended(:'s'), 'active', 'T5x: the second was paid before it was cancelled: it serves');
SELECT test.asked(pg_temp.attempt(:'s', 1), 'succeeded');
SELECT is(test.ended(:'s') || ', ' || test.refunds(:'s'), 'active, duplicate requested', 'T3d: the first goes back');

SELECT pg_temp.two_attempts() AS s \gset
SELECT test.asked(pg_temp.attempt(:'s', 1), 'requires_payment_method');
SELECT is(test.state(pg_temp.attempt(:'s', 1)), 'open', 'T5x: the first attempt is merely open again');
SELECT isnt(test.effect(pg_temp.attempt(:'s', 1), 'psp_cancel'), NULL, 'T5x: then it is the first that is cancelled');
SELECT is(test.recover(:'s', '[["psp_retrieve", "requires_payment_method"]]') ->> 'payment_id', (SELECT psp_payment_id FROM veza_data.payment WHERE id = pg_temp.attempt(:'s', 2)),
          'T5x: and the second stays');

SELECT pg_temp.two_attempts() AS s \gset
SELECT test.asked(pg_temp.attempt(:'s', 2), 'processing');
SELECT test.asked(pg_temp.attempt(:'s', 1), 'processing');
SELECT is(test.state(pg_temp.attempt(:'s', 1)) || ' ' || test.state(pg_temp.attempt(:'s', 2)), 'processing processing', 'T5x: both are processed');
SELECT test.asked(pg_temp.attempt(:'s', 2), 'failed');
SELECT is(test.recover(:'s', '[["psp_retrieve", "processing"]]') ->> 'payment_status', 'processing', 'T5x: while one is, no third is begun');
SELECT test.wait('24 hours');
SELECT test.run_jobs();
SELECT is(test.ended(:'s'), 'pending_payment', 'T5x: nor is the subscription expired');
SELECT test.asked(pg_temp.attempt(:'s', 1), 'succeeded');
SELECT is(test.ended(:'s'), 'active', 'T5x: until it is paid');

-- The serving payment is doubted while another attempt is open or processed.
SELECT pg_temp.two_attempts() AS s \gset
SELECT test.webhook(pg_temp.attempt(:'s', 1), 'succeeded');
SELECT test.asked(pg_temp.attempt(:'s', 1), 'conflicted');
SELECT is(test.ended(:'s') || ' ' || test.state(pg_temp.attempt(:'s', 1)), 'suspended review', 'T5x: a review of the serving payment, while the second is being cancelled');
SELECT pg_temp.two_attempts() AS s \gset
SELECT test.webhook(pg_temp.attempt(:'s', 2), 'succeeded');
SELECT test.asked(pg_temp.attempt(:'s', 1), 'processing');
SELECT test.asked(pg_temp.attempt(:'s', 2), 'conflicted');
SELECT is(test.ended(:'s') || ' ' || test.state(pg_temp.attempt(:'s', 2)), 'suspended review', 'T5x: and while the first is processed');

-- ---- when a question was asked

SELECT test.pending(test.user()) AS s \gset
SELECT test.payment(:'s') AS p \gset
SELECT veza.reconcile_payment_begin(:'s');
SELECT test.claim(:'p', 'psp_retrieve');
SELECT test.wait('10 seconds');
SELECT test.webhook(:'p', 'processing');
SELECT test.answers(:'p', 'psp_retrieve', 'requires_payment_method');
SELECT is(test.state(:'p'), 'processing', 'an answer that was asked for before the news does not undo them');
SELECT veza.reconcile_payment_begin(:'s');
SELECT test.claim(:'p', 'psp_retrieve');
SELECT test.wait('10 seconds');
SELECT test.webhook(:'p', 'failed');
SELECT test.answers(:'p', 'psp_retrieve', 'requires_payment_method');
SELECT is(test.state(:'p'), 'failed', 'nor in doubt');
SELECT ok((SELECT next_check_at <= test.now() FROM veza_data.payment WHERE id = :'p'), 'which is asked anew');
SELECT test.run_jobs();
SELECT test.answers(:'p', 'psp_retrieve', 'requires_payment_method');
SELECT is(test.state(:'p'), 'open', 'and then believed');

SELECT test.pending(test.user()) AS s \gset
SELECT test.payment(:'s') AS p \gset
SELECT test.wait('22 hours 59 minutes 50 seconds');
SELECT veza.reconcile_payment_begin(:'s');
SELECT test.claim(:'p', 'psp_retrieve');
SELECT test.now() AS asked \gset
SELECT test.wait('20 seconds');
SELECT test.answers(:'p', 'psp_retrieve', 'requires_payment_method');
SELECT is((SELECT checked_at FROM veza_data.payment WHERE id = :'p'), :'asked'::timestamptz, 'a payment was looked at when the question was asked');
SELECT is(test.ended(:'s'), 'pending_payment', 'T9: not after its time, so nothing expires yet');
SELECT test.run_jobs();
SELECT test.answers(:'p', 'psp_retrieve', 'requires_payment_method');
SELECT is(test.ended(:'s'), 'expired(timeout)', 'T9: asked again, it does');

-- ---- questions that come to nothing

SELECT test.pending(test.user()) AS s \gset
SELECT test.payment(:'s') AS p \gset
SELECT test.wait('24 hours');
CREATE FUNCTION pg_temp.refusals(payment uuid, n integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    pauses text := '';
    pause  interval;
BEGIN
    FOR i IN 1 .. n LOOP
        PERFORM test.run_jobs();
        PERFORM test.finish(payment, 'psp_retrieve', 'refused', NULL, 'IR_99');
        PERFORM test.run_jobs();
        IF test.effect(payment, 'psp_retrieve') IS NOT NULL THEN
            RETURN pauses || ' asked anew at once';
        END IF;
        SELECT p.next_check_at - test.now() INTO pause FROM veza_data.payment p WHERE p.id = payment;
        pauses := pauses || ' ' || extract(epoch FROM pause)::integer;
        PERFORM test.wait(pause);
    END LOOP;
    RETURN trim(pauses);
END
$$;
SELECT is(pg_temp.refusals(:'p', 8), '120 600 1800 3600 10800 21600 21600 21600', 'what is refused for good is asked anew in longer and longer pauses, with a bound');
SELECT ok(EXISTS (SELECT FROM veza.audit WHERE subject = :'p' AND invariant = 'question_refused'), 'and is found');
SELECT test.run_jobs();
SELECT test.answers(:'p', 'psp_retrieve', 'requires_payment_method');
SELECT is(test.ended(:'s'), 'expired(timeout)', 'until it is answered');
SELECT is((SELECT refusals FROM veza_data.payment WHERE id = :'p'), 0, 'then all is forgotten');

-- ---- documents from outside

SELECT test.pending(test.user()) AS s \gset
SELECT test.payment(:'s') AS p \gset
SELECT psp_payment_id AS pid FROM veza_data.payment WHERE id = :'p' \gset
CREATE FUNCTION pg_temp.raw(body text) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(a -> 'result' ->> 'result', a ->> 'refusal') FROM test.http('POST', '/api/v1/webhooks/hyperswitch', jsonb_build_object('body', $1)) a
$$;
SELECT is(test.webhook(:'p', 'failed', jsonb_build_object('customer', '{"name": "Ada Byron", "email": "ada@example.org"}'::jsonb, 'billing', '{"address": {"line1": "12 St James"}}'::jsonb,
    'email', 'ada@example.org', 'sdk_authorization', 'cHJvZmlsZV9pZA', 'next_action', jsonb_build_object('client_secret', 'pay_x_secret_1'),
    'metadata', jsonb_build_object('subscription_id', :'s', 'name', 'Ada Byron'),
    'refunds', '[{"refund_id": "dash_1", "status": "failed", "amount": 1, "currency": "EUR", "metadata": {"name": "Ada Byron"}}]'::jsonb), 'evt-persons'), 'applied', 'a webhook full of a payer''s data');
SELECT is((SELECT payload FROM veza_data.psp_event WHERE event_id = 'evt-persons') #- '{content,object,updated}' #- '{content,object,expires_on}', jsonb_build_object(
    'event_id', 'evt-persons', 'event_type', 'payment_failed', 'content', jsonb_build_object('type', 'payment_details', 'object', jsonb_build_object(
        'payment_id', :'pid', 'status', 'failed', 'amount', 999, 'currency', 'EUR', 'manual_retry_allowed', false,
        'metadata', jsonb_build_object('subscription_id', :'s'),
        'refunds', '[{"refund_id": "dash_1", "status": "failed", "amount": 1, "currency": "EUR"}]'::jsonb))), 'of which is stored what the rules read');
SELECT test.asked(:'p', 'processing', '{"client_secret": "pay_x_secret_2", "email": "ada@example.org", "next_action": {"client_secret": "pay_x_secret_3"}}');
SELECT is_empty($$ SELECT id FROM veza_data.effect_attempt WHERE result::text ~ 'secret|example.org' $$, 'the same holds for what a relay reports');

SELECT is(pg_temp.raw(format('{"event_id": "evt-odd-%s", "event_type": "payment_processing", "content": {"type": "payment_details", "object": {"payment_id": "%s", "status": "processing", "amount": 999, "currency": "EUR", "x": %s}}}',
                             n, :'pid', odd)), 'no_change', 'bears in a member that nobody reads: ' || left(odd, 40))
  FROM unnest(ARRAY['"\u0000"', '"\ud83d"', '"\udc00\ud800"', '12345678901234567890123', '1e400', '-1E+200000', '{"a": 1, "a": 2}', repeat('[', 4000) || repeat(']', 4000)]) WITH ORDINALITY o(odd, n);
SELECT is(pg_temp.raw(format('{"event_id": "evt-nul\u0000", "event_type": "payment_processing", "content": {"type": "payment_details", "object": {"payment_id": "%s", "status": "processing", "amount": 999, "currency": "EUR", "error_message": "\ud83d"}}}', :'pid')),
          'no_change', 'and in one that is read');
SELECT is((SELECT event_id FROM veza_data.psp_event WHERE event_id LIKE 'evt-nul%'), U&'evt-nul\FFFD', 'as a character that says so');
SELECT is(pg_temp.raw(body), 'MALFORMED_JSON', 'no JSON: ' || left(body, 60))
  FROM unnest(ARRAY['', 'x', '{', '{}}', '{"event_id": "a", "event_id": "b", "event_type": "c"}', '{"event_id": "a" "event_type": "c"}', '{"event_id": "a", "event_type": "c",}',
                    '{"event_id": "a", "event_type": "\x"}', '{"event_id": "a", "event_type": "c", "x": 01}', repeat('{"a":', 5000) || '1' || repeat('}', 5000)]) body;
-- What an earlier release stored is cut down by the migration, whose own words are run here.
INSERT INTO veza_data.psp_event (event_id, event_type, payload, body_sha256, received_at, result) VALUES
    ('evt-old', 'payment_failed', '{"event_id": "evt-old", "event_type": "payment_failed", "merchant_id": "m", "content": {"type": "payment_details", "object":
        {"payment_id": "pay_1", "status": "failed", "amount": 999, "amount_received": null, "email": "ada@example.org", "sdk_authorization": "x", "next_action": {"client_secret": "s"},
         "metadata": {"subscription_id": "1", "name": "Ada"}, "refunds": [{"refund_id": "r", "metadata": {"name": "Ada"}}, 7]}}}', 'x', now(), 'applied'),
    ('evt-bare', 'x', '{"event_id": "evt-bare", "content": 7}', 'x', now(), 'ignored');
INSERT INTO veza_data.effect_attempt (effect_id, attempt_no, at, outcome, result, was_taken_over)
SELECT id, 99, now(), 'ok', '{"status": "failed", "billing": {"name": "Ada"}, "connector_note": "Ada"}', false FROM veza_data.effect WHERE subject_id = :'p' LIMIT 1;
DO $$
BEGIN
    EXECUTE (SELECT substr(sql, strpos(sql, '-- ---- documents from outside')) FROM veza.migration WHERE kind = 'schema' AND name = 'money');
END
$$;
SELECT is((SELECT payload FROM veza_data.psp_event WHERE event_id = 'evt-old'), '{"event_id": "evt-old", "event_type": "payment_failed", "content": {"type": "payment_details", "object":
    {"payment_id": "pay_1", "status": "failed", "amount": 999, "metadata": {"subscription_id": "1"}, "refunds": [{"refund_id": "r"}, {}]}}}'::jsonb, 'a stored webhook is cut down');
SELECT is((SELECT payload FROM veza_data.psp_event WHERE event_id = 'evt-bare'), '{"event_id": "evt-bare"}'::jsonb, 'an odd one, too');
SELECT is((SELECT result FROM veza_data.effect_attempt WHERE attempt_no = 99), '{"status": "failed"}'::jsonb, 'so is a relay''s report');
SELECT is((SELECT count(*) FROM pg_proc WHERE proname LIKE 'kept%' AND pronamespace = 'veza_data'::regnamespace), 0::bigint, 'nothing of it stays behind');

SELECT is(pg_temp.audit(), 'nothing', 'nothing is wrong');

SELECT * FROM finish();
ROLLBACK;
