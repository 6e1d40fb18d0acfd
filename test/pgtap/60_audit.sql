-- veza.audit: every invariant is broken on purpose and must then be reported, that one and no other.
-- Triggers and foreign keys are off while something is broken; nothing of it stays.

BEGIN;
SELECT no_plan();

-- ---- a healthy database with a bit of everything

SELECT test.user('creator') AS u \gset
SELECT test.active(:'u') AS s \gset
SELECT test.payment(:'s') AS p \gset
SELECT veza.distribution_submit(test.track_of(:'u')) ->> 'id' AS d \gset
SELECT test.user('creator') AS u2 \gset
SELECT test.pending(:'u2') AS s2 \gset
SELECT test.payment(:'s2') AS p2 \gset
SELECT test.pending(test.user()) AS s3 \gset
SELECT test.payment(:'s3') AS p3 \gset
SELECT veza.subscription_abandon(:'s3');
SELECT test.answers(:'p3', 'psp_cancel', 'requires_payment_method');
SELECT test.wait('4 days');
UPDATE veza_data.subscription SET pending_expires_at = test.now() + interval '1 day' WHERE status = 'pending_payment';
SELECT test.webhook(:'p3', 'succeeded');
SELECT id AS r FROM veza_data.refund WHERE payment_id = :'p3' \gset
SELECT test.pending(test.user()) AS s4 \gset
SELECT veza.reconcile_payment_begin(:'s4');
SELECT test.effect(test.payment(:'s4'), 'psp_retrieve') AS e \gset
SELECT test.subscribe(test.user(), 'free') AS f \gset
SELECT (test.http('POST', '/api/v1/auth/register', '{"username": "audited", "email": "audited@veza.example", "password": "a long tortoise"}')
        -> 'result' ->> 'refresh_token') AS token \gset
SELECT (test.http('POST', '/api/v1/auth/refresh', jsonb_build_object('refresh_token', :'token')) -> 'result' ->> 'refresh_token') AS token \gset
SELECT test.http('POST', '/api/v1/auth/refresh', jsonb_build_object('refresh_token', :'token')) ->> 'refusal';
SELECT test.ready(:'u', 'Audited') AS t \gset
SELECT test.version(:'t') AS v \gset
SELECT test.http('POST', '/api/v1/tracks/:id/play', jsonb_build_object('id', :'t', 'play_id', gen_random_uuid(), 'listened_ms', 60000), :'u2');
SELECT veza.track_like(:'t');
SELECT test.http('POST', '/api/v1/users/:id/follow', jsonb_build_object('id', :'u'), :'u2');
SELECT veza.comment_create(:'t', 'Audited words') ->> 'id' AS c \gset
SELECT veza.comment_create(:'t', 'Answered', parent_id => :'c') ->> 'id' AS c2 \gset
SELECT veza.comment_like(:'c');
SELECT test.act(test.user());
SELECT veza.report_create('comment', :'c', 'spam');
SELECT id AS k FROM veza_data.moderation_case \gset
SELECT is((SELECT string_agg(invariant || ' ' || finding, ', ') FROM veza.audit), NULL, 'a healthy database: nothing is reported');

-- ---- the tool

