
-- Operation.

CREATE FUNCTION veza.run_audit() RETURNS bigint LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.run_audit IS 'Counts the rows of veza.audit and keeps the number for the metrics; veza-relay calls it every few minutes.';

CREATE FUNCTION veza.metrics(OUT name text, OUT help text, OUT labels text, OUT value double precision)
    RETURNS SETOF record LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.metrics IS 'What the database knows for /metrics: users, sessions, subscriptions, effects, webhooks, audit findings.';

CREATE FUNCTION veza.verify_audit(
    OUT is_intact boolean, OUT seals bigint, OUT rows bigint, OUT unsealed bigint, OUT newest_hash text,
    OUT broken_seal bigint, OUT finding text)
    RETURNS SETOF record LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.verify_audit IS 'Computes all seals of the audit log again and names the first broken one: rows altered, removed or inserted since.';

-- Accounts, as administrators see and change them.

CREATE FUNCTION veza.admin_user_list(
    search text DEFAULT NULL, role text DEFAULT NULL, status text DEFAULT NULL,
    sort text DEFAULT NULL, "order" text DEFAULT NULL, page integer DEFAULT 1, "limit" integer DEFAULT 20)
    RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.admin_user_list IS 'List the accounts, by default the newest first.
- search: part of a username or an e-mail address
- role: role as assigned
- status: active, suspended or deleted
- sort: created_at, updated_at, last_login_at, username, email, role or status
- order: asc or desc; without it asc, and desc for created_at
- page: page, from 1
- limit: rows per page, 1 to 100';
SELECT veza.add_route('GET', '/api/v1/admin/users', 'veza.admin_user_list', 'admin', 'slow',
                      errors => '{VALIDATION_ERROR}', shape => 'admin_user_shape', is_list => true,
                      aliases => '{"order": ["sort_order"], "search": ["q"]}');

CREATE FUNCTION veza.admin_user(id uuid)
    RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.admin_user IS 'Show an account in full.
- id: the account';
SELECT veza.add_route('GET', '/api/v1/admin/users/:id', 'veza.admin_user', 'admin', 'slow',
                      errors => '{VALIDATION_ERROR,USER_NOT_FOUND}', shape => 'admin_user_detail_shape');

CREATE FUNCTION veza.admin_user_update(
    id uuid, role text DEFAULT NULL, is_active boolean DEFAULT NULL, is_verified boolean DEFAULT NULL,
    reason text DEFAULT NULL)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.admin_user_update IS 'Change the role or status of an account; what is not given stays. Nobody becomes an administrator by this.
- id: the account
- role: user, premium, creator, artist, producer or label
- is_active: false suspends the account
- is_verified: the e-mail address counts as confirmed
- reason: why; goes to the audit log';
SELECT veza.add_route('PUT', '/api/v1/admin/users/:id', 'veza.admin_user_update', 'admin', 'writes',
                      errors => '{VALIDATION_ERROR,USER_NOT_FOUND,PRECONDITION_FAILED,ADMIN_OWN_ACCOUNT,USER_IS_LAST_ADMIN,ADMIN_NOT_GRANTABLE,
                                  USER_ALREADY_EXISTS}',
                      shape => 'admin_user_detail_shape',
                      aliases => '{"is_active": ["isActive"], "is_verified": ["isVerified"]}');

CREATE FUNCTION veza.admin_user_role(id uuid, role text, reason text)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.admin_user_role IS 'Give an account another role. Access tokens end, sessions go on. Nobody becomes an administrator by this.
- id: the account
- role: user, premium, creator, artist, producer or label
- reason: why; goes to the audit log';
SELECT veza.add_route('PUT', '/api/v1/admin/users/:id/role', 'veza.admin_user_role', 'admin', 'writes',
                      errors => '{VALIDATION_ERROR,USER_NOT_FOUND,PRECONDITION_FAILED,ADMIN_OWN_ACCOUNT,USER_IS_LAST_ADMIN,ADMIN_NOT_GRANTABLE}',
                      shape => 'admin_user_detail_shape');

CREATE FUNCTION veza.admin_user_suspend(id uuid, reason text)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.admin_user_suspend IS 'Shut an account out: its sessions and tokens end at once, and it cannot log in.
- id: the account
- reason: why; goes to the audit log';
SELECT veza.add_route('POST', '/api/v1/admin/users/:id/suspend', 'veza.admin_user_suspend', 'admin', 'writes',
                      errors => '{VALIDATION_ERROR,USER_NOT_FOUND,PRECONDITION_FAILED,ADMIN_OWN_ACCOUNT,USER_IS_LAST_ADMIN}',
                      shape => 'admin_user_detail_shape');

