-- What an operator sees and asks at night: the timeline, the state of relays and circuit, probes and their record.

BEGIN;
SELECT no_plan();

-- ---- the timeline

SELECT test.user() AS u \gset
SELECT test.subscribe(:'u') AS s \gset
SELECT test.payment(:'s') AS p \gset
SELECT test.effect(:'p', 'psp_create') AS e \gset
CREATE FUNCTION pg_temp.line(subscription uuid, source text, what text) RETURNS SETOF record LANGUAGE sql AS $$
    SELECT t.outcome, t.who, t.db_role::text, t.details FROM veza.subscription_timeline($1) t WHERE t.source = $2 AND t.what = $3 ORDER BY t.at DESC, t.seq DESC LIMIT 1
$$;
SELECT results_eq(format($$ SELECT outcome, at FROM veza.subscription_timeline(%L) WHERE what = 'psp_create attempt 1' $$, :'s'),
                  format($$ SELECT 'waits', due_at FROM veza_data.effect WHERE id = %L $$, :'e'), 'what is due, and when');
SELECT test.claim(:'p', 'psp_create');
SELECT is((SELECT outcome FROM veza.subscription_timeline(:'s') WHERE source = 'due' AND what LIKE 'psp_create%'), 'under way at test-relay', 'what is under way, and where');
SELECT results_eq(format($$ SELECT db_role FROM veza.subscription_timeline(%L) WHERE what IN ('psp_create queued', 'subscription subscribe_paid') $$, :'s'),
                  'VALUES (session_user), (session_user)', 'with the SQL role that made it happen');
SELECT veza.finish_effect(id, lease_token, 'pgtap', 'refused', 400, 'IR_06', 'the currency is unknown', NULL, NULL, 1) FROM veza_data.effect WHERE id = :'e';
SELECT is((SELECT outcome || ': ' || (details ->> 'error') FROM veza.subscription_timeline(:'s') WHERE what = 'psp_create dead'), 'IR_06: the currency is unknown', 'what has died, and of what');
SELECT is((SELECT details ->> 'error' FROM veza.subscription_timeline(:'s') WHERE what = 'psp_create attempt 1'), 'the currency is unknown', 'the provider''s words are in the attempt');
CALL veza.retry_effect(:'e', 'the currency is known now');
SELECT is((SELECT outcome || ' ' || who || ' ' || db_role FROM veza.subscription_timeline(:'s') WHERE what = 'psp_create retried'),
          'the currency is known now dba ' || :'u' || ' ' || session_user, 'who has retried it, and why');
SELECT is((SELECT count(*) FROM veza.subscription_timeline(:'s') WHERE source = 'due' AND what = 'psp_create attempt 1'), 1::bigint, 'and it is due again');
SELECT is((SELECT array_agg(at ORDER BY ordinality) FROM veza.subscription_timeline(:'s') WITH ORDINALITY), (SELECT array_agg(at ORDER BY at) FROM veza.subscription_timeline(:'s')), 'all in time order');
SELECT test.answers(:'p', 'psp_create', 'requires_payment_method');
SELECT is((SELECT at FROM veza.subscription_timeline(:'s') WHERE what = 'payment asked about'), (SELECT next_check_at FROM veza_data.payment WHERE id = :'p'), 'when the provider is asked next');

-- ---- relays and circuit

CREATE FUNCTION pg_temp.relays() RETURNS text LANGUAGE sql AS $$ SELECT concat_ws(' ', r ->> 'status', r ->> 'reason', r ->> 'relays', r ->> 'circuit') FROM veza.relay_status() r $$;
DELETE FROM veza_data.relay;
SELECT is(pg_temp.relays(), 'down no_relay 0', 'without a relay');
SELECT veza.relay_heartbeat('r1', '1', false, 'closed', NULL);
SELECT is(pg_temp.relays(), 'disabled disabled 1', 'the provider is disabled');
SELECT veza.relay_heartbeat('r1', '1', true, 'open', 9000);
SELECT is(pg_temp.relays() || ' ' || (veza.relay_status() ->> 'retry_in_s'), 'down circuit_open 1 open 9', 'an open circuit, and for how long');
SELECT veza.relay_heartbeat('r2', '1', true, 'half_open', NULL);
SELECT is(pg_temp.relays(), 'ok 2 half_open', 'of several relays the best counts');
SELECT veza.relay_heartbeat('r2', '1', true, 'closed', NULL);
SELECT is(pg_temp.relays(), 'ok 2 closed', 'all is well');

-- ---- probes

DELETE FROM veza_data.relay;
SELECT is(veza.probe_provider_begin(), NULL, 'without a relay nothing is asked');
SELECT is(veza.probe_provider_end(NULL) ->> 'verdict', 'no_relay', 'and that is said');
SELECT is((SELECT count(*) FROM veza_data.effect WHERE kind = 'psp_probe'), 0::bigint, 'nothing waits for a relay to come');
SELECT veza.relay_heartbeat('r1', '1', true, 'open', 9000);
SELECT veza.probe_provider_begin() AS e \gset
SELECT is(veza.probe_provider_begin(), :'e'::uuid, 'who asks meanwhile joins');
SELECT is(veza.probe_provider_end(:'e') ->> 'verdict', 'relay_silent', 'a relay that does not answer');
SELECT is(test.effect_state(:'e'), 'done', 'the question is taken back');
CREATE FUNCTION pg_temp.probe(facts jsonb, code text, message text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    id uuid := veza.probe_provider_begin();
    answer json;
BEGIN
    PERFORM veza.finish_effect(c.id, c.lease_token, 'r1', 'ok', NULL, code, message, facts, NULL, 1) FROM veza.claim_effects('r1', '{psp_probe}', 1) c;
    answer := veza.probe_provider_end(id);
    RETURN concat_ws(' ', answer ->> 'verdict', answer ->> 'error_code', answer ->> 'relay', test.effect_state(id), CASE WHEN answer ->> 'advice' IS NULL THEN 'fine' END);
END
$$;
SELECT is(pg_temp.probe('{"works": true, "reachable": true, "credentials": "accepted"}', 'HE_02', 'x'), 'works HE_02 r1 done fine', 'it works');
SELECT is(pg_temp.probe('{"works": false, "reachable": true, "credentials": "refused"}', 'IR_01', 'x'), 'key_refused IR_01 r1 done', 'the key is refused');
SELECT is(pg_temp.probe('{"works": false, "reachable": true, "credentials": "unknown"}', 'HE_00', 'x'), 'failing HE_00 r1 done', 'it fails');
SELECT is(pg_temp.probe('{"works": false, "reachable": false, "credentials": "unknown"}', 'connection_failed', 'x'), 'unreachable connection_failed r1 done', 'it cannot be reached');
SELECT is(pg_temp.probe('{"works": false, "reachable": false, "credentials": "unknown"}', 'disabled', 'x'), 'disabled disabled r1 done', 'it is disabled');
SELECT is(veza.probe_provider_end(:'e') -> 'last_errors' -> 0 ->> 'error_message', 'the currency is unknown', 'the last errors are shown');
SELECT is((SELECT count(*) FROM veza_data.audit_log WHERE action = 'dba.probe_provider'), 8::bigint, 'every probe is on record');

SELECT * FROM finish();
ROLLBACK;
