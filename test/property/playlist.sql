-- A client of the property test: random changes of a playlist that all others change, too, each in a
-- transaction of its own. What went through is noted with the version that it made.

CREATE SCHEMA prop;
CREATE TABLE prop.log (version bigint PRIMARY KEY, client integer NOT NULL, op text NOT NULL, what jsonb NOT NULL);
CREATE TABLE prop.refused (code text NOT NULL);
CREATE TABLE prop.track (n integer PRIMARY KEY, id uuid NOT NULL);

-- One random change; the answer of the function, with op and what was asked for. Refusals raise.
CREATE FUNCTION prop.change(list uuid, size integer, seen bigint) RETURNS TABLE (answer json, op text, asked jsonb) LANGUAGE plpgsql AS $$
DECLARE
    grows   double precision := CASE WHEN size < 50 THEN 0.8 WHEN size < 400 THEN 0.45 ELSE 0.2 END;
    dice    double precision := random();
    start   integer := floor(random() * size);
    length  integer := 1 + floor(random() * CASE WHEN random() < 0.1 THEN size - start - 1 ELSE least(4, size - start - 1) END);
    -- Often to the same place, where the ranks run out.
    before  integer := CASE WHEN random() < 0.5 AND size > 2 THEN 2 ELSE floor(random() * (size + 1)) END;
    entry   uuid;
    entries uuid[];
BEGIN
    IF dice < grows OR size < 2 THEN
        answer := veza.playlist_add(list, track_ids => (SELECT array_agg(t.id) FROM (SELECT id FROM prop.track ORDER BY random() LIMIT 1 + floor(random() * 5)) t),
                                    "position" => CASE WHEN random() < 0.5 THEN before END, on_duplicate => CASE WHEN random() < 0.3 THEN 'skip' ELSE 'allow' END);
        op := 'add';
    ELSIF dice < grows + 0.01 THEN
        SELECT array_agg(e.id ORDER BY random()) INTO entries FROM veza_data.playlist_entry e WHERE e.playlist_id = list;
        answer := veza.playlist_reorder(list, seen, entry_ids => entries);
        op := 'order';
        asked := to_jsonb(entries);
    ELSIF dice < grows + (1 - grows) * 0.6 THEN
        answer := veza.playlist_reorder(list, seen, start, length, before);
        op := 'move';
        asked := jsonb_build_array(start, length, before);
    ELSIF random() < 0.1 THEN
        SELECT id INTO entry FROM prop.track ORDER BY random() LIMIT 1;
        answer := veza.playlist_remove_track(list, entry);
        op := 'remove_track';
        asked := to_jsonb(entry);
    ELSE
        SELECT e.id INTO entry FROM veza_data.playlist_entry e WHERE e.playlist_id = list ORDER BY e.rank OFFSET start LIMIT 1;
        answer := veza.playlist_remove_entry(list, entry);
        op := 'remove_entry';
        asked := to_jsonb(entry);
    END IF;
    RETURN NEXT;
END
$$;

-- Some changes of one client, who goes on from the version that a refusal names.
CREATE PROCEDURE prop.client(list uuid, number integer, changes integer) LANGUAGE plpgsql AS $$
DECLARE
    seen  bigint;
    size  integer;
    done  integer := 0;
    state text;
    c     record;
BEGIN
    PERFORM setseed((number + 1) / 1000.0);
    SELECT version, track_count INTO seen, size FROM veza_data.playlist WHERE id = list;
    WHILE done < changes LOOP
        BEGIN
            SELECT * INTO STRICT c FROM prop.change(list, size, seen);
            -- A move that moves nothing makes no version.
            IF (c.answer ->> 'version')::bigint <> seen AND (c.op <> 'add' OR json_array_length(c.answer -> 'added') > 0) THEN
                INSERT INTO prop.log VALUES ((c.answer ->> 'version')::bigint, number, c.op, coalesce(c.asked, c.answer::jsonb));
            END IF;
            seen := (c.answer ->> 'version')::bigint;
            size := (c.answer ->> 'track_count')::integer;
            done := done + 1;
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE;
            IF state NOT LIKE 'VZ23%' THEN
                RAISE;
            END IF;
            INSERT INTO prop.refused VALUES (state);
            -- Where somebody else has been faster, the change is tried anew; what was not there is given up.
            done := done + CASE state WHEN 'VZ232' THEN 0 ELSE 1 END;
            SELECT version, track_count INTO seen, size FROM veza_data.playlist WHERE id = list;
        END;
        COMMIT;
    END LOOP;
END
$$;
