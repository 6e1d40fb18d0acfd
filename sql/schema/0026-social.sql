-- Comments on tracks, reports to moderators and what became of them, and what the feed walks.

-- ---- comments

CREATE TABLE veza_data.comment (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    track_id     uuid NOT NULL REFERENCES veza_data.track,
    user_id      uuid NOT NULL REFERENCES veza_data.users,
    parent_id    uuid REFERENCES veza_data.comment,
    reply_to_id  uuid REFERENCES veza_data.comment,
    content      text CHECK (char_length(content) BETWEEN 1 AND 1000),
    content_hash bytea CHECK (octet_length(content_hash) = 32),
    timestamp_ms integer CHECK (timestamp_ms >= 0),
    like_count   bigint NOT NULL DEFAULT 0,
    reply_count  bigint NOT NULL DEFAULT 0,
    has_replies  boolean NOT NULL DEFAULT false,
    revision     bigint NOT NULL DEFAULT 1,
    edited_at    timestamptz,
    hidden_at    timestamptz,
    deleted_at   timestamptz,
    deleted_by   text CHECK (deleted_by IN ('author', 'owner', 'moderator')),
    created_at   timestamptz NOT NULL,
    CONSTRAINT comment_reply CHECK ((parent_id IS NULL) = (reply_to_id IS NULL) AND (parent_id IS NULL OR timestamp_ms IS NULL)),
    CONSTRAINT comment_words CHECK ((content IS NULL) = (deleted_at IS NOT NULL) AND (content_hash IS NULL) = (content IS NULL)),
    CONSTRAINT comment_deleted CHECK ((deleted_at IS NULL) = (deleted_by IS NULL))
);
ALTER TABLE veza_data.comment
    ADD COLUMN is_listed boolean NOT NULL GENERATED ALWAYS AS (deleted_at IS NULL AND hidden_at IS NULL OR has_replies) STORED;
-- The same again is refused by this index and by nothing else. It is partial, so that who edits keeps nobody from liking.
CREATE UNIQUE INDEX comment_once ON veza_data.comment (track_id, user_id, content_hash) WHERE deleted_at IS NULL;
CREATE INDEX comment_track ON veza_data.comment (track_id);
CREATE INDEX comment_newest ON veza_data.comment (track_id, created_at DESC, id DESC) WHERE parent_id IS NULL AND is_listed;
CREATE INDEX comment_position ON veza_data.comment (track_id, timestamp_ms, id) WHERE parent_id IS NULL AND is_listed AND timestamp_ms IS NOT NULL;
CREATE INDEX comment_replies ON veza_data.comment (parent_id, created_at, id);
CREATE INDEX comment_reply_to ON veza_data.comment (reply_to_id);
CREATE INDEX comment_user ON veza_data.comment (user_id, created_at DESC, id DESC);
COMMENT ON TABLE veza_data.comment IS 'Comments on tracks, and replies to them.';
COMMENT ON COLUMN veza_data.comment.id IS 'Key, version 4.';
COMMENT ON COLUMN veza_data.comment.track_id IS 'The track.';
COMMENT ON COLUMN veza_data.comment.user_id IS 'Who wrote it.';
COMMENT ON COLUMN veza_data.comment.parent_id IS 'The comment under which a reply stands, which is no reply itself; NULL: it is none.';
COMMENT ON COLUMN veza_data.comment.reply_to_id IS 'What a reply answers: that comment, or another reply under it.';
COMMENT ON COLUMN veza_data.comment.content IS 'What it says, up to 1000 characters; NULL: it was deleted.';
COMMENT ON COLUMN veza_data.comment.content_hash IS 'SHA-256 of its words without case, accents and signs: the same again has the same.';
COMMENT ON COLUMN veza_data.comment.timestamp_ms IS 'Place in the track, in ms; NULL: the track as a whole.';
COMMENT ON COLUMN veza_data.comment.like_count IS 'Likes, without those still in veza_data.comment_counter.';
COMMENT ON COLUMN veza_data.comment.reply_count IS 'Replies under it that are there, without those still in veza_data.comment_counter.';
COMMENT ON COLUMN veza_data.comment.has_replies IS 'It has been answered: its place stays when it is deleted.';
COMMENT ON COLUMN veza_data.comment.revision IS 'Grows when it is edited; its ETag.';
COMMENT ON COLUMN veza_data.comment.edited_at IS 'When it was last edited; NULL: never.';
COMMENT ON COLUMN veza_data.comment.hidden_at IS 'When a moderator hid it.';
COMMENT ON COLUMN veza_data.comment.deleted_at IS 'When it was deleted.';
COMMENT ON COLUMN veza_data.comment.deleted_by IS 'By whom: its author, the owner of the track, or a moderator.';
COMMENT ON COLUMN veza_data.comment.created_at IS 'When it was written.';
COMMENT ON COLUMN veza_data.comment.is_listed IS 'It has a place in lists, be it an empty one.';

