-- Tracks with their audio: versions and their processing, who likes, plays, downloads and shares them, what was changed.

-- ---- the track

ALTER TABLE veza_data.track
    ADD COLUMN album              text CHECK (char_length(album) BETWEEN 1 AND 200),
    ADD COLUMN description        text CHECK (char_length(description) BETWEEN 1 AND 2000),
    ADD COLUMN genre              text CHECK (char_length(genre) BETWEEN 1 AND 50),
    ADD COLUMN tags               text[] NOT NULL DEFAULT '{}' CHECK (cardinality(tags) <= 10 AND array_position(tags, NULL) IS NULL),
    ADD COLUMN visibility         text NOT NULL DEFAULT 'public' CHECK (visibility IN ('public', 'unlisted', 'private')),
    ADD COLUMN is_explicit        boolean NOT NULL DEFAULT false,
    ADD COLUMN is_downloadable    boolean NOT NULL DEFAULT false,
    ADD COLUMN license            text NOT NULL DEFAULT 'All Rights Reserved'
                                  CHECK (license IN ('All Rights Reserved', 'Creative Commons BY', 'Creative Commons BY-SA',
                                                     'Creative Commons BY-NC', 'Public Domain')),
    ADD COLUMN bpm                integer CHECK (bpm BETWEEN 40 AND 300),
    ADD COLUMN musical_key        text CHECK (musical_key ~ '^[A-G][#b]?m?$'),
    ADD COLUMN isrc               text CHECK (isrc ~ '^[A-Z]{2}[A-Z0-9]{3}[0-9]{7}$'),
    ADD COLUMN edited             text[] NOT NULL DEFAULT '{}',
    ADD COLUMN revision           bigint NOT NULL DEFAULT 1,
    ADD COLUMN current_version_id uuid,
    ADD COLUMN status             text NOT NULL DEFAULT 'uploading'
                                  CHECK (status IN ('uploading', 'received', 'scanning', 'analysing', 'ready', 'failed', 'quarantined')),
    ADD COLUMN duration_ms        integer CHECK (duration_ms >= 0),
    ADD COLUMN file_type          text,
    ADD COLUMN play_count         bigint NOT NULL DEFAULT 0 CHECK (play_count >= 0),
    ADD COLUMN like_count         bigint NOT NULL DEFAULT 0,
    ADD COLUMN download_count     bigint NOT NULL DEFAULT 0 CHECK (download_count >= 0),
    ADD COLUMN share_count        bigint NOT NULL DEFAULT 0 CHECK (share_count >= 0),
    ADD COLUMN deleted_at         timestamptz,
    ADD COLUMN purged_at          timestamptz CHECK (purged_at IS NULL OR deleted_at IS NOT NULL),
    ADD COLUMN taken_down_at      timestamptz,
    ADD COLUMN taken_down_reason  text CHECK ((taken_down_at IS NULL) = (taken_down_reason IS NULL)),
    ADD COLUMN title_key          text NOT NULL DEFAULT '',
    ADD COLUMN artist_key         text NOT NULL DEFAULT '',
    ADD COLUMN search             tsvector NOT NULL DEFAULT '';
UPDATE veza_data.track
   SET duration_ms = duration_seconds * 1000, visibility = CASE WHEN is_public THEN 'public' ELSE 'private' END;
ALTER TABLE veza_data.track
    DROP COLUMN duration_seconds,
    DROP COLUMN is_public;
ALTER TABLE veza_data.track
    ADD COLUMN duration_seconds   integer GENERATED ALWAYS AS ((duration_ms + 500) / 1000) STORED,
    ADD COLUMN is_public          boolean GENERATED ALWAYS AS (visibility = 'public') STORED,
    ADD COLUMN duration_key       integer NOT NULL GENERATED ALWAYS AS (coalesce(duration_ms, 0)) STORED,
    ADD COLUMN bpm_key            integer NOT NULL GENERATED ALWAYS AS (coalesce(bpm, 0)) STORED,
    ADD COLUMN popularity         bigint GENERATED ALWAYS AS (play_count + 5 * like_count) STORED,
    ADD COLUMN is_listed          boolean GENERATED ALWAYS AS
        (visibility = 'public' AND status = 'ready' AND deleted_at IS NULL AND taken_down_at IS NULL) STORED;
