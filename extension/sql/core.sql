
-- Errors and state machines as rows.

CREATE FUNCTION veza.error_catalogue(
    OUT code text, OUT sqlstate text, OUT http_status integer, OUT message text, OUT hint text,
    OUT psql_hint text)
    RETURNS SETOF record LANGUAGE c STABLE STRICT
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.error_catalogue IS 'Every refusal of the backend; read veza.error.';

CREATE VIEW veza.error AS SELECT * FROM veza.error_catalogue();
COMMENT ON VIEW veza.error IS 'Every refusal of the backend: stable code, SQLSTATE, HTTP status, message and hint.';
COMMENT ON COLUMN veza.error.code IS 'Stable code: error.code over HTTP.';
COMMENT ON COLUMN veza.error.sqlstate IS 'SQLSTATE in psql, class VZ.';
COMMENT ON COLUMN veza.error.http_status IS 'HTTP status.';
COMMENT ON COLUMN veza.error.message IS 'The sentence shown to a user.';
COMMENT ON COLUMN veza.error.hint IS 'The next step, unless the refusal names a better one.';
COMMENT ON COLUMN veza.error.psql_hint IS 'The same for a DBA in psql.';

CREATE FUNCTION veza.state_transitions(
    OUT machine text, OUT from_state text, OUT event text, OUT to_state text, OUT by text,
    OUT guard text, OUT effects text, OUT rule text, OUT refusal text,
    OUT table_name text, OUT column_name text)
    RETURNS SETOF record LANGUAGE c STABLE STRICT
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.state_transitions IS 'Every arrow of every state machine; read veza.state_machine.';

CREATE VIEW veza.state_machine AS SELECT * FROM veza.state_transitions();
COMMENT ON VIEW veza.state_machine IS 'Every arrow of every state machine: only arrows that can fire.';
COMMENT ON COLUMN veza.state_machine.machine IS 'Name of the machine.';
COMMENT ON COLUMN veza.state_machine.from_state IS 'State before; NULL: the event creates the row.';
COMMENT ON COLUMN veza.state_machine.event IS 'What happens.';
COMMENT ON COLUMN veza.state_machine.to_state IS 'State after; equal to from_state: recorded only.';
COMMENT ON COLUMN veza.state_machine.by IS 'Who makes it happen.';
COMMENT ON COLUMN veza.state_machine.guard IS 'What must hold.';
COMMENT ON COLUMN veza.state_machine.effects IS 'What else the same transaction does.';
COMMENT ON COLUMN veza.state_machine.rule IS 'Name of the rule in docs/design.md.';
COMMENT ON COLUMN veza.state_machine.refusal IS 'Error for an event that the state does not know.';
COMMENT ON COLUMN veza.state_machine.table_name IS 'Table that holds the state.';
COMMENT ON COLUMN veza.state_machine.column_name IS 'Column that holds the state.';

-- Triggers of the tables.

CREATE FUNCTION veza.guard_state() RETURNS trigger LANGUAGE c
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.guard_state IS 'Trigger: a state column changes through its machine or not at all.';

CREATE FUNCTION veza.refuse_change() RETURNS trigger LANGUAGE c
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.refuse_change IS 'Trigger: the table is append-only.';

-- Who is asking.

CREATE FUNCTION veza.begin_request(
    auth text, is_read boolean, user_id uuid, session_id uuid, token_version integer,
    request_id text, client_address text, user_agent text,
    language text DEFAULT NULL, if_match text DEFAULT NULL,
    idempotency_key text DEFAULT NULL, idempotency_hash text DEFAULT NULL,
    if_none_match text DEFAULT NULL)
    RETURNS boolean LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.begin_request IS 'Makes the caller of an HTTP request the actor of this statement; false when it was refused as a value.
- auth: auth word of the route
- is_read: the statement runs in the reads lane
- user_id: sub of the verified access token, or NULL
- session_id: sid of the token
- token_version: token_version of the token
- request_id: id for logs and history
- client_address: address of the client
- user_agent: User-Agent of the client
- language: language that the client reads, ISO 639-1
- if_match: If-Match of the request
- idempotency_key: Idempotency-Key of the request
- idempotency_hash: SHA-256 of that key, address and body, hexadecimal
- if_none_match: If-None-Match of the request, unless it reads';

CREATE FUNCTION veza.idempotency_begin(route text, runs_again boolean)
    RETURNS boolean LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.idempotency_begin IS 'Says whether the function of a route runs: without an Idempotency-Key, or for its first request.
- route: method and path
- runs_again: a repetition runs the function again, instead of getting the stored answer';

CREATE FUNCTION veza.idempotency_is_answered(route text)
    RETURNS boolean LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.idempotency_is_answered IS 'Says whether a request under this Idempotency-Key was answered: the one that comes now makes nothing new.
