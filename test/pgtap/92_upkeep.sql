-- What veza.migrate() keeps up besides tables: guards, rights that others gave, views that vanished, owners.

BEGIN;
SELECT no_plan();

-- ---- the list of what has to be there is complete

SELECT set_eq($$ SELECT table_name, name FROM veza.guard WHERE kind = 'trigger' $$,
              $$ SELECT t.tgrelid::regclass::text, t.tgname::text FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
                  WHERE p.pronamespace = 'veza'::regnamespace $$, 'triggers that call functions of ours');
SELECT set_eq($$ SELECT table_name, name FROM veza.guard WHERE kind = 'index' $$,
              $$ SELECT i.indrelid::regclass::text, c.relname::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                  WHERE c.relnamespace = 'veza_data'::regnamespace AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')) $$,
              'indexes that belong to no constraint');
SELECT set_eq($$ SELECT table_name FROM veza.guard WHERE kind = 'table' $$,
              $$ SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'veza_data'::regnamespace AND relkind IN ('r', 'p') $$, 'tables');
SELECT is_empty($$ SELECT * FROM veza.guard WHERE problem IS NOT NULL $$, 'all of them are there');

-- ---- guards

CREATE FUNCTION pg_temp.after_migrate(VARIADIC damage text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    statement text;
    before    text := coalesce((SELECT string_agg(a.invariant || ' ' || a.subject, ', ' ORDER BY a.subject) FROM veza.audit a), 'nothing');
BEGIN
    FOREACH statement IN ARRAY damage LOOP
        EXECUTE statement;
    END LOOP;
    SELECT coalesce(string_agg(a.invariant || ' ' || a.subject, ', ' ORDER BY a.subject), 'nothing') INTO before FROM veza.audit a;
    CALL veza.migrate();
    RETURN before || '; then ' || coalesce((SELECT string_agg(a.invariant || ' ' || a.subject, ', ') FROM veza.audit a), 'nothing');
END
$$;
SELECT is(pg_temp.after_migrate(damage), 'guard_missing ' || guard || '; then nothing', damage)
  FROM (VALUES ('DROP TRIGGER append_only ON veza_data.audit_log', 'veza_data.audit_log.append_only'),
               ('ALTER TABLE veza_data.subscription DISABLE TRIGGER guard_state', 'veza_data.subscription.guard_state'),
               ('ALTER TABLE veza_data.setting DISABLE TRIGGER ALL', 'veza_data.setting.guard_setting'),
               ('CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON veza_data.audit_seal FOR EACH STATEMENT EXECUTE FUNCTION pg_catalog.suppress_redundant_updates_trigger()',
                'veza_data.audit_seal.no_truncate')) d(damage, guard);
SELECT is(test.refusal('DELETE FROM veza_data.audit_log'), 'APPEND_ONLY', 'the guard works');
SELECT is((SELECT count(*) FROM veza_data.audit_log WHERE action = 'schema.guard_restored'), 4::bigint, 'and what was restored is on record');
CREATE FUNCTION public.mine() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER mine AFTER INSERT ON veza_data.track FOR EACH ROW EXECUTE FUNCTION public.mine();
ALTER TABLE veza_data.track DISABLE TRIGGER mine;
SELECT is(pg_temp.after_migrate('SELECT 1'), 'nothing; then nothing', 'a trigger of somebody else is theirs');
SELECT is((SELECT tgenabled FROM pg_trigger WHERE tgname = 'mine'), 'D', 'and stays as it is');

-- ---- rights on views that are made anew

CREATE ROLE pgtap_ada;
GRANT SELECT ON veza_report.subscription_current TO pgtap_ada WITH GRANT OPTION;
GRANT SELECT (plan) ON veza_report.pending_aging TO pgtap_ada;
GRANT SELECT ON veza_report.time_to_activation TO PUBLIC;
GRANT SELECT (day) ON veza_report.subscription_funnel TO PUBLIC;
GRANT SELECT ON veza_data.plan_shape TO veza_analyst;
REVOKE SELECT ON veza_report.gate_refusals FROM veza_analyst;
SELECT jsonb_object_agg(c.oid::regclass::text, c.relacl::text) AS rights FROM pg_class c JOIN veza_data.managed_view m ON c.relname = m.view_name AND c.relnamespace::regnamespace::text = m.view_schema \gset
UPDATE veza.migration SET checksum = 'changed' WHERE kind = 'report' AND version = 1;
SELECT 'veza_report.subscription_current'::regclass::oid AS before \gset
CALL veza.migrate();
SELECT isnt('veza_report.subscription_current'::regclass::oid, :'before'::oid, 'views are made anew');
SELECT is(has_table_privilege('pgtap_ada', 'veza_report.subscription_current', 'SELECT WITH GRANT OPTION'), true, 'what a DBA granted stays');
SELECT is(has_column_privilege('pgtap_ada', 'veza_report.pending_aging', 'plan', 'SELECT'), true, 'on a column, too');
SELECT is(has_table_privilege('veza_analyst', 'veza_data.plan_shape', 'SELECT'), true, 'to a role of ours, too');
SELECT is(has_table_privilege('pgtap_ada', 'veza_report.time_to_activation', 'SELECT'), true, 'to everybody, too');
SELECT is(has_column_privilege('pgtap_ada', 'veza_report.subscription_funnel', 'day', 'SELECT'), true, 'and on a column to everybody');
SELECT is(has_table_privilege('veza_analyst', 'veza_report.gate_refusals', 'SELECT'), false, 'and what was taken stays taken');
UPDATE veza.migration SET checksum = 'changed again' WHERE kind = 'report' AND version = 1;
CALL veza.migrate();
SELECT is(has_table_privilege('pgtap_ada', 'veza_report.subscription_current', 'SELECT') AND NOT has_table_privilege('veza_analyst', 'veza_report.gate_refusals', 'SELECT'), true, 'the next time, too');

-- ---- a view that vanished

DROP VIEW veza.audit;
SELECT is(veza.schema_state(), 'behind', 'a view of ours that is gone is noticed');
CALL veza.migrate();
SELECT is((SELECT count(*) FROM veza.audit), 0::bigint, 'and made anew');
SELECT is(veza.schema_state(), 'ready', 'then all is there');

-- ---- owners, as a restore with --no-owner leaves them

ALTER SCHEMA veza_data OWNER TO CURRENT_USER;
ALTER TABLE veza_data.users OWNER TO CURRENT_USER;
ALTER VIEW veza_report.gate_refusals OWNER TO CURRENT_USER;
ALTER FUNCTION veza_data.effective_role OWNER TO CURRENT_USER;
CREATE FUNCTION veza_data.mine() RETURNS int LANGUAGE sql AS 'SELECT 1';
SELECT test.refused('CALL veza.migrate()') AS r \gset
SELECT is(:'r'::jsonb ->> 'code', 'OWNER_CHANGED', 'tables of somebody else are not touched');
SELECT is(:'r'::jsonb -> 'details', (SELECT jsonb_object_agg(name, 'belongs to ' || current_user) FROM unnest(ARRAY['veza_data', 'veza_data.users', 'veza_data.effective_role(text,text,timestamp with time zone)']) name), 'they are named');
SELECT matches(:'r'::jsonb ->> 'hint', 'veza\.adopt\(\)', 'with what helps');
SELECT is(test.refusal_as('veza_dba', 'SELECT veza.adopt()'), '42501', 'which is for a superuser');
SELECT is(veza.adopt(), 4::bigint, 'it gives them back');
SELECT is((SELECT count(*) FROM veza_data.me_shape), (SELECT count(*) FROM veza_data.users), 'what everybody logs in by works');
SELECT is((SELECT proowner::regrole::text FROM pg_proc WHERE oid = 'veza_data.mine'::regproc), current_user::text, 'a function of somebody else is theirs');
SELECT is(test.refusal('CALL veza.migrate()'), 'none', 'and then all is well');
SELECT is((SELECT string_agg(invariant || ' ' || subject, ', ') FROM veza.audit), NULL, 'also for veza.audit');
ALTER FUNCTION veza_data.effective_role OWNER TO veza_dba;
SELECT is((SELECT string_agg(invariant || ' ' || subject, ', ') FROM veza.audit), 'owner_changed veza_data.effective_role(text,text,timestamp with time zone)', 'which watches functions, too');

SELECT * FROM finish();
ROLLBACK;
