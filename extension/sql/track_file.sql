-- Tracks: their audio, its versions, what was made of it, and the stream server.

CREATE FUNCTION veza.track_stream(id uuid, share text DEFAULT NULL) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_stream IS 'Hear a track.
- id: the track
- share: token of a link that leads to it';
SELECT veza.add_route('GET', '/api/v1/tracks/:id/stream', 'veza.track_stream', 'optional', 'reads',
                      errors => '{VALIDATION_ERROR,TRACK_NOT_FOUND,TRACK_PROCESSING}',
                      envelope => 'file', is_signed => true);

CREATE FUNCTION veza.track_stream_url(id uuid) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_stream_url IS 'Get an address of the audio for a player that sends no token: it speaks for the caller, for this track alone, for an hour.
- id: the track';
SELECT veza.add_route('GET', '/api/v1/tracks/:id/stream-url', 'veza.track_stream_url', 'user', 'reads',
                      errors => '{VALIDATION_ERROR,TRACK_NOT_FOUND,TRACK_PROCESSING}',
                      shape => 'track_address_shape');

CREATE FUNCTION veza.track_download(id uuid, share text DEFAULT NULL) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_download IS 'Store the file of a track; counted once an hour for each listener.
- id: the track
- share: token of a link that leads to it';
SELECT veza.add_route('GET', '/api/v1/tracks/:id/download', 'veza.track_download', 'optional', 'writes',
                      errors => '{VALIDATION_ERROR,TRACK_NOT_FOUND,TRACK_NOT_DOWNLOADABLE,TRACK_PROCESSING}',
                      envelope => 'file');

CREATE FUNCTION veza.track_waveform(id uuid, share text DEFAULT NULL, format text DEFAULT NULL) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_waveform IS 'Get the peaks of a track, as audiowaveform writes them (version 2).
- id: the track
- share: token of a link that leads to it
- format: dat or json; by default dat';
SELECT veza.add_route('GET', '/api/v1/tracks/:id/waveform', 'veza.track_waveform', 'optional', 'reads',
                      errors => '{VALIDATION_ERROR,TRACK_NOT_FOUND,TRACK_PART_NOT_FOUND}',
                      envelope => 'file');

CREATE FUNCTION veza.track_cover(id uuid, share text DEFAULT NULL) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_cover IS 'Get the picture of a track.
- id: the track
- share: token of a link that leads to it';
SELECT veza.add_route('GET', '/api/v1/tracks/:id/cover', 'veza.track_cover', 'optional', 'reads',
                      errors => '{VALIDATION_ERROR,TRACK_NOT_FOUND,TRACK_PART_NOT_FOUND}',
                      envelope => 'file');

CREATE FUNCTION veza.track_version_create(
    file_hash text, file_size bigint, file_type text, id uuid, allow_duplicate boolean DEFAULT false) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_version_create IS 'Give an own track new audio; the present one is played until the new one is ready.
- file_hash: SHA-256 of the file, hexadecimal
- file_size: its size in bytes
- file_type: its MIME type
- id: the track
- allow_duplicate: the same file may be there twice';
SELECT veza.add_route('POST', '/api/v1/tracks/:id/versions', 'veza.track_version_create', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,TRACK_NOT_FOUND,TRACK_NOT_YOURS,UPLOAD_MALFORMED,UPLOAD_BUSY,UPLOAD_FAILED,AUDIO_UNSUPPORTED,TRACK_DUPLICATE,TRACK_FILE_TOO_LARGE,TRACK_QUOTA_EXCEEDED,STORAGE_QUOTA_EXCEEDED,CREATOR_ROLE_REQUIRED,USER_ACCOUNT_DISABLED}',
                      shape => 'track_version_shape', status => 201, replay => 'stored', budget => 'upload', upload => 'audio',
                      admit => 'veza.track_admit');

CREATE FUNCTION veza.track_versions(id uuid) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_versions IS 'List the versions of an own track, newest first.
- id: the track';
SELECT veza.add_route('GET', '/api/v1/tracks/:id/versions', 'veza.track_versions', 'user', 'reads',
                      errors => '{VALIDATION_ERROR,TRACK_NOT_FOUND,TRACK_NOT_YOURS}',
                      shape => 'track_version_shape', is_list => true);

CREATE FUNCTION veza.track_version_restore(id uuid, number integer) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_version_restore IS 'Play an earlier version of an own track again.
- id: the track
- number: number of the version';
SELECT veza.add_route('POST', '/api/v1/tracks/:id/versions/:number/restore', 'veza.track_version_restore', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,TRACK_NOT_FOUND,TRACK_NOT_YOURS,TRACK_VERSION_NOT_FOUND,TRACK_PROCESSING}',
                      shape => 'track_version_shape');

CREATE FUNCTION veza.track_similar(id uuid) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_similar IS 'List own tracks with the same file, the same sound or a similar sound as an own track.
Others'' tracks with the same file or the same sound are shown to administrators alone.
- id: the track';
SELECT veza.add_route('GET', '/api/v1/tracks/:id/similar', 'veza.track_similar', 'user', 'slow',
                      errors => '{VALIDATION_ERROR,TRACK_NOT_FOUND,TRACK_NOT_YOURS}',
                      shape => 'track_similar_shape', is_list => true);

CREATE FUNCTION veza.track_stream_ready(
    id uuid, status text, version integer DEFAULT NULL, manifest_url text DEFAULT NULL, duration_seconds integer DEFAULT NULL,
    bitrate integer DEFAULT NULL, qualities text[] DEFAULT NULL, error text DEFAULT NULL) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_stream_ready IS 'Take what the stream server says of a track: for services of ours, which send their key.
As often as it likes and in any order; ready is not taken back by a failure that comes later.
- id: the track
- status: ready or failed
- version: number of the version; by default the one that is played
- manifest_url: address of the manifest; required when it is ready
- duration_seconds: duration
- bitrate: highest bitrate
- qualities: names of the qualities
- error: what went wrong';
SELECT veza.add_route('POST', '/api/v1/internal/tracks/:id/stream-ready', 'veza.track_stream_ready', 'webhook', 'writes',
                      errors => '{VALIDATION_ERROR,WEBHOOK_SIGNATURE_INVALID,WEBHOOK_NOT_CONFIGURED,TRACK_NOT_FOUND,TRACK_VERSION_NOT_FOUND}',
                      shape => 'track_stream_shape', signature => 'internal',
                      aliases => '{"manifest_url": ["hls_url", "stream_url"]}');
