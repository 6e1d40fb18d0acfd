-- Tracks: making, finding, editing and removing them.

CREATE FUNCTION veza.index_track() RETURNS trigger LANGUAGE c
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.index_track IS 'Trigger: what a track is found and sorted by follows its words.';

CREATE FUNCTION veza.note_listing() RETURNS trigger LANGUAGE c
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.note_listing IS 'Trigger: when a track or playlist stood in lists for the first time.';

CREATE FUNCTION veza.track_admit(
    declared_size bigint DEFAULT NULL) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_admit IS 'Say what one may upload, and what is used of it; refused when the plan allows no such upload.
Asked before a body is read.
- declared_size: bytes of the file, if they are known';
SELECT veza.add_route('GET', '/api/v1/tracks/admission', 'veza.track_admit', 'user', 'reads',
                      errors => '{CREATOR_ROLE_REQUIRED,TRACK_FILE_TOO_LARGE,TRACK_QUOTA_EXCEEDED,STORAGE_QUOTA_EXCEEDED}',
                      shape => 'track_admission_shape');

CREATE FUNCTION veza.track_create(
    file_hash text, file_size bigint, file_type text, title text DEFAULT NULL,
    artist text DEFAULT NULL, album text DEFAULT NULL, description text DEFAULT NULL, genre text DEFAULT NULL,
    tags text[] DEFAULT NULL, visibility text DEFAULT NULL, is_public boolean DEFAULT NULL, is_explicit boolean DEFAULT NULL,
    is_downloadable boolean DEFAULT NULL, license text DEFAULT NULL, bpm integer DEFAULT NULL, key text DEFAULT NULL,
    isrc text DEFAULT NULL,
    allow_duplicate boolean DEFAULT false) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_create IS 'Upload a track; it is scanned and analysed, and played when its status is ready.
- file_hash: SHA-256 of the file, hexadecimal
- file_size: its size in bytes
- file_type: its MIME type
- title: 1 to 200 characters; required
- artist: artist as shown, up to 100 characters; by default the own name
- album: up to 200 characters
- description: up to 2000 characters
- genre: up to 50 characters
- tags: up to 10 words of up to 30 characters, as a list or with commas
- visibility: public, unlisted or private; by default what the settings say
- is_public: the same in short: true for public, false for private
- is_explicit: its words are not for everybody
- is_downloadable: others may store the file
- license: All Rights Reserved, Creative Commons BY, Creative Commons BY-SA, Creative Commons BY-NC or Public Domain
- bpm: beats per minute, 40 to 300
- key: as C, F# or Bbm
- isrc: ISRC
- allow_duplicate: the same file may be there twice';
SELECT veza.add_route('POST', path, 'veza.track_create', 'user', 'writes', upload => 'audio', admit => 'veza.track_admit',
                      errors => '{VALIDATION_ERROR,UPLOAD_MALFORMED,UPLOAD_BUSY,UPLOAD_FAILED,AUDIO_UNSUPPORTED,TRACK_DUPLICATE,TRACK_FILE_TOO_LARGE,TRACK_QUOTA_EXCEEDED,STORAGE_QUOTA_EXCEEDED,CREATOR_ROLE_REQUIRED,USER_ACCOUNT_DISABLED}',
                      shape => 'track_owner_shape', status => 201, replay => 'stored', budget => 'upload', counter => CASE path WHEN '/api/v1/tracks' THEN 'veza_tracks_uploaded_total' END,
                      aliases => '{"key": ["musical_key"]}')
  FROM unnest('{/api/v1/tracks,/api/v1/tracks/upload}'::text[]) path;

CREATE FUNCTION veza.track_get(id uuid) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_get IS 'Show a track.
- id: the track';
SELECT veza.add_route('GET', '/api/v1/tracks/:id', 'veza.track_get', 'optional', 'reads',
                      errors => '{VALIDATION_ERROR,TRACK_NOT_FOUND}',
                      shape => 'track_shape', other_shape => 'track_owner_shape');

