-- Who is asking. The actor of an HTTP request lives as long as its statement and not a moment
-- longer; a DBA who acts as a user does so on record, with that user's rights, in one SQL role.
-- Statements stand on their own here, because that is what is tested.

BEGIN;
SELECT no_plan();

SELECT test.user() AS a \gset
SELECT test.session_of(:'a') AS as \gset
SELECT test.user() AS b \gset
SELECT test.session_of(:'b') AS bs \gset
SELECT test.active(:'a') AS sa \gset
SELECT test.active(:'b') AS sb \gset
SELECT veza.stop_acting();

-- ---- an actor never outlives its own statement

SELECT is(veza.actor_id(), NULL, 'at first nobody asks');
SELECT veza.begin_request('user', false, :'a', :'as', 1, 'r1', NULL, NULL) AS admitted, veza.actor_id() AS me \gset
SELECT is(:'admitted' || ' ' || :'me', 't ' || :'a', 'in the statement of begin_request the caller is the actor');
SELECT is(veza.actor_id(), NULL, 'in the next statement of the same transaction nobody is');
SELECT is(test.refusal('SELECT veza.subscription_current()'), 'AUTH_REQUIRED', 'and nothing of a user''s is shown');

-- User A, anonymous, user B in one transaction, as a pipeline sends them.
SELECT CASE WHEN veza.begin_request('user', true, :'a', :'as', 1, 'r1', NULL, NULL) THEN veza.subscription_current() END ->> 'id' AS one \gset
SELECT coalesce(CASE WHEN veza.begin_request('user', true, NULL, NULL, NULL, 'r2', NULL, NULL) THEN veza.subscription_current() END ->> 'id', 'nothing') AS two \gset
SELECT CASE WHEN veza.begin_request('user', true, :'b', :'bs', 1, 'r3', NULL, NULL) THEN veza.subscription_current() END ->> 'id' AS three \gset
SELECT coalesce(CASE WHEN veza.begin_request('optional', true, NULL, NULL, NULL, 'r4', NULL, NULL) THEN veza.actor_id() END::text, 'nobody') AS four \gset
SELECT CASE WHEN veza.begin_request('user', true, :'a', :'as', 1, 'r5', NULL, NULL) THEN veza.subscription_current() END ->> 'id' AS five \gset
SELECT is(array_to_string(ARRAY[:'one', :'two', :'three', :'four', :'five'], ' '), array_to_string(ARRAY[:'sa', 'nothing', :'sb', 'nobody', :'sa'], ' '),
          'user A, anonymous, user B, anonymous, user A in one transaction: each sees its own');

-- Prepared statements, as the shim uses them: the plan is kept, the actor is not.
PREPARE route AS SELECT CASE WHEN veza.begin_request('user', true, $1, $2, 1, 'r', NULL, NULL) THEN veza.subscription_current() END ->> 'id' AS id;
SET LOCAL plan_cache_mode = force_generic_plan;
EXECUTE route(:'a', :'as') \gset a_
EXECUTE route(:'b', :'bs') \gset b_
SELECT is(:'a_id' || ' ' || :'b_id', :'sa' || ' ' || :'sb', 'with a prepared statement as well');
SELECT is(veza.actor_id(), NULL, 'and nobody stays behind');
RESET plan_cache_mode;

-- An error, caught or not, ends the request.
CREATE FUNCTION pg_temp.fails(user_id uuid, session_id uuid) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SELECT veza.begin_request(''user'', false, %L, %L, 1, ''r'', NULL, NULL) AND veza.actor_id() IS NOT NULL AND 1 / 0 > 0', user_id, session_id);
    RETURN 'no error';
EXCEPTION WHEN division_by_zero THEN
    RETURN coalesce(veza.actor_id()::text, 'nobody');
