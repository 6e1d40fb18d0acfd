-- What veza-httpd --check-files compares with what is below UPLOAD_DIR.

CREATE FUNCTION veza.file_rows(after text, max integer, OUT hash text, OUT size bigint, OUT type text)
    RETURNS SETOF record LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT f.hash, f.size, f.type FROM veza_data.file f WHERE f.hash > coalesce(after, '') ORDER BY f.hash LIMIT least(max, 10000)
$$;
COMMENT ON FUNCTION veza.file_rows IS 'The files that there must be, in the order of their hashes, some at a time.
- after: hash behind which they begin; NULL: from the first
- max: how many at most, up to 10000';
