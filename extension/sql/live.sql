
-- What clients are told of as it happens.

CREATE FUNCTION veza.live_events(ids bigint[], OUT id bigint, OUT channel text, OUT kind text, OUT data text)
    RETURNS SETOF record LANGUAGE c STABLE STRICT
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.live_events IS 'The events with these ids, for the streams of veza-httpd.
- ids: as notifications on veza_live_event name them; what is none is left out';
