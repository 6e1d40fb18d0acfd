-- Shapes: what administrators see.

CREATE VIEW veza_data.admin_user_shape AS
SELECT id, username, email, first_name, last_name, display_name, role, plan_role, plan_role_until,
       veza_data.effective_role(role, plan_role, plan_role_until) AS effective_role,
       status, status = 'active' AS is_active, is_verified, last_login_at, created_at, updated_at
  FROM veza_data.users;
COMMENT ON VIEW veza_data.admin_user_shape IS 'An account in the list of administrators.';
COMMENT ON COLUMN veza_data.admin_user_shape.id IS 'Key.';
COMMENT ON COLUMN veza_data.admin_user_shape.username IS 'Public name.';
COMMENT ON COLUMN veza_data.admin_user_shape.email IS 'E-mail address; NULL when another account has confirmed it.';
COMMENT ON COLUMN veza_data.admin_user_shape.first_name IS 'First name.';
COMMENT ON COLUMN veza_data.admin_user_shape.last_name IS 'Last name.';
COMMENT ON COLUMN veza_data.admin_user_shape.display_name IS 'Name as shown.';
COMMENT ON COLUMN veza_data.admin_user_shape.role IS 'Role as assigned.';
COMMENT ON COLUMN veza_data.admin_user_shape.plan_role IS 'Role that the paid plan gives besides.';
COMMENT ON COLUMN veza_data.admin_user_shape.plan_role_until IS 'End of that; NULL: as long as the plan is live.';
COMMENT ON COLUMN veza_data.admin_user_shape.effective_role IS 'What the account may do now.';
COMMENT ON COLUMN veza_data.admin_user_shape.status IS 'active, suspended or deleted.';
COMMENT ON COLUMN veza_data.admin_user_shape.is_active IS 'The account is not disabled.';
COMMENT ON COLUMN veza_data.admin_user_shape.is_verified IS 'The e-mail address is confirmed.';
COMMENT ON COLUMN veza_data.admin_user_shape.last_login_at IS 'Last login.';
COMMENT ON COLUMN veza_data.admin_user_shape.created_at IS 'When the account was made.';
COMMENT ON COLUMN veza_data.admin_user_shape.updated_at IS 'When it last changed.';

CREATE VIEW veza_data.admin_user_detail_shape AS
SELECT s.*, u.revision, u.language, u.timezone,
       EXISTS (SELECT FROM veza_data.two_factor f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL) AS has_second_factor,
       (SELECT count(*) FROM veza_data.session e
         WHERE e.user_id = u.id AND e.ended_at IS NULL AND e.expires_at > now()) AS active_sessions,
       (SELECT count(*) FROM veza_data.session e WHERE e.user_id = u.id) AS sessions,
       (SELECT count(*) FROM veza_data.track t WHERE t.uploader_id = u.id) AS tracks,
       (SELECT p.name FROM veza_data.subscription b JOIN veza_data.plan p ON p.id = b.plan_id
         WHERE b.user_id = u.id AND b.status IN ('active', 'suspended')) AS plan
  FROM veza_data.admin_user_shape s JOIN veza_data.users u USING (id);