CREATE FUNCTION veza.track_list(
    page integer DEFAULT 1, "limit" integer DEFAULT 20, cursor text DEFAULT NULL,
    search text DEFAULT NULL, genre text DEFAULT NULL, tags text[] DEFAULT NULL, artist text DEFAULT NULL,
    min_duration integer DEFAULT NULL, max_duration integer DEFAULT NULL, uploader_id uuid DEFAULT NULL, format text DEFAULT NULL,
    min_bpm integer DEFAULT NULL, max_bpm integer DEFAULT NULL, license text DEFAULT NULL,
    date_from timestamptz DEFAULT NULL, date_to timestamptz DEFAULT NULL, show_private boolean DEFAULT false,
    sort text DEFAULT NULL, "order" text DEFAULT NULL, with_total boolean DEFAULT false) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_list IS 'List public tracks, or the own ones.
- page: page number, from 1; beyond the first 10000 rows use cursor
- limit: rows per page, 1 to 100
- cursor: next_cursor of the page before; takes the place of page
- search: words of title, artist, album, genre or tags, or their beginnings; accents, case and a wrong letter do not matter
- genre: genre
- tags: tags, all of which a track must have
- artist: artist
- min_duration: shortest, in s
- max_duration: longest, in s
- uploader_id: owner
- format: mp3, wav, flac, ogg, m4a, aac or aiff
- min_bpm: slowest
- max_bpm: fastest
- license: licence
- date_from: made at this time or later
- date_to: made before this time
- show_private: the own tracks, also those that others do not see
- sort: created_at, updated_at, title, artist, duration, plays, likes, popularity or bpm, with a minus before it from the greatest down; of a search, relevance
- order: asc or desc; by default words from a, everything else from the greatest down
- with_total: count all of them; otherwise total is what was seen';
SELECT veza.add_route('GET', '/api/v1/tracks', 'veza.track_list', 'optional', 'slow',
                      errors => '{VALIDATION_ERROR}',
                      shape => 'track_shape', other_shape => 'track_owner_shape', is_list => true,
                      aliases => '{"search": ["q"], "tags": ["tag"], "with_total": ["total"]}');

CREATE FUNCTION veza.track_update(
    id uuid, title text DEFAULT NULL,
    artist text DEFAULT NULL, album text DEFAULT NULL, description text DEFAULT NULL, genre text DEFAULT NULL,
    tags text[] DEFAULT NULL, visibility text DEFAULT NULL, is_public boolean DEFAULT NULL, is_explicit boolean DEFAULT NULL,
    is_downloadable boolean DEFAULT NULL, license text DEFAULT NULL, bpm integer DEFAULT NULL, key text DEFAULT NULL,
    isrc text DEFAULT NULL) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_update IS 'Edit an own track; what is not sent stays as it is, an empty text or 0 empties a field.
- id: the track
- title: 1 to 200 characters
- artist: artist as shown, up to 100 characters
- album: up to 200 characters
- description: up to 2000 characters
- genre: up to 50 characters
- tags: up to 10 words of up to 30 characters, as a list or with commas
- visibility: public, unlisted or private
- is_public: the same in short: true for public, false for private
- is_explicit: its words are not for everybody
- is_downloadable: others may store the file
- license: All Rights Reserved, Creative Commons BY, Creative Commons BY-SA, Creative Commons BY-NC or Public Domain
- bpm: beats per minute, 40 to 300
- key: as C, F# or Bbm
- isrc: ISRC';
SELECT veza.add_route('PUT', '/api/v1/tracks/:id', 'veza.track_update', 'user', 'writes',
                      errors => '{PRECONDITION_FAILED,VALIDATION_ERROR,TRACK_NOT_FOUND,TRACK_NOT_YOURS}',
                      shape => 'track_owner_shape', aliases => '{"key": ["musical_key"]}');

CREATE FUNCTION veza.track_remove(id uuid) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_remove IS 'Remove an own track; it can be restored for 30 days, unless the setting track_restore says otherwise.
- id: the track';
SELECT veza.add_route('DELETE', '/api/v1/tracks/:id', 'veza.track_remove', 'user', 'writes',
                      errors => '{PRECONDITION_FAILED,VALIDATION_ERROR,TRACK_NOT_FOUND,TRACK_NOT_YOURS}',
                      shape => 'track_owner_shape');

CREATE FUNCTION veza.track_restore(id uuid) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_restore IS 'Bring back an own track that was removed.
- id: the track';
SELECT veza.add_route('POST', '/api/v1/tracks/:id/restore', 'veza.track_restore', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,TRACK_NOT_FOUND,TRACK_NOT_RESTORABLE}',
                      shape => 'track_owner_shape');

