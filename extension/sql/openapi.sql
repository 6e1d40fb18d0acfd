
-- The OpenAPI description, made from routes, functions, comments, shapes and the error
-- catalogue, so that it says what the backend does.

CREATE FUNCTION veza.openapi_type(sql_type oid) RETURNS jsonb LANGUAGE plpgsql STABLE STRICT
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    kind "char";
    element oid;
    name text;
BEGIN
    SELECT t.typtype, t.typelem, t.typname INTO kind, element, name FROM pg_type t WHERE t.oid = sql_type;
    IF kind = 'c' THEN
        RETURN jsonb_build_object('$ref', '#/components/schemas/' || regexp_replace(name, '_shape$', ''));
    ELSIF name LIKE '\_%' THEN
        RETURN jsonb_build_object('type', 'array', 'items', veza.openapi_type(element));
    END IF;
    RETURN CASE name
           WHEN 'uuid' THEN '{"type": "string", "format": "uuid"}'
           WHEN 'int2' THEN '{"type": "integer"}'
           WHEN 'int4' THEN '{"type": "integer", "format": "int32"}'
           WHEN 'int8' THEN '{"type": "integer", "format": "int64"}'
           WHEN 'numeric' THEN '{"type": "number"}'
           WHEN 'float8' THEN '{"type": "number"}'
           WHEN 'bool' THEN '{"type": "boolean"}'
           WHEN 'date' THEN '{"type": "string", "format": "date"}'
           WHEN 'timestamptz' THEN '{"type": "string", "format": "date-time"}'
           WHEN 'json' THEN '{}'
           WHEN 'jsonb' THEN '{}'
           ELSE '{"type": "string"}' END::jsonb;
END
$$;
COMMENT ON FUNCTION veza.openapi_type IS 'The JSON Schema of an SQL type.
- sql_type: the type';

