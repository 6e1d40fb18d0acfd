-- Money: what may go back, what is no longer waited for, what operators settle, when a question was asked,
-- and what of the provider's documents is kept.

-- ---- questions

ALTER TABLE veza_data.effect ADD COLUMN claimed_at timestamptz;
COMMENT ON COLUMN veza_data.effect.claimed_at IS 'When the present lease was taken: what the relay reports under it is no older.';

ALTER TABLE veza_data.payment
    ADD COLUMN heard_at timestamptz,
    ADD COLUMN refusals integer NOT NULL DEFAULT 0 CHECK (refusals >= 0);
COMMENT ON COLUMN veza_data.payment.heard_at IS 'How recent our news are: when a webhook came, or a question was asked, whose report was applied last.';
COMMENT ON COLUMN veza_data.payment.checked_at IS 'When the provider was asked the question that it answered last.';
COMMENT ON COLUMN veza_data.payment.refusals IS 'Questions in a row that came to nothing; decides the next pause.';
ALTER TABLE veza_data.refund ADD COLUMN refusals integer NOT NULL DEFAULT 0 CHECK (refusals >= 0);
COMMENT ON COLUMN veza_data.refund.refusals IS 'Questions in a row that came to nothing; decides the next pause.';

-- ---- attempts

ALTER TABLE veza_data.payment ADD COLUMN given_up_at timestamptz;
COMMENT ON COLUMN veza_data.payment.given_up_at IS 'Since when nobody waits for it: it was cancelled by us, or another attempt took its place.';
DROP INDEX veza_data.payment_one_open;
CREATE UNIQUE INDEX payment_one_open ON veza_data.payment (subscription_id, purpose, cycle_no)
    WHERE state IN ('prepared', 'open', 'processing', 'review') AND given_up_at IS NULL;

-- ---- refunds

ALTER TABLE veza_data.refund
    DROP CONSTRAINT refund_reason_check,
    DROP CONSTRAINT refund_psp_refund_id_check,
    ADD CONSTRAINT refund_reason_check CHECK (reason IN ('late', 'duplicate', 'requested', 'provider')),
    ADD CONSTRAINT refund_psp_refund_id_check CHECK (psp_refund_id ~ '^[A-Za-z0-9_-]{1,64}$');
COMMENT ON COLUMN veza_data.refund.reason IS 'late: nothing was served for it; duplicate: another one was served; requested: by an operator; provider: made there, not by us.';
COMMENT ON COLUMN veza_data.refund.psp_refund_id IS 'ref_ and base32 of the key, known before the provider is called; the provider''s own id when it was made there.';
DROP INDEX veza_data.refund_one_open;
CREATE UNIQUE INDEX refund_one_open ON veza_data.refund (payment_id, reason)
    WHERE state <> 'failed' AND reason <> 'provider';

-- A payment's refunds that did not fail never exceed what was received. The sum is kept beside the payment, so that
-- two sessions cannot both find room. What exceeds already cannot be mended here: then the constraint holds for
-- what comes, and veza.audit reports what is there.
ALTER TABLE veza_data.payment ADD COLUMN refunded_minor bigint NOT NULL DEFAULT 0 CHECK (refunded_minor >= 0);
COMMENT ON COLUMN veza_data.payment.refunded_minor IS 'Sum of its refunds that did not fail, in minor units; kept by a trigger.';
UPDATE veza_data.payment p
   SET refunded_minor = (SELECT sum(r.amount_minor) FROM veza_data.refund r WHERE r.payment_id = p.id AND r.state <> 'failed')
 WHERE EXISTS (SELECT FROM veza_data.refund r WHERE r.payment_id = p.id AND r.state <> 'failed');
ALTER TABLE veza_data.payment ADD CONSTRAINT payment_refunds_fit
    CHECK (refunded_minor <= coalesce(amount_received_minor, amount_minor)) NOT VALID;
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM veza_data.payment WHERE refunded_minor > coalesce(amount_received_minor, amount_minor)) THEN
        ALTER TABLE veza_data.payment VALIDATE CONSTRAINT payment_refunds_fit;
    END IF;
END
$$;
CREATE TRIGGER count_refunds AFTER INSERT OR UPDATE OR DELETE ON veza_data.refund
    FOR EACH ROW EXECUTE FUNCTION veza.count_refunds();

-- ---- reviews and accounts

ALTER TABLE veza_data.payment ADD COLUMN settled_status text;
COMMENT ON COLUMN veza_data.payment.settled_status IS 'The provider''s word that an operator has settled: it raises no new review.';
ALTER TABLE veza_data.subscription
    DROP CONSTRAINT subscription_end_reason_check,
    ADD CONSTRAINT subscription_end_reason_check
        CHECK (end_reason IN ('timeout', 'user_abandoned', 'superseded', 'user', 'period_end', 'refund', 'admin', 'account'));
INSERT INTO veza_data.setting (name, value, unit, description) VALUES
    ('review_hold', '86400', 's', 'A payment under review is reported by veza.audit after this time');

-- ---- documents from outside

COMMENT ON COLUMN veza_data.psp_event.payload IS 'What the rules read of the event, and nothing else; an amount that was no number of minor units is false.';
COMMENT ON COLUMN veza_data.effect_attempt.result IS 'What the rules read of the provider''s facts, and nothing else.';

-- What is stored already is cut down to the same members.
CREATE FUNCTION veza_data.kept(document jsonb, names text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(jsonb_object_agg(key, CASE jsonb_typeof(value) WHEN 'string' THEN to_jsonb(left(value #>> '{}', 500)) ELSE value END), '{}')
      FROM jsonb_each(CASE jsonb_typeof(document) WHEN 'object' THEN document ELSE '{}' END)
     WHERE key = ANY (names) AND jsonb_typeof(value) IN ('string', 'number', 'boolean')
$$;
CREATE FUNCTION veza_data.kept_facts(facts jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT veza_data.kept(facts, '{payment_id,status,amount,amount_received,currency,expires_on,updated,modified_at,error_code,error_message,payment_method_id,manual_retry_allowed,refund_id,dispute_id,dispute_status,not_found,dropped}')
        || jsonb_strip_nulls(jsonb_build_object(
               'metadata', nullif(veza_data.kept(facts -> 'metadata', '{subscription_id}'), '{}'),
               'refunds', (SELECT jsonb_agg(veza_data.kept(r, '{refund_id,payment_id,status,amount,currency,error_code,error_message}'))
                             FROM jsonb_array_elements(CASE jsonb_typeof(facts -> 'refunds') WHEN 'array' THEN facts -> 'refunds' END) r),
               'disputes', (SELECT jsonb_agg(veza_data.kept(d, '{dispute_id,dispute_status}'))
                              FROM jsonb_array_elements(CASE jsonb_typeof(facts -> 'disputes') WHEN 'array' THEN facts -> 'disputes' END) d)))
$$;
UPDATE veza_data.psp_event
   SET payload = veza_data.kept(payload, '{event_id,event_type}')
              || jsonb_strip_nulls(jsonb_build_object('content', nullif(veza_data.kept(payload -> 'content', '{type}')
              || jsonb_strip_nulls(jsonb_build_object('object', CASE jsonb_typeof(payload -> 'content' -> 'object')
                     WHEN 'object' THEN veza_data.kept_facts(payload -> 'content' -> 'object') END)), '{}')));
UPDATE veza_data.effect_attempt SET result = veza_data.kept_facts(result) WHERE result IS NOT NULL;
DROP FUNCTION veza_data.kept_facts(jsonb);
DROP FUNCTION veza_data.kept(jsonb, text[]);
