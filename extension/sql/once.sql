
-- The only member tables: owned by this script, rebuilt on update, never dumped.

CREATE TABLE veza.route (
    method    text NOT NULL CHECK (method IN ('GET', 'POST', 'PUT', 'PATCH', 'DELETE')),
    path      text NOT NULL CHECK (path ~ '^(/(:[a-z_]+|[A-Za-z0-9._-]+))+/?$'),
    function  regprocedure NOT NULL,
    auth      text NOT NULL CHECK (auth IN ('public', 'optional', 'user', 'creator', 'admin', 'webhook')),
    lane      text NOT NULL CHECK (lane IN ('reads', 'writes', 'slow', 'auth', 'wait')),
    status    integer NOT NULL CHECK (status BETWEEN 200 AND 299),
    errors    text[] NOT NULL,
    shape     text,
    is_list   boolean NOT NULL,
    aliases   jsonb NOT NULL,
    envelope  text NOT NULL CHECK (envelope IN ('standard', 'raw', 'text', 'file', 'events', 'process', 'profile')),
    signature text CHECK (signature IN ('hyperswitch', 'internal')),
    counter   text CHECK (counter ~ '^veza_[a-z_]+_total$'),
    cookies   jsonb NOT NULL,
    budget    text CHECK (budget ~ '^[a-z_]+$'),
    upload    text CHECK (upload IS NULL OR upload IN ('image', 'audio') AND method IN ('POST', 'PUT')),
    replay    text CHECK (replay IS NULL OR method = 'POST' AND replay IN ('stored', 'again')),
    takes_body boolean NOT NULL CHECK (NOT takes_body OR method <> 'GET'),
    other_shape text,
    kept      text CHECK (kept IS NULL OR kept = 'generation' AND method = 'GET' AND auth = 'public'),
    is_signed boolean NOT NULL CHECK (NOT is_signed OR method = 'GET' AND auth IN ('user', 'optional')),
    admit     regprocedure CHECK (admit IS NULL OR upload IS NOT NULL),
    PRIMARY KEY (method, path)
);
COMMENT ON TABLE veza.route IS 'The HTTP interface: one row per route, made by veza.add_route beside its function.';
COMMENT ON COLUMN veza.route.method IS 'HTTP method.';
COMMENT ON COLUMN veza.route.path IS 'Path; a segment :name binds to the argument of that name.';
COMMENT ON COLUMN veza.route.function IS 'Function or procedure that answers.';
COMMENT ON COLUMN veza.route.auth IS 'Who may call: public, optional (a token is used if sent), user, creator, admin, webhook (a signature).';
COMMENT ON COLUMN veza.route.lane IS 'Connections that carry it: reads, writes, slow, auth (password hashing), wait (payment provider).';
COMMENT ON COLUMN veza.route.status IS 'HTTP status of success, unless the function sets another.';
COMMENT ON COLUMN veza.route.errors IS 'Codes of veza.error that it may answer, beyond the general ones.';
COMMENT ON COLUMN veza.route.shape IS 'View in veza_data whose columns describe the data of the answer.';
COMMENT ON COLUMN veza.route.is_list IS 'The data is an array of the shape.';
COMMENT ON COLUMN veza.route.aliases IS 'Other names that clients send: {"argument": ["alias"]}.';
COMMENT ON COLUMN veza.route.envelope IS 'standard: {success, data, meta}; raw: the data alone; text: a text alone, which veza.set_file says more of; file: the file that the data names; events: a stream of the events of the channel that the data names; process: standard, and veza-httpd adds a member httpd about itself; profile: veza-httpd profiles itself for data.seconds and answers the profile.';
COMMENT ON COLUMN veza.route.upload IS 'The body is a file: image or audio. Other parts of a form are arguments by their names; file_hash, file_size, file_type, image_width and image_height tell of the file.';
COMMENT ON COLUMN veza.route.signature IS 'Key whose signature over the raw body veza-httpd checks first (hyperswitch; the argument body takes the body), or that the caller must send (internal).';
COMMENT ON COLUMN veza.route.counter IS 'Prometheus counter of the calls, by result.';
COMMENT ON COLUMN veza.route.cookies IS 'Cookies that stand in for arguments that were not sent: {"argument": "cookie"}; such a request needs a CSRF token.';
COMMENT ON COLUMN veza.route.budget IS 'Rate limit beyond the global one, per user when the token names one, else per address; veza-httpd knows the numbers.';
COMMENT ON COLUMN veza.route.replay IS 'What a repeated Idempotency-Key does: stored answers what was answered, again runs the function, which finds what it has made. NULL: the header is ignored.';
COMMENT ON COLUMN veza.route.takes_body IS 'Arguments that are no part of the path come from the body, not from the query.';
COMMENT ON COLUMN veza.route.other_shape IS 'Shape that some callers get instead.';
COMMENT ON COLUMN veza.route.kept IS 'generation: the answer depends on the routes, the schema and the extension alone; veza-httpd makes it once when it loads the routes.';
COMMENT ON COLUMN veza.route.is_signed IS 'A signature at the end of the address stands for a token, for players and EventSource, which send none.';
COMMENT ON COLUMN veza.route.admit IS 'Function that is asked before the file comes, with its declared size in bytes, or NULL where none is declared; its refusal is the answer.';

