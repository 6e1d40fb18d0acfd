-- What the isolation specs share: one user per permutation, the provider's
-- webhooks and a relay in SQL, so that every step is a single statement with
-- the same output every time.

CREATE SCHEMA iso;

-- The ids of the present permutation.
CREATE TABLE iso.it (name text PRIMARY KEY, id uuid NOT NULL);
CREATE SEQUENCE iso.serial;

-- Broken promises of earlier permutations: each is reported by the one that broke it.
CREATE TABLE iso.seen (invariant text, subject text);

CREATE FUNCTION iso.id(name text) RETURNS uuid LANGUAGE sql STABLE
    AS $$ SELECT id FROM iso.it WHERE it.name = id.name $$;

-- Acts as that user from here on; answers nothing, for ids differ from run to run.
CREATE FUNCTION iso.act_as(name text) RETURNS void LANGUAGE sql
    AS $$ SELECT veza.act_as(iso.id(name), 'isolation') $$;

-- Makes a creator with a track, and an administrator; a relay lives, nothing is due from before.
CREATE FUNCTION iso.scene() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    n text := nextval('iso.serial');
    role_name text;
    new_id uuid;
BEGIN
    DELETE FROM iso.it;
    INSERT INTO iso.seen SELECT invariant, subject FROM veza.audit;
    FOREACH role_name IN ARRAY ARRAY['creator', 'admin'] LOOP
        INSERT INTO veza_data.users (username, email, password_hash, role, created_at, updated_at)
        VALUES (role_name || n, role_name || n || '@veza.example', 'none', role_name, now(), now())
        RETURNING id INTO new_id;
        INSERT INTO iso.it VALUES (CASE role_name WHEN 'creator' THEN 'user' ELSE 'admin' END, new_id);
    END LOOP;
    INSERT INTO veza_data.track (uploader_id, title, artist, created_at, updated_at)
    VALUES (iso.id('user'), 'Track', 'Artist', now(), now()) RETURNING id INTO new_id;
    INSERT INTO iso.it VALUES ('track', new_id);
    PERFORM veza.relay_heartbeat('iso', '1', true, 'closed', NULL);
    UPDATE veza_data.effect SET due_at = 'infinity' WHERE state = 'queued';
    UPDATE veza_data.effect SET lease_until = 'infinity', lease_owner = 'iso' WHERE state = 'leased';
    UPDATE veza_data.payment SET next_check_at = 'infinity' WHERE next_check_at IS NOT NULL;
    UPDATE veza_data.psp_event SET next_try_at = 'infinity' WHERE next_try_at IS NOT NULL;
    UPDATE veza_data.subscription SET pending_expires_at = 'infinity' WHERE status = 'pending_payment';
END $$;

-- The newest subscription of the present user to a plan, and its newest payment.
CREATE FUNCTION iso.subscription(plan text) RETURNS uuid LANGUAGE sql STABLE
    AS $$ SELECT s.id FROM veza_data.subscription s JOIN veza_data.plan p ON p.id = s.plan_id
           WHERE s.user_id = iso.id('user') AND p.name = plan ORDER BY s.created_at DESC, s.id DESC LIMIT 1 $$;
CREATE FUNCTION iso.payment(plan text) RETURNS veza_data.payment LANGUAGE sql STABLE
    AS $$ SELECT y FROM veza_data.payment y WHERE y.subscription_id = iso.subscription(plan)
           ORDER BY attempt_no DESC LIMIT 1 $$;

