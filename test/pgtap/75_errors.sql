-- The catalogue of errors, and how a refusal reads in psql and over HTTP.

BEGIN;
SELECT no_plan();

SELECT cmp_ok((SELECT count(*) FROM veza.error), '>', 40::bigint, 'there is a catalogue');
SELECT is_empty($$ SELECT code FROM veza.error WHERE code !~ '^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$' $$, 'codes are stable words');
SELECT is_empty($$ SELECT code, count(*) FROM veza.error GROUP BY 1 HAVING count(*) > 1 $$, 'each code once');
SELECT is_empty($$ SELECT code, sqlstate FROM veza.error WHERE sqlstate !~ '^VZ[0-9]{3}$' $$, 'SQLSTATEs are of class VZ');
SELECT is_empty($$ SELECT sqlstate, count(*) FROM veza.error GROUP BY 1 HAVING count(*) > 1 $$, 'each SQLSTATE once');
SELECT is_empty($$
    SELECT code, http_status FROM veza.error
     WHERE http_status NOT IN (400, 401, 402, 403, 404, 405, 408, 409, 410, 412, 413, 414, 415, 416, 417, 422, 423, 429, 431, 460, 500, 501, 502, 503, 504, 505)
$$, 'statuses are those of HTTP for refusals');
SELECT is_empty($$ SELECT code, message FROM veza.error WHERE message !~ '^[A-Z].*[^.]\.$' $$, 'messages are sentences');
SELECT is_empty($$ SELECT code, hint FROM veza.error WHERE coalesce(hint, '') !~ '^[A-Z].*\.$' AND hint !~ ';$' $$, 'hints too: every refusal names the next step');
SELECT is_empty($$ SELECT code, psql_hint FROM veza.error WHERE coalesce(psql_hint, '') = '' $$, 'for a DBA as well');
SELECT is_empty($$ SELECT code, psql_hint FROM veza.error WHERE psql_hint ~ '(POST|GET|PUT) /' AND sqlstate >= 'VZ020' AND code <> 'AUTH_TOKEN_EXPIRED' $$,
                'in psql nobody is told to send an HTTP request; that a token has expired is said by the shim alone');
-- What only veza-httpd says, before or after the database is asked.
CREATE TEMP TABLE of_shim AS SELECT unnest(ARRAY['MALFORMED_JSON', 'MALFORMED_REQUEST', 'ROUTE_NOT_FOUND', 'METHOD_NOT_ALLOWED', 'REQUEST_BODY_TIMEOUT', 'PAYLOAD_TOO_LARGE',
    'URI_TOO_LONG', 'UNSUPPORTED_MEDIA_TYPE', 'EXPECTATION_FAILED', 'HEADERS_TOO_LARGE', 'INTERNAL_ERROR', 'NOT_IMPLEMENTED', 'DATABASE_UNAVAILABLE', 'REQUEST_TIMEOUT',
    'HTTP_VERSION_NOT_SUPPORTED', 'CSRF_INVALID', 'UPLOAD_BUSY', 'UPLOAD_FAILED', 'UPLOAD_MALFORMED', 'IMAGE_UNSUPPORTED', 'AUDIO_UNSUPPORTED', 'SCANNER_UNAVAILABLE', 'RANGE_NOT_SATISFIABLE', 'UPLOAD_NOT_FOUND', 'UPLOAD_OFFSET_CONFLICT', 'UPLOAD_LOCKED', 'UPLOAD_CHECKSUM_MISMATCH', 'TUS_VERSION_UNSUPPORTED', 'AUTH_TOKEN_EXPIRED', 'WEBHOOK_SIGNATURE_INVALID',
    'WEBHOOK_NOT_CONFIGURED', 'PROFILE_RUNNING', 'PROFILE_OVER_HTTP_ONLY']) AS code;
SELECT is_empty($$ SELECT code FROM of_shim EXCEPT SELECT code FROM veza.error $$, 'the shim''s own refusals are of the catalogue');
SELECT is_empty($$
    SELECT code, psql_hint FROM veza.error
     WHERE code NOT IN (SELECT code FROM of_shim)
       AND psql_hint ~* '(\mrequests?\M|\mheaders?\M|\mdetails\M|retry-after|if-match|etag|\msend\M|\mlog (in|out)\M|bearer|\mhttp\M|\mget\M /|\mpost\M /|contact support)'
$$, 'in psql the next step is a function''s, never one of HTTP');
SELECT is_empty($$ SELECT code, hint FROM veza.error WHERE hint ~ '(SELECT|CALL) veza\.' AND http_status < 500 AND code NOT LIKE 'MIGRATION%' $$,
                'over HTTP no user is told to run SQL');
