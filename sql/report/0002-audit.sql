-- Invariants: every row of veza.audit is a promise broken. Must be empty, in production too.

CREATE VIEW veza.audit AS
WITH clock AS (
    SELECT now() + (SELECT value::bigint FROM veza_data.setting WHERE name = 'clock_offset')
                   * interval '1 second' AS t,
           (SELECT value::bigint FROM veza_data.setting WHERE name = 'unserved_alert')
                   * interval '1 second' AS patience,
           (SELECT value::bigint FROM veza_data.setting WHERE name = 'processing_hold')
                   * interval '1 second' AS hold,
           (SELECT value::bigint FROM veza_data.setting WHERE name = 'review_hold')
                   * interval '1 second' AS review_hold),
open_refund AS (
    SELECT DISTINCT payment_id FROM veza_data.refund WHERE state <> 'failed')

SELECT 'one_live_subscription' AS invariant, user_id::text AS subject,
       count(*) || ' live subscriptions of one user' AS finding
  FROM veza_data.subscription WHERE status IN ('active', 'suspended')
 GROUP BY user_id HAVING count(*) > 1

UNION ALL
SELECT 'served_without_payment', s.id::text, 'active, with a price, neither paid nor given'
  FROM veza_data.subscription s
 WHERE s.status = 'active' AND s.amount_minor > 0 AND NOT s.is_comp
   AND NOT EXISTS (SELECT FROM veza_data.payment y
                    WHERE y.id = s.payment_id AND y.subscription_id = s.id AND y.state = 'succeeded'
                      AND y.amount_minor = s.amount_minor AND y.currency = s.currency)

UNION ALL
SELECT 'served_after_refund', s.id::text, 'live, although ' || r.minor || ' of ' || coalesce(y.amount_received_minor, y.amount_minor)
       || ' went back'
  FROM veza_data.subscription s
  JOIN veza_data.payment y ON y.id = s.payment_id
 CROSS JOIN LATERAL (SELECT sum(amount_minor) AS minor FROM veza_data.refund
                      WHERE payment_id = y.id AND state = 'succeeded') r
 WHERE s.status IN ('active', 'suspended') AND r.minor >= coalesce(y.amount_received_minor, y.amount_minor)

UNION ALL
SELECT 'served_without_account', u.id::text,
       CASE WHEN s.id IS NULL THEN 'has the role of a plan, although the account has ended'
            ELSE 'subscription ' || s.id || ' is ' || s.status || ', although the account has ended' END
  FROM veza_data.users u
  LEFT JOIN veza_data.subscription s ON s.user_id = u.id AND s.status IN ('pending_payment', 'active', 'suspended')
 WHERE u.status = 'deleted' AND (s.id IS NOT NULL OR u.plan_role IS NOT NULL)

UNION ALL
SELECT 'entitled_beyond_period', s.id::text, 'active although its period ended at ' || s.current_period_end
  FROM veza_data.subscription s, clock
 WHERE s.status = 'active' AND s.current_period_end < t - patience

UNION ALL
SELECT 'charged_without_service', y.id::text, 'succeeded, but neither activated its subscription nor is refunded'
  FROM veza_data.payment y
  JOIN veza_data.subscription s ON s.id = y.subscription_id, clock
 WHERE y.state = 'succeeded'
   AND NOT EXISTS (SELECT FROM veza_data.state_history h
                    WHERE h.entity_id = s.id AND h.payment_id = y.id AND h.to_state = 'active'
                      AND h.from_state IN ('pending_payment', 'expired'))
   AND y.id NOT IN (SELECT payment_id FROM open_refund)
   AND y.succeeded_at < t - patience

UNION ALL
SELECT 'refund_stuck', r.id::text, 'requested, and its effect is dead'
  FROM veza_data.refund r
 WHERE r.state = 'requested'
   AND NOT EXISTS (SELECT FROM veza_data.effect e
                    WHERE e.subject_id = r.id AND e.state IN ('queued', 'leased', 'done'))

UNION ALL
SELECT 'refund_unanswered', r.id::text, 'no outcome, and nobody asks for it'
  FROM veza_data.refund r
 WHERE r.state IN ('pending', 'review') AND r.next_check_at IS NULL

UNION ALL
SELECT 'refund_exceeds_payment', y.id::text, 'refunded ' || r.minor || ', counted ' || y.refunded_minor || ', received '
       || coalesce(y.amount_received_minor, y.amount_minor)
  FROM veza_data.payment y
 CROSS JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0) AS minor FROM veza_data.refund
                      WHERE payment_id = y.id AND state <> 'failed') r
 WHERE r.minor > coalesce(y.amount_received_minor, y.amount_minor) OR r.minor <> y.refunded_minor

UNION ALL
SELECT 'review_unsettled', y.id::text, 'under review since ' || y.updated_at || coalesce(' (' || y.review_reason || ')', '')
       || ', subscription ' || s.status || ', received ' || coalesce(y.amount_received_minor::text, 'nothing known')
  FROM veza_data.payment y
  JOIN veza_data.subscription s ON s.id = y.subscription_id, clock
 WHERE y.state = 'review'
   AND (y.updated_at < t - review_hold
        OR s.status IN ('expired', 'canceled') AND y.amount_received_minor > y.refunded_minor
           AND greatest(y.updated_at, s.ended_at) < t - patience
           AND NOT EXISTS (SELECT FROM veza_data.state_history h
                            WHERE h.entity_id = s.id AND h.payment_id = y.id AND h.to_state = 'active'))

