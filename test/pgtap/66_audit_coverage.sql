-- Every function that changes something on somebody's behalf writes to the audit log or to the history of states,
-- or is known not to; and no secret gets into the log.

BEGIN;
SELECT no_plan();

-- ---- what is known about each function

CREATE TEMP TABLE known (function text PRIMARY KEY, records text NOT NULL);
INSERT INTO known VALUES
    ('auth_register', 'auth.register'), ('auth_login', 'auth.login'), ('auth_logout', 'auth.logout'),
    ('auth_refresh', 'auth.refresh_reuse'), ('auth_session_revoke', 'auth.session_revoke'),
    ('auth_verify_email', 'auth.verify_email'), ('auth_password_reset', 'auth.password_reset'),
    ('auth_password_change', 'auth.password_change'),
    ('two_factor_confirm', 'auth.2fa_enable'), ('two_factor_disable', 'auth.2fa_disable'),
    ('two_factor_recovery_codes', 'auth.recovery_codes'),
    ('act_as', 'dba.act_as'), ('unlock_account', 'dba.unlock_account'), ('reset_second_factor', 'dba.reset_second_factor'), ('stop_acting', 'dba.stop_acting'), ('set_setting', 'setting.change'), ('make_admin', 'user.role_change'),
    ('admin_user_update', 'user.role_change'), ('admin_user_role', 'user.role_change'), ('admin_user_suspend', 'user.suspend'),
    ('admin_user_unsuspend', 'user.unsuspend'), ('admin_user_logout', 'user.logout'),
    ('subscription_activate', 'subscription.activate'), ('retry_effect', 'effect.retry'), ('retry_refund', 'refund.retry'), ('settle_review', 'payment.settle'),
    ('subscription_subscribe', 'history'), ('subscription_change_plan', 'history'), ('subscription_complete', 'history'),
    ('subscription_cancel', 'history'), ('subscription_reactivate', 'history'), ('subscription_abandon', 'history'),
    ('distribution_submit', 'history'), ('distribution_cancel', 'history'), ('psp_webhook', 'history'), ('reconcile_payment', 'dba.reconcile_payment'), ('probe_provider', 'dba.probe_provider'),
    ('auth_password_reset_request', 'a mail'), ('auth_resend_verification', 'a mail'), ('two_factor_setup', 'nothing counts before it is confirmed'),
    ('avatar_set', 'user.avatar_set'), ('avatar_remove', 'user.avatar_remove'),
    ('user_update', 'user.update'), ('user_update_me', 'user.update'), ('user_settings_update', 'user.settings'), ('account_delete', 'user.delete'),
    ('debug_profile', 'debug.profile'), ('debug_activity', 'debug.activity'), ('debug_locks', 'debug.locks'), ('debug_tables', 'debug.tables'),
    ('debug_memory', 'debug.memory'), ('debug_statements', 'debug.statements'),
    ('run_due_jobs', 'nobody acts'), ('run_audit', 'nobody acts'), ('verify_audit', 'nobody acts'), ('migrate', 'veza_data.applied_migration'),
    ('track_create', 'veza_data.track_change'), ('track_version_create', 'veza_data.track_change'), ('track_version_restore', 'veza_data.track_change'),
    ('track_update', 'track.update'), ('track_remove', 'track.remove'), ('track_restore', 'track.restore'), ('track_take_down', 'track.take_down'), ('track_reinstate', 'track.reinstate'), ('track_match_resolve', 'track.match_resolve'),
    ('track_share', 'track.share'), ('track_share_revoke', 'track.share_revoke'), ('track_reprocess', 'track.reprocess'), ('track_rescan', 'track.rescan'),
    ('track_like', 'its own row'), ('track_unlike', 'its own row'), ('track_play', 'its own row'), ('track_download', 'its own row'), ('track_shared', 'its own row'),
    ('user_follow', 'its own row'), ('user_unfollow', 'its own row'), ('user_block', 'user.block'), ('user_unblock', 'user.unblock'),
    ('track_stream_ready', 'nobody acts'),
    ('playlist_update', 'playlist.update'), ('playlist_remove', 'playlist.remove'), ('playlist_restore', 'playlist.restore'),
    ('playlist_cover_set', 'playlist.cover_set'), ('playlist_cover_remove', 'playlist.cover_remove'),
    ('playlist_invite', 'playlist.invite'), ('playlist_accept', 'playlist.accept'), ('playlist_decline', 'playlist.decline'),
    ('playlist_member_role', 'playlist.member_role'), ('playlist_member_remove', 'playlist.member_remove'),
    ('playlist_add', 'veza_data.playlist_change'), ('playlist_remove_track', 'veza_data.playlist_change'), ('playlist_remove_entry', 'veza_data.playlist_change'), ('playlist_reorder', 'veza_data.playlist_change'),
    ('playlist_create', 'its own row'), ('playlist_fork', 'its own row'), ('playlist_follow', 'its own row'), ('playlist_unfollow', 'its own row'),
    ('playlist_smart_create', 'its own row'), ('playlist_import', 'veza_data.playlist_change'), ('playlist_rules_update', 'playlist.rules'),
    ('playlist_like', 'its own row'), ('playlist_unlike', 'its own row'), ('queue_save', 'its own row'),
    ('comment_create', 'its own row'), ('comment_update', 'its own row'), ('comment_delete', 'comment.delete'), ('comment_like', 'its own row'), ('comment_unlike', 'its own row'),
    ('report_create', 'history'), ('moderation_hide', 'moderation.hide'), ('moderation_warn', 'moderation.warn'), ('moderation_close', 'moderation.close'), ('moderation_reinstate', 'moderation.reinstate'),
    ('notification_read', 'its own row'), ('notification_read_all', 'its own row'), ('notification_delete', 'its own row'),
    ('response_head', 'nothing is changed');
