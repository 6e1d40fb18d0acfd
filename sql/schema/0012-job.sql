-- Timed work: when each job had its turn, so that work which stands still is seen.

CREATE TABLE veza_data.job (
    name        text PRIMARY KEY,
    created_at  timestamptz NOT NULL DEFAULT now(),
    started_at  timestamptz,
    finished_at timestamptz,
    rows        bigint NOT NULL DEFAULT 0,
    failed_at   timestamptz,
    failure     text
);
COMMENT ON TABLE veza_data.job IS 'The jobs of veza.run_due_jobs(); times by the real clock.';
COMMENT ON COLUMN veza_data.job.name IS 'Name of the job.';
COMMENT ON COLUMN veza_data.job.created_at IS 'When it was first known.';
COMMENT ON COLUMN veza_data.job.started_at IS 'When its latest turn began.';
COMMENT ON COLUMN veza_data.job.finished_at IS 'When a turn last came to its end.';
COMMENT ON COLUMN veza_data.job.rows IS 'Rows that it worked on in that turn.';
COMMENT ON COLUMN veza_data.job.failed_at IS 'When it, or a unit of it, last failed.';
COMMENT ON COLUMN veza_data.job.failure IS 'Why.';