COMMENT ON COLUMN veza_data.track.album IS 'Album.';
COMMENT ON COLUMN veza_data.track.description IS 'Description, up to 2000 characters.';
COMMENT ON COLUMN veza_data.track.genre IS 'Genre.';
COMMENT ON COLUMN veza_data.track.tags IS 'Up to 10 words of up to 30 characters, lower case.';
COMMENT ON COLUMN veza_data.track.visibility IS 'public: for everybody; unlisted: for who knows its address; private: for its owner.';
COMMENT ON COLUMN veza_data.track.is_explicit IS 'Its words are not for everybody.';
COMMENT ON COLUMN veza_data.track.is_downloadable IS 'Others may store the file.';
COMMENT ON COLUMN veza_data.track.license IS 'Licence, in the words of the interface.';
COMMENT ON COLUMN veza_data.track.bpm IS 'Beats per minute.';
COMMENT ON COLUMN veza_data.track.musical_key IS 'Key, as in C, F# or Bbm.';
COMMENT ON COLUMN veza_data.track.isrc IS 'ISRC without hyphens.';
COMMENT ON COLUMN veza_data.track.edited IS 'Columns that the owner has set: what a file''s tags say does not replace them.';
COMMENT ON COLUMN veza_data.track.revision IS 'Grows with every change that its owner or an administrator makes; its ETag.';
COMMENT ON COLUMN veza_data.track.current_version_id IS 'The version that is played; NULL: no audio has arrived.';
COMMENT ON COLUMN veza_data.track.status IS 'State of the version that is played; uploading: no audio has arrived.';
COMMENT ON COLUMN veza_data.track.duration_ms IS 'Duration of the version that is played, in ms.';
COMMENT ON COLUMN veza_data.track.file_type IS 'MIME type of the version that is played.';
COMMENT ON COLUMN veza_data.track.duration_seconds IS 'The same in s.';
COMMENT ON COLUMN veza_data.track.is_public IS 'visibility is public.';
COMMENT ON COLUMN veza_data.track.play_count IS 'Plays by others, without those still in veza_data.track_counter.';
COMMENT ON COLUMN veza_data.track.like_count IS 'Likes, without those still in veza_data.track_counter.';
COMMENT ON COLUMN veza_data.track.download_count IS 'Downloads, without those still in veza_data.track_counter.';
COMMENT ON COLUMN veza_data.track.share_count IS 'Links that were made, without those still in veza_data.track_counter.';
COMMENT ON COLUMN veza_data.track.duration_key IS 'duration_ms as it is sorted and filtered: 0 where it is not known.';
COMMENT ON COLUMN veza_data.track.bpm_key IS 'bpm as it is sorted and filtered: 0 where it is not known.';
COMMENT ON COLUMN veza_data.track.popularity IS 'What the sort of that name goes by: a like counts as five plays.';
COMMENT ON COLUMN veza_data.track.deleted_at IS 'When its owner removed it; it can be restored for a while.';
COMMENT ON COLUMN veza_data.track.purged_at IS 'When its audio was given up; the row stays, for others refer to it.';
COMMENT ON COLUMN veza_data.track.taken_down_at IS 'When an administrator took it down.';
COMMENT ON COLUMN veza_data.track.taken_down_reason IS 'Why; its owner reads it.';
COMMENT ON COLUMN veza_data.track.is_listed IS 'It stands in lists and searches, if its owner''s account is served.';
COMMENT ON COLUMN veza_data.track.title_key IS 'Title as it is sorted: without accents, case and a leading article; kept by a trigger.';
COMMENT ON COLUMN veza_data.track.artist_key IS 'Artist as it is sorted and filtered; kept by a trigger.';
COMMENT ON COLUMN veza_data.track.search IS 'Words of title, artist, album, genre and tags, and their misspellings; kept by a trigger.';

CREATE TRIGGER index_track BEFORE INSERT OR UPDATE OF title, artist, album, genre, tags ON veza_data.track
    FOR EACH ROW EXECUTE FUNCTION veza.index_track();
