-- Money that comes late, twice, wrong, or goes back: rules T3d, T3m, T28, T30, T32, T33, T-late and
-- T-lateR. Nobody is charged without being served, nobody is served without having paid.

BEGIN;
SELECT no_plan();

-- ---- T-late: money for an expired subscription revives it

CREATE FUNCTION pg_temp.expired(user_id uuid, plan text DEFAULT 'pro') RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    id uuid := test.pending(user_id, plan);
BEGIN
    PERFORM test.wait('23 hours');
    PERFORM test.run_jobs();
    PERFORM test.answers(test.payment(id), 'psp_retrieve', 'requires_payment_method');
    RETURN id;
END
$$;

SELECT pg_temp.expired(test.user()) AS s \gset
SELECT is(test.ended(:'s'), 'expired(timeout)', 'a subscription that was not paid in time');
SELECT test.wait('71 hours 59 minutes');
SELECT is(test.webhook(test.payment(:'s'), 'succeeded'), 'applied', 'T-late: the money comes within 72 hours');
SELECT results_eq(format($$ SELECT status, activation_source, end_reason, ended_at, current_period_start, payment_id FROM veza_data.subscription WHERE id = %L $$, :'s'),
                  format($$ VALUES ('active', 'late', NULL, NULL::timestamptz, test.now(), %L::uuid) $$, test.payment(:'s')),
                  'T-late: it is active, and its period starts now');
SELECT is(test.refunds(:'s'), 'none', 'T-late: nothing goes back');
SELECT is(test.audit(), 'nothing', 'T-late: nothing is wrong');
SELECT is(test.webhook(test.payment(:'s'), 'succeeded'), 'no_change', 'T-late: the same news again changes nothing');

SELECT pg_temp.expired(test.user()) AS s \gset
SELECT test.asked(test.payment(:'s'), 'succeeded');
SELECT is(test.ended(:'s'), 'active', 'T-late: whoever brings the news');
SELECT test.pending(test.user()) AS s \gset
SELECT veza.subscription_abandon(:'s');
SELECT test.answers(test.payment(:'s'), 'psp_cancel', 'succeeded');
SELECT is(test.ended(:'s'), 'active', 'T-late: money revives an abandoned one too');
SELECT test.user() AS u \gset
SELECT pg_temp.expired(:'u') AS s \gset
SELECT test.subscribe(:'u', 'free') AS f \gset
SELECT test.webhook(test.payment(:'s'), 'succeeded');
SELECT is(test.ended(:'s') || ' ' || test.ended(:'f'), 'active canceled(superseded)', 'T-late: a free plan gives way');

-- ---- T-lateR: or it goes back

