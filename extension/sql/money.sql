-- Payments, whatever they are for: webhooks, refunds, reviews, reconciliation.

CREATE FUNCTION veza.psp_webhook(body text) RETURNS json LANGUAGE c VOLATILE STRICT
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.psp_webhook IS 'Take a webhook of the payment provider.
What the rules read of it is stored, and nothing else. Every event is applied once, in any order. The signature is checked over the raw body before this is called.
- body: the webhook';
SELECT veza.add_route('POST', '/api/v1/webhooks/hyperswitch', 'veza.psp_webhook', 'webhook', 'writes',
                      errors => '{MALFORMED_JSON,VALIDATION_ERROR,WEBHOOK_SIGNATURE_INVALID,WEBHOOK_NOT_CONFIGURED}',
                      shape => 'webhook_shape', signature => 'hyperswitch',
                      counter => 'veza_payment_webhooks_total');

CREATE FUNCTION veza.count_refunds() RETURNS trigger LANGUAGE c
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.count_refunds IS 'Trigger: keeps the sum of a payment''s refunds that did not fail.';

CREATE PROCEDURE veza.retry_refund(id uuid, reason text) LANGUAGE c
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON PROCEDURE veza.retry_refund IS 'Makes the next attempt of a refund that the provider failed; written to the audit log.
- id: the failed refund
- reason: why; goes to the audit log';

CREATE PROCEDURE veza.settle_review(payment_id uuid, decision text, reason text) LANGUAGE c
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON PROCEDURE veza.settle_review IS 'Settles a payment under review, as an operator who has looked at the provider''s books; written to the audit log.
- payment_id: the payment under review
- decision: accept, the money is good and serves as any other; refund, it goes back, or the payment is cancelled when nothing was received
- reason: why; goes to the audit log';

CREATE FUNCTION veza.reconcile_payment_begin(any_id text, OUT payment_id uuid, OUT effect_id uuid)
    RETURNS record LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.reconcile_payment_begin IS 'First phase of reconciliation: queues the question.
- any_id: id of a payment, of the provider''s payment, or of what is paid for, as a subscription';

CREATE FUNCTION veza.reconcile_payment_end(payment_id uuid, effect_id uuid) RETURNS json LANGUAGE c VOLATILE STRICT
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.reconcile_payment_end IS 'Last phase of reconciliation: shows what the answer came to.
- payment_id: the payment
- effect_id: the question';

CREATE PROCEDURE veza.reconcile_payment(
    id text, INOUT result json DEFAULT NULL, INOUT head json DEFAULT NULL)
    LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON PROCEDURE veza.reconcile_payment IS 'Asks the payment provider about a payment now and applies the answer.
- id: id of a payment, of the provider''s payment, or of what is paid for, as a subscription';

CREATE FUNCTION veza.probe_provider_begin() RETURNS uuid LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.probe_provider_begin IS 'First phase of probing: queues the question; NULL when no relay could ask it.';

CREATE FUNCTION veza.probe_provider_end(effect_id uuid) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.probe_provider_end IS 'Last phase of probing: says what was found.
- effect_id: the question, or NULL';

CREATE PROCEDURE veza.probe_provider(INOUT result json DEFAULT NULL, INOUT head json DEFAULT NULL)
    LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON PROCEDURE veza.probe_provider IS 'Asks the payment provider whether it works, through a relay, also through an open circuit, and says what is wrong and what to do.
verdict: works, key_refused, failing, unreachable, disabled, relay_silent or no_relay. A good answer closes the circuit of the relay that asked.';
