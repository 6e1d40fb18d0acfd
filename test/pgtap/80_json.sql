-- JSON is made in C for speed, and must be what PostgreSQL's own row_to_json makes of the same
-- row: over the real shapes, and over a shape with every type a column may have and random values.

BEGIN;
SELECT no_plan();

CREATE FUNCTION pg_temp.random_text() RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT coalesce(string_agg(CASE WHEN random() < 0.3 THEN chr((random() * 127)::integer % 127 + 1)
                                    WHEN random() < 0.3 THEN (ARRAY['"', '\', '/', E'\b', E'\f', E'\n', E'\r', E'\t', '<', '>', '&', '''', '$', '{}'])[1 + floor(random() * 14)]
                                    WHEN random() < 0.3 THEN (ARRAY['é', 'ß', '漢', '😀', E'\u2028', E'\u202e', E'\ufeff', E'\ue000', 'Ā́'])[1 + floor(random() * 9)]
                                    ELSE md5(random()::text) END, ''), '')
      FROM generate_series(1, (random() * 8)::integer)
$$;
CREATE FUNCTION pg_temp.random_time() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT CASE WHEN random() < 0.05 THEN 'infinity' WHEN random() < 0.05 THEN '-infinity'
                WHEN random() < 0.1 THEN '0044-03-15 12:00:00Z BC' WHEN random() < 0.1 THEN '9999-12-31 23:59:59.999999Z'
                WHEN random() < 0.2 THEN date_trunc('day', now())
                ELSE now() + (random() - 0.5) * interval '100 years' END
$$;
-- A value or, now and then, NULL.
CREATE FUNCTION pg_temp.perhaps(value anyelement) RETURNS anyelement LANGUAGE sql VOLATILE AS $$ SELECT CASE WHEN random() < 0.8 THEN $1 END $$;

-- ---- the real shapes over random rows

UPDATE veza_data.plan SET display_name = pg_temp.random_text(), description = pg_temp.random_text(), max_duration_seconds = NULL WHERE name = 'artist';
INSERT INTO veza_data.plan (name, display_name, description, price_monthly_minor, price_yearly_minor, currency, can_distribute, max_file_bytes, uploads_per_month, storage_bytes, sort)
SELECT 'p' || n, pg_temp.random_text(), pg_temp.random_text(), 9223372036854775807, 1, 'ABC', random() < 0.5, 9007199254740993, 2147483647, 9223372036854775807, n
  FROM generate_series(10, 30) n;
SELECT test.same(veza.subscription_plans()::text, (SELECT '[' || string_agg(row_to_json(p)::text, ',' ORDER BY sort, id) || ']' FROM veza_data.plan_shape p WHERE is_active), 'plans');

SELECT test.user('creator') AS u \gset
INSERT INTO veza_data.subscription (user_id, plan_id, status, billing_cycle, amount_minor, currency, is_comp, pending_expires_at, activated_at, current_period_start,
                                    current_period_end, cancel_at_period_end, ended_at, end_reason, created_at, updated_at)
SELECT :'u', (SELECT id FROM veza_data.plan ORDER BY random() + n LIMIT 1), s.status, 'monthly', (random() * 1e15)::bigint, 'EUR', random() < 0.5,
       CASE WHEN s.status = 'pending_payment' THEN pg_temp.random_time() ELSE pg_temp.perhaps(pg_temp.random_time()) END, pg_temp.perhaps(pg_temp.random_time()),
       pg_temp.perhaps(pg_temp.random_time()), pg_temp.perhaps(pg_temp.random_time()), random() < 0.5, pg_temp.random_time(), 'user', now() - n * interval '1 hour', pg_temp.random_time()
  FROM generate_series(1, 60) n, LATERAL (SELECT (ARRAY['pending_payment', 'canceled', 'expired'])[1 + n % 3] AS status) s;
SELECT test.act(:'u');
SELECT test.same(veza.subscription_list(1, 100)::text, (SELECT '[' || string_agg(row_to_json(s)::text, ',' ORDER BY created_at DESC, id DESC) || ']' FROM veza_data.subscription_shape s WHERE user_id = :'u'),
          'a page of subscriptions, each with its plan');
SELECT test.same(veza.subscription_get(id)::text, row_to_json(s)::text, 'one subscription') FROM veza_data.subscription_shape s WHERE user_id = :'u' ORDER BY id LIMIT 3;
SELECT test.same(veza.subscription_pending()::text, (SELECT row_to_json(s)::text FROM veza_data.subscription_shape s WHERE user_id = :'u' AND status = 'pending_payment'
                                               ORDER BY created_at DESC LIMIT 1), 'the pending one');
UPDATE veza_data.users SET first_name = pg_temp.random_text(), last_name = pg_temp.random_text(), bio = pg_temp.random_text(), display_name = NULL, last_login_at = pg_temp.random_time()
 WHERE id = :'u';
SELECT test.same(veza.auth_me()::text, (SELECT row_to_json(m)::text FROM veza_data.me_shape m WHERE id = :'u'), 'an account');
INSERT INTO veza_data.distribution (user_id, track_id, subscription_id, status, platforms, release_date, created_at, updated_at)
SELECT :'u', test.track_of(:'u'), (SELECT id FROM veza_data.subscription WHERE user_id = :'u' LIMIT 1), 'submitted', ARRAY[pg_temp.random_text(), pg_temp.random_text(), NULL],
       pg_temp.perhaps(pg_temp.random_time()::date), now() - n * interval '1 second', now() FROM generate_series(1, 40) n;
SELECT test.same(veza.distribution_list(1, 100)::text, (SELECT '[' || string_agg(row_to_json(d)::text, ',' ORDER BY created_at DESC, id DESC) || ']' FROM veza_data.distribution_shape d WHERE user_id = :'u'),
          'a page of submissions');
UPDATE veza_data.distribution SET platforms = '{{a,b},{c,NULL}}' WHERE id = (SELECT min(id::text)::uuid FROM veza_data.distribution WHERE user_id = :'u');
SELECT test.same(veza.distribution_list(1, 100)::text, (SELECT '[' || string_agg(row_to_json(d)::text, ',' ORDER BY created_at DESC, id DESC) || ']' FROM veza_data.distribution_shape d WHERE user_id = :'u'),
          'an array of two dimensions, which its column may hold');
UPDATE veza_data.distribution SET platforms = '{a}' WHERE user_id = :'u';
SET LOCAL timezone = 'Asia/Kathmandu';
SELECT test.same(veza.subscription_list(1, 100)::text, (SELECT '[' || string_agg(row_to_json(s)::text, ',' ORDER BY created_at DESC, id DESC) || ']' FROM veza_data.subscription_shape s WHERE user_id = :'u'),
          'in another time zone');
SET LOCAL datestyle = 'German, DMY';
SET LOCAL intervalstyle = 'iso_8601';
SET LOCAL extra_float_digits = 0;
SELECT test.same(veza.distribution_list(1, 100)::text, (SELECT '[' || string_agg(row_to_json(d)::text, ',' ORDER BY created_at DESC, id DESC) || ']' FROM veza_data.distribution_shape d WHERE user_id = :'u'),
          'in another style of dates');
RESET timezone;

-- ---- every type: veza.subscription_plans answers whatever columns its shape has

CREATE TYPE test.inner_row AS (n integer, "t""ext" text, "when" timestamptz, list text[]);
CREATE TYPE test.outer_row AS (one test.inner_row, many test.inner_row[], n numeric);
DROP VIEW veza_data.plan_shape CASCADE;

CREATE TABLE test.every_type AS
SELECT n AS sort, true AS is_active, gen_random_uuid() AS id,
       pg_temp.perhaps(random() < 0.5) AS a_bool,
       pg_temp.perhaps(((random() - 0.5) * 65535)::smallint) AS an_int2,
       pg_temp.perhaps(((random() - 0.5) * 4294967295)::integer) AS an_int4,
       pg_temp.perhaps((ARRAY[-9223372036854775808, 9223372036854775807, 0, (random() * 1e18)::bigint])[1 + floor(random() * 4)]) AS an_int8,
       pg_temp.perhaps((ARRAY['NaN', 'Infinity', '-Infinity', '0', '-0.00', '1e-30', '123456789012345678901234567890.5', random()::text])[1 + floor(random() * 8)]::numeric) AS a_numeric,
       pg_temp.perhaps((ARRAY['NaN', 'Infinity', '-Infinity', '-0', '1e300', '5e-324', random()::text])[1 + floor(random() * 7)]::float8) AS a_float8,
       pg_temp.perhaps((ARRAY['NaN', 'Infinity', '1e30', random()::text])[1 + floor(random() * 4)]::float4) AS a_float4,
       pg_temp.perhaps(pg_temp.random_text()) AS "a ""text""",
       pg_temp.perhaps(left(pg_temp.random_text(), 40)::varchar(40)) AS a_varchar,
       pg_temp.perhaps('ab'::char(5)) AS a_char,
       pg_temp.perhaps('some name'::name) AS a_name,
       pg_temp.perhaps(gen_random_uuid()) AS a_uuid,
       pg_temp.perhaps(pg_temp.random_time()) AS a_timestamptz,
       pg_temp.perhaps(pg_temp.random_time()::date) AS a_date,
       pg_temp.perhaps(decode(md5(random()::text), 'hex')) AS a_bytea,
       pg_temp.perhaps(jsonb_build_object('k', pg_temp.random_text(), 'n', 1e2, 'l', '[1, null, {}]'::jsonb)) AS a_jsonb,
       pg_temp.perhaps(E'{"b" : [1,  2],\n "a":null}'::json) AS a_json,
       pg_temp.perhaps(random() * interval '400 days') AS an_interval,
       pg_temp.perhaps('192.0.2.0/24'::inet) AS an_inet,
       pg_temp.perhaps(ARRAY[pg_temp.random_text(), NULL, '', 'NULL', pg_temp.random_text()]) AS texts,
       pg_temp.perhaps('{}'::text[]) AS no_texts,
       pg_temp.perhaps(ARRAY[1, NULL, -2147483648]) AS ints,
       pg_temp.perhaps(ARRAY[true, false, NULL]) AS bools,
       pg_temp.perhaps(ARRAY['NaN', 1.50]::numeric[]) AS numerics,
       pg_temp.perhaps(ARRAY[pg_temp.random_time(), NULL]) AS times,
       pg_temp.perhaps(ARRAY['{"a": 1}', 'null']::jsonb[]) AS jsonbs,
       CASE WHEN random() < 0.8 THEN ROW(n, pg_temp.random_text(), pg_temp.random_time(), ARRAY[pg_temp.random_text()])::test.inner_row END AS a_row,
       CASE WHEN random() < 0.8 THEN ROW(ROW(NULL, NULL, NULL, NULL), ARRAY[ROW(n, 'x', NULL, '{}'), NULL]::test.inner_row[], 'NaN')::test.outer_row END AS nested
  FROM generate_series(1, 200) n;
CREATE VIEW veza_data.plan_shape AS SELECT * FROM test.every_type;
GRANT USAGE ON SCHEMA test TO veza_owner;
GRANT SELECT ON veza_data.plan_shape TO veza_owner;

CREATE FUNCTION pg_temp.differs() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(format('%s: C makes %s, PostgreSQL %s', k.key, c.row -> k.key, k.value), E'\n')
      FROM (SELECT n, row FROM json_array_elements(veza.subscription_plans()) WITH ORDINALITY x(row, n)) c
      JOIN (SELECT row_number() OVER (ORDER BY sort, id) AS n, row_to_json(p) AS row FROM veza_data.plan_shape p) p USING (n),
           LATERAL json_each(p.row) k
     WHERE (c.row -> k.key)::text IS DISTINCT FROM k.value::text
$$;
SELECT is(pg_temp.differs(), NULL, '200 rows of every type: each member is the same');
SELECT test.same(veza.subscription_plans()::text, (SELECT '[' || string_agg(row_to_json(p)::text, ',' ORDER BY sort, id) || ']' FROM veza_data.plan_shape p), 'and so is the whole, byte by byte');
SELECT is((SELECT count(*) FROM json_array_elements(veza.subscription_plans())), 200::bigint, 'all rows are there');
DELETE FROM test.every_type;
SELECT test.same(veza.subscription_plans()::text, '[]', 'no rows are an empty list');

SELECT * FROM finish();
ROLLBACK;
