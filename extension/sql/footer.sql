
-- Nothing of the extension runs as the superuser who installs it, nothing is for everybody.

DO $$
DECLARE
    member record;
BEGIN
    FOR member IN
        SELECT CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END AS kind,
               p.oid::regprocedure::text AS name
          FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
          JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
         WHERE e.extname = 'veza' AND d.deptype = 'e'
        UNION ALL
        SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, c.oid::regclass::text
          FROM pg_class c JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid
          JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
         WHERE e.extname = 'veza' AND d.deptype = 'e' AND c.relkind IN ('r', 'v')
    LOOP
        EXECUTE format('ALTER %s %s OWNER TO veza_owner', member.kind, member.name);
        IF member.kind IN ('FUNCTION', 'PROCEDURE') THEN
            EXECUTE format('REVOKE EXECUTE ON %s %s FROM PUBLIC', member.kind, member.name);
        END IF;
    END LOOP;
END
$$;

COMMENT ON SCHEMA veza IS 'The API of Veza: functions, procedures and the views of its machines, errors, routes and broken invariants.';
ALTER SCHEMA veza OWNER TO veza_owner;
REVOKE ALL ON SCHEMA veza FROM PUBLIC;
GRANT USAGE ON SCHEMA veza TO veza_httpd, veza_relay, veza_dba;

-- Besides its routes, veza-httpd calls these and nothing else.
GRANT EXECUTE ON FUNCTION veza.begin_request, veza.idempotency_begin, veza.idempotency_end,
    veza.idempotency_replay, veza.response_head, veza.httpd_routes,
    veza.error_catalogue, veza.translations, veza.schema_state, veza.readiness, veza.configure, veza.metrics, veza.record_rate_limit,
    veza.unnamed_files, veza.live_events, veza.relay_status TO veza_httpd;
GRANT EXECUTE ON PROCEDURE veza.migrate TO veza_httpd;

GRANT EXECUTE ON FUNCTION veza.claim_effects, veza.finish_effect, veza.relay_heartbeat,
    veza.relay_goodbye, veza.compose_mail, veza.run_audit, veza.schema_state, veza.readiness TO veza_relay;
GRANT EXECUTE ON PROCEDURE veza.run_due_jobs TO veza_relay, veza_dba;

GRANT EXECUTE ON FUNCTION veza.act_as, veza.stop_acting, veza.actor_id, veza.unlock_account, veza.reset_second_factor, veza.run_audit,
    veza.make_admin, veza.verify_audit,
    veza.set_setting, veza.subscription_timeline, veza.relay_status, veza.version, veza.build, veza.schema_state, veza.readiness, veza.metrics,
    veza.error_catalogue, veza.state_transitions, veza.response_head TO veza_dba;
GRANT EXECUTE ON PROCEDURE veza.migrate, veza.retry_effect, veza.retry_refund, veza.settle_review, veza.reconcile_payment, veza.probe_provider
    TO veza_dba;
GRANT SELECT ON veza.error, veza.state_machine, veza.route, veza.routes, veza.route_argument,
    veza.migration, veza.mail_template, veza.translation TO veza_dba;

NOTIFY veza_routes, 'script';
