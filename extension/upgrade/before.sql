
-- What somebody has granted on members beyond the script's own grants, and taken of them. The script's own
-- are what PostgreSQL notes as initial privileges. Kept in a setting of this transaction until there is a table for it.
SELECT set_config('veza.kept_grants', coalesce(jsonb_agg(k)::text, '[]'), true)
  FROM (WITH object AS (
            SELECT 'pg_proc'::regclass AS class, p.oid, 0 AS sub, 'ROUTINE' AS kind, format('veza.%I', p.proname) AS name,
                   NULL::text AS "column", p.proowner AS owner, p.proacl AS acl, acldefault('f', p.proowner) AS usual
              FROM pg_proc p
            UNION ALL
            SELECT 'pg_class'::regclass, c.oid, 0, 'TABLE', format('veza.%I', c.relname),
                   NULL, c.relowner, c.relacl, acldefault('r', c.relowner)
              FROM pg_class c WHERE c.relkind IN ('r', 'v')
            UNION ALL
            SELECT 'pg_class'::regclass, c.oid, a.attnum, 'TABLE', format('veza.%I', c.relname),
                   a.attname, c.relowner, a.attacl, NULL
              FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relkind IN ('r', 'v') AND a.attnum > 0),
        member AS (
            SELECT o.*, coalesce(i.initprivs, o.usual) AS initial
              FROM object o
              JOIN pg_depend d ON d.classid = o.class AND d.objid = o.oid AND d.objsubid = 0 AND d.deptype = 'e'
              JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND e.extname = 'veza'
              LEFT JOIN pg_init_privs i ON i.classoid = o.class AND i.objoid = o.oid AND i.objsubid = o.sub),
        difference AS (
            SELECT m.kind, m.name, m."column", 'GRANT' AS verb, x.*
              FROM member m, LATERAL (
                  SELECT grantee, privilege_type, is_grantable FROM aclexplode(m.acl)
                  EXCEPT SELECT grantee, privilege_type, is_grantable FROM aclexplode(m.initial)) x
             WHERE x.grantee <> m.owner
            UNION ALL
            SELECT m.kind, m.name, m."column", 'REVOKE', x.*
              FROM member m, LATERAL (
                  SELECT grantee, privilege_type, is_grantable FROM aclexplode(m.initial)
                  EXCEPT SELECT grantee, privilege_type, is_grantable FROM aclexplode(m.acl)) x
             WHERE m.acl IS NOT NULL AND x.grantee <> m.owner AND x.grantee IN (SELECT oid FROM pg_roles))
        SELECT kind, name, "column", verb, privilege_type AS privilege, is_grantable,
               CASE WHEN grantee = 0 THEN NULL ELSE grantee::regrole::text END AS grantee
          FROM difference WHERE grantee = 0 OR grantee IN (SELECT oid FROM pg_roles)) k;

-- Members go, dependents of dependents first. What something of somebody else's depends on stays, to be replaced
-- below; trigger functions are such. Its rights begin anew.
DO $$
DECLARE
    member  record;
    grantee record;
    dropped boolean := true;
    detail  text;
BEGIN
    CREATE TEMP VIEW veza_member AS
    SELECT p.oid, p.prokind AS kind, format('%s %s', CASE p.prokind WHEN 'p' THEN 'PROCEDURE' WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END,
                                            p.oid::regprocedure) AS object,
           format('veza.%I', p.proname) AS name, p.prorettype = 'trigger'::regtype AS is_trigger, p.proacl AS acl, p.proowner AS owner
      FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
      JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND e.extname = 'veza'
    UNION ALL
    SELECT c.oid, c.relkind, format('%s %s', CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, c.oid::regclass),
           format('veza.%I', c.relname), false, c.relacl, c.relowner
      FROM pg_class c JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
      JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND e.extname = 'veza'
     WHERE c.relkind IN ('r', 'v') AND c.relname <> 'veza_member';
    WHILE dropped LOOP
        dropped := false;
        FOR member IN SELECT * FROM veza_member LOOP
            BEGIN
                EXECUTE 'DROP ' || member.object;
                dropped := true;
            EXCEPTION WHEN dependent_objects_still_exist THEN
                NULL;
            END;
        END LOOP;
    END LOOP;
    FOR member IN SELECT * FROM veza_member LOOP
        BEGIN
            EXECUTE 'DROP ' || member.object;
        EXCEPTION WHEN dependent_objects_still_exist THEN
            GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
            IF member.kind = 'r' OR member.name <> ALL (string_to_array(current_setting('veza.members'), ' ')) THEN
                RAISE EXCEPTION '% is in the way of the update, because something of yours depends on it', lower(member.object)
                    USING ERRCODE = 'dependent_objects_still_exist', DETAIL = detail,
                          HINT = 'Drop what the detail names, update, and create it again.';
            ELSIF NOT member.is_trigger THEN
                RAISE WARNING '% is replaced where it is, because something of yours depends on it', lower(member.object)
                    USING DETAIL = detail, HINT = 'If the update fails on it, drop what the detail names, update, and create it again.';
            END IF;
        END;
        FOR grantee IN SELECT DISTINCT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS name
                         FROM aclexplode(member.acl) a WHERE a.grantee <> member.owner LOOP
            EXECUTE format('REVOKE ALL ON %s %s FROM %s', CASE WHEN member.kind = 'v' THEN 'TABLE' ELSE 'ROUTINE' END, member.name, grantee.name);
        END LOOP;
    END LOOP;
    DROP VIEW veza_member;
END
$$;