END
$$;
SELECT is(pg_temp.fails(:'a', :'as'), 'nobody', 'an error in the statement ends its request');
SAVEPOINT s;
SELECT veza.begin_request('user', false, :'a', :'as', 1, 'r', NULL, NULL);
ROLLBACK TO s;
SELECT is(veza.actor_id(), NULL, 'a savepoint that is rolled back leaves nobody');
DECLARE c CURSOR FOR SELECT veza.begin_request('user', true, :'a', :'as', 1, 'r', NULL, NULL), n FROM generate_series(1, 3) n;
FETCH 1 FROM c;
SELECT veza.begin_request('user', true, :'b', :'bs', 1, 'r', NULL, NULL), veza.actor_id() AS me \gset
CLOSE c;
SELECT is(:'me'::text, :'b', 'an open cursor of another request does not matter');
SELECT is(veza.actor_id(), NULL, 'and its end leaves nobody');

-- ---- what makes an identity, and what does not

CREATE FUNCTION pg_temp.asks(auth text, user_id uuid, session_id uuid, version integer, is_read boolean DEFAULT false) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    me   uuid;
    head jsonb;
    ok   boolean;
BEGIN
    EXECUTE format('SELECT veza.begin_request(%L, %L, %L, %L, %L, ''r'', NULL, NULL), veza.actor_id(), veza.response_head()',
                   auth, is_read, user_id, session_id, version) INTO ok, me, head;
    RETURN CASE WHEN ok THEN coalesce('is ' || me, 'is nobody')
                ELSE 'value ' || test.code_of(head -> 'refusal' ->> 'sqlstate', NULL) || coalesce(' as ' || me, '') END;
EXCEPTION WHEN OTHERS THEN
    RETURN 'raised ' || test.code_of(SQLSTATE, NULL);
END
$$;
SELECT is(pg_temp.asks('user', :'a', :'as', 1), 'is ' || :'a', 'user, session and token version from the tables make an identity');
SELECT is(pg_temp.asks('user', NULL, NULL, NULL), 'raised AUTH_REQUIRED', 'without a token: AUTH_REQUIRED, raised where something could be written');
SELECT is(pg_temp.asks('user', NULL, NULL, NULL, true), 'value AUTH_REQUIRED', 'and a value in the reads lane, where neighbours share the transaction');
SELECT is(pg_temp.asks('user', :'a', :'as', 2), 'raised AUTH_TOKEN_INVALID', 'another token version: the token is not valid');
SELECT is(pg_temp.asks('user', :'a', :'as', 2, true), 'value AUTH_TOKEN_INVALID', 'the same as a value');
SELECT is(pg_temp.asks('user', :'a', :'bs', 1), 'raised AUTH_TOKEN_INVALID', 'somebody else''s session: the token is not valid');
SELECT is(pg_temp.asks('user', :'a', gen_random_uuid(), 1), 'raised AUTH_TOKEN_INVALID', 'no session: the token is not valid');
SELECT is(pg_temp.asks('user', gen_random_uuid(), :'as', 1), 'raised AUTH_TOKEN_INVALID', 'no user: the token is not valid');
SELECT is(pg_temp.asks('user', :'a', NULL, 1), 'raised AUTH_TOKEN_INVALID', 'a token without a session is not valid');
SELECT is(pg_temp.asks('user', :'a', :'as', NULL), 'raised AUTH_TOKEN_INVALID', 'a token without a version is not valid');
SELECT is(pg_temp.asks('optional', NULL, NULL, NULL), 'is nobody', 'optional: without a token nobody');
SELECT is(pg_temp.asks('optional', :'a', :'as', 1), 'is ' || :'a', 'optional: with a token its user');
SELECT is(pg_temp.asks('optional', :'a', :'as', 2), 'raised AUTH_TOKEN_INVALID', 'optional: a token that is not valid is refused, not ignored');
SELECT is(pg_temp.asks('public', :'a', :'as', 1), 'is nobody', 'public: nobody asks who it is');
SELECT is(pg_temp.asks('webhook', :'a', :'as', 1), 'is nobody', 'webhook: nor there');
SELECT is(pg_temp.asks('of a later version', :'a', :'as', 1), 'raised AUTH_INSUFFICIENT_PERMISSIONS', 'an unknown auth word lets nobody in');

