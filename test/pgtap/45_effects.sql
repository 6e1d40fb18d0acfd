-- The outbox: leases, takeover, backoff, dead letters, and who is told what.

BEGIN;
SELECT no_plan();

CREATE FUNCTION pg_temp.row(effect uuid) RETURNS veza_data.effect LANGUAGE sql AS $$
    SELECT * FROM veza_data.effect WHERE id = $1
$$;

-- ---- queueing

SELECT test.subscribe(test.user()) AS s \gset
SELECT test.payment(:'s') AS p \gset
SELECT test.effect(:'p', 'psp_create') AS e \gset
SELECT is((SELECT count(*) FROM veza_data.effect WHERE subject_id = :'p'), 1::bigint, 'an effect is a row');
SELECT test.recover(:'s', '[["psp_create", "late"]]');
SELECT is((SELECT count(*) FROM veza_data.effect WHERE subject_id = :'p'), 1::bigint, 'who wants the same joins it');
SELECT is(test.refusal(format($$ INSERT INTO veza_data.effect (kind, subject_id, state, request, due_at, created_at, updated_at)
                                 VALUES ('psp_create', %L, 'queued', '{}', now(), now(), now()) $$, :'p')) LIKE '23505%', true,
          'there is no second one while the first is not done');

-- ---- claiming

SELECT veza.relay_heartbeat(r, '1', true, 'closed', NULL) FROM unnest(ARRAY['r1', 'r2']) r;
SELECT is((SELECT count(*) FROM veza.claim_effects('r1', '{psp_refund}', 10)), 0::bigint, 'a relay is given only the kinds it asks for');
SELECT is((SELECT count(*) FROM veza.claim_effects('r1', '{}', 10)), 0::bigint, 'none when it asks for none');
SELECT is((SELECT count(*) FROM veza.claim_effects('r1', '{psp_create}', 0)), 0::bigint, 'and no more than it asks for');
SELECT id, lease_token AS token, kind, request, attempts, waited FROM veza.claim_effects('r1', '{psp_create,psp_retrieve}', 10) \gset
SELECT is(:'id' || ' ' || :'kind' || ' ' || :'attempts', :'e' || ' psp_create 1', 'a claim says what is to be done, and how often it was tried');
SELECT is(:'request'::jsonb, (pg_temp.row(:'e')).request, 'with the request');
SELECT results_eq(format($$ SELECT state, lease_owner, lease_until - test.now(), first_sent_at FROM veza_data.effect WHERE id = %L $$, :'e'),
                  $$ VALUES ('leased', 'r1', interval '60 seconds', test.now()) $$, 'it is leased for a minute; from now on it may have happened');
SELECT is((SELECT count(*) FROM veza.claim_effects('r2', '{psp_create}', 10)), 0::bigint, 'another relay does not get it');
SELECT is((SELECT count(*) FROM veza_data.effect e, veza.claim_effects('r2', '{psp_create}', 10) c WHERE e.id = c.id), 0::bigint, 'not even asking twice');

SELECT test.subscribe(test.user()) AS s3 \gset
SELECT test.subscribe(test.user()) AS s4 \gset
UPDATE veza_data.effect SET due_at = due_at - interval '1 hour', waiters = '{}' WHERE subject_id = test.payment(:'s3');
UPDATE veza_data.effect SET waiters = '{1}' WHERE subject_id = test.payment(:'s4');
SELECT is((SELECT id FROM veza.claim_effects('r2', '{psp_create}', 1)), test.effect(test.payment(:'s4'), 'psp_create'), 'who waits is served before what is due for an hour');
SELECT is((SELECT id FROM veza.claim_effects('r2', '{psp_create}', 1)), test.effect(test.payment(:'s3'), 'psp_create'), 'and then the backlog');
SELECT test.answers(test.payment(:'s3'), 'psp_create', 'requires_payment_method'), test.answers(test.payment(:'s4'), 'psp_create', 'requires_payment_method');

-- ---- takeover

