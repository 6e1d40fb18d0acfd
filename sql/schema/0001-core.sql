-- Settings, history, audit log and outbox: what every domain stands on.

CREATE SCHEMA veza_report;
COMMENT ON SCHEMA veza_report IS 'Views for analysts: documented column by column, no personal data.';

CREATE TABLE veza_data.setting (
    name        text PRIMARY KEY,
    value       text NOT NULL,
    unit        text NOT NULL,
    description text NOT NULL
);
COMMENT ON TABLE veza_data.setting IS 'Timers and limits of the business rules. Change a row with UPDATE; it applies at once.';
COMMENT ON COLUMN veza_data.setting.name IS 'Name of the setting.';
COMMENT ON COLUMN veza_data.setting.value IS 'Its value, in the unit of the row.';
COMMENT ON COLUMN veza_data.setting.unit IS 'Unit of the value: s, ms, count, text.';
COMMENT ON COLUMN veza_data.setting.description IS 'What it decides.';

INSERT INTO veza_data.setting (name, value, unit, description) VALUES
    ('clock_offset',        '0',     's',     'Shifts the business clock; for tests only, leave it at 0'),
    ('effect_lease',        '60',    's',     'How long a relay may work on an effect before another takes it over'),
    ('effect_max_attempts', '20',    'count', 'Attempts before an effect is dead and waits for an operator'),
    ('effect_backoff_base', '500',   'ms',    'Pause after the first failed attempt; doubles with each, with jitter'),
    ('effect_backoff_cap',  '300000','ms',    'Longest pause between two attempts'),
    ('effect_keep',         '34560000', 's',  'Finished effects are swept after this time'),
    ('audit_keep',          '2592000', 's',   'Runs of veza.audit are kept this long'),
    ('effect_secret_keep',  '60',    's',     'A secret that nobody fetched is removed after this time'),
    ('effect_wait',         '8000',  'ms',    'How long a request waits for the payment provider'),
    ('relay_heartbeat_ttl', '15',    's',     'A relay without a heartbeat for this time counts as gone');

CREATE TABLE veza_data.state_history (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    machine      text NOT NULL,
    entity_id    uuid NOT NULL,
    from_state   text,
    event        text NOT NULL,
    to_state     text NOT NULL,
    at           timestamptz NOT NULL,
    actor_id     uuid,
    actor_kind   text NOT NULL CHECK (actor_kind IN ('user', 'dba', 'system')),
    source       text,
    reason       text,
    payment_id   uuid,
    psp_event_id text,
    request_id   text,
    details      jsonb
);
CREATE INDEX state_history_entity ON veza_data.state_history (entity_id, id);
CREATE INDEX state_history_machine_at ON veza_data.state_history (machine, at);
COMMENT ON TABLE veza_data.state_history IS 'Every applied transition of every state machine, append-only, written in the transaction that applied it.';
COMMENT ON COLUMN veza_data.state_history.id IS 'Order of application within one entity.';
COMMENT ON COLUMN veza_data.state_history.machine IS 'Name of the machine, as in veza.state_machine.';
COMMENT ON COLUMN veza_data.state_history.entity_id IS 'Key of the row in the machine''s table.';
COMMENT ON COLUMN veza_data.state_history.from_state IS 'State before; NULL when the row was created.';
COMMENT ON COLUMN veza_data.state_history.event IS 'What happened.';
COMMENT ON COLUMN veza_data.state_history.to_state IS 'State after; equal to from_state when the event was only recorded.';
COMMENT ON COLUMN veza_data.state_history.at IS 'Business time (UTC).';
COMMENT ON COLUMN veza_data.state_history.actor_id IS 'User who made it happen; NULL for the system.';
COMMENT ON COLUMN veza_data.state_history.actor_kind IS 'user: over HTTP; dba: through veza.act_as; system: timer, relay or webhook.';
COMMENT ON COLUMN veza_data.state_history.source IS 'Who reported it: webhook, retrieve, create, timer, a relay''s name.';
COMMENT ON COLUMN veza_data.state_history.reason IS 'Why, in a word or a sentence.';
COMMENT ON COLUMN veza_data.state_history.payment_id IS 'The payment that caused it.';
COMMENT ON COLUMN veza_data.state_history.psp_event_id IS 'The provider''s event that caused it.';
COMMENT ON COLUMN veza_data.state_history.request_id IS 'The request that caused it, as in the logs.';
COMMENT ON COLUMN veza_data.state_history.details IS 'Facts of this transition.';