SELECT is_empty($$ SELECT code FROM veza.error WHERE code ~ 'NOT_FOUND$' AND http_status <> 404 $$, 'what is not found is 404');
SELECT is_empty($$ SELECT code, f[1] FROM veza.error, regexp_matches(hint || ' ' || psql_hint, 'veza\.([a-z_]+)\(', 'g') f
                    WHERE f[1] NOT IN (SELECT proname FROM pg_proc WHERE pronamespace = 'veza'::regnamespace) $$, 'functions that hints name exist');
SELECT is_empty($$ SELECT code, t[1] FROM veza.error, regexp_matches(hint || ' ' || psql_hint, '(veza_data\.[a-z_]+)', 'g') t WHERE to_regclass(t[1]) IS NULL $$, 'tables that hints name exist');
SELECT is_empty($$ SELECT code, p[1], p[2] FROM veza.error, regexp_matches(hint, '(GET|POST) (/api/[a-z0-9/_:-]+)', 'g') p
                    WHERE NOT EXISTS (SELECT FROM veza.route r WHERE r.method = p[1] AND r.path = p[2]) $$, 'routes that hints name exist');
SELECT is_empty($$ SELECT c.code FROM veza.error_catalogue() c FULL JOIN veza.error e USING (code, sqlstate, http_status, message, hint, psql_hint)
                    WHERE c.code IS NULL OR e.code IS NULL $$, 'the view and what the shim loads are one');

-- Codes that clients know by heart.
SELECT results_eq($$ SELECT code, sqlstate, http_status FROM veza.error
                      WHERE code IN ('VALIDATION_ERROR', 'AUTH_REQUIRED', 'SUBSCRIPTION_NOT_FOUND', 'SUBSCRIPTION_NOT_PENDING', 'PAYMENT_PROVIDER_UNAVAILABLE',
                                     'PAYMENT_PROVIDER_ERROR', 'PAYMENT_PROVIDER_TIMEOUT', 'SUBSCRIPTION_PENDING_PAYMENT', 'DISTRIBUTION_NOT_ELIGIBLE') ORDER BY 2 $$,
                  $$ VALUES ('VALIDATION_ERROR', 'VZ001', 400), ('AUTH_REQUIRED', 'VZ100', 401), ('SUBSCRIPTION_NOT_FOUND', 'VZ302', 404),
                            ('SUBSCRIPTION_NOT_PENDING', 'VZ303', 409), ('PAYMENT_PROVIDER_UNAVAILABLE', 'VZ310', 503), ('PAYMENT_PROVIDER_ERROR', 'VZ311', 502),
                            ('PAYMENT_PROVIDER_TIMEOUT', 'VZ312', 502), ('SUBSCRIPTION_PENDING_PAYMENT', 'VZ400', 403), ('DISTRIBUTION_NOT_ELIGIBLE', 'VZ401', 403) $$,
                  'codes, SQLSTATEs and statuses that clients rely on');

-- ---- how it reads in psql

SELECT test.user('creator') AS u \gset
SELECT test.pending(:'u') AS s \gset
SELECT test.refused(format('SELECT veza.distribution_submit(%L)', test.track_of(:'u'))) AS r \gset
SELECT is(:'r'::jsonb ->> 'message', 'complete the payment to enable distribution', 'the message: lower case, no full stop');
SELECT is(:'r'::jsonb ->> 'sqlstate', 'VZ400', 'the SQLSTATE of the catalogue');
SELECT is(:'r'::jsonb ->> 'detail', format('subscription_id: %s; complete_url: /api/v1/subscriptions/complete/%s; plan: pro; payment_status: open; plan_can_distribute: true; upgrade_required: false', :'s', :'s'),
          'the DETAIL has the facts');
SELECT is(:'r'::jsonb -> 'details', jsonb_build_object('subscription_id', :'s', 'complete_url', '/api/v1/subscriptions/complete/' || :'s', 'plan', 'pro', 'payment_status', 'open',
          'plan_can_distribute', true, 'upgrade_required', false), 'the same facts for a machine');
SELECT isnt(:'r'::jsonb ->> 'hint', NULL, 'and a HINT');

