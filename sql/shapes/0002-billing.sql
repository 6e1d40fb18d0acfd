-- Shapes: what plans, subscriptions and payments look like to clients.

CREATE VIEW veza_data.plan_shape AS
SELECT id, name, display_name, description, price_monthly_minor, price_yearly_minor, currency,
       can_distribute, max_file_bytes, max_duration_seconds, uploads_per_month, storage_bytes,
       is_active, sort
  FROM veza_data.plan;
COMMENT ON VIEW veza_data.plan_shape IS 'A plan.';
COMMENT ON COLUMN veza_data.plan_shape.id IS 'Key.';
COMMENT ON COLUMN veza_data.plan_shape.name IS 'Stable name: free, basic, pro, artist.';
COMMENT ON COLUMN veza_data.plan_shape.display_name IS 'Name as shown.';
COMMENT ON COLUMN veza_data.plan_shape.description IS 'One sentence.';
COMMENT ON COLUMN veza_data.plan_shape.price_monthly_minor IS 'Price of a month in minor units.';
COMMENT ON COLUMN veza_data.plan_shape.price_yearly_minor IS 'Price of a year in minor units.';
COMMENT ON COLUMN veza_data.plan_shape.currency IS 'ISO 4217.';
COMMENT ON COLUMN veza_data.plan_shape.can_distribute IS 'Music may be sent to streaming services.';
COMMENT ON COLUMN veza_data.plan_shape.max_file_bytes IS 'Largest upload in bytes.';
COMMENT ON COLUMN veza_data.plan_shape.max_duration_seconds IS 'Longest track in seconds; null: unlimited.';
COMMENT ON COLUMN veza_data.plan_shape.uploads_per_month IS 'Uploads in a calendar month (UTC).';
COMMENT ON COLUMN veza_data.plan_shape.storage_bytes IS 'Storage in bytes.';
COMMENT ON COLUMN veza_data.plan_shape.is_active IS 'On sale.';
COMMENT ON COLUMN veza_data.plan_shape.sort IS 'Order in the price list.';

CREATE VIEW veza_data.plan_price AS
SELECT p.id AS plan_id, p.name AS plan, c.billing_cycle,
       CASE c.billing_cycle WHEN 'yearly' THEN p.price_yearly_minor ELSE p.price_monthly_minor END AS price_minor,
       p.currency
  FROM veza_data.plan p CROSS JOIN (VALUES ('monthly'), ('yearly')) c (billing_cycle)
 WHERE p.is_active;
COMMENT ON VIEW veza_data.plan_price IS 'What is on sale: a row for each plan and cycle.';
COMMENT ON COLUMN veza_data.plan_price.plan_id IS 'Key of the plan.';
COMMENT ON COLUMN veza_data.plan_price.plan IS 'Its stable name.';
COMMENT ON COLUMN veza_data.plan_price.billing_cycle IS 'monthly or yearly.';
COMMENT ON COLUMN veza_data.plan_price.price_minor IS 'Price of a period in minor units; 0: a free plan.';
COMMENT ON COLUMN veza_data.plan_price.currency IS 'ISO 4217.';

CREATE VIEW veza_data.payment_current AS
SELECT DISTINCT ON (subscription_id) subscription_id, id AS payment_id, psp_payment_id, state
  FROM veza_data.payment
 ORDER BY subscription_id, state IN ('processing', 'review') DESC, given_up_at IS NULL DESC, attempt_no DESC;
COMMENT ON VIEW veza_data.payment_current IS 'The attempt of a subscription that counts: one that may have been paid, else the newest that was not given up, else the newest.';
COMMENT ON COLUMN veza_data.payment_current.subscription_id IS 'What is paid for.';
COMMENT ON COLUMN veza_data.payment_current.payment_id IS 'Key of the payment.';
COMMENT ON COLUMN veza_data.payment_current.psp_payment_id IS 'The provider''s id of it.';
COMMENT ON COLUMN veza_data.payment_current.state IS 'See veza.state_machine, machine payment.';

CREATE VIEW veza_data.newest_pending AS
SELECT DISTINCT ON (user_id) user_id, id AS subscription_id
  FROM veza_data.subscription
 WHERE status = 'pending_payment'
 ORDER BY user_id, created_at DESC, id DESC;
COMMENT ON VIEW veza_data.newest_pending IS 'The subscription of a user that counts of those that wait for their payment: the newest.';
COMMENT ON COLUMN veza_data.newest_pending.user_id IS 'Subscriber.';
COMMENT ON COLUMN veza_data.newest_pending.subscription_id IS 'Key of the subscription.';