-- Breaks something, and returns what veza.audit reports then: 'invariant subject, ...'. The damage is undone.
CREATE FUNCTION pg_temp.breaking(VARIADIC damage text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    found     text;
    statement text;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOREACH statement IN ARRAY damage LOOP
        EXECUTE statement;
    END LOOP;
    SELECT string_agg(DISTINCT a.invariant || ' ' || a.subject, ', ') INTO found FROM veza.audit a;
    RAISE EXCEPTION USING ERRCODE = 'TSTOK';
EXCEPTION WHEN SQLSTATE 'TSTOK' THEN
    RETURN coalesce(found, 'nothing');
END
$$;

-- Sets a state together with its history, so that only what is meant is broken.
CREATE FUNCTION pg_temp.move(machine text, entity uuid, state text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    m      record;
    before text;
BEGIN
    SELECT DISTINCT a.table_name, a.column_name INTO STRICT m FROM veza.state_machine a WHERE a.machine = move.machine;
    EXECUTE format('SELECT %I FROM %s WHERE id = $1', m.column_name, m.table_name) INTO STRICT before USING entity;
    EXECUTE format('UPDATE %s SET %I = $2 WHERE id = $1', m.table_name, m.column_name) USING entity, state;
    INSERT INTO veza_data.state_history (machine, entity_id, from_state, event, to_state, at, actor_kind)
    VALUES (machine, entity, before, 'damage', state, test.now(), 'dba');
END
$$;

CREATE TEMP TABLE tried (invariant text);
CREATE FUNCTION pg_temp.reports(invariant text, subject text, VARIADIC damage text[]) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tried VALUES (invariant);
    RETURN is(pg_temp.breaking(VARIADIC damage), invariant || ' ' || subject, invariant || ' is reported, and nothing else');
END
$$;

-- ---- the damage

SELECT pg_temp.reports('one_live_subscription', :'u',
    'DROP INDEX veza_data.subscription_one_live', $$ DELETE FROM veza_data.guard WHERE name = 'subscription_one_live' $$,
    format($$ INSERT INTO veza_data.subscription (id, user_id, plan_id, status, billing_cycle, amount_minor, currency, activated_at, current_period_start, created_at, updated_at)
              SELECT '00000000-0000-4000-8000-0000000000aa', user_id, plan_id, 'active', 'monthly', 0, 'EUR', now(), now(), now(), now() FROM veza_data.subscription WHERE id = %L $$, :'s'),
    $$ INSERT INTO veza_data.state_history (machine, entity_id, event, to_state, at, actor_kind)
       VALUES ('subscription', '00000000-0000-4000-8000-0000000000aa', 'damage', 'active', now(), 'dba') $$);

SELECT pg_temp.reports('served_without_payment', :'s', format('UPDATE veza_data.payment SET amount_minor = 998 WHERE id = %L', :'p'));
SELECT is(pg_temp.breaking(format($$ UPDATE veza_data.payment SET currency = 'USD' WHERE id = %L $$, :'p')), 'served_without_payment ' || :'s',
          'served_without_payment: another currency');
SELECT is(pg_temp.breaking(format($$ SELECT pg_temp.move('payment', %L, 'failed') $$, :'p')), 'served_without_payment ' || :'s',
          'served_without_payment: a payment that is no longer good');
SELECT is(pg_temp.breaking(format('UPDATE veza_data.subscription SET amount_minor = 1 WHERE id = %L', :'f')), 'served_without_payment ' || :'f',
          'served_without_payment: no payment at all');
SELECT is(pg_temp.breaking(format('UPDATE veza_data.subscription SET amount_minor = 1, is_comp = true WHERE id = %L', :'f')), 'nothing',
          'served_without_payment: what was given is no finding');

SELECT pg_temp.reports('entitled_beyond_period', :'s',
    format($$ UPDATE veza_data.subscription SET current_period_end = test.now() - interval '16 minutes' WHERE id = %L $$, :'s'));
SELECT is(pg_temp.breaking(format($$ UPDATE veza_data.subscription SET current_period_end = test.now() - interval '14 minutes' WHERE id = %L $$, :'s')), 'nothing',
          'entitled_beyond_period: a quarter of an hour is no finding');

SELECT pg_temp.reports('charged_without_service', :'p3',
    format($$ SELECT pg_temp.move('refund', %L, 'failed') $$, :'r'),
    format($$ UPDATE veza_data.payment SET refunded_minor = 0, succeeded_at = test.now() - interval '16 minutes' WHERE id = %L $$, :'p3'));

SELECT pg_temp.reports('served_after_refund', :'s',
    format($$ INSERT INTO veza_data.refund (id, payment_id, reason, psp_refund_id, amount_minor, currency, state, created_at, updated_at)
              VALUES ('00000000-0000-4000-8000-0000000000ab', %L, 'provider', 'dashboard', 999, 'EUR', 'succeeded', now(), now()) $$, :'p'),
    format($$ UPDATE veza_data.payment SET refunded_minor = 999 WHERE id = %L $$, :'p'),
    $$ INSERT INTO veza_data.state_history (machine, entity_id, event, to_state, at, actor_kind)
       VALUES ('refund', '00000000-0000-4000-8000-0000000000ab', 'damage', 'succeeded', now(), 'dba') $$);
SELECT is(pg_temp.breaking(
    format($$ INSERT INTO veza_data.refund (id, payment_id, reason, psp_refund_id, amount_minor, currency, state, created_at, updated_at)
              VALUES ('00000000-0000-4000-8000-0000000000ab', %L, 'provider', 'dashboard', 998, 'EUR', 'succeeded', now(), now()) $$, :'p'),
    format($$ UPDATE veza_data.payment SET refunded_minor = 998 WHERE id = %L $$, :'p'),
    $$ INSERT INTO veza_data.state_history (machine, entity_id, event, to_state, at, actor_kind)
       VALUES ('refund', '00000000-0000-4000-8000-0000000000ab', 'damage', 'succeeded', now(), 'dba') $$), 'nothing', 'served_after_refund: a part is no finding');

SELECT pg_temp.reports('served_without_account', :'u2',
    format($$ UPDATE veza_data.users SET status = 'deleted' WHERE id = %L $$, :'u2'));
SELECT is(pg_temp.breaking(
    format($$ UPDATE veza_data.users SET status = 'deleted', plan_role = 'creator' WHERE id = (SELECT user_id FROM veza_data.subscription WHERE id = %L) $$, :'s3')),
    (SELECT 'served_without_account ' || user_id FROM veza_data.subscription WHERE id = :'s3'), 'served_without_account: the role of a plan');

SELECT pg_temp.reports('review_unsettled', :'p2',
    format($$ SELECT pg_temp.move('payment', %L, 'review') $$, :'p2'),
    format($$ UPDATE veza_data.payment SET updated_at = test.now() - interval '25 hours' WHERE id = %L $$, :'p2'));
SELECT is(pg_temp.breaking(format($$ SELECT pg_temp.move('payment', %L, 'review') $$, :'p2'),
                           format($$ UPDATE veza_data.payment SET updated_at = test.now() - interval '23 hours' WHERE id = %L $$, :'p2')), 'nothing',
          'review_unsettled: not within a day');
SELECT is(pg_temp.breaking(format($$ SELECT pg_temp.move('payment', %L, 'review') $$, :'p2'),
                           format($$ UPDATE veza_data.subscription SET ended_at = test.now() - interval '16 minutes', end_reason = 'user_abandoned' WHERE id = %L $$, :'s2'),
                           format($$ SELECT pg_temp.move('subscription', %L, 'expired') $$, :'s2'),
                           format($$ UPDATE veza_data.payment SET updated_at = test.now() - interval '23 hours', amount_received_minor = 999 WHERE id = %L $$, :'p2')),
          'review_unsettled ' || :'p2', 'review_unsettled: money of a subscription that has ended waits for nobody');

SELECT pg_temp.reports('question_refused', :'p2', format('UPDATE veza_data.payment SET refusals = 3 WHERE id = %L', :'p2'));
SELECT is(pg_temp.breaking(format('UPDATE veza_data.refund SET refusals = 3 WHERE id = %L', :'r')), 'question_refused ' || :'r', 'question_refused: about a refund');

SELECT pg_temp.reports('refund_stuck', :'r', format($$ SELECT pg_temp.move('effect', id, 'dead') FROM veza_data.effect WHERE subject_id = %L $$, :'r'));

SELECT pg_temp.reports('refund_unanswered', :'r',
    format($$ SELECT pg_temp.move('refund', %L, 'pending') $$, :'r'),
    format('UPDATE veza_data.refund SET next_check_at = NULL WHERE id = %L', :'r'));

SELECT pg_temp.reports('refund_exceeds_payment', :'p3', format('UPDATE veza_data.refund SET amount_minor = amount_minor + 1 WHERE id = %L', :'r'));
SELECT is(pg_temp.breaking(format('UPDATE veza_data.payment SET refunded_minor = 0 WHERE id = %L', :'p3')), 'refund_exceeds_payment ' || :'p3',
          'refund_exceeds_payment: they are not counted');

SELECT pg_temp.reports('payment_parked', :'p2', format('UPDATE veza_data.payment SET next_check_at = NULL WHERE id = %L', :'p2'));

SELECT pg_temp.reports('payment_processing_too_long', :'p2',
    format($$ SELECT pg_temp.move('payment', %L, 'processing') $$, :'p2'),
    format($$ UPDATE veza_data.payment SET updated_at = test.now() - interval '73 hours' WHERE id = %L $$, :'p2'));

SELECT pg_temp.reports('payment_amount_differs', :'p', format('UPDATE veza_data.payment SET amount_received_minor = 998 WHERE id = %L', :'p'));

SELECT pg_temp.reports('history_chain_broken', :'s',
    format($$ UPDATE veza_data.state_history SET from_state = 'expired' WHERE entity_id = %L AND event = 'payment_succeeded' $$, :'s'));
SELECT is(pg_temp.breaking(format($$ DELETE FROM veza_data.state_history WHERE entity_id = %L AND event = 'subscribe_paid' $$, :'s')), 'history_chain_broken ' || :'s',
          'history_chain_broken: the first step is missing');

SELECT is(pg_temp.breaking(format('UPDATE %s SET %I = %L WHERE id = %L', x.relation, x.attribute, x.state, x.id)), 'state_without_history ' || x.id,
          format('state_without_history: a row of %s', x.relation))
  FROM (VALUES ('veza_data.payment', 'state', 'failed', :'p2'), ('veza_data.refund', 'state', 'succeeded', :'r'),
               ('veza_data.distribution', 'status', 'withdrawn', :'d'), ('veza_data.effect', 'state', 'done', :'e')) x(relation, attribute, state, id);
SELECT pg_temp.reports('state_without_history', :'f',
    format($$ UPDATE veza_data.subscription SET status = 'canceled', ended_at = now(), end_reason = 'user' WHERE id = %L $$, :'f'));

SELECT pg_temp.reports('distributed_without_entitlement', :'d',
    format($$ UPDATE veza_data.distribution SET subscription_id = %L WHERE id = %L $$, :'s2', :'d'));
SELECT is(pg_temp.breaking(format($$ UPDATE veza_data.state_history SET id = DEFAULT WHERE entity_id = %L AND event = 'payment_succeeded' $$, :'s')), 'distributed_without_entitlement ' || :'d',
          'distributed_without_entitlement: before the activation');
SELECT is(pg_temp.breaking(format($$ SELECT pg_temp.move('payment', %L, 'reversed') $$, :'p'),
                           format($$ UPDATE veza_data.subscription SET ended_at = test.now(), end_reason = 'refund' WHERE id = %L $$, :'s'),
                           format($$ SELECT pg_temp.move('subscription', %L, 'canceled') $$, :'s'),
                           format($$ UPDATE veza_data.state_history SET id = DEFAULT WHERE entity_id = %L AND event = 'submit' $$, :'d')),
          'distributed_without_entitlement ' || :'d', 'distributed_without_entitlement: after the end');
SELECT pg_temp.reports('effect_overdue', :'e', format($$ UPDATE veza_data.effect SET due_at = test.now() - interval '16 minutes' WHERE id = %L $$, :'e'));
SELECT is(pg_temp.breaking(format($$ SELECT pg_temp.move('effect', %L, 'leased') $$, :'e'),
                           format($$ UPDATE veza_data.effect SET lease_until = test.now() - interval '16 minutes' WHERE id = %L $$, :'e')), 'effect_overdue ' || :'e',
          'effect_overdue: leased, and nobody takes over');

SELECT id AS done FROM veza_data.effect WHERE subject_id = :'p2' AND state = 'done' LIMIT 1 \gset
SELECT pg_temp.reports('secret_left_behind', :'done',
    format($$ UPDATE veza_data.effect SET secret = 'x', finished_at = test.now() - interval '16 minutes' WHERE id = %L $$, :'done'));

SELECT pg_temp.reports('webhook_not_applied', 'evt-damage',
    $$ INSERT INTO veza_data.psp_event (event_id, event_type, payload, body_sha256, received_at, result) VALUES ('evt-damage', 'x', '{}', 'x', now(), 'failed') $$);

SELECT pg_temp.reports('pending_over_its_time', :'s2',
    format($$ UPDATE veza_data.subscription SET pending_expires_at = test.now() - interval '16 minutes' WHERE id = %L $$, :'s2'));
SELECT is(pg_temp.breaking(format($$ UPDATE veza_data.subscription SET pending_expires_at = test.now() - interval '16 minutes' WHERE id = %L $$, :'s2'),
                           format($$ SELECT pg_temp.move('payment', %L, 'processing') $$, :'p2'),
                           format($$ UPDATE veza_data.payment SET updated_at = test.now() WHERE id = %L $$, :'p2')), 'nothing', 'pending_over_its_time: a payment that is processed holds the time');

SELECT session_id AS family FROM veza_data.refresh_token WHERE retired_at IS NOT NULL LIMIT 1 \gset
SELECT pg_temp.reports('refresh_family', :'family', format('UPDATE veza_data.refresh_token SET used_at = NULL WHERE session_id = %L', :'family'));

SELECT test.run_jobs();
SELECT pg_temp.reports('job_overdue', 'expire_pending', $$ UPDATE veza_data.job SET finished_at = now() - interval '16 minutes' WHERE name = 'expire_pending' $$);
SELECT is(pg_temp.breaking($$ UPDATE veza_data.job SET finished_at = NULL, created_at = now() - interval '16 minutes' WHERE name = 'seal_audit' $$), 'job_overdue seal_audit',
          'job_overdue: a job that never came to its end');

SELECT pg_temp.reports('audit_seal_broken', '1',
    $$ INSERT INTO veza_data.audit_seal (no, cluster, from_xact, to_xact, row_count, first_id, last_id, previous_hash, hash, sealed_at)
       SELECT 1, 1, 0, 1, 1, 1, 1, sha256('x'), sha256('y'), now() WHERE NOT EXISTS (SELECT FROM veza_data.audit_seal) $$,
    'UPDATE veza_data.audit_seal SET hash = sha256(hash) WHERE no = 1',
    'SELECT veza.verify_audit()');

SELECT pg_temp.reports('setting_unusable', 'access_token_ttl', $$ UPDATE veza_data.setting SET value = '15 min' WHERE name = 'access_token_ttl' $$);
SELECT pg_temp.reports('guard_missing', 'veza_data.audit_log.append_only', 'DROP TRIGGER append_only ON veza_data.audit_log');
SELECT pg_temp.reports('index_missing', 'veza_data.effect.effect_due', 'DROP INDEX veza_data.effect_due');
SELECT pg_temp.reports('table_missing', 'veza_data.lost', $$ INSERT INTO veza_data.guard VALUES ('table', 'veza_data.lost', 'lost', '') $$);
SELECT pg_temp.reports('owner_changed', 'veza.build()', 'ALTER FUNCTION veza.build() OWNER TO CURRENT_USER');

-- What is wrong with a trigger beside its absence; and an owner of something else than a function.
SELECT is(pg_temp.breaking(VARIADIC damage), finding, damage[1])
  FROM (VALUES (ARRAY['ALTER TABLE veza_data.payment DISABLE TRIGGER guard_state'], 'guard_missing veza_data.payment.guard_state'),
               (ARRAY['ALTER TABLE veza_data.payment ENABLE REPLICA TRIGGER guard_state'], 'guard_missing veza_data.payment.guard_state'),
               (ARRAY['CREATE OR REPLACE TRIGGER guard_state BEFORE UPDATE ON veza_data.payment FOR EACH ROW EXECUTE FUNCTION veza.guard_state(''refund'')'],
                'guard_missing veza_data.payment.guard_state'),
               (ARRAY['CREATE OR REPLACE TRIGGER guard_state BEFORE UPDATE ON veza_data.payment FOR EACH ROW WHEN (false) EXECUTE FUNCTION veza.guard_state(''payment'')'],
                'guard_missing veza_data.payment.guard_state'),
               (ARRAY['CREATE OR REPLACE TRIGGER append_only BEFORE DELETE ON veza_data.audit_log FOR EACH ROW EXECUTE FUNCTION veza.refuse_change()'],
                'guard_missing veza_data.audit_log.append_only'),
               (ARRAY['ALTER TABLE veza_data.login_failure OWNER TO CURRENT_USER'], 'owner_changed veza_data.login_failure'),
               (ARRAY['ALTER VIEW veza_data.plan_shape OWNER TO CURRENT_USER'], 'owner_changed veza_data.plan_shape'),
               (ARRAY['ALTER SCHEMA veza_report OWNER TO CURRENT_USER'], 'owner_changed veza_report')) d(damage, finding);

SELECT pg_temp.reports('track_counter_differs', :'t', format('DELETE FROM veza_data.track_like WHERE track_id = %L', :'t'));
SELECT is(pg_temp.breaking(format('UPDATE veza_data.track SET download_count = 1 WHERE id = %L', :'t')), 'track_counter_differs ' || :'t', 'track_counter_differs: by day');
SELECT is(pg_temp.breaking('SELECT veza.job_unit(''fold_counters'', '''')'), 'nothing', 'track_counter_differs: what is moved is no finding');
SELECT pg_temp.reports('follow_count_differs', :'u', format('INSERT INTO veza_data.follow_count AS c VALUES (%L, 1, 0) ON CONFLICT (user_id) DO UPDATE SET followers = c.followers + 1', :'u'));
SELECT is(pg_temp.breaking('SELECT veza.job_unit(''fold_follows'', '''')'), 'nothing', 'follow_count_differs: what is moved is no finding');
SELECT pg_temp.reports('follow_in_spite_of_block', :'u2', format('INSERT INTO veza_data.user_block VALUES (%L, %L, now())', :'u', :'u2'));
SELECT is(pg_temp.breaking(format('UPDATE veza_data.track SET comment_count = 1 WHERE id = %L', :'t')), 'track_counter_differs ' || :'t', 'track_counter_differs: comments');
SELECT pg_temp.reports('comment_counter_differs', :'c', format('DELETE FROM veza_data.comment_like WHERE comment_id = %L', :'c'));
SELECT is(pg_temp.breaking('SELECT veza.job_unit(''fold_comment_counters'', '''')'), 'nothing', 'comment_counter_differs: what is moved is no finding');
SELECT pg_temp.reports('comment_misplaced', :'c2', format('UPDATE veza_data.comment SET has_replies = false WHERE id = %L', :'c'));
SELECT pg_temp.reports('case_not_followed', :'k', format('UPDATE veza_data.moderation_case SET decided_at = now(), state = ''hidden'' WHERE id = %L', :'k'),
    format('INSERT INTO veza_data.state_history (machine, entity_id, from_state, event, to_state, at, actor_kind) VALUES (''moderation_case'', %L, ''open'', ''damage'', ''hidden'', now(), ''dba'')', :'k'));
SELECT pg_temp.reports('track_plays_differ', :'t', format('DELETE FROM veza_data.track_play WHERE track_id = %L', :'t'));
SELECT pg_temp.reports('track_status_differs', :'t', format('UPDATE veza_data.track SET status = ''scanning'' WHERE id = %L', :'t'));
SELECT pg_temp.reports('track_played_unscanned', :'v', format('UPDATE veza_data.track_version SET scan = ''unscanned'' WHERE id = %L', :'v'));
SELECT is(pg_temp.breaking(format('UPDATE veza_data.track_version SET scan = ''unscanned'', due_at = test.now() WHERE id = %L', :'v')), 'nothing', 'track_played_unscanned: what will be scanned is no finding');
SELECT pg_temp.reports('track_work_overdue', :'v', format('UPDATE veza_data.track_version SET scan = ''unscanned'', due_at = test.now() - interval ''31 minutes'' WHERE id = %L', :'v'));
SELECT pg_temp.reports('track_work_lost', :'v', format('SELECT pg_temp.move(''track_version'', %L, ''received'')', :'v'), format('UPDATE veza_data.track SET status = ''received'' WHERE id = %L', :'t'));
SELECT pg_temp.reports('track_hold_differs', :'t', format('UPDATE veza_data.track SET held_at = now(), wanted_visibility = visibility, visibility = ''private'' WHERE id = %L', :'t'));
SELECT pg_temp.reports('track_purge_overdue', :'t', format('UPDATE veza_data.track SET deleted_at = test.now() - interval ''32 days'' WHERE id = %L', :'t'));

-- ---- playlists

SELECT test.act(:'u');
SELECT veza.playlist_create('A list', track_ids => ARRAY[:'t', :'t']::uuid[]) ->> 'id' AS list \gset
SELECT veza.playlist_like(:'list'), veza.stop_acting();
SELECT pg_temp.reports('playlist_counter_differs', :'list', format('DELETE FROM veza_data.playlist_like WHERE playlist_id = %L', :'list'));
SELECT is(pg_temp.breaking(format('UPDATE veza_data.playlist SET track_count = 1 WHERE id = %L', :'list')), 'playlist_counter_differs ' || :'list', 'playlist_counter_differs: of entries');
SELECT is(pg_temp.breaking('SELECT veza.job_unit(''fold_playlist_counters'', '''')'), 'nothing', 'playlist_counter_differs: what is moved is no finding');
SELECT pg_temp.reports('playlist_rank_repeated', :'list', 'ALTER TABLE veza_data.playlist_entry DROP CONSTRAINT playlist_entry_rank', format('UPDATE veza_data.playlist_entry SET rank = 1 WHERE playlist_id = %L', :'list'));
SELECT pg_temp.reports('playlist_purge_overdue', :'list', format('UPDATE veza_data.playlist SET deleted_at = test.now() - interval ''32 days'' WHERE id = %L', :'list'));

-- ---- complete?

SELECT set_eq($$ SELECT invariant FROM tried $$,
              $$ SELECT m[1] FROM regexp_matches(pg_get_viewdef('veza.audit'::regclass), 'SELECT (?:DISTINCT )?''([a-z_]+)''::text', 'g') m
                  WHERE m[1] NOT IN (SELECT machine FROM veza.state_machine) $$,
              'every invariant of veza.audit was broken here');
SELECT is((SELECT string_agg(invariant || ' ' || finding, ', ') FROM veza.audit), NULL, 'and nothing of the damage is left');
SELECT is(veza.run_audit(), 0::bigint, 'veza.run_audit counts them');
SELECT is((SELECT value FROM veza.metrics() WHERE name = 'veza_audit_findings'), 0::float8, 'for the metric');
INSERT INTO veza_data.psp_event (event_id, event_type, payload, body_sha256, received_at, result) VALUES ('evt-damage', 'x', '{}', 'x', now(), 'failed');
SELECT is(veza.run_audit(), 1::bigint, 'a finding is counted');
SELECT is((SELECT value FROM veza.metrics() WHERE name = 'veza_audit_findings'), 1::float8, 'and seen in the metric');

SELECT * FROM finish();
ROLLBACK;