SELECT is(string_agg(role || ' ' || pg_temp.asks('admin', u, test.session_of(u), 1) || ', ' || pg_temp.asks('creator', u, test.session_of(u), 1), '; ' ORDER BY role),
          (SELECT string_agg(role || CASE role WHEN 'admin' THEN ' is ' || u WHEN 'user' THEN ' raised AUTH_INSUFFICIENT_PERMISSIONS' ELSE ' raised AUTH_INSUFFICIENT_PERMISSIONS' END
                    || CASE role WHEN 'user' THEN ', raised CREATOR_ROLE_REQUIRED' ELSE ', is ' || u END, '; ' ORDER BY role)), 'what each role may')
  FROM (SELECT role, test.user(role) AS u FROM unnest(ARRAY['user', 'premium', 'creator', 'artist', 'producer', 'label', 'admin']) role) x;

-- The tables decide, at once: nothing is cached.
SELECT test.user() AS u \gset
SELECT test.session_of(:'u') AS us \gset
SELECT is(pg_temp.asks('admin', :'u', :'us', 1), 'raised AUTH_INSUFFICIENT_PERMISSIONS', 'a listener');
UPDATE veza_data.users SET role = 'admin' WHERE id = :'u';
SELECT is(pg_temp.asks('admin', :'u', :'us', 1), 'is ' || :'u', 'who is made an administrator is one, with the same token');
UPDATE veza_data.users SET status = 'suspended' WHERE id = :'u';
SELECT is(pg_temp.asks('admin', :'u', :'us', 1), 'raised USER_ACCOUNT_DISABLED', 'who is suspended is out');
SELECT is(pg_temp.asks('user', :'u', :'us', 1, true), 'value USER_ACCOUNT_DISABLED', 'in the reads lane too');
UPDATE veza_data.users SET status = 'deleted' WHERE id = :'u';
SELECT is(pg_temp.asks('user', :'u', :'us', 1), 'raised USER_ACCOUNT_DISABLED', 'so is who is deleted');
UPDATE veza_data.users SET status = 'active' WHERE id = :'u';
UPDATE veza_data.session SET ended_at = now(), end_reason = 'logout' WHERE id = :'us';
SELECT is(pg_temp.asks('user', :'u', :'us', 1), 'raised AUTH_TOKEN_INVALID', 'a session that was ended is no session');
UPDATE veza_data.session SET ended_at = NULL, end_reason = NULL, expires_at = now() WHERE id = :'us';
SELECT is(pg_temp.asks('user', :'u', :'us', 1), 'raised AUTH_TOKEN_INVALID', 'nor is one that has expired');

-- Settings that any SQL session can forge are no identity.
SELECT set_config(name, :'a', true)
  FROM unnest(ARRAY['veza.user_id', 'veza.actor', 'veza.actor_id', 'veza.session_id', 'request.jwt.claim.sub', 'jwt.claims.user_id', 'app.user_id']) name;
SELECT set_config('request.jwt.claims', format('{"sub": "%s", "role": "admin"}', :'a'), true);
SELECT is(veza.actor_id(), NULL, 'a custom setting makes nobody an actor');
SELECT is(test.refusal('SELECT veza.subscription_current()'), 'AUTH_REQUIRED', 'nor lets anybody in');

-- ---- the head of the answer

SELECT is(test.http('GET', '/api/v1/subscriptions', '{"limit": 1}', :'a') -> 'head' -> 'meta',
          '{"page": 1, "per_page": 1, "total": 1, "total_pages": 1, "next_cursor": null}'::jsonb, 'a list has its meta');
SELECT is(test.http('GET', '/api/v1/subscriptions/current', '{}', :'a') -> 'head', 'null'::jsonb, 'the next answer knows nothing of it');
SELECT is(test.http('GET', '/api/v1/subscriptions', '{"page": 0, "limit": 101, "cursor": "x"}', :'a') -> 'details',
          '[{"field": "page", "message": "must be a number from 1 to 100000"}, {"field": "limit", "message": "must be a number from 1 to 100"},
            {"field": "cursor", "message": "must be the next_cursor of an earlier answer"}]'::jsonb, 'wrong pages are refused together, as a value');
