-- The merge rule: which of the provider's reports about a payment are believed. Every state times
-- every report, as a webhook (perhaps old news) and as an answer (the present truth); then the
-- provider's vocabulary, the inbox, and input that is not what it should be.

BEGIN;
SELECT no_plan();

-- ---- the rule

-- Written down from the reference, not from the code: A applied, S same state, nothing to do,
-- I ignored, Q not believed, and the provider is asked.
CREATE TEMP TABLE rule (state text, source text, cells text);
INSERT INTO rule VALUES
    --                        open  proc  revw  succ  fail  canc  expd  revd
    ('prepared',   'webhook', 'A     A     Q     A     A     A     A     A'),
    ('open',       'webhook', 'S     A     Q     A     A     A     A     A'),
    ('processing', 'webhook', 'I     S     Q     A     A     A     A     A'),
    ('review',     'webhook', 'Q     Q     S     Q     Q     Q     Q     A'),
    ('succeeded',  'webhook', 'I     I     Q     S     I     I     I     A'),
    ('failed',     'webhook', 'Q     Q     Q     A     S     Q     Q     A'),
    ('cancelled',  'webhook', 'Q     Q     Q     A     Q     S     Q     A'),
    ('expired',    'webhook', 'Q     Q     Q     A     Q     Q     S     A'),
    ('reversed',   'webhook', 'I     I     I     I     I     I     I     S'),
    ('prepared',   'answer',  'A     A     A     A     A     A     A     A'),
    ('open',       'answer',  'S     A     A     A     A     A     A     A'),
    ('processing', 'answer',  'A     S     A     A     A     A     A     A'),
    ('review',     'answer',  'A     A     S     A     A     A     A     A'),
    ('succeeded',  'answer',  'I     I     A     S     I     I     I     A'),
    ('failed',     'answer',  'A     A     A     A     S     A     A     A'),
    ('cancelled',  'answer',  'A     A     A     A     A     S     A     A'),
    ('expired',    'answer',  'A     A     A     A     A     A     S     A'),
    ('reversed',   'answer',  'I     I     I     I     I     I     I     S');
CREATE TEMP VIEW cell AS
SELECT r.state, r.source, w.reported, c.cell
  FROM rule r,
       regexp_split_to_table(r.cells, ' +') WITH ORDINALITY c(cell, n)
  JOIN unnest(ARRAY['open', 'processing', 'review', 'succeeded', 'failed', 'cancelled', 'expired', 'reversed'])
       WITH ORDINALITY w(reported, n) USING (n);
SELECT is((SELECT count(*) FROM cell), 144::bigint, 'nine states, eight reports, two sources');

-- The provider's word for a state of ours.
CREATE FUNCTION pg_temp.word(state text) RETURNS text LANGUAGE sql AS $$
    SELECT CASE $1 WHEN 'open' THEN 'requires_payment_method' WHEN 'review' THEN 'requires_capture'
                   WHEN 'reversed' THEN 'cancelled_post_capture' ELSE $1 END
$$;

-- A payment in that state.
CREATE FUNCTION pg_temp.make(state text) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    id uuid := test.payment(test.subscribe(test.user()));
BEGIN
    IF state <> 'prepared' THEN
        PERFORM test.answers(id, 'psp_create', 'requires_payment_method');
    END IF;
    IF state NOT IN ('prepared', 'open') THEN
        PERFORM test.asked(id, pg_temp.word(state));
    END IF;
    RETURN id;
END
$$;

