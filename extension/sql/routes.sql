
-- Routes: rows beside their functions. veza-httpd loads veza.httpd_routes() and prepares
-- the statements as they stand, so it knows no function, no table and no rule.

CREATE FUNCTION veza.add_route(
    method text, path text, function regproc, auth text, lane text,
    errors text[] DEFAULT '{}', shape text DEFAULT NULL, is_list boolean DEFAULT false,
    status integer DEFAULT 200, aliases jsonb DEFAULT '{}', envelope text DEFAULT 'standard',
    signature text DEFAULT NULL, counter text DEFAULT NULL, cookies jsonb DEFAULT '{}',
    budget text DEFAULT NULL, replay text DEFAULT NULL, upload text DEFAULT NULL,
    takes_body boolean DEFAULT NULL, other_shape text DEFAULT NULL, kept text DEFAULT NULL,
    is_signed boolean DEFAULT false, admit regproc DEFAULT NULL)
    RETURNS void LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    proc    pg_proc%ROWTYPE;
    unknown text;
BEGIN
    SELECT p.* INTO STRICT proc FROM pg_proc p WHERE p.oid = function;

    SELECT string_agg(e, ', ') INTO unknown
      FROM unnest(errors) e WHERE e NOT IN (SELECT code FROM veza.error);
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION 'route % %: veza.error has no %', method, path, unknown
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT string_agg(s[1], ', ') INTO unknown
      FROM regexp_matches(path, ':([a-z_]+)', 'g') s
     WHERE s[1] <> ALL (coalesce(proc.proargnames, '{}'));
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION 'route % %: % has no argument named %', method, path, function, unknown
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- An administrator's look may leave a row in the audit log; what counts who reads it is for everybody, in the lane of writes.
    IF method = 'GET' AND proc.provolatile = 'v' AND NOT (auth = 'admin' AND lane = 'slow')
       AND NOT (auth IN ('public', 'optional') AND lane = 'writes') THEN
        RAISE EXCEPTION 'route % %: the function of a GET must be STABLE', method, path
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF lane = 'reads' AND proc.provolatile = 'v' THEN
        RAISE EXCEPTION 'route % %: the reads lane is for STABLE functions', method, path
            USING ERRCODE = 'invalid_parameter_value';
    END IF;

    IF kept IS NOT NULL AND proc.pronargs > 0 THEN
        RAISE EXCEPTION 'route % %: an answer that is kept has no arguments', method, path
            USING ERRCODE = 'invalid_parameter_value';
    END IF;

    IF admit IS NOT NULL AND NOT EXISTS (SELECT FROM pg_proc p WHERE p.oid = admit AND p.pronargs = 1 AND p.proargtypes[0] = 'bigint'::regtype) THEN
        RAISE EXCEPTION 'route % %: % must take the declared size alone, a bigint', method, path, admit
            USING ERRCODE = 'invalid_parameter_value';
    END IF;

    INSERT INTO veza.route
         VALUES (method, path, function::regprocedure, auth, lane, status, errors, shape, is_list,
                 aliases, envelope, signature, counter, cookies, budget, upload, replay,
                 coalesce(takes_body, method IN ('POST', 'PUT', 'PATCH')), other_shape, kept, is_signed, admit::regprocedure);
    EXECUTE format('GRANT EXECUTE ON %s %s TO veza_httpd, veza_dba',
                   CASE proc.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END,
                   function::regprocedure);
    IF admit IS NOT NULL THEN
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO veza_httpd, veza_dba', admit::regprocedure);
    END IF;
    NOTIFY veza_routes, 'route';
END
$$;
COMMENT ON FUNCTION veza.add_route IS 'Makes a function answer an HTTP route; veza-httpd notices by itself. See docs/add-an-endpoint.md.
- method: GET, POST, PUT, PATCH or DELETE
- path: a segment :name binds to the argument of that name
- function: the function or procedure; its other arguments bind to query or body members by name
- auth: public, optional, user, creator, admin or webhook
- lane: reads (STABLE functions), writes, slow, auth or wait
- errors: codes of veza.error it may answer
- shape: view in veza_data whose columns describe the answer
- is_list: the answer is an array of the shape
- status: HTTP status of success
- aliases: other names of arguments: {"argument": ["alias"]}
- envelope: standard, raw, text (the function answers a text, which is sent as it is, and calls veza.set_file), file (the data names a file, which is sent), events (the data names a channel, whose events are sent), process or profile
- signature: key whose signature over the raw body is checked first, or that is sent: hyperswitch or internal
- counter: name of a Prometheus counter of the calls
- cookies: cookies that stand in for arguments: {"argument": "cookie"}; such a request needs a CSRF token
- budget: rate limit beyond the global one, per user or else per address: register, login, refresh, resend, reset_request, reset, lookup, upload
- replay: stored or again: what a repeated Idempotency-Key does; for every POST that creates something
- upload: image or audio: the body is a file, of which arguments tell; a form has other arguments as parts beside it
- takes_body: arguments that are no part of the path come from the body; by default for POST, PUT and PATCH
- other_shape: shape that some callers get instead
- kept: generation: the answer depends on the routes, the schema and the extension alone, and is made once when veza-httpd loads the routes; for public GETs that cost more than a few milliseconds
- is_signed: a signature at the end of the address stands for a token
- admit: where a file is uploaded, the function that is asked before it comes: its argument is the declared size in bytes, at most that of the file, or NULL where none is declared; it refuses, or answers anything';