-- The provider's snapshot of a payment.
CREATE FUNCTION iso.facts(plan text, status text) RETURNS jsonb LANGUAGE sql STABLE
    AS $$ SELECT jsonb_build_object(
              'payment_id', y.psp_payment_id, 'status', status, 'amount', y.amount_minor, 'currency', y.currency,
              'amount_received', CASE status WHEN 'succeeded' THEN y.amount_minor END,
              'expires_on', to_char(now() AT TIME ZONE 'UTC' + interval '1 day', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
              'metadata', jsonb_build_object('subscription_id', y.subscription_id))
            FROM iso.payment(plan) y $$;

-- A webhook about the plan's payment; its event id depends on payment and type only. Returns the result.
CREATE FUNCTION iso.webhook(plan text, status text) RETURNS text LANGUAGE sql VOLATILE
    AS $$ SELECT veza.psp_webhook(jsonb_build_object(
              'event_id', md5((iso.payment(plan)).psp_payment_id || status), 'event_type', 'payment_' || status,
              'content', jsonb_build_object('type', 'payment_details', 'object', iso.facts(plan, status)))::text)
              ->> 'result' $$;

-- The leases of this session: a relay's memory.
CREATE FUNCTION iso.claim(relay text, batch integer DEFAULT 8) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    claimed text;
BEGIN
    IF to_regclass('pg_temp.lease') IS NULL THEN
        CREATE TEMP TABLE lease (id uuid, token uuid, kind text);
    END IF;
    WITH c AS (INSERT INTO lease
               SELECT id, lease_token, kind
                 FROM veza.claim_effects(relay, '{psp_create,psp_retrieve,psp_cancel,psp_refund,psp_refund_retrieve}', batch)
               RETURNING kind)
    SELECT string_agg(kind, ' ' ORDER BY kind) INTO claimed FROM c;
    RETURN coalesce(claimed, 'nothing');
END $$;

-- Reports what was claimed: the provider says that the payment is in this status. Returns the effects' states.
CREATE FUNCTION iso.finish(relay text, plan text, status text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    l record;
    facts jsonb := iso.facts(plan, status);
    said text := '';
BEGIN
    FOR l IN SELECT * FROM lease LOOP
        said := concat_ws(' ', nullif(said, ''), l.kind, veza.finish_effect(l.id, l.token, relay, 'ok', 200, NULL, NULL,
            CASE WHEN status = 'not_found' THEN '{"not_found":true}' ELSE facts END,
            'secret of ' || plan || ' ' || (SELECT attempt_no FROM veza_data.payment y JOIN veza_data.effect e ON e.subject_id = y.id
                                             WHERE e.id = l.id), 1));
    END LOOP;
    DELETE FROM lease;
    RETURN said;
END $$;

-- Claims and reports in one go.
CREATE FUNCTION iso.relay(plan text, status text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN iso.claim('iso') || ': ' || iso.finish('iso', plan, status);
END $$;

-- A pending subscription whose payment is open at the provider.
CREATE FUNCTION iso.pending(plan text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM veza.act_as(iso.id('user'), 'isolation');
    PERFORM veza.subscription_subscribe_begin(plan, 'monthly', false);
    PERFORM iso.relay(plan, 'requires_payment_method');
    PERFORM veza.stop_acting();
END $$;

-- A paid and active subscription.
CREATE FUNCTION iso.active(plan text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM iso.pending(plan);
    PERFORM iso.webhook(plan, 'succeeded');
END $$;

-- The time of the pending subscription is up, and the provider was last asked before that.
CREATE FUNCTION iso.time_is_up(plan text) RETURNS void LANGUAGE sql VOLATILE AS $$
    UPDATE veza_data.payment SET checked_at = now() - interval '1 hour' WHERE id = (iso.payment(plan)).id;
    UPDATE veza_data.subscription SET pending_expires_at = now() - interval '1 second' WHERE id = iso.subscription(plan) $$;

-- What became of the user: one line per payment and refund.
CREATE FUNCTION iso.outcome() RETURNS TABLE (plan text, subscription text, payment text, refund text, effects text)
    LANGUAGE sql STABLE AS $$
    SELECT p.name, concat_ws('/', s.status, s.end_reason, s.activation_source),
           concat_ws('/', y.attempt_no, y.state),
           (SELECT string_agg(r.reason || '/' || r.state, ' ' ORDER BY r.reason) FROM veza_data.refund r WHERE r.payment_id = y.id),
           (SELECT string_agg(e.kind || '/' || e.state, ' ' ORDER BY e.kind, e.created_at) FROM veza_data.effect e
             WHERE e.subject_id = y.id AND e.state <> 'done')
      FROM veza_data.subscription s
      JOIN veza_data.plan p ON p.id = s.plan_id
      LEFT JOIN veza_data.payment y ON y.subscription_id = s.id
     WHERE s.user_id = iso.id('user')
     ORDER BY s.created_at, s.id, y.attempt_no $$;

-- What every spec ends with: the outcome, and the broken promises, of which there are none.
CREATE FUNCTION iso.verdict() RETURNS TABLE (plan text, subscription text, payment text, refund text, effects text)
    LANGUAGE sql VOLATILE AS $$
    SELECT * FROM iso.outcome()
    UNION ALL
    SELECT 'AUDIT', invariant, finding, NULL, NULL FROM veza.audit a
     WHERE NOT EXISTS (SELECT FROM iso.seen s WHERE s.invariant = a.invariant AND s.subject = a.subject) $$;

-- A relay that has just started: it lives, and remembers no lease.
CREATE FUNCTION iso.hello(relay text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM veza.relay_heartbeat(relay, '1', true, 'closed', NULL);
    IF to_regclass('pg_temp.lease') IS NOT NULL THEN
        DROP TABLE pg_temp.lease;
    END IF;
END $$;

-- The newest effect about a payment of the present user.
CREATE FUNCTION iso.asked() RETURNS uuid LANGUAGE sql VOLATILE
    AS $$ SELECT e.id FROM veza_data.effect e JOIN veza_data.payment y ON y.id = e.subject_id
           WHERE y.user_id = iso.id('user') ORDER BY e.created_at DESC LIMIT 1 $$;

-- Waits until so many backends wait for an effect of that kind.
CREATE FUNCTION iso.await_waiters(wanted_kind text, wanted integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    LOOP
        PERFORM FROM veza_data.effect e JOIN veza_data.payment y ON y.id = e.subject_id
          WHERE y.user_id = iso.id('user') AND e.kind = wanted_kind AND e.state = 'queued'
            AND cardinality(e.waiters) >= wanted;
        EXIT WHEN FOUND;
        PERFORM pg_sleep(0.01);
    END LOOP;
END $$;

-- The provider refuses the creation of the payment for good: its effect is dead.
CREATE FUNCTION iso.refuse(plan text) RETURNS text LANGUAGE sql VOLATILE
    AS $$ SELECT string_agg(veza.finish_effect(c.id, c.lease_token, 'iso', 'refused', 400, 'IR_06', 'no', NULL, NULL, 1), ' ')
            FROM veza.claim_effects('iso', '{psp_create}', 8) c $$;

-- What an operator does about the dead creation of the payment.
CREATE PROCEDURE iso.retry(plan text) LANGUAGE plpgsql AS $$
DECLARE
    dead uuid := (SELECT e.id FROM veza_data.effect e WHERE e.subject_id = (iso.payment(plan)).id AND e.state = 'dead');
BEGIN
    CALL veza.retry_effect(dead, 'isolation');
END $$;

-- The refund of the plan's payment: the reply to the relay, and the webhook.
CREATE FUNCTION iso.refund(plan text) RETURNS veza_data.refund LANGUAGE sql STABLE
    AS $$ SELECT r FROM veza_data.refund r WHERE r.payment_id = (iso.payment(plan)).id ORDER BY attempt_no DESC LIMIT 1 $$;
CREATE FUNCTION iso.refund_facts(plan text, status text) RETURNS jsonb LANGUAGE sql STABLE
    AS $$ SELECT jsonb_build_object('refund_id', r.psp_refund_id, 'payment_id', (iso.payment(plan)).psp_payment_id,
                                    'status', status, 'amount', r.amount_minor, 'currency', r.currency)
            FROM iso.refund(plan) r $$;
SET check_function_bodies = off;
CREATE FUNCTION iso.refund_reply(plan text, status text) RETURNS text LANGUAGE sql VOLATILE
    AS $$ SELECT string_agg(veza.finish_effect(l.id, l.token, 'iso', 'ok', 200, NULL, NULL, iso.refund_facts(plan, status), NULL, 1), ' ')
            FROM lease l WHERE l.kind = 'psp_refund' $$;
CREATE FUNCTION iso.refund_webhook(plan text, status text) RETURNS text LANGUAGE sql VOLATILE
    AS $$ SELECT veza.psp_webhook(jsonb_build_object(
              'event_id', md5((iso.refund(plan)).psp_refund_id || status), 'event_type', 'refund_' || status,
              'content', jsonb_build_object('type', 'refund_details', 'object', iso.refund_facts(plan, status)))::text)
              ->> 'result' $$;

-- The webhook about a full refund made at the provider's dashboard.
CREATE FUNCTION iso.found(plan text, status text) RETURNS text LANGUAGE sql VOLATILE
    AS $$ SELECT veza.psp_webhook(jsonb_build_object('event_id', 'dash' || y.psp_payment_id || status, 'event_type', 'refund_' || status,
              'content', jsonb_build_object('type', 'refund_details', 'object', jsonb_build_object('refund_id', 'dash_' || y.psp_payment_id,
                  'payment_id', y.psp_payment_id, 'status', status, 'amount', y.amount_minor, 'currency', y.currency)))::text) ->> 'result'
            FROM iso.payment(plan) y $$;

-- ---- accounts

-- An account with a password, a login session, and a token of each kind whose text is known.
CREATE FUNCTION iso.account() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    n text := nextval('iso.serial');
    it uuid;
BEGIN
    DELETE FROM iso.it;
    INSERT INTO iso.it VALUES ('user', (veza.auth_register('acc' || n, 'acc' || n || '@veza.example', 'the old tortoise 9') ->> 'user_id')::uuid);
    SELECT id INTO it FROM veza_data.session WHERE user_id = iso.id('user');
    INSERT INTO iso.it VALUES ('session', it);
    PERFORM iso.refresh_token('first', NULL);
    INSERT INTO veza_data.one_time_token (token_hash, user_id, purpose, email, created_at, expires_at)
    SELECT iso.hash(name), iso.id('user'), 'reset_password', 'acc' || n || '@veza.example', now(), now() + interval '1 hour'
      FROM unnest('{reset1,reset2}'::text[]) name;
END $$;

-- Two accounts that claim an address, each with a link that confirms it, and the address that nobody claims yet.
CREATE FUNCTION iso.address() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    n text := nextval('iso.serial');
    name text;
BEGIN
    DELETE FROM iso.it;
    FOREACH name IN ARRAY '{x,y}'::text[] LOOP
        INSERT INTO iso.it VALUES (name, (veza.auth_register(name || '-acc' || n, 'both' || n || '@veza.example', 'the old tortoise 9') ->> 'user_id')::uuid);
        INSERT INTO veza_data.one_time_token (token_hash, user_id, purpose, email, created_at, expires_at)
        VALUES (sha256(convert_to(rpad(name || n, 43, 'x'), 'UTF8')), iso.id(name), 'verify_email', 'both' || n || '@veza.example', now(), now() + interval '1 hour');
    END LOOP;
END $$;
-- Registers with the address that nobody claims yet.
CREATE FUNCTION iso.claim_address(name text) RETURNS text LANGUAGE sql VOLATILE
    AS $$ SELECT iso.http(format('veza.auth_register(%L, %L, %L)', name || '-new' || last_value, 'new' || last_value || '@veza.example', 'the old tortoise 9')) FROM iso.serial $$;
CREATE FUNCTION iso.confirm(name text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN iso.http(format('veza.auth_verify_email(%L, %L)', rpad(name || (SELECT last_value FROM iso.serial), 43, 'x'), 'the old tortoise 9'));
EXCEPTION WHEN OTHERS THEN
    RETURN iso.code(SQLSTATE);
END $$;
-- Whom the two addresses identify, and how many claims are open.
CREATE FUNCTION iso.address_outcome() RETURNS TABLE (address text, means text, confirmed boolean, open_claims bigint) LANGUAGE sql STABLE AS $$
    SELECT kind, string_agg(left(u.username, 1), ' '), bool_or(a.is_confirmed),
           (SELECT count(*) FROM veza_data.address_claim c WHERE c.is_open AND c.address = kind || last_value || '@veza.example')
      FROM iso.serial, unnest('{both,new}'::text[]) kind
      LEFT JOIN veza_data.address_account a ON a.address = kind || (SELECT last_value FROM iso.serial) || '@veza.example'
      LEFT JOIN veza_data.users u ON u.id = a.user_id
     GROUP BY kind, last_value ORDER BY kind $$;

-- The text of a token by its name, in this permutation, and its hash.
CREATE FUNCTION iso.token(name text) RETURNS text LANGUAGE sql STABLE
    AS $$ SELECT rpad(name || replace(iso.id('user')::text, '-', ''), 43, 'x') $$;
CREATE FUNCTION iso.hash(name text) RETURNS bytea LANGUAGE sql STABLE
    AS $$ SELECT sha256(convert_to(iso.token(name), 'UTF8')) $$;

-- Gives the session a refresh token of that name, exchanged for the one named parent.
CREATE FUNCTION iso.refresh_token(name text, parent text) RETURNS void LANGUAGE sql AS $$
    UPDATE veza_data.refresh_token SET used_at = now() WHERE token_hash = iso.hash(parent);
    INSERT INTO veza_data.refresh_token (session_id, parent_id, token_hash, created_at)
    VALUES (iso.id('session'), (SELECT id FROM veza_data.refresh_token WHERE token_hash = iso.hash(parent)), iso.hash(name), now()) $$;

-- Calls a function as veza-httpd does, for nobody or for the account: a refusal that is kept is a value here.
CREATE FUNCTION iso.http(call text, is_user boolean DEFAULT false) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
    head jsonb;
BEGIN
    EXECUTE format('SELECT CASE WHEN veza.begin_request(%L, false, $1, $2, $3, ''iso'', ''192.0.2.7'', ''iso'', ''en'', NULL, NULL, NULL)'
                   ' THEN (%s)::text END, veza.response_head()', CASE WHEN is_user THEN 'user' ELSE 'public' END, call)
       INTO result, head
      USING CASE WHEN is_user THEN iso.id('user') END, CASE WHEN is_user THEN iso.id('session') END,
            CASE WHEN is_user THEN (SELECT token_version FROM veza_data.users WHERE id = iso.id('user')) END;
    RETURN coalesce((SELECT e.code FROM veza.error e WHERE e.sqlstate = head -> 'refusal' ->> 'sqlstate'), 'done');
END $$;

CREATE FUNCTION iso.refresh(name text) RETURNS text LANGUAGE sql VOLATILE
    AS $$ SELECT iso.http(format('veza.auth_refresh(%L)', iso.token(name))) $$;
CREATE FUNCTION iso.reset(name text, password text) RETURNS text LANGUAGE sql VOLATILE
    AS $$ SELECT iso.http(format('veza.auth_password_reset(%L, %L)', iso.token(name), password)) $$;
CREATE FUNCTION iso.login(password text) RETURNS text LANGUAGE sql VOLATILE
    AS $$ SELECT iso.http(format('veza.auth_login((SELECT username FROM veza_data.users WHERE id = iso.id(''user'')), %L)', password)) $$;

-- What became of the account: sessions that live, how the others ended, tokens from which tokens can be had, used links.
CREATE FUNCTION iso.account_outcome() RETURNS TABLE (live bigint, ended text, good_tokens bigint, used_links bigint, version integer, failures integer)
    LANGUAGE sql STABLE AS $$
    SELECT (SELECT count(*) FROM veza_data.session WHERE user_id = u.id AND ended_at IS NULL),
           (SELECT string_agg(end_reason, ' ' ORDER BY end_reason) FROM veza_data.session WHERE user_id = u.id),
           (SELECT count(*) FROM veza_data.refresh_token t JOIN veza_data.session s ON s.id = t.session_id
             WHERE s.user_id = u.id AND s.ended_at IS NULL AND t.retired_at IS NULL),
           (SELECT count(*) FROM veza_data.one_time_token WHERE user_id = u.id AND used_at IS NOT NULL), u.token_version,
           (SELECT f.failures FROM veza_data.login_failure f WHERE f.user_id = u.id)
      FROM veza_data.users u WHERE u.id = iso.id('user') $$;

-- Claims the mails that wait, and composes the one that resets the password: whether it has a link.
CREATE TABLE iso.claimed (id uuid, lease_token uuid, subject_id uuid);
CREATE FUNCTION iso.claim_mails() RETURNS SETOF iso.claimed LANGUAGE sql AS $$
    DELETE FROM iso.claimed;
    INSERT INTO iso.claimed SELECT c.id, c.lease_token, e.subject_id FROM veza.claim_effects('iso', '{mail_send}', 100) c JOIN veza_data.effect e ON e.id = c.id
    RETURNING * $$;
CREATE FUNCTION iso.compose_reset() RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN veza.compose_mail(c.id, c.lease_token) ->> 'text' ~ 'token=' THEN 'a link' ELSE 'no mail' END
      FROM iso.claimed c JOIN veza_data.mail m ON m.id = c.subject_id
     WHERE m.template = 'reset_password' AND m.recipient = (SELECT email FROM veza_data.users WHERE id = iso.id('user')) $$;
CREATE FUNCTION iso.count_links() RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT count(*) FROM veza_data.one_time_token WHERE user_id = iso.id('user') AND purpose = 'reset_password' AND used_at IS NULL $$;

-- Another user with a role.
CREATE FUNCTION iso.user(wanted_role text) RETURNS uuid LANGUAGE sql VOLATILE
    AS $$ INSERT INTO veza_data.users (username, email, password_hash, role, created_at, updated_at)
          SELECT wanted_role || n, wanted_role || n || '@veza.example', 'none', wanted_role, now(), now() FROM nextval('iso.serial') n
          RETURNING id $$;
CREATE FUNCTION iso.count_admins() RETURNS bigint LANGUAGE sql STABLE
    AS $$ SELECT count(*) FROM veza_data.users WHERE role = 'admin' AND status = 'active' $$;

-- A login of a user, with the token that it gives out; the present one of that name.
CREATE TABLE iso.login (name text PRIMARY KEY, user_id uuid, session_id uuid, version integer);
CREATE FUNCTION iso.begin(login_name text, login_user uuid) RETURNS void LANGUAGE sql VOLATILE
    AS $$ DELETE FROM iso.login WHERE name = login_name;
          WITH s AS (INSERT INTO veza_data.session (user_id, created_at, last_used_at, expires_at)
                     VALUES (login_user, now(), now(), now() + interval '1 day') RETURNING id)
          INSERT INTO iso.login SELECT login_name, login_user, s.id, u.token_version FROM s, veza_data.users u WHERE u.id = login_user $$;

CREATE FUNCTION iso.code(state text) RETURNS text LANGUAGE sql STABLE
    AS $$ SELECT coalesce((SELECT e.code FROM veza.error e WHERE e.sqlstate = state), state) $$;

-- A request of that login, in the way veza-httpd makes it: done, or the code of the refusal.
CREATE FUNCTION iso.request(call text, auth text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    l iso.login := (SELECT x FROM iso.login x WHERE name = 'u');
    head json;
    result text;
BEGIN
    EXECUTE format('SELECT CASE WHEN veza.begin_request(%L, false, %L, %L, %s, ''iso'', NULL, NULL) THEN (%s)::text END, veza.response_head()',
                   auth, l.user_id, l.session_id, l.version, call) INTO result, head;
    RETURN coalesce(iso.code(head -> 'refusal' ->> 'sqlstate'), 'done');
EXCEPTION WHEN OTHERS THEN
    RETURN iso.code(SQLSTATE);
END $$;

-- The timers, all in one transaction; NULL rows: another session runs them.
CREATE FUNCTION iso.jobs(OUT job text, OUT rows bigint) RETURNS SETOF record LANGUAGE plpgsql AS $$
BEGIN
    FOREACH job IN ARRAY coalesce(veza.job_order(), '{}') LOOP
        SELECT coalesce(sum(veza.job_unit(job, unit)), 0) INTO rows FROM unnest(veza.job_begin(job)) unit;
        RETURN NEXT;
    END LOOP;
END
$$;

-- Runs the job that seals the audit log; says whether all seals fit.
CREATE FUNCTION iso.seal() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM iso.jobs();
    RETURN (SELECT coalesce(finding, 'intact') FROM veza.verify_audit());
END $$;
-- Whether the newest row of that action about the present user is under a seal.
CREATE FUNCTION iso.sealed(wanted_action text) RETURNS text LANGUAGE sql STABLE
    AS $$ SELECT coalesce((SELECT CASE WHEN EXISTS (SELECT FROM veza_data.audit_seal s
                                        WHERE s.cluster = a.cluster AND a.xact >= s.from_xact AND a.xact < s.to_xact) THEN 'sealed' ELSE 'open' END
            FROM veza_data.audit_log a WHERE a.action = wanted_action AND a.resource_id = iso.id('user')::text), 'none') $$;
-- The user's login session; a name that nobody has yet in this permutation.
CREATE FUNCTION iso.session() RETURNS uuid LANGUAGE sql STABLE
    AS $$ SELECT id FROM veza_data.session WHERE user_id = iso.id('user') ORDER BY created_at DESC LIMIT 1 $$;
CREATE FUNCTION iso.name() RETURNS text LANGUAGE sql STABLE
    AS $$ SELECT 'wanted' || last_value FROM iso.serial $$;

-- The actor uploads a file of that content, as another version of the track when one is named; answers the state.
CREATE FUNCTION iso.upload(content text, track uuid DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN $2 IS NULL
           THEN veza.track_create(encode(sha256(convert_to($1 || iso.id('user'), 'UTF8')), 'hex'), 10, 'audio/flac', $1) ->> 'status'
           ELSE veza.track_version_create(encode(sha256(convert_to($1 || iso.id('user'), 'UTF8')), 'hex'), 10, 'audio/flac', $2) ->> 'status' END
$$;

-- The newest version of the present track, and one that a worker reports on as ready.
CREATE FUNCTION iso.version() RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT id FROM veza_data.track_version WHERE track_id = iso.id('track') ORDER BY number DESC LIMIT 1
$$;
CREATE FUNCTION iso.lease() RETURNS uuid LANGUAGE sql AS $$ SELECT lease FROM veza_data.track_version WHERE id = iso.version() $$;
CREATE FUNCTION iso.take_work(worker text) RETURNS integer LANGUAGE sql AS $$ SELECT json_array_length(veza.track_claim_work($1, 10)) $$;
CREATE FUNCTION iso.scan() RETURNS text LANGUAGE sql AS $$ SELECT veza.track_report_scan(iso.version(), iso.lease(), 'clean') $$;
CREATE FUNCTION iso.analyse() RETURNS text LANGUAGE sql AS $$ SELECT veza.track_report_analysis(iso.version(), iso.lease(), '{"ok": true, "duration_ms": 1000}') $$;

-- Gives the present track audio that is ready; nothing else is due.
CREATE FUNCTION iso.ready() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    UPDATE veza_data.track_version SET due_at = 'infinity', lease = NULL, lease_until = NULL, lease_kind = NULL WHERE track_id <> iso.id('track');
    PERFORM veza.act_as(iso.id('user'), 'isolation');
    PERFORM iso.upload('first', iso.id('track'));
    PERFORM iso.take_work('setup'), iso.scan();
    PERFORM iso.take_work('setup'), iso.analyse();
    RETURN (SELECT status FROM veza_data.track WHERE id = iso.id('track'));
END
$$;

-- ---- playlists

-- A public playlist of the user with the tracks a, b, c and d; editor and guest are two more users, and the former has the track x.
CREATE FUNCTION iso.playlist() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    n text := currval('iso.serial');
    one text;
    new_id uuid;
BEGIN
    PERFORM iso.act_as('user');
    FOREACH one IN ARRAY ARRAY['editor', 'guest'] LOOP
        INSERT INTO veza_data.users (username, email, password_hash, role, created_at, updated_at)
        VALUES (one || n, one || n || '@veza.example', 'none', 'user', now(), now()) RETURNING id INTO new_id;
        INSERT INTO iso.it VALUES (one, new_id);
    END LOOP;
    INSERT INTO iso.it VALUES ('playlist', (veza.playlist_create('List', visibility => 'public') ->> 'id')::uuid);
    FOREACH one IN ARRAY ARRAY['a', 'b', 'c', 'd'] LOOP
        INSERT INTO veza_data.track (uploader_id, title, artist, created_at, updated_at)
        VALUES (iso.id('user'), one, 'Artist', now(), now()) RETURNING id INTO new_id;
        INSERT INTO iso.it VALUES (one, new_id);
    END LOOP;
    INSERT INTO veza_data.track (uploader_id, title, artist, created_at, updated_at)
    VALUES (iso.id('editor'), 'x', 'Editor', now(), now()) RETURNING id INTO new_id;
    INSERT INTO iso.it VALUES ('x', new_id);
    PERFORM veza.playlist_add(iso.id('playlist'), track_ids => ARRAY[iso.id('a'), iso.id('b'), iso.id('c'), iso.id('d')]);
END $$;

-- The order by the titles.
CREATE FUNCTION iso.order() RETURNS text LANGUAGE sql STABLE
    AS $$ SELECT string_agg(left(lower(t.title), 1), '' ORDER BY e.rank) FROM veza_data.playlist_entry e JOIN veza_data.track t ON t.id = e.track_id
           WHERE e.playlist_id = iso.id('playlist') $$;

-- Runs a statement that answers JSON: what it says of its member, or the refusal.
CREATE FUNCTION iso.tried(statement text, member text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer json;
    state text;
BEGIN
    EXECUTE statement INTO answer;
    RETURN member || ' ' || coalesce(answer ->> member, 'null');
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE;
    RETURN coalesce((SELECT e.code FROM veza.error e WHERE e.sqlstate = state), state || ' ' || SQLERRM);
END $$;
CREATE FUNCTION iso.moved(start integer, length integer, before integer, version bigint DEFAULT 1) RETURNS text LANGUAGE sql
    AS $$ SELECT iso.tried(format('SELECT veza.playlist_reorder(%L, %s, %s, %s, %s)', iso.id('playlist'), version, start, length, before), 'version') $$;
CREATE FUNCTION iso.set_backwards() RETURNS text LANGUAGE sql
    AS $$ SELECT iso.tried(format('SELECT veza.playlist_reorder(%L, 1, entry_ids => (SELECT array_agg(id ORDER BY rank DESC) FROM veza_data.playlist_entry WHERE playlist_id = %1$L))', iso.id('playlist')), 'version') $$;
CREATE FUNCTION iso.added(name text) RETURNS text LANGUAGE sql
    AS $$ SELECT iso.tried(format('SELECT veza.playlist_add(%L, %L)', iso.id('playlist'), iso.id(name)), 'track_count') $$;
CREATE FUNCTION iso.skipped(name text) RETURNS text LANGUAGE sql
    AS $$ SELECT iso.tried(format('SELECT veza.playlist_add(%L, %L, on_duplicate => ''skip'')', iso.id('playlist'), iso.id(name)), 'track_count') $$;
CREATE FUNCTION iso.removed(name text) RETURNS text LANGUAGE sql
    AS $$ SELECT iso.tried(format('SELECT veza.playlist_remove_track(%L, %L)', iso.id('playlist'), iso.id(name)), 'removed') $$;
CREATE FUNCTION iso.left() RETURNS text LANGUAGE sql
    AS $$ SELECT iso.tried(format('SELECT veza.playlist_member_remove(%L, ''me'')', iso.id('playlist')), 'message') $$;
CREATE FUNCTION iso.accepted() RETURNS text LANGUAGE sql
    AS $$ SELECT iso.tried(format('SELECT veza.playlist_accept(%L)', iso.id('playlist')), 'status') $$;
