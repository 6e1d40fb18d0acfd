
-- Operation.

CREATE FUNCTION veza.run_due_jobs(OUT job text, OUT rows bigint)
    RETURNS SETOF record LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.run_due_jobs IS 'Runs everything that time makes due: expiry, reconciliation, the webhook inbox, sweeps. veza-relay calls it; pg_cron may instead.';

CREATE FUNCTION veza.run_audit() RETURNS bigint LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.run_audit IS 'Counts the rows of veza.audit and keeps the number for the metrics; veza-relay calls it every few minutes.';

CREATE FUNCTION veza.metrics(OUT name text, OUT help text, OUT labels text, OUT value double precision)
    RETURNS SETOF record LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.metrics IS 'What the database knows for /metrics: users, sessions, subscriptions, effects, webhooks, audit findings.';
