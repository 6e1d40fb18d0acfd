-- What clients are told of as it happens, over streams of events.

CREATE TABLE veza_data.live_event (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel    text NOT NULL CHECK (channel ~ '^[a-z]+:[0-9a-f-]{36}$'),
    kind       text NOT NULL CHECK (kind ~ '^[a-z_]+$'),
    data       jsonb NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX live_event_channel ON veza_data.live_event (channel, id);
CREATE INDEX live_event_created ON veza_data.live_event (created_at);
COMMENT ON TABLE veza_data.live_event IS 'Events for streams; kept for live_event_keep seconds, for clients that come back.';
COMMENT ON COLUMN veza_data.live_event.id IS 'Key; within a channel in the order of the commits.';
COMMENT ON COLUMN veza_data.live_event.channel IS 'Who is told: user:<id>, track:<id>.';
COMMENT ON COLUMN veza_data.live_event.kind IS 'What has happened.';
COMMENT ON COLUMN veza_data.live_event.data IS 'What its clients are told.';
COMMENT ON COLUMN veza_data.live_event.created_at IS 'When.';