CREATE FUNCTION veza.drop_route(method text, path text) RETURNS void LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    DELETE FROM veza.route r WHERE r.method = method AND r.path = path;
    NOTIFY veza_routes, 'route';
END
$$;
COMMENT ON FUNCTION veza.drop_route IS 'Removes a route; the function stays.
- method: method of the route
- path: path of the route';

-- The arguments of a routed function that a client can send.
CREATE VIEW veza.route_argument AS
SELECT r.method, r.path, a.n AS position, a.name,
       format_type(a.type, NULL) AS type,
       CASE WHEN r.signature IS NOT NULL AND a.name = 'body' THEN 'raw'
            WHEN r.upload IS NOT NULL AND a.name ~ '^(file|image)_' THEN 'upload'
            WHEN r.envelope = 'events' AND a.name = 'last_event' THEN 'last_event'
            WHEN r.path || '/' LIKE '%/:' || a.name || '/%' THEN 'path'
            WHEN r.takes_body THEN 'body'
            ELSE 'query' END AS source,
       a.n <= p.pronargs - p.pronargdefaults AS is_required,
       pg_get_function_arg_default(p.oid, a.n::integer) AS default_expression,
       coalesce(r.aliases -> a.name, '[]') AS aliases, r.cookies ->> a.name AS cookie,
       substring(obj_description(p.oid, 'pg_proc') FROM E'(?:^|\n)- ' || a.name || E': ([^\n]*)') AS description
  FROM veza.route r
  JOIN pg_proc p ON p.oid = r.function,
       LATERAL (SELECT n, name, type
                  FROM unnest(p.proargnames, p.proargmodes, p.proargtypes::oid[])
                       WITH ORDINALITY AS u(name, mode, type, n)
                 WHERE n <= p.pronargs
                   AND name NOT IN ('request', 'result', 'head')) a;
COMMENT ON VIEW veza.route_argument IS 'What a client can send to each route.';
COMMENT ON COLUMN veza.route_argument.method IS 'HTTP method.';
COMMENT ON COLUMN veza.route_argument.path IS 'Path.';
COMMENT ON COLUMN veza.route_argument.position IS 'Position in the function.';
COMMENT ON COLUMN veza.route_argument.name IS 'Name of the member, parameter or path segment.';
COMMENT ON COLUMN veza.route_argument.type IS 'SQL type.';
COMMENT ON COLUMN veza.route_argument.source IS 'path, query, body, raw: the whole body, upload: told of the uploaded file, or last_event: the header Last-Event-ID or the query.';
COMMENT ON COLUMN veza.route_argument.is_required IS 'It has no default.';
COMMENT ON COLUMN veza.route_argument.default_expression IS 'The default, as SQL.';
COMMENT ON COLUMN veza.route_argument.aliases IS 'Other names that clients send.';
COMMENT ON COLUMN veza.route_argument.cookie IS 'Cookie that stands in for it.';
COMMENT ON COLUMN veza.route_argument.description IS 'From the comment of the function.';

CREATE VIEW veza.routes AS
WITH argument AS (
    SELECT method, path,
           string_agg(format('%I => %s', name,
               CASE WHEN default_expression IS NULL OR default_expression ~ '^NULL(::|$)'
                    THEN format('$%s::%s', n, type)
                    ELSE format('coalesce($%s::%s, %s)', n, type, default_expression) END),
               ', ' ORDER BY n) AS list,
           jsonb_agg(jsonb_build_object('name', name, 'type', type, 'in', source,
                                        'required', is_required, 'aliases', aliases, 'cookie', cookie)
                     ORDER BY n) AS arguments
      FROM (SELECT *, 11 + row_number() OVER (PARTITION BY method, path ORDER BY position) AS n
              FROM veza.route_argument) a
     GROUP BY method, path)
