
SET LOCAL search_path = pg_catalog, pg_temp;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'veza_owner') THEN
        RAISE EXCEPTION 'role veza_owner does not exist'
            USING HINT = 'Run sql/roles.sql once in this cluster, then CREATE EXTENSION veza again.';
    END IF;
    EXECUTE format('GRANT CREATE ON DATABASE %I TO veza_owner', current_database());
    -- Temporary objects are found first wherever a name is not qualified, and are a store of one's own.
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
END
$$;

-- Large objects would be tables for everybody.
REVOKE EXECUTE ON FUNCTION pg_catalog.lo_creat(integer), pg_catalog.lo_create(oid), pg_catalog.lo_from_bytea(oid, bytea) FROM PUBLIC;

-- All sessions share one table of locks: whoever fills it with locks of his own stops everybody, also from an idle session that no limit ends.
DO $$
DECLARE
    f regprocedure;
BEGIN
    FOR f IN SELECT oid FROM pg_proc
              WHERE pronamespace = 'pg_catalog'::regnamespace AND proname ~ '^pg_(try_)?advisory_(xact_)?lock(_shared)?$' LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f);
    END LOOP;
END
$$;