- route: method and path';

CREATE FUNCTION veza.idempotency_end(answer json)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.idempotency_end IS 'Notes the answer for repetitions of the request, and returns it.
- answer: what the function has answered';

CREATE FUNCTION veza.idempotency_replay()
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.idempotency_replay IS 'What was answered to the first request; NULL when this one was refused.';

CREATE FUNCTION veza.idempotency_finish(head json)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.idempotency_finish IS 'Notes that a procedure has answered; called by procedures. Returns the head of the answer: a repetition gets the first status.
- head: head of this answer';

CREATE FUNCTION veza.response_head() RETURNS json LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.response_head IS 'What the statement''s function said beyond its data: status, headers, meta, tokens to sign, refusal; NULL: nothing.';

CREATE FUNCTION veza.set_status(http_status integer) RETURNS void LANGUAGE c VOLATILE STRICT
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.set_status IS 'Sets the HTTP status of the answer.
- http_status: 200 to 299';

CREATE FUNCTION veza.set_file(type text, name text, suffix text) RETURNS void LANGUAGE c VOLATILE STRICT
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.set_file IS 'Says of an answer that is a text (envelope text) which file a browser makes of it.
- type: MIME type
- name: what the file is called, without its suffix
- suffix: the suffix, without a dot';

CREATE FUNCTION veza.set_header(name text, value text) RETURNS void LANGUAGE c VOLATILE STRICT
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.set_header IS 'Adds a header to the answer.
- name: name of the header
- value: its value';

CREATE FUNCTION veza.set_cookie(name text, value text, path text, max_age_s bigint)
    RETURNS void LANGUAGE c VOLATILE STRICT
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.set_cookie IS 'Sets a cookie; veza-httpd adds HttpOnly, SameSite and Secure.
- name: name of the cookie
- value: its value
- path: path it is sent to
- max_age_s: lifetime in seconds; 0 removes it';

CREATE FUNCTION veza.act_as(
    account "any", reason text, OUT user_id uuid, OUT username text, OUT role text, OUT status text)
    RETURNS record LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.act_as IS 'Makes this psql session act as a user, with that user''s rights, until veza.stop_acting(); written to the audit log. Answers who that is; when it refuses, the session acts as nobody.
- account: username or id, as text or uuid
- reason: why; goes to the audit log';

CREATE FUNCTION veza.stop_acting() RETURNS void LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.stop_acting IS 'Ends veza.act_as.';

CREATE FUNCTION veza.actor_id() RETURNS uuid LANGUAGE c STABLE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.actor_id IS 'The user on whose behalf this statement runs; NULL: nobody.';

-- The outbox, as veza-relay uses it.

CREATE FUNCTION veza.claim_effects(
    relay text, kinds text[], batch integer,
    OUT id uuid, OUT lease_token uuid, OUT kind text, OUT request jsonb, OUT attempts integer,
    OUT waited boolean, OUT request_id text)
    RETURNS SETOF record LANGUAGE c VOLATILE STRICT
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.claim_effects IS 'Leases due effects to a relay and says what to do.
- relay: name of the relay
- kinds: kinds of effects it can carry out now
- batch: at most so many';

CREATE FUNCTION veza.finish_effect(
    effect_id uuid, lease_token uuid, relay text, outcome text, http_status integer,
    error_code text, error_message text, result jsonb, secret text, duration_ms integer)
    RETURNS text LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.finish_effect IS 'Records one attempt at an effect and applies what it brought; returns the effect''s new state.
- effect_id: the effect
- lease_token: token of the claim
- relay: name of the relay
- outcome: ok, refused (for good), unknown (it may have happened), not_sent
- http_status: status of the provider, or NULL
- error_code: code of the provider or the relay, or NULL
- error_message: its message, or NULL
- result: the provider''s facts without secrets, or NULL
- secret: client secret for whoever waits, or NULL
- duration_ms: duration in ms';

CREATE FUNCTION veza.effect_progress(
    effect_id uuid, OUT is_finished boolean, OUT failed_attempts integer, OUT wait_ms bigint)
    RETURNS SETOF record LANGUAGE c VOLATILE STRICT
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.effect_progress IS 'How far an effect is; what a waiting procedure polls.
- effect_id: the effect';

CREATE PROCEDURE veza.retry_effect(id uuid, reason text) LANGUAGE c
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON PROCEDURE veza.retry_effect IS 'Puts a dead effect back into the queue; written to the audit log.
- id: the effect
- reason: why; goes to the audit log';

CREATE FUNCTION veza.relay_heartbeat(
    relay text, version text, provider_enabled boolean, circuit text, circuit_wait_ms bigint)
    RETURNS void LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.relay_heartbeat IS 'Says that a relay lives and how its payment provider does.