CREATE TABLE veza_data.audit_log (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at            timestamptz NOT NULL,
    actor_id      uuid,
    actor_kind    text NOT NULL CHECK (actor_kind IN ('anonymous', 'user', 'admin', 'dba', 'system')),
    db_role       name NOT NULL,
    action        text NOT NULL,
    outcome       text NOT NULL CHECK (outcome IN ('success', 'failure')),
    resource_type text,
    resource_id   text,
    reason        text,
    old_values    jsonb,
    new_values    jsonb,
    details       jsonb,
    ip_address    text,
    user_agent    text,
    session_id    uuid,
    request_id    text
);
CREATE INDEX audit_log_at ON veza_data.audit_log (at, id);
CREATE INDEX audit_log_actor ON veza_data.audit_log (actor_id, at, id) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_log_resource ON veza_data.audit_log (resource_id, at, id) WHERE resource_id IS NOT NULL;
CREATE INDEX audit_log_action ON veza_data.audit_log (action text_pattern_ops, at, id);
COMMENT ON TABLE veza_data.audit_log IS 'Who did what, append-only, written in the transaction it describes; holds no secret.';
COMMENT ON COLUMN veza_data.audit_log.id IS 'Order of writing; gaps are rolled back transactions.';
COMMENT ON COLUMN veza_data.audit_log.at IS 'When (UTC).';
COMMENT ON COLUMN veza_data.audit_log.actor_id IS 'User who acted, or as whom a DBA acted.';
COMMENT ON COLUMN veza_data.audit_log.actor_kind IS 'anonymous, user, admin, dba (through veza.act_as) or system.';
COMMENT ON COLUMN veza_data.audit_log.db_role IS 'SQL role of the session.';
COMMENT ON COLUMN veza_data.audit_log.action IS 'Domain, dot, verb: auth.login, subscription.activate.';
COMMENT ON COLUMN veza_data.audit_log.outcome IS 'success or failure.';
COMMENT ON COLUMN veza_data.audit_log.resource_type IS 'Kind of thing it was done to.';
COMMENT ON COLUMN veza_data.audit_log.resource_id IS 'Key of that thing.';
COMMENT ON COLUMN veza_data.audit_log.reason IS 'Why, as the actor said.';
COMMENT ON COLUMN veza_data.audit_log.old_values IS 'Changed columns before.';
COMMENT ON COLUMN veza_data.audit_log.new_values IS 'Changed columns after.';
COMMENT ON COLUMN veza_data.audit_log.details IS 'Further facts.';
COMMENT ON COLUMN veza_data.audit_log.ip_address IS 'Client address.';
COMMENT ON COLUMN veza_data.audit_log.user_agent IS 'Client''s User-Agent, cut to 255 bytes.';
COMMENT ON COLUMN veza_data.audit_log.session_id IS 'Login session.';
COMMENT ON COLUMN veza_data.audit_log.request_id IS 'Request, as in the logs.';

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON veza_data.state_history
    FOR EACH ROW EXECUTE FUNCTION veza.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON veza_data.state_history
    FOR EACH STATEMENT EXECUTE FUNCTION veza.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON veza_data.audit_log
    FOR EACH ROW EXECUTE FUNCTION veza.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON veza_data.audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION veza.refuse_change();

