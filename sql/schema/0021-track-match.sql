-- Tracks that are, or sound like, somebody else's: how they are found, and what moderators decide.

-- ---- a track that waits for a decision is private, whatever its owner wants

ALTER TABLE veza_data.track
    ADD COLUMN held_at           timestamptz,
    ADD COLUMN wanted_visibility text CHECK (wanted_visibility IN ('public', 'unlisted', 'private')),
    ADD CONSTRAINT track_held CHECK ((held_at IS NULL) = (wanted_visibility IS NULL) AND (held_at IS NULL OR visibility = 'private'));
COMMENT ON COLUMN veza_data.track.held_at IS 'Since when it waits for a moderator''s decision; NULL: it does not.';
COMMENT ON COLUMN veza_data.track.wanted_visibility IS 'What its visibility will be when it is released; NULL: it is not held.';

ALTER TABLE veza_data.track_change DROP CONSTRAINT track_change_action_check;
ALTER TABLE veza_data.track_change
    ADD CONSTRAINT track_change_action_check
    CHECK (action IN ('created', 'updated', 'tagged', 'version_added', 'version_current', 'removed', 'restored', 'purged',
                      'taken_down', 'reinstated', 'held', 'released'));

-- ---- what a recording is found by: a few of its fingerprint's items, the same ones whatever the format

CREATE TABLE veza_data.track_print (
    version_id uuid NOT NULL REFERENCES veza_data.track_version ON DELETE CASCADE,
    print      integer NOT NULL,
    PRIMARY KEY (version_id, print)
);
CREATE INDEX track_print_print ON veza_data.track_print (print, version_id);
COMMENT ON TABLE veza_data.track_print IS 'Items of fingerprints by which tracks that sound alike are found: the 32 whose hashes are the least.';
COMMENT ON COLUMN veza_data.track_print.version_id IS 'The version of a track.';
COMMENT ON COLUMN veza_data.track_print.print IS 'The item.';
INSERT INTO veza_data.track_print (version_id, print)
SELECT v.id, p.item
  FROM veza_data.track_version v,
       LATERAL (SELECT d.item FROM (SELECT DISTINCT unnest(v.fingerprint[1:4800]) AS item) d ORDER BY hashint4extended(d.item, 0), d.item LIMIT 32) p
 WHERE v.state = 'ready' AND (SELECT count(DISTINCT x) FROM unnest(v.fingerprint[1:4800]) x) >= 16;

-- ---- what was found

CREATE TABLE veza_data.track_match (
    id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    track_id       uuid NOT NULL REFERENCES veza_data.track,
    version        integer NOT NULL CHECK (version > 0),
    other_track_id uuid NOT NULL REFERENCES veza_data.track CHECK (other_track_id <> track_id),
    other_version  integer NOT NULL CHECK (other_version > 0),
    level          text NOT NULL CHECK (level IN ('file', 'sound', 'similar')),
    distance_mil   integer NOT NULL CHECK (distance_mil BETWEEN 0 AND 1000),
    state          text NOT NULL CHECK (state IN ('open', 'dismissed', 'upheld', 'lapsed')),
    decided_at     timestamptz CHECK ((decided_at IS NULL) = (state IN ('open', 'lapsed'))),
    decided_by     uuid REFERENCES veza_data.users,
    reason         text,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    UNIQUE (track_id, version, other_track_id)
);
CREATE INDEX track_match_newest ON veza_data.track_match (created_at DESC, id DESC);
CREATE INDEX track_match_state ON veza_data.track_match (state, created_at DESC, id DESC);
CREATE INDEX track_match_other ON veza_data.track_match (other_track_id);
CREATE INDEX track_match_decider ON veza_data.track_match (decided_by);
CREATE TRIGGER guard_state BEFORE UPDATE ON veza_data.track_match
    FOR EACH ROW EXECUTE FUNCTION veza.guard_state('track_match');
COMMENT ON TABLE veza_data.track_match IS 'Tracks that are, or sound like, one of somebody else''s that was there before: for moderators to decide.';
COMMENT ON COLUMN veza_data.track_match.id IS 'Key, version 4.';
COMMENT ON COLUMN veza_data.track_match.track_id IS 'The track that came later, and is held while this is open.';
COMMENT ON COLUMN veza_data.track_match.version IS 'Number of its version.';
COMMENT ON COLUMN veza_data.track_match.other_track_id IS 'The track that was there.';
COMMENT ON COLUMN veza_data.track_match.other_version IS 'Number of its version.';
COMMENT ON COLUMN veza_data.track_match.level IS 'file: the same file; sound: the same samples; similar: a fingerprint that is near.';
COMMENT ON COLUMN veza_data.track_match.distance_mil IS 'Distance of the fingerprints in thousandths; 0 for the same file or samples.';
COMMENT ON COLUMN veza_data.track_match.state IS 'See veza.state_machine, machine track_match.';
COMMENT ON COLUMN veza_data.track_match.decided_at IS 'When it was decided.';
COMMENT ON COLUMN veza_data.track_match.decided_by IS 'Who decided.';
COMMENT ON COLUMN veza_data.track_match.reason IS 'Why.';
COMMENT ON COLUMN veza_data.track_match.created_at IS 'When it was found.';
COMMENT ON COLUMN veza_data.track_match.updated_at IS 'When it last changed.';
