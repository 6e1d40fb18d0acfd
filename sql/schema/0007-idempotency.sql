-- Requests that a client may repeat: what was answered under an Idempotency-Key.

CREATE TABLE veza_data.idempotency (
    key_hash     bytea PRIMARY KEY CHECK (octet_length(key_hash) = 32),
    request_hash bytea NOT NULL CHECK (octet_length(request_hash) = 32),
    route        text NOT NULL,
    user_id      uuid REFERENCES veza_data.users ON DELETE CASCADE,
    created_at   timestamptz NOT NULL,
    answered_at  timestamptz,
    head         jsonb,
    answer       text,
    made_id      uuid
);
CREATE INDEX idempotency_created ON veza_data.idempotency (created_at);
CREATE INDEX idempotency_user ON veza_data.idempotency (user_id);
COMMENT ON TABLE veza_data.idempotency IS 'Answers to requests with an Idempotency-Key, written in the transaction of their effect.';
COMMENT ON COLUMN veza_data.idempotency.key_hash IS 'SHA-256 of route, user and key; the key itself is stored nowhere.';
COMMENT ON COLUMN veza_data.idempotency.request_hash IS 'SHA-256 of key, address and body: another body under the same key is refused.';
COMMENT ON COLUMN veza_data.idempotency.route IS 'Method and path.';
COMMENT ON COLUMN veza_data.idempotency.user_id IS 'Who asked; NULL: nobody was logged in.';
COMMENT ON COLUMN veza_data.idempotency.created_at IS 'First request.';
COMMENT ON COLUMN veza_data.idempotency.answered_at IS 'When it was answered; NULL: it is under way, or was interrupted.';
COMMENT ON COLUMN veza_data.idempotency.head IS 'Status and headers of the answer.';
COMMENT ON COLUMN veza_data.idempotency.answer IS 'Data of the answer; never of one that carries secrets.';
COMMENT ON COLUMN veza_data.idempotency.made_id IS 'What the request has made, for answers that are made anew.';

INSERT INTO veza_data.setting (name, value, unit, description) VALUES
    ('idempotency_keep', '86400', 's', 'Answers under an Idempotency-Key are forgotten after this time');
