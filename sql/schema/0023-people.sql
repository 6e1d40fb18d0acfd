-- Who follows and who blocks whom, and what users are told of.

CREATE TABLE veza_data.user_block (
    blocker_id uuid NOT NULL REFERENCES veza_data.users,
    blocked_id uuid NOT NULL REFERENCES veza_data.users,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (blocker_id, blocked_id),
    CHECK (blocker_id <> blocked_id)
);
CREATE INDEX user_block_blocked ON veza_data.user_block (blocked_id);
COMMENT ON TABLE veza_data.user_block IS 'Who has blocked whom: the blocked user sees nothing of the blocker.';
COMMENT ON COLUMN veza_data.user_block.blocker_id IS 'Who has blocked.';
COMMENT ON COLUMN veza_data.user_block.blocked_id IS 'Who is blocked.';
COMMENT ON COLUMN veza_data.user_block.created_at IS 'Since when.';

CREATE TABLE veza_data.user_follow (
    follower_id uuid NOT NULL REFERENCES veza_data.users,
    followed_id uuid NOT NULL REFERENCES veza_data.users,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (follower_id, followed_id),
    CHECK (follower_id <> followed_id)
);
CREATE INDEX user_follow_followers ON veza_data.user_follow (followed_id, created_at DESC, follower_id DESC);
CREATE INDEX user_follow_following ON veza_data.user_follow (follower_id, created_at DESC, followed_id DESC);
COMMENT ON TABLE veza_data.user_follow IS 'Who follows whom.';
COMMENT ON COLUMN veza_data.user_follow.follower_id IS 'Who follows.';
COMMENT ON COLUMN veza_data.user_follow.followed_id IS 'Who is followed.';
COMMENT ON COLUMN veza_data.user_follow.created_at IS 'Since when.';

CREATE TABLE veza_data.notification (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id      uuid NOT NULL REFERENCES veza_data.users,
    kind         text NOT NULL CHECK (kind ~ '^[a-z_]{1,40}$'),
    actor_id     uuid REFERENCES veza_data.users,
    subject_type text CHECK (subject_type ~ '^[a-z_]{1,40}$'),
    subject_id   uuid,
    n            integer NOT NULL DEFAULT 1 CHECK (n > 0),
    is_told      boolean NOT NULL DEFAULT false,
    read_at      timestamptz,
    created_at   timestamptz NOT NULL,
    CHECK ((subject_type IS NULL) = (subject_id IS NULL)),
    CHECK (actor_id IS NOT NULL OR subject_id IS NOT NULL)
);
-- What somebody does again before it was read is one notification.
CREATE UNIQUE INDEX notification_unread ON veza_data.notification (user_id, kind, coalesce(actor_id, subject_id)) WHERE read_at IS NULL;
CREATE INDEX notification_newest ON veza_data.notification (user_id, created_at DESC, id DESC);
CREATE INDEX notification_actor ON veza_data.notification (actor_id, user_id);
CREATE INDEX notification_untold ON veza_data.notification (created_at) WHERE NOT is_told;
CREATE INDEX notification_created ON veza_data.notification (created_at);
COMMENT ON TABLE veza_data.notification IS 'What users are told of. Names and titles are not in it: they are read when it is shown, by what its reader may see then.';
COMMENT ON COLUMN veza_data.notification.id IS 'Key, version 4.';
COMMENT ON COLUMN veza_data.notification.user_id IS 'Who is told.';
COMMENT ON COLUMN veza_data.notification.kind IS 'What has happened; a row of the list in notification/notification_kinds.c.';
COMMENT ON COLUMN veza_data.notification.actor_id IS 'Who did it; NULL: nobody in particular.';
COMMENT ON COLUMN veza_data.notification.subject_type IS 'What it is about: the name of its table.';
COMMENT ON COLUMN veza_data.notification.subject_id IS 'Its key; of several, the last one.';
COMMENT ON COLUMN veza_data.notification.n IS 'How often it has happened since it was last read.';
COMMENT ON COLUMN veza_data.notification.is_told IS 'The streams of events have told of it.';
COMMENT ON COLUMN veza_data.notification.read_at IS 'When it was read; NULL: it was not.';
COMMENT ON COLUMN veza_data.notification.created_at IS 'When it happened, the last time.';
