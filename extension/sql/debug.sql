
-- Looks into the running server, for administrators. Each leaves a row in the audit log,
-- which is why a GET of these may be VOLATILE.

CREATE FUNCTION veza.redact_sql(query text) RETURNS text LANGUAGE c IMMUTABLE STRICT
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.redact_sql IS 'The statement without constants and comments, at most 600 bytes.
- query: a statement';

CREATE FUNCTION veza.debug_profiles() RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.debug_profiles IS 'List the looks into the running server.';
SELECT veza.add_route('GET', '/api/v1/admin/debug/pprof', 'veza.debug_profiles', 'admin', 'reads',
                      shape => 'debug_profile_shape', is_list => true);
SELECT veza.add_route('GET', '/api/v1/admin/debug/pprof/', 'veza.debug_profiles', 'admin', 'reads',
                      shape => 'debug_profile_shape', is_list => true);

CREATE FUNCTION veza.debug_profile(seconds integer DEFAULT 10) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.debug_profile IS 'Take a CPU profile of veza-httpd.
The answer comes after that time, in the format of gperftools; google-pprof reads it. One is taken at a time.
- seconds: how long to look, 1 to 60';
SELECT veza.add_route('GET', '/api/v1/admin/debug/pprof/profile', 'veza.debug_profile', 'admin', 'slow',
                      errors => '{PROFILE_RUNNING,PROFILE_OVER_HTTP_ONLY}', envelope => 'profile');

CREATE FUNCTION veza.debug_cmdline() RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.debug_cmdline IS 'Tell which programs answer, in which versions.
Neither arguments nor environment are shown.';
SELECT veza.add_route('GET', '/api/v1/admin/debug/pprof/cmdline', 'veza.debug_cmdline', 'admin', 'reads',
                      shape => 'debug_process_shape', envelope => 'process');

CREATE FUNCTION veza.debug_activity() RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.debug_activity IS 'List what the sessions of this database do.
Statements are shown without their constants, and only those of roles veza_....';
SELECT veza.add_route('GET', '/api/v1/admin/debug/pprof/activity', 'veza.debug_activity', 'admin', 'slow',
                      shape => 'debug_activity_shape', is_list => true);

CREATE FUNCTION veza.debug_statements() RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.debug_statements IS 'List the fifty statements that took most time.
It needs the extension pg_stat_statements in this database; without it the answer says so.';
SELECT veza.add_route('GET', '/api/v1/admin/debug/pprof/statements', 'veza.debug_statements', 'admin', 'slow',
                      shape => 'debug_statements_shape');

CREATE FUNCTION veza.debug_locks() RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.debug_locks IS 'List the locks that are waited for or held, at most 500.';
SELECT veza.add_route('GET', '/api/v1/admin/debug/pprof/locks', 'veza.debug_locks', 'admin', 'slow',
                      shape => 'debug_lock_shape', is_list => true);

CREATE FUNCTION veza.debug_tables() RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.debug_tables IS 'List the tables with their sizes, dead rows and scans, largest first.';
SELECT veza.add_route('GET', '/api/v1/admin/debug/pprof/tables', 'veza.debug_tables', 'admin', 'slow',
                      shape => 'debug_table_shape', is_list => true);

CREATE FUNCTION veza.debug_memory() RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.debug_memory IS 'Tell the memory of veza-httpd and of the backend that answers.';
SELECT veza.add_route('GET', '/api/v1/admin/debug/pprof/memory', 'veza.debug_memory', 'admin', 'slow',
                      shape => 'debug_memory_shape', envelope => 'process');