SELECT test.wait('61 seconds');
SELECT lease_token AS token2, attempts FROM veza.claim_effects('r2', '{psp_create}', 10) \gset
SELECT is(:'attempts' || ' ' || (:'token' <> :'token2')::text, '2 true', 'when the lease has run out another relay takes over, with a token of its own');
SELECT is(veza.finish_effect(:'e', :'token', 'r1', 'unknown', NULL, 'timeout', NULL, NULL, NULL, 1), 'leased', 'the first relay''s failure no longer moves the effect');
SELECT is(veza.finish_effect(:'e', :'token', 'r1', 'refused', 400, 'IR_06', 'bad', NULL, NULL, 1), 'leased', 'nor its refusal');
SELECT is(test.state(:'p') || coalesce((SELECT error_code FROM veza_data.payment WHERE id = :'p'), ''), 'prepared', 'which is not believed');
SELECT is(veza.finish_effect(:'e', :'token', 'r1', 'ok', 200, NULL, NULL, test.facts(:'p', 'requires_payment_method'), 'secret', 1), 'leased',
          'nor its success');
SELECT is(test.state(:'p'), 'open', 'but the facts it brings are true');
SELECT is((pg_temp.row(:'e')).secret, NULL, 'and its secret is not kept');
SELECT is(veza.finish_effect(:'e', :'token2', 'r2', 'ok', 200, NULL, NULL, test.facts(:'p', 'requires_payment_method'), 'secret', 1), 'done',
          'the second relay ends it');
SELECT results_eq(format($$ SELECT relay, outcome, http_status, error_code, was_taken_over FROM veza_data.effect_attempt WHERE effect_id = %L ORDER BY id $$, :'e'),
                  $$ VALUES ('r1', 'unknown', NULL, 'timeout', true), ('r1', 'refused', 400, 'IR_06', true), ('r1', 'ok', 200, NULL, true), ('r2', 'ok', 200, NULL, false) $$,
                  'every report is logged');
SELECT results_eq(format($$ SELECT state, outcome, lease_token, lease_until, finished_at FROM veza_data.effect WHERE id = %L $$, :'e'),
                  $$ VALUES ('done', 'ok', NULL::uuid, NULL::timestamptz, test.now()) $$, 'it is done');
SELECT is(veza.finish_effect(:'e', :'token2', 'r2', 'ok', 200, NULL, NULL, test.facts(:'p', 'requires_payment_method'), NULL, 1), 'done',
          'a report that comes twice changes nothing');
SELECT is(test.events(:'e'), 'queue, claim, claim, succeed', 'the history has each step once');

-- A relay whose backend is gone holds no lease.
SELECT test.subscribe(test.user()) AS s \gset
SELECT count(*) FROM veza.claim_effects('r1', '{psp_create}', 10);
SELECT is((SELECT count(*) FROM veza.claim_effects('r2', '{psp_create}', 10)), 0::bigint, 'while the first relay lives, its lease holds');
UPDATE veza_data.relay SET pid = 2147483647 WHERE name = 'r1';
SELECT is((SELECT count(*) FROM veza.claim_effects('r2', '{psp_create}', 10)), 1::bigint, 'when it is killed, its lease ends with it');

-- A result that cannot be applied is not lost, and holds nothing up.
SELECT test.pending(test.user()) AS s \gset
SELECT veza.reconcile_payment_begin(:'s');
SELECT test.effect(test.payment(:'s'), 'psp_retrieve') AS e \gset
ALTER TABLE veza_data.payment ADD CONSTRAINT broken CHECK (psp_status <> 'processing') NOT VALID;
SELECT is(test.answers(test.payment(:'s'), 'psp_retrieve', 'processing'), 'queued', 'a result that cannot be applied: the effect is tried again');
SELECT results_eq(format($$ SELECT outcome, error_code, error_message LIKE '%%broken%%' FROM veza_data.effect WHERE id = %L $$, :'e'),
                  $$ VALUES ('unknown', 'apply_failed', true) $$, 'and says why');
SELECT is(test.state(test.payment(:'s')), 'open', 'nothing of the result is half applied');
ALTER TABLE veza_data.payment DROP CONSTRAINT broken;
SELECT is(test.answers(test.payment(:'s'), 'psp_retrieve', 'processing'), 'done', 'until it can be applied');

-- ---- backoff, and giving up