CREATE FUNCTION veza.admin_user_unsuspend(id uuid, reason text)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.admin_user_unsuspend IS 'Let a suspended account log in again.
- id: the account
- reason: why; goes to the audit log';
SELECT veza.add_route('POST', '/api/v1/admin/users/:id/unsuspend', 'veza.admin_user_unsuspend', 'admin', 'writes',
                      errors => '{VALIDATION_ERROR,USER_NOT_FOUND,PRECONDITION_FAILED}',
                      shape => 'admin_user_detail_shape');

CREATE FUNCTION veza.admin_user_logout(id uuid, reason text DEFAULT NULL)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.admin_user_logout IS 'End all login sessions of an account.
- id: the account
- reason: why; goes to the audit log';
SELECT veza.add_route('POST', '/api/v1/admin/users/:id/logout', 'veza.admin_user_logout', 'admin', 'writes',
                      errors => '{VALIDATION_ERROR,USER_NOT_FOUND,PRECONDITION_FAILED}', shape => 'logout_shape');

CREATE FUNCTION veza.make_admin(account text, reason text)
    RETURNS uuid LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.make_admin IS 'Makes an account an administrator: only here, never over HTTP; written to the audit log with your SQL role.
- account: username or id
- reason: why; goes to the audit log';

CREATE FUNCTION veza.admin_dashboard()
    RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.admin_dashboard IS 'Count accounts, sessions, tracks, subscriptions, distributions and payments.';
SELECT veza.add_route('GET', '/api/v1/admin/dashboard', 'veza.admin_dashboard', 'admin', 'slow',
                      shape => 'admin_dashboard_shape');

-- The audit log, as administrators search it.

CREATE FUNCTION veza.audit_logs(
    user_id uuid DEFAULT NULL, action text DEFAULT NULL, resource_type text DEFAULT NULL, resource_id text DEFAULT NULL,
    ip_address text DEFAULT NULL, outcome text DEFAULT NULL, date_from timestamptz DEFAULT NULL,
    date_to timestamptz DEFAULT NULL, request_id text DEFAULT NULL,
    page integer DEFAULT 1, "limit" integer DEFAULT 20, cursor text DEFAULT NULL)
    RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.audit_logs IS 'Search the audit log, the newest first. Totals above 10000 are not counted to the end.
- user_id: who acted, or whose account an anonymous request was about
- action: name of an action, or with a dot at its end what the names begin with: auth.
- resource_type: kind of thing
- resource_id: key of the thing
- ip_address: client address
- outcome: success or failure
- date_from: from this time on
- date_to: before this time
- request_id: request
- page: page, from 1
- limit: rows per page, 1 to 100
- cursor: next_cursor of an earlier answer, instead of page';
SELECT veza.add_route('GET', '/api/v1/admin/audit/logs', 'veza.audit_logs', 'admin', 'slow',
                      errors => '{VALIDATION_ERROR}', shape => 'audit_entry_shape', is_list => true);

CREATE FUNCTION veza.audit_stats(date_from timestamptz DEFAULT NULL, date_to timestamptz DEFAULT NULL)
    RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.audit_stats IS 'Count the audit log by action, user and day.
- date_from: from this time on; 30 days before date_to
- date_to: before this time; now';
SELECT veza.add_route('GET', '/api/v1/admin/audit/stats', 'veza.audit_stats', 'admin', 'slow',
                      errors => '{VALIDATION_ERROR}', shape => 'audit_stats_shape');

CREATE FUNCTION veza.audit_suspicious(date_from timestamptz DEFAULT NULL, date_to timestamptz DEFAULT NULL)
    RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.audit_suspicious IS 'List what in the audit log looks like an attack, the gravest first; its thresholds are the settings suspicious_*.
- date_from: from this time on; a day before date_to
- date_to: before this time; now';
SELECT veza.add_route('GET', '/api/v1/admin/audit/suspicious', 'veza.audit_suspicious', 'admin', 'slow',
                      errors => '{VALIDATION_ERROR}', shape => 'audit_suspicious_shape', is_list => true);