UPDATE veza_data.track SET title = title;

-- The lists: each order walks its index, in both directions.
CREATE INDEX track_by_created ON veza_data.track (created_at, id) WHERE is_listed;
CREATE INDEX track_by_updated ON veza_data.track (updated_at, id) WHERE is_listed;
CREATE INDEX track_by_title ON veza_data.track (title_key COLLATE "C", id) WHERE is_listed;
CREATE INDEX track_by_artist ON veza_data.track (artist_key COLLATE "C", id) WHERE is_listed;
CREATE INDEX track_by_duration ON veza_data.track (duration_key, id) WHERE is_listed;
CREATE INDEX track_by_plays ON veza_data.track (play_count, id) WHERE is_listed;
CREATE INDEX track_by_likes ON veza_data.track (like_count, id) WHERE is_listed;
CREATE INDEX track_by_popularity ON veza_data.track (popularity, id) WHERE is_listed;
CREATE INDEX track_by_bpm ON veza_data.track (bpm_key, id) WHERE is_listed;
CREATE INDEX track_by_genre ON veza_data.track (lower(genre), created_at, id) WHERE is_listed;
CREATE INDEX track_by_license ON veza_data.track (license, created_at, id) WHERE is_listed;
CREATE INDEX track_by_format ON veza_data.track (file_type, created_at, id) WHERE is_listed;
CREATE INDEX track_by_tag ON veza_data.track USING gin (tags) WHERE is_listed;
CREATE INDEX track_search ON veza_data.track USING gin (search) WITH (fastupdate = off);
CREATE INDEX track_deleted ON veza_data.track (deleted_at) WHERE deleted_at IS NOT NULL AND purged_at IS NULL;

-- ---- versions: the audio

CREATE TABLE veza_data.track_version (
    id                 uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    track_id           uuid NOT NULL REFERENCES veza_data.track,
    owner_id           uuid NOT NULL REFERENCES veza_data.users,
    number             integer NOT NULL CHECK (number > 0),
    file_hash          text REFERENCES veza_data.file,
    file_size          bigint NOT NULL CHECK (file_size > 0),
    file_type          text NOT NULL,
    is_original        boolean NOT NULL,
    state              text NOT NULL CHECK (state IN ('received', 'scanning', 'analysing', 'ready', 'failed', 'quarantined')),
    state_code         text CHECK (state_code ~ '^[a-z_]{1,40}$'),
    scan               text NOT NULL DEFAULT 'pending' CHECK (scan IN ('pending', 'clean', 'unscanned', 'infected')),
    tries              integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
    due_at             timestamptz,
    lease              uuid,
    lease_until        timestamptz,
    lease_kind         text CHECK (lease_kind IN ('scan', 'analyse')),
    worker             text,
    duration_ms        integer CHECK (duration_ms >= 0),
    sample_rate        integer CHECK (sample_rate > 0),
    channels           integer CHECK (channels > 0),
    bits               integer CHECK (bits > 0),
    codec              text,
    pcm_hash           text CHECK (pcm_hash ~ '^[0-9a-f]{64}$'),
    loudness_mlu       integer,
    loudness_range_mlu integer,
    true_peak_mdb      integer,
    fingerprint        integer[],
    waveform_file      text REFERENCES veza_data.file,
    waveform_json_file text REFERENCES veza_data.file,
    cover_file         text REFERENCES veza_data.file,
    raw_tags           jsonb NOT NULL DEFAULT '{}',
    stream_status      text CHECK (stream_status IN ('ready', 'failed')),
    stream_url         text,
    stream_details     jsonb,
    stream_at          timestamptz,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    UNIQUE (track_id, number),
    CONSTRAINT track_version_file CHECK (file_hash IS NOT NULL OR state = 'quarantined'),
    CONSTRAINT track_version_lease CHECK ((lease IS NULL) = (lease_until IS NULL) AND (lease IS NULL) = (lease_kind IS NULL))
);
-- The same file twice is refused by this index and by nothing else.
CREATE UNIQUE INDEX track_version_one_file ON veza_data.track_version (owner_id, file_hash) WHERE is_original;
CREATE INDEX track_version_owner ON veza_data.track_version (owner_id, created_at) INCLUDE (file_size);
CREATE INDEX track_version_file ON veza_data.track_version (file_hash);
CREATE INDEX track_version_waveform ON veza_data.track_version (waveform_file);
CREATE INDEX track_version_waveform_json ON veza_data.track_version (waveform_json_file);
CREATE INDEX track_version_cover ON veza_data.track_version (cover_file);
CREATE INDEX track_version_pcm ON veza_data.track_version (pcm_hash) WHERE pcm_hash IS NOT NULL;
CREATE INDEX track_version_due ON veza_data.track_version (due_at) WHERE due_at IS NOT NULL;
CREATE TRIGGER guard_state BEFORE UPDATE ON veza_data.track_version
    FOR EACH ROW EXECUTE FUNCTION veza.guard_state('track_version');