CREATE FUNCTION veza.track_history(
    id uuid, page integer DEFAULT 1, "limit" integer DEFAULT 20, cursor text DEFAULT NULL) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_history IS 'Show what was changed of a track, newest first.
- id: the track
- page: page number, from 1; beyond the first 10000 rows use cursor
- limit: rows per page, 1 to 100
- cursor: next_cursor of the page before; takes the place of page';
SELECT veza.add_route('GET', '/api/v1/tracks/:id/history', 'veza.track_history', 'optional', 'reads',
                      errors => '{VALIDATION_ERROR,TRACK_NOT_FOUND}',
                      shape => 'track_change_shape', is_list => true);

CREATE FUNCTION veza.track_take_down(id uuid, reason text) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_take_down IS 'Hide a track from everybody but its owner, who reads why; written to the audit log.
- id: the track
- reason: why';
SELECT veza.add_route('POST', '/api/v1/admin/tracks/:id/take-down', 'veza.track_take_down', 'admin', 'writes',
                      errors => '{VALIDATION_ERROR,TRACK_NOT_FOUND}',
                      shape => 'track_owner_shape');

CREATE FUNCTION veza.track_reinstate(id uuid, reason text) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_reinstate IS 'Let a track that was taken down back; written to the audit log.
- id: the track
- reason: why; goes to the audit log';
SELECT veza.add_route('POST', '/api/v1/admin/tracks/:id/reinstate', 'veza.track_reinstate', 'admin', 'writes',
                      errors => '{VALIDATION_ERROR,TRACK_NOT_FOUND}',
                      shape => 'track_owner_shape');

CREATE FUNCTION veza.track_match_list(
    state text DEFAULT 'open', page integer DEFAULT 1, "limit" integer DEFAULT 20, cursor text DEFAULT NULL) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_match_list IS 'List tracks that are, or sound like, one of somebody else''s, newest first.
The track that came later is held while its match is open: only its owner and administrators hear it.
- state: open, dismissed, upheld, lapsed or all
- page: page number, from 1
- limit: rows per page, 1 to 100
- cursor: next_cursor of the page before; takes the place of page';
SELECT veza.add_route('GET', '/api/v1/admin/track-matches', 'veza.track_match_list', 'admin', 'slow',
                      errors => '{VALIDATION_ERROR}',
                      shape => 'track_match_shape', is_list => true);

CREATE FUNCTION veza.track_match_resolve(id uuid, decision text, reason text) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_match_resolve IS 'Decide a match: the track is released, or taken down; written to the audit log.
A track is released when none of its matches is open any more; one that is taken down has all of them decided.
- id: the match
- decision: dismiss or take_down
- reason: why; the owner of a track that is taken down reads it';
SELECT veza.add_route('POST', '/api/v1/admin/track-matches/:id/resolve', 'veza.track_match_resolve', 'admin', 'writes',
                      errors => '{VALIDATION_ERROR,TRACK_MATCH_NOT_FOUND,INVALID_TRANSITION}',
                      shape => 'track_match_shape');

CREATE FUNCTION veza.track_events(id uuid, last_event bigint DEFAULT NULL) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_events IS 'Hear what becomes of the audio of an own track, as server-sent events.
status: {"version", "status", "code", "is_played"}, at first of the newest version, then whenever one has another. hold: {"is_held"}, when a moderator is to compare the track with another one, and has decided. reset: events since the one named by Last-Event-ID are forgotten. A stream ends after some minutes; come back with Last-Event-ID, as EventSource does.
- id: the track
- last_event: the last event that was seen; also as the header Last-Event-ID';
SELECT veza.add_route('GET', '/api/v1/tracks/:id/events', 'veza.track_events', 'user', 'reads',
                      errors => '{VALIDATION_ERROR,TRACK_NOT_FOUND,TRACK_NOT_YOURS}',
                      envelope => 'events', is_signed => true);

CREATE FUNCTION veza.track_events_url(id uuid) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_events_url IS 'Get an address for EventSource, which sends no token: it opens the stream of events of an own track, and nothing else, for an hour.
- id: the track';
SELECT veza.add_route('GET', '/api/v1/tracks/:id/events-url', 'veza.track_events_url', 'user', 'reads',
                      errors => '{VALIDATION_ERROR,TRACK_NOT_FOUND,TRACK_NOT_YOURS}',
                      shape => 'signed_address_shape');