-- What a report comes to: A, S, I or Q; and in words what should not be.
CREATE FUNCTION pg_temp.cell(state text, source text, reported text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    mine  uuid := pg_temp.make(state);
    mark  bigint;
    word  text;
    steps text;
    after text;
    wrong text;
BEGIN
    IF test.state(mine) <> state THEN
        RETURN 'could not be made';
    END IF;
    SELECT max(h.id) INTO mark FROM veza_data.state_history h;
    IF source = 'webhook' THEN
        word := test.webhook(mine, pg_temp.word(reported));
    ELSE
        PERFORM test.asked(mine, pg_temp.word(reported));
    END IF;
    after := test.state(mine);
    SELECT string_agg(h.from_state || '>' || h.to_state, ' ') INTO steps FROM veza_data.state_history h WHERE h.entity_id = mine AND h.id > mark;
    IF steps IS DISTINCT FROM (CASE WHEN after <> state THEN state || '>' || after END) THEN
        wrong := ', history: ' || coalesce(steps, 'none');
    END IF;
    IF source = 'webhook' AND word IS DISTINCT FROM (CASE WHEN after <> state THEN 'applied' ELSE 'no_change' END) THEN
        wrong := concat(wrong, ', answered ', word);
    END IF;
    RETURN CASE WHEN after <> state AND after = reported THEN 'A'
                WHEN after <> state THEN 'became ' || after
                WHEN test.effect(mine, 'psp_retrieve') IS NOT NULL THEN 'Q'
                WHEN state = reported THEN 'S'
                ELSE 'I' END || coalesce(wrong, '');
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;

SELECT is(pg_temp.cell(state, source, reported), cell,
          format('%s of a payment that is %s says %s: %s', source, state, reported,
                 CASE cell WHEN 'A' THEN 'applied' WHEN 'S' THEN 'the same' WHEN 'I' THEN 'ignored' ELSE 'the provider is asked' END))
  FROM cell ORDER BY source, state, reported;

SELECT is((SELECT string_agg(DISTINCT invariant, ', ') FROM veza.audit), NULL, 'after all of them nothing is wrong');

-- ---- the provider's vocabulary

CREATE TEMP TABLE vocabulary (status text, state text);
INSERT INTO vocabulary VALUES
    ('requires_payment_method', 'open'), ('requires_confirmation', 'open'), ('requires_customer_action', 'open'),
    ('requires_merchant_action', 'review'), ('processing', 'processing'), ('succeeded', 'succeeded'), ('failed', 'failed'),
    ('cancelled', 'cancelled'), ('expired', 'expired'), ('requires_capture', 'review'),
    ('partially_authorized_and_requires_capture', 'review'), ('partially_captured', 'review'),
    ('partially_captured_and_capturable', 'review'), ('partially_captured_and_processing', 'processing'),
    ('cancelled_post_capture', 'reversed'), ('conflicted', 'review'), ('review', 'review'),
    ('a word of next year', 'review'), ('', 'review'), ('SUCCEEDED', 'review'), ('succeeded ', 'review');
CREATE FUNCTION pg_temp.translated(status text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    mine uuid := pg_temp.make('prepared');
BEGIN
    PERFORM test.asked(mine, status);
    RETURN test.state(mine) || CASE WHEN (SELECT psp_status FROM veza_data.payment p WHERE p.id = mine) = status THEN '' ELSE ', word lost' END;
END
$$;
SELECT is(pg_temp.translated(status), state, format('the provider''s "%s" is our %s', status, state)) FROM vocabulary;
SELECT pg_temp.make('prepared') AS p \gset
SELECT test.asked(:'p', NULL, '{"status": null}');
SELECT is(test.state(:'p'), 'review', 'no status at all is a review');

-- ---- asking again (I4: nothing is parked for ever)

CREATE FUNCTION pg_temp.is_asked_again(state text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    mine uuid := pg_temp.make(state);
BEGIN
    RETURN (SELECT next_check_at IS NOT NULL FROM veza_data.payment p WHERE p.id = mine);
END
$$;
SELECT is(pg_temp.is_asked_again(state), state IN ('prepared', 'open', 'processing', 'review'),
          format('I4: a payment that is %s is %s asked about', state, CASE WHEN state IN ('prepared', 'open', 'processing', 'review') THEN 'again' ELSE 'not' END))
  FROM unnest(ARRAY['prepared', 'open', 'processing', 'review', 'succeeded', 'failed', 'cancelled', 'expired', 'reversed']) state;

CREATE FUNCTION pg_temp.pauses(payment uuid, n integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    pauses text := '';
    pause  interval;
BEGIN
    FOR i IN 1 .. n LOOP
        SELECT p.next_check_at - test.now() INTO pause FROM veza_data.payment p WHERE p.id = payment;
        pauses := pauses || ' ' || extract(epoch FROM pause)::integer;
        PERFORM test.wait(pause);
        PERFORM test.run_jobs();
        PERFORM test.answers(payment, 'psp_retrieve', 'requires_payment_method');
    END LOOP;
    RETURN trim(pauses);
END
$$;
SELECT pg_temp.make('open') AS p \gset
UPDATE veza_data.subscription SET pending_expires_at = pending_expires_at + interval '30 days' WHERE id = (SELECT subscription_id FROM veza_data.payment WHERE id = :'p');
SELECT is(pg_temp.pauses(:'p', 8), '120 600 1800 3600 10800 21600 21600 21600', 'I4: in longer and longer pauses, the last one repeats');
SELECT test.webhook(:'p', 'processing');
SELECT is((SELECT next_check_at - test.now() FROM veza_data.payment WHERE id = :'p'), interval '30 seconds', 'I4: news make it quick again');
SELECT pg_temp.make('prepared') AS p \gset
SELECT is((SELECT next_check_at - test.now() FROM veza_data.payment WHERE id = :'p'), interval '5 seconds', 'I4: before the first answer it is soon');
SELECT test.wait('6 seconds');
SELECT test.run_jobs();
SELECT is(test.effect(:'p', 'psp_retrieve'), NULL, 'I4: but what no relay has taken up is not asked about');
SELECT test.claim(:'p', 'psp_create');
SELECT test.wait('1 hour');
SELECT test.run_jobs();
SELECT isnt(test.effect(:'p', 'psp_retrieve'), NULL, 'I4: what a relay took up and never reported is');

-- ---- order and duplicates (I5, I9)

CREATE FUNCTION pg_temp.history(news text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    s    uuid := test.pending(test.user());
    body jsonb[] := ARRAY(SELECT test.webhook_body(test.payment(s), w) FROM unnest(news) w);
    n    integer;
BEGIN
    -- Every event twice, in any order.
    FOR n IN SELECT i FROM (SELECT generate_subscripts(body, 1) AS i UNION ALL SELECT generate_subscripts(body, 1)) x ORDER BY random() LOOP
        PERFORM test.deliver(body[n]);
    END LOOP;
    -- What was doubtful is asked about, and the provider tells the present truth: the last of the news.
    IF test.effect(test.payment(s), 'psp_retrieve') IS NOT NULL THEN
        PERFORM test.answers(test.payment(s), 'psp_retrieve', news[cardinality(news)]);
    END IF;
    RETURN test.ended(s) || ' ' || test.state(test.payment(s)) || ' ' || test.refunds(s);
END
$$;
SELECT is((SELECT string_agg(DISTINCT pg_temp.history('{processing, failed, processing, succeeded}'), ' | ') FROM generate_series(1, 12)),
          'active succeeded none', 'I5: declined, then paid: in whatever order it is reported');
SELECT is((SELECT string_agg(DISTINCT pg_temp.history('{requires_customer_action, processing, failed}'), ' | ') FROM generate_series(1, 12)),
          'pending_payment failed none', 'I5: declined: in whatever order');
-- Reversed before anybody knew of the success, the subscription goes on waiting; after it, it ends.
SELECT is_empty($$ SELECT h FROM (SELECT pg_temp.history('{processing, succeeded, cancelled_post_capture}') AS h FROM generate_series(1, 12)) x
                    WHERE h NOT IN ('canceled(refund) reversed none', 'pending_payment reversed none') $$,
                'I5: paid and taken back: in whatever order, nobody is served and nothing more goes back');

SELECT pg_temp.make('succeeded') AS p \gset
SELECT test.webhook(:'p', w) FROM unnest(ARRAY['processing', 'failed', 'cancelled', 'expired', 'requires_payment_method']) w;
SELECT test.asked(:'p', w) FROM unnest(ARRAY['processing', 'failed', 'cancelled', 'expired', 'requires_payment_method']) w;
SELECT is(test.state(:'p'), 'succeeded', 'I9: success never regresses');

-- ---- I6: the webhook comes first

SELECT test.subscribe(test.user()) AS s \gset
SELECT test.payment(:'s') AS p \gset
SELECT test.claim(:'p', 'psp_create');
SELECT is(test.webhook(:'p', 'succeeded'), 'applied', 'I6: before the reply to the creation');
SELECT test.answers(:'p', 'psp_create', 'requires_payment_method');
SELECT is(test.ended(:'s') || ' ' || test.state(:'p'), 'active succeeded', 'I6: the late reply undoes nothing');

-- ---- the inbox

SELECT pg_temp.make('open') AS p \gset
SELECT test.webhook(:'p', 'processing', '{}', 'evt-1');
SELECT results_eq($$ SELECT event_type, result, attempts, applied_at, next_try_at, error, request_id FROM veza_data.psp_event WHERE event_id = 'evt-1' $$,
                  $$ VALUES ('payment_processing', 'applied', 1, test.now(), NULL::timestamptz, NULL, 'pgtap-request') $$, 'an event is stored with its result');
SELECT is(test.webhook(:'p', 'failed', '{}', 'evt-1'), 'duplicate', 'an event id is taken once, whatever it says then');
SELECT is(test.state(:'p'), 'processing', 'the second delivery changes nothing');
SELECT is((SELECT event_type FROM veza_data.psp_event WHERE event_id = 'evt-1'), 'payment_processing', 'and is not stored');

SELECT test.webhook(:'p', 'failed', '{"client_secret": "pay_x_secret_123456789"}', 'evt-secret');
SELECT is_empty($$ SELECT event_id FROM veza_data.psp_event WHERE payload::text LIKE '%secret%' AND event_id <> 'evt-secret'
                   UNION ALL SELECT event_id FROM veza_data.psp_event WHERE payload::text LIKE '%pay_x_secret%' $$,
                'no client secret is in the inbox');
SELECT test.webhook_body(:'p', 'failed', '{}', 'evt-2') AS body \gset
SELECT test.deliver(:'body');
SELECT is((SELECT body_sha256 FROM veza_data.psp_event WHERE event_id = 'evt-2'), sha256(convert_to(:'body'::jsonb::text, 'UTF8')), 'the digest of the raw body is');

SELECT pg_temp.make('prepared') AS p \gset
SELECT test.answers(:'p', 'psp_create', 'requires_payment_method', '{"client_secret": "pay_x_secret_123456789"}', 'pay_x_secret_123456789');
SELECT is_empty($$ SELECT id FROM veza_data.effect_attempt WHERE result::text LIKE '%secret%' $$, 'no client secret is in the relay''s reports');
SELECT is_empty($$ SELECT id FROM veza_data.effect WHERE request::text LIKE '%secret%' $$, 'nor in the requests');
SELECT is((SELECT secret FROM veza_data.effect WHERE subject_id = :'p' AND kind = 'psp_create'), 'pay_x_secret_123456789', 'it waits in one column for who waits for it');
SELECT test.wait('61 seconds');
SELECT test.run_jobs();
SELECT is((SELECT count(*) FROM veza_data.effect WHERE secret IS NOT NULL), 0::bigint, 'and is swept after a minute');

CREATE FUNCTION pg_temp.inbox(type text, kind text, object text) RETURNS text LANGUAGE sql AS $$
    SELECT test.deliver(jsonb_build_object('event_id', gen_random_uuid(), 'event_type', $1, 'content', jsonb_build_object('type', $2, 'object', $3::jsonb)))
$$;
SELECT is(pg_temp.inbox('mandate_active', 'mandate_details', '{"mandate_id": "man_1"}'), 'ignored', 'an event about something else is stored and ignored');
SELECT is(pg_temp.inbox('dispute_opened', 'dispute_details', '{"dispute_id": "dp_1"}'), 'unknown_payment', 'a dispute about no payment of ours is stored');
SELECT is(pg_temp.inbox('a type of next year', 'next_year_details', '{}'), 'ignored', 'so is one of an unknown type');
SELECT is(pg_temp.inbox('payment_succeeded', 'payment_details', '{"payment_id": "pay_of_somebody_else", "status": "succeeded"}'), 'unknown_payment',
          'an event about a payment that is not ours is stored');
SELECT is(pg_temp.inbox('refund_succeeded', 'refund_details', '{"refund_id": "ref_of_somebody_else", "status": "succeeded"}'), 'unknown_payment',
          'so is one about a refund that is not ours');
SELECT results_eq($$ SELECT next_try_at - test.now(), applied_at FROM veza_data.psp_event WHERE psp_payment_id = 'pay_of_somebody_else' $$,
                  $$ VALUES (interval '60 seconds', test.now()) $$, 'it is looked at again, in case the payment is only just being made');
SELECT test.wait('61 seconds');
SELECT test.run_jobs();
SELECT test.wait('121 seconds');
SELECT test.run_jobs();
SELECT results_eq($$ SELECT result, attempts, next_try_at FROM veza_data.psp_event WHERE psp_payment_id = 'pay_of_somebody_else' $$,
                  $$ VALUES ('unknown_payment', 3, NULL::timestamptz) $$, 'twice, then it is given up');

-- Wrong types never raise: what was signed is stored and answered with 200.
SELECT pg_temp.make('open') AS p \gset
SELECT psp_payment_id AS pid FROM veza_data.payment WHERE id = :'p' \gset
CREATE TEMP TABLE odd (what text, object jsonb);
INSERT INTO odd SELECT format('%s is %s', field, value), jsonb_build_object('payment_id', :'pid', 'status', 'processing') || jsonb_build_object(field, value::jsonb)
  FROM unnest(ARRAY['status', 'amount', 'amount_received', 'currency', 'expires_on', 'updated', 'modified_at', 'error_code', 'error_message',
                    'payment_method_id', 'manual_retry_allowed', 'metadata', 'not_found', 'client_secret']) field,
       unnest(ARRAY['null', 'true', '-1', '1e300', '"\"\\ \ud83d\ude00"', '"9999-99-99T99:99:99Z"', '[]', '[1, {"a": null}]', '{}', '{"subscription_id": [1]}']) value;
SELECT cmp_ok((SELECT count(*) FROM odd), '=', 140::bigint, 'odd facts');
SELECT is(pg_temp.inbox('payment_processing', 'payment_details', object::text) IN ('applied', 'no_change'), true, what) FROM odd;
SELECT is((SELECT count(*) FROM veza_data.psp_event WHERE result = 'failed'), 0::bigint, 'not one of them failed');
SELECT is((SELECT status FROM veza_data.subscription s JOIN veza_data.payment p ON p.subscription_id = s.id WHERE p.id = :'p'), 'pending_payment', 'none activated anything');
SELECT is((SELECT psp_missing FROM veza_data.payment WHERE id = :'p'), false, 'a webhook cannot say that the provider does not know the payment');
SELECT is(pg_temp.inbox('x', 'payment_details', object), want, format('an object that is %s', object))
  FROM (VALUES ('null', 'unknown_payment'), ('[]', 'unknown_payment'), ('"x"', 'unknown_payment'), ('{"payment_id": 7}', 'unknown_payment'),
               ('{"payment_id": {"a": 1}}', 'unknown_payment')) o(object, want);
SELECT is(test.deliver('{"event_id": "no-content", "event_type": "x"}'), 'ignored', 'an event without content');
SELECT is(test.deliver('{"event_id": "odd-content", "event_type": "x", "content": 3}'), 'ignored', 'an event whose content is a number');
SELECT is(test.deliver(jsonb_build_object('event_id', 7, 'event_type', 8, 'content', '{}'::jsonb)), 'ignored', 'an event id that is a number');
SELECT is(test.deliver(body), 'MALFORMED_JSON', format('no object: %s', body)) FROM unnest(ARRAY['[]', '"x"', '7', 'null']::jsonb[]) body;
SELECT is(test.deliver(body), 'VALIDATION_ERROR', format('no event: %s', body))
  FROM unnest(ARRAY['{}', '{"event_id": "x"}', '{"event_id": "x", "event_type": {"a": 1}}', '{"event_type": "x"}', '{"event_id": "", "event_type": "x"}',
                    '{"event_id": null, "event_type": "x"}', format('{"event_id": %s, "event_type": "x"}', to_json(repeat('x', 201)))]::jsonb[]) body;
SELECT is(test.deliver(jsonb_build_object('event_id', repeat('é', 200), 'event_type', 'x')), 'ignored', 'an event id of 200 characters');

-- An event that cannot be applied is kept and tried again.
SELECT pg_temp.make('open') AS p \gset
ALTER TABLE veza_data.payment ADD CONSTRAINT broken CHECK (psp_status <> 'processing') NOT VALID;
SELECT is(test.webhook(:'p', 'processing', '{}', 'evt-broken'), 'failed', 'an event that cannot be applied is answered all the same');
SELECT results_eq($$ SELECT result, attempts, error LIKE '%broken%', next_try_at > test.now(), applied_at FROM veza_data.psp_event WHERE event_id = 'evt-broken' $$,
                  $$ VALUES ('failed', 1, true, true, NULL::timestamptz) $$, 'it is kept, with the error');
SELECT is((SELECT string_agg(invariant, ', ') FROM veza.audit WHERE subject = 'evt-broken'), 'webhook_not_applied', 'an operator is told');
SELECT test.wait('10 seconds');
SELECT test.run_jobs();
SELECT is((SELECT attempts FROM veza_data.psp_event WHERE event_id = 'evt-broken'), 2, 'it is tried again');
ALTER TABLE veza_data.payment DROP CONSTRAINT broken;
SELECT test.wait('10 seconds');
SELECT test.run_jobs();
SELECT is((SELECT result FROM veza_data.psp_event WHERE event_id = 'evt-broken'), 'applied', 'until it is applied');
SELECT is(test.state(:'p'), 'processing', 'and has its effect');

SELECT is_empty($$ SELECT DISTINCT result FROM veza_data.psp_event WHERE result NOT IN ('applied', 'no_change', 'ignored', 'unknown_payment') $$,
                'every event came to something');

SELECT * FROM finish();
ROLLBACK;
