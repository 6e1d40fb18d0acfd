-- Tracks: likes, links, plays, statistics.

CREATE FUNCTION veza.track_like(id uuid) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_like IS 'Like a track; doing it again changes nothing.
- id: the track';
SELECT veza.add_route('POST', '/api/v1/tracks/:id/like', 'veza.track_like', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,TRACK_NOT_FOUND}',
                      shape => 'track_like_shape');

CREATE FUNCTION veza.track_unlike(id uuid) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_unlike IS 'Take a like back; doing it again changes nothing.
- id: the track';
SELECT veza.add_route('DELETE', '/api/v1/tracks/:id/like', 'veza.track_unlike', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,TRACK_NOT_FOUND}',
                      shape => 'track_like_shape');

CREATE FUNCTION veza.track_likes(
    id uuid, page integer DEFAULT 1, "limit" integer DEFAULT 20, cursor text DEFAULT NULL) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_likes IS 'List who likes a track, newest first.
- id: the track
- page: page number, from 1
- limit: rows per page, 1 to 100
- cursor: next_cursor of the page before; takes the place of page';
SELECT veza.add_route('GET', '/api/v1/tracks/:id/likes', 'veza.track_likes', 'user', 'reads',
                      errors => '{VALIDATION_ERROR,TRACK_NOT_FOUND}',
                      shape => 'track_liker_shape', is_list => true);

CREATE FUNCTION veza.track_share(
    id uuid, expires_in bigint DEFAULT NULL, expires_at timestamptz DEFAULT NULL, permissions text DEFAULT NULL,
    max_uses integer DEFAULT NULL, allow_download boolean DEFAULT NULL) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_share IS 'Make a link to a track; whoever has it hears the track, also a private one.
The token is shown once.
- id: the track
- expires_in: lifetime in s, up to a year
- expires_at: when it ends, instead; by default never
- permissions: read or download
- max_uses: listeners that may open it, up to 1000000; by default any number
- allow_download: whoever has it may store the file';
SELECT veza.add_route('POST', '/api/v1/tracks/:id/share', 'veza.track_share', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,TRACK_NOT_FOUND,TRACK_HELD,TRACK_NOT_DOWNLOADABLE}',
                      shape => 'track_share_shape', status => 201, replay => 'again');

CREATE FUNCTION veza.track_shares(id uuid) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_shares IS 'List the links to a track: all of them to its owner, to others their own.
- id: the track';
SELECT veza.add_route('GET', '/api/v1/tracks/:id/shares', 'veza.track_shares', 'user', 'reads',
                      errors => '{VALIDATION_ERROR,TRACK_NOT_FOUND}',
                      shape => 'track_share_shape', is_list => true);

CREATE FUNCTION veza.track_shared(token text) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_shared IS 'Show the track that a link leads to; counted where its uses are limited.
- token: token of the link';
SELECT veza.add_route('GET', '/api/v1/tracks/shared/:token', 'veza.track_shared', 'optional', 'writes',
                      errors => '{SHARE_NOT_FOUND,SHARE_EXPIRED}',
                      shape => 'track_shape');

CREATE FUNCTION veza.track_share_revoke(id uuid) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_share_revoke IS 'Take a link back: one''s own, or one to an own track.
- id: the link';
SELECT veza.add_route('DELETE', '/api/v1/tracks/share/:id', 'veza.track_share_revoke', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,SHARE_NOT_FOUND}',
                      shape => 'track_revoked_shape');

CREATE FUNCTION veza.track_play(
    id uuid, play_id uuid DEFAULT NULL, listened_ms integer DEFAULT NULL, source text DEFAULT NULL, "time" timestamptz DEFAULT NULL) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_play IS 'Report that a track was played; the same report again changes nothing.
It counts when the lesser of 30 s and half of the track was really heard, once for each listener within one length of the track, and when it is reported within 14 days.
- id: the track
- play_id: a new UUID for each play; required
- listened_ms: how long it was really heard, in ms
- source: where it was started: list, search, track, playlist, album, profile, feed, embed, link, radio, queue or library; anything else is other
- time: when it was started; by default now';
SELECT veza.add_route('POST', '/api/v1/tracks/:id/play', 'veza.track_play', 'optional', 'writes',
                      errors => '{VALIDATION_ERROR,TRACK_NOT_FOUND,PLAY_ID_REUSED,RATE_LIMIT_EXCEEDED}',
                      shape => 'track_play_shape');

CREATE FUNCTION veza.track_stats(id uuid, days integer DEFAULT 30) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_stats IS 'Show the statistics of a track; to its owner also day by day and by where plays were started.
- id: the track
- days: days to show, 1 to 366';
SELECT veza.add_route('GET', '/api/v1/tracks/:id/stats', 'veza.track_stats', 'optional', 'slow',
                      errors => '{VALIDATION_ERROR,TRACK_NOT_FOUND}',
                      shape => 'track_stats_shape');
