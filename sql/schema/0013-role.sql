-- What an account may do now, in one expression; and how long an analyst may work at a time.

CREATE FUNCTION veza_data.effective_role(role text, plan_role text, plan_role_until timestamptz) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN role IN ('user', 'premium') AND plan_role IS NOT NULL
                     AND (plan_role_until IS NULL OR plan_role_until > now())
                THEN plan_role ELSE role END;
COMMENT ON FUNCTION veza_data.effective_role IS 'What an account may do now: its role, or what the live plan adds to a listener. Reads no table, so that it becomes part of each statement.
- role: role as assigned
- plan_role: role that the plan gives
- plan_role_until: end of that; NULL: as long as the plan is live';
REVOKE ALL ON FUNCTION veza_data.effective_role FROM PUBLIC;
GRANT EXECUTE ON FUNCTION veza_data.effective_role TO veza_dba;

INSERT INTO veza_data.setting (name, value, unit, description) VALUES
    ('analyst_time_limit', '300', 's', 'A session of a member of veza_analyst whose transaction is older is ended');