ALTER TABLE veza_data.track
    ADD CONSTRAINT track_current_version FOREIGN KEY (current_version_id) REFERENCES veza_data.track_version;
CREATE INDEX track_current_version ON veza_data.track (current_version_id);
COMMENT ON TABLE veza_data.track_version IS 'The audio of tracks: a file, how far its processing is, and what was found in it.';
COMMENT ON COLUMN veza_data.track_version.id IS 'Key, version 4.';
COMMENT ON COLUMN veza_data.track_version.track_id IS 'The track.';
COMMENT ON COLUMN veza_data.track_version.owner_id IS 'Owner of the track, whose uploads and storage it counts for.';
COMMENT ON COLUMN veza_data.track_version.number IS 'Order of the track''s versions, from 1.';
COMMENT ON COLUMN veza_data.track_version.file_hash IS 'The file; NULL: it was infected, and was given up.';
COMMENT ON COLUMN veza_data.track_version.file_size IS 'Its bytes.';
COMMENT ON COLUMN veza_data.track_version.file_type IS 'Its MIME type, as its first bytes say.';
COMMENT ON COLUMN veza_data.track_version.is_original IS 'The same file of the same owner is refused: false for duplicates that were wanted, and for what failed or was removed.';
COMMENT ON COLUMN veza_data.track_version.state IS 'See veza.state_machine, machine track_version.';
COMMENT ON COLUMN veza_data.track_version.state_code IS 'Why it failed or is in quarantine: a stable word.';
COMMENT ON COLUMN veza_data.track_version.scan IS 'What the virus scanner said: pending, clean, unscanned (it could not be asked) or infected.';
COMMENT ON COLUMN veza_data.track_version.tries IS 'Tries of the present step that came to nothing.';
COMMENT ON COLUMN veza_data.track_version.due_at IS 'When a worker may take it on; NULL: nothing is to be done.';
COMMENT ON COLUMN veza_data.track_version.lease IS 'Name of the lease under which a worker works on it.';
COMMENT ON COLUMN veza_data.track_version.lease_until IS 'Until then; later another worker takes over.';
COMMENT ON COLUMN veza_data.track_version.lease_kind IS 'scan or analyse.';
COMMENT ON COLUMN veza_data.track_version.worker IS 'Who took it on last.';
COMMENT ON COLUMN veza_data.track_version.duration_ms IS 'Decoded duration in ms.';
COMMENT ON COLUMN veza_data.track_version.sample_rate IS 'Samples per second.';
COMMENT ON COLUMN veza_data.track_version.channels IS 'Channels.';
COMMENT ON COLUMN veza_data.track_version.bits IS 'Bits of a sample, where the format has such.';
COMMENT ON COLUMN veza_data.track_version.codec IS 'Codec.';
COMMENT ON COLUMN veza_data.track_version.pcm_hash IS 'SHA-256 of the decoded samples, hexadecimal: the same sound has the same.';
COMMENT ON COLUMN veza_data.track_version.loudness_mlu IS 'Integrated loudness in thousandths of LUFS.';
COMMENT ON COLUMN veza_data.track_version.loudness_range_mlu IS 'Loudness range in thousandths of LU.';
COMMENT ON COLUMN veza_data.track_version.true_peak_mdb IS 'True peak in thousandths of dBTP.';
COMMENT ON COLUMN veza_data.track_version.fingerprint IS 'Acoustic fingerprint (chromaprint); empty or NULL: unknown.';
COMMENT ON COLUMN veza_data.track_version.waveform_file IS 'Peaks, audiowaveform version 2, binary.';
COMMENT ON COLUMN veza_data.track_version.waveform_json_file IS 'The same as JSON.';
COMMENT ON COLUMN veza_data.track_version.cover_file IS 'Picture in the file.';
COMMENT ON COLUMN veza_data.track_version.raw_tags IS 'Tags as they stand in the file.';
COMMENT ON COLUMN veza_data.track_version.stream_status IS 'What the stream server has reported: ready or failed; NULL: nothing yet.';
COMMENT ON COLUMN veza_data.track_version.stream_url IS 'Address of the stream server''s manifest.';
COMMENT ON COLUMN veza_data.track_version.stream_details IS 'What else it said: bitrate, qualities, error.';
COMMENT ON COLUMN veza_data.track_version.stream_at IS 'When it said so.';
COMMENT ON COLUMN veza_data.track_version.created_at IS 'When the file arrived.';
COMMENT ON COLUMN veza_data.track_version.updated_at IS 'When it last changed.';