CREATE FUNCTION pg_temp.goes_back(subscription uuid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    before text := test.ended(subscription);
BEGIN
    PERFORM test.webhook(test.payment(subscription), 'succeeded');
    RETURN concat_ws(', ', test.refunds(subscription), CASE WHEN test.ended(subscription) = before THEN 'as it was' ELSE test.ended(subscription) END);
END
$$;
SELECT pg_temp.expired(test.user()) AS s \gset
SELECT test.payment(:'s') AS p \gset
SELECT test.wait('72 hours 1 minute');
SELECT is(pg_temp.goes_back(:'s'), 'late requested, as it was', 'T-lateR: later than 72 hours');
SELECT is(test.events(:'s'), 'subscribe_paid, ttl_reached, payment_refund_due', 'T-lateR: it is on record');
SELECT id AS r FROM veza_data.refund WHERE payment_id = :'p' \gset
SELECT results_eq(format($$ SELECT amount_minor, currency::text, char_length(psp_refund_id), left(psp_refund_id, 4), attempt_no FROM veza_data.refund WHERE id = %L $$, :'r'),
                  $$ VALUES (999::bigint, 'EUR', 30, 'ref_', 1) $$, 'T-lateR: all of it');
SELECT is((SELECT request FROM veza_data.effect WHERE id = test.effect(:'r', 'psp_refund')),
          (SELECT jsonb_build_object('refund_id', psp_refund_id, 'payment_id', test.psp_id(:'s'), 'amount', 999, 'reason', 'requested_by_customer')
             FROM veza_data.refund WHERE id = :'r'), 'T-lateR: the relay is told to send it back');
SELECT test.webhook(:'p', 'succeeded');
SELECT test.asked(:'p', 'succeeded');
SELECT is(test.refunds(:'s'), 'late requested', 'I20: once, however often the money is reported');
SELECT test.asked(:'p', 'conflicted');
SELECT test.asked(:'p', 'succeeded');
SELECT is(test.refunds(:'s'), 'late requested', 'I20: once, also when it was under review meanwhile');
SELECT is(test.refund_answers(:'r', 'psp_refund', 'succeeded'), 'done', 'T-lateR: the provider sends it back');
SELECT is(test.refunds(:'s'), 'late succeeded', 'T-lateR: done');
SELECT is(test.audit(), 'nothing', 'T-lateR: nothing is wrong');

SELECT pg_temp.expired(test.user()) AS s \gset
UPDATE veza_data.plan SET price_monthly_minor = 1099 WHERE name = 'pro';
SELECT is(pg_temp.goes_back(:'s'), 'late requested, as it was', 'T-lateR: the price has changed');
UPDATE veza_data.plan SET price_monthly_minor = 999 WHERE name = 'pro';
SELECT pg_temp.expired(test.user()) AS s \gset
UPDATE veza_data.plan SET is_active = false WHERE name = 'pro';
SELECT is(pg_temp.goes_back(:'s'), 'late requested, as it was', 'T-lateR: the plan is no longer sold');
UPDATE veza_data.plan SET is_active = true WHERE name = 'pro';
SELECT test.user() AS u \gset
SELECT pg_temp.expired(:'u') AS s \gset
SELECT test.active(:'u', 'artist') AS live \gset
SELECT is(pg_temp.goes_back(:'s'), 'late requested, as it was', 'T-lateR: another plan is paid');
SELECT is(test.ended(:'live'), 'active', 'T-lateR: which stays');
SELECT test.user() AS u \gset
SELECT test.pending(:'u', 'basic') AS s \gset
SELECT test.wait('1 minute');
SELECT test.active(:'u') AS live \gset
SELECT test.act(:'u');
SELECT veza.subscription_cancel(false);
SELECT is(pg_temp.goes_back(:'s'), 'late requested, as it was', 'T-lateR: a superseded one is not revived, even when nothing else is live');

-- Once per row: what was active before is not revived by an earlier attempt's money.
SELECT test.pending(test.user()) AS s \gset
SELECT test.payment(:'s') AS p1 \gset
SELECT test.webhook(:'p1', 'cancelled');
SELECT test.recover(:'s', '[["psp_create", "requires_payment_method"]]');
SELECT test.webhook(test.payment(:'s'), 'succeeded');
SELECT is(test.ended(:'s'), 'active', 'the second attempt is paid');
SELECT is(test.webhook(:'p1', 'succeeded'), 'applied', 'then the first one, which was thought dead, succeeds');
SELECT is(test.ended(:'s') || ', ' || test.refunds(:'s'), 'active, duplicate requested', 'T3d: served once, the second money goes back');
SELECT is((SELECT request ->> 'reason' FROM veza_data.effect e JOIN veza_data.refund r ON r.id = e.subject_id WHERE r.payment_id = :'p1'), 'duplicate',
          'T3d: as a duplicate');
SELECT is(test.audit(), 'nothing', 'T3d: nothing is wrong');

SELECT test.pending(test.user()) AS s \gset
SELECT test.payment(:'s') AS p1 \gset
SELECT test.webhook(:'p1', 'cancelled');
SELECT test.recover(:'s', '[["psp_create", "requires_payment_method"]]');
SELECT test.webhook(test.payment(:'s'), 'succeeded');
SELECT veza.subscription_cancel(false);
SELECT test.webhook(:'p1', 'succeeded');
SELECT is(test.ended(:'s') || ', ' || test.refunds(:'s'), 'canceled(user), late requested', 'T-lateR: money for a canceled one goes back');
SELECT test.asked(test.payment(:'s'), 'succeeded');
SELECT is(test.refunds(:'s'), 'late requested', 'T-lateR: the money that was served until the end does not');
SELECT test.active(test.user()) AS s \gset
SELECT test.asked(test.payment(:'s'), 'conflicted');
SELECT veza.subscription_cancel(false);
SELECT test.asked(test.payment(:'s'), 'succeeded');
SELECT is(test.ended(:'s') || ', ' || test.refunds(:'s'), 'canceled(user), none', 'T-lateR: nor when its review ends well after the end');

-- ---- T3d: two subscriptions are paid

SELECT test.user() AS u \gset
SELECT test.pending(:'u', 'basic') AS s1 \gset
SELECT test.wait('1 minute');
SELECT test.pending(:'u', 'pro') AS s2 \gset
SELECT test.webhook(test.payment(:'s2'), 'succeeded');
SELECT test.webhook(test.payment(:'s1'), 'succeeded');
SELECT is(test.ended(:'s2') || ', ' || test.ended(:'s1') || ', ' || test.refunds(:'s1') || ', ' || test.refunds(:'s2'),
          'active, expired(superseded), late requested, none', 'T3d: of two that are paid, the first one serves and the other''s money goes back');
SELECT is(test.audit(), 'nothing', 'I1, I3: one live subscription, no loose money');

-- ---- T3m: wrong money

CREATE FUNCTION pg_temp.mismatch(extra jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    s uuid := test.pending(test.user());
BEGIN
    PERFORM test.webhook(test.payment(s), 'succeeded', extra);
    RETURN concat_ws(', ', test.ended(s), test.state(test.payment(s)), (SELECT review_reason FROM veza_data.payment WHERE id = test.payment(s)),
                     CASE WHEN test.events(s) LIKE '%, payment_mismatch' THEN 'on record' END, nullif(test.refunds(s), 'none'));
END
$$;
SELECT is(pg_temp.mismatch('{"amount": 998, "amount_received": 998}'), 'pending_payment, review, amount_mismatch, on record', 'T3m, I14: one cent less');
SELECT is(pg_temp.mismatch('{"amount": 1000, "amount_received": 1000}'), 'pending_payment, review, amount_mismatch, on record', 'T3m, I14: one cent more');
SELECT is(pg_temp.mismatch('{"amount_received": 500}'), 'pending_payment, review, amount_mismatch, on record', 'T3m, I14: less received than asked');
SELECT is(pg_temp.mismatch('{"amount": null, "amount_received": null}'), 'pending_payment, review, amount_mismatch, on record', 'T3m, I14: no amount');
SELECT is(pg_temp.mismatch('{"amount": "999"}'), 'pending_payment, review, amount_mismatch, on record', 'T3m, I14: an amount that is no number');
SELECT is(pg_temp.mismatch('{"amount": 999.0}'), 'pending_payment, review, amount_mismatch, on record', 'T3m, I14: an amount that is no integer');
SELECT is(pg_temp.mismatch('{"amount": -999}'), 'pending_payment, review, amount_mismatch, on record', 'T3m, I14: a negative amount');
SELECT is(pg_temp.mismatch('{"amount": 18446744073709552615}'), 'pending_payment, review, amount_mismatch, on record', 'T3m, I14: an amount beyond 64 bits');
SELECT is(pg_temp.mismatch('{"currency": "USD"}'), 'pending_payment, review, currency_mismatch, on record', 'T3m, I14: another currency');
SELECT is(pg_temp.mismatch('{"currency": "eur"}'), 'pending_payment, review, currency_mismatch, on record', 'T3m, I14: a currency in lower case is not what we asked for');
SELECT is(pg_temp.mismatch('{"currency": null}'), 'pending_payment, review, currency_mismatch, on record', 'T3m, I14: no currency');
SELECT is(pg_temp.mismatch(jsonb_build_object('metadata', jsonb_build_object('subscription_id', gen_random_uuid()))),
          'pending_payment, review, subscription_mismatch, on record', 'T3m, I14: another subscription''s payment');
SELECT is(pg_temp.mismatch('{"amount_received": 1200}'), 'active, succeeded', 'T3m: more received than asked, as with a surcharge, is fine');
SELECT is(pg_temp.mismatch('{"amount_received": null}'), 'active, succeeded', 'T3m: what was received may be unknown');
SELECT is(pg_temp.mismatch('{"metadata": {}}'), 'active, succeeded', 'T3m: the metadata may be missing');

SELECT test.pending(test.user()) AS s \gset
SELECT test.webhook(test.payment(:'s'), 'succeeded', '{"amount": 998}');
SELECT is(pg_temp.goes_back(:'s'), 'none, as it was', 'T3m: another webhook does not end the review');
SELECT is(test.state(test.payment(:'s')), 'review', 'T3m: the provider is asked instead');
SELECT test.answers(test.payment(:'s'), 'psp_retrieve', 'succeeded');
SELECT is(test.ended(:'s'), 'active', 'T3m: and when it says that all is right, it is');

SELECT test.active(test.user()) AS s \gset
SELECT test.asked(test.payment(:'s'), 'succeeded', '{"amount_received": 1}');
SELECT is(test.ended(:'s') || ' ' || test.state(test.payment(:'s')), 'suspended review',
          'T32, T3m: when the money turns out wrong after the activation, entitlement pauses');
SELECT is((SELECT string_agg(invariant, ', ') FROM veza.audit WHERE subject = :'s'), NULL, 'I2: nobody is served by a payment under review');

-- ---- T32, T30, T33: doubts after the activation

SELECT test.active(test.user()) AS s \gset
SELECT test.payment(:'s') AS p \gset
SELECT is(test.webhook(:'p', 'conflicted'), 'no_change', 'T32: a webhook that doubts a success is not believed');
SELECT isnt(test.effect(:'p', 'psp_retrieve'), NULL, 'T32: the provider is asked');
SELECT test.answers(:'p', 'psp_retrieve', 'conflicted');
SELECT is(test.ended(:'s') || ' ' || test.state(:'p'), 'suspended review', 'T32: and then entitlement pauses');
SELECT is((veza.distribution_eligibility() ->> 'eligible')::boolean, false, 'T32: nothing is distributed meanwhile');
SELECT test.asked(:'p', 'succeeded');
SELECT is(test.ended(:'s') || ' ' || test.state(:'p') || ' ' || test.refunds(:'s'), 'active succeeded none', 'T30: the review ended well');
SELECT is((SELECT string_agg(invariant, ', ') FROM veza.audit WHERE subject IN (:'s', :'p')), NULL, 'T30: nothing is wrong');
SELECT test.asked(:'p', 'conflicted');
SELECT test.wait('40 days');
SELECT test.asked(:'p', 'succeeded');
SELECT test.run_jobs();
SELECT is(test.ended(:'s'), 'canceled(period_end)', 'T30: it ended well after the period, which is over');

SELECT test.active(test.user()) AS s \gset
SELECT is(test.webhook(test.payment(:'s'), 'cancelled_post_capture'), 'applied', 'T33: the provider took the money back');
SELECT is(test.ended(:'s') || ' ' || test.state(test.payment(:'s')), 'canceled(refund) reversed', 'T33: entitlement ends');
SELECT is(test.refunds(:'s'), 'none', 'T33: and nothing more goes back');
SELECT test.active(test.user()) AS s \gset
SELECT test.asked(test.payment(:'s'), 'conflicted');
SELECT test.asked(test.payment(:'s'), 'cancelled_post_capture');
SELECT is(test.ended(:'s'), 'canceled(refund)', 'T33: for a suspended one as well');
SELECT test.pending(test.user()) AS s \gset
SELECT test.webhook(test.payment(:'s'), 'cancelled_post_capture');
SELECT is(test.ended(:'s') || ' ' || test.events(:'s'), 'pending_payment subscribe_paid, payment_dead', 'T33: for a pending one it is a dead attempt');

-- A second attempt that fails is no news for who is served by the first.
SELECT test.pending(test.user()) AS s \gset
SELECT test.payment(:'s') AS p1 \gset
SELECT test.webhook(:'p1', 'failed');
SELECT test.recover(:'s', '[["psp_retrieve", "failed"], ["psp_create", "requires_payment_method"]]');
SELECT test.payment(:'s') AS p2 \gset
SELECT test.webhook(:'p1', 'succeeded');
SELECT is(test.ended(:'s'), 'active', 'T3: the first attempt succeeds after all');
SELECT isnt(test.effect(:'p2', 'psp_cancel'), NULL, 'T3: the second is cancelled at the provider');
SELECT test.events(:'s') AS before \gset
SELECT test.webhook(:'p2', status) FROM unnest(ARRAY['processing', 'failed']) status;
SELECT test.asked(:'p2', status) FROM unnest(ARRAY['cancelled', 'expired', 'requires_capture', 'failed', 'cancelled_post_capture']) status;
SELECT is(test.ended(:'s') || ' ' || test.events(:'s'), 'active ' || :'before', 'what becomes of the second is no news for the subscription');
SELECT is((SELECT string_agg(invariant, ', ') FROM veza.audit WHERE subject IN (:'s', :'p1', :'p2')), NULL, 'and nothing is wrong');

-- ---- T28: a refund that fails, and other answers

CREATE FUNCTION pg_temp.refund() RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    s uuid := pg_temp.expired(test.user());
BEGIN
    PERFORM test.wait('73 hours');
    PERFORM test.webhook(test.payment(s), 'succeeded');
    RETURN (SELECT r.id FROM veza_data.refund r WHERE r.payment_id = test.payment(s));
END
$$;
CREATE FUNCTION pg_temp.about(refund uuid) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(reason || ' ' || attempt_no || ' ' || state, ', ' ORDER BY attempt_no) FROM veza_data.refund
     WHERE payment_id = (SELECT payment_id FROM veza_data.refund WHERE id = $1)
$$;
SELECT pg_temp.refund() AS r \gset
SELECT test.refund_answers(:'r', 'psp_refund', 'pending');
SELECT is(pg_temp.about(:'r'), 'late 1 pending', 'the provider needs time for a refund');
SELECT isnt((SELECT next_check_at FROM veza_data.refund WHERE id = :'r'), NULL, 'I4: somebody asks again');
SELECT test.wait('3 minutes');
SELECT test.run_jobs();
SELECT isnt(test.effect(:'r', 'psp_refund_retrieve'), NULL, 'I4: at its time');
SELECT test.refund_answers(:'r', 'psp_refund_retrieve', 'failed');
SELECT is(pg_temp.about(:'r'), 'late 1 failed', 'T28: then it failed');
SELECT is((SELECT count(*) FROM veza.audit a JOIN veza_data.refund r ON a.subject = r.payment_id::text WHERE r.id = :'r' AND invariant = 'charged_without_service'),
          0::bigint, 'T28: for a quarter of an hour this is nobody''s fault');
SELECT test.wait('20 minutes');
SELECT is((SELECT count(*) FROM veza.audit a JOIN veza_data.refund r ON a.subject = r.payment_id::text WHERE r.id = :'r' AND invariant = 'charged_without_service'),
          1::bigint, 'T28: then an operator is told');
SELECT psp_refund_id AS first FROM veza_data.refund WHERE id = :'r' \gset
SELECT is(test.refusal(format('CALL veza.retry_refund(%L, %L)', :'r', ' ')), 'VALIDATION_ERROR', 'T28: an operator retries it, with a reason');
SELECT is(test.refusal(format('CALL veza.retry_refund(%L, %L)', :'r', 'bank was closed')), 'none', 'T28: the next attempt');
SELECT is(pg_temp.about(:'r'), 'late 1 failed, late 2 requested', 'T28: is a refund of its own');
SELECT isnt((SELECT psp_refund_id FROM veza_data.refund WHERE payment_id = (SELECT payment_id FROM veza_data.refund WHERE id = :'r') AND attempt_no = 2), :'first',
            'T28: with an id of its own at the provider');
SELECT is((SELECT action || ' ' || reason FROM veza_data.audit_log WHERE resource_id = :'r'), 'refund.retry bank was closed', 'T28: it is in the audit log');
SELECT is(test.refusal(format('CALL veza.retry_refund(%L, %L)', :'r', 'again')), 'INVALID_TRANSITION', 'T28: the first attempt is not retried twice');
SELECT is(test.deliver(jsonb_build_object('event_id', 'late-news', 'event_type', 'refund_succeeded', 'content', jsonb_build_object('type', 'refund_details',
           'object', jsonb_build_object('refund_id', :'first', 'status', 'succeeded')))), 'no_change', 'T28: nor does late news about it');
SELECT is(pg_temp.about(:'r'), 'late 1 failed, late 2 requested', 'T28: change anything once there is a second');
SELECT is(test.refusal(format('CALL veza.retry_refund(%L, %L)', gen_random_uuid(), 'why not')), 'PAYMENT_NOT_FOUND', 'T28: an unknown refund');

SELECT pg_temp.refund() AS r \gset
SELECT test.finish(:'r', 'psp_refund', 'refused', NULL, 'IR_13');
SELECT is(pg_temp.about(:'r'), 'late 1 requested', 'a refund that the provider refuses to take waits for an operator');
SELECT is((SELECT string_agg(invariant, ', ') FROM veza.audit WHERE subject = :'r'), 'refund_stuck', 'who is told');
SELECT is((SELECT error_code FROM veza_data.refund WHERE id = :'r'), 'IR_13', 'and why');
SELECT id AS e FROM veza_data.effect WHERE subject_id = :'r' AND kind = 'psp_refund' \gset
SELECT is(test.refusal(format('CALL veza.retry_effect(%L, %L)', :'e', 'asked the provider')), 'none', 'the operator puts it back');
SELECT test.refund_answers(:'r', 'psp_refund', 'succeeded');
SELECT is(pg_temp.about(:'r'), 'late 1 succeeded', 'and it is refunded');

SELECT pg_temp.refund() AS r \gset
SELECT test.refund_answers(:'r', 'psp_refund', 'something new');
SELECT is(pg_temp.about(:'r'), 'late 1 review', 'a word we do not know is a review');

SELECT * FROM finish();
ROLLBACK;
