-- The lint of the catalogue: who owns, who may, what is documented, what is indexed.
-- Each test names the objects that break its rule.

BEGIN;
SELECT no_plan();

-- ---- what there is

CREATE TEMP VIEW member AS
SELECT d.classid, d.objid
  FROM pg_depend d JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
 WHERE e.extname = 'veza' AND d.deptype = 'e';

CREATE TEMP VIEW our_schema AS
SELECT oid, nspname, nspowner, nspacl FROM pg_namespace WHERE nspname IN ('veza', 'veza_data', 'veza_report');

CREATE TEMP VIEW our_function AS
SELECT p.*, p.oid::regprocedure::text AS signature, n.nspname
  FROM pg_proc p JOIN our_schema n ON n.oid = p.pronamespace;

CREATE TEMP VIEW our_relation AS
SELECT c.*, c.oid::regclass::text AS name, n.nspname
  FROM pg_class c JOIN our_schema n ON n.oid = c.relnamespace;

CREATE TEMP VIEW our_column AS
SELECT c.name || '.' || a.attname AS name, c.nspname, c.relkind, c.relname, c.oid AS relation, a.attname,
       a.attnum, a.atttypid, t.typname, t.typnamespace::regnamespace::text AS type_schema
  FROM our_relation c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid
 WHERE c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped;

SELECT cmp_ok((SELECT count(*) FROM our_function), '>', 40::bigint, 'the lint sees the functions');
SELECT cmp_ok((SELECT count(*) FROM our_relation WHERE relkind = 'r'), '>', 10::bigint, 'the lint sees the tables');
SELECT cmp_ok((SELECT count(*) FROM our_relation WHERE relkind = 'v'), '>', 15::bigint, 'the lint sees the views');

-- ---- rights of functions

SELECT is_empty($$
    SELECT signature, proconfig FROM our_function
     WHERE prosecdef AND proname <> 'migrate'
       AND proconfig IS DISTINCT FROM ARRAY['search_path=pg_catalog, pg_temp']
$$, 'every SECURITY DEFINER function has exactly search_path = pg_catalog, pg_temp');

SELECT is((SELECT array_agg(c ORDER BY c) FROM our_function, unnest(proconfig) c WHERE proname = 'migrate'),
          ARRAY['lock_timeout=10s', 'search_path=pg_catalog, pg_temp'],
          'veza.migrate also has a lock_timeout');

-- These run lookups (core/ground/lookup.h) or no SQL at all; what else they would run is an internal error.
SELECT set_eq($$
    SELECT proname::text FROM our_function JOIN pg_language l ON l.oid = prolang
     WHERE l.lanname = 'c' AND prokind = 'f' AND NOT prosecdef AND proconfig IS NULL
$$, ARRAY['begin_request', 'auth_me', 'user_get', 'user_get_by_username', 'user_completion', 'user_settings',
          'actor_id', 'response_head', 'set_status', 'set_header', 'set_cookie', 'set_file', 'error_catalogue', 'state_transitions',
          'guard_state', 'refuse_change', 'index_track', 'index_playlist', 'note_listing'],
    'the C functions that are neither SECURITY DEFINER nor have a SET clause are the known ones');

-- The names in a body of the form RETURN were looked up when the function was made.
SELECT is_empty($$
    SELECT signature FROM our_function f JOIN pg_language l ON l.oid = f.prolang
     WHERE l.lanname IN ('sql', 'plpgsql') AND f.prosqlbody IS NULL
       AND proconfig IS DISTINCT FROM ARRAY['search_path=pg_catalog, pg_temp']
$$, 'every function with SQL of its own has a fixed search_path');

SELECT is_empty($$
    SELECT signature FROM our_function
     WHERE proname IN ('subscription_subscribe', 'subscription_change_plan', 'subscription_complete', 'reconcile_payment', 'probe_provider', 'run_due_jobs')
       AND (prosecdef OR proconfig IS NOT NULL)
$$, 'a committing procedure is neither SECURITY DEFINER nor has it a SET clause');

