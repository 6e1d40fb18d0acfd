
-- Plans and subscriptions.

CREATE FUNCTION veza.subscription_plans() RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.subscription_plans IS 'List the plans on sale.
Prices are in minor units (cents).';
SELECT veza.add_route('GET', '/api/v1/subscriptions/plans', 'veza.subscription_plans', 'public', 'reads',
                      shape => 'plan_shape', is_list => true);

CREATE FUNCTION veza.subscription_subscribe_begin(
    plan_id text, billing_cycle text, is_change boolean,
    OUT subscription_id uuid, OUT is_new boolean, OUT effect_id uuid)
    RETURNS record LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.subscription_subscribe_begin IS 'First phase of subscribing: writes what the user wants, or finds the pending subscription that says so.
- plan_id: name or id of the plan
- billing_cycle: monthly or yearly
- is_change: an existing subscription is to be replaced';

CREATE FUNCTION veza.subscription_payment_step(
    subscription_id uuid, effect_id uuid, timed_out boolean, is_new boolean,
    OUT wait_for uuid, OUT result json, OUT head json)
    RETURNS record LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.subscription_payment_step IS 'One step of getting a payment back: answers, or names the effect to wait for.
- subscription_id: the pending subscription
- effect_id: the effect that was waited for, or NULL
- timed_out: the time for waiting is up
- is_new: the subscription was made by this request';

CREATE PROCEDURE veza.subscription_subscribe(
    plan_id text, billing_cycle text DEFAULT 'monthly',
    INOUT result json DEFAULT NULL, INOUT head json DEFAULT NULL, IN request boolean DEFAULT NULL)
    LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON PROCEDURE veza.subscription_subscribe IS 'Subscribe to a plan.
A free plan is active at once. A paid one waits for its payment: the answer carries the client secret for the provider''s payment form. Asking again for the same plan and cycle returns the same payment.
- plan_id: name or id of the plan
- billing_cycle: monthly or yearly';
SELECT veza.add_route('POST', '/api/v1/subscriptions/subscribe', 'veza.subscription_subscribe', 'user', 'wait',
                      errors => '{VALIDATION_ERROR,PLAN_INVALID,SAME_PLAN,ALREADY_SUBSCRIBED,SUBSCRIPTION_INVALID_STATE,SUBSCRIPTION_NOT_PENDING,PAYMENT_PROVIDER_UNAVAILABLE,PAYMENT_PROVIDER_ERROR,PAYMENT_PROVIDER_TIMEOUT,PAYMENT_UNDER_REVIEW,PAYMENT_ATTEMPTS_EXHAUSTED}',
                      shape => 'checkout_shape', status => 200, aliases => '{"plan_id": ["plan"], "billing_cycle": ["cycle"]}',
                      replay => 'again');

CREATE PROCEDURE veza.subscription_change_plan(
    plan_id text, billing_cycle text DEFAULT 'monthly',
    INOUT result json DEFAULT NULL, INOUT head json DEFAULT NULL, IN request boolean DEFAULT NULL)
    LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON PROCEDURE veza.subscription_change_plan IS 'Choose another plan while a payment is pending or the plan is free.
The new subscription waits beside the old one; the one that is paid first ends the others.
- plan_id: name or id of the plan
- billing_cycle: monthly or yearly';
SELECT veza.add_route('POST', '/api/v1/subscriptions/change-plan', 'veza.subscription_change_plan', 'user', 'wait',
                      errors => '{VALIDATION_ERROR,PLAN_INVALID,SAME_PLAN,NO_ACTIVE_SUBSCRIPTION,ALREADY_SUBSCRIBED,SUBSCRIPTION_INVALID_STATE,SUBSCRIPTION_NOT_PENDING,PAYMENT_PROVIDER_UNAVAILABLE,PAYMENT_PROVIDER_ERROR,PAYMENT_PROVIDER_TIMEOUT,PAYMENT_UNDER_REVIEW,PAYMENT_ATTEMPTS_EXHAUSTED}',
                      shape => 'checkout_shape', status => 200, aliases => '{"plan_id": ["plan"], "billing_cycle": ["cycle"]}');

CREATE FUNCTION veza.subscription_complete_begin(id uuid) RETURNS uuid LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.subscription_complete_begin IS 'First phase of recovery: owner, state and provider, in this order.
- id: the pending subscription';

CREATE PROCEDURE veza.subscription_complete(
    id uuid, INOUT result json DEFAULT NULL, INOUT head json DEFAULT NULL, IN request boolean DEFAULT NULL)
    LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON PROCEDURE veza.subscription_complete IS 'Get a stalled payment back.
