-- Submissions of tracks to streaming services, and the gate in front of them.

CREATE TABLE veza_data.distribution (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id         uuid NOT NULL REFERENCES veza_data.users,
    track_id        uuid NOT NULL REFERENCES veza_data.track,
    subscription_id uuid NOT NULL REFERENCES veza_data.subscription,
    status          text NOT NULL CHECK (status IN ('submitted', 'withdrawn')),
    platforms       text[] NOT NULL CHECK (cardinality(platforms) BETWEEN 1 AND 32),
    release_date    date,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL
);
CREATE UNIQUE INDEX distribution_one_open ON veza_data.distribution (track_id) WHERE status = 'submitted';
CREATE INDEX distribution_user ON veza_data.distribution (user_id, created_at DESC, id DESC);
CREATE INDEX distribution_subscription ON veza_data.distribution (subscription_id);
CREATE INDEX distribution_track ON veza_data.distribution (track_id);
CREATE TRIGGER guard_state BEFORE UPDATE ON veza_data.distribution
    FOR EACH ROW EXECUTE FUNCTION veza.guard_state('distribution');
COMMENT ON TABLE veza_data.distribution IS 'Submissions of tracks to streaming services.';
COMMENT ON COLUMN veza_data.distribution.id IS 'Key, version 4.';
COMMENT ON COLUMN veza_data.distribution.user_id IS 'Who submitted.';
COMMENT ON COLUMN veza_data.distribution.track_id IS 'The track.';
COMMENT ON COLUMN veza_data.distribution.subscription_id IS 'The subscription that entitled the submission.';
COMMENT ON COLUMN veza_data.distribution.status IS 'See veza.state_machine, machine distribution.';
COMMENT ON COLUMN veza_data.distribution.platforms IS 'Streaming services, lower case.';
COMMENT ON COLUMN veza_data.distribution.release_date IS 'Wished release date (UTC).';
COMMENT ON COLUMN veza_data.distribution.created_at IS 'When it was submitted.';
COMMENT ON COLUMN veza_data.distribution.updated_at IS 'When it last changed.';

CREATE TABLE veza_data.gate_refusal (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at              timestamptz NOT NULL,
    code            text NOT NULL,
    user_id         uuid NOT NULL,
    subscription_id uuid,
    request_id      text
);
CREATE INDEX gate_refusal_at ON veza_data.gate_refusal (at);
COMMENT ON TABLE veza_data.gate_refusal IS 'Refusals of the distribution gate: who was told to pay or to upgrade.';
COMMENT ON COLUMN veza_data.gate_refusal.id IS 'Order of writing.';
COMMENT ON COLUMN veza_data.gate_refusal.at IS 'When.';
COMMENT ON COLUMN veza_data.gate_refusal.code IS 'SUBSCRIPTION_PENDING_PAYMENT or DISTRIBUTION_NOT_ELIGIBLE.';
COMMENT ON COLUMN veza_data.gate_refusal.user_id IS 'Who was refused.';
COMMENT ON COLUMN veza_data.gate_refusal.subscription_id IS 'The pending subscription that was named.';
COMMENT ON COLUMN veza_data.gate_refusal.request_id IS 'The request.';