CREATE TABLE veza_data.audit_run (
    at          timestamptz PRIMARY KEY,
    findings    bigint NOT NULL,
    duration_ms bigint NOT NULL
);
COMMENT ON TABLE veza_data.audit_run IS 'When veza.audit was last looked at, and how many rows it had.';
COMMENT ON COLUMN veza_data.audit_run.at IS 'When.';
COMMENT ON COLUMN veza_data.audit_run.findings IS 'Broken invariants.';
COMMENT ON COLUMN veza_data.audit_run.duration_ms IS 'How long it took in ms.';

CREATE TABLE veza_data.relay (
    name             text PRIMARY KEY,
    version          text NOT NULL,
    provider_enabled boolean NOT NULL,
    circuit          text NOT NULL CHECK (circuit IN ('closed', 'open', 'half_open')),
    circuit_until    timestamptz,
    started_at       timestamptz NOT NULL,
    heartbeat_at     timestamptz NOT NULL,
    pid              integer NOT NULL
);
COMMENT ON TABLE veza_data.relay IS 'One row per veza-relay: whether it lives and whether its payment provider can be used.';
COMMENT ON COLUMN veza_data.relay.name IS 'Name of the relay: host and process.';
COMMENT ON COLUMN veza_data.relay.version IS 'Its version.';
COMMENT ON COLUMN veza_data.relay.provider_enabled IS 'HYPERSWITCH_ENABLED there.';
COMMENT ON COLUMN veza_data.relay.circuit IS 'Circuit breaker: closed (in use), open (not tried), half_open (one probe).';
COMMENT ON COLUMN veza_data.relay.circuit_until IS 'An open circuit is tried again at this time.';
COMMENT ON COLUMN veza_data.relay.started_at IS 'When it connected.';
COMMENT ON COLUMN veza_data.relay.heartbeat_at IS 'When it last reported.';
COMMENT ON COLUMN veza_data.relay.pid IS 'Its backend''s process id.';

CREATE TABLE veza_data.effect (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    kind          text NOT NULL,
    subject_id    uuid NOT NULL,
    state         text NOT NULL CHECK (state IN ('queued', 'leased', 'done', 'dead')),
    request       jsonb NOT NULL,
    reason        text,
    attempts      integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    due_at        timestamptz NOT NULL,
    lease_owner   text,
    lease_token   uuid,
    lease_until   timestamptz,
    first_sent_at timestamptz,
    waiters       integer[] NOT NULL DEFAULT '{}',
    outcome       text CHECK (outcome IN ('ok', 'refused', 'unknown', 'not_sent')),
    error_code    text,
    error_message text,
    secret        text,
    request_id    text,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    finished_at   timestamptz,
    CHECK (state = 'leased' OR lease_token IS NULL)
);
CREATE UNIQUE INDEX effect_one_unfinished ON veza_data.effect (kind, subject_id)
    WHERE state IN ('queued', 'leased');
CREATE INDEX effect_due ON veza_data.effect (due_at) WHERE state IN ('queued', 'leased');
CREATE INDEX effect_subject ON veza_data.effect (subject_id, created_at);
CREATE INDEX effect_finished ON veza_data.effect (finished_at) WHERE state IN ('done', 'dead');
CREATE INDEX effect_secret ON veza_data.effect (finished_at) WHERE secret IS NOT NULL;
CREATE TRIGGER guard_state BEFORE UPDATE ON veza_data.effect
    FOR EACH ROW EXECUTE FUNCTION veza.guard_state('effect');
