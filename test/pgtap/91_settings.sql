-- Settings: what they may be, who changes them and how that is recorded, and what happens when one cannot be used.

BEGIN;
SELECT no_plan();

-- ---- one list

SELECT is_empty($$ SELECT name FROM veza_data.setting WHERE default_value IS NULL $$, 'every row is in the list of settings.h');
SELECT is_empty($$ SELECT name, value, "default" FROM veza.setting WHERE is_changed AND name <> 'clock_offset' $$, 'and begins with the default of the list');
SELECT is_empty($$ SELECT name, problem FROM veza.setting WHERE problem IS NOT NULL $$, 'which can be used');
SELECT is_empty($$ SELECT name FROM veza.setting WHERE description = '' OR unit = '' OR range = '' $$, 'each is described');

-- ---- by an operator

CREATE FUNCTION pg_temp.last_record() RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_array(a.action, a.resource_id, a.old_values ->> 'value', a.new_values ->> 'value', a.reason)
      FROM veza_data.audit_log a ORDER BY a.id DESC LIMIT 1
$$;
SELECT is(test.refusal_as('veza_dba', $$ SELECT veza.set_setting('access_token_ttl', '600', 'shorter') $$), 'none', 'an operator sets a setting');
SELECT is((SELECT value FROM veza.setting WHERE name = 'access_token_ttl'), '600', 'it is set');
SELECT is(pg_temp.last_record(), '["setting.change", "access_token_ttl", "900", "600", "shorter"]'::jsonb, 'and on record, with the reason');
SELECT is((SELECT is_changed FROM veza.setting WHERE name = 'access_token_ttl'), true, 'veza.setting says that it is not the default');
SELECT veza.set_setting('access_token_ttl', NULL, 'as it was');
SELECT is((SELECT value FROM veza.setting WHERE name = 'access_token_ttl'), '900', 'NULL is the default');
SELECT veza.set_setting('access_token_ttl', '900', 'nothing new');
SELECT is(pg_temp.last_record() ->> 4, 'as it was', 'a value that is there already is no change');
SELECT is(test.refusal_as(role, $$ SELECT veza.set_setting('access_token_ttl', '600', 'why') $$), '42501', role || ' sets none')
  FROM unnest('{veza_httpd,veza_relay,veza_analyst}'::name[]) role;
SELECT is(test.refusal_as('veza_dba', $$ UPDATE veza_data.setting SET value = '1' $$), '42501', 'and operators not past the function');

SELECT is(test.refused(format('SELECT veza.set_setting(%L, %L, %L)', name, value, 'pgTAP')) ->> 'code', 'SETTING_INVALID', name || ' cannot be ' || value)
  FROM (VALUES ('access_token_ttl', '15 min'), ('access_token_ttl', ''), ('access_token_ttl', '0'), ('access_token_ttl', '-1'), ('access_token_ttl', '+9'), ('access_token_ttl', '1e3'),
               ('access_token_ttl', '86401'), ('access_token_ttl', '99999999999999999999'), ('access_token_ttl', '1,2'),
               ('reconcile_schedule', '30;60'), ('reconcile_schedule', '30,'), ('reconcile_schedule', '0'), ('reconcile_schedule', ''),
               ('frontend_url', 'app.example'), ('frontend_url', 'https://'), ('frontend_url', 'https://a b'),
               ('clock_offset', '5'), ('no such setting', '5')) v(name, value);
SELECT is(test.refused($$ SELECT veza.set_setting('access_token_tll', '5', 'pgTAP') $$) -> 'details' ->> 'nearest', 'access_token_ttl', 'the nearest name is told');
SELECT is(test.refused($$ SELECT veza.set_setting('effect_wait', '5', 'pgTAP') $$) -> 'details' ->> 'range', '10 to 60000', 'and the range');
SELECT is(test.refusal($$ SELECT veza.set_setting('effect_wait', '500', ' ') $$), 'VALIDATION_ERROR', 'a reason is asked for');
SELECT is(test.refusal(format('SELECT veza.set_setting(%L, %L, %L)', name, value, 'pgTAP')), 'none', name || ' can be ' || value)
  FROM (VALUES ('reconcile_schedule', '30,60'), ('reconcile_schedule', '5'), ('frontend_url', ''), ('frontend_url', 'https://app.example'), ('login_failures_max', '0')) v(name, value);

-- ---- by the shim

SELECT is(test.refusal($$ SELECT veza.configure('access_token_ttl', '600') $$), 'none', 'the shim stores what its environment says');
SELECT is(pg_temp.last_record(), '["setting.change", "access_token_ttl", "900", "600", "configuration of veza-httpd"]'::jsonb, 'on record');
SELECT is(test.refusal(format('SELECT veza.configure(%L, %L)', name, '1')), 'SETTING_INVALID', name || ' is not for the shim to set')
  FROM unnest(ARRAY['clock_offset', 'pending_ttl', 'effect_lease', 'no such setting']) name;
SELECT is(test.refusal($$ SELECT veza.configure('access_token_ttl', 'soon') $$), 'SETTING_INVALID', 'a value must be one');
SELECT is(test.refusal($$ SELECT veza.configure('session_ttl', '99999999999999999999') $$), 'SETTING_INVALID', 'within 64 bits');

-- ---- in the table itself, as a superuser

