-- The state machines, exhaustively: the shape of the tables in veza.state_machine, then every pair
-- of state and event, driven through the functions that users, provider, relay and timers really
-- call. A pair with an arrow must take it; a pair without one must leave the row alone, and what
-- comes from outside (provider, relay, timer) must not even raise.

BEGIN;
SELECT no_plan();

CREATE TEMP VIEW arrow AS SELECT * FROM veza.state_machine;
CREATE TEMP VIEW state AS
SELECT machine, from_state AS state FROM arrow WHERE from_state IS NOT NULL
UNION SELECT machine, to_state FROM arrow;

-- ---- the tables themselves

SELECT set_eq('SELECT DISTINCT machine FROM arrow', ARRAY['subscription', 'payment', 'refund', 'distribution', 'effect', 'track_version', 'track_match', 'moderation_case'],
              'there are eight machines');
SELECT is_empty($$
    SELECT machine, from_state, event, count(*) FROM arrow GROUP BY 1, 2, 3 HAVING count(*) > 1
$$, 'an event leads from a state to one state');
SELECT is_empty($$
    WITH RECURSIVE reached AS (
        SELECT machine, to_state FROM arrow WHERE from_state IS NULL
        UNION SELECT a.machine, a.to_state FROM arrow a JOIN reached r ON r.machine = a.machine AND r.to_state = a.from_state)
    SELECT * FROM state EXCEPT SELECT * FROM reached
$$, 'every state can be reached');
SELECT is_empty($$ SELECT machine, refusal FROM arrow WHERE refusal NOT IN (SELECT code FROM veza.error) $$,
                'every machine refuses with an error of the catalogue');
SELECT is_empty($$ SELECT machine, event FROM arrow WHERE coalesce(rule, '') = '' OR coalesce(by, '') = '' $$,
                'every arrow names its rule and who makes it');
SELECT is_empty($$
    SELECT machine, by FROM arrow WHERE by NOT IN ('user', 'admin', 'operator', 'provider', 'relay', 'timer', 'rule', 'worker')
$$, 'arrows are made by eight kinds of actors');
SELECT set_eq($$
    SELECT a.machine, a.from_state, a.event FROM arrow a
     WHERE (a.machine, a.from_state) IN (VALUES ('subscription', 'canceled'), ('subscription', 'expired'), ('payment', 'reversed'),
               ('refund', 'succeeded'), ('distribution', 'withdrawn'), ('effect', 'done'), ('track_version', 'quarantined'),
               ('track_match', 'dismissed'), ('track_match', 'upheld'), ('track_match', 'lapsed'))
       AND a.from_state <> a.to_state
$$, $$ VALUES ('subscription', 'canceled', 'admin_activate'), ('subscription', 'expired', 'admin_activate'),
              ('subscription', 'expired', 'payment_succeeded_late') $$,
    'a terminal state is left by late money or an administrator only');
SELECT is_empty($$
    SELECT s.* FROM state s WHERE NOT EXISTS (SELECT FROM arrow a WHERE a.machine = s.machine AND a.from_state = s.state)
       AND (s.machine, s.state) NOT IN (VALUES ('payment', 'reversed'), ('refund', 'succeeded'),
                                               ('distribution', 'withdrawn'), ('effect', 'done'), ('track_version', 'quarantined'),
                                               ('track_match', 'dismissed'), ('track_match', 'upheld'), ('track_match', 'lapsed'),
                                               ('moderation_case', 'warned'), ('moderation_case', 'closed'), ('moderation_case', 'reinstated'))
$$, 'no other state is a dead end');

-- ---- making a row in a state

-- A subscription whose first payment is dead at the provider and whose second is the one that counts.
CREATE FUNCTION pg_temp.make_subscription(state text, is_free boolean) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    owner uuid := test.user();
    id    uuid;
BEGIN
    IF is_free THEN
        RETURN test.subscribe(owner, 'free');
    END IF;
    id := test.pending(owner);
    PERFORM test.asked(test.payment(id), 'cancelled');
    PERFORM test.step(id);
    PERFORM test.answers(test.payment(id), 'psp_create', 'requires_payment_method');
    IF state IN ('active', 'suspended', 'canceled') THEN
        PERFORM test.webhook(test.payment(id), 'succeeded');
    END IF;
    CASE state
    WHEN 'suspended' THEN PERFORM test.asked(test.payment(id), 'requires_merchant_action');
    WHEN 'canceled' THEN PERFORM veza.subscription_cancel(false);
    WHEN 'expired' THEN PERFORM veza.subscription_abandon(id);
    ELSE NULL;
    END CASE;
    RETURN id;
END
$$;

