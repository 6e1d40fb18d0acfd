-- Playlists with their order, who works on them, follows and likes them; and what a user is listening to.

CREATE TABLE veza_data.playlist (
    id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    owner_id       uuid NOT NULL REFERENCES veza_data.users,
    name           text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    description    text CHECK (char_length(description) BETWEEN 1 AND 2000),
    visibility     text NOT NULL DEFAULT 'private' CHECK (visibility IN ('public', 'unlisted', 'private')),
    cover_file     text REFERENCES veza_data.file,
    forked_from_id uuid REFERENCES veza_data.playlist ON DELETE SET NULL,
    revision       bigint NOT NULL DEFAULT 1,
    version        bigint NOT NULL DEFAULT 0,
    track_count    integer NOT NULL DEFAULT 0 CHECK (track_count >= 0),
    follow_count   bigint NOT NULL DEFAULT 0,
    like_count     bigint NOT NULL DEFAULT 0,
    name_key       text NOT NULL DEFAULT '',
    search         tsvector NOT NULL DEFAULT '',
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    deleted_at     timestamptz,
    is_listed      boolean GENERATED ALWAYS AS (visibility = 'public' AND deleted_at IS NULL) STORED
);
CREATE INDEX playlist_by_created ON veza_data.playlist (created_at, id) WHERE is_listed;
CREATE INDEX playlist_by_updated ON veza_data.playlist (updated_at, id) WHERE is_listed;
CREATE INDEX playlist_by_name ON veza_data.playlist (name_key COLLATE "C", id) WHERE is_listed;
CREATE INDEX playlist_owner ON veza_data.playlist (owner_id, created_at, id);
CREATE INDEX playlist_search ON veza_data.playlist USING gin (search) WITH (fastupdate = off);
CREATE INDEX playlist_cover ON veza_data.playlist (cover_file);
CREATE INDEX playlist_forked_from ON veza_data.playlist (forked_from_id);
CREATE INDEX playlist_deleted ON veza_data.playlist (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE TRIGGER index_playlist BEFORE INSERT OR UPDATE OF name, description ON veza_data.playlist
    FOR EACH ROW EXECUTE FUNCTION veza.index_playlist();
COMMENT ON TABLE veza_data.playlist IS 'Playlists.';
COMMENT ON COLUMN veza_data.playlist.id IS 'Key, version 4.';
COMMENT ON COLUMN veza_data.playlist.owner_id IS 'Owner.';
COMMENT ON COLUMN veza_data.playlist.name IS 'Name; several may have the same.';
COMMENT ON COLUMN veza_data.playlist.description IS 'Description, up to 2000 characters.';
COMMENT ON COLUMN veza_data.playlist.visibility IS 'public: for everybody; unlisted: for who knows its address; private: for its owner and who was invited.';
COMMENT ON COLUMN veza_data.playlist.cover_file IS 'Content of its own picture; NULL: the covers of its first tracks stand for it.';
COMMENT ON COLUMN veza_data.playlist.forked_from_id IS 'The playlist that it was copied from.';
COMMENT ON COLUMN veza_data.playlist.revision IS 'Grows with every change of what its owner says of it; its ETag.';
COMMENT ON COLUMN veza_data.playlist.version IS 'Grows with every change of its entries; who changes their order names it.';
COMMENT ON COLUMN veza_data.playlist.track_count IS 'Entries.';
COMMENT ON COLUMN veza_data.playlist.follow_count IS 'Followers, without those still in veza_data.playlist_counter.';
COMMENT ON COLUMN veza_data.playlist.like_count IS 'Likes, without those still in veza_data.playlist_counter.';
COMMENT ON COLUMN veza_data.playlist.name_key IS 'Name as it is sorted; kept by a trigger.';
COMMENT ON COLUMN veza_data.playlist.search IS 'Words of the name and the description, and their misspellings; kept by a trigger.';
COMMENT ON COLUMN veza_data.playlist.created_at IS 'When it was made.';
COMMENT ON COLUMN veza_data.playlist.updated_at IS 'When it or its entries last changed.';
COMMENT ON COLUMN veza_data.playlist.deleted_at IS 'When its owner removed it; it can be restored for a while.';
COMMENT ON COLUMN veza_data.playlist.is_listed IS 'It stands in lists and searches, if its owner''s account is served.';

-- The order is that of the ranks, which have gaps: who moves an entry gives it a rank between two others.
-- The constraint is judged when a statement ends, so that one statement can give all entries new ranks.
CREATE TABLE veza_data.playlist_entry (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    playlist_id uuid NOT NULL REFERENCES veza_data.playlist ON DELETE CASCADE,
    track_id    uuid NOT NULL REFERENCES veza_data.track,
    rank        bigint NOT NULL,
    added_by    uuid REFERENCES veza_data.users,
    added_at    timestamptz NOT NULL,
    CONSTRAINT playlist_entry_rank UNIQUE (playlist_id, rank) DEFERRABLE
);
CREATE INDEX playlist_entry_track ON veza_data.playlist_entry (track_id, playlist_id);
CREATE INDEX playlist_entry_added_by ON veza_data.playlist_entry (added_by);
COMMENT ON TABLE veza_data.playlist_entry IS 'What stands in playlists; the same track may stand in one several times.';
COMMENT ON COLUMN veza_data.playlist_entry.id IS 'Key, version 4.';
COMMENT ON COLUMN veza_data.playlist_entry.playlist_id IS 'The playlist.';
COMMENT ON COLUMN veza_data.playlist_entry.track_id IS 'The track; it may be private or removed by now.';
COMMENT ON COLUMN veza_data.playlist_entry.rank IS 'Its place: entries stand in this order.';
COMMENT ON COLUMN veza_data.playlist_entry.added_by IS 'Who has added it; NULL: an account that is gone.';
COMMENT ON COLUMN veza_data.playlist_entry.added_at IS 'When.';

CREATE TABLE veza_data.playlist_member (
    playlist_id uuid NOT NULL REFERENCES veza_data.playlist ON DELETE CASCADE,
    user_id     uuid NOT NULL REFERENCES veza_data.users,
    role        text NOT NULL CHECK (role IN ('editor', 'viewer')),
    invited_by  uuid REFERENCES veza_data.users,
    created_at  timestamptz NOT NULL,
    accepted_at timestamptz,
    PRIMARY KEY (playlist_id, user_id)
);
CREATE INDEX playlist_member_user ON veza_data.playlist_member (user_id, created_at);
CREATE INDEX playlist_member_invited_by ON veza_data.playlist_member (invited_by);
COMMENT ON TABLE veza_data.playlist_member IS 'Who was invited to a playlist, and who takes part in it; its owner is not in it.';
COMMENT ON COLUMN veza_data.playlist_member.playlist_id IS 'The playlist.';
COMMENT ON COLUMN veza_data.playlist_member.user_id IS 'Who.';
COMMENT ON COLUMN veza_data.playlist_member.role IS 'editor: changes the entries; viewer: sees it, also while it is private.';
COMMENT ON COLUMN veza_data.playlist_member.invited_by IS 'Who has invited; NULL: an account that is gone.';
COMMENT ON COLUMN veza_data.playlist_member.created_at IS 'When.';
COMMENT ON COLUMN veza_data.playlist_member.accepted_at IS 'When the invitation was accepted; NULL: it was not.';

CREATE TABLE veza_data.playlist_follow (
    playlist_id uuid NOT NULL REFERENCES veza_data.playlist ON DELETE CASCADE,
    user_id     uuid NOT NULL REFERENCES veza_data.users,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (playlist_id, user_id)
);
CREATE INDEX playlist_follow_user ON veza_data.playlist_follow (user_id, created_at);
COMMENT ON TABLE veza_data.playlist_follow IS 'Who follows which playlist.';
COMMENT ON COLUMN veza_data.playlist_follow.playlist_id IS 'The playlist.';
COMMENT ON COLUMN veza_data.playlist_follow.user_id IS 'Who follows it.';
COMMENT ON COLUMN veza_data.playlist_follow.created_at IS 'Since when.';

CREATE TABLE veza_data.playlist_like (
    playlist_id uuid NOT NULL REFERENCES veza_data.playlist ON DELETE CASCADE,
    user_id     uuid NOT NULL REFERENCES veza_data.users,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (playlist_id, user_id)
);
CREATE INDEX playlist_like_user ON veza_data.playlist_like (user_id, created_at);
COMMENT ON TABLE veza_data.playlist_like IS 'Who likes which playlist.';
COMMENT ON COLUMN veza_data.playlist_like.playlist_id IS 'The playlist.';
COMMENT ON COLUMN veza_data.playlist_like.user_id IS 'Who likes it.';
COMMENT ON COLUMN veza_data.playlist_like.created_at IS 'Since when.';

-- As veza_data.track_counter: who counts at once touches different rows.
CREATE TABLE veza_data.playlist_counter (
    playlist_id uuid NOT NULL REFERENCES veza_data.playlist ON DELETE CASCADE,
    kind        text NOT NULL CHECK (kind IN ('follow', 'like')),
    slot        smallint NOT NULL,
    n           bigint NOT NULL,
    PRIMARY KEY (playlist_id, kind, slot)
) WITH (fillfactor = 50);
COMMENT ON TABLE veza_data.playlist_counter IS 'What was counted since the job fold_playlist_counters ran last.';
COMMENT ON COLUMN veza_data.playlist_counter.playlist_id IS 'The playlist.';
COMMENT ON COLUMN veza_data.playlist_counter.kind IS 'follow or like, less those taken back.';
COMMENT ON COLUMN veza_data.playlist_counter.slot IS 'Which of several rows for the same thing.';
COMMENT ON COLUMN veza_data.playlist_counter.n IS 'How many.';

CREATE TABLE veza_data.playlist_change (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    playlist_id uuid NOT NULL REFERENCES veza_data.playlist ON DELETE CASCADE,
    version     bigint NOT NULL,
    at          timestamptz NOT NULL,
    actor_id    uuid REFERENCES veza_data.users,
    action      text NOT NULL CHECK (action ~ '^[a-z_]{1,40}$'),
    n           integer NOT NULL CHECK (n >= 0)
);
CREATE INDEX playlist_change_playlist ON veza_data.playlist_change (playlist_id, id);
CREATE INDEX playlist_change_at ON veza_data.playlist_change (at);
CREATE INDEX playlist_change_actor ON veza_data.playlist_change (actor_id);
COMMENT ON TABLE veza_data.playlist_change IS 'Who has changed the entries of a playlist, for playlist_change_keep seconds.';
COMMENT ON COLUMN veza_data.playlist_change.id IS 'Order of writing.';
COMMENT ON COLUMN veza_data.playlist_change.playlist_id IS 'The playlist.';
COMMENT ON COLUMN veza_data.playlist_change.version IS 'Its version after the change.';
COMMENT ON COLUMN veza_data.playlist_change.at IS 'When.';
COMMENT ON COLUMN veza_data.playlist_change.actor_id IS 'Who; NULL: an account that is gone.';
COMMENT ON COLUMN veza_data.playlist_change.action IS 'added, removed, moved, ordered, or another word for what was done.';
COMMENT ON COLUMN veza_data.playlist_change.n IS 'Entries that it concerned.';

CREATE TABLE veza_data.play_queue (
    user_id       uuid PRIMARY KEY REFERENCES veza_data.users,
    id            uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    track_ids     uuid[] NOT NULL CHECK (cardinality(track_ids) <= 1000 AND array_position(track_ids, NULL) IS NULL),
    current_index integer CHECK (current_index BETWEEN 0 AND cardinality(track_ids) - 1),
    position_ms   integer NOT NULL CHECK (position_ms >= 0),
    device        text CHECK (char_length(device) BETWEEN 1 AND 100),
    revision      bigint NOT NULL DEFAULT 1,
    updated_at    timestamptz NOT NULL
);
COMMENT ON TABLE veza_data.play_queue IS 'What a user is listening to, to be taken up on another device.';
COMMENT ON COLUMN veza_data.play_queue.user_id IS 'Whose.';
COMMENT ON COLUMN veza_data.play_queue.id IS 'What its ETag names.';
COMMENT ON COLUMN veza_data.play_queue.track_ids IS 'The tracks, in their order.';
COMMENT ON COLUMN veza_data.play_queue.current_index IS 'The one that is played, from 0; NULL: none.';
COMMENT ON COLUMN veza_data.play_queue.position_ms IS 'How far it was played, in ms.';
COMMENT ON COLUMN veza_data.play_queue.device IS 'What the device that saved it calls itself.';
COMMENT ON COLUMN veza_data.play_queue.revision IS 'Grows whenever it is saved; its ETag.';
COMMENT ON COLUMN veza_data.play_queue.updated_at IS 'When it was saved.';
