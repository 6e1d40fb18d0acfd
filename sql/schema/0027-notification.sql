-- Reading notifications, the mail that sums them up, and what analysts know of them.

ALTER TABLE veza_data.notification ADD COLUMN is_deleted boolean NOT NULL DEFAULT false;
ALTER TABLE veza_data.notification ADD COLUMN digest_at timestamptz;
ALTER TABLE veza_data.notification ADD CONSTRAINT notification_deleted_is_read CHECK (NOT is_deleted OR read_at IS NOT NULL);
CREATE INDEX notification_unread_newest ON veza_data.notification (user_id, created_at DESC, id DESC) WHERE read_at IS NULL;
CREATE INDEX notification_digest_due ON veza_data.notification (digest_at, user_id) WHERE digest_at IS NOT NULL;
COMMENT ON COLUMN veza_data.notification.is_deleted IS 'Its reader has thrown it away; it stays for a while, so that the same is not told again at once.';
COMMENT ON COLUMN veza_data.notification.digest_at IS 'When the digest of its reader is looked after next; NULL: it stands in one, was read, or its reader wants none.';

CREATE TABLE veza_data.notification_digest (
    user_id uuid NOT NULL REFERENCES veza_data.users,
    period  date NOT NULL,
    since   timestamptz NOT NULL,
    until   timestamptz NOT NULL CHECK (until >= since),
    PRIMARY KEY (user_id, period)
);
CREATE INDEX notification_digest_until ON veza_data.notification_digest (until);
COMMENT ON TABLE veza_data.notification_digest IS 'Digests that were ordered: one for each user and period.';
COMMENT ON COLUMN veza_data.notification_digest.user_id IS 'Whose.';
COMMENT ON COLUMN veza_data.notification_digest.period IS 'The day, or the Monday of the week, in the user''s time zone.';
COMMENT ON COLUMN veza_data.notification_digest.since IS 'The oldest notification that it is about.';
COMMENT ON COLUMN veza_data.notification_digest.until IS 'When it was ordered: what is newer stands in the next one.';

CREATE TABLE veza_data.notification_day (
    day           date NOT NULL,
    kind          text NOT NULL,
    notifications bigint NOT NULL,
    happened      bigint NOT NULL,
    read          bigint NOT NULL,
    PRIMARY KEY (day, kind)
);
COMMENT ON TABLE veza_data.notification_day IS 'How many there were of those that are forgotten.';
COMMENT ON COLUMN veza_data.notification_day.day IS 'Day (UTC).';
COMMENT ON COLUMN veza_data.notification_day.kind IS 'What has happened.';
COMMENT ON COLUMN veza_data.notification_day.notifications IS 'Notifications.';
COMMENT ON COLUMN veza_data.notification_day.happened IS 'How often it happened; what happens again before it is read is one notification.';
COMMENT ON COLUMN veza_data.notification_day.read IS 'Of the notifications those that were read.';