SELECT test.subscribe(test.user()) AS s \gset
SELECT test.payment(:'s') AS p \gset
SELECT test.effect(:'p', 'psp_create') AS e \gset
CREATE FUNCTION pg_temp.pauses(payment uuid, effect uuid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    expected float8;
    pause    float8;
    state    text;
BEGIN
    FOR n IN 1 .. 19 LOOP
        state := test.finish(payment, 'psp_create', 'unknown', NULL, 'HE_00');
        expected := least(500 * 2 ^ (n - 1), 300000);
        SELECT extract(epoch FROM e.due_at - test.now()) * 1000 INTO pause FROM veza_data.effect e WHERE e.id = effect;
        IF state <> 'queued' OR pause NOT BETWEEN expected * 0.4999 AND expected * 1.0001 THEN
            RETURN format('attempt %s: %s, pause of %s ms, not half to all of %s', n, state, pause, expected);
        END IF;
    END LOOP;
    RETURN 'as it should be';
END
$$;
SELECT is(pg_temp.pauses(:'p', :'e'), 'as it should be', 'an unknown outcome is tried again: half to all of 0.5 s, doubling, at most 300 s');
SELECT is((SELECT count(*) FROM veza.claim_effects('r1', '{psp_create}', 10)), 0::bigint, 'not before its time');
SELECT is(test.finish(:'p', 'psp_create', 'unknown', NULL, 'HE_00'), 'dead', 'the twentieth failure is the last');
SELECT results_eq(format($$ SELECT state, outcome, error_code, finished_at FROM veza_data.effect WHERE id = %L $$, :'e'),
                  $$ VALUES ('dead', 'unknown', 'HE_00', test.now()) $$, 'then it is dead, with the last error');
SELECT is(test.state(:'p'), 'prepared', 'and the payment is as it was');
SELECT is(test.ended(:'s'), 'pending_payment', 'so is the subscription: nobody knows what happened');

SELECT test.subscribe(test.user()) AS s \gset
SELECT is(test.finish(test.payment(:'s'), 'psp_create', 'not_sent', NULL, 'connect'), 'queued', 'what was not sent is tried again too');
SELECT is(test.finish(test.payment(:'s'), 'psp_create', 'refused', NULL, 'IR_06'), 'dead', 'what is refused for good is not');
SELECT is((SELECT error_code FROM veza_data.payment WHERE id = test.payment(:'s')), 'IR_06', 'why is kept at the payment');

-- ---- the operator

SELECT id AS e FROM veza_data.effect WHERE subject_id = test.payment(:'s') \gset
SELECT is(test.refusal(format('CALL veza.retry_effect(%L, %L)', :'e', '  ')), 'VALIDATION_ERROR', 'a dead effect is retried with a reason');
SELECT is(test.refusal(format('CALL veza.retry_effect(%L, %L)', gen_random_uuid(), 'x')), 'EFFECT_NOT_FOUND', 'an effect that exists');
SELECT is(test.refusal(format('CALL veza.retry_effect(%L, %L)', :'e', 'key was changed')), 'none', 'it is put back');
SELECT results_eq(format($$ SELECT state, attempts, due_at, lease_owner FROM veza_data.effect WHERE id = %L $$, :'e'),
                  $$ VALUES ('queued', 0, test.now(), NULL) $$, 'due now, with its attempts counted anew');
SELECT results_eq(format($$ SELECT action, reason, resource_type FROM veza_data.audit_log WHERE resource_id = %L $$, :'e'),
                  $$ VALUES ('effect.retry', 'key was changed', 'effect') $$, 'it is in the audit log');
SELECT is(test.refused(format('CALL veza.retry_effect(%L, %L)', :'e', 'again')) -> 'details' ->> 'status', 'queued', 'what is queued is not retried');
SELECT test.answers(test.payment(:'s'), 'psp_create', 'requires_payment_method');
SELECT is(test.refusal(format('CALL veza.retry_effect(%L, %L)', :'e', 'again')), 'INVALID_TRANSITION', 'nor what is done');

-- Meanwhile the same question was asked again.
SELECT veza.reconcile_payment_begin(:'s');
SELECT test.effect(test.payment(:'s'), 'psp_retrieve') AS e \gset
SELECT test.finish(test.payment(:'s'), 'psp_retrieve', 'refused', NULL, 'IR_01');
SELECT veza.reconcile_payment_begin(:'s');
SELECT matches(test.refused(format('CALL veza.retry_effect(%L, %L)', :'e', 'again')) ->> 'sqlstate', '^VZ',
               'a dead effect whose successor is queued: a refusal of the catalogue');

-- ---- the last words

SELECT is(test.refusal(format($$ SELECT veza.finish_effect(%L, gen_random_uuid(), 'r', 'maybe', NULL, NULL, NULL, NULL, NULL, 1) $$, :'e')), 'VALIDATION_ERROR',
          'an outcome that is no word of ours');
SELECT is(test.refusal($$ SELECT veza.finish_effect(gen_random_uuid(), gen_random_uuid(), 'r', 'ok', NULL, NULL, NULL, NULL, NULL, 1) $$), 'EFFECT_NOT_FOUND',
          'an effect that does not exist');
SELECT test.pending(test.user()) AS s \gset
SELECT veza.reconcile_payment_begin(:'s');
SELECT is(test.finish(test.payment(:'s'), 'psp_retrieve', 'ok', '{}'), 'done', 'facts that say nothing end the effect and break nothing');
SELECT is(test.state(test.payment(:'s')), 'review', 'no status is a review');

-- Secrets: for who waits, and for a minute.
SELECT test.subscribe(test.user()) AS s \gset
UPDATE veza_data.effect SET waiters = '{}' WHERE subject_id = test.payment(:'s');
SELECT test.answers(test.payment(:'s'), 'psp_create', 'requires_payment_method', '{}', 'nobody waits');
SELECT is((SELECT secret FROM veza_data.effect WHERE subject_id = test.payment(:'s')), NULL, 'a secret that nobody waits for is not stored');

-- Swept at their time.
SELECT test.wait('399 days');
SELECT test.run_jobs();
SELECT is((SELECT count(*) FROM veza_data.effect WHERE state = 'done' AND finished_at IS NOT NULL), (SELECT count(*) FROM veza_data.effect WHERE state = 'done'),
          'every effect that is done says when');
SELECT cmp_ok((SELECT count(*) FROM veza_data.effect WHERE state = 'done'), '>', 0::bigint, 'effects are kept for 400 days');
SELECT test.wait('2 days');
SELECT test.run_jobs();
SELECT is((SELECT count(*) FROM veza_data.effect WHERE state = 'done'), 0::bigint, 'then those that are done go');
SELECT cmp_ok((SELECT count(*) FROM veza_data.effect WHERE state = 'dead'), '>', 0::bigint, 'and the dead stay until somebody looks');

-- ---- relays

SELECT veza.relay_heartbeat('gone', '1', true, 'closed', NULL);
UPDATE veza_data.relay SET heartbeat_at = now() - interval '25 hours' WHERE name = 'gone';
SELECT test.run_jobs();
SELECT is((SELECT count(*) FROM veza_data.relay WHERE name = 'gone'), 0::bigint, 'a relay that is gone for a day is forgotten');
SELECT is(test.refusal($$ SELECT veza.relay_heartbeat('r', '1', true, 'ajar', NULL) $$) <> 'none', true, 'a circuit has three states');

-- ---- jobs

SELECT set_eq($$ SELECT unnest(veza.job_order()) $$, ARRAY['retry_inbox', 'reconcile_payments', 'reconcile_refunds', 'expire_pending', 'end_periods', 'sweep_secrets', 'sweep_effects',
              'sweep_inbox', 'sweep_audits', 'sweep_live_events', 'sweep_relays', 'sweep_mails', 'sweep_tokens', 'end_claims', 'sweep_limits', 'sweep_failures', 'sweep_idempotency',
              'tell_notifications', 'end_follows', 'fold_follows', 'fold_counters', 'purge_tracks', 'sweep_plays', 'sweep_files', 'fold_playlist_counters',
              'purge_playlists', 'sweep_playlist_changes', 'fold_comment_counters', 'tell_reporters', 'order_digests', 'sweep_notifications', 'limit_analysts',
              'seal_audit', 'verify_seals'], 'the jobs');

-- One subscription that cannot be worked on does not keep the others waiting.
SELECT test.subscribe(test.user()) AS s1 \gset
SELECT test.subscribe(test.user()) AS s2 \gset
ALTER TABLE veza_data.subscription ADD CONSTRAINT broken CHECK (NOT (end_reason = 'timeout' AND id = (:'s1')::uuid)) NOT VALID;
SELECT test.wait('24 hours');
SELECT test.run_jobs();
SELECT is(test.ended(:'s1') || ' ' || test.ended(:'s2'), 'pending_payment expired(timeout)', 'one row that cannot be worked on does not hold up the rest');

SELECT * FROM finish();
ROLLBACK;