CREATE VIEW veza_data.subscription_shape AS
SELECT s.id, s.user_id, s.plan_id, p AS plan, s.status, s.billing_cycle, s.amount_minor, s.currency,
       s.is_comp,
       (SELECT y.psp_payment_id FROM veza_data.payment_current y WHERE y.subscription_id = s.id) AS payment_id,
       CASE WHEN s.status = 'pending_payment'
            THEN '/api/v1/subscriptions/complete/' || s.id END AS complete_url,
       s.pending_expires_at, s.activated_at, s.current_period_start, s.current_period_end,
       s.cancel_at_period_end, s.ended_at, s.end_reason, s.created_at, s.updated_at
  FROM veza_data.subscription s
  JOIN veza_data.plan_shape p ON p.id = s.plan_id;
COMMENT ON VIEW veza_data.subscription_shape IS 'A subscription with its plan.';
COMMENT ON COLUMN veza_data.subscription_shape.id IS 'Key.';
COMMENT ON COLUMN veza_data.subscription_shape.user_id IS 'Subscriber.';
COMMENT ON COLUMN veza_data.subscription_shape.plan_id IS 'Key of the plan.';
COMMENT ON COLUMN veza_data.subscription_shape.plan IS 'The plan.';
COMMENT ON COLUMN veza_data.subscription_shape.status IS 'pending_payment, active, suspended, canceled or expired.';
COMMENT ON COLUMN veza_data.subscription_shape.billing_cycle IS 'monthly or yearly.';
COMMENT ON COLUMN veza_data.subscription_shape.amount_minor IS 'Price of one period in minor units.';
COMMENT ON COLUMN veza_data.subscription_shape.currency IS 'ISO 4217.';
COMMENT ON COLUMN veza_data.subscription_shape.is_comp IS 'Given by an administrator, not paid.';
COMMENT ON COLUMN veza_data.subscription_shape.payment_id IS 'The id at the provider of the payment that counts.';
COMMENT ON COLUMN veza_data.subscription_shape.complete_url IS 'POST here to get a pending payment back.';
COMMENT ON COLUMN veza_data.subscription_shape.pending_expires_at IS 'Until then the payment can be completed.';
COMMENT ON COLUMN veza_data.subscription_shape.activated_at IS 'When it became active.';
COMMENT ON COLUMN veza_data.subscription_shape.current_period_start IS 'Start of the paid period.';
COMMENT ON COLUMN veza_data.subscription_shape.current_period_end IS 'End of the paid period; null: without end.';
COMMENT ON COLUMN veza_data.subscription_shape.cancel_at_period_end IS 'Will end with its period.';
COMMENT ON COLUMN veza_data.subscription_shape.ended_at IS 'When it ended.';
COMMENT ON COLUMN veza_data.subscription_shape.end_reason IS 'Why it ended.';
COMMENT ON COLUMN veza_data.subscription_shape.created_at IS 'When it was made.';
COMMENT ON COLUMN veza_data.subscription_shape.updated_at IS 'When it last changed.';

CREATE VIEW veza_data.checkout_shape AS
SELECT s AS subscription, NULL::text AS client_secret, NULL::text AS payment_id, NULL::text AS payment_status
  FROM veza_data.subscription_shape s WHERE false;
COMMENT ON VIEW veza_data.checkout_shape IS 'A subscription and what the payment form needs.';
COMMENT ON COLUMN veza_data.checkout_shape.subscription IS 'The subscription.';
COMMENT ON COLUMN veza_data.checkout_shape.client_secret IS 'For the provider''s payment form; null when nothing is to be paid.';
COMMENT ON COLUMN veza_data.checkout_shape.payment_id IS 'The payment''s id at the provider.';
COMMENT ON COLUMN veza_data.checkout_shape.payment_status IS 'open: can be paid; processing: wait; failed: can be tried again.';

CREATE VIEW veza_data.webhook_shape AS
SELECT NULL::boolean AS received, NULL::text AS result WHERE false;
COMMENT ON VIEW veza_data.webhook_shape IS 'Answer to a webhook.';
COMMENT ON COLUMN veza_data.webhook_shape.received IS 'The event is stored.';
COMMENT ON COLUMN veza_data.webhook_shape.result IS 'applied, no_change, ignored, duplicate, unknown_payment or failed (tried again later).';