CREATE FUNCTION veza.openapi_nullable(schema jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN schema ? '$ref' THEN jsonb_build_object('anyOf', jsonb_build_array(schema, '{"type": "null"}'::jsonb))
                WHEN jsonb_typeof(schema -> 'type') = 'string'
                THEN schema || jsonb_build_object('type', jsonb_build_array(schema -> 'type', 'null'))
                ELSE schema END
$$;
COMMENT ON FUNCTION veza.openapi_nullable IS 'The same schema, which also takes null.
- schema: a JSON Schema';

CREATE FUNCTION veza.openapi_shapes() RETURNS jsonb LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(jsonb_object_agg(name, schema), '{}')
      FROM (SELECT regexp_replace(c.relname, '_shape$', '') AS name,
                   jsonb_build_object(
                       'type', 'object', 'description', obj_description(c.oid, 'pg_class'),
                       'additionalProperties', false,
                       'required', jsonb_agg(a.attname ORDER BY a.attnum),
                       'properties', jsonb_object_agg(a.attname,
                           veza.openapi_nullable(veza.openapi_type(a.atttypid))
                           || jsonb_build_object('description', col_description(c.oid, a.attnum)))) AS schema
              FROM pg_class c
              JOIN pg_namespace n ON n.oid = c.relnamespace
              JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
             WHERE n.nspname = 'veza_data' AND c.relkind = 'v' AND c.relname LIKE '%\_shape'
             GROUP BY c.oid, c.relname) s
$$;
COMMENT ON FUNCTION veza.openapi_shapes IS 'The schemas of all shapes.';

-- What every route may answer, besides the errors of its row.
CREATE FUNCTION veza.openapi_errors(r veza.route) RETURNS text[]
    LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT r.errors
           || '{MALFORMED_REQUEST,VALIDATION_ERROR,INTERNAL_ERROR,SERVER_BUSY,DATABASE_UNAVAILABLE,SCHEMA_NOT_READY,REQUEST_TIMEOUT,RATE_LIMIT_EXCEEDED,PRECONDITION_FAILED}'::text[]
           || CASE WHEN r.auth IN ('user', 'creator', 'admin', 'optional')
                   THEN '{AUTH_TOKEN_INVALID,AUTH_TOKEN_EXPIRED,USER_ACCOUNT_DISABLED}'::text[] ELSE '{}' END
           || CASE WHEN r.auth IN ('user', 'creator', 'admin') THEN '{AUTH_REQUIRED}'::text[] ELSE '{}' END
           || CASE r.auth WHEN 'creator' THEN '{CREATOR_ROLE_REQUIRED}'::text[]
                          WHEN 'admin' THEN '{AUTH_INSUFFICIENT_PERMISSIONS}'::text[] ELSE '{}' END
           || CASE WHEN r.takes_body
                   THEN '{MALFORMED_JSON,PAYLOAD_TOO_LARGE,UNSUPPORTED_MEDIA_TYPE,REQUEST_BODY_TIMEOUT}'::text[]
                   ELSE '{}' END
           || CASE WHEN r.replay IS NULL THEN '{}' ELSE '{IDEMPOTENCY_CONFLICT,IDEMPOTENCY_KEY_REUSED}'::text[] END
           || CASE WHEN r.cookies = '{}' THEN '{}' ELSE '{CSRF_INVALID}'::text[] END
           || CASE WHEN r.envelope = 'file' THEN '{RANGE_NOT_SATISFIABLE}'::text[] ELSE '{}' END
           || CASE WHEN r.upload IS NULL THEN '{}' ELSE '{UPLOAD_MALFORMED,UPLOAD_BUSY,UPLOAD_FAILED}'::text[] END
           || CASE WHEN r.upload IS NOT NULL AND r.method = 'POST'
                   THEN '{TUS_VERSION_UNSUPPORTED,UPLOAD_CHECKSUM_MISMATCH}'::text[] ELSE '{}' END
           || CASE WHEN r.upload = 'audio' THEN '{AUDIO_UNSUPPORTED,SCANNER_UNAVAILABLE}'::text[] ELSE '{}' END
$$;
COMMENT ON FUNCTION veza.openapi_errors IS 'All codes that a route may answer.
- r: the route';

-- The headers that a route looks at, besides Authorization.
CREATE FUNCTION veza.openapi_headers(r veza.route) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('name', name, 'in', place, 'required', false, 'description', description,
                                                 'schema', '{"type": "string"}'::jsonb)), '[]')
      FROM (VALUES (r.replay IS NOT NULL, 'header', 'Idempotency-Key', 'A repetition with the same key and body gets the first answer; kept for a day.'),
                   (r.method = 'GET', 'header', 'If-None-Match', 'ETag of the version that is there already: 304 instead of it.'),
                   (r.envelope = 'file', 'header', 'Range', 'Which bytes are wanted: 206 with them, 416 when there are none such; several ranges are answered in full.'),
                   (r.envelope = 'file', 'header', 'If-Range', 'ETag of the file that Range is about: another file is answered in full.'),
                   ('PRECONDITION_FAILED' = ANY (r.errors), 'header', 'If-Match', 'ETag of the version that is to be changed.'),
                   ('PRECONDITION_FAILED' = ANY (r.errors), 'header', 'If-None-Match', 'ETag of a version that is not to be changed.'),
                   (r.upload IS NOT NULL AND r.method = 'POST', 'header', 'Tus-Resumable', '1.0.0 begins an upload in several requests: its address is answered in Location.'),
                   (r.upload IS NOT NULL AND r.method = 'POST', 'header', 'Upload-Length', 'With Tus-Resumable: the file''s size in bytes.'),
                   (r.upload IS NOT NULL AND r.method = 'POST', 'header', 'Upload-Metadata', 'With Tus-Resumable: the arguments, as names and values in base64, with commas between them.'),
                   (r.upload IS NOT NULL AND r.method = 'POST', 'header', 'Upload-Checksum', 'With Tus-Resumable: sha1 or sha256, a blank, and the digest in base64 of the bytes that come along.'),
                   (r.cookies <> '{}', 'header', 'X-CSRF-Token', 'Token of GET /api/v1/csrf-token, when a cookie stands in for a member of the body.')) h(is_there, place, name, description)
     WHERE is_there
$$;
COMMENT ON FUNCTION veza.openapi_headers IS 'The headers that a route looks at, as OpenAPI parameters.
- r: the route';

CREATE FUNCTION veza.openapi_refusals(codes text[]) RETURNS jsonb LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_object_agg(e.http_status, jsonb_build_object(
               'description', e.text,
               'content', jsonb_build_object('application/json', jsonb_build_object('schema', jsonb_build_object(
                   'allOf', jsonb_build_array(
                       '{"$ref": "#/components/schemas/failure"}'::jsonb,
                       jsonb_build_object('properties', jsonb_build_object('error', jsonb_build_object(
                           'properties', jsonb_build_object('code', jsonb_build_object('enum', e.codes)))))))))))
      FROM (SELECT http_status, jsonb_agg(code ORDER BY sqlstate) AS codes,
                   string_agg(code || ': ' || message, E'\n' ORDER BY sqlstate) AS text
              FROM veza.error
             WHERE code = ANY (openapi_refusals.codes)
             GROUP BY http_status) e