COMMENT ON VIEW veza_data.admin_user_detail_shape IS 'An account in full, as administrators see it.';
COMMENT ON COLUMN veza_data.admin_user_detail_shape.id IS 'Key.';
COMMENT ON COLUMN veza_data.admin_user_detail_shape.username IS 'Public name.';
COMMENT ON COLUMN veza_data.admin_user_detail_shape.email IS 'E-mail address; NULL when another account has confirmed it.';
COMMENT ON COLUMN veza_data.admin_user_detail_shape.first_name IS 'First name.';
COMMENT ON COLUMN veza_data.admin_user_detail_shape.last_name IS 'Last name.';
COMMENT ON COLUMN veza_data.admin_user_detail_shape.display_name IS 'Name as shown.';
COMMENT ON COLUMN veza_data.admin_user_detail_shape.role IS 'Role as assigned.';
COMMENT ON COLUMN veza_data.admin_user_detail_shape.plan_role IS 'Role that the paid plan gives besides.';
COMMENT ON COLUMN veza_data.admin_user_detail_shape.plan_role_until IS 'End of that; NULL: as long as the plan is live.';
COMMENT ON COLUMN veza_data.admin_user_detail_shape.effective_role IS 'What the account may do now.';
COMMENT ON COLUMN veza_data.admin_user_detail_shape.status IS 'active, suspended or deleted.';
COMMENT ON COLUMN veza_data.admin_user_detail_shape.is_active IS 'The account is not disabled.';
COMMENT ON COLUMN veza_data.admin_user_detail_shape.is_verified IS 'The e-mail address is confirmed.';
COMMENT ON COLUMN veza_data.admin_user_detail_shape.last_login_at IS 'Last login.';
COMMENT ON COLUMN veza_data.admin_user_detail_shape.created_at IS 'When the account was made.';
COMMENT ON COLUMN veza_data.admin_user_detail_shape.updated_at IS 'When it last changed.';
COMMENT ON COLUMN veza_data.admin_user_detail_shape.revision IS 'Grows with every change; the ETag.';
COMMENT ON COLUMN veza_data.admin_user_detail_shape.language IS 'Language of mails, ISO 639-1.';
COMMENT ON COLUMN veza_data.admin_user_detail_shape.timezone IS 'IANA name of the time zone.';
COMMENT ON COLUMN veza_data.admin_user_detail_shape.has_second_factor IS 'Logins ask for a code.';
COMMENT ON COLUMN veza_data.admin_user_detail_shape.active_sessions IS 'Login sessions that live.';
COMMENT ON COLUMN veza_data.admin_user_detail_shape.sessions IS 'Login sessions that are on record.';
COMMENT ON COLUMN veza_data.admin_user_detail_shape.tracks IS 'Tracks of the account.';
COMMENT ON COLUMN veza_data.admin_user_detail_shape.plan IS 'Name of the live plan; NULL: none.';

CREATE VIEW veza_data.audit_entry_shape AS
SELECT a.id, a.at AS created_at, a.actor_id AS user_id, u.username, u.role AS user_role, a.actor_kind, a.db_role,
       a.action, a.outcome, a.resource_type, a.resource_id, a.reason, a.old_values, a.new_values, a.details,
       a.ip_address, a.user_agent, a.session_id, a.request_id
  FROM veza_data.audit_log a
  LEFT JOIN veza_data.users u ON u.id = a.actor_id;
COMMENT ON VIEW veza_data.audit_entry_shape IS 'A row of the audit log.';
COMMENT ON COLUMN veza_data.audit_entry_shape.id IS 'Key.';
COMMENT ON COLUMN veza_data.audit_entry_shape.created_at IS 'When (UTC).';
COMMENT ON COLUMN veza_data.audit_entry_shape.user_id IS 'Who acted; NULL: nobody who is logged in.';
COMMENT ON COLUMN veza_data.audit_entry_shape.username IS 'Public name of that user.';
COMMENT ON COLUMN veza_data.audit_entry_shape.user_role IS 'Present role of that user.';
COMMENT ON COLUMN veza_data.audit_entry_shape.actor_kind IS 'anonymous, user, admin, dba or system.';
COMMENT ON COLUMN veza_data.audit_entry_shape.db_role IS 'SQL role of the session.';
COMMENT ON COLUMN veza_data.audit_entry_shape.action IS 'Domain, dot, verb.';
COMMENT ON COLUMN veza_data.audit_entry_shape.outcome IS 'success or failure.';
COMMENT ON COLUMN veza_data.audit_entry_shape.resource_type IS 'Kind of thing it was done to.';
COMMENT ON COLUMN veza_data.audit_entry_shape.resource_id IS 'Key of that thing.';
COMMENT ON COLUMN veza_data.audit_entry_shape.reason IS 'Why, as the actor said.';
COMMENT ON COLUMN veza_data.audit_entry_shape.old_values IS 'Changed columns before.';
COMMENT ON COLUMN veza_data.audit_entry_shape.new_values IS 'Changed columns after.';
COMMENT ON COLUMN veza_data.audit_entry_shape.details IS 'Further facts.';
COMMENT ON COLUMN veza_data.audit_entry_shape.ip_address IS 'Client address.';
COMMENT ON COLUMN veza_data.audit_entry_shape.user_agent IS 'Program of the client.';
COMMENT ON COLUMN veza_data.audit_entry_shape.session_id IS 'Login session.';
COMMENT ON COLUMN veza_data.audit_entry_shape.request_id IS 'Request, as in the logs.';

CREATE VIEW veza_data.audit_stats_shape AS
SELECT NULL::json AS period, NULL::bigint AS total, NULL::json AS by_action, NULL::json AS by_user, NULL::json AS by_day,
       NULL::bigint AS failed_logins, NULL::bigint AS unique_ips
 WHERE false;