SELECT set_eq($$
    SELECT proname::text FROM our_function WHERE prokind = 'p' AND NOT prosecdef ORDER BY 1
$$, ARRAY['probe_provider', 'reconcile_payment', 'run_due_jobs', 'subscription_change_plan', 'subscription_complete', 'subscription_subscribe'],
    'the committing procedures are the six known ones');

SELECT is_empty($$
    SELECT signature FROM our_function f
     WHERE EXISTS (SELECT FROM aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) a WHERE a.grantee = 0)
$$, 'no function is executable by PUBLIC');

SELECT is_empty($$
    SELECT proname, count(*) FROM our_function WHERE nspname = 'veza' GROUP BY proname HAVING count(*) > 1
$$, 'no function of schema veza is overloaded');

SELECT is_empty($$
    SELECT signature FROM our_function f WHERE f.prosrc ~* '\mEXECUTE\M\s+[^O]' AND proname <> 'add_route'
       AND prolang = (SELECT oid FROM pg_language WHERE lanname = 'plpgsql')
$$, 'no function but veza.add_route builds SQL');

-- ---- owners

SELECT is_empty($$
    SELECT 'function ' || f.signature FROM our_function f JOIN pg_roles r ON r.oid = f.proowner WHERE r.rolsuper
    UNION ALL
    SELECT 'relation ' || c.name FROM our_relation c JOIN pg_roles r ON r.oid = c.relowner
     WHERE r.rolsuper AND c.relkind <> 't'
    UNION ALL
    SELECT 'schema ' || n.nspname FROM our_schema n JOIN pg_roles r ON r.oid = n.nspowner WHERE r.rolsuper
    UNION ALL
    SELECT 'type ' || t.typname FROM pg_type t JOIN our_schema n ON n.oid = t.typnamespace
      JOIN pg_roles r ON r.oid = t.typowner WHERE r.rolsuper
$$, 'nothing of ours is owned by a superuser');

SELECT is_empty($$
    SELECT signature FROM our_function WHERE proowner <> 'veza_owner'::regrole
    UNION ALL SELECT name FROM our_relation WHERE relowner <> 'veza_owner'::regrole AND relkind <> 't'
    UNION ALL SELECT nspname FROM our_schema WHERE nspowner <> 'veza_owner'::regrole
$$, 'everything of ours is owned by veza_owner');

SELECT is_empty($$
    SELECT rolname FROM pg_roles
     WHERE rolname ~ '^veza_'
       AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)
$$, 'no role of ours has a power over the cluster');

SELECT set_eq($$ SELECT rolname::text FROM pg_roles WHERE rolname ~ '^veza_' AND NOT rolcanlogin $$,
                  ARRAY['veza_owner'], 'nobody logs in as veza_owner, and everybody else can');

SELECT is_empty($$
    SELECT m.member::regrole, m.roleid::regrole FROM pg_auth_members m
     WHERE m.member::regrole::text IN ('veza_httpd', 'veza_relay', 'veza_analyst')
        OR m.roleid = 'veza_owner'::regrole
$$, 'shim, relay and analyst are members of nothing, and nobody is a member of veza_owner');

-- ---- the extension's members

SELECT set_eq($$
    SELECT c.name FROM our_relation c JOIN member m ON m.classid = 'pg_class'::regclass AND m.objid = c.oid
     WHERE c.relkind IN ('r', 'p', 'S', 'm', 'f') ORDER BY 1
$$, ARRAY['veza.kept_grant', 'veza.mail_template', 'veza.migration', 'veza.route', 'veza.translation'],
   'the only member tables are those of the script: templates, migrations, routes, translations, rights on their way');

SELECT is_empty($$
    SELECT c.name FROM our_relation c JOIN pg_class k ON k.oid = c.oid
     WHERE c.nspname IN ('veza_data', 'veza_report')
       AND EXISTS (SELECT FROM member m WHERE m.classid = 'pg_class'::regclass AND m.objid = c.oid)
    UNION ALL
    SELECT n.nspname FROM our_schema n
      JOIN member m ON m.classid = 'pg_namespace'::regclass AND m.objid = n.oid WHERE n.nspname <> 'veza'
$$, 'data and reports are no members: a dump contains them');