$$;
COMMENT ON FUNCTION veza.openapi_refusals IS 'The responses that refuse with these codes.
- codes: the codes';

CREATE FUNCTION veza.openapi_operation(route veza.routes) RETURNS jsonb LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    parameters jsonb;
    body jsonb;
    required jsonb;
    raw boolean;
    data jsonb;
    responses jsonb;
    r veza.route;
BEGIN
    SELECT * INTO r FROM veza.route t WHERE t.method = route.method AND t.path = route.path;
    SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
               'name', a.name, 'in', a.source, 'required', a.source = 'path' OR a.is_required,
               'description', a.description, 'schema', veza.openapi_type(to_regtype(a.type)))) ORDER BY a.position)
           FILTER (WHERE a.source IN ('path', 'query')),
           jsonb_object_agg(a.name, veza.openapi_nullable(veza.openapi_type(to_regtype(a.type)))
               || jsonb_strip_nulls(jsonb_build_object('description', a.description)))
           FILTER (WHERE a.source = 'body'),
           jsonb_agg(a.name ORDER BY a.position) FILTER (WHERE a.source = 'body' AND a.is_required),
           bool_or(a.source = 'raw')
      INTO parameters, body, required, raw
      FROM veza.route_argument a WHERE a.method = route.method AND a.path = route.path;

    data := coalesce('{"$ref": "#/components/schemas/' || regexp_replace(r.shape, '_shape$', '') || '"}', '{}')::jsonb;
    IF r.other_shape IS NOT NULL THEN
        data := jsonb_build_object('anyOf', jsonb_build_array(data, jsonb_build_object(
            '$ref', '#/components/schemas/' || regexp_replace(r.other_shape, '_shape$', ''))));
    END IF;
    IF r.is_list THEN
        data := jsonb_build_object('type', 'array', 'items', data);
    ELSE
        data := veza.openapi_nullable(data);
    END IF;

    responses := veza.openapi_refusals(veza.openapi_errors(r));
    responses := responses || jsonb_build_object(r.status, jsonb_build_object(
        'description', 'Done.',
        'content', jsonb_build_object(
            CASE r.envelope WHEN 'profile' THEN 'application/octet-stream' WHEN 'file' THEN '*/*' WHEN 'text' THEN '*/*' WHEN 'events' THEN 'text/event-stream' ELSE 'application/json' END,
            jsonb_build_object('schema', CASE WHEN r.envelope IN ('profile', 'file', 'text', 'events', 'raw') THEN '{}'::jsonb
            ELSE jsonb_build_object('type', 'object', 'required', '["success", "data", "meta"]'::jsonb,
                     'properties', jsonb_build_object('success', '{"const": true}'::jsonb, 'data', data,
                                                      'meta', '{"$ref": "#/components/schemas/meta"}'::jsonb)) END))));
    -- A procedure that makes something answers 201 when it did and 200 when it was there already.
    IF r.lane = 'wait' THEN
        responses := responses || jsonb_build_object('201', responses -> r.status::text);
    END IF;

    IF r.envelope = 'file' THEN
        responses := responses || '{"206": {"description": "The part that Range wants.", "content": {"*/*": {"schema": {}}}}}';
    END IF;

    -- What makes an upload answers 201, whatever the route does with the file that is whole.
    IF r.upload IS NOT NULL AND r.method = 'POST' THEN
        responses := jsonb_set('{"201": {"description": "With Tus-Resumable: the upload is begun, and has no body."}}'::jsonb || responses,
                               '{201,headers}', veza.openapi_resumable_headers('{Location,Upload-Offset,Upload-Expires}'));
    END IF;

    IF r.method = 'GET' THEN
        responses := responses || '{"304": {"description": "The version named by If-None-Match is the present one."}}';
    END IF;

    RETURN jsonb_strip_nulls(jsonb_build_object(
        'operationId', split_part(r.function::regproc::text, '.', 2)
            || (SELECT coalesce('_' || nullif(count(*), 0), '') FROM veza.route t WHERE t.function = r.function AND (t.path, t.method) < (r.path, r.method)),
        'summary', route.summary,
        'description', nullif(trim(E'\n' FROM regexp_replace(
            substr(obj_description(r.function::oid, 'pg_proc'), length(route.summary) + 2), E'(^|\n)- .*', '')), ''),
        'tags', jsonb_build_array(split_part(split_part(r.function::regproc::text, '.', 2), '_', 1)),
        'security', CASE r.auth WHEN 'public' THEN '[]'::jsonb
                                WHEN 'webhook' THEN '[{"signature": []}]'::jsonb
                                WHEN 'optional' THEN '[{}, {"bearer": []}]'::jsonb
                                ELSE '[{"bearer": []}]'::jsonb END,
        'parameters', nullif(coalesce(parameters, '[]') || veza.openapi_headers(r), '[]'),
        'requestBody', CASE
            WHEN r.upload IS NOT NULL THEN jsonb_build_object('required', r.method <> 'POST', 'content', jsonb_strip_nulls(jsonb_build_object(
                'application/offset+octet-stream', CASE r.method WHEN 'POST' THEN '{}'::jsonb END)) || jsonb_build_object(
                r.upload || '/*', '{}'::jsonb,
                'multipart/form-data', jsonb_build_object('schema', jsonb_strip_nulls(jsonb_build_object(
                    'type', 'object', 'required', required, 'properties', coalesce(body, '{}') || jsonb_build_object(
                        CASE r.upload WHEN 'image' THEN 'avatar' ELSE 'file' END,
                        '{"type": "string", "format": "binary", "description": "The file; the part may have another name."}'::jsonb))))))
            WHEN raw THEN '{"required": true, "content": {"application/json": {"schema": {"type": "object"}}}}'::jsonb
            WHEN body IS NOT NULL THEN jsonb_build_object('required', required IS NOT NULL, 'content', jsonb_build_object(
                'application/json', jsonb_build_object('schema', jsonb_strip_nulls(jsonb_build_object(
                    'type', 'object', 'properties', body, 'required', required))))) END,
        'responses', responses));
