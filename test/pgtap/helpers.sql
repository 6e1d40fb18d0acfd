-- What the pgTAP suites share: users, the relay's part, the provider's part, the clock,
-- refusals as values. Loaded once into the test database; nothing of it is installed elsewhere.

CREATE SCHEMA test;

-- ---- users

-- A user with a live login session; no password is hashed.
CREATE FUNCTION test.user(role text DEFAULT 'user') RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    id uuid := gen_random_uuid();
BEGIN
    INSERT INTO veza_data.users (id, username, email, password_hash, role, created_at, updated_at)
    VALUES (id, 'u' || left(replace(id::text, '-', ''), 20), id || '@veza.example', 'none', role, now(), now());
    INSERT INTO veza_data.address_claim (user_id, address, is_first, made_at) VALUES (id, id || '@veza.example', true, now());
    INSERT INTO veza_data.session (user_id, created_at, last_used_at, expires_at)
    VALUES (id, now(), now(), now() + interval '7 days');
    RETURN id;
END
$$;

CREATE FUNCTION test.session_of(user_id uuid) RETURNS uuid LANGUAGE sql AS $$
    SELECT s.id FROM veza_data.session s WHERE s.user_id = $1 ORDER BY s.created_at, s.id LIMIT 1
$$;

CREATE FUNCTION test.track_of(owner uuid) RETURNS uuid LANGUAGE sql AS $$
    INSERT INTO veza_data.track (uploader_id, title, artist, created_at, updated_at)
    VALUES ($1, 'A track', 'An artist', now(), now()) RETURNING id
$$;

-- Acts as the user from here on.
CREATE FUNCTION test.act(user_id uuid) RETURNS void LANGUAGE sql AS $$
    SELECT veza.act_as($1, 'pgTAP')
$$;

-- ---- refusals

-- The code of the catalogue for a SQLSTATE; what is not in it stands as it is.
CREATE FUNCTION test.code_of(state text, message text) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce((SELECT e.code FROM veza.error e WHERE e.sqlstate = $1), concat_ws(' ', $1, $2))
$$;

