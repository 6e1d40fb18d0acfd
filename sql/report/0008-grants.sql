-- Who may read what. Runs after the views, at every change of them.

GRANT USAGE ON SCHEMA veza_report TO veza_analyst, veza_dba;

-- Operators read everything but secrets.
GRANT USAGE ON SCHEMA veza_data TO veza_dba;
DO $$
DECLARE
    t record;
BEGIN
    -- What somebody else has put into our schemas is theirs to grant.
    FOR t IN SELECT c.oid::regclass AS name, c.relnamespace::regnamespace::text AS schema
               FROM pg_class c
              WHERE c.relnamespace IN ('veza_report'::regnamespace, 'veza_data'::regnamespace)
                AND c.relkind IN ('r', 'v') AND c.relowner = current_user::regrole LOOP
        EXECUTE format('GRANT SELECT ON %s TO veza_dba', t.name);
        IF t.schema = 'veza_report' THEN
            EXECUTE format('GRANT SELECT ON %s TO veza_analyst', t.name);
        END IF;
    END LOOP;
END
$$;
REVOKE SELECT ON veza_data.users, veza_data.refresh_token, veza_data.effect, veza_data.one_time_token,
    veza_data.two_factor, veza_data.recovery_code, veza_data.track_share FROM veza_dba;
GRANT SELECT (id, username, email, role, status, is_verified, token_version, first_name, last_name, display_name,
              bio, avatar, plan_role, plan_role_until, location, website, timezone, language, social_links, skills,
              preferences, pending_email, profile_visibility, revision, avatar_file, last_login_at, password_changed_at, created_at, updated_at)
    ON veza_data.users TO veza_dba;
GRANT SELECT (id, session_id, parent_id, created_at, used_at, retired_at) ON veza_data.refresh_token TO veza_dba;
GRANT SELECT (id, kind, subject_id, state, request, reason, attempts, due_at, lease_owner, lease_until, first_sent_at,
              waiters, outcome, error_code, error_message, request_id, created_at, updated_at, finished_at, claimed_at)
    ON veza_data.effect TO veza_dba;
GRANT SELECT (user_id, purpose, email, mail_id, created_at, expires_at, used_at) ON veza_data.one_time_token TO veza_dba;
GRANT SELECT (user_id, created_at, confirmed_at, last_step) ON veza_data.two_factor TO veza_dba;
GRANT SELECT (user_id, used_at) ON veza_data.recovery_code TO veza_dba;
GRANT SELECT (id, track_id, user_id, allow_download, max_uses, uses, expires_at, revoked_at, created_at)
    ON veza_data.track_share TO veza_dba;
GRANT SELECT ON veza.audit, veza.guard, veza.setting TO veza_dba;
