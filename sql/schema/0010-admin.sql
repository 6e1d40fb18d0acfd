-- Administration: searching the audit log, and sealing it. A seal is taken over all rows of a range of
-- transactions that are surely over; each continues the one before, so that what is altered shows.

ALTER TABLE veza_data.audit_log
    ADD COLUMN cluster bigint NOT NULL DEFAULT (pg_control_system()).system_identifier,
    ADD COLUMN xact bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint;
CREATE INDEX audit_log_xact ON veza_data.audit_log (cluster, xact, id);
CREATE INDEX audit_log_address ON veza_data.audit_log (ip_address, at, id) WHERE ip_address IS NOT NULL;
CREATE INDEX audit_log_request ON veza_data.audit_log (request_id) WHERE request_id IS NOT NULL;
COMMENT ON COLUMN veza_data.audit_log.cluster IS 'System identifier of the cluster that wrote it; transactions of another cluster are over.';
COMMENT ON COLUMN veza_data.audit_log.xact IS 'Transaction that wrote it, in that cluster: what seals go by, because ids become visible in any order.';

CREATE TABLE veza_data.audit_seal (
    no            bigint PRIMARY KEY CHECK (no > 0),
    cluster       bigint NOT NULL,
    from_xact     bigint NOT NULL,
    to_xact       bigint NOT NULL CHECK (to_xact > from_xact),
    row_count     bigint NOT NULL CHECK (row_count > 0),
    first_id      bigint NOT NULL,
    last_id       bigint NOT NULL,
    previous_hash bytea NOT NULL CHECK (octet_length(previous_hash) = 32),
    hash          bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    sealed_at     timestamptz NOT NULL
);
CREATE UNIQUE INDEX audit_seal_range ON veza_data.audit_seal (cluster, to_xact);
COMMENT ON TABLE veza_data.audit_seal IS 'Seals of the audit log, append-only, a chain of hashes; veza.verify_audit() computes them again.';
COMMENT ON COLUMN veza_data.audit_seal.no IS 'Place in the chain, from 1 without gaps.';
COMMENT ON COLUMN veza_data.audit_seal.cluster IS 'The cluster whose transactions it covers.';
COMMENT ON COLUMN veza_data.audit_seal.from_xact IS 'First transaction: where the seal before of that cluster ended.';
COMMENT ON COLUMN veza_data.audit_seal.to_xact IS 'First transaction that it does not cover.';
COMMENT ON COLUMN veza_data.audit_seal.row_count IS 'Rows of veza_data.audit_log that it covers.';
COMMENT ON COLUMN veza_data.audit_seal.first_id IS 'Smallest id among them.';
COMMENT ON COLUMN veza_data.audit_seal.last_id IS 'Largest id among them; smaller ones may belong to a later seal.';
COMMENT ON COLUMN veza_data.audit_seal.previous_hash IS 'Hash of the seal before; zeros for the first.';
COMMENT ON COLUMN veza_data.audit_seal.hash IS 'SHA-256 over the hash before, the rows and the columns of this seal.';
COMMENT ON COLUMN veza_data.audit_seal.sealed_at IS 'When it was taken.';

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON veza_data.audit_seal
    FOR EACH ROW EXECUTE FUNCTION veza.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON veza_data.audit_seal
    FOR EACH STATEMENT EXECUTE FUNCTION veza.refuse_change();

CREATE TABLE veza_data.audit_seal_state (
    id          smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    newest_no   bigint NOT NULL DEFAULT 0,
    newest_hash bytea,
    next_no     bigint NOT NULL DEFAULT 1,
    checked_at  timestamptz,
    passed_at   timestamptz,
    broken_no   bigint,
    finding     text
);
INSERT INTO veza_data.audit_seal_state DEFAULT VALUES;
COMMENT ON TABLE veza_data.audit_seal_state IS 'One row: how far the audit log is sealed, and how far the seals are verified.';
COMMENT ON COLUMN veza_data.audit_seal_state.id IS 'Always 1.';
COMMENT ON COLUMN veza_data.audit_seal_state.newest_no IS 'The newest seal; 0: none yet.';
COMMENT ON COLUMN veza_data.audit_seal_state.newest_hash IS 'Its hash.';
COMMENT ON COLUMN veza_data.audit_seal_state.next_no IS 'The seal that is verified next; after the newest comes the first again.';
COMMENT ON COLUMN veza_data.audit_seal_state.checked_at IS 'When seals were last verified.';
COMMENT ON COLUMN veza_data.audit_seal_state.passed_at IS 'When the last pass over all of them ended.';
COMMENT ON COLUMN veza_data.audit_seal_state.broken_no IS 'The first seal that is known to be broken; NULL: none is.';
COMMENT ON COLUMN veza_data.audit_seal_state.finding IS 'What is wrong with it.';

CREATE INDEX users_admin ON veza_data.users (id) WHERE role = 'admin';

INSERT INTO veza_data.setting (name, value, unit, description) VALUES
    ('audit_seal_interval',   '60',    's',    'The audit log is sealed this often'),
    ('audit_seal_rows',       '10000', 'rows', 'Rows of one seal, but never less than a whole transaction'),
    ('audit_verify_interval', '60',    's',    'Some seals are verified this often'),
    ('audit_verify_rows',     '20000', 'rows', 'Rows that are verified each time; after the last comes the first again'),
    ('suspicious_account_logins',  '5',    'failures', 'Failed logins of one account that are reported'),
    ('suspicious_account_window',  '900',  's', 'when they fall within this time'),
    ('suspicious_address_logins',  '6',    'failures', 'Failed logins from one address that are reported'),
    ('suspicious_address_window',  '60',   's', 'when they fall within this time'),
    ('suspicious_user_addresses',  '5',    'addresses', 'Addresses of one account''s logins that are reported'),
    ('suspicious_user_window',     '3600', 's', 'when they fall within this time'),
    ('suspicious_rate_limits',     '3',    'refusals', 'Refusals by a rate limit of one address that are reported'),
    ('suspicious_rate_window',     '3600', 's', 'when they fall within this time');