COMMENT ON TABLE veza_data.effect IS 'The outbox: what must happen outside, written in the transaction that causes it, carried out by veza-relay.';
COMMENT ON COLUMN veza_data.effect.id IS 'Key.';
COMMENT ON COLUMN veza_data.effect.kind IS 'What to do: psp_create, psp_retrieve, psp_cancel, psp_refund, psp_refund_retrieve.';
COMMENT ON COLUMN veza_data.effect.subject_id IS 'The payment or refund it is about.';
COMMENT ON COLUMN veza_data.effect.state IS 'queued, leased, done or dead; see veza.state_machine.';
COMMENT ON COLUMN veza_data.effect.request IS 'What the relay needs to know; never a secret.';
COMMENT ON COLUMN veza_data.effect.reason IS 'Why it was queued.';
COMMENT ON COLUMN veza_data.effect.attempts IS 'Claims so far.';
COMMENT ON COLUMN veza_data.effect.due_at IS 'Not before this time.';
COMMENT ON COLUMN veza_data.effect.lease_owner IS 'Relay that claimed it last.';
COMMENT ON COLUMN veza_data.effect.lease_token IS 'Token of the present lease.';
COMMENT ON COLUMN veza_data.effect.lease_until IS 'After this time another relay may take it over.';
COMMENT ON COLUMN veza_data.effect.first_sent_at IS 'From this time on it may have happened.';
COMMENT ON COLUMN veza_data.effect.waiters IS 'Process ids of the backends that wait for the result.';
COMMENT ON COLUMN veza_data.effect.outcome IS 'Outcome of the last attempt.';
COMMENT ON COLUMN veza_data.effect.error_code IS 'Error code of the last attempt.';
COMMENT ON COLUMN veza_data.effect.error_message IS 'Error message of the last attempt.';
COMMENT ON COLUMN veza_data.effect.secret IS 'Client secret on its way to a waiting request; removed when it is fetched or after a minute.';
COMMENT ON COLUMN veza_data.effect.request_id IS 'The request that caused it.';
COMMENT ON COLUMN veza_data.effect.created_at IS 'When it was queued.';
COMMENT ON COLUMN veza_data.effect.updated_at IS 'When its state last changed.';
COMMENT ON COLUMN veza_data.effect.finished_at IS 'When it was done or given up.';

CREATE TABLE veza_data.effect_attempt (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    effect_id      uuid NOT NULL REFERENCES veza_data.effect ON DELETE CASCADE,
    attempt_no     integer NOT NULL,
    at             timestamptz NOT NULL,
    relay          text,
    outcome        text NOT NULL,
    http_status    integer,
    error_code     text,
    error_message  text,
    duration_ms    integer,
    result         jsonb,
    was_taken_over boolean NOT NULL
);
CREATE INDEX effect_attempt_effect ON veza_data.effect_attempt (effect_id);
COMMENT ON TABLE veza_data.effect_attempt IS 'What the provider answered, attempt by attempt, without secrets.';
COMMENT ON COLUMN veza_data.effect_attempt.id IS 'Order of the reports.';
COMMENT ON COLUMN veza_data.effect_attempt.effect_id IS 'The effect.';
COMMENT ON COLUMN veza_data.effect_attempt.attempt_no IS 'Number of the claim.';
COMMENT ON COLUMN veza_data.effect_attempt.at IS 'When it was reported.';
COMMENT ON COLUMN veza_data.effect_attempt.relay IS 'Relay that made it.';
COMMENT ON COLUMN veza_data.effect_attempt.outcome IS 'ok, refused, unknown (it may have happened) or not_sent.';
COMMENT ON COLUMN veza_data.effect_attempt.http_status IS 'HTTP status of the provider.';
COMMENT ON COLUMN veza_data.effect_attempt.error_code IS 'The provider''s error code, or the relay''s.';
COMMENT ON COLUMN veza_data.effect_attempt.error_message IS 'The provider''s error message, or the relay''s.';
COMMENT ON COLUMN veza_data.effect_attempt.duration_ms IS 'Duration in ms.';
COMMENT ON COLUMN veza_data.effect_attempt.result IS 'The provider''s facts.';
COMMENT ON COLUMN veza_data.effect_attempt.was_taken_over IS 'The lease had passed to another relay when this was reported.';