SELECT is_empty($$ SELECT extconfig FROM pg_extension WHERE extname = 'veza' AND extconfig IS NOT NULL $$,
                'no member table is dumped');

SELECT set_eq($$ SELECT extrelocatable, extnamespace::regnamespace::text FROM pg_extension WHERE extname = 'veza' $$,
                  $$ VALUES (false, 'veza') $$, 'the schema of the extension is fixed');

-- ---- documentation

SELECT is_empty($$ SELECT nspname FROM our_schema WHERE obj_description(oid, 'pg_namespace') IS NULL $$,
                'every schema has a comment');
SELECT is_empty($$ SELECT signature FROM our_function WHERE coalesce(obj_description(oid, 'pg_proc'), '') = '' $$,
                'every function has a comment');
SELECT is_empty($$
    SELECT name FROM our_relation WHERE relkind IN ('r', 'p', 'v', 'm') AND coalesce(obj_description(oid, 'pg_class'), '') = ''
$$, 'every table and view has a comment');
SELECT is_empty($$ SELECT name FROM our_column WHERE coalesce(col_description(relation, attnum), '') = '' $$,
                'every column of a table or view has a comment');
SELECT is_empty($$ SELECT rolname FROM pg_roles WHERE rolname ~ '^veza_' AND shobj_description(oid, 'pg_authid') IS NULL $$,
                'every role has a comment');

SELECT is_empty($$
    SELECT method, path, name FROM veza.route_argument WHERE coalesce(description, '') = ''
$$, 'every argument of a routed function is described in its comment');

SELECT is_empty($$
    SELECT f.signature, a.name
      FROM our_function f,
           LATERAL (SELECT name, mode FROM unnest(f.proargnames, f.proargmodes) AS u(name, mode)) a
     WHERE coalesce(a.mode, 'i') IN ('i', 'b') AND a.name NOT IN ('request', 'result', 'head')
       AND obj_description(f.oid, 'pg_proc') !~ (E'(^|\n)- ' || a.name || ': ')
$$, 'every argument of every function is described in its comment');

SELECT is_empty($$
    SELECT f.signature, d[1] AS described
      FROM our_function f, regexp_matches(obj_description(f.oid, 'pg_proc'), E'\n- ([a-z_]+): ', 'g') d
     WHERE d[1] <> ALL (coalesce(f.proargnames, '{}'))
$$, 'no comment describes an argument that is not there');

SELECT is_empty($$
    SELECT signature, split_part(obj_description(oid, 'pg_proc'), E'\n', 1) FROM our_function
     WHERE split_part(obj_description(oid, 'pg_proc'), E'\n', 1) !~ ' .*\.$'
$$, 'the first line of a function''s comment is a sentence');

-- ---- routes

SELECT cmp_ok((SELECT count(*) FROM veza.route), '>', 15::bigint, 'there are routes');
SELECT is_empty($$
    SELECT r.method, r.path FROM veza.route r LEFT JOIN our_function f ON f.oid = r.function WHERE f.nspname IS DISTINCT FROM 'veza'
$$, 'every route''s function exists in schema veza');
SELECT is_empty($$
    SELECT r.method, r.path, e FROM veza.route r, unnest(r.errors) e WHERE e NOT IN (SELECT code FROM veza.error)
$$, 'every error of a route is in the catalogue');
SELECT is_empty($$
    SELECT r.method, r.path, s.shape FROM veza.route r
      CROSS JOIN unnest(ARRAY[r.shape, r.other_shape]) s(shape)
     WHERE s.shape IS NOT NULL
       AND NOT EXISTS (SELECT FROM our_relation c WHERE c.nspname = 'veza_data' AND c.relname = s.shape AND c.relkind = 'v')
$$, 'every route''s shape is a view of veza_data');
SELECT is_empty($$ SELECT method, path FROM veza.route WHERE shape IS NULL AND envelope IN ('standard', 'process') $$,
                'every route with the standard envelope has a shape');