- relay: name of the relay
- version: its version
- provider_enabled: HYPERSWITCH_ENABLED there
- circuit: closed, open or half_open
- circuit_wait_ms: ms until an open circuit is tried again, or NULL';

CREATE FUNCTION veza.relay_goodbye(relay text) RETURNS void LANGUAGE c VOLATILE STRICT
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.relay_goodbye IS 'Removes a relay that stops in good order.
- relay: name of the relay';

-- What time makes happen.

CREATE PROCEDURE veza.run_due_jobs(INOUT done json DEFAULT NULL) LANGUAGE c
    AS 'MODULE_PATHNAME';
COMMENT ON PROCEDURE veza.run_due_jobs IS 'Runs everything that time makes due: expiry, reconciliation, the webhook inbox, sweeps. Each unit commits by itself; after 10 s the rest waits for the next call. veza-relay calls it; pg_cron may instead.
- done: an object with the rows that each job worked on';

CREATE FUNCTION veza.job_order() RETURNS text[] LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.job_order IS 'Phase of veza.run_due_jobs: names of all jobs, the one whose turn was longest ago first; NULL: another session runs them.';

CREATE FUNCTION veza.job_begin(job text) RETURNS text[] LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.job_begin IS 'Phase of veza.run_due_jobs: notes a job''s turn and returns its units that are due; NULL: another session runs jobs.
- job: name of the job';

CREATE FUNCTION veza.job_unit(job text, unit text) RETURNS bigint LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.job_unit IS 'Phase of veza.run_due_jobs: does one unit and returns the rows it worked on; -1: it failed; NULL: another session runs jobs.
- job: name of the job
- unit: one of the units of veza.job_begin';

CREATE FUNCTION veza.job_end(job text, rows bigint) RETURNS boolean LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.job_end IS 'Phase of veza.run_due_jobs: notes the end of a job''s turn.
- job: name of the job
- rows: rows it worked on';

CREATE FUNCTION veza.relay_status() RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.relay_status IS 'Whether effects reach the payment provider: status (ok, down, disabled) and reason, live relays, circuit, when an open one is tried again, age of the oldest due effect.';

-- Versions, settings and migrations.

CREATE FUNCTION veza.configure(setting text, value text) RETURNS void LANGUAGE c VOLATILE STRICT
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.configure IS 'Stores a setting that veza-httpd takes from its environment.
- setting: access_token_ttl, session_ttl, login_limit, login_window, bypass_creator_role, frontend_url or chat_server_url
- value: its value';

CREATE FUNCTION veza.set_setting(name text, value text, reason text) RETURNS void LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.set_setting IS 'Changes a setting at once; written to the audit log. veza.setting shows them all, with what they may be.
- name: name of the setting
- value: its value in its unit, or NULL for the default
- reason: why; goes to the audit log';

CREATE FUNCTION veza.guard_setting() RETURNS trigger LANGUAGE c
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.guard_setting IS 'Trigger: a setting has a usable value, and a change of it is written to the audit log.';

CREATE FUNCTION veza.version(
    OUT component text, OUT version text, OUT build text, OUT instances bigint, OUT state text)
    RETURNS SETOF record LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'veza_version';
COMMENT ON FUNCTION veza.version IS 'Versions of the installed files, library, SQL, schema and the connected shims and relays, and what to do where they do not fit.';

CREATE FUNCTION veza.readiness(interface integer, OUT state text, OUT command text, OUT build text)
    RETURNS record LANGUAGE c STABLE STRICT
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.readiness IS 'Whether a program can work with this database: ready, or why not (empty, behind, older or newer than the program) and the command that helps.
- interface: number of the interface that the program speaks';

CREATE FUNCTION veza.adopt() RETURNS bigint LANGUAGE c VOLATILE
    SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.adopt IS 'Gives veza_owner back what a restore without owners (pg_restore --no-owner) left to somebody else; for a superuser.';

CREATE FUNCTION veza.schema_state() RETURNS text LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.schema_state IS 'ready, behind or empty: whether CALL veza.migrate() has something to do.';

CREATE PROCEDURE veza.migrate() LANGUAGE c
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '10s'
    AS 'MODULE_PATHNAME';
COMMENT ON PROCEDURE veza.migrate IS 'Brings tables, shapes and reports to this version: atomic, in order, checksummed. Does nothing when there is nothing to do.';

CREATE FUNCTION veza.translations(OUT language text, OUT english text, OUT translation text)
    RETURNS SETOF record LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT t.language, t.english, t.translation FROM veza.translation t $$;
COMMENT ON FUNCTION veza.translations IS 'The sentences of the interface in other languages than English; what veza-httpd answers with.';