COMMENT ON VIEW veza_data.audit_stats_shape IS 'The audit log in figures.';
COMMENT ON COLUMN veza_data.audit_stats_shape.period IS 'date_from, and date_to, which is not included.';
COMMENT ON COLUMN veza_data.audit_stats_shape.total IS 'Rows.';
COMMENT ON COLUMN veza_data.audit_stats_shape.by_action IS 'Rows by action, the most frequent first.';
COMMENT ON COLUMN veza_data.audit_stats_shape.by_user IS 'The ten users who acted most.';
COMMENT ON COLUMN veza_data.audit_stats_shape.by_day IS 'Rows by day (UTC).';
COMMENT ON COLUMN veza_data.audit_stats_shape.failed_logins IS 'Failed logins.';
COMMENT ON COLUMN veza_data.audit_stats_shape.unique_ips IS 'Different client addresses.';

CREATE VIEW veza_data.audit_suspicious_shape AS
SELECT NULL::text AS type, NULL::uuid AS user_id, NULL::text AS username, NULL::text AS ip_address, NULL::bigint AS count,
       NULL::timestamptz AS first_seen, NULL::timestamptz AS last_seen, NULL::text AS severity
 WHERE false;
COMMENT ON VIEW veza_data.audit_suspicious_shape IS 'Something that looks like an attack.';
COMMENT ON COLUMN veza_data.audit_suspicious_shape.type IS 'brute_force, many_ips_one_user, token_reuse or rate_limit_abuse.';
COMMENT ON COLUMN veza_data.audit_suspicious_shape.user_id IS 'Account that it is about.';
COMMENT ON COLUMN veza_data.audit_suspicious_shape.username IS 'Its name.';
COMMENT ON COLUMN veza_data.audit_suspicious_shape.ip_address IS 'Address that it comes from, when it is one.';
COMMENT ON COLUMN veza_data.audit_suspicious_shape.count IS 'Events; of many_ips_one_user: addresses.';
COMMENT ON COLUMN veza_data.audit_suspicious_shape.first_seen IS 'First of them in the period.';
COMMENT ON COLUMN veza_data.audit_suspicious_shape.last_seen IS 'Last of them.';
COMMENT ON COLUMN veza_data.audit_suspicious_shape.severity IS 'medium or high.';

CREATE VIEW veza_data.admin_dashboard_shape AS
SELECT (SELECT count(*) FROM veza_data.users WHERE status <> 'deleted') AS users,
       (SELECT count(*) FROM veza_data.users WHERE status = 'active' AND last_login_at > now() - interval '30 days') AS active_users,
       (SELECT count(*) FROM veza_data.users WHERE status = 'suspended') AS suspended_users,
       (SELECT count(*) FROM veza_data.session WHERE ended_at IS NULL AND expires_at > now()) AS active_sessions,
       (SELECT count(*) FROM veza_data.track) AS tracks,
       (SELECT coalesce(json_object_agg(status, n), '{}')
          FROM (SELECT status, count(*) AS n FROM veza_data.subscription GROUP BY status) s) AS subscriptions,
       (SELECT coalesce(json_object_agg(status, n), '{}')
          FROM (SELECT status, count(*) AS n FROM veza_data.distribution GROUP BY status) d) AS distributions,
       (SELECT count(*) FROM veza_data.payment WHERE state IN ('prepared', 'open', 'processing', 'review')) AS pending_payments,
       now() AS last_updated;
COMMENT ON VIEW veza_data.admin_dashboard_shape IS 'How much there is of everything.';
COMMENT ON COLUMN veza_data.admin_dashboard_shape.users IS 'Accounts that are not deleted.';
COMMENT ON COLUMN veza_data.admin_dashboard_shape.active_users IS 'Active accounts that logged in within 30 days.';
COMMENT ON COLUMN veza_data.admin_dashboard_shape.suspended_users IS 'Suspended accounts.';
COMMENT ON COLUMN veza_data.admin_dashboard_shape.active_sessions IS 'Login sessions that live.';
COMMENT ON COLUMN veza_data.admin_dashboard_shape.tracks IS 'Tracks.';
COMMENT ON COLUMN veza_data.admin_dashboard_shape.subscriptions IS 'Subscriptions by status.';
COMMENT ON COLUMN veza_data.admin_dashboard_shape.distributions IS 'Submissions by status.';
COMMENT ON COLUMN veza_data.admin_dashboard_shape.pending_payments IS 'Payments that are not final.';
COMMENT ON COLUMN veza_data.admin_dashboard_shape.last_updated IS 'When this was counted.';
