-- Roles of a Veza cluster. Run once per cluster by a superuser, before CREATE EXTENSION:
--     psql -f roles.sql
-- Running it again changes nothing. Passwords are yours to set:
--     ALTER ROLE veza_httpd PASSWORD '...';
--
--   veza_owner    owns schemas, tables and functions; cannot log in
--   veza_httpd    the HTTP shim: may call what the routes name, touches no table
--   veza_relay    the relay: claims effects and reports them, touches no table
--   veza_dba      operators: every business function, act_as, SELECT without secrets
--   veza_analyst  reads schema veza_report and nothing else

DO $$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT * FROM (VALUES
            ('veza_owner',   'NOLOGIN'),
            ('veza_httpd',   'LOGIN NOINHERIT'),
            ('veza_relay',   'LOGIN NOINHERIT'),
            ('veza_dba',     'LOGIN'),
            ('veza_analyst', 'LOGIN NOINHERIT')) AS r(name, attributes)
    LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted.name) THEN
            EXECUTE format('CREATE ROLE %I %s', wanted.name, wanted.attributes);
        END IF;
    END LOOP;
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'veza_analyst' AND rolconnlimit = -1) THEN
        ALTER ROLE veza_analyst CONNECTION LIMIT 10;
    END IF;
END
$$;

COMMENT ON ROLE veza_owner   IS 'Owns everything of Veza; nobody logs in as it.';
COMMENT ON ROLE veza_httpd   IS 'veza-httpd connects as this role.';
COMMENT ON ROLE veza_relay   IS 'veza-relay connects as this role.';
COMMENT ON ROLE veza_dba     IS 'Operators of Veza; grant it to people.';
COMMENT ON ROLE veza_analyst IS 'Analysts of Veza: SELECT on veza_report and nothing else.';

-- veza.version() counts the connected shims and relays.
GRANT pg_read_all_stats TO veza_owner;
-- A job ends the sessions of analysts that take too long.
GRANT pg_signal_backend TO veza_owner;
GRANT pg_monitor TO veza_dba;

-- What the rules depend on: they lock a row and look again, so a statement must see what was
-- committed before it. veza-httpd and veza-relay say the same when they connect, which no setting
-- of a role in a database overrides; functions that write or lock refuse everything else.
ALTER ROLE veza_httpd SET default_transaction_isolation = 'read committed';
ALTER ROLE veza_relay SET default_transaction_isolation = 'read committed';
ALTER ROLE veza_dba SET default_transaction_isolation = 'read committed';

-- Plans of the API roles are the same for every request: no custom-plan phase. Memoize
-- is chosen for joins whose keys hardly repeat within a page and costs more than it saves.
ALTER ROLE veza_httpd SET plan_cache_mode = 'force_generic_plan';
ALTER ROLE veza_httpd SET enable_memoize = off;
ALTER ROLE veza_httpd SET jit = off;
ALTER ROLE veza_httpd SET lock_timeout = '5s';
ALTER ROLE veza_httpd SET idle_in_transaction_session_timeout = '15s';
ALTER ROLE veza_httpd SET temp_file_limit = '256MB';
ALTER ROLE veza_httpd SET search_path = '';
ALTER ROLE veza_httpd SET log_parameter_max_length = 0;
ALTER ROLE veza_httpd SET log_parameter_max_length_on_error = 0;
ALTER ROLE veza_httpd SET timezone = 'UTC';

ALTER ROLE veza_relay SET jit = off;
ALTER ROLE veza_relay SET statement_timeout = '30s';
ALTER ROLE veza_relay SET lock_timeout = '10s';
ALTER ROLE veza_relay SET idle_in_transaction_session_timeout = '15s';
ALTER ROLE veza_relay SET search_path = '';
ALTER ROLE veza_relay SET log_parameter_max_length = 0;
ALTER ROLE veza_relay SET log_parameter_max_length_on_error = 0;
ALTER ROLE veza_relay SET timezone = 'UTC';

-- Defaults, which help against mistakes: anybody can SET something else. What binds an analyst are
-- the grants, the limit of connections, and the setting analyst_time_limit (docs/dba.md).
-- Role settings apply to a login as this very role; give them to your people's roles too.
ALTER ROLE veza_analyst SET default_transaction_read_only = on;
ALTER ROLE veza_analyst SET statement_timeout = '30s';
ALTER ROLE veza_analyst SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE veza_analyst SET search_path = 'veza_report';
ALTER ROLE veza_analyst SET temp_file_limit = '1GB';