END
$$;
COMMENT ON FUNCTION veza.openapi_operation IS 'The OpenAPI operation of a route.
- route: a row of veza.routes';

CREATE FUNCTION veza.openapi() RETURNS json LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_build_object(
        'openapi', '3.1.0',
        'info', jsonb_build_object(
            'title', 'Veza', 'version', (SELECT extversion FROM pg_extension WHERE extname = 'veza'),
            'description', 'The Veza backend. Success is {"success":true,"data":...,"meta":...}; a refusal is {"success":false,"data":null,"message":...,"error":{...}}. Times are UTC, money is in minor units.',
            'license', '{"name": "Apache-2.0", "identifier": "Apache-2.0"}'::jsonb),
        'servers', '[{"url": "/"}]'::jsonb,
        'paths', (SELECT jsonb_object_agg(path, operations)
                    FROM (SELECT regexp_replace(path, ':([a-z_]+)', '{\1}', 'g') AS path,
                                 jsonb_object_agg(lower(r.method), veza.openapi_operation(r)) AS operations
                            FROM veza.routes r GROUP BY 1
                          UNION ALL SELECT u.path, u.operations FROM veza.openapi_resumable() u) p),
        'components', jsonb_build_object(
            'securitySchemes', '{"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                                 "signature": {"type": "apiKey", "in": "header", "name": "X-Webhook-Signature-512",
                                               "description": "Hexadecimal HMAC-SHA512 of the raw body."}}'::jsonb,
            'schemas', veza.openapi_shapes()
                || jsonb_build_object('meta', '{"type": ["object", "null"], "properties": {
                       "page": {"type": "integer"}, "per_page": {"type": "integer"}, "total": {"type": "integer"},
                       "total_pages": {"type": "integer"}, "next_cursor": {"type": ["string", "null"]}}}'::jsonb,
                   'failure', '{"type": "object", "required": ["success", "data", "message", "error"], "properties": {
                       "success": {"const": false}, "data": {"type": "null"},
                       "message": {"type": "string", "description": "For the user."},
                       "error": {"type": "object", "required": ["code", "message", "details", "hint", "request_id", "timestamp"],
                                 "additionalProperties": false, "properties": {
                           "code": {"type": "string", "description": "Stable code."},
                           "message": {"type": "string"},
                           "details": {"description": "Facts; for a VALIDATION_ERROR a list of {field, message}."},
                           "hint": {"type": ["string", "null"], "description": "The next step."},
                           "request_id": {"type": "string"},
                           "timestamp": {"type": "string", "format": "date-time"}}}}}'::jsonb)))::json
$$;
COMMENT ON FUNCTION veza.openapi IS 'Describe this interface in OpenAPI 3.1.';
SELECT veza.add_route('GET', '/openapi.json', 'veza.openapi', 'public', 'slow', envelope => 'raw', kept => 'generation');
