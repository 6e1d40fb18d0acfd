
-- veza.migrate() gives them anew: grants of this script would count as the extension's own, and no dump would have them.
INSERT INTO veza.kept_grant
SELECT row_number() OVER (), k.* FROM jsonb_to_recordset(current_setting('veza.kept_grants')::jsonb)
       AS k(verb text, kind text, name text, "column" text, privilege text, grantee text, is_grantable boolean);
