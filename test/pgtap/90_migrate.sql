-- CALL veza.migrate(), as far as one transaction can show it; pgtap.t has the rest.

BEGIN;
SELECT no_plan();

-- What migrate could have changed: relations with their identity, columns, rights and comments.
CREATE FUNCTION pg_temp.fingerprint() RETURNS text LANGUAGE sql AS $$
    SELECT md5(string_agg(concat_ws('|', c.oid, c.relname, c.relowner, c.relacl::text, obj_description(c.oid), pg_get_viewdef(c.oid)), E'\n' ORDER BY c.oid))
           || (SELECT md5(string_agg(a::text, E'\n' ORDER BY kind, version)) FROM veza_data.applied_migration a)
      FROM pg_class c WHERE c.relnamespace IN ('veza'::regnamespace, 'veza_data'::regnamespace, 'veza_report'::regnamespace) AND c.relkind IN ('r', 'v', 'S')
$$;

-- ---- as it is

SELECT is(veza.schema_state(), 'ready', 'the schema is ready');
SELECT is_empty($$ SELECT component, state FROM veza.version() WHERE state <> 'ok' $$, 'all versions fit together');
SELECT set_eq($$ SELECT version, name, checksum FROM veza.migration WHERE kind = 'schema' $$, $$ SELECT version, name, checksum FROM veza_data.applied_migration WHERE kind = 'schema' $$,
              'every migration is applied');
SELECT is_empty($$ SELECT kind, name FROM veza.migration WHERE checksum <> encode(sha256(convert_to(substr(sql, 2), 'UTF8')), 'hex') $$, 'each checksum is that of its text');
SELECT is_empty($$ SELECT kind, version FROM (SELECT kind, version, row_number() OVER (PARTITION BY kind ORDER BY version) AS n FROM veza.migration) m WHERE version <> n $$,
                'migrations are numbered without gaps');
SELECT set_eq($$ SELECT view_schema::text, view_name::text FROM veza_data.managed_view $$,
              $$ SELECT n.nspname::text, c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                  WHERE c.relkind = 'v' AND n.nspname IN ('veza', 'veza_data', 'veza_report')
                    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') $$,
              'migrate knows the views that it made');

-- ---- again

SELECT pg_temp.fingerprint() AS before \gset
CALL veza.migrate();
SELECT is(pg_temp.fingerprint(), :'before', 'running it again changes nothing, not even a view''s identity');

-- ---- a migration that changed after it was applied

SELECT checksum FROM veza.migration WHERE kind = 'schema' AND name = 'billing' \gset
UPDATE veza.migration SET checksum = 'other', sql = 'CREATE TABLE veza_data.never ()' WHERE kind = 'schema' AND name = 'billing';
SELECT test.refused('CALL veza.migrate()') AS r \gset
SELECT is(:'r'::jsonb ->> 'sqlstate', 'VZ025', 'a migration that was applied here in another form is refused');
SELECT is(:'r'::jsonb -> 'details', jsonb_build_object('migration', 'billing', 'applied', :'checksum', 'shipped', 'other'), 'and named, with both checksums');
SELECT is(pg_temp.fingerprint(), :'before', 'nothing is changed');
UPDATE veza.migration SET checksum = :'checksum' WHERE kind = 'schema' AND name = 'billing';

-- ---- new migrations

INSERT INTO veza.migration VALUES
    ('schema', 9002, 'second', 'b', 'ALTER TABLE veza_data.probe ADD COLUMN b integer'),
    ('schema', 9001, 'first', 'a', 'CREATE TABLE veza_data.probe (a integer)');
