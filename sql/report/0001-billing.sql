-- What analysts read: subscriptions, payments and the distribution gate.
-- No personal data: users appear as keys only where a view counts them, and what people have
-- written in their own words (reasons, messages, names) appears nowhere.
-- Money is in minor units, times are UTC.

CREATE VIEW veza_report.subscription_current AS
SELECT s.id AS subscription_id, p.name AS plan, s.billing_cycle, s.status, s.amount_minor, s.currency,
       s.is_comp, s.amount_minor > 0 AND NOT s.is_comp AS is_paying,
       s.status = 'active' AND (s.current_period_end IS NULL OR s.current_period_end > now()) AS is_entitled,
       p.can_distribute, s.created_at, s.activated_at, s.activation_source, s.current_period_start,
       s.current_period_end, s.cancel_at_period_end
  FROM veza_data.subscription s
  JOIN veza_data.plan p ON p.id = s.plan_id
 WHERE s.status IN ('active', 'suspended');
COMMENT ON VIEW veza_report.subscription_current IS 'Grain: one row per live subscription, which is at most one per user.';
COMMENT ON COLUMN veza_report.subscription_current.subscription_id IS 'Key of the subscription.';
COMMENT ON COLUMN veza_report.subscription_current.plan IS 'Name of the plan.';
COMMENT ON COLUMN veza_report.subscription_current.billing_cycle IS 'monthly or yearly.';
COMMENT ON COLUMN veza_report.subscription_current.status IS 'active or suspended.';
COMMENT ON COLUMN veza_report.subscription_current.amount_minor IS 'Price of one period, in minor units of currency.';
COMMENT ON COLUMN veza_report.subscription_current.currency IS 'ISO 4217; never add amounts across currencies.';
COMMENT ON COLUMN veza_report.subscription_current.is_comp IS 'Given by an administrator, not paid.';
COMMENT ON COLUMN veza_report.subscription_current.is_paying IS 'Has a price and is paid.';
COMMENT ON COLUMN veza_report.subscription_current.is_entitled IS 'Entitles to the plan now.';
COMMENT ON COLUMN veza_report.subscription_current.can_distribute IS 'The plan includes distribution.';
COMMENT ON COLUMN veza_report.subscription_current.created_at IS 'When it was made (UTC).';
COMMENT ON COLUMN veza_report.subscription_current.activated_at IS 'When it became active (UTC).';
COMMENT ON COLUMN veza_report.subscription_current.activation_source IS 'What brought the news: free, webhook, recovery, reconcile, late, admin.';
COMMENT ON COLUMN veza_report.subscription_current.current_period_start IS 'Start of the paid period (UTC).';
COMMENT ON COLUMN veza_report.subscription_current.current_period_end IS 'End of the paid period (UTC); NULL: without end.';
COMMENT ON COLUMN veza_report.subscription_current.cancel_at_period_end IS 'Will end with its period.';

CREATE VIEW veza_report.subscription_funnel AS
WITH reached AS (
    SELECT s.id, (s.created_at AT TIME ZONE 'UTC')::date AS day, p.name AS plan, s.billing_cycle, s.currency,
           s.amount_minor, s.status, s.created_at, s.activated_at, s.is_comp, s.end_reason,
           EXISTS (SELECT FROM veza_data.state_history h
                    WHERE h.machine = 'payment' AND h.payment_id IN
                          (SELECT y.id FROM veza_data.payment y WHERE y.subscription_id = s.id)
                      AND h.to_state NOT IN ('prepared', 'cancelled')) AS psp_open,
           EXISTS (SELECT FROM veza_data.state_history h
                    WHERE h.entity_id = s.id
                      AND (h.event IN ('payment_failed', 'payment_processing', 'payment_action_required')
                           OR h.to_state = 'active')) AS attempted,
           (SELECT count(*) FROM veza_data.state_history h
             WHERE h.entity_id = s.id AND h.event = 'recover') AS recoveries
      FROM veza_data.subscription s
      JOIN veza_data.plan p ON p.id = s.plan_id
     WHERE s.amount_minor > 0)
SELECT day, plan, billing_cycle, currency,
       count(*) AS created,
       count(*) FILTER (WHERE psp_open) AS psp_open,
       count(*) FILTER (WHERE attempted) AS attempted,
       count(*) FILTER (WHERE recoveries > 0) AS recovered_at_least_once,
       count(*) FILTER (WHERE activated_at IS NOT NULL AND NOT is_comp) AS activated,
       count(*) FILTER (WHERE activated_at <= created_at + interval '1 hour' AND NOT is_comp) AS activated_within_1h,
       count(*) FILTER (WHERE activated_at <= created_at + interval '1 day' AND NOT is_comp) AS activated_within_24h,
       count(*) FILTER (WHERE activated_at <= created_at + interval '7 days' AND NOT is_comp) AS activated_within_7d,
       count(*) FILTER (WHERE is_comp) AS given,
       count(*) FILTER (WHERE status = 'expired' AND end_reason = 'timeout') AS expired_timeout,
       count(*) FILTER (WHERE status = 'expired' AND end_reason = 'user_abandoned') AS expired_abandoned,
       count(*) FILTER (WHERE status = 'expired' AND end_reason = 'superseded') AS expired_superseded,
       count(*) FILTER (WHERE status = 'pending_payment') AS still_pending,
       coalesce(sum(amount_minor) FILTER (WHERE activated_at IS NOT NULL AND NOT is_comp), 0)::bigint
           AS activated_amount_minor
  FROM reached
 GROUP BY day, plan, billing_cycle, currency;
