-- The provider of the property test, in SQL: it knows how far each payment and
-- refund is, and answers whatever effect is due with that.

CREATE SCHEMA property;

-- How far the provider is; what is missing here has just been created.
CREATE TABLE property.truth (id text PRIMARY KEY, status text NOT NULL, updated text, may_retry boolean NOT NULL DEFAULT false,
                             refunds jsonb);

-- The provider's snapshot of a payment.
CREATE FUNCTION property.payment_facts(payment uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
               'payment_id', y.psp_payment_id, 'status', coalesce(t.status, 'requires_payment_method'),
               'amount', y.amount_minor, 'currency', y.currency,
               'amount_received', CASE WHEN t.status IN ('succeeded', 'cancelled_post_capture') THEN y.amount_minor END,
               'manual_retry_allowed', coalesce(t.may_retry, false), 'updated', coalesce(t.updated, '2026-01-01T00:00:00.000Z'),
               'refunds', t.refunds, 'metadata', jsonb_build_object('subscription_id', y.subscription_id))
      FROM veza_data.payment y LEFT JOIN property.truth t ON t.id = y.psp_payment_id WHERE y.id = payment
$$;

-- The provider's snapshot of a refund.
CREATE FUNCTION property.refund_facts(refund uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('refund_id', r.psp_refund_id, 'payment_id', y.psp_payment_id, 'amount', r.amount_minor,
                              'currency', r.currency, 'status', coalesce(t.status, 'pending'))
      FROM veza_data.refund r JOIN veza_data.payment y ON y.id = r.payment_id
      LEFT JOIN property.truth t ON t.id = r.psp_refund_id WHERE r.id = refund
$$;

-- A relay: carries out what is due until nothing is; returns how much that was.
CREATE FUNCTION property.relay() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    claimed record;
    before integer;
    n integer := 0;
BEGIN
    PERFORM veza.relay_heartbeat('property', '1', true, 'closed', NULL);
    LOOP
        before := n;
        FOR claimed IN SELECT c.id, c.lease_token, c.kind, e.subject_id
                         FROM veza.claim_effects('property', '{psp_create,psp_retrieve,psp_cancel,psp_refund,psp_refund_retrieve}', 200) c
                         JOIN veza_data.effect e USING (id) LOOP
            PERFORM veza.finish_effect(claimed.id, claimed.lease_token, 'property', 'ok', 200, NULL, NULL,
                CASE WHEN claimed.kind LIKE 'psp_refund%' THEN property.refund_facts(claimed.subject_id)
                     ELSE property.payment_facts(claimed.subject_id) END, NULL, 1);
            n := n + 1;
        END LOOP;
        EXIT WHEN n = before;
    END LOOP;
    RETURN n;
END $$;

-- Makes the subscriptions of one user: plain or late (the provider's replies are still to come), abandoned,
-- second (the second attempt, after a first one that was cancelled), two, or gone (the account has ended).
-- Returns the user.
CREATE FUNCTION property.make(shape text) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    me uuid;
    subscription uuid;
    plan text;
BEGIN
    INSERT INTO veza_data.users (username, email, password_hash, role, created_at, updated_at)
    SELECT 'p' || n, 'p' || n || '@veza.example', 'none', 'creator', now(), now() FROM nextval('property.serial') n
    RETURNING id INTO me;
    PERFORM veza.act_as(me, 'property');
    FOREACH plan IN ARRAY CASE shape WHEN 'two' THEN ARRAY['pro', 'artist'] ELSE ARRAY['pro'] END LOOP
        SELECT b.subscription_id INTO subscription FROM veza.subscription_subscribe_begin(plan, 'monthly', false) b;
    END LOOP;
    IF shape = 'abandoned' THEN
        PERFORM property.relay();
        PERFORM veza.subscription_abandon(subscription);
    ELSIF shape = 'gone' THEN
        PERFORM property.relay();
        PERFORM veza.subscription_abandon(subscription);
        UPDATE veza_data.users SET status = 'deleted', email = NULL, password_hash = NULL, plan_role = NULL WHERE id = me;
    ELSIF shape = 'second' THEN
        PERFORM property.relay();
        INSERT INTO property.truth SELECT psp_payment_id, 'cancelled', '2026-01-02T00:00:00.000Z' FROM veza_data.payment WHERE subscription_id = subscription;
        PERFORM veza.reconcile_payment_begin(subscription::text);
        PERFORM property.relay();
        PERFORM veza.subscription_payment_step(subscription, NULL, false, false);
    END IF;
    RETURN me;
END $$;
CREATE SEQUENCE property.serial;

-- What became of a user: subscriptions, payments and refunds, the plans left out: of two that were
-- paid, either may be the one that is served.
CREATE FUNCTION property.outcome(me uuid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT string_agg(line, ' | ' ORDER BY line)
      FROM (SELECT concat(s.status, '(' || s.end_reason || ')', CASE WHEN s.is_comp THEN ' given' END, ':',
                          (SELECT string_agg(concat(' ', y.attempt_no, ' ', y.state, '/', y.psp_status, ' ', y.amount_received_minor,
                                                    CASE WHEN s.payment_id = y.id THEN ' serves' END,
                                                    (SELECT ' returned ' || string_agg(r.reason || ' ' || r.state, ' ' ORDER BY r.attempt_no)
                                                       FROM veza_data.refund r WHERE r.payment_id = y.id)), ',' ORDER BY y.attempt_no)
                             FROM veza_data.payment y WHERE y.subscription_id = s.id)) AS line
              FROM veza_data.subscription s WHERE s.user_id = me) x
$$;
