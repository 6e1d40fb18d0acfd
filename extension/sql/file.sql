-- Files below UPLOAD_DIR of veza-httpd.

CREATE FUNCTION veza.unnamed_files(hashes text[])
    RETURNS text[] LANGUAGE c STABLE STRICT
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.unnamed_files IS 'Which of these files no row names; veza-httpd removes them.
- hashes: names of files that are there';