CREATE TEMP VIEW acting AS
SELECT p.proname::text AS function FROM pg_proc p
 WHERE p.pronamespace = 'veza'::regnamespace AND (p.provolatile = 'v' OR p.prokind = 'p') AND has_function_privilege('veza_dba', p.oid, 'EXECUTE');
SELECT set_eq('SELECT function FROM known', 'SELECT function FROM acting', 'of every function that operators or routes call it is known what it records');

-- ---- each of them is called, with secrets in every argument that takes one

CREATE TEMP TABLE secret (value text);
CREATE TEMP TABLE tried (function text);
INSERT INTO secret VALUES ('planted-tortoise-1'), ('planted-tortoise-2'), ('planted-wrong-3'), ('planted-token-4');
-- Calls a function; notes what the audit log has of it.
CREATE FUNCTION pg_temp.records(call text, action text, outcome text DEFAULT 'success') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    before bigint := (SELECT coalesce(max(id), 0) FROM veza_data.audit_log);
    answer json;
BEGIN
    INSERT INTO tried VALUES (split_part(call, '(', 1));
    EXECUTE 'SELECT to_json(veza.' || call || ')' INTO answer;
    INSERT INTO secret SELECT v FROM (SELECT unnest(ARRAY[answer ->> 'refresh_token', answer ->> 'secret']) AS v) x WHERE v IS NOT NULL;
    IF answer -> 'recovery_codes' IS NOT NULL THEN
        INSERT INTO secret SELECT json_array_elements_text(answer -> 'recovery_codes');
    END IF;
    RETURN is((SELECT string_agg(a.action || ' ' || a.outcome, ', ') FROM veza_data.audit_log a WHERE a.id > before), action || ' ' || outcome, split_part(call, '(', 1));