CREATE TABLE veza.migration (
    kind     text NOT NULL CHECK (kind IN ('schema', 'shape', 'report')),
    version  integer NOT NULL,
    name     text NOT NULL,
    checksum text NOT NULL,
    sql      text NOT NULL,
    PRIMARY KEY (kind, version)
);
COMMENT ON TABLE veza.migration IS 'The migrations of this version; CALL veza.migrate() applies them.';
COMMENT ON COLUMN veza.migration.kind IS 'schema: applied once, in order; shape and report: views, made anew when they change.';
COMMENT ON COLUMN veza.migration.version IS 'Order within the kind.';
COMMENT ON COLUMN veza.migration.name IS 'File name without its number.';
COMMENT ON COLUMN veza.migration.checksum IS 'SHA-256 of the text.';
COMMENT ON COLUMN veza.migration.sql IS 'The text.';

CREATE TABLE veza.mail_template (
    name     text NOT NULL CHECK (name ~ '^[a-z0-9_]+$'),
    language text NOT NULL CHECK (language ~ '^[a-z]{2}$'),
    subject  text NOT NULL,
    body     text NOT NULL,
    PRIMARY KEY (name, language)
);
COMMENT ON TABLE veza.mail_template IS 'The mails; {{name}} stands for a value, an empty line ends a paragraph.';
COMMENT ON COLUMN veza.mail_template.name IS 'What asks for it.';
COMMENT ON COLUMN veza.mail_template.language IS 'ISO 639-1 code; every name has en.';
COMMENT ON COLUMN veza.mail_template.subject IS 'Subject line; of a line of a digest what it says where nobody is named.';
COMMENT ON COLUMN veza.mail_template.body IS 'Plain text.';

CREATE TABLE veza.translation (
    language    text NOT NULL CHECK (language ~ '^[a-z]{2}$' AND language <> 'en'),
    english     text NOT NULL,
    translation text NOT NULL,
    PRIMARY KEY (language, english)
);
COMMENT ON TABLE veza.translation IS 'Sentences of the interface in other languages, by the English sentence; codes never change.';
COMMENT ON COLUMN veza.translation.language IS 'ISO 639-1 code.';
COMMENT ON COLUMN veza.translation.english IS 'The sentence in the source.';
COMMENT ON COLUMN veza.translation.translation IS 'The same in the language.';

CREATE TABLE veza.kept_grant (
    no           integer PRIMARY KEY,
    verb         text NOT NULL CHECK (verb IN ('GRANT', 'REVOKE')),
    kind         text NOT NULL CHECK (kind IN ('ROUTINE', 'TABLE')),
    name         text NOT NULL,
    "column"     text,
    privilege    text NOT NULL,
    grantee      text,
    is_grantable boolean NOT NULL
);
COMMENT ON TABLE veza.kept_grant IS 'Rights that somebody gave on members of the extension, or took, before an update; veza.migrate() does it again.';
COMMENT ON COLUMN veza.kept_grant.no IS 'Order.';
COMMENT ON COLUMN veza.kept_grant.verb IS 'GRANT or REVOKE.';
COMMENT ON COLUMN veza.kept_grant.kind IS 'ROUTINE or TABLE; a view is a TABLE here.';
COMMENT ON COLUMN veza.kept_grant.name IS 'Name of the member.';
COMMENT ON COLUMN veza.kept_grant."column" IS 'Column, when the right is about one.';
COMMENT ON COLUMN veza.kept_grant.privilege IS 'SELECT, EXECUTE and so on.';
COMMENT ON COLUMN veza.kept_grant.grantee IS 'Role; NULL: everybody.';
COMMENT ON COLUMN veza.kept_grant.is_grantable IS 'With grant option.';
