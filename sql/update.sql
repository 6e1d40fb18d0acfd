-- Brings a database to the build whose files are installed, whatever it was before:
--     psql -d veza -f update.sql        as a superuser
-- Running it again changes nothing. See "Upgrade" in docs/operate.md.

\set ON_ERROR_STOP on
BEGIN;
SELECT s.statement
  FROM (SELECT e.extversion AS version, a.default_version AS new_version,
               (SELECT substring(p.probin FROM 'veza-([0-9a-f]+)$') FROM pg_catalog.pg_proc p
                 WHERE p.pronamespace = to_regnamespace('veza') AND p.proname = 'version') AS build,
               substring(a.comment FROM 'build ([0-9a-f]+)\)$') AS new_build
          FROM pg_catalog.pg_available_extensions a LEFT JOIN pg_catalog.pg_extension e ON e.extname = a.name
         WHERE a.name = 'veza') x,
       LATERAL (VALUES (1, CASE WHEN version IS NULL THEN 'CREATE EXTENSION veza' END),
                       (2, CASE WHEN version = new_version AND build <> new_build THEN 'ALTER EXTENSION veza UPDATE TO ''rebuild''' END),
                       (3, CASE WHEN version <> new_version OR build <> new_build THEN 'ALTER EXTENSION veza UPDATE' END)) s(n, statement)
 WHERE s.statement IS NOT NULL
 ORDER BY s.n
\gexec
CALL veza.migrate();
COMMIT;
