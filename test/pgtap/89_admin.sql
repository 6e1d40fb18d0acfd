-- Administration: the accounts, who may change what about them, making administrators, searching the audit log.

BEGIN;
SELECT no_plan();

SELECT test.user('admin') AS admin \gset
SELECT test.user('admin') AS other \gset
SELECT test.user('user') AS u \gset
UPDATE veza_data.users SET role = 'user' WHERE role = 'admin' AND id NOT IN (:'admin', :'other');

CREATE FUNCTION pg_temp.call(method text, path text, args jsonb, caller uuid, headers jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http($1, '/api/v1/admin' || $2, $3, $4, headers => $5)
$$;
-- What became of it: the refusal, or 'role status'.
CREATE FUNCTION pg_temp.change(method text, path text, target uuid, args jsonb, caller uuid, headers jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(a ->> 'refusal', (a -> 'result' ->> 'role') || ' ' || (a -> 'result' ->> 'status'))
      FROM pg_temp.call($1, $2, jsonb_build_object('id', $3) || $4, $5, $6) a
$$;
-- The newest row of the audit log about an account: 'action outcome reason old new'.
CREATE FUNCTION pg_temp.record(target uuid) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', actor_kind, action, reason, old_values, new_values) FROM veza_data.audit_log WHERE resource_id = $1::text ORDER BY id DESC LIMIT 1
$$;

-- ---- who may

SELECT is((SELECT string_agg(DISTINCT a, ', ') FROM (SELECT auth AS a FROM veza.route WHERE path LIKE '/api/v1/admin/%') r), 'admin', 'every address of administrators is for administrators');
SELECT is(test.http(r.method, r.path, jsonb_build_object('id', :'u', 'role', 'user', 'reason', 'x'), test.user(role)) ->> 'refusal', 'AUTH_INSUFFICIENT_PERMISSIONS',
          format('%s %s: not for a %s', r.method, r.path, role))
  FROM veza.route r, unnest(ARRAY['user', 'label']) role WHERE r.path ~ '^/api/v1/admin/(users|audit|dashboard)';
SELECT is(test.refusal(format('SELECT %s', call)), 'AUTH_REQUIRED', call || ': not for nobody')
  FROM unnest(ARRAY['veza.admin_user_list()', 'veza.audit_logs()', 'veza.audit_stats()', 'veza.audit_suspicious()', 'veza.admin_dashboard()',
                    format('veza.admin_user(%L)', :'u'), format('veza.admin_user_update(%L)', :'u'), format('veza.admin_user_logout(%L)', :'u'),
                    format('veza.admin_user_suspend(%L, %L)', :'u', 'x')]) call;

-- ---- role

SELECT token_version AS v, revision AS r FROM veza_data.users WHERE id = :'u' \gset
SELECT is(pg_temp.change('PUT', '/users/:id/role', :'u', '{"role": "creator", "reason": "asked for it"}', :'admin'), 'creator active', 'an administrator gives a role');
SELECT is(pg_temp.record(:'u'), 'admin user.role_change asked for it {"role": "user"} {"role": "creator"}', 'on record, with what it was, what it is, and why');
SELECT is((SELECT token_version - :v || ' ' || revision - :r FROM veza_data.users WHERE id = :'u'), '1 1', 'tokens of before are refused');
SELECT is((SELECT count(*) FROM veza_data.session WHERE user_id = :'u' AND ended_at IS NULL), 1::bigint, 'the session goes on, a refresh gives new ones');
SELECT is((SELECT template || data FROM veza_data.mail WHERE user_id = :'u'), 'role_changed{"role": "creator"}', 'the user is told');
SELECT is(pg_temp.change('PUT', '/users/:id/role', :'u', '{"role": "creator", "reason": "again"}', :'admin'), 'creator active', 'the same role again');
SELECT is((SELECT token_version - :v FROM veza_data.users WHERE id = :'u'), 1, 'changes nothing');
SELECT is(pg_temp.change('PUT', '/users/:id/role', :'u', '{"role": "emperor", "reason": "x"}', :'admin'), 'VALIDATION_ERROR', 'there is no such role');
SELECT is(pg_temp.change('PUT', '/users/:id/role', :'u', '{"role": "user", "reason": " "}', :'admin'), 'VALIDATION_ERROR', 'a reason is needed');
SELECT is(pg_temp.change('PUT', '/users/:id/role', :'u', '{"role": "user"}', :'admin'), 'VALIDATION_ERROR', 'really');
SELECT is(pg_temp.change('PUT', '/users/:id/role', gen_random_uuid(), '{"role": "user", "reason": "x"}', :'admin'), 'USER_NOT_FOUND', 'there is no such account');

-- ---- nobody becomes an administrator over HTTP

SELECT is(pg_temp.change('PUT', '/users/:id/role', :'u', '{"role": "admin", "reason": "x"}', :'admin'), 'ADMIN_NOT_GRANTABLE', 'not by the role');
SELECT is(pg_temp.change('PUT', '/users/:id', :'u', '{"role": "admin", "reason": "x"}', :'admin'), 'ADMIN_NOT_GRANTABLE', 'not by the account');
SELECT matches(e.hint, 'veza\.make_admin', 'the hint says how') FROM veza.error e WHERE code = 'ADMIN_NOT_GRANTABLE';
SELECT is_empty($$ SELECT * FROM veza.routes WHERE statement LIKE '%make_admin%' $$, 'veza.make_admin has no route');
SELECT is(test.refusal_as('veza_httpd', $$ SELECT veza.make_admin('x', 'y') $$), '42501', 'and is not for veza-httpd');
SELECT is(test.refusal_as('veza_relay', $$ SELECT veza.make_admin('x', 'y') $$), '42501', 'nor for veza-relay');
SET LOCAL ROLE veza_dba;
SELECT veza.make_admin((SELECT username FROM veza_data.users WHERE id = :'u'), 'on call') AS made \gset
RESET ROLE;
SELECT is(:'made'::uuid, :'u'::uuid, 'an operator does it, by name');
SELECT is((SELECT role FROM veza_data.users WHERE id = :'u'), 'admin', 'the account is an administrator''s');
SELECT is((SELECT db_role || ' ' || reason FROM veza_data.audit_log WHERE resource_id = :'u' ORDER BY id DESC LIMIT 1), session_user || ' on call', 'on record, with the SQL role');
SELECT is(veza.make_admin(:'u', 'again'), :'u'::uuid, 'again, by id, it changes nothing');
SELECT is((SELECT reason FROM veza_data.audit_log WHERE resource_id = :'u' ORDER BY id DESC LIMIT 1), 'on call', 'and says nothing');
SELECT is(test.refusal($$ SELECT veza.make_admin('nobody-of-this-name', 'x') $$), 'USER_NOT_FOUND', 'there is no such account');
SELECT is(test.refusal(format('SELECT veza.make_admin(%L, %L)', :'u', '')), 'VALIDATION_ERROR', 'a reason is needed');
SELECT is(pg_temp.change('PUT', '/users/:id/role', :'u', '{"role": "user", "reason": "off call"}', :'admin'), 'user active', 'another administrator takes it away over HTTP');

-- ---- oneself, and the last one

SELECT is(pg_temp.change('PUT', '/users/:id/role', :'admin', '{"role": "user", "reason": "x"}', :'admin'), 'ADMIN_OWN_ACCOUNT', 'nobody demotes oneself');
SELECT is(pg_temp.change('POST', '/users/:id/suspend', :'admin', '{"reason": "x"}', :'admin'), 'ADMIN_OWN_ACCOUNT', 'nor suspends oneself');
SELECT is(pg_temp.change('PUT', '/users/:id', :'admin', '{"is_active": false}', :'admin'), 'ADMIN_OWN_ACCOUNT', 'in no way');
SELECT is(pg_temp.change('PUT', '/users/:id', :'admin', '{"role": "admin", "is_active": true, "is_verified": true}', :'admin'), 'admin active', 'what stays as it is may be said');
SELECT is(pg_temp.change('POST', '/users/:id/suspend', :'other', '{"reason": "stolen"}', :'admin'), 'admin suspended', 'an administrator is suspended by another one');
SELECT is(pg_temp.change('PUT', '/users/:id/role', :'admin', '{"role": "user", "reason": "x"}', :'admin'), 'USER_IS_LAST_ADMIN', 'the last one stays');
SELECT is(test.refusal(format('SELECT veza.make_admin(%L, %L)', :'other', 'x')), 'USER_ACCOUNT_DISABLED', 'a suspended account is made nothing');
SELECT is(pg_temp.change('POST', '/users/:id/unsuspend', :'other', '{"reason": "found"}', :'admin'), 'admin active', 'and is given back');
SELECT is(pg_temp.change('PUT', '/users/:id/role', :'other', '{"role": "user", "reason": "enough"}', :'admin'), 'user active', 'an administrator is demoted by another one');
INSERT INTO veza_data.session (user_id, created_at, last_used_at, expires_at) VALUES (:'other', now(), now(), now() + interval '1 day') RETURNING id AS fresh \gset
SELECT is(test.http('GET', '/api/v1/admin/dashboard', '{}', :'other', :'fresh') ->> 'refusal', 'AUTH_INSUFFICIENT_PERMISSIONS', 'and is none at the next request');

-- ---- suspending

SELECT token_version AS v FROM veza_data.users WHERE id = :'u' \gset
SELECT test.session_of(:'u') AS session \gset
SELECT is(pg_temp.change('POST', '/users/:id/suspend', :'u', '{"reason": "spam"}', :'admin'), 'user suspended', 'an account is suspended');
SELECT is(pg_temp.record(:'u'), 'admin user.suspend spam {"status": "active"} {"status": "suspended"}', 'on record');
SELECT is((SELECT end_reason FROM veza_data.session WHERE id = :'session'), 'admin', 'its sessions end');
SELECT is((SELECT token_version - :v FROM veza_data.users WHERE id = :'u'), 1, 'its tokens, too');
SELECT is(test.http('GET', '/api/v1/auth/me', '{}', :'u', :'session', :v) ->> 'refusal', 'AUTH_TOKEN_INVALID', 'its next request is refused');
INSERT INTO veza_data.session (user_id, created_at, last_used_at, expires_at) VALUES (:'u', now(), now(), now() + interval '1 day') RETURNING id AS late \gset
SELECT is(test.http('GET', '/api/v1/auth/me', '{}', :'u', :'late') ->> 'refusal', 'USER_ACCOUNT_DISABLED', 'also with a session that a login under way has left behind');
SELECT is((SELECT string_agg(template, ' ' ORDER BY created_at, template) FROM veza_data.mail WHERE user_id = :'u' AND template LIKE 'account%'), 'account_suspended', 'the user is told');
SELECT count(*) AS rows FROM veza_data.audit_log \gset
SELECT is(pg_temp.change('POST', '/users/:id/suspend', :'u', '{"reason": "more spam"}', :'admin'), 'user suspended', 'again');
SELECT is((SELECT count(*) FROM veza_data.audit_log), :rows::bigint, 'changes nothing');
SELECT is(pg_temp.change('POST', '/users/:id/unsuspend', :'u', '{"reason": "sorry"}', :'admin'), 'user active', 'and given back');
SELECT is(test.http('GET', '/api/v1/auth/me', '{}', :'u', :'late') ->> 'refusal', 'AUTH_TOKEN_INVALID', 'without the sessions of before');
SELECT is(pg_temp.change('POST', '/users/:id/suspend', :'u', '{}', :'admin'), 'VALIDATION_ERROR', 'a reason is needed');

-- ---- logout by force

INSERT INTO veza_data.session (user_id, created_at, last_used_at, expires_at) SELECT :'u', now(), now(), now() + interval '1 day' FROM generate_series(1, 3);
SELECT is(pg_temp.call('POST', '/users/:id/logout', jsonb_build_object('id', :'u', 'reason', 'lost laptop'), :'admin') -> 'result', '{"devices_disconnected": 3}', 'all sessions of an account are ended');
SELECT is((SELECT count(*) FROM veza_data.session WHERE user_id = :'u' AND ended_at IS NULL), 0::bigint, 'really');
SELECT is((SELECT concat_ws(' ', action, reason, details) FROM veza_data.audit_log WHERE resource_id = :'u' ORDER BY id DESC LIMIT 1), 'user.logout lost laptop {"sessions": 3}', 'on record');
SELECT is(pg_temp.call('POST', '/users/:id/logout', jsonb_build_object('id', gen_random_uuid()), :'admin') ->> 'refusal', 'USER_NOT_FOUND', 'there is no such account');

-- ---- several things at once, versions, addresses

SELECT revision AS r FROM veza_data.users WHERE id = :'u' \gset
SELECT is(pg_temp.call(method, '/users/:id' || path, jsonb_build_object('id', :'u', 'role', 'label', 'reason', 'x'), :'admin', jsonb_build_object('if_match', test.tag(:'u', :r - 1))) ->> 'refusal',
          'PRECONDITION_FAILED', format('%s %s of an old version', method, path))
  FROM (VALUES ('PUT', '/role'), ('POST', '/suspend'), ('POST', '/unsuspend'), ('POST', '/logout')) t(method, path);
SELECT is(pg_temp.change('PUT', '/users/:id', :'u', '{"role": "label"}', :'admin', jsonb_build_object('if_match', test.tag(:'u', :r - 1))), 'PRECONDITION_FAILED', 'an old version is refused');
SELECT is(pg_temp.change('PUT', '/users/:id', :'u', '{"role": "label", "is_active": false, "is_verified": true, "reason": "all"}', :'admin', jsonb_build_object('if_match', test.tag(:'u', :r))),
          'label suspended', 'with the present one all is changed');
SELECT is((SELECT string_agg(action, ' ' ORDER BY id) FROM (SELECT action, id FROM veza_data.audit_log WHERE resource_id = :'u' ORDER BY id DESC LIMIT 3) a), 'user.verify user.role_change user.suspend', 'each on record');
SELECT is((SELECT revision FROM veza_data.users WHERE id = :'u'), (:r + 1)::bigint, 'as one version');
SELECT is(pg_temp.change('PUT', '/users/:id', :'u', '{"role": "user", "is_active": true}', :'admin'), 'user active', 'and back');
SELECT is(pg_temp.call('GET', '/users/:id', jsonb_build_object('id', :'u'), :'admin') -> 'head' -> 'headers' ->> 'ETag', test.tag(:'u', :r + 2), 'reading says the version');
INSERT INTO veza_data.users (username, email, password_hash, created_at, updated_at) SELECT 'sharer', email, 'none', now(), now() FROM veza_data.users WHERE id = :'u' RETURNING id AS sharer \gset
SELECT is(pg_temp.change('PUT', '/users/:id', :'sharer', '{"is_verified": true}', :'admin'), 'USER_ALREADY_EXISTS', 'an address has one owner');
SELECT is(pg_temp.change('PUT', '/users/:id', :'u', '{"is_verified": false}', :'admin'), 'user active', 'which can be undone');
SELECT is(pg_temp.change('PUT', '/users/:id', :'sharer', '{"is_verified": true}', :'admin'), 'user active', 'then it is the other one''s');
SELECT results_eq($$ SELECT user_id FROM veza_data.address_account WHERE address = (SELECT email FROM veza_data.users WHERE username = 'sharer') $$, format('VALUES (%L::uuid)', :'sharer'), 'and only that one''s');
SELECT is_empty($$ SELECT user_id FROM veza_data.address_claim WHERE address = (SELECT email FROM veza_data.users WHERE username = 'sharer') AND is_open $$, 'all claims to it end');
SELECT is(pg_temp.change('PUT', '/users/:id', :'u', '{"is_verified": true}', :'admin'), 'USER_ALREADY_EXISTS', 'the one of before does not get it back');
UPDATE veza_data.users SET email = NULL WHERE id = :'u';
SELECT is(pg_temp.change('PUT', '/users/:id', :'u', '{"is_verified": true}', :'admin'), 'VALIDATION_ERROR', 'nothing is not confirmed');
UPDATE veza_data.users SET status = 'deleted', password_hash = NULL WHERE id = :'sharer';
SELECT is(pg_temp.change('PUT', '/users/:id', :'sharer', '{"is_active": true}', :'admin'), 'USER_NOT_FOUND', 'a deleted account is not changed');
SELECT is(pg_temp.call('GET', '/users/:id', jsonb_build_object('id', :'sharer'), :'admin') -> 'result' ->> 'status', 'deleted', 'but can be seen');
SELECT is(pg_temp.call('GET', '/users/:id', jsonb_build_object('id', gen_random_uuid()), :'admin') ->> 'refusal', 'USER_NOT_FOUND', 'where there was one');
SELECT is((SELECT array_agg(k ORDER BY k) FROM jsonb_object_keys(pg_temp.call('GET', '/users/:id', jsonb_build_object('id', :'u'), :'admin') -> 'result') k),
          (SELECT array_agg(attname::text ORDER BY attname) FROM pg_attribute WHERE attrelid = 'veza_data.admin_user_detail_shape'::regclass AND attnum > 0), 'with these members');
SELECT is_empty($$ SELECT attname FROM pg_attribute WHERE attrelid IN ('veza_data.admin_user_shape'::regclass, 'veza_data.admin_user_detail_shape'::regclass) AND attname ~ 'password|secret|token|hash' $$, 'and no secret');

-- ---- the list

INSERT INTO veza_data.users (username, email, password_hash, role, created_at, updated_at)
SELECT format('Lister%s', n), format('q%s@lists.example', n), 'none', CASE WHEN n > 3 THEN 'label' ELSE 'user' END, now() + n * interval '1 s', now() FROM generate_series(1, 5) n;
UPDATE veza_data.users SET email = NULL WHERE username = 'Lister5';
CREATE FUNCTION pg_temp.names(args jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(a ->> 'refusal', (SELECT string_agg(substring(u ->> 'username' from '\d+$'), ' ') FROM jsonb_array_elements(a -> 'result') u) || ' of ' || (a -> 'head' -> 'meta' ->> 'total'), 'none')
      FROM pg_temp.call('GET', '/users', $1, (SELECT id FROM veza_data.users WHERE role = 'admin' LIMIT 1)) a
$$;
SELECT is(pg_temp.names('{"search": "LISTER"}'), '5 4 3 2 1 of 5', 'by name, the newest first');
SELECT is(pg_temp.names('{"search": "@lists.example", "limit": "2", "page": "2"}'), '2 1 of 4', 'by address, page by page');
SELECT is(pg_temp.names('{"search": "lister", "role": "label"}'), '5 4 of 2', 'by role');
SELECT is(pg_temp.names('{"search": "lister", "status": "suspended"}'), 'none', 'by status');
SELECT is(pg_temp.names('{"search": "lister", "sort": "username"}'), '1 2 3 4 5 of 5', 'sorted by name');
SELECT is(pg_temp.names('{"search": "lister", "sort": "username", "order": "desc", "limit": "2"}'), '5 4 of 5', 'downwards');
SELECT is(pg_temp.names('{"search": "lister", "sort": "email"}'), '5 1 2 3 4 of 5', 'by address, first those without');
SELECT is(pg_temp.names('{"search": "lister", "sort": "created_at", "order": "asc"}'), '1 2 3 4 5 of 5', 'the oldest first');
SELECT is(pg_temp.names('{"search": "100%_"}'), 'none', 'a text is no pattern');
SELECT is(pg_temp.names(args), 'VALIDATION_ERROR', args::text) FROM unnest(ARRAY['{"sort": "password_hash"}', '{"order": "sideways"}', '{"role": "x"}', '{"status": "x"}', '{"page": "0"}', '{"limit": "101"}', '{"sort": "role,status"}']::jsonb[]) args;

-- ---- searching the audit log

SELECT test.act(:'admin');
SET LOCAL session_replication_role = replica;
INSERT INTO veza_data.audit_log (at, actor_id, actor_kind, db_role, action, outcome, resource_type, resource_id, ip_address, request_id)
SELECT timestamptz '2020-01-01 00:00Z' + n * interval '1 hour', CASE WHEN n % 2 = 0 THEN :'u'::uuid END, CASE WHEN n % 2 = 0 THEN 'user' ELSE 'anonymous' END, 'pgtap',
       (ARRAY['old.read', 'old.write', 'older.read'])[1 + n % 3], CASE WHEN n % 5 = 0 THEN 'failure' ELSE 'success' END, CASE WHEN n % 2 = 0 THEN 'track' ELSE 'user' END,
       CASE WHEN n % 2 = 0 THEN 'track-' || n ELSE :'u' END, '198.51.100.' || n % 4, 'old-' || n
  FROM generate_series(1, 30) n;
SET LOCAL session_replication_role = origin;
-- 'first entries of total', the entries by the numbers of their requests.
CREATE FUNCTION pg_temp.found(args jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(a ->> 'refusal', (SELECT string_agg(substring(e ->> 'request_id' from '^old-(\d+)$'), ' ') FROM jsonb_array_elements(a -> 'result') e) || ' of ' || (a -> 'head' -> 'meta' ->> 'total'), 'none')
      FROM pg_temp.call('GET', '/audit/logs', '{"date_to": "2020-02-01T00:00:00Z", "limit": "4"}' || $1, (SELECT id FROM veza_data.users WHERE role = 'admin' LIMIT 1)) a
$$;
SELECT is(pg_temp.found('{}'), '30 29 28 27 of 30', 'the newest first');
SELECT is(pg_temp.found('{"page": "8"}'), '2 1 of 30', 'page by page');
SELECT is(pg_temp.found('{"action": "old.read"}'), '30 27 24 21 of 10', 'by action');
SELECT is(pg_temp.found('{"action": "old."}'), '30 28 27 25 of 20', 'by what actions begin with');
SELECT is(pg_temp.found('{"action": "old"}'), 'none', 'only with the dot');
SELECT is(pg_temp.found(jsonb_build_object('user_id', :'u')), '30 29 28 27 of 30', 'by user: what that one did, and what nobody did to that one''s account');
SELECT is(pg_temp.found('{"resource_type": "track"}'), '30 28 26 24 of 15', 'by kind of thing');
SELECT is(pg_temp.found('{"resource_id": "track-8"}'), '8 of 1', 'by thing');
SELECT is(pg_temp.found('{"ip_address": "198.51.100.3"}'), '27 23 19 15 of 7', 'by address');
SELECT is(pg_temp.found('{"outcome": "failure"}'), '30 25 20 15 of 6', 'by outcome');
SELECT is(pg_temp.found('{"request_id": "old-13"}'), '13 of 1', 'by request');
SELECT is(pg_temp.found('{"date_from": "2020-01-01T10:00:00Z", "date_to": "2020-01-01T12:00:00Z"}'), '11 10 of 2', 'by time, the end not included');
SELECT is(pg_temp.found(jsonb_build_object('user_id', :'u', 'action', 'old.', 'outcome', 'failure', 'ip_address', '198.51.100.2', 'resource_type', 'track')), '30 10 of 2', 'by all of them');
SELECT is(pg_temp.found('{"cursor": "soup"}'), 'VALIDATION_ERROR', 'a cursor is ours');
SELECT is(pg_temp.found('{"limit": "0"}'), 'VALIDATION_ERROR', 'a page has rows');
CREATE FUNCTION pg_temp.walk(args jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    a jsonb;
    seen text := '';
    next jsonb := '{}';
BEGIN
    FOR n IN 1 .. 12 LOOP
        a := pg_temp.call('GET', '/audit/logs', '{"date_to": "2020-02-01T00:00:00Z", "limit": "7"}' || args || next, (SELECT id FROM veza_data.users WHERE role = 'admin' LIMIT 1));
        seen := seen || ' ' || (SELECT string_agg(substring(e ->> 'request_id' from '\d+$'), ' ') FROM jsonb_array_elements(a -> 'result') e);
        EXIT WHEN a -> 'head' -> 'meta' ->> 'next_cursor' IS NULL;
        next := jsonb_build_object('cursor', a -> 'head' -> 'meta' ->> 'next_cursor');
    END LOOP;
    RETURN trim(seen);
END
$$;
SELECT is(pg_temp.walk(args), (SELECT string_agg(n::text, ' ' ORDER BY n DESC) FROM generate_series(1, 30) n WHERE NOT args ? 'action' OR n % 3 <> 2), 'cursors lead through all of it: ' || args::text)
  FROM unnest(ARRAY['{}', jsonb_build_object('user_id', :'u'), '{"action": "old."}']::jsonb[]) args;
SELECT is((SELECT concat_ws(' ', e ->> 'user_id', e ->> 'username', e ->> 'user_role') FROM jsonb_array_elements(veza.audit_logs(request_id => 'old-30')::jsonb) e),
          (SELECT concat_ws(' ', id, username, role) FROM veza_data.users WHERE id = :'u'), 'who acted has a name and a role');

-- ---- figures

SELECT is(veza.audit_stats('2020-01-01', '2020-01-02')::jsonb - 'by_user' - 'period', jsonb_build_object('total', 23, 'failed_logins', 0, 'unique_ips', 4,
          'by_day', '[{"day": "2020-01-01", "count": 23}]'::jsonb,
          'by_action', '[{"action": "old.write", "count": 8}, {"action": "older.read", "count": 8}, {"action": "old.read", "count": 7}]'::jsonb), 'the log in figures');
SELECT is(veza.audit_stats('2020-01-01', '2020-01-02')::jsonb -> 'by_user', (SELECT jsonb_build_array(jsonb_build_object('user_id', id, 'username', username, 'count', 11)) FROM veza_data.users WHERE id = :'u'), 'by user');
SELECT is((veza.audit_stats('1990-01-01', '1990-01-02')::jsonb - 'period')::text, '{"total": 0, "by_day": [], "by_user": [], "by_action": [], "unique_ips": 0, "failed_logins": 0}', 'of a time without rows');
SELECT is((SELECT (p ->> 'date_to')::timestamptz - (p ->> 'date_from')::timestamptz FROM (SELECT veza.audit_stats()::jsonb -> 'period' AS p) x), interval '30 days', 'of thirty days');
SELECT is(test.refusal($$ SELECT veza.audit_stats('2020-01-02', '2020-01-01') $$), 'VALIDATION_ERROR', 'time runs forwards');
SELECT is(test.refusal($$ SELECT veza.audit_stats('-infinity') $$), 'VALIDATION_ERROR', 'and has a beginning');
SELECT is((SELECT array_agg(k ORDER BY k) FROM jsonb_object_keys(veza.admin_dashboard()::jsonb) k),
          (SELECT array_agg(attname::text ORDER BY attname) FROM pg_attribute WHERE attrelid = 'veza_data.admin_dashboard_shape'::regclass AND attnum > 0), 'the dashboard');
SELECT is((veza.admin_dashboard() ->> 'users')::bigint, (SELECT count(*) FROM veza_data.users WHERE status <> 'deleted'), 'counts accounts');

-- ---- what looks like an attack

-- So many events, so many seconds apart.
CREATE FUNCTION pg_temp.events(at timestamptz, n integer, pause integer, action text, outcome text, resource text, address text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO veza_data.audit_log (at, actor_kind, db_role, action, outcome, resource_type, resource_id, ip_address)
    SELECT $1 + i * $3 * interval '1 s', 'anonymous', 'pgtap', $4, $5, 'user', $6, replace($7, '%', i::text) FROM generate_series(0, $2 - 1) i
$$;
CREATE FUNCTION pg_temp.suspicious(day date) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(concat_ws(' ', e ->> 'type', CASE WHEN e ->> 'user_id' IS NOT NULL THEN 'user' END, e ->> 'ip_address', e ->> 'count', e ->> 'severity'), ', ' ORDER BY e ->> 'type', e ->> 'ip_address'), 'nothing')
      FROM jsonb_array_elements(veza.audit_suspicious($1::timestamptz, $1 + interval '1 day')::jsonb) e
$$;
SELECT pg_temp.events('2019-01-01', 5, 200, 'auth.login', 'failure', :'u', '192.0.2.1');
SELECT is(pg_temp.suspicious('2019-01-01'), 'brute_force user 192.0.2.1 5 medium', 'five failures of one account in a quarter of an hour');
SELECT pg_temp.events('2019-01-02', 5, 300, 'auth.login', 'failure', :'u', '192.0.2.1');
SELECT is(pg_temp.suspicious('2019-01-02'), 'nothing', 'not in twenty minutes');
SELECT pg_temp.events('2019-01-03', 5, 1, 'auth.login', 'success', :'u', '192.0.2.1');
SELECT is(pg_temp.suspicious('2019-01-03'), 'nothing', 'nor five logins that are none of it');
SELECT pg_temp.events('2019-01-04', 6, 10, 'auth.login', 'failure', NULL, '192.0.2.2');
SELECT is(pg_temp.suspicious('2019-01-04'), 'brute_force 192.0.2.2 6 medium', 'more than five failures from one address in a minute');
SELECT pg_temp.events('2019-01-05', 5, 1, 'auth.login', 'failure', NULL, '192.0.2.2');
SELECT is(pg_temp.suspicious('2019-01-05'), 'nothing', 'not five');
SELECT pg_temp.events('2019-01-06', 10, 1, 'auth.login', 'failure', :'u', '192.0.2.%');
SELECT is(pg_temp.suspicious('2019-01-06'), 'brute_force user 10 high', 'from many addresses, and twice as many: grave');
SELECT pg_temp.events('2019-01-07', 5, 600, 'auth.login', 'success', :'u', '192.0.2.%');
SELECT is(pg_temp.suspicious('2019-01-07'), 'many_ips_one_user user 5 medium', 'one account from five addresses in an hour');
SELECT pg_temp.events('2019-01-08', 5, 2000, 'auth.login', 'success', :'u', '192.0.2.%');
SELECT is(pg_temp.suspicious('2019-01-08'), 'nothing', 'not in three');
SELECT pg_temp.events('2019-01-09', 1, 1, 'auth.refresh_reuse', 'failure', test.session_of(:'u')::text, '192.0.2.3');
SELECT is(pg_temp.suspicious('2019-01-09'), 'token_reuse user 192.0.2.3 1 high', 'a stolen token');
SELECT pg_temp.events('2019-01-10', 3, 60, 'security.rate_limit', 'failure', NULL, '192.0.2.4');
SELECT is(pg_temp.suspicious('2019-01-10'), 'rate_limit_abuse 192.0.2.4 3 medium', 'limits that are run into');
UPDATE veza_data.setting SET value = '4' WHERE name = 'suspicious_rate_limits';
SELECT is(pg_temp.suspicious('2019-01-10'), 'nothing', 'the thresholds are settings');

SELECT * FROM finish();
ROLLBACK;
