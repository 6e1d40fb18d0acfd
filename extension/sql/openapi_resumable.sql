-- Uploads in several requests (tus 1.0), in the OpenAPI description: each route that takes a file has addresses of its
-- uploads, /api/v1/uploads/, a number, and the rest of its own. veza-httpd serves them; no row of veza.route says so.

CREATE FUNCTION veza.openapi_resumable_headers(names text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_object_agg(name, jsonb_build_object('description', description, 'schema', '{"type": "string"}'::jsonb))
      FROM (VALUES ('Tus-Resumable', '1.0.0'),
                   ('Tus-Version', '1.0.0'),
                   ('Tus-Extension', 'What is spoken beyond the core, with commas.'),
                   ('Tus-Checksum-Algorithm', 'sha1,sha256'),
                   ('Tus-Max-Size', 'Bytes of the largest file of any kind.'),
                   ('Location', 'Address of the upload, or of what was made.'),
                   ('Upload-Offset', 'Bytes that are there.'),
                   ('Upload-Length', 'Bytes that there will be.'),
                   ('Upload-Metadata', 'As it was sent when the upload was begun.'),
                   ('Upload-Expires', 'Until when an upload that is not whole is kept.')) h(name, description)
     WHERE name = ANY (names) OR name = 'Tus-Resumable'
$$;
COMMENT ON FUNCTION veza.openapi_resumable_headers IS 'Headers of answers about uploads in several requests, Tus-Resumable always among them.
- names: names of the headers';

CREATE FUNCTION veza.openapi_resumable_operation(r veza.route, method text, offsets boolean) RETURNS jsonb LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    name text := split_part(r.function::regproc::text, '.', 2);
    done jsonb;
    codes text[] := '{UPLOAD_NOT_FOUND,UPLOAD_LOCKED,UPLOAD_MALFORMED,UPLOAD_FAILED,UPLOAD_BUSY,TUS_VERSION_UNSUPPORTED,AUTH_REQUIRED,AUTH_TOKEN_INVALID,AUTH_TOKEN_EXPIRED,USER_ACCOUNT_DISABLED,NOT_FOUND,METHOD_NOT_ALLOWED,RATE_LIMIT_EXCEEDED,SERVER_BUSY,DATABASE_UNAVAILABLE,REQUEST_TIMEOUT,INTERNAL_ERROR}';
BEGIN
    done := CASE method
        WHEN 'GET' THEN jsonb_build_object('200', jsonb_build_object(
            'description', 'How far it is; once it is whole, what the route has answered.',
            'headers', veza.openapi_resumable_headers('{Upload-Offset,Upload-Length,Upload-Metadata,Upload-Expires}'),
            'content', '{"application/json": {"schema": {"type": "object", "required": ["success", "data", "meta"], "properties": {"success": {"const": true}, "data": {"type": ["object", "null"]}, "meta": {"$ref": "#/components/schemas/meta"}}}}}'::jsonb))
        WHEN 'HEAD' THEN jsonb_build_object('200', jsonb_build_object(
            'description', 'How far it is, in the headers.',
            'headers', veza.openapi_resumable_headers('{Upload-Offset,Upload-Length,Upload-Metadata,Upload-Expires}')))
        WHEN 'PATCH' THEN jsonb_build_object('204', jsonb_build_object(
            'description', 'The bytes are there; with the last one the route has run, and GET shows what it has answered.',
            'headers', veza.openapi_resumable_headers('{Upload-Offset,Upload-Expires,Location}')))
        WHEN 'DELETE' THEN jsonb_build_object('204', jsonb_build_object(
            'description', 'The upload is given up.', 'headers', veza.openapi_resumable_headers('{}')))
        ELSE jsonb_build_object('204', jsonb_build_object(
            'description', 'What is spoken here.',
            'headers', veza.openapi_resumable_headers('{Tus-Version,Tus-Extension,Tus-Checksum-Algorithm,Tus-Max-Size}'))) END;
    IF method = 'PATCH' THEN
        codes := codes || veza.openapi_errors(r) || '{UPLOAD_OFFSET_CONFLICT,UPLOAD_CHECKSUM_MISMATCH,UNSUPPORTED_MEDIA_TYPE,PAYLOAD_TOO_LARGE,REQUEST_BODY_TIMEOUT}';
    END IF;
    RETURN jsonb_strip_nulls(jsonb_build_object(
        'operationId', name || '_upload_' || lower(method),
        'summary', CASE method WHEN 'GET' THEN 'Show how far an upload is, or what was answered to it.'
                               WHEN 'HEAD' THEN 'Ask how far an upload is.'
                               WHEN 'PATCH' THEN 'Send more of a file.'
                               WHEN 'DELETE' THEN 'Give an upload up.'
                               ELSE 'Ask which version and extensions of tus are spoken.' END,
        'tags', jsonb_build_array(split_part(name, '_', 1)),
        'security', CASE method WHEN 'OPTIONS' THEN '[]'::jsonb ELSE '[{"bearer": []}]'::jsonb END,
        'parameters', CASE WHEN method NOT IN ('GET', 'OPTIONS') THEN
            '[{"name": "Tus-Resumable", "in": "header", "required": true, "schema": {"const": "1.0.0"}}]'::jsonb
            || CASE WHEN offsets THEN '[{"name": "Upload-Offset", "in": "header", "required": true, "description": "Bytes that are there: where these go.", "schema": {"type": "integer", "minimum": 0}},
                {"name": "Upload-Checksum", "in": "header", "required": false, "description": "sha1 or sha256, a blank, and the digest of these bytes in base64; what does not fit is cut off again.", "schema": {"type": "string"}}]'::jsonb ELSE '[]' END END,
        'requestBody', CASE WHEN offsets THEN '{"required": true, "content": {"application/offset+octet-stream": {}}}'::jsonb END,
        'responses', CASE method WHEN 'OPTIONS' THEN done ELSE veza.openapi_refusals(codes) || done END));
END
$$;
COMMENT ON FUNCTION veza.openapi_resumable_operation IS 'The OpenAPI operation at the address of an upload.
- r: the route that takes the file
- method: the method
- offsets: whether it sends bytes';

CREATE FUNCTION veza.openapi_resumable(OUT path text, OUT operations jsonb) RETURNS SETOF record LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- A route whose address has names of its own keeps them.
    RETURN QUERY
    SELECT regexp_replace(regexp_replace(r.path, '^/api/v1', '/api/v1/uploads/{upload}'), ':([a-z_]+)', '{\1}', 'g'),
           jsonb_object_agg(lower(m.method), veza.openapi_resumable_operation(r, m.method, m.method = 'PATCH'))
           || jsonb_build_object('parameters', (
               SELECT jsonb_agg(jsonb_build_object('name', n.name, 'in', 'path', 'required', true, 'schema', '{"type": "string"}'::jsonb))
                 FROM (SELECT 'upload' AS name UNION ALL SELECT x[1] FROM regexp_matches(r.path, ':([a-z_]+)', 'g') x) n))
      FROM veza.route r, unnest('{GET,HEAD,PATCH,DELETE,OPTIONS}'::text[]) m(method)
     WHERE r.upload IS NOT NULL AND r.method = 'POST'
     GROUP BY r.path;
END
$$;
COMMENT ON FUNCTION veza.openapi_resumable IS 'The addresses of uploads in several requests, and what may be done there.';