UNION ALL
SELECT 'question_refused', x.id::text, x.refusals || ' questions came to nothing: ' || coalesce(x.error_code, 'no code')
  FROM (SELECT id, refusals, error_code FROM veza_data.payment
         WHERE state IN ('prepared', 'open', 'processing', 'review')
        UNION ALL SELECT id, refusals, error_code FROM veza_data.refund
         WHERE state IN ('requested', 'pending', 'review')) x
 WHERE x.refusals >= 3

UNION ALL
SELECT 'payment_parked', id::text, 'in state ' || state || ', and nobody asks the provider'
  FROM veza_data.payment
 WHERE state IN ('prepared', 'open', 'processing', 'review') AND next_check_at IS NULL

UNION ALL
SELECT 'payment_processing_too_long', y.id::text, 'processing since ' || y.updated_at
  FROM veza_data.payment y, clock
 WHERE y.state = 'processing' AND y.updated_at < t - hold

UNION ALL
SELECT 'payment_amount_differs', y.id::text, 'asked ' || y.amount_minor || ' ' || y.currency || ', received '
       || coalesce(y.amount_received_minor::text, 'nothing known')
  FROM veza_data.payment y
 WHERE y.state = 'succeeded' AND y.settled_status IS NULL AND y.amount_received_minor < y.amount_minor

UNION ALL
SELECT 'history_chain_broken', x.entity_id::text, x.machine || ': ' || coalesce(x.before, '(none)')
       || ' was followed by a step from ' || coalesce(x.from_state, '(none)')
  FROM (SELECT machine, entity_id, from_state,
               lag(to_state) OVER (PARTITION BY machine, entity_id ORDER BY id) AS before,
               row_number() OVER (PARTITION BY machine, entity_id ORDER BY id) AS n
          FROM veza_data.state_history) x
 WHERE x.n > 1 AND x.from_state IS DISTINCT FROM x.before OR x.n = 1 AND x.from_state IS NOT NULL

UNION ALL
SELECT 'state_without_history', x.id::text, x.machine || ' is in state ' || x.state || ', its history ends in '
       || coalesce(h.to_state, '(none)')
  FROM (SELECT 'subscription' AS machine, id, status AS state FROM veza_data.subscription
        UNION ALL SELECT 'payment', id, state FROM veza_data.payment
        UNION ALL SELECT 'refund', id, state FROM veza_data.refund
        UNION ALL SELECT 'distribution', id, status FROM veza_data.distribution
        UNION ALL SELECT 'effect', id, state FROM veza_data.effect) x
  LEFT JOIN LATERAL (SELECT to_state FROM veza_data.state_history
                      WHERE machine = x.machine AND entity_id = x.id ORDER BY id DESC LIMIT 1) h ON true
 WHERE h.to_state IS DISTINCT FROM x.state

UNION ALL
SELECT 'distributed_without_entitlement', d.id::text, 'the subscription was not active when it was submitted'
  FROM veza_data.distribution d
  JOIN veza_data.state_history m ON m.machine = 'distribution' AND m.entity_id = d.id AND m.from_state IS NULL
 WHERE NOT EXISTS (SELECT FROM veza_data.subscription s
                    WHERE s.id = d.subscription_id AND s.user_id = d.user_id)
    OR 'active' IS DISTINCT FROM (SELECT h.to_state FROM veza_data.state_history h
                     WHERE h.machine = 'subscription' AND h.entity_id = d.subscription_id
                       AND h.id < m.id ORDER BY h.id DESC LIMIT 1)

UNION ALL
SELECT 'effect_overdue', e.id::text, e.kind || ' was due at ' || e.due_at
  FROM veza_data.effect e, clock
 WHERE e.state = 'queued' AND e.due_at < t - patience
    OR e.state = 'leased' AND e.lease_until < t - patience

UNION ALL
SELECT 'secret_left_behind', e.id::text, 'a client secret was not removed'
  FROM veza_data.effect e, clock
 WHERE e.secret IS NOT NULL AND e.finished_at < t - patience

UNION ALL
SELECT 'webhook_not_applied', event_id, coalesce(error, result)
  FROM veza_data.psp_event WHERE result = 'failed'

UNION ALL
SELECT 'pending_over_its_time', s.id::text, 'should have expired at ' || s.pending_expires_at
  FROM veza_data.subscription s, clock
 WHERE s.status = 'pending_payment' AND s.pending_expires_at < t - patience
   AND NOT EXISTS (SELECT FROM veza_data.payment y
                    WHERE y.subscription_id = s.id AND y.state IN ('processing', 'review'))

UNION ALL
SELECT 'refresh_family', session_id::text, 'a retired token has no successor'
  FROM veza_data.refresh_token t
 WHERE retired_at IS NOT NULL
   AND NOT EXISTS (SELECT FROM veza_data.refresh_token c
                    WHERE c.session_id = t.session_id AND c.parent_id IS NOT NULL AND c.used_at IS NOT NULL)

UNION ALL
SELECT 'job_overdue', name, concat_ws(': ', 'has not finished since ' || coalesce(finished_at, created_at), failure)
  FROM veza_data.job
 WHERE coalesce(finished_at, created_at) < clock_timestamp() - interval '15 minutes'

UNION ALL
SELECT 'audit_seal_broken', broken_no::text, finding
  FROM veza_data.audit_seal_state WHERE broken_no IS NOT NULL;
COMMENT ON VIEW veza.audit IS 'Broken invariants, one row each. Empty when all is well, in production too; docs/operate.md says what to do about each.';
COMMENT ON COLUMN veza.audit.invariant IS 'Name of the invariant, as in docs/operate.md.';
COMMENT ON COLUMN veza.audit.subject IS 'Key of what breaks it.';
COMMENT ON COLUMN veza.audit.finding IS 'What is wrong.';
