-- Plans, subscriptions, payments, refunds and the provider's webhooks.
-- Money is bigint minor units (cents); times are UTC.

CREATE TABLE veza_data.plan (
    id                  uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name                text NOT NULL UNIQUE CHECK (name ~ '^[a-z][a-z0-9_-]{0,39}$'),
    display_name        text NOT NULL,
    description         text NOT NULL,
    price_monthly_minor bigint NOT NULL CHECK (price_monthly_minor >= 0),
    price_yearly_minor  bigint NOT NULL CHECK (price_yearly_minor >= 0),
    currency            char(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    can_distribute      boolean NOT NULL,
    grants_role         text CHECK (grants_role IN ('premium', 'creator', 'artist', 'producer', 'label')),
    max_file_bytes      bigint NOT NULL CHECK (max_file_bytes > 0),
    max_duration_seconds integer CHECK (max_duration_seconds > 0),
    uploads_per_month   integer NOT NULL CHECK (uploads_per_month >= 0),
    storage_bytes       bigint NOT NULL CHECK (storage_bytes >= 0),
    is_active           boolean NOT NULL DEFAULT true,
    sort                integer NOT NULL,
    CHECK ((price_monthly_minor = 0) = (price_yearly_minor = 0))
);
COMMENT ON TABLE veza_data.plan IS 'The plans on offer. Prices and limits are data: change a row, running subscriptions keep their price.';
COMMENT ON COLUMN veza_data.plan.id IS 'Key.';
COMMENT ON COLUMN veza_data.plan.name IS 'Stable name: free, basic, pro, artist.';
COMMENT ON COLUMN veza_data.plan.display_name IS 'Name as shown.';
COMMENT ON COLUMN veza_data.plan.description IS 'One sentence for the price list.';
COMMENT ON COLUMN veza_data.plan.price_monthly_minor IS 'Price of a month in minor units; 0: a free plan.';
COMMENT ON COLUMN veza_data.plan.price_yearly_minor IS 'Price of a year in minor units; 0: a free plan.';
COMMENT ON COLUMN veza_data.plan.currency IS 'ISO 4217.';
COMMENT ON COLUMN veza_data.plan.can_distribute IS 'Music may be sent to streaming services.';
COMMENT ON COLUMN veza_data.plan.grants_role IS 'Role that a user or premium account has while the plan is live; NULL: none.';
COMMENT ON COLUMN veza_data.plan.max_file_bytes IS 'Largest upload in bytes.';
COMMENT ON COLUMN veza_data.plan.max_duration_seconds IS 'Longest track in s; NULL: unlimited.';
COMMENT ON COLUMN veza_data.plan.uploads_per_month IS 'Uploads in a calendar month (UTC).';
COMMENT ON COLUMN veza_data.plan.storage_bytes IS 'Storage in bytes.';
COMMENT ON COLUMN veza_data.plan.is_active IS 'On sale.';
COMMENT ON COLUMN veza_data.plan.sort IS 'Order in the price list.';

INSERT INTO veza_data.plan (id, name, display_name, description, price_monthly_minor, price_yearly_minor,
                            currency, can_distribute, grants_role, max_file_bytes, max_duration_seconds,
                            uploads_per_month, storage_bytes, sort) VALUES
    ('00000000-0000-4000-8000-000000000001', 'free', 'Free', 'Listen, and share up to ten tracks a month.',
     0, 0, 'EUR', false, NULL, 52428800, 360, 10, 1073741824, 1),
    ('00000000-0000-4000-8000-000000000002', 'basic', 'Basic', 'More room for regular uploads.',
     499, 4990, 'EUR', false, 'premium', 104857600, 600, 50, 10737418240, 2),
    ('00000000-0000-4000-8000-000000000003', 'pro', 'Pro', 'For creators: distribution to streaming services.',
     999, 9990, 'EUR', true, 'creator', 524288000, 1800, 200, 107374182400, 3),
    ('00000000-0000-4000-8000-000000000004', 'artist', 'Artist', 'Distribution without limits of length.',
     1999, 19990, 'EUR', true, 'artist', 1073741824, NULL, 1000, 1099511627776, 4);

CREATE TABLE veza_data.subscription (
    id                   uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id              uuid NOT NULL REFERENCES veza_data.users,
    plan_id              uuid NOT NULL REFERENCES veza_data.plan,
    status               text NOT NULL
                         CHECK (status IN ('pending_payment', 'active', 'suspended', 'canceled', 'expired')),
    billing_cycle        text NOT NULL CHECK (billing_cycle IN ('monthly', 'yearly')),
    amount_minor         bigint NOT NULL CHECK (amount_minor >= 0),
    currency             char(3) NOT NULL,
    is_comp              boolean NOT NULL DEFAULT false,
    pending_expires_at   timestamptz,
    payment_id           uuid,
    payment_method_id    text,
    activated_at         timestamptz,
    activation_source    text CHECK (activation_source IN ('free', 'webhook', 'recovery', 'reconcile', 'late', 'admin')),
    current_period_start timestamptz,
    current_period_end   timestamptz,
    cancel_at_period_end boolean NOT NULL DEFAULT false,
    ended_at             timestamptz,
    end_reason           text CHECK (end_reason IN ('timeout', 'user_abandoned', 'superseded', 'user',
                                                    'period_end', 'refund', 'admin')),
    created_at           timestamptz NOT NULL,
    updated_at           timestamptz NOT NULL,
    CONSTRAINT subscription_pending_has_deadline
        CHECK (status <> 'pending_payment' OR pending_expires_at IS NOT NULL),
    CONSTRAINT subscription_active_has_period
        CHECK (status NOT IN ('active', 'suspended') OR activated_at IS NOT NULL AND current_period_start IS NOT NULL),
    CONSTRAINT subscription_ended_has_reason
        CHECK (status NOT IN ('canceled', 'expired') OR ended_at IS NOT NULL AND end_reason IS NOT NULL)
);
CREATE UNIQUE INDEX subscription_one_live ON veza_data.subscription (user_id)
    WHERE status IN ('active', 'suspended');
CREATE INDEX subscription_user ON veza_data.subscription (user_id, created_at DESC, id DESC);
CREATE INDEX subscription_pending ON veza_data.subscription (pending_expires_at)
    WHERE status = 'pending_payment';
CREATE INDEX subscription_period_end ON veza_data.subscription (current_period_end)
    WHERE status = 'active' AND current_period_end IS NOT NULL;
CREATE INDEX subscription_plan ON veza_data.subscription (plan_id);
CREATE INDEX subscription_payment ON veza_data.subscription (payment_id);
CREATE TRIGGER guard_state BEFORE UPDATE ON veza_data.subscription
    FOR EACH ROW EXECUTE FUNCTION veza.guard_state('subscription');
COMMENT ON TABLE veza_data.subscription IS 'Subscriptions. Several may be pending for one user (the newest wins); at most one is live.';
COMMENT ON COLUMN veza_data.subscription.id IS 'Key, version 4; also the idempotency key of the first payment.';
COMMENT ON COLUMN veza_data.subscription.user_id IS 'Subscriber.';
COMMENT ON COLUMN veza_data.subscription.plan_id IS 'Plan.';
COMMENT ON COLUMN veza_data.subscription.status IS 'See veza.state_machine, machine subscription.';
COMMENT ON COLUMN veza_data.subscription.billing_cycle IS 'monthly or yearly.';
COMMENT ON COLUMN veza_data.subscription.amount_minor IS 'Price agreed for one period, in minor units.';
COMMENT ON COLUMN veza_data.subscription.currency IS 'ISO 4217.';
COMMENT ON COLUMN veza_data.subscription.is_comp IS 'Given by an administrator, not paid.';
COMMENT ON COLUMN veza_data.subscription.pending_expires_at IS 'Until then the payment can be completed.';
COMMENT ON COLUMN veza_data.subscription.payment_id IS 'The payment that activated it.';
COMMENT ON COLUMN veza_data.subscription.payment_method_id IS 'The provider''s name of the stored instrument.';
COMMENT ON COLUMN veza_data.subscription.activated_at IS 'When it became active.';
COMMENT ON COLUMN veza_data.subscription.activation_source IS 'What brought the news: free, webhook, recovery, reconcile, late, admin.';
COMMENT ON COLUMN veza_data.subscription.current_period_start IS 'Start of the paid period.';
COMMENT ON COLUMN veza_data.subscription.current_period_end IS 'End of the paid period; NULL: without end (free).';
COMMENT ON COLUMN veza_data.subscription.cancel_at_period_end IS 'Will end with its period.';
COMMENT ON COLUMN veza_data.subscription.ended_at IS 'When it was canceled or expired.';
COMMENT ON COLUMN veza_data.subscription.end_reason IS 'Why it ended.';
COMMENT ON COLUMN veza_data.subscription.created_at IS 'When it was made.';
COMMENT ON COLUMN veza_data.subscription.updated_at IS 'When it last changed.';

CREATE TABLE veza_data.payment (
    id                   uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    subscription_id      uuid NOT NULL REFERENCES veza_data.subscription,
    user_id              uuid NOT NULL REFERENCES veza_data.users,
    purpose              text NOT NULL CHECK (purpose IN ('initial', 'renewal', 'upgrade')),
    cycle_no             integer NOT NULL DEFAULT 1 CHECK (cycle_no >= 1),
    attempt_no           integer NOT NULL CHECK (attempt_no >= 1),
    psp_payment_id       text NOT NULL UNIQUE CHECK (char_length(psp_payment_id) = 30),
    idempotency_key      text NOT NULL,
    amount_minor         bigint NOT NULL CHECK (amount_minor > 0),
    currency             char(3) NOT NULL,
    state                text NOT NULL
                         CHECK (state IN ('prepared', 'open', 'processing', 'review', 'succeeded', 'failed',
                                          'cancelled', 'expired', 'reversed')),
    psp_status           text,
    psp_updated_at       timestamptz,
    psp_missing          boolean NOT NULL DEFAULT false,
    amount_received_minor bigint,
    session_expires_at   timestamptz,
    manual_retry_allowed boolean NOT NULL DEFAULT false,
    payment_method_id    text,
    error_code           text,
    error_message        text,
    review_reason        text,
    checked_at           timestamptz,
    checks               integer NOT NULL DEFAULT 0,
    next_check_at        timestamptz,
    succeeded_at         timestamptz,
    created_at           timestamptz NOT NULL,
    updated_at           timestamptz NOT NULL,
    UNIQUE (subscription_id, purpose, cycle_no, attempt_no)
);
CREATE UNIQUE INDEX payment_one_open ON veza_data.payment (subscription_id, purpose, cycle_no)
    WHERE state IN ('prepared', 'open', 'processing', 'review');
CREATE INDEX payment_user ON veza_data.payment (user_id);
CREATE INDEX payment_next_check ON veza_data.payment (next_check_at) WHERE next_check_at IS NOT NULL;
CREATE TRIGGER guard_state BEFORE UPDATE ON veza_data.payment
    FOR EACH ROW EXECUTE FUNCTION veza.guard_state('payment');
ALTER TABLE veza_data.subscription
    ADD CONSTRAINT subscription_payment_fkey FOREIGN KEY (payment_id) REFERENCES veza_data.payment;
COMMENT ON TABLE veza_data.payment IS 'One row per payment at the provider; a new attempt is a new row.';
COMMENT ON COLUMN veza_data.payment.id IS 'Key, version 4; the provider''s payment id is made from it.';
COMMENT ON COLUMN veza_data.payment.subscription_id IS 'What is paid for.';
COMMENT ON COLUMN veza_data.payment.user_id IS 'Who pays; always the subscriber.';
COMMENT ON COLUMN veza_data.payment.purpose IS 'initial, renewal or upgrade.';
COMMENT ON COLUMN veza_data.payment.cycle_no IS 'Which period it pays, from 1.';
COMMENT ON COLUMN veza_data.payment.attempt_no IS 'Attempt within purpose and cycle, from 1.';
COMMENT ON COLUMN veza_data.payment.psp_payment_id IS 'pay_ and base32 of the key: known before the provider is called.';
COMMENT ON COLUMN veza_data.payment.idempotency_key IS 'Idempotency-Key header: the subscription''s id for the first attempt, this row''s id for later ones.';
COMMENT ON COLUMN veza_data.payment.amount_minor IS 'Amount asked, in minor units.';
COMMENT ON COLUMN veza_data.payment.currency IS 'ISO 4217.';
COMMENT ON COLUMN veza_data.payment.state IS 'See veza.state_machine, machine payment.';
COMMENT ON COLUMN veza_data.payment.psp_status IS 'The provider''s own word for its state.';
COMMENT ON COLUMN veza_data.payment.psp_updated_at IS 'The provider''s time of its last change.';
COMMENT ON COLUMN veza_data.payment.psp_missing IS 'The provider did not know the payment when last asked.';
COMMENT ON COLUMN veza_data.payment.amount_received_minor IS 'Amount the provider received, in minor units.';
COMMENT ON COLUMN veza_data.payment.session_expires_at IS 'Until then the client secret can be used.';
COMMENT ON COLUMN veza_data.payment.manual_retry_allowed IS 'A failed payment may be confirmed again.';
COMMENT ON COLUMN veza_data.payment.payment_method_id IS 'The provider''s name of the stored instrument.';
COMMENT ON COLUMN veza_data.payment.error_code IS 'Why it failed: the provider''s code.';
COMMENT ON COLUMN veza_data.payment.error_message IS 'Why it failed: the provider''s sentence.';
COMMENT ON COLUMN veza_data.payment.review_reason IS 'Why it is under review: the provider''s status, amount_mismatch, currency_mismatch.';
COMMENT ON COLUMN veza_data.payment.checked_at IS 'When the provider was last asked and answered.';
COMMENT ON COLUMN veza_data.payment.checks IS 'Reconciliations so far; decides the next pause.';
COMMENT ON COLUMN veza_data.payment.next_check_at IS 'When reconciliation asks the provider next; NULL when the state is final.';
COMMENT ON COLUMN veza_data.payment.succeeded_at IS 'When the money was known to be received.';
COMMENT ON COLUMN veza_data.payment.created_at IS 'When it was made.';
COMMENT ON COLUMN veza_data.payment.updated_at IS 'When it last changed.';

CREATE TABLE veza_data.refund (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    payment_id    uuid NOT NULL REFERENCES veza_data.payment,
    reason        text NOT NULL CHECK (reason IN ('late', 'duplicate', 'requested')),
    attempt_no    integer NOT NULL DEFAULT 1 CHECK (attempt_no >= 1),
    psp_refund_id text NOT NULL UNIQUE CHECK (char_length(psp_refund_id) = 30),
    amount_minor  bigint NOT NULL CHECK (amount_minor > 0),
    currency      char(3) NOT NULL,
    state         text NOT NULL CHECK (state IN ('requested', 'pending', 'review', 'succeeded', 'failed')),
    error_code    text,
    error_message text,
    checks        integer NOT NULL DEFAULT 0,
    next_check_at timestamptz,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    UNIQUE (payment_id, reason, attempt_no)
);
CREATE UNIQUE INDEX refund_one_open ON veza_data.refund (payment_id, reason)
    WHERE state <> 'failed';
CREATE INDEX refund_next_check ON veza_data.refund (next_check_at) WHERE next_check_at IS NOT NULL;
CREATE TRIGGER guard_state BEFORE UPDATE ON veza_data.refund
    FOR EACH ROW EXECUTE FUNCTION veza.guard_state('refund');
COMMENT ON TABLE veza_data.refund IS 'Refunds. Money that arrives for nothing to serve goes back by itself.';
COMMENT ON COLUMN veza_data.refund.id IS 'Key, version 4; the provider''s refund id is made from it.';
COMMENT ON COLUMN veza_data.refund.payment_id IS 'The payment refunded.';
COMMENT ON COLUMN veza_data.refund.reason IS 'late: the subscription had ended; duplicate: another one was served; requested: by an operator.';
COMMENT ON COLUMN veza_data.refund.attempt_no IS 'Attempt for this reason, from 1.';
COMMENT ON COLUMN veza_data.refund.psp_refund_id IS 'ref_ and base32 of the key: known before the provider is called.';
COMMENT ON COLUMN veza_data.refund.amount_minor IS 'Amount in minor units.';
COMMENT ON COLUMN veza_data.refund.currency IS 'ISO 4217.';
COMMENT ON COLUMN veza_data.refund.state IS 'See veza.state_machine, machine refund.';
COMMENT ON COLUMN veza_data.refund.error_code IS 'Why it failed: the provider''s code.';
COMMENT ON COLUMN veza_data.refund.error_message IS 'Why it failed: the provider''s sentence.';
COMMENT ON COLUMN veza_data.refund.checks IS 'Reconciliations so far.';
COMMENT ON COLUMN veza_data.refund.next_check_at IS 'When reconciliation asks the provider next; NULL when the state is final.';
COMMENT ON COLUMN veza_data.refund.created_at IS 'When it was requested.';
COMMENT ON COLUMN veza_data.refund.updated_at IS 'When it last changed.';

CREATE TABLE veza_data.psp_event (
    event_id       text PRIMARY KEY CHECK (char_length(event_id) BETWEEN 1 AND 200),
    event_type     text NOT NULL,
    psp_payment_id text,
    psp_refund_id  text,
    payload        jsonb NOT NULL,
    body_sha256    bytea NOT NULL,
    received_at    timestamptz NOT NULL,
    request_id     text,
    result         text NOT NULL DEFAULT 'received'
                   CHECK (result IN ('received', 'applied', 'no_change', 'ignored', 'unknown_payment', 'failed')),
    attempts       integer NOT NULL DEFAULT 0,
    next_try_at    timestamptz,
    applied_at     timestamptz,
    error          text
);
CREATE INDEX psp_event_payment ON veza_data.psp_event (psp_payment_id);
CREATE INDEX psp_event_next_try ON veza_data.psp_event (next_try_at) WHERE next_try_at IS NOT NULL;
CREATE INDEX psp_event_received ON veza_data.psp_event (received_at);
COMMENT ON TABLE veza_data.psp_event IS 'Inbox of the provider''s webhooks: every event once, kept for 400 days.';
COMMENT ON COLUMN veza_data.psp_event.event_id IS 'The provider''s id; a second delivery changes nothing.';
COMMENT ON COLUMN veza_data.psp_event.event_type IS 'The provider''s word: payment_succeeded and so on.';
COMMENT ON COLUMN veza_data.psp_event.psp_payment_id IS 'The payment it is about.';
COMMENT ON COLUMN veza_data.psp_event.psp_refund_id IS 'The refund it is about.';
COMMENT ON COLUMN veza_data.psp_event.payload IS 'The event''s content without the client secret.';
COMMENT ON COLUMN veza_data.psp_event.body_sha256 IS 'SHA-256 of the body as received.';
COMMENT ON COLUMN veza_data.psp_event.received_at IS 'When it arrived.';
COMMENT ON COLUMN veza_data.psp_event.request_id IS 'The request that brought it.';
COMMENT ON COLUMN veza_data.psp_event.result IS 'What became of it.';
COMMENT ON COLUMN veza_data.psp_event.attempts IS 'Attempts to apply it.';
COMMENT ON COLUMN veza_data.psp_event.next_try_at IS 'When it is applied again; NULL when nothing is left to do.';
COMMENT ON COLUMN veza_data.psp_event.applied_at IS 'When it was applied.';
COMMENT ON COLUMN veza_data.psp_event.error IS 'Why applying failed.';

INSERT INTO veza_data.setting (name, value, unit, description) VALUES
    ('pending_ttl',          '82800',  's',     'How long a subscription waits for its payment'),
    ('session_margin',       '3600',   's',     'The provider''s payment session outlives pending_ttl by this'),
    ('session_guard',        '60',     's',     'A payment session that ends within this time is not handed out'),
    ('processing_hold',      '259200', 's',     'A processing payment is reported by veza.audit after this time'),
    ('revive_window',        '259200', 's',     'Late money revives an expired subscription for this long, then it is refunded'),
    ('payment_attempts',     '10',     'count', 'Payments that one pending subscription may start'),
    ('reconcile_schedule',   '30,120,600,1800,3600,10800,21600', 's', 'Pauses between questions to the provider about an open payment; the last repeats'),
    ('reconcile_unknown',    '5,15,60,300', 's', 'The same, before the provider has ever answered; then reconcile_schedule'),
    ('inbox_keep',           '34560000','s',    'Webhooks are kept this long'),
    ('payment_return_url',   '',       'text',  'Where the provider sends the payer back to; empty: nowhere'),
    ('unserved_alert',       '900',    's',     'veza.audit reports money without service after this time');