SELECT is_empty($$
    SELECT c.name FROM our_relation c
     WHERE c.nspname = 'veza_data' AND c.relkind = 'v' AND c.relname LIKE '%\_shape'
       AND c.relname NOT IN (SELECT s.shape FROM veza.route, unnest(ARRAY[route.shape, route.other_shape]) s(shape) WHERE s.shape IS NOT NULL)
$$, 'every shape belongs to a route');
SELECT is_empty($$
    SELECT r.method, r.path FROM veza.route r JOIN pg_proc p ON p.oid = r.function
     WHERE p.provolatile = 'v' AND (r.method = 'GET' OR r.lane = 'reads')
       AND NOT (r.auth = 'admin' AND r.lane = 'slow')
       AND p.proname NOT IN ('track_download', 'track_shared')
$$, 'the function of a GET, or of the reads lane, is not VOLATILE, but for looks of administrators, which are audited, and what counts who looks');
SELECT is_empty($$
    SELECT r.method, r.path FROM veza.route r JOIN pg_proc p ON p.oid = r.function WHERE (p.prokind = 'p') <> (r.lane = 'wait')
$$, 'a procedure answers in the wait lane, and nothing else does');
SELECT is_empty($$
    SELECT r.method, r.path, s[1] FROM veza.route r, regexp_matches(r.path, ':([a-z_]+)', 'g') s
     WHERE NOT EXISTS (SELECT FROM veza.route_argument a WHERE a.method = r.method AND a.path = r.path
                          AND a.name = s[1] AND a.source = 'path')
$$, 'every segment :name of a path binds to an argument');
SELECT is_empty($$
    SELECT r.method, r.path, k.key FROM veza.route r, jsonb_each(r.aliases) k
     WHERE NOT EXISTS (SELECT FROM veza.route_argument a WHERE a.method = r.method AND a.path = r.path AND a.name = k.key)
$$, 'every alias is one of an argument');
SELECT is_empty($$
    SELECT a.path, b.path FROM veza.route a JOIN veza.route b ON a.method = b.method AND a.path < b.path
     WHERE regexp_replace(a.path, ':[a-z_]+', ':', 'g') = regexp_replace(b.path, ':[a-z_]+', ':', 'g')
$$, 'no two routes are one address');

-- ---- tables

SELECT is_empty($$
    SELECT k.conrelid::regclass, k.conname FROM pg_constraint k JOIN our_relation c ON c.oid = k.conrelid
     WHERE k.contype = 'f'
       AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = k.conrelid AND i.indpred IS NULL AND i.indisvalid
                          AND (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey)
$$, 'every foreign key has an index over all rows');
SELECT is_empty($$
    SELECT k.conrelid::regclass, k.conname FROM pg_constraint k JOIN our_relation c ON c.oid = k.conrelid
     WHERE NOT k.convalidated
$$, 'every constraint is validated');
SELECT is_empty($$
    SELECT c.name FROM our_relation c WHERE c.relkind IN ('r', 'p')
       AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p')
$$, 'every table has a primary key');

-- The words of the CHECK against the words of the machine, both ways.
CREATE TEMP VIEW checked_state AS
SELECT m.machine, w[1] AS state
  FROM (SELECT DISTINCT machine, table_name, column_name FROM veza.state_machine) m
  JOIN pg_constraint k ON k.conrelid = m.table_name::regclass AND k.contype = 'c'
   AND k.conkey = ARRAY[(SELECT attnum FROM pg_attribute WHERE attrelid = m.table_name::regclass AND attname = m.column_name)]
     , regexp_matches(pg_get_constraintdef(k.oid), '''([a-z_]+)''', 'g') w;
CREATE TEMP VIEW machine_state AS
SELECT machine, from_state AS state FROM veza.state_machine WHERE from_state IS NOT NULL
UNION SELECT machine, to_state FROM veza.state_machine;
SELECT set_eq('SELECT * FROM checked_state', 'SELECT * FROM machine_state',
              'the CHECK of every state column knows exactly the states of its machine');
SELECT is_empty($$
    SELECT m.table_name FROM (SELECT DISTINCT machine, table_name FROM veza.state_machine) m
     WHERE NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = m.table_name::regclass
                          AND t.tgfoid = 'veza.guard_state'::regproc AND t.tgenabled IN ('O', 'A')
                          AND (t.tgtype & 31) = 19 AND encode(t.tgargs, 'escape') = m.machine || '\000')