CREATE TABLE veza_data.comment_like (
    comment_id uuid NOT NULL REFERENCES veza_data.comment,
    user_id    uuid NOT NULL REFERENCES veza_data.users,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (comment_id, user_id)
);
CREATE INDEX comment_like_user ON veza_data.comment_like (user_id, created_at DESC);
COMMENT ON TABLE veza_data.comment_like IS 'Who likes which comment.';
COMMENT ON COLUMN veza_data.comment_like.comment_id IS 'The comment.';
COMMENT ON COLUMN veza_data.comment_like.user_id IS 'Who likes it.';
COMMENT ON COLUMN veza_data.comment_like.created_at IS 'Since when.';

CREATE TABLE veza_data.comment_mention (
    comment_id uuid NOT NULL REFERENCES veza_data.comment,
    user_id    uuid NOT NULL REFERENCES veza_data.users,
    PRIMARY KEY (comment_id, user_id)
);
CREATE INDEX comment_mention_user ON veza_data.comment_mention (user_id);
COMMENT ON TABLE veza_data.comment_mention IS 'Who was told of being mentioned in which comment, once.';
COMMENT ON COLUMN veza_data.comment_mention.comment_id IS 'The comment.';
COMMENT ON COLUMN veza_data.comment_mention.user_id IS 'Who was mentioned.';

CREATE TABLE veza_data.comment_counter (
    comment_id uuid NOT NULL REFERENCES veza_data.comment,
    kind       text NOT NULL CHECK (kind IN ('like', 'reply')),
    slot       smallint NOT NULL,
    n          bigint NOT NULL,
    PRIMARY KEY (comment_id, kind, slot)
) WITH (fillfactor = 50);
COMMENT ON TABLE veza_data.comment_counter IS 'What was counted of comments since the job fold_comment_counters ran last.';
COMMENT ON COLUMN veza_data.comment_counter.comment_id IS 'The comment.';
COMMENT ON COLUMN veza_data.comment_counter.kind IS 'like or reply, less those taken back.';
COMMENT ON COLUMN veza_data.comment_counter.slot IS 'Which of several rows for the same thing.';
COMMENT ON COLUMN veza_data.comment_counter.n IS 'How many.';

ALTER TABLE veza_data.track ADD COLUMN comment_count bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN veza_data.track.comment_count IS 'Comments and replies that are there, without those still in veza_data.track_counter.';
ALTER TABLE veza_data.track_counter
    DROP CONSTRAINT track_counter_kind_check,
    ADD CONSTRAINT track_counter_kind_check CHECK (kind IN ('like', 'play', 'own_play', 'download', 'share', 'comment'));
ALTER TABLE veza_data.track_day
    DROP CONSTRAINT track_day_kind_check,
    ADD CONSTRAINT track_day_kind_check CHECK (kind IN ('like', 'play', 'own_play', 'download', 'share', 'comment'));
COMMENT ON COLUMN veza_data.track_counter.kind IS 'like (less those taken back), play, own_play (by the owner), download, share or comment (less those that are gone).';
COMMENT ON COLUMN veza_data.track_day.kind IS 'like (less those taken back), play, own_play, download, share or comment (less those that are gone).';

-- ---- reports

CREATE TABLE veza_data.moderation_case (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    subject_type text NOT NULL CHECK (subject_type IN ('track', 'comment', 'playlist', 'user')),
    subject_id   uuid NOT NULL,
    owner_id     uuid NOT NULL REFERENCES veza_data.users,
    state        text NOT NULL CHECK (state IN ('open', 'hidden', 'warned', 'closed', 'reinstated')),
    excerpt      text CHECK (char_length(excerpt) <= 1000),
    note         text CHECK (char_length(note) BETWEEN 1 AND 1000),
    decided_by   uuid REFERENCES veza_data.users,
    decided_at   timestamptz,
    is_told      boolean NOT NULL DEFAULT true,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    CONSTRAINT moderation_case_decision CHECK ((state = 'open') = (decided_at IS NULL))
);
CREATE UNIQUE INDEX moderation_case_open ON veza_data.moderation_case (subject_type, subject_id) WHERE state = 'open';
CREATE INDEX moderation_case_state ON veza_data.moderation_case (state, created_at DESC, id DESC);
CREATE INDEX moderation_case_newest ON veza_data.moderation_case (created_at DESC, id DESC);
CREATE INDEX moderation_case_owner ON veza_data.moderation_case (owner_id, created_at DESC, id DESC);
CREATE INDEX moderation_case_decided_by ON veza_data.moderation_case (decided_by);
CREATE INDEX moderation_case_untold ON veza_data.moderation_case (decided_at) WHERE NOT is_told;
CREATE TRIGGER guard_state BEFORE UPDATE ON veza_data.moderation_case
    FOR EACH ROW EXECUTE FUNCTION veza.guard_state('moderation_case');