COMMENT ON VIEW veza_report.subscription_funnel IS 'Grain: one row per day of creation (UTC), plan, cycle and currency. From asking for a paid plan to having it. A day is final only when still_pending is 0.';
COMMENT ON COLUMN veza_report.subscription_funnel.day IS 'Day on which the subscriptions were made (UTC).';
COMMENT ON COLUMN veza_report.subscription_funnel.plan IS 'Name of the plan.';
COMMENT ON COLUMN veza_report.subscription_funnel.billing_cycle IS 'monthly or yearly.';
COMMENT ON COLUMN veza_report.subscription_funnel.currency IS 'ISO 4217.';
COMMENT ON COLUMN veza_report.subscription_funnel.created IS 'Number of subscriptions asked for.';
COMMENT ON COLUMN veza_report.subscription_funnel.psp_open IS 'Of these, the provider has had a payment for.';
COMMENT ON COLUMN veza_report.subscription_funnel.attempted IS 'Of these, the user tried to pay.';
COMMENT ON COLUMN veza_report.subscription_funnel.recovered_at_least_once IS 'Of these, the user came back to the payment through recovery.';
COMMENT ON COLUMN veza_report.subscription_funnel.activated IS 'Of these, were paid and became active.';
COMMENT ON COLUMN veza_report.subscription_funnel.activated_within_1h IS 'Of these, within an hour.';
COMMENT ON COLUMN veza_report.subscription_funnel.activated_within_24h IS 'Of these, within 24 hours.';
COMMENT ON COLUMN veza_report.subscription_funnel.activated_within_7d IS 'Of these, within 7 days.';
COMMENT ON COLUMN veza_report.subscription_funnel.given IS 'Of these, were given by an administrator.';
COMMENT ON COLUMN veza_report.subscription_funnel.expired_timeout IS 'Of these, were not paid in time.';
COMMENT ON COLUMN veza_report.subscription_funnel.expired_abandoned IS 'Of these, were given up by the user.';
COMMENT ON COLUMN veza_report.subscription_funnel.expired_superseded IS 'Of these, gave way to another subscription of the user.';
COMMENT ON COLUMN veza_report.subscription_funnel.still_pending IS 'Of these, still wait for their payment.';
COMMENT ON COLUMN veza_report.subscription_funnel.activated_amount_minor IS 'Sum of the first payments of the activated ones, in minor units of currency.';

CREATE VIEW veza_report.pending_aging AS
SELECT b.bucket, b.bucket_order, s.currency, coalesce(y.state, 'none') AS payment_state, p.name AS plan,
       count(*) AS subscriptions, sum(s.amount_minor)::bigint AS amount_minor
  FROM veza_data.subscription s
  JOIN veza_data.plan p ON p.id = s.plan_id
  LEFT JOIN veza_data.payment_current y ON y.subscription_id = s.id
 CROSS JOIN LATERAL (
       SELECT now() + (SELECT CASE WHEN value ~ '^-?[0-9]{1,10}$' THEN value::bigint ELSE 0 END FROM veza_data.setting WHERE name = 'clock_offset')
                      * interval '1 second' AS t) clock
 CROSS JOIN LATERAL (
       SELECT CASE WHEN s.pending_expires_at <= t THEN 'over its time'
                   WHEN s.created_at > t - interval '15 minutes' THEN 'under 15 minutes'
                   WHEN s.created_at > t - interval '1 hour' THEN 'under 1 hour'
                   ELSE 'under its time' END AS bucket,
              CASE WHEN s.pending_expires_at <= t THEN 4
                   WHEN s.created_at > t - interval '15 minutes' THEN 1
                   WHEN s.created_at > t - interval '1 hour' THEN 2
                   ELSE 3 END AS bucket_order) b
 WHERE s.status = 'pending_payment'
 GROUP BY b.bucket, b.bucket_order, s.currency, y.state, p.name;
