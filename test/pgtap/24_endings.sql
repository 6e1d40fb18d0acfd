-- How subscriptions end and come back: rules T9, T10, T11, T16 to T19.

BEGIN;
SELECT no_plan();

-- The timers run, and the provider answers the question that expiry asks, if it asks one.
CREATE FUNCTION pg_temp.time_passes(subscription uuid, pause interval, provider_says text DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    payment uuid := test.payment(subscription);
BEGIN
    PERFORM test.wait(pause);
    PERFORM test.run_jobs();
    IF provider_says = 'not_found' THEN
        PERFORM test.finish(payment, 'psp_retrieve', 'ok', '{"not_found": true}');
    ELSIF provider_says IS NOT NULL THEN
        PERFORM test.answers(payment, 'psp_retrieve', provider_says);
    END IF;
    RETURN test.ended(subscription);
END
$$;

-- ---- T9: nobody paid in time

SELECT test.pending(test.user()) AS s \gset
SELECT test.payment(:'s') AS p \gset
SELECT is(pg_temp.time_passes(:'s', '22 hours 59 minutes'), 'pending_payment', 'T9: one minute before its time it is pending');
SELECT test.answers(:'p', 'psp_retrieve', 'requires_payment_method');
SELECT is(pg_temp.time_passes(:'s', '2 minutes'), 'pending_payment', 'T9: at its time the provider is asked first');
SELECT isnt(test.effect(:'p', 'psp_retrieve'), NULL, 'T9: the question is queued');
SELECT test.run_jobs();
SELECT is(test.ended(:'s'), 'pending_payment', 'T9: without an answer nothing expires');
SELECT test.answers(:'p', 'psp_retrieve', 'requires_payment_method');
SELECT is(test.ended(:'s'), 'expired(timeout)', 'T9: not paid: expired');
SELECT isnt(test.effect(:'p', 'psp_cancel'), NULL, 'T9: the payment is cancelled at the provider');
SELECT is(test.answers(:'p', 'psp_cancel', 'cancelled'), 'done', 'T9: which says that it is');
SELECT is(test.state(:'p') || ' ' || test.ended(:'s'), 'cancelled expired(timeout)', 'T9: and that is the end');
SELECT is(test.audit(), 'nothing', 'T9: nothing is wrong');

SELECT test.pending(test.user()) AS s \gset
SELECT is(pg_temp.time_passes(:'s', '24 hours', 'succeeded'), 'active', 'T9: paid at the last moment: active and not expired');
SELECT test.pending(test.user()) AS s \gset
SELECT is(pg_temp.time_passes(:'s', '24 hours', 'not_found'), 'expired(timeout)', 'T9: the provider does not know the payment: expired');
SELECT test.subscribe(test.user()) AS s \gset
SELECT is(pg_temp.time_passes(:'s', '24 hours'), 'expired(timeout)', 'T9: never sent: there is nobody to ask');
SELECT is(test.state(test.payment(:'s')), 'cancelled', 'T9: and nothing to cancel');
SELECT is((SELECT count(*) FROM veza_data.effect WHERE subject_id = test.payment(:'s') AND state IN ('queued', 'leased')), 0::bigint,
          'T9: nobody will create it any more');

SELECT test.pending(test.user()) AS s \gset
SELECT test.webhook(test.payment(:'s'), 'processing');
SELECT is(pg_temp.time_passes(:'s', '24 hours'), 'pending_payment', 'T5, T9: a payment that is processed holds the time');
SELECT test.asked(test.payment(:'s'), 'processing');
SELECT is(test.ended(:'s'), 'pending_payment', 'T5, T9: for as long as the provider says so');
SELECT test.wait('80 hours');
SELECT is((SELECT count(*) FROM veza.audit WHERE invariant = 'payment_processing_too_long' AND subject = test.payment(:'s')::text), 1::bigint,
          'T5: after 72 hours an operator is told');
SELECT test.asked(test.payment(:'s'), 'failed');
SELECT is(test.ended(:'s'), 'expired(timeout)', 'T5, T9: then it failed, and its time is over');

SELECT test.pending(test.user()) AS s \gset
SELECT test.asked(test.payment(:'s'), 'requires_merchant_action');
SELECT is(pg_temp.time_passes(:'s', '24 hours'), 'pending_payment', 'T9: a payment under review holds the time as well');

-- Only the newest attempt is the one to ask about.
SELECT test.pending(test.user()) AS s \gset
SELECT test.payment(:'s') AS p1 \gset
SELECT test.webhook(:'p1', 'cancelled');
SELECT test.recover(:'s', '[["psp_create", "requires_payment_method"]]');
SELECT test.wait('24 hours');
SELECT test.asked(:'p1', 'cancelled');
SELECT is(test.ended(:'s'), 'pending_payment', 'T9: what is said about an earlier attempt ends nothing');
SELECT is(pg_temp.time_passes(:'s', '0', 'requires_payment_method'), 'expired(timeout)', 'T9: what is said about the newest does');

-- An answer from before the deadline proves nothing about the time since.
SELECT test.pending(test.user()) AS s \gset
SELECT test.wait('22 hours 59 minutes');
SELECT test.asked(test.payment(:'s'), 'requires_payment_method');
SELECT is(pg_temp.time_passes(:'s', '2 minutes'), 'pending_payment', 'T9: an answer from before the deadline does not count');

-- ---- T10: the user gives up

SELECT test.user() AS u \gset
SELECT test.pending(:'u') AS s \gset
SELECT is(veza.subscription_abandon(:'s') ->> 'status', 'expired', 'T10: abandoned at once');
SELECT is(test.ended(:'s') || ' ' || test.events(:'s'), 'expired(user_abandoned) subscribe_paid, abandon', 'T10: by the user');
SELECT isnt(test.effect(test.payment(:'s'), 'psp_cancel'), NULL, 'T10: the payment is cancelled at the provider');
SELECT is((SELECT request FROM veza_data.effect WHERE id = test.effect(test.payment(:'s'), 'psp_cancel')),
          jsonb_build_object('payment_id', test.psp_id(:'s'), 'cancellation_reason', 'abandoned by the user'), 'T10: with the reason');
SELECT is(test.refusal(format('SELECT veza.subscription_abandon(%L)', :'s')), 'SUBSCRIPTION_NOT_PENDING', 'T10: not twice');
SELECT isnt(test.subscribe(:'u'), :'s'::uuid, 'T10: and the user can subscribe again at once');

SELECT test.subscribe(test.user()) AS s \gset
SELECT veza.subscription_abandon(:'s');
SELECT is(test.state(test.payment(:'s')), 'cancelled', 'T10: what was never sent is discarded');
SELECT is((SELECT string_agg(kind || ' ' || state, ', ') FROM veza_data.effect WHERE subject_id = test.payment(:'s')), 'psp_create done',
          'T10: its creation is withdrawn, and nothing is left to do outside');
SELECT isnt((SELECT finished_at FROM veza_data.effect WHERE subject_id = test.payment(:'s')), NULL,
            'a withdrawn effect has an end, like every effect that is done: it can be swept');

SELECT test.subscribe(test.user()) AS s \gset
SELECT test.claim(test.payment(:'s'), 'psp_create');
SELECT veza.subscription_abandon(:'s');
SELECT isnt(test.effect(test.payment(:'s'), 'psp_cancel'), NULL, 'T10: what a relay has taken up may exist: it is cancelled');

SELECT test.pending(test.user()) AS s \gset
SELECT test.asked(test.payment(:'s'), 'failed', '{"manual_retry_allowed": true}');
SELECT veza.subscription_abandon(:'s');
SELECT isnt(test.effect(test.payment(:'s'), 'psp_cancel'), NULL, 'T10: a failed payment that could be tried again is cancelled as well');

SELECT test.pending(test.user()) AS s \gset
SELECT test.act(test.user());
SELECT is(test.refusal(format('SELECT veza.subscription_abandon(%L)', :'s')), 'SUBSCRIPTION_NOT_FOUND', 'T10: not somebody else''s');
SELECT is(test.refusal(format('SELECT veza.subscription_abandon(%L)', gen_random_uuid())), 'SUBSCRIPTION_NOT_FOUND', 'T10: not an unknown one');
SELECT is(test.refusal('SELECT veza.subscription_abandon(NULL)'), 'VALIDATION_ERROR', 'T10: not none');

SELECT test.pending(test.user()) AS s \gset
SELECT is(test.refusal('SELECT veza.subscription_cancel(false)'), 'none', 'T10: cancelling now what is pending');
SELECT is(test.ended(:'s'), 'expired(user_abandoned)', 'T10: is to abandon it');
SELECT test.pending(test.user()) AS s \gset
SELECT test.refused('SELECT veza.subscription_cancel(true)') AS r \gset
SELECT is(:'r'::jsonb ->> 'code' || ' ' || (:'r'::jsonb -> 'details' ->> 'status'), 'SUBSCRIPTION_INVALID_STATE pending_payment',
          'cancelling at the period''s end what has no period is refused');
SELECT ok(:'r'::jsonb -> 'details' -> 'allowed' ? 'abandon', 'and the refusal says what can be done instead');

-- ---- T11: an administrator gives a plan

SELECT test.user('admin') AS admin \gset
CREATE FUNCTION pg_temp.activate(admin uuid, subscription uuid, reason text DEFAULT 'a gift') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM test.act(admin);
    RETURN test.refusal(format('SELECT veza.subscription_activate(%L, %L)', subscription, reason));
END
$$;
SELECT test.pending(test.user()) AS s \gset
SELECT is(pg_temp.activate(:'admin', :'s'), 'none', 'T11: a pending one is activated');
SELECT results_eq(format($$ SELECT status, is_comp, activation_source, payment_id, current_period_start FROM veza_data.subscription WHERE id = %L $$, :'s'),
                  $$ VALUES ('active', true, 'admin', NULL::uuid, test.now()) $$, 'T11: as given, not paid; its period starts now');
SELECT isnt(test.effect(test.payment(:'s'), 'psp_cancel'), NULL, 'T11: the open payment is cancelled at the provider');
SELECT results_eq(format($$ SELECT actor_id, action, outcome, reason, old_values, new_values FROM veza_data.audit_log
                             WHERE resource_type = 'subscription' AND resource_id = %L $$, :'s'),
                  format($$ VALUES (%L::uuid, 'subscription.activate', 'success', 'a gift', '{"status": "pending_payment"}'::jsonb,
                                    '{"status": "active"}'::jsonb) $$, :'admin'), 'T11: it is in the audit log, with the reason');
SELECT test.pending(test.user()) AS s \gset
SELECT veza.subscription_abandon(:'s');
SELECT is(pg_temp.activate(:'admin', :'s'), 'none', 'T11: an expired one is activated');
SELECT is(test.ended(:'s'), 'active', 'T11: and is no longer ended');
SELECT test.active(test.user()) AS s \gset
SELECT test.asked(test.payment(:'s'), 'conflicted');
SELECT is(pg_temp.activate(:'admin', :'s'), 'none', 'T11: a suspended one is activated');
SELECT test.active(test.user()) AS s \gset
SELECT veza.subscription_cancel(false);
SELECT is(pg_temp.activate(:'admin', :'s'), 'none', 'T11: a canceled one is activated');
SELECT is(test.ended(:'s'), 'active', 'T11: and is no longer ended');
SELECT test.wait('1 hour');
SELECT test.run_jobs();
SELECT is((SELECT string_agg(invariant, ', ') FROM veza.audit WHERE subject IN (SELECT id::text FROM veza_data.payment WHERE subscription_id = :'s')),
          NULL, 'T11: the payment that was served before is no loose money');

SELECT test.active(test.user()) AS s \gset
SELECT is(pg_temp.activate(:'admin', :'s'), 'ALREADY_SUBSCRIBED', 'T11: an active one is active');
SELECT test.user() AS u \gset
SELECT test.pending(:'u', 'basic') AS s1 \gset
SELECT veza.subscription_abandon(:'s1');
SELECT test.active(:'u') AS s2 \gset
SELECT is(pg_temp.activate(:'admin', :'s1'), 'ALREADY_SUBSCRIBED', 'T11: not beside another paid plan');
SELECT is(test.ended(:'s1') || ' ' || test.ended(:'s2'), 'expired(user_abandoned) active', 'T11: nothing happened');
SELECT test.user() AS u \gset
SELECT test.subscribe(:'u', 'free') AS f \gset
SELECT test.wait('1 minute');
SELECT test.pending(:'u', 'basic') AS s1 \gset
SELECT test.wait('1 minute');
SELECT test.pending(:'u') AS s2 \gset
SELECT is(pg_temp.activate(:'admin', :'s2'), 'none', 'T11: beside a free and another pending one');
SELECT is(test.ended(:'f') || ' ' || test.ended(:'s1') || ' ' || test.ended(:'s2'), 'canceled(superseded) expired(superseded) active',
          'T11: they give way as if it had been paid');

SELECT test.pending(test.user()) AS s \gset
SELECT is(pg_temp.activate(:'admin', :'s', '   '), 'VALIDATION_ERROR', 'T11: the reason must say something');
SELECT is(pg_temp.activate(:'admin', :'s', NULL), 'VALIDATION_ERROR', 'T11: and must be there');
SELECT is(pg_temp.activate(:'admin', NULL), 'VALIDATION_ERROR', 'T11: so must the id');
SELECT is(pg_temp.activate(:'admin', gen_random_uuid()), 'SUBSCRIPTION_NOT_FOUND', 'T11: an unknown subscription');
SELECT is(string_agg(pg_temp.activate(test.user(role), :'s'), ' '), trim(repeat('AUTH_INSUFFICIENT_PERMISSIONS ', 6)), 'T11: administrators only')
  FROM unnest(ARRAY['user', 'premium', 'creator', 'artist', 'producer', 'label']) role;
SELECT is(test.refused(format('SELECT veza.subscription_activate(%L, %L)', :'s', 'why not')) -> 'details', '{"required_role": "admin"}'::jsonb,
          'T11: the refusal names the role');

-- ---- T16, T17, T19: until the period's end

SELECT test.user() AS u \gset
SELECT test.active(:'u') AS s \gset
SELECT is(veza.subscription_cancel() ->> 'cancel_at_period_end', 'true', 'T16: canceled at the end of the period, by default');
SELECT is(test.ended(:'s'), 'active', 'T16: what is paid is kept until then');
SELECT is(test.refusal('SELECT veza.subscription_cancel()'), 'none', 'T16: saying it twice is no error');
SELECT is(pg_temp.time_passes(:'s', '27 days'), 'active', 'T16: still served in the last days');
SELECT is(veza.subscription_reactivate() ->> 'cancel_at_period_end', 'false', 'T17: taken back');
SELECT is(test.events(:'s'), 'subscribe_paid, payment_succeeded, cancel_at_period_end, cancel_at_period_end, reactivate', 'T17: all of it on record');
SELECT veza.subscription_reactivate();
SELECT is(test.events(:'s'), 'subscribe_paid, payment_succeeded, cancel_at_period_end, cancel_at_period_end, reactivate', 'T17: once taken back, nothing to do');
SELECT veza.subscription_cancel(true);
SELECT is(pg_temp.time_passes(:'s', '5 days'), 'canceled(period_end)', 'T19: at the period''s end it ends');
SELECT is((SELECT ended_at FROM veza_data.subscription WHERE id = :'s'), test.now(), 'T19: and says when');
SELECT is(test.refusal('SELECT veza.subscription_reactivate()'), 'NO_ACTIVE_SUBSCRIPTION', 'T17: what has ended is not taken back');
SELECT is(test.refused('SELECT veza.subscription_reactivate()') ->> 'hint', 'CALL veza.subscription_subscribe(plan, cycle); makes one.',
          'T17: the refusal says to subscribe again');

SELECT test.active(test.user()) AS s \gset
SELECT veza.subscription_cancel(true);
SELECT test.wait('40 days');
SELECT is(test.refusal('SELECT veza.subscription_reactivate()'), 'NO_ACTIVE_SUBSCRIPTION', 'T17: nor when the timer has not come by yet');
SELECT is(test.refusal('SELECT veza.subscription_cancel(false)'), 'NO_ACTIVE_SUBSCRIPTION', 'T18: nor canceled');
SELECT is(test.refusal($$ SELECT veza.subscription_subscribe_begin('artist', 'monthly', false) $$), 'none', 'T19: and it blocks no new plan');

SELECT test.active(test.user()) AS s \gset
SELECT is(pg_temp.time_passes(:'s', '32 days'), 'canceled(period_end)', 'T19: a period that nothing pays ends, with or without the flag');
SELECT test.active(test.user(), 'pro', 'yearly') AS s \gset
SELECT is(pg_temp.time_passes(:'s', '360 days'), 'active', 'T19: a year lasts a year');

SELECT test.user() AS u \gset
SELECT test.subscribe(:'u', 'free') AS s \gset
SELECT is(test.refusal('SELECT veza.subscription_reactivate()'), 'SUBSCRIPTION_INVALID_STATE', 'T17: a free plan has nothing to take back');
SELECT is(pg_temp.time_passes(:'s', '800 days'), 'active', 'T19: a free plan has no end');
SELECT is(veza.subscription_cancel(true) ->> 'status', 'canceled', 'T16: a free plan ends at once');

-- ---- T18: now

SELECT test.active(test.user()) AS s \gset
SELECT is(veza.subscription_cancel(false) ->> 'status', 'canceled', 'T18: canceled now');
SELECT is(test.ended(:'s'), 'canceled(user)', 'T18: by the user');
SELECT is(veza.subscription_current()::text, NULL, 'T18: nothing is left');
SELECT test.active(test.user()) AS s \gset
SELECT test.asked(test.payment(:'s'), 'conflicted');
SELECT is(veza.subscription_cancel(false) ->> 'status', 'canceled', 'T18: a suspended one as well');
SELECT test.act(test.user());
SELECT is(test.refusal('SELECT veza.subscription_cancel(false)'), 'NO_ACTIVE_SUBSCRIPTION', 'T18: without a subscription there is nothing to cancel');
SELECT is(test.refusal('SELECT veza.subscription_cancel(true)'), 'NO_ACTIVE_SUBSCRIPTION', 'T16: nor at any period''s end');
SELECT is(test.refusal('SELECT veza.subscription_reactivate()'), 'NO_ACTIVE_SUBSCRIPTION', 'T17: nor to take back');

SELECT * FROM finish();
ROLLBACK;
