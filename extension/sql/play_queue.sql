-- What a user is listening to, to be taken up on another device.

CREATE FUNCTION veza.queue_get() RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.queue_get IS 'Show the own play queue as it was saved; of a track that one may not see any more, track is null.';
SELECT veza.add_route('GET', '/api/v1/me/queue', 'veza.queue_get', 'user', 'reads',
                      shape => 'play_queue_shape');

CREATE FUNCTION veza.queue_save(
    track_ids uuid[] DEFAULT NULL, current_index integer DEFAULT NULL, position_ms integer DEFAULT 0, device text DEFAULT NULL)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.queue_save IS 'Save the own play queue in place of what was saved before.
- track_ids: up to 1000 tracks, in their order; by default as they are
- current_index: the one that is played, from 0
- position_ms: how far it was played, in ms
- device: what the device calls itself, up to 100 characters';
SELECT veza.add_route('PUT', '/api/v1/me/queue', 'veza.queue_save', 'user', 'writes',
                      errors => '{PRECONDITION_FAILED,VALIDATION_ERROR}',
                      shape => 'play_queue_shape');