COMMENT ON VIEW veza_report.pending_aging IS 'Grain: one row per age bucket, currency, payment state and plan, of what waits for its payment now. "over its time" should be empty but for payments that are processing or under review.';
COMMENT ON COLUMN veza_report.pending_aging.bucket IS 'Age: under 15 minutes, under 1 hour, under its time, over its time.';
COMMENT ON COLUMN veza_report.pending_aging.bucket_order IS 'Order of the buckets, from 1.';
COMMENT ON COLUMN veza_report.pending_aging.currency IS 'ISO 4217.';
COMMENT ON COLUMN veza_report.pending_aging.payment_state IS 'State of the payment that counts.';
COMMENT ON COLUMN veza_report.pending_aging.plan IS 'Name of the plan.';
COMMENT ON COLUMN veza_report.pending_aging.subscriptions IS 'Number of subscriptions.';
COMMENT ON COLUMN veza_report.pending_aging.amount_minor IS 'What they would pay, in minor units of currency.';

CREATE VIEW veza_report.state_history AS
SELECT id, machine, entity_id, from_state, event, to_state, at, actor_kind, source
  FROM veza_data.state_history;
COMMENT ON VIEW veza_report.state_history IS 'Grain: one row per applied transition of any state machine; join with veza.state_machine for the rules.';
COMMENT ON COLUMN veza_report.state_history.id IS 'Order of application within one entity.';
COMMENT ON COLUMN veza_report.state_history.machine IS 'subscription, payment, refund, distribution or effect.';
COMMENT ON COLUMN veza_report.state_history.entity_id IS 'Key of the thing.';
COMMENT ON COLUMN veza_report.state_history.from_state IS 'State before; NULL: it was made.';
COMMENT ON COLUMN veza_report.state_history.event IS 'What happened.';
COMMENT ON COLUMN veza_report.state_history.to_state IS 'State after.';
COMMENT ON COLUMN veza_report.state_history.at IS 'When (UTC).';
COMMENT ON COLUMN veza_report.state_history.actor_kind IS 'user, dba or system.';
COMMENT ON COLUMN veza_report.state_history.source IS 'Who reported it.';

CREATE VIEW veza_report.time_to_activation AS
SELECT p.name AS plan, s.billing_cycle, s.activation_source, date_trunc('month', s.activated_at AT TIME ZONE 'UTC')::date AS month,
       count(*) AS activations,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM s.activated_at - s.created_at)) AS p50_s,
       percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM s.activated_at - s.created_at)) AS p90_s,
       percentile_cont(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM s.activated_at - s.created_at)) AS p99_s
  FROM veza_data.subscription s
  JOIN veza_data.plan p ON p.id = s.plan_id
 WHERE s.activated_at IS NOT NULL AND s.amount_minor > 0
 GROUP BY 1, 2, 3, 4;
COMMENT ON VIEW veza_report.time_to_activation IS 'Grain: one row per plan, cycle, source and month of activation (UTC), paid plans only. How long a payment takes from asking to having; source admin is not a payment, leave it out of percentiles.';
COMMENT ON COLUMN veza_report.time_to_activation.plan IS 'Name of the plan.';
COMMENT ON COLUMN veza_report.time_to_activation.billing_cycle IS 'monthly or yearly.';
COMMENT ON COLUMN veza_report.time_to_activation.activation_source IS 'webhook, recovery, reconcile, late or admin; recovery and reconcile mean that the webhook was lost.';
COMMENT ON COLUMN veza_report.time_to_activation.month IS 'First day of the month of activation (UTC).';
COMMENT ON COLUMN veza_report.time_to_activation.activations IS 'Number of activations.';
COMMENT ON COLUMN veza_report.time_to_activation.p50_s IS 'Median, in seconds.';
COMMENT ON COLUMN veza_report.time_to_activation.p90_s IS '90th percentile, in seconds.';
COMMENT ON COLUMN veza_report.time_to_activation.p99_s IS '99th percentile, in seconds.';

CREATE VIEW veza_report.gate_refusals AS
SELECT (g.at AT TIME ZONE 'UTC')::date AS day, g.code,
       count(*) AS refusals,
       count(DISTINCT g.user_id) AS users,
       count(DISTINCT g.user_id) FILTER (
           WHERE EXISTS (SELECT FROM veza_data.subscription s
                          WHERE s.user_id = g.user_id AND s.activated_at > g.at AND s.amount_minor > 0)) AS users_activated_later
  FROM veza_data.gate_refusal g
 GROUP BY 1, 2;
COMMENT ON VIEW veza_report.gate_refusals IS 'Grain: one row per day (UTC) and code. Whom the distribution gate refused over HTTP, and how many of them had a paid plan afterwards.';
COMMENT ON COLUMN veza_report.gate_refusals.day IS 'Day (UTC).';
COMMENT ON COLUMN veza_report.gate_refusals.code IS 'SUBSCRIPTION_PENDING_PAYMENT: told to complete the payment; DISTRIBUTION_NOT_ELIGIBLE: told to upgrade.';
COMMENT ON COLUMN veza_report.gate_refusals.refusals IS 'Number of refusals.';
COMMENT ON COLUMN veza_report.gate_refusals.users IS 'Number of different users.';
COMMENT ON COLUMN veza_report.gate_refusals.users_activated_later IS 'Of these users, had a paid plan activated after the refusal.';