$$, 'every state column is guarded by a BEFORE UPDATE trigger with its machine''s name');

SELECT is_empty($$ SELECT name, typname FROM our_column WHERE typname IN ('timestamp', 'time', 'timetz', '_timestamp') $$,
                'no time without its zone');
SELECT is_empty($$
    SELECT name, typname FROM our_column WHERE relkind IN ('r', 'p') AND typname IN ('float4', 'float8', 'money', 'numeric')
$$, 'no table stores a number that is not exact');
SELECT is_empty($$
    SELECT name, typname FROM our_column WHERE attname ~ '(_minor$|amount|price)' AND typname <> 'int8'
$$, 'money is bigint minor units everywhere, and says so in its name');
SELECT is_empty($$
    SELECT c.name FROM our_relation t JOIN our_column c ON c.relation = t.oid
     WHERE c.attname LIKE '%\_minor' AND t.relkind IN ('r', 'p')
       AND NOT EXISTS (SELECT FROM our_column d WHERE d.relation = t.oid AND d.attname = 'currency')
$$, 'where there is money there is its currency');
SELECT is_empty($$ SELECT name, type_schema, typname FROM our_column WHERE nspname = 'veza_data' AND relkind = 'r' AND type_schema <> 'pg_catalog' $$,
                'business tables use built-in types only');

-- ---- who may read and call what

SELECT is_empty($$
    SELECT n.nspname, a.grantee FROM our_schema n, aclexplode(n.nspacl) a WHERE a.grantee = 0
    UNION ALL
    SELECT c.name, a.grantee FROM our_relation c, aclexplode(c.relacl) a WHERE a.grantee = 0
$$, 'nothing of ours is for PUBLIC');

