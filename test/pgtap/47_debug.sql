-- Looks into the running server: who may, what is recorded, what is never shown.

BEGIN;
SELECT no_plan();

CREATE TEMP TABLE who AS SELECT test.user('admin') AS admin, test.user() AS other;

CREATE TEMP VIEW look AS
SELECT path, split_part(path, '/', 7) AS name FROM veza.route WHERE path LIKE '/api/v1/admin/debug/pprof%';

SELECT set_eq('SELECT name FROM look', ARRAY['', 'profile', 'cmdline', 'activity', 'statements', 'locks', 'tables', 'memory'],
              'the looks');
SELECT is_empty($$ SELECT path FROM look JOIN veza.route r USING (path) WHERE r.auth <> 'admin' $$, 'are for administrators');
SELECT is_empty($$
    SELECT path, test.http('GET', path, '{}', other) ->> 'refusal' FROM look, who
     WHERE test.http('GET', path, '{}', other) ->> 'refusal' IS DISTINCT FROM 'AUTH_INSUFFICIENT_PERMISSIONS'
$$, 'and nobody else');
SELECT is_empty($$
    SELECT path, test.http('GET', path, '{}', admin) ->> 'refusal' FROM look, who
     WHERE test.http('GET', path, '{}', admin) ->> 'refusal' IS NOT NULL
$$, 'an administrator has them');

SELECT is(test.http('GET', '/api/v1/admin/debug/pprof/profile', '{}', admin) -> 'result', '{"seconds": 10}', 'ten seconds unless asked otherwise')
  FROM who;
SELECT is(array_agg(test.http('GET', '/api/v1/admin/debug/pprof/profile', jsonb_build_object('seconds', n), admin) ->> 'refusal' ORDER BY n),
          ARRAY['VALIDATION_ERROR', 'VALIDATION_ERROR', NULL, NULL, 'VALIDATION_ERROR'], 'from 1 to 60')
  FROM who, unnest(ARRAY[-1, 0, 1, 60, 61]) n;
SELECT is((SELECT string_agg(DISTINCT details ->> 'seconds', ', ') FROM veza_data.audit_log, who WHERE actor_id = admin AND action = 'debug.profile'),
          '1, 10, 60', 'what was granted is in the audit log');
SELECT set_eq($$ SELECT DISTINCT action FROM veza_data.audit_log, who WHERE actor_id = admin AND action LIKE 'debug.%' $$,
              ARRAY['debug.profile', 'debug.activity', 'debug.statements', 'debug.locks', 'debug.tables', 'debug.memory'],
              'as every look is');
SELECT is_empty($$ SELECT action FROM veza_data.audit_log, who WHERE actor_id = other AND action LIKE 'debug.%' $$, 'but no refusal');

SELECT is(veza.redact_sql(q), shown, format('%s', q)) FROM (VALUES
    ($q$ALTER ROLE r PASSWORD 'hunter'; SELECT 1$q$, 'ALTER ROLE r PASSWORD ?; SELECT ?'),
    ($q$SELECT $$a$$, E'\'b', "c"$q$, 'SELECT ?, E?, "c"'),
    ($q$SELECT 'a\' , 'b'$q$, 'SELECT ?…')) v(q, shown);
SELECT is(octet_length(veza.redact_sql(repeat('é ', 1000))), 600, 'a long one is cut');
SELECT is(test.refusal_as('veza_' || r, $$ SELECT veza.redact_sql('') $$), '42501', r || ' cannot call what the looks use')
  FROM unnest(ARRAY['httpd', 'relay', 'dba', 'analyst']) r;

SELECT * FROM finish();
ROLLBACK;