-- ---- what was changed

CREATE TABLE veza_data.track_change (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    track_id   uuid NOT NULL REFERENCES veza_data.track,
    at         timestamptz NOT NULL,
    actor_id   uuid,
    actor_kind text NOT NULL CHECK (actor_kind IN ('user', 'dba', 'system')),
    action     text NOT NULL CHECK (action IN ('created', 'updated', 'tagged', 'version_added', 'version_current', 'removed',
                                               'restored', 'purged', 'taken_down', 'reinstated')),
    field      text,
    old_value  jsonb,
    new_value  jsonb,
    request_id text
);
CREATE INDEX track_change_track ON veza_data.track_change (track_id, id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON veza_data.track_change
    FOR EACH ROW EXECUTE FUNCTION veza.refuse_change();
COMMENT ON TABLE veza_data.track_change IS 'What was changed of tracks, field by field, append-only.';
COMMENT ON COLUMN veza_data.track_change.id IS 'Order of writing.';
COMMENT ON COLUMN veza_data.track_change.track_id IS 'The track.';
COMMENT ON COLUMN veza_data.track_change.at IS 'When.';
COMMENT ON COLUMN veza_data.track_change.actor_id IS 'Who; NULL: nobody, as for what a file''s tags say.';
COMMENT ON COLUMN veza_data.track_change.actor_kind IS 'user, dba or system.';
COMMENT ON COLUMN veza_data.track_change.action IS 'What was done.';
COMMENT ON COLUMN veza_data.track_change.field IS 'The field that changed; NULL: the track as a whole.';
COMMENT ON COLUMN veza_data.track_change.old_value IS 'Its value before.';
COMMENT ON COLUMN veza_data.track_change.new_value IS 'Its value after.';
COMMENT ON COLUMN veza_data.track_change.request_id IS 'The request.';

-- ---- counting. What happens is added up in slots, so that those who like the same track at once
-- touch different rows; a job moves the sums to track and track_day.

CREATE TABLE veza_data.track_counter (
    track_id uuid NOT NULL REFERENCES veza_data.track,
    kind     text NOT NULL CHECK (kind IN ('like', 'play', 'own_play', 'download', 'share')),
    day      date NOT NULL,
    source   text NOT NULL CHECK (source IN ('', 'list', 'search', 'track', 'playlist', 'album', 'profile', 'feed', 'embed', 'link', 'radio', 'queue', 'library', 'other')),
    slot     smallint NOT NULL,
    n        bigint NOT NULL,
    PRIMARY KEY (track_id, kind, day, source, slot)
) WITH (fillfactor = 50);
COMMENT ON TABLE veza_data.track_counter IS 'What was counted since the job fold_counters ran last.';
COMMENT ON COLUMN veza_data.track_counter.track_id IS 'The track.';
COMMENT ON COLUMN veza_data.track_counter.kind IS 'like (less those taken back), play, own_play (by the owner), download or share.';
COMMENT ON COLUMN veza_data.track_counter.day IS 'Day (UTC).';
COMMENT ON COLUMN veza_data.track_counter.source IS 'Of a play: where it was started; else empty.';
COMMENT ON COLUMN veza_data.track_counter.slot IS 'Which of several rows for the same thing.';
COMMENT ON COLUMN veza_data.track_counter.n IS 'How many.';

CREATE TABLE veza_data.track_day (
    track_id uuid NOT NULL REFERENCES veza_data.track,
    day      date NOT NULL,
    kind     text NOT NULL CHECK (kind IN ('like', 'play', 'own_play', 'download', 'share')),
    source   text NOT NULL CHECK (source IN ('', 'list', 'search', 'track', 'playlist', 'album', 'profile', 'feed', 'embed', 'link', 'radio', 'queue', 'library', 'other')),
    n        bigint NOT NULL,
    PRIMARY KEY (track_id, day, kind, source)
);
CREATE INDEX track_day_day ON veza_data.track_day (day);
COMMENT ON TABLE veza_data.track_day IS 'What was counted of a track on a day, without what is still in track_counter.';
COMMENT ON COLUMN veza_data.track_day.track_id IS 'The track.';
COMMENT ON COLUMN veza_data.track_day.day IS 'Day (UTC).';
COMMENT ON COLUMN veza_data.track_day.kind IS 'like (less those taken back), play, own_play, download or share.';
COMMENT ON COLUMN veza_data.track_day.source IS 'Of a play: where it was started; else empty.';
COMMENT ON COLUMN veza_data.track_day.n IS 'How many.';

CREATE TABLE veza_data.track_like (
    track_id   uuid NOT NULL REFERENCES veza_data.track,
    user_id    uuid NOT NULL REFERENCES veza_data.users,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (track_id, user_id)
);
CREATE INDEX track_like_newest ON veza_data.track_like (track_id, created_at DESC, user_id DESC);
CREATE INDEX track_like_user ON veza_data.track_like (user_id, created_at DESC);
COMMENT ON TABLE veza_data.track_like IS 'Who likes which track.';
COMMENT ON COLUMN veza_data.track_like.track_id IS 'The track.';
COMMENT ON COLUMN veza_data.track_like.user_id IS 'Who likes it.';
COMMENT ON COLUMN veza_data.track_like.created_at IS 'Since when.';

CREATE TABLE veza_data.track_play (
    play_id     uuid PRIMARY KEY,
    track_id    uuid NOT NULL REFERENCES veza_data.track,
    user_id     uuid REFERENCES veza_data.users,
    listener    bytea NOT NULL CHECK (octet_length(listener) = 32),
    listened_ms integer NOT NULL CHECK (listened_ms >= 0),
    source      text NOT NULL CHECK (source IN ('list', 'search', 'track', 'playlist', 'album', 'profile', 'feed', 'embed', 'link', 'radio', 'queue', 'library', 'other')),
    at          timestamptz NOT NULL,
    is_counted  boolean NOT NULL,
    is_own      boolean NOT NULL,
    reported_at timestamptz NOT NULL
);
CREATE INDEX track_play_listener ON veza_data.track_play (track_id, listener, at) WHERE is_counted;
CREATE INDEX track_play_track ON veza_data.track_play (track_id, at DESC, play_id DESC);
CREATE INDEX track_play_user ON veza_data.track_play (user_id, at DESC);
CREATE INDEX track_play_at ON veza_data.track_play (at);
COMMENT ON TABLE veza_data.track_play IS 'Plays as players have reported them, for play_keep seconds.';
COMMENT ON COLUMN veza_data.track_play.play_id IS 'Chosen by the player: a report that comes twice is one.';
COMMENT ON COLUMN veza_data.track_play.track_id IS 'The track.';
COMMENT ON COLUMN veza_data.track_play.user_id IS 'Who listened; NULL: nobody who was logged in.';
COMMENT ON COLUMN veza_data.track_play.listener IS 'Digest that tells listeners apart: of the account, or of address and program.';
COMMENT ON COLUMN veza_data.track_play.listened_ms IS 'How long the listener really heard it, in ms.';
COMMENT ON COLUMN veza_data.track_play.source IS 'Where it was started, as in list, search or embed.';
COMMENT ON COLUMN veza_data.track_play.at IS 'When it was started.';
COMMENT ON COLUMN veza_data.track_play.is_counted IS 'It counts as a play.';
COMMENT ON COLUMN veza_data.track_play.is_own IS 'It is the owner''s, and counted apart.';
COMMENT ON COLUMN veza_data.track_play.reported_at IS 'When the report came.';

CREATE TABLE veza_data.track_download (
    track_id uuid NOT NULL REFERENCES veza_data.track,
    listener bytea NOT NULL CHECK (octet_length(listener) = 32),
    hour     timestamptz NOT NULL,
    user_id  uuid REFERENCES veza_data.users,
    PRIMARY KEY (track_id, listener, hour)
);
CREATE INDEX track_download_hour ON veza_data.track_download (hour);
CREATE INDEX track_download_user ON veza_data.track_download (user_id);
COMMENT ON TABLE veza_data.track_download IS 'Who stored which track, once an hour, for play_keep seconds: a player or a resumed download asks many times.';
COMMENT ON COLUMN veza_data.track_download.track_id IS 'The track.';
COMMENT ON COLUMN veza_data.track_download.listener IS 'Digest that tells listeners apart.';
COMMENT ON COLUMN veza_data.track_download.hour IS 'Beginning of the hour.';
COMMENT ON COLUMN veza_data.track_download.user_id IS 'Who; NULL: nobody who was logged in.';

-- ---- links

CREATE TABLE veza_data.track_share (
    id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    track_id       uuid NOT NULL REFERENCES veza_data.track,
    user_id        uuid NOT NULL REFERENCES veza_data.users,
    token_hash     bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    allow_download boolean NOT NULL,
    max_uses       integer CHECK (max_uses > 0),
    uses           integer NOT NULL DEFAULT 0,
    expires_at     timestamptz,
    revoked_at     timestamptz,
    created_at     timestamptz NOT NULL,
    CONSTRAINT track_share_uses CHECK (uses >= 0 AND (max_uses IS NULL OR uses <= max_uses))
);
CREATE INDEX track_share_track ON veza_data.track_share (track_id, created_at DESC);
CREATE INDEX track_share_user ON veza_data.track_share (user_id);
COMMENT ON TABLE veza_data.track_share IS 'Links to tracks; the token is stored nowhere.';
COMMENT ON COLUMN veza_data.track_share.id IS 'Key, version 4.';
COMMENT ON COLUMN veza_data.track_share.track_id IS 'The track.';
COMMENT ON COLUMN veza_data.track_share.user_id IS 'Who made the link.';
COMMENT ON COLUMN veza_data.track_share.token_hash IS 'SHA-256 of the token. Secret.';
COMMENT ON COLUMN veza_data.track_share.allow_download IS 'Whoever has it may store the file.';
COMMENT ON COLUMN veza_data.track_share.max_uses IS 'Listeners that may open it; NULL: any number.';
COMMENT ON COLUMN veza_data.track_share.uses IS 'Listeners that have opened it; counted where there is a limit.';
COMMENT ON COLUMN veza_data.track_share.expires_at IS 'Until when it is good; NULL: without end.';
COMMENT ON COLUMN veza_data.track_share.revoked_at IS 'When it was taken back.';
COMMENT ON COLUMN veza_data.track_share.created_at IS 'When it was made.';

CREATE TABLE veza_data.track_share_use (
    share_id uuid NOT NULL REFERENCES veza_data.track_share ON DELETE CASCADE,
    listener bytea NOT NULL CHECK (octet_length(listener) = 32),
    at       timestamptz NOT NULL,
    PRIMARY KEY (share_id, listener)
);
COMMENT ON TABLE veza_data.track_share_use IS 'Who has opened a link whose uses are limited: opening it again is no further use.';
COMMENT ON COLUMN veza_data.track_share_use.share_id IS 'The link.';
COMMENT ON COLUMN veza_data.track_share_use.listener IS 'Digest that tells listeners apart.';
COMMENT ON COLUMN veza_data.track_share_use.at IS 'When it was opened first.';