SELECT is(test.refusal($$ SELECT veza.subscription_list(0, 1) $$), 'AUTH_REQUIRED', 'nobody has no list');
SELECT is(veza.response_head()::text, NULL, 'nothing is said by default');
SELECT is(test.refusal($$ SELECT veza.set_header('X-A', E'b\r\nSet-Cookie: c') $$), 'VALIDATION_ERROR', 'a header brings no other header');
SELECT is(test.refusal($$ SELECT veza.set_cookie('a', 'b', E'/\n', 1) $$), 'VALIDATION_ERROR', 'nor does a cookie');
SELECT is(test.refusal($$ SELECT veza.set_status(404) $$), 'VALIDATION_ERROR', 'a status is a success; refusals raise');
SELECT is((SELECT CASE WHEN veza.begin_request('public', false, NULL, NULL, NULL, 'r', NULL, NULL) THEN concat(veza.set_status(202), veza.set_header('A', '"b"'), veza.set_cookie('c', 'd', '/', 5)) END
              || veza.response_head()::text), '{"status":202,"headers":{"A":"\"b\""},"cookies":[{"name":"c","value":"d","path":"/","max_age":5}]}', 'what is said comes back once');

-- Over HTTP and in psql the same refusal gives the next step of its reader.
SELECT is(test.http('GET', '/api/v1/subscriptions/:id', jsonb_build_object('id', gen_random_uuid()), :'a') ->> 'hint', (SELECT hint FROM veza.error WHERE code = 'SUBSCRIPTION_NOT_FOUND'),
          'over HTTP: a request');
SELECT test.act(:'a');
SELECT is(test.refused(format('SELECT veza.subscription_get(%L)', gen_random_uuid())) ->> 'hint', (SELECT psql_hint FROM veza.error WHERE code = 'SUBSCRIPTION_NOT_FOUND'),
          'in psql: a statement');
SELECT veza.stop_acting();

