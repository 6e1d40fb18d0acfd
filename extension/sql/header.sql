
SET LOCAL search_path = pg_catalog, pg_temp;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'veza_owner') THEN
        RAISE EXCEPTION 'role veza_owner does not exist'
            USING HINT = 'Run sql/roles.sql once in this cluster, then CREATE EXTENSION veza again.';
    END IF;
    EXECUTE format('GRANT CREATE ON DATABASE %I TO veza_owner', current_database());
END
$$;