SELECT is(veza.schema_state(), 'behind', 'with new migrations the schema is behind');
SELECT is((SELECT state FROM veza.version() WHERE component = 'schema'), 'behind: run CALL veza.migrate()', 'and veza.version says what to do');
CALL veza.migrate();
SELECT columns_are('veza_data', 'probe', ARRAY['a', 'b'], 'they are applied in order');
SELECT table_owner_is('veza_data', 'probe', 'veza_owner', 'and what they make is veza_owner''s, whoever called');
SELECT is((SELECT count(*) FROM pg_depend WHERE objid = 'veza_data.probe'::regclass AND deptype = 'e'), 0::bigint, 'no member of the extension');
SELECT results_eq($$ SELECT version, name, checksum FROM veza_data.applied_migration WHERE version > 9000 ORDER BY 1 $$, $$ VALUES (9001, 'first', 'a'), (9002, 'second', 'b') $$, 'on record');
SELECT is(veza.schema_state(), 'ready', 'then the schema is ready');

SELECT pg_temp.fingerprint() AS before \gset
INSERT INTO veza.migration VALUES ('schema', 9003, 'fine', 'c', 'CREATE TABLE veza_data.half ()'), ('schema', 9004, 'broken', 'd', 'CREATE TABLE veza_data.half ()');
SELECT is(test.refusal('CALL veza.migrate()') LIKE '42P07%', true, 'an error in one of them');
SELECT is(pg_temp.fingerprint(), :'before', 'undoes all of them');
DELETE FROM veza.migration WHERE version > 9000;

-- ---- views are made anew when their texts change

SELECT 'veza_report.subscription_current'::regclass::oid AS before \gset
UPDATE veza.migration SET checksum = 'changed' WHERE kind = 'report' AND version = 1;
SELECT pg_temp.fingerprint() AS untouched \gset
CREATE VIEW public.mine AS SELECT plan, count(*) FROM veza_report.subscription_current GROUP BY 1;
CREATE MATERIALIZED VIEW public.mine_too AS SELECT name FROM veza_data.plan_shape;
SELECT test.refused('CALL veza.migrate()') AS r \gset
SELECT is(:'r'::jsonb ->> 'sqlstate', 'VZ026', 'a DBA''s view that depends on one of them is not dropped');
SELECT ok(EXISTS (SELECT FROM jsonb_each_text(:'r'::jsonb -> 'details') d WHERE d.key LIKE '%mine' AND d.value = 'uses veza_report.subscription_current')
      AND EXISTS (SELECT FROM jsonb_each_text(:'r'::jsonb -> 'details') d WHERE d.key LIKE '%mine_too' AND d.value = 'uses veza_data.plan_shape'), 'each is named, with what it uses');
SELECT is(pg_temp.fingerprint(), :'untouched', 'and nothing is changed');
SELECT has_view('public', 'mine', 'the DBA''s view is there');
DROP VIEW public.mine;
DROP MATERIALIZED VIEW public.mine_too;
CREATE VIEW veza_report.of_a_dba AS SELECT 1 AS one;
SELECT is(test.refusal('CALL veza.migrate()'), 'none', 'a DBA''s own view in veza_report is not in the way');
SELECT has_view('veza_report', 'of_a_dba', 'and stays');
DROP VIEW veza_report.of_a_dba;
CALL veza.migrate();
SELECT isnt('veza_report.subscription_current'::regclass::oid, :'before'::oid, 'without it they are made anew');
SELECT view_owner_is('veza_report', 'subscription_current', 'veza_owner', 'the new ones are veza_owner''s');
SELECT is(test.refusal_as('veza_analyst', 'SELECT * FROM veza_report.subscription_current'), 'none', 'analysts may read them');
SELECT is(test.refusal_as('veza_dba', 'SELECT * FROM veza.audit'), 'none', 'operators too');
SELECT pg_temp.fingerprint() AS before \gset
CALL veza.migrate();
SELECT is(pg_temp.fingerprint(), :'before', 'once');

-- ---- who may

SELECT is(test.refusal_as(role, 'CALL veza.migrate()'), want, format('%s: %s', role, want))
  FROM (VALUES ('veza_dba'::name, 'none'), ('veza_httpd', 'none'), ('veza_relay', '42501'), ('veza_analyst', '42501')) x(role, want);

SELECT * FROM finish();
ROLLBACK;