-- The reads lane writes nothing: what tries is an error of the server, not an answer.
CREATE FUNCTION pg_temp.reads(user_id uuid, statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SELECT veza.begin_request(''user'', true, %L, %L, 1, ''r'', NULL, NULL), %s', user_id, test.session_of(user_id), statement);
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END
$$;
SELECT is(pg_temp.reads(:'a', 'veza.subscription_cancel()'), '0A000', 'a function that writes cannot do so in the reads lane');
SELECT is((SELECT cancel_at_period_end FROM veza_data.subscription WHERE id = :'sa'), false, 'and has not');

-- Nor does it raise what it refuses, whatever is sent: that would abort the neighbours.
SELECT test.user('admin') AS admin \gset
CREATE FUNCTION pg_temp.nonsense(arguments jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT coalesce(jsonb_object_agg(a ->> 'name', CASE a ->> 'type' WHEN 'uuid' THEN gen_random_uuid()::text WHEN 'integer' THEN '-1' WHEN 'bigint' THEN '-1' WHEN 'boolean' THEN 'true' ELSE '?' END), '{}')
      FROM jsonb_array_elements(arguments) a
$$;
CREATE TEMP TABLE refused_read AS
SELECT method || ' ' || path AS route, test.http(method, path, pg_temp.nonsense(arguments), caller) AS answer
  FROM veza.routes, (VALUES (NULL::uuid), (:'a'), (:'admin')) c(caller) WHERE lane = 'reads';
SELECT is_empty($$ SELECT route, answer FROM refused_read WHERE (answer ->> 'raised')::boolean $$, 'no route of the reads lane raises a refusal');
SELECT cmp_ok((SELECT count(*) FROM refused_read WHERE answer ->> 'refusal' IS NOT NULL), '>', 20::bigint, 'although they refuse');
SELECT is(test.http('GET', '/api/v1/auth/check-username', '{"username": "?"}') ->> 'refusal', 'VALIDATION_ERROR', 'such as a name that cannot be one');

-- ---- committing procedures

SELECT test.act(:'b');
SELECT veza.subscription_cancel(false);
SELECT test.relay();
SELECT count(*) AS before FROM veza_data.subscription \gset
SELECT is(test.refusal($$ CALL veza.subscription_subscribe('pro') $$), 'COMMITTING_PROCEDURE', 'subscribing inside a transaction is refused');
SELECT is(test.refusal($$ CALL veza.subscription_change_plan('pro') $$), 'COMMITTING_PROCEDURE', 'so is changing the plan');
SELECT is(test.refusal(format($$ CALL veza.subscription_complete(%L) $$, :'sb')), 'COMMITTING_PROCEDURE', 'completing');
SELECT is(test.refusal(format($$ CALL veza.reconcile_payment(%L) $$, :'sb')), 'COMMITTING_PROCEDURE', 'and reconciling');
SELECT is((SELECT count(*) FROM veza_data.subscription), :'before'::bigint, 'before anything is written');
SELECT matches(test.refused($$ CALL veza.subscription_subscribe('pro') $$) ->> 'hint', 'outside BEGIN', 'with a hint what to do');
SELECT veza.stop_acting();

-- ---- act_as

SELECT test.user('creator') AS u \gset
SELECT count(*) AS before FROM veza_data.audit_log \gset
SELECT veza.act_as(:'u', 'ticket of a user');
SELECT is(veza.actor_id(), :'u'::uuid, 'a DBA acts as a user');
SELECT is(veza.auth_me() ->> 'id', :'u', 'in every statement from there on');
SELECT results_eq(format($$ SELECT action, actor_kind, actor_id, db_role::text COLLATE "default", resource_id, reason, outcome FROM veza_data.audit_log WHERE id > %s ORDER BY id $$,
                         (SELECT max(id) - 1 FROM veza_data.audit_log)),
                  format($$ VALUES ('dba.act_as', 'dba', %L::uuid, 'postgres', %L, 'ticket of a user', 'success') $$, :'u', :'u'), 'on record, with the reason');
SELECT is(test.refusal(format('SELECT veza.subscription_activate(%L, %L)', :'sa', 'x')), 'AUTH_INSUFFICIENT_PERMISSIONS', 'with that user''s rights, not with more');
UPDATE veza_data.users SET role = 'admin' WHERE id = :'u';
SELECT is(test.refusal(format('SELECT veza.subscription_activate(%L, %L)', :'sa', 'x')) <> 'AUTH_INSUFFICIENT_PERMISSIONS', true, 'with the rights that the user has now');
UPDATE veza_data.users SET status = 'suspended' WHERE id = :'u';
SELECT is(test.refusal('SELECT veza.auth_me()'), 'USER_ACCOUNT_DISABLED', 'a user who is suspended meanwhile can do nothing');
UPDATE veza_data.users SET status = 'active' WHERE id = :'u';
SELECT test.subscribe(:'u', 'free') AS f \gset
SELECT results_eq(format($$ SELECT actor_kind, actor_id FROM veza_data.state_history WHERE entity_id = %L $$, :'f'), format($$ VALUES ('dba', %L::uuid) $$, :'u'),
                  'the history says that a DBA did it, as whom');
SELECT veza.stop_acting();
SELECT is(veza.actor_id(), NULL, 'until veza.stop_acting');
SELECT results_eq($$ SELECT action, actor_kind, resource_id FROM veza_data.audit_log ORDER BY id DESC LIMIT 1 $$, format($$ VALUES ('dba.stop_acting', 'dba', %L) $$, :'u'),
                  'which is on record too');
SELECT count(*) AS before FROM veza_data.audit_log \gset
SELECT veza.stop_acting();
SELECT is((SELECT count(*) FROM veza_data.audit_log), :'before'::bigint, 'stopping what was not begun is no news');

SELECT is(test.refusal(format('SELECT veza.act_as(%L, %L)', :'u', ' ')), 'VALIDATION_ERROR', 'a reason is needed');
SELECT is(test.refusal(format('SELECT veza.act_as(%L, %L)', gen_random_uuid(), 'x')), 'USER_NOT_FOUND', 'and a user');
SELECT is(veza.actor_id(), NULL, 'who is not found is not acted as');
UPDATE veza_data.users SET status = 'suspended' WHERE id = :'u';
SELECT is(test.refusal(format('SELECT veza.act_as(%L, %L)', :'u', 'x')), 'USER_ACCOUNT_DISABLED', 'a suspended user cannot be acted as');
SELECT is(veza.actor_id(), NULL, 'and is not');
UPDATE veza_data.users SET status = 'active' WHERE id = :'u';

-- A name in any case, an id as text or uuid; who that is, is answered.
SELECT username AS name FROM veza_data.users WHERE id = :'u' \gset
SELECT results_eq(format($$ SELECT a.user_id, a.username, a.role, a.status FROM veza.act_as(%L, 'by name') a $$, upper(:'name')),
                  format($$ SELECT id, username, role, status FROM veza_data.users WHERE id = %L $$, :'u'), 'an account by its name, in any case, is answered in full');
SELECT is(veza.actor_id(), :'u'::uuid, 'and acted as');
SELECT is((veza.act_as(:'u'::uuid, 'by uuid')).username, :'name', 'the same by an id of type uuid');
SELECT is((veza.act_as(:'u'::text, 'by text')).username, :'name', 'and of type text');
SELECT is((veza.act_as(:'name'::varchar, 'by varchar')).user_id, :'u'::uuid, 'and by a name of type varchar');

-- Whoever is not found, nobody is acted as, least of all the one before.
CREATE TEMP TABLE mistake (account text, code text);
INSERT INTO mistake VALUES ('NULL', 'VALIDATION_ERROR'), ('NULL::uuid', 'VALIDATION_ERROR'), ('NULL::text', 'VALIDATION_ERROR'),
    ($$ '' $$, 'USER_NOT_FOUND'), ($$ 'demo-listner' $$, 'USER_NOT_FOUND'), ($$ '%' $$, 'USER_NOT_FOUND'), ('gen_random_uuid()', 'USER_NOT_FOUND'),
    ('42', 'VALIDATION_ERROR'), ($$ '"x"'::json $$, 'VALIDATION_ERROR'), ($$ (SELECT id FROM veza_data.users WHERE username = 'demo-listner') $$, 'VALIDATION_ERROR');
CREATE FUNCTION pg_temp.after_mistake(account text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    refusal jsonb;
BEGIN
    PERFORM veza.act_as((SELECT id FROM veza_data.users WHERE role = 'creator' LIMIT 1), 'before the mistake');
    refusal := test.refused(format('SELECT veza.act_as(%s, %L)', account, 'a mistake'));
    RETURN format('%s, then %s, %s', refusal ->> 'code', coalesce(veza.actor_id()::text, 'nobody'), CASE WHEN refusal ->> 'hint' <> '' THEN 'hint' END);
END
$$;
SELECT is(pg_temp.after_mistake(account), code || ', then nobody, hint', 'act_as(' || account || ') is refused, and the user before is not kept') FROM mistake;
SELECT veza.act_as(:'u', 'before a missing reason');
SELECT is(test.refusal(format('SELECT veza.act_as(%L, NULL)', :'u')), 'VALIDATION_ERROR', 'a missing reason is refused');
SELECT is(veza.actor_id(), NULL, 'and the user before is not kept');

-- The role of a plan counts, as over HTTP, and while the plan lives.
SELECT test.user() AS listener \gset
UPDATE veza_data.users SET plan_role = 'artist', plan_role_until = now() + interval '1 day' WHERE id = :'listener';
SELECT is((veza.act_as(:'listener', 'a plan')).role, 'artist', 'act_as gives the role of a plan');
SELECT is(test.refusal(format('SELECT veza.distribution_submit(track_id => %L)', test.track_of(:'listener'))), 'DISTRIBUTION_NOT_ELIGIBLE', 'the gate is reached');
UPDATE veza_data.users SET plan_role_until = now() - interval '1 second' WHERE id = :'listener';
SELECT is(test.refusal('SELECT veza.auth_me()'), 'none', 'the user goes on');
SELECT is(veza.auth_me() ->> 'role', 'user', 'without the role of the plan that is over');
SELECT is((SELECT effective_role FROM veza_data.admin_user_shape WHERE id = :'listener'), 'user', 'which is what administrators see');
SELECT is((veza.act_as(:'listener', 'no plan')).role, 'user', 'and what act_as gives then');
SELECT veza.stop_acting();

-- One expression, which becomes part of each statement instead of being called for each row.
CREATE FUNCTION pg_temp.plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line text;
    plan text := '';
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP plan := plan || line || chr(10); END LOOP;
    RETURN plan;
END
$$;
SELECT matches(pg_temp.plan_of('SELECT veza_data.effective_role(role, plan_role, plan_role_until) FROM veza_data.users'), 'CASE WHEN', 'the effective role is inlined');
SELECT alike(pg_temp.plan_of('SELECT role FROM veza_data.public_user_shape'), '%CASE WHEN%', 'also in a shape');
SELECT is_empty($$
    SELECT c.oid::regclass FROM pg_class c WHERE c.relkind = 'v' AND c.relnamespace = 'veza_data'::regnamespace
       AND EXISTS (SELECT FROM pg_rewrite w JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
                     JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
                    WHERE w.ev_class = c.oid AND d.refobjid = 'veza_data.users'::regclass AND a.attname = 'plan_role')
       AND NOT EXISTS (SELECT FROM pg_rewrite w JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
                        WHERE w.ev_class = c.oid AND d.refobjid = 'veza_data.effective_role'::regproc)
$$, 'no shape reads the role of a plan but through it');

-- What is rolled back is not in force.
SAVEPOINT s;
SELECT veza.act_as(:'u', 'rolled back');
SELECT veza.actor_id() AS me \gset
ROLLBACK TO s;
SELECT is(:'me'::text, :'u', 'within a savepoint it is in force');
SELECT is(veza.actor_id(), NULL, 'an act_as that is rolled back with its record is not in force');
SAVEPOINT s;
SAVEPOINT t;
SELECT veza.act_as(:'u', 'released');
RELEASE t;
SELECT veza.actor_id() AS me \gset
ROLLBACK TO s;
SELECT is(:'me'::text, :'u', 'released to the savepoint around it');
SELECT is(veza.actor_id(), NULL, 'and rolled back with that');
SAVEPOINT s;
SELECT veza.act_as(:'u', 'kept');
RELEASE s;
SELECT is(veza.actor_id(), :'u'::uuid, 'released and kept');

-- One SQL role.
SET LOCAL ROLE veza_dba;
SELECT veza.actor_id() IS NULL AS nobody \gset
RESET ROLE;
SELECT is(:'nobody'::text, 't', 'another SQL role of the session does not act as the user');
SELECT is(veza.actor_id(), :'u'::uuid, 'the first one still does');
SELECT veza.stop_acting();
SELECT test.refusal_as('veza_dba', format('SELECT veza.act_as(%L, %L)', :'u', 'by an operator')) AS code \gset
SELECT is(:'code'::text, 'none', 'operators may');
SELECT is(veza.actor_id(), NULL, 'what they act as is theirs');
SELECT is(test.refusal_as(role, format('SELECT veza.act_as(%L, %L)', :'u', 'x')), '42501', role || ' may not act as anybody')
  FROM unnest(ARRAY['veza_httpd', 'veza_relay', 'veza_analyst']) role;

-- A request is itself, whatever the session acts as.
SELECT veza.act_as(:'u', 'beside a request');
SELECT veza.begin_request('user', true, :'b', :'bs', 1, 'r', NULL, NULL), veza.actor_id() AS me \gset
SELECT is(:'me'::text, :'b', 'a request is its own actor, also where somebody acts');
SELECT coalesce(CASE WHEN veza.begin_request('optional', true, NULL, NULL, NULL, 'r', NULL, NULL) THEN veza.actor_id()::text END, 'nobody') AS me \gset
SELECT is(:'me'::text, 'nobody', 'an anonymous request is nobody');
SELECT is(veza.actor_id(), :'u'::uuid, 'then the session acts again');
SELECT veza.stop_acting();

SELECT * FROM finish();
ROLLBACK;