SELECT r.method, r.path, r.auth, r.lane, r.status, r.envelope, r.signature, r.counter, r.errors, r.budget, r.upload, r.replay, r.kept, r.is_signed,
       r.function, split_part(obj_description(p.oid, 'pg_proc'), E'\n', 1) AS summary,
       coalesce(a.arguments, '[]') AS arguments,
       CASE
       WHEN p.prokind = 'p' THEN
           format('CALL %s(%srequest => %s, result => NULL, head => NULL)', p.oid::regproc, a.list || ', ',
                  c.admission || CASE WHEN r.replay IS NULL THEN ''
                                 ELSE format(' AND veza.idempotency_begin(%L, true)', r.method || ' ' || r.path) END)
       WHEN r.replay IS NOT NULL THEN
           format('SELECT CASE WHEN %s AND veza.idempotency_begin(%L, %L) THEN veza.idempotency_end(%s(%s)) ELSE veza.idempotency_replay() END AS result, veza.response_head() AS head',
                  c.admission, r.method || ' ' || r.path, r.replay = 'again', p.oid::regproc, a.list)
       ELSE
           format('SELECT CASE WHEN %s THEN %s(%s) END AS result, veza.response_head() AS head',
                  c.admission, p.oid::regproc, a.list)
       END AS statement,
       CASE WHEN r.admit IS NOT NULL THEN
           format('SELECT CASE WHEN %s%s THEN %s($12::bigint) END AS result, veza.response_head() AS head', c.admission,
                  CASE WHEN r.replay IS NOT NULL THEN format(' AND NOT veza.idempotency_is_answered(%L)', r.method || ' ' || r.path) ELSE '' END,
                  r.admit::oid::regproc)
       END AS admission
  FROM veza.route r
  JOIN pg_proc p ON p.oid = r.function
  LEFT JOIN argument a USING (method, path),
       LATERAL (SELECT format('veza.begin_request(%L, %L, $1::uuid, $2::uuid, $3::integer, $4::text, $5::text, $6::text, $7::text, $8::text, $9::text, $10::text, $11::text)',
                              r.auth, r.lane = 'reads') AS admission) c;
COMMENT ON VIEW veza.routes IS 'The HTTP interface, with the statement that each route runs.';
COMMENT ON COLUMN veza.routes.method IS 'HTTP method.';
COMMENT ON COLUMN veza.routes.path IS 'Path.';
COMMENT ON COLUMN veza.routes.auth IS 'Who may call.';
COMMENT ON COLUMN veza.routes.lane IS 'Connections that carry it.';
COMMENT ON COLUMN veza.routes.status IS 'HTTP status of success.';
COMMENT ON COLUMN veza.routes.envelope IS 'standard, raw, text, file, events, process or profile.';
COMMENT ON COLUMN veza.routes.signature IS 'Key of the signature over the raw body.';
COMMENT ON COLUMN veza.routes.counter IS 'Prometheus counter.';
COMMENT ON COLUMN veza.routes.budget IS 'Rate limit beyond the global one.';
COMMENT ON COLUMN veza.routes.upload IS 'Kind of file that the body is.';
COMMENT ON COLUMN veza.routes.replay IS 'What a repeated Idempotency-Key does.';
COMMENT ON COLUMN veza.routes.kept IS 'generation: the answer is made once when veza-httpd loads the routes.';
COMMENT ON COLUMN veza.routes.is_signed IS 'A signature in the address stands for a token.';
COMMENT ON COLUMN veza.routes.errors IS 'Codes it may answer.';
COMMENT ON COLUMN veza.routes.function IS 'Function or procedure.';
COMMENT ON COLUMN veza.routes.summary IS 'First line of its comment.';
COMMENT ON COLUMN veza.routes.arguments IS 'What a client can send.';
COMMENT ON COLUMN veza.routes.admission IS 'The statement that is asked before a file comes: $12 is its declared size.';
COMMENT ON COLUMN veza.routes.statement IS 'The statement: $1 to $11 are the caller and the headers that rules look at, the rest the arguments.';

CREATE FUNCTION veza.httpd_routes(
    OUT method text, OUT path text, OUT auth text, OUT lane text, OUT status integer,
    OUT envelope text, OUT signature text, OUT counter text, OUT budget text,
    OUT has_replay boolean, OUT judges_conditions boolean, OUT kept text, OUT upload text, OUT is_signed boolean, OUT arguments jsonb, OUT statement text, OUT admission text)
    RETURNS SETOF record LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT method, path, auth, lane, status, envelope, signature, counter, budget, replay IS NOT NULL, 'PRECONDITION_FAILED' = ANY (errors), kept,
           upload, is_signed, arguments, statement, admission
      FROM veza.routes ORDER BY path, method
$$;
COMMENT ON FUNCTION veza.httpd_routes IS 'What veza-httpd loads at start and when routes change.';