CREATE FUNCTION pg_temp.make_payment(state text) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    subscription uuid := test.subscribe(test.user());
    id           uuid := test.payment(subscription);
BEGIN
    IF state <> 'prepared' THEN
        PERFORM test.answers(id, 'psp_create', 'requires_payment_method');
    END IF;
    IF state = 'reversed' THEN
        PERFORM test.webhook(id, 'succeeded');
    END IF;
    PERFORM test.asked(id, CASE state WHEN 'processing' THEN 'processing' WHEN 'review' THEN 'requires_capture'
        WHEN 'succeeded' THEN 'succeeded' WHEN 'failed' THEN 'failed' WHEN 'cancelled' THEN 'cancelled'
        WHEN 'expired' THEN 'expired' WHEN 'reversed' THEN 'cancelled_post_capture' END)
      WHERE state NOT IN ('prepared', 'open');
    RETURN id;
END
$$;

-- Money that came too late.
CREATE FUNCTION pg_temp.make_refund(state text) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    subscription uuid := test.pending(test.user());
    id           uuid;
BEGIN
    PERFORM veza.subscription_abandon(subscription);
    PERFORM test.wait('4 days');
    PERFORM test.webhook(test.payment(subscription), 'succeeded');
    SELECT r.id INTO STRICT id FROM veza_data.refund r WHERE r.payment_id = test.payment(subscription);
    IF state <> 'requested' THEN
        PERFORM test.refund_answers(id, 'psp_refund', state);
    END IF;
    RETURN id;
END
$$;

CREATE FUNCTION pg_temp.make_distribution(state text) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    owner uuid := test.user('creator');
    id    uuid;
BEGIN
    PERFORM test.active(owner);
    id := veza.distribution_submit(test.track_of(owner)) ->> 'id';
    IF state = 'withdrawn' THEN
        PERFORM veza.distribution_cancel(id);
    END IF;
    RETURN id;
END
$$;

CREATE FUNCTION pg_temp.make_effect(state text) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    payment uuid := test.payment(test.subscribe(test.user()));
    id      uuid := test.effect(payment, 'psp_create');
BEGIN
    CASE state
    WHEN 'leased' THEN PERFORM test.claim(payment, 'psp_create');
    WHEN 'done' THEN PERFORM test.answers(payment, 'psp_create', 'requires_payment_method');
    WHEN 'dead' THEN PERFORM test.finish(payment, 'psp_create', 'refused', NULL, 'IR_06');
    ELSE NULL;
    END CASE;
    RETURN id;
END
$$;

CREATE FUNCTION pg_temp.make_track_version(state text) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    id uuid := test.version(test.upload(test.user('creator')));
BEGIN
    CASE state
    WHEN 'received' THEN NULL;
    WHEN 'scanning' THEN PERFORM test.lease(id);
    WHEN 'quarantined' THEN PERFORM test.scan(id, 'infected');
    ELSE PERFORM test.scan(id);
    END CASE;
    IF state = 'ready' THEN
        PERFORM test.analyse(id);
    ELSIF state = 'failed' THEN
        PERFORM test.analyse(id, '{"ok": false, "code": "undecodable"}');
    END IF;
    RETURN id;
END
$$;

CREATE FUNCTION pg_temp.make_track_match(state text) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    content text := gen_random_uuid();
    id      uuid;
    track   uuid;
BEGIN
    PERFORM test.ready(test.user('creator'), 'First', '{}', content);
    track := test.ready(test.user('creator'), 'Second', '{}', content);
    SELECT m.id INTO STRICT id FROM veza_data.track_match m WHERE m.track_id = track;
    IF state <> 'open' THEN
        PERFORM pg_temp.fire_track_match(id, CASE state WHEN 'upheld' THEN 'uphold' WHEN 'lapsed' THEN 'lapse' ELSE 'dismiss' END);
    END IF;
    RETURN id;
END
$$;

-- A comment that somebody has reported, and what a moderator decided.
SELECT veza.auth_register('leaver', 'leaver@veza.example', 'tortoise shell nine') ->> 'x';
CREATE FUNCTION pg_temp.make_moderation_case(state text) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    track   uuid := test.ready(test.user('creator'));
    comment uuid;
    id      uuid;
BEGIN
    PERFORM test.act(test.user());
    comment := veza.comment_create(track, 'Reported words') ->> 'id';
    PERFORM test.act(test.user());
    PERFORM veza.report_create('comment', comment, 'spam');
    SELECT k.id INTO STRICT id FROM veza_data.moderation_case k WHERE k.subject_id = comment;
    PERFORM test.act(test.user('admin'));
    CASE state
    WHEN 'hidden' THEN PERFORM veza.moderation_hide(id, 'pgTAP');
    WHEN 'warned' THEN PERFORM veza.moderation_warn(id, 'pgTAP');
    WHEN 'closed' THEN PERFORM veza.moderation_close(id, 'pgTAP');
    WHEN 'reinstated' THEN PERFORM veza.moderation_hide(id, 'pgTAP'), veza.moderation_reinstate(id, 'pgTAP');
    ELSE NULL;
    END CASE;
    RETURN id;