-- Every refusal that this database can be brought to raise.
CREATE TEMP TABLE raised AS
SELECT test.refused(statement) AS r
  FROM unnest(ARRAY[
    $$ SELECT veza.subscription_abandon(NULL) $$, $$ SELECT veza.subscription_get(gen_random_uuid()) $$, $$ SELECT veza.subscription_cancel() $$,
    $$ SELECT veza.subscription_activate(NULL, NULL) $$, $$ SELECT veza.distribution_get(gen_random_uuid()) $$, $$ SELECT veza.auth_login('nobody@veza.example', 'x') $$,
    $$ SELECT veza.auth_refresh('x') $$, $$ SELECT veza.auth_register('', '', '') $$, $$ SELECT veza.subscription_subscribe_begin('x', 'monthly', false) $$,
    $$ CALL veza.subscription_subscribe('pro') $$, $$ DELETE FROM veza_data.state_history $$, $$ UPDATE veza_data.subscription SET status = 'active' $$,
    $$ SELECT veza.configure('x', 'y') $$, $$ CALL veza.retry_effect(gen_random_uuid(), 'x') $$, $$ CALL veza.retry_refund(gen_random_uuid(), 'x') $$,
    $$ SELECT veza.reconcile_payment_begin('x') $$, $$ SELECT veza.act_as(gen_random_uuid(), 'x') $$]) statement;
SELECT cmp_ok((SELECT count(DISTINCT r ->> 'sqlstate') FROM raised), '>=', 14::bigint, 'refusals of many kinds');
SELECT is_empty($$ SELECT r FROM raised WHERE r ->> 'sqlstate' !~ '^VZ' $$, 'all of them are of the catalogue');
SELECT is_empty($$ SELECT r ->> 'message' FROM raised r JOIN veza.error e ON e.sqlstate = r ->> 'sqlstate'
                    WHERE lower(r ->> 'message') || '.' <> lower(e.message) OR r ->> 'message' ~ '^[A-Z][a-z ]' OR r ->> 'message' ~ '\.$' $$,
                'all read as PostgreSQL''s own do, in the words of the catalogue');
SELECT is_empty($$ SELECT r FROM raised WHERE coalesce(r ->> 'hint', '') = '' $$, 'all have a HINT');

-- Facts are data: whatever is in them, they stay one JSON value.
SELECT test.act(:'u');
SELECT is(test.refused(format('SELECT veza.subscription_subscribe_begin(%L, %L, false)', E'"\\\n\t{}é😀', 'monthly')) -> 'details' ->> 'plan_id', E'"\\\n\t{}é😀', 'hostile text in a fact');
SELECT test.refused(format('SELECT veza.subscription_subscribe_begin(%L, %L, false)', '%s%n%d', 'monthly')) AS r \gset
SELECT is(:'r'::jsonb ->> 'detail', 'plan_id: %s%n%d', 'nor is it a format');

-- Nor are they long, whatever was sent: cut at 200 characters, not in the middle of one.
CREATE FUNCTION pg_temp.longest(v jsonb) RETURNS integer LANGUAGE sql AS $$
    SELECT max(char_length(coalesce(e #>> '{}', ''))) FROM jsonb_path_query(v, 'lax $.**') e WHERE jsonb_typeof(e) = 'string' $$;
SELECT test.refused(format(s, repeat('é', 100000))) AS r, s
  INTO TEMP long_argument
  FROM unnest(ARRAY['SELECT veza.subscription_subscribe_begin(%L, ''monthly'', false)', 'SELECT veza.reconcile_payment_begin(%L)', 'SELECT veza.act_as(%L, ''x'')',
    'SELECT veza.make_admin(%L, ''x'')', 'SELECT veza.configure(%L, ''1'')', 'SELECT veza.configure(''login_limit'', %L)',
    'SELECT veza.auth_register(%1$L, %1$L, %1$L)', 'SELECT veza.admin_user_list(sort => %L)', 'SELECT veza.set_status(1)']) s;
SELECT is_empty($$ SELECT s, r ->> 'code' FROM long_argument WHERE r ->> 'sqlstate' !~ '^VZ' $$, 'an argument of 100,000 characters is refused by the catalogue');
SELECT is_empty($$ SELECT s, char_length(r ->> 'detail') FROM long_argument WHERE char_length(r ->> 'detail') > 1000 $$, 'and is not in DETAIL');
SELECT is_empty($$ SELECT s FROM long_argument WHERE pg_temp.longest(r -> 'details') > 203 $$, 'nor in the details');
SELECT is((SELECT r -> 'details' ->> 'plan_id' FROM long_argument WHERE s ~ 'subscribe_begin'), repeat('é', 200) || '...', 'but for how it begins');

SELECT * FROM finish();
ROLLBACK;