COMMENT ON TABLE veza_data.moderation_case IS 'What was reported to moderators: one open case for each thing, however many report it.';
COMMENT ON COLUMN veza_data.moderation_case.id IS 'Key, version 4.';
COMMENT ON COLUMN veza_data.moderation_case.subject_type IS 'track, comment, playlist or user.';
COMMENT ON COLUMN veza_data.moderation_case.subject_id IS 'Its key.';
COMMENT ON COLUMN veza_data.moderation_case.owner_id IS 'Whose it is, or who it is.';
COMMENT ON COLUMN veza_data.moderation_case.state IS 'See veza.state_machine, machine moderation_case.';
COMMENT ON COLUMN veza_data.moderation_case.excerpt IS 'What it said when it was reported first.';
COMMENT ON COLUMN veza_data.moderation_case.note IS 'Why it was decided so; its owner reads it when it was hidden or warned of.';
COMMENT ON COLUMN veza_data.moderation_case.decided_by IS 'Which moderator decided; NULL: nobody yet, or its owner has left.';
COMMENT ON COLUMN veza_data.moderation_case.decided_at IS 'When it was decided last.';
COMMENT ON COLUMN veza_data.moderation_case.is_told IS 'Nobody who reported it has still to be told that it was decided.';
COMMENT ON COLUMN veza_data.moderation_case.created_at IS 'When it was reported first.';
COMMENT ON COLUMN veza_data.moderation_case.updated_at IS 'When it last changed.';

CREATE TABLE veza_data.report (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    case_id     uuid NOT NULL REFERENCES veza_data.moderation_case,
    reporter_id uuid NOT NULL REFERENCES veza_data.users,
    reason      text NOT NULL CHECK (reason IN ('spam', 'harassment', 'hate', 'violence', 'sexual', 'copyright', 'impersonation', 'other')),
    words       text CHECK (char_length(words) BETWEEN 1 AND 1000),
    told_at     timestamptz,
    created_at  timestamptz NOT NULL,
    CONSTRAINT report_once UNIQUE (case_id, reporter_id)
);
CREATE INDEX report_reporter ON veza_data.report (reporter_id, created_at DESC, id DESC);
COMMENT ON TABLE veza_data.report IS 'Who reported a case, and why. Its owner is never told who.';
COMMENT ON COLUMN veza_data.report.id IS 'Key, version 4.';
COMMENT ON COLUMN veza_data.report.case_id IS 'The case.';
COMMENT ON COLUMN veza_data.report.reporter_id IS 'Who reported it.';
COMMENT ON COLUMN veza_data.report.reason IS 'spam, harassment, hate, violence, sexual, copyright, impersonation or other.';
COMMENT ON COLUMN veza_data.report.words IS 'The same in own words.';
COMMENT ON COLUMN veza_data.report.told_at IS 'When the reporter was told that the case was decided.';
COMMENT ON COLUMN veza_data.report.created_at IS 'When.';

-- ---- the feed walks the newest of each whom one follows

ALTER TABLE veza_data.track ADD COLUMN listed_at timestamptz;
COMMENT ON COLUMN veza_data.track.listed_at IS 'When it stood in lists for the first time: its place in feeds; NULL: never yet. Kept by a trigger.';
UPDATE veza_data.track SET listed_at = created_at WHERE is_listed;
CREATE TRIGGER note_listing BEFORE INSERT OR UPDATE OF visibility, status, deleted_at, taken_down_at ON veza_data.track
    FOR EACH ROW EXECUTE FUNCTION veza.note_listing();
CREATE INDEX track_feed ON veza_data.track (uploader_id, listed_at DESC, id DESC) WHERE is_listed;