SELECT is(test.refusal($$ UPDATE veza_data.setting SET value = '15 min' WHERE name = 'access_token_ttl' $$), 'SETTING_INVALID', 'an UPDATE is judged, too');
SELECT is(test.refusal($$ INSERT INTO veza_data.setting (name, value, unit, description) VALUES ('mail_limit', 'x', '', '') $$), 'SETTING_INVALID', 'and an INSERT');
UPDATE veza_data.setting SET value = '300' WHERE name = 'access_token_ttl';
SELECT is(pg_temp.last_record(), '["setting.change", "access_token_ttl", "600", "300", "changed in the table itself"]'::jsonb, 'and recorded');
SELECT is(test.refusal($$ UPDATE veza_data.setting SET name = 'other' WHERE name = 'access_token_ttl' $$), 'SETTING_INVALID', 'a setting keeps its name');
DELETE FROM veza_data.setting WHERE name = 'access_token_ttl';
SELECT is(pg_temp.last_record(), '["setting.change", "access_token_ttl", "300", null, "changed in the table itself"]'::jsonb, 'a row that is removed is recorded');
SELECT is((test.http('POST', '/api/v1/auth/register', '{"username": "unset", "email": "unset@veza.example", "password": "a long passphrase"}') -> 'result') ->> 'username', 'unset', 'without it the default counts');
CALL veza.migrate();
SELECT is((SELECT value FROM veza.setting WHERE name = 'access_token_ttl'), '900', 'and veza.migrate() puts it back');

-- ---- each backend keeps the settings that it has read

CREATE FUNCTION pg_temp.ttl() RETURNS text LANGUAGE sql AS $$
    SELECT test.http('POST', '/api/v1/auth/register', jsonb_build_object('username', 'k' || left(replace(gen_random_uuid()::text, '-', ''), 12),
        'email', gen_random_uuid() || '@veza.example', 'password', 'a long passphrase')) -> 'result' ->> 'expires_in'
$$;
SELECT is(pg_temp.ttl(), '900', 'a setting is read');
UPDATE veza_data.setting SET value = '700' WHERE name = 'access_token_ttl';
SELECT is(pg_temp.ttl(), '700', 'the own change counts at once');
SAVEPOINT before;
SELECT veza.set_setting('access_token_ttl', '600', 'pgTAP');
SELECT is(pg_temp.ttl(), '600', 'that of the function, too');
ROLLBACK TO before;
SELECT is(pg_temp.ttl(), '700', 'and no longer when it is rolled back');
DELETE FROM veza_data.setting WHERE name = 'access_token_ttl';
SELECT is(pg_temp.ttl(), '900', 'a row that goes leaves the default');
INSERT INTO veza_data.setting (name, value, unit, description) VALUES ('access_token_ttl', '800', 's', 'x');
SELECT is(pg_temp.ttl(), '800', 'a row that comes counts');
UPDATE veza_data.setting SET value = '900' WHERE name = 'access_token_ttl';
CALL veza.migrate();

-- ---- past the trigger: what cannot be used is our fault, never the client's

ALTER TABLE veza_data.setting DISABLE TRIGGER guard_setting;
SELECT test.user() AS u \gset
CREATE FUNCTION pg_temp.with(name text, value text, statement text) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    UPDATE veza_data.setting s SET value = $2 WHERE s.name = $1;
    RETURN test.refused(statement);
END
$$;
SELECT test.relay();
SELECT test.act(:'u');
SELECT is(r ->> 'sqlstate' || ' ' || (r ->> 'message'), 'F0000 setting ' || name || ' has an unusable value', format('%s = %s is an error of the server', name, value))
  FROM (VALUES ('access_token_ttl', '15 min', $$ SELECT veza.auth_register('unusable', 'unusable@veza.example', 'a long passphrase') $$),
               ('access_token_ttl', '99999999', $$ SELECT veza.auth_register('unusable', 'unusable@veza.example', 'a long passphrase') $$),
               ('pending_ttl', 'often', $$ SELECT veza.subscription_subscribe_begin('pro', 'monthly', false) $$),
               ('effect_wait', '8 s', $$ SELECT veza.effect_progress(gen_random_uuid()) $$)) v(name, value, statement),
       LATERAL (SELECT pg_temp.with(name, value, statement)) x(r);
SELECT set_eq($$ SELECT subject FROM veza.audit WHERE invariant = 'setting_unusable' $$, ARRAY['access_token_ttl', 'pending_ttl', 'effect_wait'], 'veza.audit reports them');
UPDATE veza_data.setting SET value = 'never' WHERE name IN ('unserved_alert', 'processing_hold', 'clock_offset', 'reconcile_schedule');
UPDATE veza_data.setting SET value = 'no address' WHERE name = 'frontend_url';
SELECT is((SELECT count(*) FROM veza.audit WHERE invariant = 'setting_unusable'), 8::bigint, 'and those that it needs itself');
SELECT is((SELECT count(*) FROM veza_report.pending_aging), 0::bigint, 'reports go on');
ALTER TABLE veza_data.setting ENABLE TRIGGER guard_setting;
SELECT is(test.refusal(format('SELECT veza.set_setting(%L, NULL, %L)', subject, 'repaired')), 'none', subject || ' can be repaired')
  FROM veza.audit WHERE invariant = 'setting_unusable' AND subject <> 'clock_offset';
UPDATE veza_data.setting SET value = '0' WHERE name = 'clock_offset';
SELECT is((SELECT string_agg(invariant || ' ' || subject, ', ') FROM veza.audit), NULL, 'then all is well');

SELECT * FROM finish();
ROLLBACK;