CREATE TEMP VIEW relation_right AS
SELECT r.rolname AS role, c.name, c.relkind, c.nspname, p.privilege
  FROM our_relation c
 CROSS JOIN (VALUES ('veza_httpd'), ('veza_relay'), ('veza_analyst'), ('veza_dba')) r(rolname)
 CROSS JOIN (VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE'), ('REFERENCES'), ('TRIGGER')) p(privilege)
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND has_table_privilege(r.rolname, c.oid, p.privilege)
UNION ALL
SELECT r.rolname, c.name || '.' || c.attname, c.relkind, c.nspname, p.privilege
  FROM our_column c
 CROSS JOIN (VALUES ('veza_httpd'), ('veza_relay'), ('veza_analyst')) r(rolname)
 CROSS JOIN (VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('REFERENCES')) p(privilege)
 WHERE NOT has_table_privilege(r.rolname, c.relation, p.privilege)
   AND has_column_privilege(r.rolname, c.relation, c.attnum, p.privilege)
UNION ALL
SELECT r.rolname, c.name, c.relkind, c.nspname, p.privilege
  FROM our_relation c
 CROSS JOIN (VALUES ('veza_httpd'), ('veza_relay'), ('veza_analyst'), ('veza_dba')) r(rolname)
 CROSS JOIN (VALUES ('USAGE'), ('SELECT'), ('UPDATE')) p(privilege)
 WHERE CASE WHEN c.relkind = 'S' THEN has_sequence_privilege(r.rolname, c.oid, p.privilege) ELSE false END;

SELECT is_empty($$ SELECT * FROM relation_right WHERE role = 'veza_httpd' $$,
                'veza_httpd has no right on any table, view or sequence');
SELECT is_empty($$ SELECT * FROM relation_right WHERE role = 'veza_relay' $$,
                'veza_relay has no right on any table, view or sequence');
SELECT set_eq($$ SELECT name, privilege FROM relation_right WHERE role = 'veza_analyst' $$,
              $$ SELECT name, 'SELECT' FROM our_relation WHERE nspname = 'veza_report' AND relkind = 'v' $$,
              'veza_analyst may SELECT exactly the views of veza_report and nothing else');
SELECT is_empty($$ SELECT name, relkind FROM our_relation WHERE nspname = 'veza_report' AND relkind <> 'v' $$,
                'veza_report holds views and nothing else');
SELECT is_empty($$ SELECT * FROM relation_right WHERE role = 'veza_dba' AND privilege <> 'SELECT' $$,
                'veza_dba changes no table');
SELECT is_empty($$
    SELECT c.name FROM our_column c
     WHERE c.relkind = 'r' AND has_column_privilege('veza_dba', c.relation, c.attnum, 'UPDATE')
$$, 'veza_dba changes nothing by hand');
SELECT set_eq($$
    SELECT c.name FROM our_column c
     WHERE c.nspname = 'veza_data' AND c.relkind = 'r' AND NOT has_column_privilege('veza_dba', c.relation, c.attnum, 'SELECT')
$$, ARRAY['veza_data.users.password_hash', 'veza_data.refresh_token.token_hash', 'veza_data.effect.secret',
          'veza_data.effect.lease_token', 'veza_data.one_time_token.token_hash', 'veza_data.two_factor.secret',
          'veza_data.recovery_code.code_hash', 'veza_data.track_share.token_hash'], 'veza_dba may read every column but the secrets');
SELECT is(test.refusal_as('veza_dba', 'SELECT * FROM veza_data.users'), '42501', 'veza_dba: no SELECT * of users');
SELECT is(test.refusal_as('veza_dba', 'SELECT password_hash FROM veza_data.users'), '42501', 'veza_dba: no password_hash');
SELECT is(test.refusal_as('veza_dba', 'SELECT token_hash FROM veza_data.refresh_token'), '42501', 'veza_dba: no token_hash');
SELECT is(test.refusal_as('veza_dba', 'SELECT secret FROM veza_data.effect'), '42501', 'veza_dba: no client secret');
SELECT is(test.refusal_as('veza_dba', 'SELECT lease_token FROM veza_data.effect'), '42501', 'veza_dba: no lease_token');
SELECT is(test.refusal_as('veza_dba', 'SELECT id, email, status FROM veza_data.users'), 'none', 'veza_dba reads the rest');

CREATE TEMP VIEW callable AS
SELECT r.rolname AS role, f.proname::text
  FROM our_function f CROSS JOIN (VALUES ('veza_httpd'), ('veza_relay'), ('veza_analyst'), ('veza_dba')) r(rolname)
 WHERE has_function_privilege(r.rolname, f.oid, 'EXECUTE');

SELECT set_eq($$ SELECT proname FROM callable WHERE role = 'veza_httpd' $$, $$
    SELECT p.proname::text FROM veza.route r JOIN pg_proc p ON p.oid = r.function
    UNION SELECT unnest(ARRAY['begin_request', 'response_head', 'httpd_routes', 'error_catalogue', 'schema_state',
                              'configure', 'metrics', 'migrate', 'idempotency_begin', 'idempotency_is_answered', 'idempotency_end', 'idempotency_replay', 'translations', 'unnamed_files', 'file_rows',
                              'record_rate_limit', 'relay_status', 'readiness', 'live_events',
                              'track_claim_work', 'track_report_scan', 'track_report_analysis', 'track_release_work', 'track_work_queue'])
$$, 'veza_httpd may call what the routes name and its own few, nothing else');
SELECT set_eq($$ SELECT proname FROM callable WHERE role = 'veza_relay' $$,
              ARRAY['claim_effects', 'finish_effect', 'relay_heartbeat', 'relay_goodbye', 'run_due_jobs', 'run_audit', 'schema_state', 'readiness', 'compose_mail'],
              'veza_relay may call its own few and nothing else');
SELECT is_empty($$ SELECT proname FROM callable WHERE role = 'veza_analyst' $$, 'veza_analyst may call nothing');
SELECT set_eq($$ SELECT proname FROM callable WHERE role = 'veza_dba' $$, $$
    SELECT p.proname::text FROM veza.route r JOIN pg_proc p ON p.oid = r.function
    UNION SELECT unnest(ARRAY['act_as', 'stop_acting', 'actor_id', 'run_due_jobs', 'run_audit', 'subscription_timeline', 'version',
        'schema_state', 'metrics', 'error_catalogue', 'state_transitions', 'response_head', 'migrate', 'retry_effect',
        'retry_refund', 'settle_review', 'reconcile_payment', 'probe_provider', 'relay_status', 'unlock_account', 'reset_second_factor', 'make_admin', 'verify_audit', 'effective_role',
        'set_setting', 'readiness', 'build', 'track_reprocess', 'track_rescan'])
$$, 'veza_dba may call the business functions and the operator''s, nothing else');
SELECT ok(NOT has_function_privilege('veza_httpd', 'veza.act_as("any", text)', 'EXECUTE'), 'veza_httpd cannot act_as');
SELECT ok(NOT has_function_privilege('veza_dba',
              'veza.begin_request(text, boolean, uuid, uuid, integer, text, text, text, text, text, text, text, text)', 'EXECUTE'),
          'veza_dba cannot begin_request');

SELECT set_eq($$
    SELECT r.rolname, n.nspname::text
      FROM our_schema n CROSS JOIN (VALUES ('veza_httpd'), ('veza_relay'), ('veza_analyst'), ('veza_dba')) r(rolname)
     WHERE has_schema_privilege(r.rolname, n.oid, 'USAGE')
$$, $$ VALUES ('veza_httpd', 'veza'), ('veza_relay', 'veza'), ('veza_dba', 'veza'), ('veza_dba', 'veza_data'),
              ('veza_dba', 'veza_report'), ('veza_analyst', 'veza_report') $$, 'each role enters only its schemas');
SELECT is_empty($$
    SELECT r.rolname, n.nspname
      FROM our_schema n CROSS JOIN (VALUES ('veza_httpd'), ('veza_relay'), ('veza_analyst'), ('veza_dba')) r(rolname)
     WHERE has_schema_privilege(r.rolname, n.oid, 'CREATE')
$$, 'nobody makes objects in our schemas');

-- ---- reports

SELECT cmp_ok((SELECT count(*) FROM our_relation WHERE nspname = 'veza_report'), '>=', 5::bigint, 'there are reports');
SELECT is((SELECT string_agg(c.name || ': ' || test.refusal_as('veza_analyst', 'SELECT * FROM ' || c.name), ', ')
             FROM our_relation c WHERE c.nspname = 'veza_report'
              AND test.refusal_as('veza_analyst', 'SELECT * FROM ' || c.name) <> 'none'),
          NULL, 'veza_analyst can read every report');
SELECT is_empty($$
    SELECT name FROM our_column
     WHERE nspname = 'veza_report' AND attname ~ '(email|username|first_name|last_name|display_name|ip_address|user_agent|password|secret|token)'
$$, 'no report has a column of personal data by its name');
-- Renamed or computed: what the view's rule reads, counts.
SELECT is_empty($$
    SELECT DISTINCT v.name, d.refobjid::regclass || '.' || a.attname AS reads
      FROM our_relation v
      JOIN pg_rewrite w ON w.ev_class = v.oid
      JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
      JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
     WHERE v.nspname = 'veza_report'
       AND (a.attname IN ('email', 'username', 'first_name', 'last_name', 'display_name', 'bio', 'avatar', 'password_hash',
                          'ip_address', 'user_agent', 'token_hash', 'secret', 'lease_token', 'payload')
            OR d.refobjid IN ('veza_data.users'::regclass, 'veza_data.session'::regclass, 'veza_data.audit_log'::regclass))
$$, 'no report reads a column of personal data');
SELECT is_empty($$
    SELECT DISTINCT v.name, d.refobjid::regprocedure
      FROM our_relation v
      JOIN pg_rewrite w ON w.ev_class = v.oid
      JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_proc'::regclass
      JOIN our_function f ON f.oid = d.refobjid
     WHERE v.nspname = 'veza_report'
$$, 'no report calls a function of ours: EXECUTE would be checked against the analyst');
SELECT is_empty($$
    SELECT c.name FROM our_relation c WHERE c.nspname = 'veza_report' AND obj_description(c.oid, 'pg_class') !~ '^Grain: '
$$, 'every report says what one row is');

SELECT * FROM finish();
ROLLBACK;