END
$$;
-- The same for a call that is refused and whose record stays.
CREATE FUNCTION pg_temp.records_failure(path text, args jsonb, action text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    before bigint := (SELECT coalesce(max(id), 0) FROM veza_data.audit_log);
BEGIN
    PERFORM test.http('POST', path, args);
    RETURN is((SELECT string_agg(a.action || ' ' || a.outcome, ', ') FROM veza_data.audit_log a WHERE a.id > before), action || ' failure', path || ' that fails');
END
$$;

SELECT pg_temp.records($$auth_register('planter', 'planter@veza.example', 'planted-tortoise-1')$$, 'auth.register');
SELECT id AS u FROM veza_data.users WHERE username = 'planter' \gset
SELECT pg_temp.records($$auth_login('planter', 'planted-tortoise-1')$$, 'auth.login');
SELECT pg_temp.records_failure('/api/v1/auth/login', '{"email": "planter", "password": "planted-wrong-3"}', 'auth.login');
SELECT pg_temp.records_failure('/api/v1/auth/login', '{"email": "planted-token-4", "password": "planted-wrong-3"}', 'auth.login');
SELECT value AS token FROM secret WHERE length(value) = 43 LIMIT 1 \gset
SELECT test.http('POST', '/api/v1/auth/refresh', jsonb_build_object('refresh_token', :'token')) -> 'result' ->> 'refresh_token' AS next \gset
SELECT test.http('POST', '/api/v1/auth/refresh', jsonb_build_object('refresh_token', :'next')) ->> 'refusal' AS none \gset
INSERT INTO secret VALUES (:'next');
SELECT pg_temp.records_failure('/api/v1/auth/refresh', jsonb_build_object('refresh_token', :'token'), 'auth.refresh_reuse');
INSERT INTO tried VALUES ('auth_refresh');
SELECT pg_temp.records(format('act_as(%L, %L)', :'u', 'pgTAP'), 'dba.act_as');
SELECT pg_temp.records(format('auth_session_revoke(%L)', id), 'auth.session_revoke') FROM veza_data.session WHERE user_id = :'u' AND ended_at IS NULL LIMIT 1;
SELECT count(*) AS before FROM veza_data.audit_log \gset
INSERT INTO veza_data.session (user_id, created_at, last_used_at, expires_at) VALUES (:'u', now(), now(), now() + interval '1 day') RETURNING id AS session \gset
SELECT is(test.http('PUT', '/api/v1/users/me/password', '{"current_password": "planted-wrong-3", "new_password": "planted-tortoise-2"}', :'u', :'session') ->> 'refusal',
          'INVALID_CURRENT_PASSWORD', 'a wrong password');
SELECT is((SELECT string_agg(action || ' ' || outcome, ', ') FROM (SELECT action, outcome FROM veza_data.audit_log ORDER BY id OFFSET :before) x), 'auth.confirm_password failure', 'is on record');
SELECT pg_temp.records($$auth_password_change('planted-tortoise-1', 'planted-tortoise-2')$$, 'auth.password_change');
INSERT INTO secret SELECT password_hash FROM veza_data.users WHERE id = :'u';

-- Tokens of mails, made as compose_mail makes them.
INSERT INTO veza_data.one_time_token (token_hash, user_id, purpose, email, created_at, expires_at)
SELECT sha256(convert_to(rpad(purpose, 43, 'x'), 'UTF8')), :'u', purpose, 'planter@veza.example', now(), now() + interval '1 hour' FROM unnest(ARRAY['verify_email', 'reset_password']) purpose;
INSERT INTO secret SELECT rpad(purpose, 43, 'x') FROM unnest(ARRAY['verify_email', 'reset_password']) purpose;
SELECT pg_temp.records(format('auth_verify_email(%L)', rpad('verify_email', 43, 'x')), 'auth.verify_email');
SELECT pg_temp.records(format('auth_password_reset(%L, %L)', rpad('reset_password', 43, 'x'), 'planted-tortoise-1'), 'auth.password_reset');
SELECT veza.two_factor_setup() ->> 'secret' AS secret \gset
INSERT INTO secret VALUES (:'secret');
SELECT pg_temp.records(format('two_factor_confirm(%L)', test.totp_code(:'u')), 'auth.2fa_enable');
SELECT pg_temp.records($$two_factor_recovery_codes('planted-tortoise-1')$$, 'auth.recovery_codes');
SELECT pg_temp.records($$two_factor_disable('planted-tortoise-1')$$, 'auth.2fa_disable');
SELECT pg_temp.records(format('avatar_set(%L, 1, %L, 1, 1)', repeat('a', 64), 'image/gif'), 'user.avatar_set');
SELECT pg_temp.records('avatar_remove()', 'user.avatar_remove');
SELECT pg_temp.records($$user_update('me', bio => 'about me')$$, 'user.update');
SELECT pg_temp.records($$user_update_me(bio => 'about me again')$$, 'user.update');
SELECT pg_temp.records($$user_settings_update('me', theme => 'dark')$$, 'user.settings');
SELECT pg_temp.records('auth_logout(true)', 'auth.logout');
SELECT pg_temp.records(format('unlock_account(%L, %L)', :'u', 'pgTAP'), 'dba.unlock_account');
SELECT pg_temp.records(format('reset_second_factor(%L, %L)', :'u', 'pgTAP'), 'dba.reset_second_factor');
SELECT pg_temp.records('stop_acting()', 'dba.stop_acting');
SELECT pg_temp.records($$set_setting('mail_limit', '4', 'pgTAP')$$, 'setting.change');

SELECT test.user('creator') AS c \gset
SELECT test.ready(:'c') AS t \gset
SELECT test.version(test.upload(:'c')) AS bad \gset
SELECT test.scan(:'bad', 'infected');
SELECT test.version(test.upload(:'c', 'Broken')) AS broken \gset
SELECT test.scan(:'broken');
SELECT veza.track_report_analysis(:'broken', test.lease(:'broken'), '{"ok": false, "code": "undecodable"}');
SELECT test.act(:'c');
SELECT pg_temp.records(format('user_block(%L)', :'u'), 'user.block');
SELECT pg_temp.records(format('user_unblock(%L)', :'u'), 'user.unblock');
SELECT pg_temp.records(format('track_update(%L, %L)', :'t', 'another'), 'track.update');
SELECT pg_temp.records(format('track_share(%L)', :'t'), 'track.share');
SELECT pg_temp.records(format('track_share_revoke(%L)', id), 'track.share_revoke') FROM veza_data.track_share;
SELECT pg_temp.records(format('track_remove(%L)', :'t'), 'track.remove');
SELECT pg_temp.records(format('track_restore(%L)', :'t'), 'track.restore');
SELECT test.user() AS d \gset
SELECT veza.playlist_create('A list') ->> 'id' AS list \gset
SELECT pg_temp.records(format('playlist_update(%L, %L)', :'list', 'another'), 'playlist.update');
SELECT veza.playlist_smart_create('By rules', rules => '{"all": [{"field": "own", "operator": "is", "value": true}]}') ->> 'id' AS smart \gset
SELECT pg_temp.records(format('playlist_rules_update(%L, %L)', :'smart', '{"any": [{"field": "own", "operator": "is", "value": true}]}'), 'playlist.rules');
SELECT pg_temp.records(format('playlist_remove(%L)', :'list'), 'playlist.remove');
SELECT pg_temp.records(format('playlist_restore(%L)', :'list'), 'playlist.restore');
SELECT pg_temp.records(format('playlist_cover_set(%L, %L, 1, %L, 1, 1)', :'list', repeat('b', 64), 'image/gif'), 'playlist.cover_set');
SELECT pg_temp.records(format('playlist_cover_remove(%L)', :'list'), 'playlist.cover_remove');
SELECT pg_temp.records(format('playlist_invite(%L, %L)', :'list', :'d'), 'playlist.invite');
SELECT pg_temp.records(format('playlist_member_role(%L, %L, %L)', :'list', :'d', 'viewer'), 'playlist.member_role');
SELECT test.act(:'d');
SELECT pg_temp.records(format('playlist_accept(%L)', :'list'), 'playlist.accept');
SELECT test.act(:'c');
SELECT pg_temp.records(format('playlist_member_remove(%L, %L)', :'list', :'d'), 'playlist.member_remove');
SELECT pg_temp.records(format('playlist_invite(%L, %L)', :'list', :'d'), 'playlist.invite');
SELECT test.act(:'d');
SELECT pg_temp.records(format('playlist_decline(%L)', :'list'), 'playlist.decline');
SELECT test.user('admin') AS a \gset
SELECT test.act(:'a');
SELECT pg_temp.records(format('track_take_down(%L, %L)', :'t', 'pgTAP'), 'track.take_down');
SELECT pg_temp.records(format('track_reinstate(%L, %L)', :'t', 'pgTAP'), 'track.reinstate');
SELECT pg_temp.records(format('track_reprocess(%L, %L)', :'broken', 'pgTAP'), 'track.reprocess');
SELECT pg_temp.records('track_rescan()', 'track.rescan');
SELECT test.ready(test.user('creator'), 'First', '{}', '66'), test.ready(test.user('creator'), 'Second', '{}', '66');
SELECT test.act(:'a');
SELECT pg_temp.records(format('track_match_resolve(%L, ''dismiss'', ''pgTAP'')', id), 'track.match_resolve') FROM veza_data.track_match WHERE state = 'open';
SELECT test.ready(test.user('creator'), 'Reported') AS reported \gset
CREATE FUNCTION pg_temp.reported() RETURNS uuid LANGUAGE sql AS $$
    SELECT veza.act_as(test.user(), 'pgTAP');
    SELECT veza.report_create('track', (SELECT id FROM veza_data.track WHERE title = 'Reported'), 'spam');
    SELECT veza.act_as(test.user('admin'), 'pgTAP');
    SELECT id FROM veza_data.moderation_case WHERE state = 'open';
$$;
SELECT pg_temp.records(format('moderation_warn(%L, %L)', pg_temp.reported(), 'pgTAP'), 'moderation.warn');
SELECT pg_temp.records(format('moderation_close(%L, %L)', pg_temp.reported(), 'pgTAP'), 'moderation.close');
SELECT veza.comment_create(:'reported', 'Words') ->> 'id' AS words \gset
SELECT test.act(test.user('admin'));
SELECT pg_temp.records(format('comment_delete(%L)', :'words'), 'comment.delete');
SELECT veza.comment_create(:'reported', 'More words') ->> 'id' AS words \gset
SELECT test.act(test.user());
SELECT veza.report_create('comment', :'words', 'spam');
SELECT test.act(test.user('admin'));
SELECT id AS words_case FROM veza_data.moderation_case WHERE state = 'open' \gset
SELECT pg_temp.records(format('moderation_hide(%L, %L)', :'words_case', 'pgTAP'), 'moderation.hide');
SELECT pg_temp.records(format('moderation_reinstate(%L, %L)', :'words_case', 'pgTAP'), 'moderation.reinstate');
SELECT test.act(:'a');
SELECT pg_temp.records(format('make_admin(%L, %L)', :'u', 'pgTAP'), 'user.role_change');
SELECT pg_temp.records(format('admin_user_update(%L, %L)', :'u', 'user'), 'user.role_change');
SELECT pg_temp.records(format('admin_user_role(%L, %L, %L)', :'u', 'label', 'pgTAP'), 'user.role_change');
SELECT pg_temp.records(format('admin_user_suspend(%L, %L)', :'u', 'pgTAP'), 'user.suspend');
SELECT pg_temp.records(format('admin_user_unsuspend(%L, %L)', :'u', 'pgTAP'), 'user.unsuspend');
SELECT pg_temp.records(format('admin_user_logout(%L, %L)', :'u', 'pgTAP'), 'user.logout');
SELECT test.pending(:'u') AS s \gset
SELECT test.act(:'a');
SELECT pg_temp.records(format('subscription_activate(%L, %L)', :'s', 'pgTAP'), 'subscription.activate');
SELECT pg_temp.records(format('debug_%s()', look), 'debug.' || look) FROM unnest('{activity,locks,tables,memory,statements}'::text[]) look;
SELECT test.act(:'u');
SELECT pg_temp.records($$account_delete('me', 'planted-tortoise-1', 'DELETE')$$, 'user.delete');
-- A profile is taken over HTTP only; its own suite is 47-pprof.t.
INSERT INTO tried VALUES ('debug_profile');
-- Of procedures that commit, the phase that records.
SELECT psp_payment_id AS p FROM veza_data.payment LIMIT 1 \gset
SELECT veza.relay_heartbeat('pgTAP', '1', true, 'closed', NULL);
SELECT pg_temp.records(format('reconcile_payment_begin(%L)', :'p'), 'dba.reconcile_payment');
SELECT pg_temp.records('probe_provider_begin()', 'dba.probe_provider');
UPDATE tried SET function = regexp_replace(function, '_begin$', '') WHERE function ~ '_begin$';
SELECT is((SELECT array_agg(DISTINCT db_role) FROM veza_data.audit_log WHERE action ~ '^dba.(reconcile|probe)'), ARRAY[session_user::name], 'with the SQL role that asked');
-- Procedures, whose own suites are 45_effects and 26_money, 28_money_back.
INSERT INTO tried VALUES ('retry_effect'), ('retry_refund'), ('settle_review');
SELECT set_eq('SELECT function FROM tried', $$ SELECT function FROM known WHERE records LIKE '%.%' AND records NOT LIKE 'veza_data.%' $$, 'all of them were called');

-- ---- nothing that was planted is there

SELECT cmp_ok((SELECT count(*) FROM secret), '>', 20::bigint, 'there are secrets');
SELECT is_empty($$ SELECT s.value, a.action FROM secret s JOIN veza_data.audit_log a ON strpos(lower(a::text), lower(s.value)) > 0 $$, 'none of them is in the audit log');
SELECT is_empty($$ SELECT id, action FROM veza_data.audit_log WHERE concat(old_values, new_values, details) ~* '(password|secret|token|hash|code)"' $$, 'nor a member that is named like one');

SELECT * FROM finish();
ROLLBACK;