-- Runs a statement; {} when it is not refused, else code, sqlstate, message, detail, hint,
-- details and retry_after of the refusal. What it did is undone when it was refused.
CREATE FUNCTION test.refused(statement text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    state text; message text; detail text; hint text; facts text; wait text;
BEGIN
    EXECUTE statement;
    RETURN '{}';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
        hint = PG_EXCEPTION_HINT, facts = PG_DATATYPE_NAME, wait = COLUMN_NAME;
    RETURN jsonb_build_object(
        'code', test.code_of(state, message),
        'sqlstate', state, 'message', message, 'detail', detail, 'hint', hint,
        'details', CASE WHEN state LIKE 'VZ%' THEN nullif(facts, '')::jsonb END,
        'retry_after', CASE WHEN state LIKE 'VZ%' THEN nullif(wait, '')::integer END);
END
$$;

-- The code of the refusal, or 'none'.
CREATE FUNCTION test.refusal(statement text) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(test.refused(statement) ->> 'code', 'none')
$$;

-- The same for one of the SQL roles.
CREATE FUNCTION test.refusal_as(role name, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    code text;
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', role);
    EXECUTE statement;
    RESET ROLE;
    RETURN 'none';
EXCEPTION WHEN OTHERS THEN
    RESET ROLE;
    RETURN test.code_of(SQLSTATE, NULL);
END
$$;

-- ---- long texts

-- Are two texts equal? Shows where they begin to differ.
CREATE FUNCTION test.same(have text, want text, description text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    at integer := 1;
BEGIN
    IF have IS NOT DISTINCT FROM want THEN
        RETURN pgtap.pass(description);
    END IF;
    WHILE left(have, at) = left(want, at) AND at < length(want) LOOP
        at := at + 1;
    END LOOP;
    RETURN pgtap.is(coalesce(substr(have, greatest(at - 40, 1), 120), 'NULL'), coalesce(substr(want, greatest(at - 40, 1), 120), 'NULL'), description);
END
$$;

-- The tag of a version of an account, as a function says it; veza-httpd adds a digest of the answer.
CREATE FUNCTION test.tag(id uuid, revision bigint) RETURNS text LANGUAGE sql AS $$
    SELECT format('"%s.%s"', replace(id::text, '-', ''), revision)
$$;

-- ---- requests, by the very statement that veza-httpd prepares

-- Calls a route of the reads, writes, slow or auth lane. args binds by name. Returns result, head
-- and refusal (the code, raised or as a value) with its details and whether it was raised.
-- headers: language, if_match, if_none_match, idempotency_key.
CREATE FUNCTION test.http(method text, path text, args jsonb DEFAULT '{}', caller uuid DEFAULT NULL,
                          session uuid DEFAULT NULL, version integer DEFAULT NULL, headers jsonb DEFAULT '{}')
    RETURNS jsonb LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
    route   veza.routes;
    given   text[] := ARRAY[]::text[];
    item    jsonb;
    result  text;
    head    jsonb;
    refused text;
BEGIN
    SELECT r.* INTO STRICT route FROM veza.routes r WHERE r.method = method AND r.path = path;
    IF caller IS NOT NULL THEN
        session := coalesce(session, test.session_of(caller));
        version := coalesce(version, (SELECT u.token_version FROM veza_data.users u WHERE u.id = caller));
    END IF;
    given := ARRAY[quote_nullable(caller), quote_nullable(session), quote_nullable(version),
                   quote_literal('pgtap-request'), quote_literal('192.0.2.7'), quote_literal('pgTAP'),
                   quote_literal(coalesce(headers ->> 'language', 'en')), quote_nullable(headers ->> 'if_match'),
                   quote_nullable(headers ->> 'idempotency_key'),
                   quote_nullable(encode(sha256(convert_to(concat(headers ->> 'idempotency_key', path, args), 'UTF8')), 'hex')),
                   quote_nullable(headers ->> 'if_none_match')];
    FOR item IN SELECT * FROM jsonb_array_elements(route.arguments) LOOP
        given := given || quote_nullable(args ->> (item ->> 'name'));
    END LOOP;
    BEGIN
        EXECUTE 'PREPARE test_http AS ' || route.statement;
        EXECUTE format('EXECUTE test_http(%s)', array_to_string(given, ', ')) INTO result, head;
    EXCEPTION WHEN OTHERS THEN
        refused := test.code_of(SQLSTATE, SQLERRM);
    END;
    IF EXISTS (SELECT FROM pg_prepared_statements WHERE name = 'test_http') THEN
        DEALLOCATE test_http;
    END IF;
    IF refused IS NOT NULL THEN
        RETURN jsonb_build_object('refusal', refused, 'raised', true);
    END IF;
    RETURN jsonb_build_object(
        'result', CASE WHEN route.envelope = 'text' THEN to_jsonb(result) ELSE result::jsonb END, 'text', result, 'head', head,
        'refusal', (SELECT e.code FROM veza.error e WHERE e.sqlstate = head -> 'refusal' ->> 'sqlstate'),
        'details', head -> 'refusal' -> 'details', 'hint', head -> 'refusal' -> 'hint', 'raised', false);
END
$$;

-- ---- the clock

-- Lets business time pass.
CREATE FUNCTION test.wait(pause interval) RETURNS void LANGUAGE sql AS $$
    UPDATE veza_data.setting SET value = (value::bigint + extract(epoch FROM $1)::bigint)::text
     WHERE name = 'clock_offset'
$$;

CREATE FUNCTION test.now() RETURNS timestamptz LANGUAGE sql AS $$
    SELECT now() + value::bigint * interval '1 second' FROM veza_data.setting WHERE name = 'clock_offset'
$$;

-- The timers, all in this transaction; what CALL veza.run_due_jobs() does in one transaction a unit.
CREATE FUNCTION test.jobs(OUT job text, OUT rows bigint) RETURNS SETOF record LANGUAGE plpgsql AS $$
BEGIN
    FOREACH job IN ARRAY veza.job_order() LOOP
        SELECT coalesce(sum(greatest(veza.job_unit(job, unit), 0)), 0) INTO rows FROM unnest(veza.job_begin(job)) unit;
        PERFORM veza.job_end(job, rows);
        RETURN NEXT;
    END LOOP;
END
$$;
CREATE FUNCTION test.run_jobs() RETURNS bigint LANGUAGE sql AS $$
    SELECT sum(rows)::bigint FROM test.jobs()
$$;

-- ---- the relay's part

CREATE FUNCTION test.relay(enabled boolean DEFAULT true, circuit text DEFAULT 'closed') RETURNS void
    LANGUAGE sql AS $$
    SELECT veza.relay_heartbeat('test-relay', '1', $1, $2, CASE WHEN $2 = 'open' THEN 7000 END)
$$;

-- The unfinished effect of that kind, or NULL.
CREATE FUNCTION test.effect(subject uuid, kind text) RETURNS uuid LANGUAGE sql AS $$
    SELECT e.id FROM veza_data.effect e
     WHERE e.subject_id = $1 AND e.kind = $2 AND e.state IN ('queued', 'leased')
$$;

CREATE FUNCTION test.effect_state(effect uuid) RETURNS text LANGUAGE sql AS $$
    SELECT e.state FROM veza_data.effect e WHERE e.id = $1
$$;

-- Claims this effect and no other, unless it is claimed already; returns its lease token.
CREATE FUNCTION test.claim(subject uuid, kind text) RETURNS uuid LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
    effect uuid := test.effect(subject, kind);
    due    timestamptz := (SELECT e.due_at FROM veza_data.effect e WHERE e.id = effect);
BEGIN
    IF effect IS NULL THEN
        RAISE EXCEPTION 'there is no % to carry out for %', kind, subject;
    END IF;
    IF test.effect_state(effect) = 'queued' THEN
        UPDATE veza_data.effect e SET due_at = '2000-01-01' WHERE e.id = effect;
        PERFORM veza.claim_effects('test-relay', ARRAY[kind], 1);
        UPDATE veza_data.effect e SET due_at = due WHERE e.id = effect;
    END IF;
    RETURN (SELECT e.lease_token FROM veza_data.effect e WHERE e.id = effect);
END
$$;

-- Reports an attempt at the effect; returns the effect's new state.
CREATE FUNCTION test.finish(subject uuid, kind text, outcome text, facts jsonb DEFAULT NULL,
                            error_code text DEFAULT NULL, secret text DEFAULT NULL)
    RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    id    uuid;
    token uuid := test.claim(subject, kind);
BEGIN
    SELECT e.id INTO id FROM veza_data.effect e
     WHERE e.subject_id = finish.subject AND e.kind = finish.kind AND e.state = 'leased';
    RETURN veza.finish_effect(id, token, 'test-relay', outcome, CASE outcome WHEN 'ok' THEN 200 END,
                              error_code, NULL, facts, secret, 12);
END
$$;

-- ---- the provider's part

-- The provider's facts about a payment, as the relay reports them; extra members win.
CREATE FUNCTION test.facts(payment uuid, status text, extra jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object(
               'payment_id', p.psp_payment_id, 'status', $2, 'amount', p.amount_minor, 'currency', p.currency,
               'amount_received', CASE WHEN $2 = 'succeeded' THEN p.amount_minor END,
               'expires_on', to_char(p.created_at AT TIME ZONE 'UTC' + interval '1 day', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
               'updated', to_char(test.now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
               'manual_retry_allowed', false,
               'metadata', jsonb_build_object('subscription_id', p.subscription_id)) || $3
      FROM veza_data.payment p WHERE p.id = $1
$$;

-- The provider answers psp_create, psp_retrieve or psp_cancel.
CREATE FUNCTION test.answers(payment uuid, kind text, status text, extra jsonb DEFAULT '{}',
                             secret text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT test.finish($1, $2, 'ok', test.facts($1, $3, $4), NULL, $5)
$$;

-- An operator asks about the payment, whatever its state, and the provider answers.
CREATE FUNCTION test.asked(payment uuid, status text, extra jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT veza.reconcile_payment_begin($1::text);
    SELECT test.answers($1, 'psp_retrieve', $2, $3)
$$;

-- The body of a webhook about a payment, with everything the provider puts into it.
CREATE FUNCTION test.webhook_body(payment uuid, status text, extra jsonb DEFAULT '{}',
                                  event_id text DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object(
        'merchant_id', 'merchant', 'event_id', coalesce($4, 'evt_' || gen_random_uuid()),
        'event_type', 'payment_' || $2,
        'content', jsonb_build_object(
            'type', 'payment_details',
            'object', test.facts($1, $2) || jsonb_build_object('client_secret', 'the-secret-of-' || $1) || $3))
$$;

-- Delivers a webhook over HTTP, as the shim does after checking the signature; returns the result word.
CREATE FUNCTION test.deliver(body jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(a -> 'result' ->> 'result', a ->> 'refusal')
      FROM test.http('POST', '/api/v1/webhooks/hyperswitch', jsonb_build_object('body', $1::text)) a
$$;

CREATE FUNCTION test.webhook(payment uuid, status text, extra jsonb DEFAULT '{}', event_id text DEFAULT NULL)
    RETURNS text LANGUAGE sql AS $$
    SELECT test.deliver(test.webhook_body($1, $2, $3, $4))
$$;

-- The provider answers psp_refund or psp_refund_retrieve.
CREATE FUNCTION test.refund_answers(refund uuid, kind text, status text) RETURNS text LANGUAGE sql AS $$
    SELECT test.finish($1, $2, 'ok', jsonb_build_object('refund_id', r.psp_refund_id, 'status', $3,
                                                        'amount', r.amount_minor, 'currency', r.currency))
      FROM veza_data.refund r WHERE r.id = $1
$$;

-- The provider tells of a refund made at its dashboard, under an id of its own; returns the result word.
CREATE FUNCTION test.found(payment uuid, amount bigint, status text DEFAULT 'succeeded', refund_id text DEFAULT NULL,
                           extra jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT test.deliver(jsonb_build_object('event_id', gen_random_uuid(), 'event_type', 'refund_' || $3,
        'content', jsonb_build_object('type', 'refund_details', 'object', jsonb_build_object(
            'refund_id', coalesce($4, 'dash_' || replace(gen_random_uuid()::text, '-', '')), 'payment_id', p.psp_payment_id,
            'status', $3, 'amount', $2, 'currency', p.currency) || $5)))
      FROM veza_data.payment p WHERE p.id = $1
$$;

-- ---- subscriptions

-- The user subscribes: first phase. Returns the subscription.
CREATE FUNCTION test.subscribe(user_id uuid, plan text DEFAULT 'pro', cycle text DEFAULT 'monthly',
                               is_change boolean DEFAULT false) RETURNS uuid LANGUAGE plpgsql AS $$
BEGIN
    PERFORM test.relay();
    PERFORM test.act(user_id);
    RETURN (SELECT b.subscription_id FROM veza.subscription_subscribe_begin(plan, cycle, is_change) b);
END
$$;

-- The newest payment of a subscription.
CREATE FUNCTION test.payment(subscription uuid) RETURNS uuid LANGUAGE sql AS $$
    SELECT p.id FROM veza_data.payment p WHERE p.subscription_id = $1 ORDER BY p.attempt_no DESC LIMIT 1
$$;

-- A pending subscription whose payment is open at the provider; returns the subscription.
CREATE FUNCTION test.pending(user_id uuid, plan text DEFAULT 'pro', cycle text DEFAULT 'monthly') RETURNS uuid
    LANGUAGE plpgsql AS $$
DECLARE
    id uuid := test.subscribe(user_id, plan, cycle);
BEGIN
    PERFORM test.answers(test.payment(id), 'psp_create', 'requires_payment_method');
    RETURN id;
END
$$;

-- A subscription that was paid.
CREATE FUNCTION test.active(user_id uuid, plan text DEFAULT 'pro', cycle text DEFAULT 'monthly') RETURNS uuid
    LANGUAGE plpgsql AS $$
DECLARE
    id uuid := test.pending(user_id, plan, cycle);
BEGIN
    PERFORM test.webhook(test.payment(id), 'succeeded');
    RETURN id;
END
$$;

CREATE FUNCTION test.status(subscription uuid) RETURNS text LANGUAGE sql AS $$
    SELECT s.status FROM veza_data.subscription s WHERE s.id = $1
$$;

-- Status and why it ended: 'expired(timeout)'.
CREATE FUNCTION test.ended(subscription uuid) RETURNS text LANGUAGE sql AS $$
    SELECT s.status || coalesce('(' || s.end_reason || ')', '') FROM veza_data.subscription s WHERE s.id = $1
$$;

CREATE FUNCTION test.state(payment uuid) RETURNS text LANGUAGE sql AS $$
    SELECT p.state FROM veza_data.payment p WHERE p.id = $1
$$;

-- The events of an entity, oldest first: 'subscribe_paid, payment_succeeded'.
CREATE FUNCTION test.events(entity uuid) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(h.event, ', ' ORDER BY h.id) FROM veza_data.state_history h WHERE h.entity_id = $1
$$;

-- 'reason state, ...' of the refunds of a subscription's payments.
CREATE FUNCTION test.refunds(subscription uuid) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(r.reason || ' ' || r.state, ', ' ORDER BY r.created_at, r.id), 'none')
      FROM veza_data.refund r JOIN veza_data.payment p ON p.id = r.payment_id WHERE p.subscription_id = $1
$$;

-- One step of the payment flow, as the waiting procedure takes it.
CREATE FUNCTION test.step(subscription uuid, effect uuid DEFAULT NULL, timed_out boolean DEFAULT false,
                          is_new boolean DEFAULT false, OUT wait_for uuid, OUT result jsonb, OUT head jsonb)
    LANGUAGE sql AS $$
    SELECT s.wait_for, s.result::jsonb, s.head::jsonb FROM veza.subscription_payment_step($1, $2, $3, $4) s
$$;

-- What the waiting procedure does after its first phase, with the provider's answers from a script of
-- [kind, status, facts]. Instead of a status: 'not_found'; 'late' (the time is up); 'refused' and
-- 'unknown' (with an error code in place of the facts). Each step is a transaction of its own, so a
-- refusal undoes that step only. Returns payment_id, client_secret, payment_status, http, or code,
-- details, hint and retry_after; and waited, the effects in the order they were waited for.
CREATE FUNCTION test.flow(subscription uuid, script jsonb, is_new boolean DEFAULT false) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    at     record;
    effect uuid;
    e      veza_data.effect;
    answer jsonb;
    waited text := '';
    state text; facts text; wait text; hint text;
BEGIN
    FOR n IN 0 .. jsonb_array_length(script) LOOP
        answer := script -> (n - 1);
        BEGIN
            SELECT * INTO at FROM test.step(subscription, effect, coalesce(answer ->> 1 = 'late', false), is_new);
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, hint = PG_EXCEPTION_HINT, facts = PG_DATATYPE_NAME, wait = COLUMN_NAME;
            RETURN jsonb_strip_nulls(jsonb_build_object('code', test.code_of(state, CASE WHEN state !~ '^VZ' THEN SQLERRM END),
                'details', nullif(facts, '')::jsonb, 'hint', hint, 'retry_after', nullif(wait, '')::integer, 'waited', trim(waited)));
        END;
        IF at.wait_for IS NULL THEN
            RETURN jsonb_build_object('payment_id', at.result -> 'payment_id', 'client_secret', at.result -> 'client_secret',
                'payment_status', at.result -> 'payment_status', 'http', at.head -> 'status',
                'subscription', at.result -> 'subscription' -> 'id', 'waited', trim(waited));
        END IF;
        effect := at.wait_for;
        SELECT x.* INTO STRICT e FROM veza_data.effect x WHERE x.id = effect;
        waited := waited || ' ' || e.kind;
        answer := script -> n;
        IF answer IS NULL OR answer ->> 0 <> e.kind THEN
            RETURN jsonb_build_object('code', format('waits for %s, where the script has %s', e.kind, coalesce(answer::text, 'nothing')), 'waited', trim(waited));
        END IF;
        IF answer ->> 1 IN ('refused', 'unknown', 'not_sent') THEN
            PERFORM test.finish(e.subject_id, e.kind, answer ->> 1, NULL, answer ->> 2);
        ELSIF answer ->> 1 = 'not_found' THEN
            PERFORM test.finish(e.subject_id, e.kind, 'ok', '{"not_found": true}');
        ELSIF answer ->> 1 <> 'late' THEN
            PERFORM test.answers(e.subject_id, e.kind, answer ->> 1, coalesce(answer -> 2, '{}'), 'secret-' || e.subject_id);
        END IF;
    END LOOP;
END
$$;

-- The owner recovers the pending subscription: first phase and flow.
CREATE FUNCTION test.recover(subscription uuid, script jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    refused jsonb;
BEGIN
    PERFORM test.act(s.user_id) FROM veza_data.subscription s WHERE s.id = subscription;
    PERFORM test.relay();
    refused := test.refused(format('SELECT veza.subscription_complete_begin(%L)', subscription));
    IF refused <> '{}' THEN
        RETURN refused;
    END IF;
    RETURN test.flow(subscription, script);
END
$$;

-- The provider's id of the newest payment.
CREATE FUNCTION test.psp_id(subscription uuid) RETURNS text LANGUAGE sql AS $$
    SELECT p.psp_payment_id FROM veza_data.payment p WHERE p.id = test.payment($1)
$$;

-- What is wrong according to veza.audit, as 'invariant, ...'; 'nothing' when all is well. That effects and
-- work are overdue is no news here: no relay runs, and no worker.
CREATE FUNCTION test.audit() RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(DISTINCT invariant, ', ' ORDER BY invariant), 'nothing') FROM veza.audit
     WHERE invariant NOT IN ('effect_overdue', 'track_work_overdue')
$$;

-- ---- tracks with audio

-- A track of that owner whose file has arrived; returns the track.
CREATE FUNCTION test.upload(owner uuid, title text DEFAULT 'A track', content text DEFAULT gen_random_uuid()::text) RETURNS uuid LANGUAGE plpgsql AS $$
BEGIN
    PERFORM test.act(owner);
    RETURN veza.track_create(encode(sha256(convert_to(content, 'UTF8')), 'hex'), length(content), 'audio/flac', title) ->> 'id';
END
$$;

-- The newest version of a track.
CREATE FUNCTION test.version(track uuid) RETURNS uuid LANGUAGE sql AS $$
    SELECT v.id FROM veza_data.track_version v WHERE v.track_id = $1 ORDER BY v.number DESC LIMIT 1
$$;

-- A worker takes on what is due; returns the lease of this version.
CREATE FUNCTION test.lease(version uuid) RETURNS uuid LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM veza_data.track_version v WHERE v.id = version AND v.lease IS NOT NULL) THEN
        PERFORM veza.track_claim_work('pgtap', 100);
    END IF;
    RETURN (SELECT v.lease FROM veza_data.track_version v WHERE v.id = version);
END
$$;

CREATE FUNCTION test.scan(version uuid, verdict text DEFAULT 'clean') RETURNS text LANGUAGE sql AS $$
    SELECT veza.track_report_scan($1, test.lease($1), $2)
$$;

CREATE FUNCTION test.analyse(version uuid, result jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT veza.track_report_analysis($1, test.lease($1), ('{"ok": true, "duration_ms": 180000}'::jsonb || $2)::json)
$$;

-- A track that is ready; returns it.
CREATE FUNCTION test.ready(owner uuid, title text DEFAULT 'A track', result jsonb DEFAULT '{}', content text DEFAULT gen_random_uuid()::text) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    track uuid := test.upload(owner, title, content);
BEGIN
    PERFORM test.scan(test.version(track));
    PERFORM test.analyse(test.version(track), result);
    RETURN track;
END
$$;

-- ---- mails and authenticators

-- Does the relay's part for all mails that are asked for; returns the mails that leave.
CREATE FUNCTION test.send_mails() RETURNS SETOF jsonb LANGUAGE plpgsql AS $$
DECLARE
    e record;
    mail jsonb;
BEGIN
    -- A mail may be passed on to others that claim the address.
    LOOP
        FOR e IN SELECT * FROM veza.claim_effects('pgtap', '{mail_send}', 100) LOOP
            mail := veza.compose_mail(e.id, e.lease_token);
            PERFORM veza.finish_effect(e.id, e.lease_token, 'pgtap', 'ok', NULL, NULL, NULL, NULL, NULL, 1);
            IF mail IS NOT NULL THEN RETURN NEXT mail; END IF;
        END LOOP;
        EXIT WHEN NOT FOUND;
    END LOOP;
END
$$;

-- The token in a mail.
CREATE FUNCTION test.mail_token(mail jsonb) RETURNS text LANGUAGE sql AS $$ SELECT substring($1 ->> 'text' from 'token=(\S+)') $$;

-- The code that a user's authenticator shows, so many steps ahead: RFC 6238, by the book.
CREATE EXTENSION IF NOT EXISTS pgcrypto SCHEMA pgtap;
CREATE FUNCTION test.totp_code(owner uuid, ahead integer DEFAULT 0) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    h bytea;
    o integer;
BEGIN
    SELECT pgtap.hmac(decode(lpad(to_hex(floor(extract(epoch FROM test.now()) / 30)::bigint + ahead), 16, '0'), 'hex'), secret, 'sha1')
      INTO h FROM veza_data.two_factor f WHERE f.user_id = owner;
    o := get_byte(h, 19) & 15;
    RETURN lpad((((((get_byte(h, o) & 127) * 256::bigint + get_byte(h, o + 1)) * 256 + get_byte(h, o + 2)) * 256 + get_byte(h, o + 3)) % 1000000)::text, 6, '0');
END
$$;