Returns the same payment on every call while it can take money; you are never charged twice.
- id: the pending subscription';
SELECT veza.add_route('POST', '/api/v1/subscriptions/complete/:id', 'veza.subscription_complete', 'user', 'wait',
                      errors => '{VALIDATION_ERROR,SUBSCRIPTION_NOT_FOUND,SUBSCRIPTION_NOT_PENDING,PAYMENT_PROVIDER_UNAVAILABLE,PAYMENT_PROVIDER_ERROR,PAYMENT_PROVIDER_TIMEOUT,PAYMENT_UNDER_REVIEW,PAYMENT_ATTEMPTS_EXHAUSTED}',
                      shape => 'checkout_shape');

CREATE FUNCTION veza.subscription_current() RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.subscription_current IS 'Show the live subscription, else the newest pending one, else null.';
SELECT veza.add_route('GET', '/api/v1/subscriptions/current', 'veza.subscription_current', 'user', 'reads',
                      shape => 'subscription_shape');

CREATE FUNCTION veza.subscription_pending() RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.subscription_pending IS 'Show the newest subscription that waits for its payment, or null.';
SELECT veza.add_route('GET', '/api/v1/subscriptions/pending', 'veza.subscription_pending', 'user', 'reads',
                      shape => 'subscription_shape');

CREATE FUNCTION veza.subscription_list(
    page integer DEFAULT 1, "limit" integer DEFAULT 20, cursor text DEFAULT NULL)
    RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.subscription_list IS 'List all own subscriptions, newest first.
- page: page number, from 1
- limit: rows per page, 1 to 100
- cursor: next_cursor of the page before; takes the place of page';
SELECT veza.add_route('GET', '/api/v1/subscriptions', 'veza.subscription_list', 'user', 'reads',
                      errors => '{VALIDATION_ERROR}', shape => 'subscription_shape', is_list => true);

CREATE FUNCTION veza.subscription_get(id uuid) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.subscription_get IS 'Show one own subscription.
- id: the subscription';
SELECT veza.add_route('GET', '/api/v1/subscriptions/:id', 'veza.subscription_get', 'user', 'reads',
                      errors => '{VALIDATION_ERROR,SUBSCRIPTION_NOT_FOUND}', shape => 'subscription_shape');

CREATE FUNCTION veza.subscription_abandon(id uuid) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.subscription_abandon IS 'Give up a pending subscription at once.
Money that still arrives revives it or is refunded.
- id: the pending subscription';
SELECT veza.add_route('POST', '/api/v1/subscriptions/:id/abandon', 'veza.subscription_abandon', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,SUBSCRIPTION_NOT_FOUND,SUBSCRIPTION_NOT_PENDING}',
                      shape => 'subscription_shape');

CREATE FUNCTION veza.subscription_cancel(at_period_end boolean DEFAULT true)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.subscription_cancel IS 'Cancel the live subscription: at the end of its period, or now.
A free one ends now in any case; a pending one, which has no period, is abandoned when it is to end now.
- at_period_end: keep what is paid until the period ends';
SELECT veza.add_route('POST', '/api/v1/subscriptions/cancel', 'veza.subscription_cancel', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,NO_ACTIVE_SUBSCRIPTION,SUBSCRIPTION_INVALID_STATE}',
                      shape => 'subscription_shape');

CREATE FUNCTION veza.subscription_reactivate() RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.subscription_reactivate IS 'Take a cancellation at period end back.';
SELECT veza.add_route('POST', '/api/v1/subscriptions/reactivate', 'veza.subscription_reactivate', 'user', 'writes',
                      errors => '{NO_ACTIVE_SUBSCRIPTION,SUBSCRIPTION_INVALID_STATE}',
                      shape => 'subscription_shape');

CREATE FUNCTION veza.subscription_activate(id uuid, reason text) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.subscription_activate IS 'Activate a subscription without payment; for administrators.
- id: the subscription
- reason: why; goes to the audit log';
SELECT veza.add_route('POST', '/api/v1/admin/subscriptions/:id/activate', 'veza.subscription_activate', 'admin', 'writes',
                      errors => '{VALIDATION_ERROR,SUBSCRIPTION_NOT_FOUND,ALREADY_SUBSCRIBED,SUBSCRIPTION_INVALID_STATE}',
                      shape => 'subscription_shape');

CREATE FUNCTION veza.subscription_timeline(
    subscription_id uuid, OUT at timestamptz, OUT source text, OUT what text, OUT outcome text,
    OUT who text, OUT db_role name, OUT request_id text, OUT details jsonb, OUT seq bigint, OUT kind integer)
    RETURNS SETOF record LANGUAGE c STABLE STRICT
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.subscription_timeline IS 'Everything that happened to a subscription and what is due next, in time order: transitions, effects with their ends and retries, answers of the provider, webhooks, with request ids and SQL roles.
- subscription_id: the subscription';