END
$$;

-- ---- making an event happen

CREATE FUNCTION pg_temp.fire_subscription(id uuid, event text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    s      veza_data.subscription;
    newest uuid := test.payment(id);
    oldest uuid := (SELECT p.id FROM veza_data.payment p WHERE p.subscription_id = fire_subscription.id ORDER BY attempt_no LIMIT 1);
    other  uuid;
BEGIN
    SELECT x.* INTO s FROM veza_data.subscription x WHERE x.id = fire_subscription.id;
    CASE event
    WHEN 'recover' THEN PERFORM veza.subscription_complete_begin(id);
    WHEN 'abandon' THEN PERFORM veza.subscription_abandon(id);
    WHEN 'cancel_at_period_end' THEN PERFORM veza.subscription_cancel(true);
    WHEN 'cancel_now' THEN PERFORM veza.subscription_cancel(false);
    WHEN 'reactivate' THEN
        IF s.status = 'active' THEN PERFORM veza.subscription_cancel(true); END IF;
        PERFORM veza.subscription_reactivate();
    WHEN 'admin_activate' THEN
        PERFORM test.act(test.user('admin'));
        PERFORM veza.subscription_activate(id, 'a gift');
    WHEN 'superseded' THEN
        PERFORM test.refused(format('SELECT test.active(%L, ''artist'')', s.user_id));
    WHEN 'payment_succeeded', 'payment_succeeded_late' THEN PERFORM test.asked(newest, 'succeeded');
    WHEN 'payment_unserved' THEN
        UPDATE veza_data.users SET status = 'suspended' WHERE users.id = s.user_id;
        PERFORM test.asked(newest, 'succeeded');
    WHEN 'payment_mismatch' THEN PERFORM test.asked(newest, 'succeeded', '{"amount": 1}');
    WHEN 'payment_failed' THEN PERFORM test.asked(newest, 'failed');
    WHEN 'payment_processing' THEN PERFORM test.asked(newest, 'processing');
    WHEN 'payment_dead' THEN PERFORM test.asked(newest, 'expired');
    WHEN 'payment_action_required' THEN PERFORM test.asked(newest, 'requires_customer_action');
    WHEN 'payment_review' THEN PERFORM test.asked(newest, 'conflicted');
    WHEN 'payment_reversed' THEN PERFORM test.asked(newest, 'cancelled_post_capture');
    WHEN 'payment_refund_due' THEN
        PERFORM test.wait('4 days') WHERE s.status = 'expired';
        PERFORM test.asked(oldest, 'succeeded');
    WHEN 'payment_duplicate' THEN
        -- No function makes a second live subscription; a row from elsewhere can.
        IF s.status = 'pending_payment' THEN
            INSERT INTO veza_data.subscription (user_id, plan_id, status, billing_cycle, amount_minor, currency, is_comp,
                activated_at, activation_source, current_period_start, created_at, updated_at)
            VALUES (s.user_id, s.plan_id, 'active', 'monthly', 1, 'EUR', true, test.now(), 'admin', test.now(), test.now(), test.now())
            RETURNING subscription.id INTO other;
            INSERT INTO veza_data.state_history (machine, entity_id, event, to_state, at, actor_kind)
            VALUES ('subscription', other, 'subscribe_free', 'active', test.now(), 'dba');
        END IF;
        PERFORM test.asked(newest, 'succeeded');
    WHEN 'ttl_reached' THEN
        PERFORM test.wait('24 hours');
        PERFORM test.run_jobs();
        IF test.effect(newest, 'psp_retrieve') IS NOT NULL THEN
            PERFORM test.answers(newest, 'psp_retrieve', (SELECT coalesce(p.psp_status, 'cancelled') FROM veza_data.payment p WHERE p.id = newest));
        END IF;
    WHEN 'period_end' THEN
        PERFORM test.wait('32 days');
        PERFORM test.run_jobs();
    END CASE;
END
$$;

CREATE FUNCTION pg_temp.fire_payment(id uuid, event text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    subscription uuid := (SELECT p.subscription_id FROM veza_data.payment p WHERE p.id = fire_payment.id);
BEGIN
    IF event = 'discard' THEN
        IF test.status(subscription) = 'pending_payment' THEN
            PERFORM veza.subscription_abandon(subscription);
        ELSIF test.status(subscription) = 'active' THEN
            PERFORM veza.subscription_cancel(false);
        END IF;
        RETURN;
    ELSIF event = 'settle' THEN
        PERFORM test.asked(id, 'partially_captured', '{"amount_received": 999}') WHERE test.state(id) = 'review';
        CALL veza.settle_review(id, 'accept', 'all of it is there');
        RETURN;
    END IF;
    PERFORM test.asked(id, CASE event WHEN 'psp_open' THEN 'requires_payment_method' WHEN 'psp_processing' THEN 'processing'
        WHEN 'psp_succeeded' THEN 'succeeded' WHEN 'psp_failed' THEN 'failed' WHEN 'psp_cancelled' THEN 'cancelled'
        WHEN 'psp_expired' THEN 'expired' WHEN 'psp_reversed' THEN 'cancelled_post_capture' WHEN 'psp_review' THEN 'review' END);
END
$$;

CREATE FUNCTION pg_temp.fire_refund(id uuid, event text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF event = 'retry' THEN
        CALL veza.retry_refund(id, 'once more');
    ELSIF event = 'withdraw' THEN
        PERFORM test.found((SELECT r.payment_id FROM veza_data.refund r WHERE r.id = fire_refund.id), 999);
    ELSE
        PERFORM test.deliver(jsonb_build_object('event_id', gen_random_uuid(), 'event_type', 'refund',
            'content', jsonb_build_object('type', 'refund_details', 'object', jsonb_build_object(
                'refund_id', (SELECT r.psp_refund_id FROM veza_data.refund r WHERE r.id = fire_refund.id),
                'status', substr(event, 5)))));
    END IF;
END
$$;

CREATE FUNCTION pg_temp.fire_distribution(id uuid, event text) RETURNS void LANGUAGE sql AS $$
    SELECT veza.distribution_cancel($1)
$$;

CREATE FUNCTION pg_temp.fire_effect(id uuid, event text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    e       veza_data.effect;
    outcome text := CASE event WHEN 'succeed' THEN 'ok' WHEN 'refuse' THEN 'refused' ELSE 'unknown' END;
BEGIN
    SELECT x.* INTO e FROM veza_data.effect x WHERE x.id = fire_effect.id;
    CASE event
    WHEN 'claim' THEN
        PERFORM test.wait('61 seconds');
        PERFORM veza.claim_effects('another-relay', '{psp_create}', 1000);
    WHEN 'succeed', 'refuse', 'retry', 'give_up' THEN
        UPDATE veza_data.effect SET attempts = 20 WHERE effect.id = fire_effect.id AND event = 'give_up';
        PERFORM veza.finish_effect(id, coalesce(e.lease_token, gen_random_uuid()), 'test-relay', outcome, 200, NULL, NULL,
            CASE event WHEN 'succeed' THEN test.facts(e.subject_id, 'requires_payment_method') END, NULL, 1);
    WHEN 'withdraw' THEN
        PERFORM veza.subscription_abandon((SELECT p.subscription_id FROM veza_data.payment p WHERE p.id = e.subject_id));
    WHEN 'retry_dead' THEN
        CALL veza.retry_effect(id, 'once more');
    END CASE;
END
$$;

-- A worker reports as the event says, under whatever lease there is; the third time in a row is the last.
CREATE FUNCTION pg_temp.fire_track_version(id uuid, event text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v     veza_data.track_version;
    lease uuid;
BEGIN
    SELECT x.* INTO v FROM veza_data.track_version x WHERE x.id = fire_track_version.id;
    IF event = 'claim' THEN
        PERFORM test.wait('301 seconds') WHERE v.lease IS NOT NULL;
        PERFORM veza.track_claim_work('another', 100);
        RETURN;
    ELSIF event = 'reprocess' THEN
        PERFORM veza.track_reprocess(id, 'once more');
        RETURN;
    ELSIF event = 'infected' AND v.state = 'ready' THEN
        UPDATE veza_data.track_version x SET scan = 'unscanned', due_at = test.now() WHERE x.id = fire_track_version.id;
    ELSIF event = 'give_up' THEN
        UPDATE veza_data.track_version x SET tries = 2 WHERE x.id = fire_track_version.id;
    END IF;
    IF v.state IN ('scanning', 'analysing') OR (event = 'infected' AND v.state = 'ready') THEN
        lease := test.lease(id);
    END IF;
    lease := coalesce(lease, gen_random_uuid());
    IF event = 'release' THEN
        PERFORM veza.track_release_work(id, lease);
    ELSIF event IN ('clean', 'unscanned', 'infected') OR v.state = 'scanning' THEN
        PERFORM veza.track_report_scan(id, lease, CASE WHEN event IN ('clean', 'unscanned', 'infected') THEN event ELSE 'failed' END)
          WHERE event NOT IN ('analysed', 'refuse');
    ELSE
        PERFORM veza.track_report_analysis(id, lease, CASE event WHEN 'analysed' THEN '{"ok": true, "duration_ms": 1000}'
            WHEN 'refuse' THEN '{"ok": false, "code": "undecodable"}' ELSE '{"ok": false, "code": "crashed", "retry": true}' END::json);
    END IF;
END
$$;

CREATE FUNCTION pg_temp.fire_track_match(id uuid, event text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF event = 'lapse' THEN
        UPDATE veza_data.track t SET deleted_at = coalesce(deleted_at, test.now()) FROM veza_data.track_match m WHERE m.id = fire_track_match.id AND t.id = m.track_id;
        PERFORM test.wait('32 days');
        PERFORM test.run_jobs();
        RETURN;
    END IF;
    PERFORM test.act(test.user('admin'));
    PERFORM veza.track_match_resolve(id, CASE event WHEN 'uphold' THEN 'take_down' ELSE event END, 'pgTAP');
END
$$;

CREATE FUNCTION pg_temp.fire_moderation_case(id uuid, event text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    owner uuid := (SELECT k.owner_id FROM veza_data.moderation_case k WHERE k.id = fire_moderation_case.id);
BEGIN
    CASE event
    WHEN 'hide' THEN PERFORM veza.moderation_hide(id, 'once more');
    WHEN 'warn' THEN PERFORM veza.moderation_warn(id, 'once more');
    WHEN 'close' THEN PERFORM veza.moderation_close(id, 'once more');
    WHEN 'reinstate' THEN PERFORM veza.moderation_reinstate(id, 'once more');
    WHEN 'leave' THEN
        UPDATE veza_data.users u SET password_hash = (SELECT l.password_hash FROM veza_data.users l WHERE l.username = 'leaver') WHERE u.id = owner;
        PERFORM test.act(owner);
        PERFORM veza.account_delete('me', 'tortoise shell nine', 'DELETE');
    END CASE;
END
$$;

-- ---- one pair

CREATE FUNCTION pg_temp.state_of(machine text, id uuid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    EXECUTE (SELECT DISTINCT format('SELECT %I FROM %s WHERE id = $1', a.column_name, a.table_name) FROM arrow a
              WHERE a.machine = state_of.machine) INTO STRICT result USING id;
    RETURN result;
END
$$;

-- What the event comes to in that state: the state the arrow led to, 'refused CODE', or what else
-- became of the row. Undone afterwards, the clock included.
CREATE FUNCTION pg_temp.pair(machine text, state text, event text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    entity uuid;
    mark   bigint;
    code   text;
    result text;
BEGIN
    CASE machine
    WHEN 'subscription' THEN entity := pg_temp.make_subscription(state, state = 'active' AND event = 'superseded');
    WHEN 'payment' THEN entity := pg_temp.make_payment(state);
    WHEN 'refund' THEN entity := pg_temp.make_refund(state);
    WHEN 'distribution' THEN entity := pg_temp.make_distribution(state);
    WHEN 'effect' THEN entity := pg_temp.make_effect(state);
    WHEN 'track_version' THEN entity := pg_temp.make_track_version(state);
    WHEN 'track_match' THEN entity := pg_temp.make_track_match(state);
    WHEN 'moderation_case' THEN entity := pg_temp.make_moderation_case(state);
    END CASE;
    IF pg_temp.state_of(machine, entity) <> state THEN
        RAISE EXCEPTION 'no % could be made, it is %', state, pg_temp.state_of(machine, entity);
    END IF;
    SELECT max(h.id) INTO mark FROM veza_data.state_history h;
    BEGIN
        EXECUTE format('SELECT pg_temp.fire_%s($1, $2)', machine) USING entity, event;
    EXCEPTION WHEN OTHERS THEN
        code := test.code_of(SQLSTATE, CASE WHEN SQLSTATE !~ '^VZ' THEN SQLERRM END);
    END;
    SELECT h.to_state INTO result FROM veza_data.state_history h
     WHERE h.machine = pair.machine AND h.entity_id = entity AND h.id > mark AND h.from_state = pair.state AND h.event = pair.event
     ORDER BY h.id LIMIT 1;
    IF result IS NULL THEN
        result := coalesce('refused ' || code, nullif('became ' || pg_temp.state_of(machine, entity), 'became ' || state), 'nothing');
    ELSIF code IS NOT NULL THEN
        result := result || ', then refused ' || code;
    END IF;
    IF EXISTS (SELECT FROM veza_data.state_history h WHERE h.id > mark
                  AND NOT EXISTS (SELECT FROM arrow a WHERE a.machine = h.machine AND a.from_state IS NOT DISTINCT FROM h.from_state
                                     AND a.event = h.event AND a.to_state = h.to_state)) THEN
        result := result || ', by an arrow that is not in veza.state_machine';
    END IF;
    -- Whatever happened, nobody is served unpaid and every state has its history.
    SELECT result || coalesce(', but ' || string_agg(DISTINCT x.invariant, ', '), '') INTO result FROM veza.audit x
     WHERE x.invariant IN ('one_live_subscription', 'served_without_payment', 'history_chain_broken', 'state_without_history',
                           'refund_exceeds_payment', 'payment_amount_differs', 'payment_parked');
    RAISE EXCEPTION USING ERRCODE = 'TSTOK';
EXCEPTION WHEN SQLSTATE 'TSTOK' THEN
    RETURN result;
WHEN OTHERS THEN
    RETURN format('broken test: %s %s', SQLSTATE, SQLERRM);
END
$$;

-- ---- creation

SELECT is(test.events(pg_temp.make_subscription('pending_payment', false)),
          'subscribe_paid, payment_dead', 'subscription: (none) --subscribe_paid--> pending_payment');
SELECT is(test.events(pg_temp.make_subscription('active', true)), 'subscribe_free', 'subscription: (none) --subscribe_free--> active');
SELECT is(test.events(pg_temp.make_payment('prepared')), 'prepare', 'payment: (none) --prepare--> prepared');
SELECT is(test.events(pg_temp.make_refund('requested')), 'request', 'refund: (none) --request--> requested');
SELECT test.active(test.user()) AS s \gset
SELECT test.found(test.payment(:'s'), 100, 'pending', 'dashboard-1');
SELECT is(test.events(r.id), 'psp_found', 'refund: (none) --psp_found--> pending') FROM veza_data.refund r WHERE psp_refund_id = 'dashboard-1';
SELECT is(test.events(pg_temp.make_distribution('submitted')), 'submit', 'distribution: (none) --submit--> submitted');
SELECT is(test.events(pg_temp.make_effect('queued')), 'queue', 'effect: (none) --queue--> queued');
SELECT is(test.events(pg_temp.make_track_version('received')), 'receive', 'track_version: (none) --receive--> received');
SELECT is(test.events(pg_temp.make_track_match('open')), 'find', 'track_match: (none) --find--> open');
SELECT is(test.events(pg_temp.make_moderation_case('open')), 'report', 'moderation_case: (none) --report--> open');
SELECT is((SELECT count(*) FROM arrow WHERE from_state IS NULL), 10::bigint, 'and nothing else makes a row');

-- ---- every pair

SELECT is(pg_temp.pair(a.machine, a.from_state, a.event), a.to_state,
          format('%s: %s --%s--> %s (%s)', a.machine, a.from_state, a.event, a.to_state, a.rule))
  FROM arrow a WHERE a.from_state IS NOT NULL
 ORDER BY a.machine, a.from_state, a.event;

-- What a user, an administrator or an operator is told where there is no arrow.
CREATE TEMP TABLE told (machine text, event text, state text, code text);
INSERT INTO told VALUES
    ('subscription', 'recover', 'active', 'SUBSCRIPTION_NOT_PENDING'),
    ('subscription', 'recover', 'suspended', 'SUBSCRIPTION_NOT_PENDING'),
    ('subscription', 'recover', 'canceled', 'SUBSCRIPTION_NOT_PENDING'),
    ('subscription', 'recover', 'expired', 'SUBSCRIPTION_NOT_PENDING'),
    ('subscription', 'abandon', 'active', 'SUBSCRIPTION_NOT_PENDING'),
    ('subscription', 'abandon', 'suspended', 'SUBSCRIPTION_NOT_PENDING'),
    ('subscription', 'abandon', 'canceled', 'SUBSCRIPTION_NOT_PENDING'),
    ('subscription', 'abandon', 'expired', 'SUBSCRIPTION_NOT_PENDING'),
    ('subscription', 'cancel_at_period_end', 'pending_payment', 'SUBSCRIPTION_INVALID_STATE'),
    ('subscription', 'cancel_at_period_end', 'suspended', 'SUBSCRIPTION_INVALID_STATE'),
    ('subscription', 'cancel_at_period_end', 'canceled', 'NO_ACTIVE_SUBSCRIPTION'),
    ('subscription', 'cancel_at_period_end', 'expired', 'NO_ACTIVE_SUBSCRIPTION'),
    ('subscription', 'reactivate', 'pending_payment', 'SUBSCRIPTION_INVALID_STATE'),
    ('subscription', 'reactivate', 'suspended', 'SUBSCRIPTION_INVALID_STATE'),
    ('subscription', 'reactivate', 'canceled', 'NO_ACTIVE_SUBSCRIPTION'),
    ('subscription', 'reactivate', 'expired', 'NO_ACTIVE_SUBSCRIPTION'),
    ('subscription', 'cancel_now', 'pending_payment', NULL),    -- 20_subscription.sql says what it does
    ('subscription', 'cancel_now', 'canceled', 'NO_ACTIVE_SUBSCRIPTION'),
    ('subscription', 'cancel_now', 'expired', 'NO_ACTIVE_SUBSCRIPTION'),
    ('subscription', 'admin_activate', 'active', NULL),         -- the same
    ('payment', 'settle', 'prepared', 'INVALID_TRANSITION'),
    ('payment', 'settle', 'open', 'INVALID_TRANSITION'),
    ('payment', 'settle', 'processing', 'INVALID_TRANSITION'),
    ('payment', 'settle', 'succeeded', 'INVALID_TRANSITION'),
    ('payment', 'settle', 'failed', 'INVALID_TRANSITION'),
    ('payment', 'settle', 'cancelled', 'INVALID_TRANSITION'),
    ('payment', 'settle', 'expired', 'INVALID_TRANSITION'),
    ('payment', 'settle', 'reversed', 'INVALID_TRANSITION'),
    ('refund', 'retry', 'requested', 'INVALID_TRANSITION'),
    ('refund', 'retry', 'pending', 'INVALID_TRANSITION'),
    ('refund', 'retry', 'review', 'INVALID_TRANSITION'),
    ('refund', 'retry', 'succeeded', 'INVALID_TRANSITION'),
    ('distribution', 'withdraw', 'withdrawn', 'INVALID_TRANSITION'),
    ('effect', 'retry_dead', 'queued', 'INVALID_TRANSITION'),
    ('effect', 'retry_dead', 'leased', 'INVALID_TRANSITION'),
    ('effect', 'retry_dead', 'done', 'INVALID_TRANSITION'),
    ('track_version', 'reprocess', 'received', 'INVALID_TRANSITION'),
    ('track_version', 'reprocess', 'scanning', 'INVALID_TRANSITION'),
    ('track_version', 'reprocess', 'analysing', 'INVALID_TRANSITION'),
    ('track_version', 'reprocess', 'ready', 'INVALID_TRANSITION'),
    ('track_version', 'reprocess', 'quarantined', 'INVALID_TRANSITION'),
    ('track_match', 'dismiss', 'dismissed', 'INVALID_TRANSITION'),
    ('track_match', 'dismiss', 'upheld', 'INVALID_TRANSITION'),
    ('track_match', 'dismiss', 'lapsed', 'INVALID_TRANSITION'),
    ('track_match', 'uphold', 'dismissed', 'INVALID_TRANSITION'),
    ('track_match', 'uphold', 'upheld', 'INVALID_TRANSITION'),
    ('track_match', 'uphold', 'lapsed', 'INVALID_TRANSITION'),
    ('moderation_case', 'reinstate', 'open', 'CASE_DECIDED');
INSERT INTO told SELECT 'moderation_case', event, state, 'CASE_DECIDED' FROM unnest('{hide,warn,close,reinstate}'::text[]) event, unnest('{hidden,warned,closed,reinstated}'::text[]) state
 WHERE (event, state) <> ('reinstate', 'hidden');

CREATE TEMP TABLE missing AS
SELECT s.machine, s.state, e.event, bool_or(e.by IN ('user', 'admin', 'operator')) AS by_somebody
  FROM state s JOIN (SELECT DISTINCT machine, event, by FROM arrow WHERE from_state IS NOT NULL) e ON e.machine = s.machine
 WHERE NOT EXISTS (SELECT FROM arrow a WHERE a.machine = s.machine AND a.from_state = s.state AND a.event = e.event)
 GROUP BY 1, 2, 3;

SELECT set_eq($$ SELECT machine, event, state FROM missing WHERE by_somebody $$, $$ SELECT machine, event, state FROM told $$,
              'for every missing pair that somebody can try, the refusal is written down');

SELECT is(pg_temp.pair(m.machine, m.state, m.event), 'refused ' || t.code,
          format('%s: %s has no arrow for %s, and says so', m.machine, m.state, m.event))
  FROM missing m JOIN told t USING (machine, event, state) WHERE t.code IS NOT NULL
 ORDER BY m.machine, m.state, m.event;

SELECT doesnt_match(pg_temp.pair(m.machine, m.state, m.event), '(refused|broken test|, but |by an arrow)',
          format('%s: %s has no arrow for %s, and bears it', m.machine, m.state, m.event))
  FROM missing m WHERE NOT m.by_somebody
 ORDER BY m.machine, m.state, m.event;

-- ---- a state changes through its machine or not at all

CREATE TEMP TABLE specimen AS
SELECT 'subscription' AS machine, pg_temp.make_subscription('pending_payment', false) AS id
UNION ALL SELECT 'payment', pg_temp.make_payment('open')
UNION ALL SELECT 'refund', pg_temp.make_refund('requested')
UNION ALL SELECT 'distribution', pg_temp.make_distribution('submitted')
UNION ALL SELECT 'effect', pg_temp.make_effect('queued')
UNION ALL SELECT 'track_version', pg_temp.make_track_version('received')
UNION ALL SELECT 'track_match', pg_temp.make_track_match('open')
UNION ALL SELECT 'moderation_case', pg_temp.make_moderation_case('open');

CREATE TEMP VIEW forbidden AS
SELECT DISTINCT x.machine, s.state, format('UPDATE %s SET %I = %L WHERE id = %L', a.table_name, a.column_name, s.state, x.id) AS statement
  FROM specimen x JOIN arrow a ON a.machine = x.machine JOIN state s ON s.machine = x.machine
 WHERE s.state <> pg_temp.state_of(x.machine, x.id);

SELECT is(test.refusal(statement), 'STATE_COLUMN_GUARDED', format('a superuser cannot set a %s to %s', machine, state))
  FROM forbidden ORDER BY machine, state;
SELECT is(test.refusal_as('veza_owner', statement), 'STATE_COLUMN_GUARDED', format('the owner cannot set a %s to %s', machine, state))
  FROM forbidden ORDER BY machine, state;
SELECT matches(test.refused(min(statement)) ->> 'hint', 'veza\.', format('the hint names functions for a %s', machine))
  FROM forbidden GROUP BY machine ORDER BY machine;
SELECT is(test.refused(min(statement)) ->> 'sqlstate', 'VZ021', 'the SQLSTATE is VZ021') FROM forbidden;
SELECT is((SELECT string_agg(DISTINCT test.refusal(format('UPDATE %s SET updated_at = now() WHERE id = %L', a.table_name, x.id)), ', ')
             FROM specimen x JOIN arrow a USING (machine)), 'none', 'other columns can be changed');
SELECT is(test.refusal(format('UPDATE veza_data.subscription SET status = NULL WHERE id = %L', id)), 'STATE_COLUMN_GUARDED',
          'not even to NULL') FROM specimen WHERE machine = 'subscription';

-- A transition that fails in the middle leaves no gap through which a later UPDATE could slip.
ALTER TABLE veza_data.subscription ADD CONSTRAINT broken CHECK (status <> 'expired') NOT VALID;
SELECT test.act(s.user_id) FROM veza_data.subscription s JOIN specimen x ON x.id = s.id;
SELECT matches(test.refusal(format('SELECT veza.subscription_abandon(%L)', id)), '^23514', 'a transition that fails in the middle')
  FROM specimen WHERE machine = 'subscription';
SELECT is(test.refusal(statement), 'STATE_COLUMN_GUARDED', 'leaves the guard closed for that very row')
  FROM forbidden WHERE machine = 'subscription' AND state = 'expired';
ALTER TABLE veza_data.subscription DROP CONSTRAINT broken;

-- ---- history

SELECT is_empty($$
    SELECT x.* FROM specimen x
     WHERE NOT EXISTS (SELECT FROM veza_data.state_history h WHERE h.machine = x.machine AND h.entity_id = x.id
                          AND h.xmin::text::bigint >= pg_current_xact_id()::text::bigint)
$$, 'history is written in the transaction that makes the change');
SELECT is(test.refusal($$ UPDATE veza_data.state_history SET reason = 'nicer' $$), 'APPEND_ONLY', 'history cannot be changed');
SELECT is(test.refusal($$ DELETE FROM veza_data.state_history $$), 'APPEND_ONLY', 'history cannot be deleted');
SELECT is(test.refusal($$ TRUNCATE veza_data.state_history $$), 'APPEND_ONLY', 'history cannot be truncated');
SELECT is(test.refusal($$ UPDATE veza_data.audit_log SET reason = 'nicer' $$), 'APPEND_ONLY', 'the audit log cannot be changed');
SELECT is(test.refusal($$ DELETE FROM veza_data.audit_log $$), 'APPEND_ONLY', 'the audit log cannot be deleted');
SELECT is(test.refusal($$ TRUNCATE veza_data.audit_log $$), 'APPEND_ONLY', 'the audit log cannot be truncated');
SELECT is(test.refusal_as('veza_owner', $$ DELETE FROM veza_data.audit_log $$), 'APPEND_ONLY', 'not by its owner either');

SELECT * FROM finish();
ROLLBACK;
