-- Smart playlists: rules find what an independent query finds, with the reader's eyes, in stable pages; what is no rule is told where it is wrong.

BEGIN;
SELECT no_plan();

SELECT test.user('creator') AS u \gset
SELECT test.user('creator') AS v \gset
SELECT test.user() AS reader \gset
CREATE FUNCTION pg_temp.preview(rules jsonb, caller uuid, args jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http('POST', '/api/v1/playlists/smart/preview', jsonb_build_object('rules', rules) || args, caller)
$$;
CREATE FUNCTION pg_temp.titles(rules jsonb, caller uuid) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(a ->> 'refusal', (SELECT string_agg(e -> 'track' ->> 'title', ', ' ORDER BY n) FROM jsonb_array_elements(a -> 'result') WITH ORDINALITY x(e, n)), 'none') FROM pg_temp.preview($1, $2) a
$$;
-- One condition, and rules of it.
CREATE FUNCTION pg_temp.c(field text, operator text, value anyelement) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('field', $1, 'operator', $2, 'value', $3)
$$;
CREATE FUNCTION pg_temp.one(field text, operator text, value anyelement, more jsonb DEFAULT '{"sort": "title"}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('all', jsonb_build_array(pg_temp.c($1, $2, $3))) || $4
$$;
CREATE FUNCTION pg_temp.track(owner uuid, title text, fields jsonb DEFAULT '{}') RETURNS uuid LANGUAGE sql AS $$
    INSERT INTO veza_data.track (uploader_id, title, artist, album, genre, tags, visibility, musical_key, license, bpm, duration_ms, file_type, status, play_count, like_count, is_explicit, created_at, updated_at)
    SELECT $1, $2, coalesce(f.artist, 'Somebody'), f.album, f.genre, coalesce(f.tags, '{}'), coalesce(f.visibility, 'public'), f.musical_key, coalesce(f.license, 'All Rights Reserved'), f.bpm,
           coalesce(f.duration_ms, 180000), coalesce(f.file_type, 'audio/flac'), coalesce(f.status, 'ready'), coalesce(f.play_count, 0), coalesce(f.like_count, 0), coalesce(f.is_explicit, false), coalesce(f.created_at, now()), now()
      FROM jsonb_populate_record(NULL::veza_data.track, $3) f RETURNING id
$$;
SELECT pg_temp.track(:'u', title, fields::jsonb) FROM (VALUES
    ('Été à Paris', '{"artist": "Françoise", "genre": "Chanson", "tags": ["summer", "paris"], "bpm": 90, "duration_ms": 200000, "play_count": 5, "musical_key": "F#m", "created_at": "2026-01-01T00:00:00Z"}'),
    ('The Zebra', '{"artist": "Béla", "album": "ZOO 100%", "genre": "Jazz", "tags": ["live"], "bpm": 180, "duration_ms": 400000, "play_count": 50, "like_count": 9, "is_explicit": true, "created_at": "2026-01-02T00:00:00Z"}'),
    ('an apple', '{"artist": "The Ärzte", "genre": "jazz", "tags": ["live", "summer"], "duration_ms": 100000, "license": "Creative Commons BY", "file_type": "audio/mpeg", "created_at": "2026-01-03T00:00:00Z"}')) t(title, fields);
SELECT pg_temp.track(:'v', 'Hidden', '{"visibility": "private", "genre": "Jazz"}') AS hidden \gset
SELECT pg_temp.track(:'v', 'Unlisted', '{"visibility": "unlisted", "genre": "Jazz"}') AS unlisted \gset

-- ---- what each kind of condition says

SELECT is(pg_temp.titles(rules, :'reader'), want, rules #>> '{all,0}') FROM (VALUES
    (pg_temp.one('title', 'is', 'ETE A PARIS'::text), 'Été à Paris'),
    (pg_temp.one('title', 'is', 'zebra'::text), 'The Zebra'),
    (pg_temp.one('title', 'is_not', 'the zebra'::text), 'an apple, Été à Paris'),
    (pg_temp.one('title', 'contains', 'pari'::text), 'Été à Paris'),
    (pg_temp.one('title', 'not_contains', 'p'::text), 'The Zebra'),
    (pg_temp.one('title', 'starts_with', 'éte'::text), 'Été à Paris'),
    (pg_temp.one('title', 'ends_with', 'BRA'::text), 'The Zebra'),
    (pg_temp.one('artist', 'is', 'arzte'::text), 'an apple'),
    (pg_temp.one('album', 'contains', '100%'::text), 'The Zebra'),
    (pg_temp.one('album', 'is', 'zoo%'::text), 'none'),
    (pg_temp.one('album', 'not_contains', 'zoo'::text), 'an apple, Été à Paris'),
    (pg_temp.one('album', 'is_not', 'zoo 100%'::text), 'an apple, Été à Paris'),
    (pg_temp.one('genre', 'is', 'JAZZ'::text), 'an apple, The Zebra'),
    (pg_temp.one('tags', 'contains', 'Summer'::text), 'an apple, Été à Paris'),
    (pg_temp.one('tags', 'not_contains', 'summer'::text), 'The Zebra'),
    (pg_temp.one('license', 'is', 'creative commons by'::text), 'an apple'),
    (pg_temp.one('format', 'is', 'mp3'::text), 'an apple'),
    (pg_temp.one('key', 'is', 'F#m'::text), 'Été à Paris'),
    (pg_temp.one('key', 'is_not', 'F#m'::text), 'an apple, The Zebra'),
    (pg_temp.one('bpm', 'gt', 90), 'The Zebra'),
    (pg_temp.one('bpm', 'lt', 180), 'Été à Paris'),
    (pg_temp.one('bpm', 'is_not', 90), 'an apple, The Zebra'),
    (pg_temp.one('bpm', 'in_the_range', '{90,180}'::int[]), 'Été à Paris, The Zebra'),
    (pg_temp.one('duration', 'is', 200), 'Été à Paris'),
    (pg_temp.one('plays', 'gt', 5), 'The Zebra'),
    (pg_temp.one('likes', 'in_the_range', '{9,10}'::int[]), 'The Zebra'),
    (pg_temp.one('created_at', 'before', '2026-01-02'::text), 'Été à Paris'),
    (pg_temp.one('created_at', 'after', '2026-01-02T00:00:00+01:00'::text), 'an apple, The Zebra'),
    (pg_temp.one('created_at', 'in_the_range', '{2026-01-02,2026-01-02}'::text[]), 'The Zebra'),
    (pg_temp.one('explicit', 'is', true), 'The Zebra'),
    (pg_temp.one('explicit', 'is', false), 'an apple, Été à Paris'),
    (pg_temp.one('downloadable', 'is', true), 'none'),
    (pg_temp.one('own', 'is', true), 'none'),
    (pg_temp.one('liked', 'is', true), 'none'),
    (pg_temp.one('followed', 'is', false), 'an apple, Été à Paris, The Zebra')) t(rules, want);
SELECT is(pg_temp.titles(pg_temp.one('uploader', 'is', :'u'::text), :'reader'), 'an apple, Été à Paris, The Zebra', 'who has uploaded it');
SELECT is(pg_temp.titles(pg_temp.one('created_at', 'in_the_last', 1), :'v'), 'Hidden, Unlisted', 'a day back from now');
SELECT is(pg_temp.titles('{"any": [{"field": "genre", "operator": "is", "value": "chanson"}, {"all": [{"field": "genre", "operator": "is", "value": "jazz"}, {"field": "bpm", "operator": "gt", "value": 100}]}], "sort": "plays", "order": "asc"}', :'reader'), 'Été à Paris, The Zebra', 'groups in groups');

-- ---- with the reader's eyes

SELECT is(pg_temp.titles(pg_temp.one('genre', 'is', 'jazz'::text), caller), want, 'of what ' || who || ' sees')
  FROM (VALUES ('a reader', :'reader'::uuid, 'an apple, The Zebra'), ('their owner', :'v', 'an apple, Hidden, Unlisted, The Zebra')) c(who, caller, want);
INSERT INTO veza_data.track_like (track_id, user_id, created_at) SELECT id, :'reader', now() FROM veza_data.track WHERE title = 'an apple';
INSERT INTO veza_data.user_follow (follower_id, followed_id, created_at) VALUES (:'reader', :'u', now());
SELECT is(pg_temp.titles(pg_temp.one('liked', 'is', true), :'reader') || '; ' || pg_temp.titles(pg_temp.one('liked', 'is', true), :'v'), 'an apple; none', 'liked is about the reader');
SELECT is(pg_temp.titles(pg_temp.one('followed', 'is', true), :'reader') || '; ' || pg_temp.titles(pg_temp.one('followed', 'is', true), :'v'), 'an apple, Été à Paris, The Zebra; none', 'and so is followed');
SELECT is(pg_temp.titles(pg_temp.one('own', 'is', true), :'v'), 'Hidden, Unlisted', 'and own');
SELECT is(pg_temp.titles('{"any": [{"field": "own", "operator": "is", "value": false}, {"field": "own", "operator": "is", "value": true}]}', :'v'), (SELECT string_agg(title, ', ' ORDER BY created_at DESC, id DESC) FROM veza_data.track WHERE title <> 'x'), 'either or is all');
INSERT INTO veza_data.user_block (blocker_id, blocked_id, created_at) VALUES (:'u', :'reader', now());
SELECT is(pg_temp.titles(pg_temp.one('genre', 'is', 'jazz'::text), :'reader'), 'none', 'who is blocked finds nothing of the blocker');
DELETE FROM veza_data.user_block;
UPDATE veza_data.users SET status = 'suspended' WHERE id = :'u';
SELECT is(pg_temp.titles(pg_temp.one('genre', 'is', 'jazz'::text), :'reader'), 'none', 'nor anybody of an account that is not served');
UPDATE veza_data.users SET status = 'active' WHERE id = :'u';

-- ---- what is wrong

SELECT is(test.refused(format('SELECT veza.playlist_smart_preview(%L)', rules)) #>> '{details,0,field}', want, want) FROM (SELECT test.act(:'reader')) a, (VALUES
    ('[]', 'rules'), ('{"all": [{"field": "title", "operator": "is", "value": "!"}]}', 'rules.all[0].value'), ('{"all": [{"any": [{"field": "secret", "operator": "is", "value": 1}]}]}', 'rules.all[0].any[0].field'),
    ('{"any": [{"field": "bpm", "operator": "contains", "value": 1}]}', 'rules.any[0].operator'), ('{"all": [{"field": "bpm", "operator": "is", "value": 120}], "sort": "t.id; drop table x"}', 'rules.sort')) t(rules, want);
SELECT is(pg_temp.titles(pg_temp.one('title', 'is', ''' OR true --'::text), :'reader'), 'none', 'what is compared with is never SQL');
SELECT is(pg_temp.titles(pg_temp.one('album', 'contains', '$5[1]) or ('::text), :'reader'), 'none', 'whatever is in it');
SELECT is(pg_temp.preview(NULL, :'reader') ->> 'refusal', 'VALIDATION_ERROR', 'rules must be there');
SELECT is(pg_temp.preview(pg_temp.one('own', 'is', true), NULL) ->> 'refusal', 'AUTH_REQUIRED', 'nobody tries rules');

-- ---- a smart playlist is a playlist

CREATE FUNCTION pg_temp.make(rules jsonb, caller uuid, args jsonb DEFAULT '{"visibility": "public"}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http('POST', '/api/v1/playlists/smart', jsonb_build_object('rules', rules, 'name', 'Smart') || args, caller)
$$;
SELECT pg_temp.make(pg_temp.one('genre', 'is', 'jazz'::text), :'v') AS made \gset
SELECT :'made'::jsonb -> 'result' ->> 'id' AS smart \gset
SELECT is(:'made'::jsonb -> 'result' @> '{"name": "Smart", "is_smart": true, "track_count": null, "visibility": "public", "role": "owner"}', true, 'it is made');
SELECT is(pg_temp.make(pg_temp.one('own', 'is', true), :'v', '{"name": null}') ->> 'refusal', 'VALIDATION_ERROR', 'and needs a name');
CREATE FUNCTION pg_temp.read(path text, id text, caller uuid, args jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http('GET', $1, jsonb_build_object('id', $2) || $4, $3)
$$;
SELECT is((SELECT string_agg(e -> 'track' ->> 'title', ', ' ORDER BY n) FROM jsonb_array_elements(pg_temp.read(path, :'smart', caller) #> at::text[]) WITH ORDINALITY x(e, n)), want, path || ' is seen with the reader''s eyes')
  FROM (VALUES ('/api/v1/playlists/:id', '{result,tracks}'), ('/api/v1/playlists/:id/tracks', '{result}')) p(path, at),
       (VALUES (:'v'::uuid, 'an apple, Hidden, Unlisted, The Zebra'), (:'reader', 'an apple, The Zebra'), (NULL, 'an apple, The Zebra')) c(caller, want);
SELECT is(pg_temp.read('/api/v1/playlists/:id/tracks', :'smart', :'reader', '{"limit": 1}') #- '{result,0,track}' #- '{result,0,track_id}' #- '{result,0,id}' -> 'result',
          '[{"entry_id": null, "position": 0, "is_available": true, "added_by": null, "added_by_username": null, "added_at": null}]', 'what is found is no entry');
SELECT alike(pg_temp.read('/api/v1/playlists/:id/export', :'smart', NULL) ->> 'text', E'#EXTM3U\n#PLAYLIST:Smart\n#EXTINF:100,The Ärzte - an apple\n%Béla - The Zebra%', 'it is written as a file, too');
SELECT is(refusal, 'PLAYLIST_IS_SMART', what || ' is refused') FROM (
    SELECT test.http('POST', '/api/v1/playlists/:id/tracks', jsonb_build_object('id', :'smart', 'track_id', :'hidden'), :'v') ->> 'refusal', 'adding'
    UNION ALL SELECT test.http('PUT', '/api/v1/playlists/:id/tracks/reorder', jsonb_build_object('id', :'smart', 'version', 1, 'range_start', 0, 'insert_before', 1), :'v') ->> 'refusal', 'moving'
    UNION ALL SELECT test.http('DELETE', '/api/v1/playlists/:id/tracks/:track_id', jsonb_build_object('id', :'smart', 'track_id', :'hidden'), :'v') ->> 'refusal', 'removing') r(refusal, what);
SELECT is(pg_temp.read('/api/v1/playlists/:id/rules', :'smart', :'v') -> 'result' -> 'rules', pg_temp.one('genre', 'is', 'jazz'::text), 'its owner sees the rules');
SELECT is(pg_temp.read('/api/v1/playlists/:id/rules', :'smart', :'reader') ->> 'refusal', 'PLAYLIST_NOT_YOURS', 'a reader does not');
CREATE FUNCTION pg_temp.change(id text, rules jsonb, caller uuid, tag text DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http('PUT', '/api/v1/playlists/:id/rules', jsonb_build_object('id', $1, 'rules', $2), $3, headers => jsonb_build_object('if_match', $4))
$$;
SELECT pg_temp.read('/api/v1/playlists/:id/rules', :'smart', :'v') #>> '{head,headers,ETag}' AS tag \gset
SELECT is(pg_temp.change(:'smart', pg_temp.one('bpm', 'is', 180), :'reader') ->> 'refusal', 'PLAYLIST_NOT_YOURS', 'nobody else changes them');
SELECT is(pg_temp.change(:'smart', '{"all": []}', :'v') ->> 'refusal', 'VALIDATION_ERROR', 'nor to what are none');
SELECT is(pg_temp.change(:'smart', pg_temp.one('bpm', 'is', 180), :'v', :'tag') -> 'result' -> 'rules', pg_temp.one('bpm', 'is', 180), 'the owner does');
SELECT is(pg_temp.change(:'smart', pg_temp.one('bpm', 'is', 90), :'v', :'tag') ->> 'refusal', 'PRECONDITION_FAILED', 'and not what another has changed meanwhile');
SELECT is(pg_temp.read('/api/v1/playlists/:id/tracks', :'smart', NULL) #>> '{result,0,track,title}', 'The Zebra', 'and it has other tracks at once');
SELECT test.http('POST', '/api/v1/playlists/:id/fork', jsonb_build_object('id', :'smart'), :'reader') -> 'result' ->> 'id' AS copy \gset
SELECT is(pg_temp.read('/api/v1/playlists/:id/rules', :'copy', :'reader') -> 'result' -> 'rules', pg_temp.one('bpm', 'is', 180), 'a copy has the rules');
SELECT test.http('POST', '/api/v1/playlists', '{"name": "Plain"}', :'v') -> 'result' ->> 'id' AS plain \gset
SELECT is(pg_temp.read('/api/v1/playlists/:id/rules', :'plain', :'v') ->> 'refusal', 'PLAYLIST_NOT_SMART', 'another playlist has none');
SELECT is(pg_temp.change(:'plain', pg_temp.one('bpm', 'is', 90), :'v') ->> 'refusal', 'PLAYLIST_NOT_SMART', 'and is given none');
UPDATE veza_data.playlist SET visibility = 'private' WHERE id = :'smart';
SELECT is(pg_temp.read('/api/v1/playlists/:id/rules', :'smart', :'reader') ->> 'refusal', 'PLAYLIST_NOT_FOUND', 'what is private is not there');

-- ---- 10,000 tracks: every rule finds what an independent query finds

DELETE FROM veza_data.track_like;
DELETE FROM veza_data.track;
INSERT INTO veza_data.track (uploader_id, title, artist, album, genre, tags, visibility, musical_key, license, bpm, duration_ms, file_type, status, play_count, like_count, is_explicit, is_downloadable, created_at, updated_at)
SELECT CASE WHEN n % 7 = 0 THEN :'v'::uuid ELSE :'u' END, format('%s %s %s', w[1 + n % 10], w[1 + n / 10 % 10], n % 300), 'artist ' || n % 50, CASE WHEN n % 3 > 0 THEN 'Album ' || n % 40 END, CASE WHEN n % 5 > 0 THEN 'Genre ' || n % 12 END,
       CASE WHEN n % 4 > 0 THEN ARRAY['tag' || n % 30, 'tag' || n % 31 + 40] ELSE '{}' END, CASE WHEN n % 11 = 0 THEN 'private' WHEN n % 13 = 0 THEN 'unlisted' ELSE 'public' END, (ARRAY['C', 'F#m', 'Bb'])[1 + n % 4],
       (ARRAY['All Rights Reserved', 'Public Domain'])[1 + n % 2], CASE WHEN n % 6 > 0 THEN 60 + n % 100 END, 500 * (60 + n % 700), (ARRAY['audio/mpeg', 'audio/flac'])[1 + n % 2], CASE WHEN n % 97 = 0 THEN 'scanning' ELSE 'ready' END, n % 500, n % 90,
       n % 9 = 0, n % 8 = 0, timestamptz '2026-03-01T00:00:00Z' - n * interval '3 hours', timestamptz '2026-03-01T00:00:00Z' - n % 100 * interval '1 day'
  FROM generate_series(1, 10000) n, (SELECT string_to_array('river stone cloud forest harbor winter candle mirror silver garden', ' ')) a(w);
INSERT INTO veza_data.track_like (track_id, user_id, created_at) SELECT id, :'v', now() FROM veza_data.track WHERE play_count % 17 = 3;
INSERT INTO veza_data.user_follow (follower_id, followed_id, created_at) VALUES (:'v', :'u', now());
ANALYZE veza_data.track;
ANALYZE veza_data.track_like;
ANALYZE veza_data.users;

-- What a condition means, said once more and otherwise: over the columns that people set.
CREATE FUNCTION pg_temp.meaning(c jsonb, reader uuid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    field text := c ->> 'field';
    op    text := c ->> 'operator';
    v     text := lower(c ->> 'value');
    col   text := CASE field WHEN 'title' THEN 'lower(title)' WHEN 'artist' THEN 'lower(artist)' WHEN 'album' THEN 'lower(coalesce(album, ''''))' WHEN 'genre' THEN 'lower(coalesce(genre, ''''))' END;
    num   text := CASE field WHEN 'bpm' THEN 'bpm' WHEN 'duration' THEN 'round(duration_ms / 1000.0)' WHEN 'plays' THEN 'play_count' WHEN 'likes' THEN 'like_count' END;
    yes   text;
BEGIN
    IF op IN ('is_not', 'not_contains', 'not_in_the_last') THEN
        RETURN format('NOT coalesce(%s, false)', pg_temp.meaning(c || jsonb_build_object('operator', substr(op, CASE op WHEN 'is_not' THEN 1 ELSE 5 END, CASE op WHEN 'is_not' THEN 2 ELSE 99 END)), reader));
    END IF;
    IF field = 'tags' THEN RETURN format('%L IN (SELECT unnest(tags))', v); END IF;
    IF col IS NOT NULL THEN
        RETURN CASE op WHEN 'is' THEN format('%s = %L', col, v) WHEN 'contains' THEN format('%s LIKE %L', col, '%' || v || '%')
                       WHEN 'starts_with' THEN format('%s LIKE %L', col, v || '%') WHEN 'ends_with' THEN format('%s LIKE %L', col, '%' || v) END;
    END IF;
    IF num IS NOT NULL THEN
        RETURN CASE op WHEN 'is' THEN format('%s = %s', num, v) WHEN 'gt' THEN format('%s > %s', num, v) WHEN 'lt' THEN format('%s < %s', num, v)
                       ELSE format('(%1$s >= %2$s AND %1$s <= %3$s)', num, c #>> '{value,0}', c #>> '{value,1}') END;
    END IF;
    IF field IN ('created_at', 'updated_at') THEN
        RETURN CASE op WHEN 'before' THEN format('%s < %L', field, v || ' UTC') WHEN 'after' THEN format('%s > %L', field, v || ' UTC') WHEN 'in_the_last' THEN format('%s > now() - interval ''%s days''', field, v)
                       ELSE format('(%1$s AT TIME ZONE ''UTC'')::date BETWEEN %2$L AND %3$L', field, c #>> '{value,0}', c #>> '{value,1}') END;
    END IF;
    yes := CASE field WHEN 'license' THEN format('lower(license) = %L', v) WHEN 'format' THEN format('file_type = %L', CASE v WHEN 'mp3' THEN 'audio/mpeg' ELSE 'audio/flac' END) WHEN 'key' THEN format('musical_key = %L', c ->> 'value')
                      WHEN 'uploader' THEN format('uploader_id = %L', v) WHEN 'explicit' THEN 'is_explicit' WHEN 'downloadable' THEN 'is_downloadable' WHEN 'own' THEN format('uploader_id = %L', reader)
                      WHEN 'liked' THEN format('EXISTS (SELECT FROM veza_data.track_like l WHERE l.track_id = t.id AND l.user_id = %L)', reader)
                      WHEN 'followed' THEN format('EXISTS (SELECT FROM veza_data.user_follow f WHERE f.followed_id = t.uploader_id AND f.follower_id = %L)', reader) END;
    RETURN CASE WHEN c -> 'value' = 'false' THEN format('NOT coalesce(%s, false)', yes) ELSE yes END;
END
$$;
CREATE FUNCTION pg_temp.group_meaning(g jsonb, reader uuid) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    IF g ? 'field' THEN RETURN format('coalesce(%s, false)', pg_temp.meaning(g, reader)); END IF;
    RETURN (SELECT '(' || string_agg(pg_temp.group_meaning(i, reader), CASE WHEN g ? 'any' THEN ' OR ' ELSE ' AND ' END) || ')' FROM jsonb_array_elements(coalesce(g -> 'all', g -> 'any')) i);
END
$$;
-- Every operator of every field; a random condition, and a random group of them.
CREATE TABLE pg_temp.operators AS SELECT field, unnest(operators) AS op FROM (VALUES
    ('{title,artist,album,genre}'::text[], '{is,is_not,contains,not_contains,starts_with,ends_with}'::text[]), ('{tags}', '{contains,not_contains}'), ('{license,format,key,uploader}', '{is,is_not}'),
    ('{bpm,duration,plays,likes}', '{is,is_not,gt,lt,in_the_range}'), ('{created_at,updated_at}', '{before,after,in_the_range,in_the_last,not_in_the_last}'), ('{explicit,downloadable,own,liked,followed}', '{is}')) o(fields, operators), unnest(fields) field;
CREATE FUNCTION pg_temp.pick(a anyarray) RETURNS anyelement LANGUAGE sql VOLATILE AS $$ SELECT a[1 + floor(random() * cardinality(a))::int] $$;
CREATE FUNCTION pg_temp.condition(u uuid, field text, op text) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    low int := floor(random() * 200)::int;
    day date := date '2026-03-01' - floor(random() * 1200)::int;
BEGIN
    RETURN CASE
        WHEN field IN ('title', 'artist', 'album', 'genre') THEN pg_temp.c(field, op,
            pg_temp.pick(CASE field WHEN 'title' THEN '{river,STONE cloud,"stone cloud 12",7,er,garden,"river stone 1"}' WHEN 'artist' THEN '{artist 7,artist,9,ist 1}' WHEN 'album' THEN '{album 7,ALBUM,9,um 1}' ELSE '{genre 7,Genre,9,RE 1}' END::text[]))
        WHEN field = 'tags' THEN pg_temp.c(field, op, pg_temp.pick('{tag7,TAG29,tag50,tag99}'::text[]))
        WHEN field IN ('license', 'format', 'key', 'uploader') THEN pg_temp.c(field, op, CASE field WHEN 'license' THEN 'public domain' WHEN 'format' THEN pg_temp.pick('{mp3,flac}'::text[]) WHEN 'key' THEN pg_temp.pick('{C,F#m,D}'::text[]) ELSE u::text END)
        WHEN op = 'in_the_range' AND field IN ('created_at', 'updated_at') THEN pg_temp.c(field, op, ARRAY[day, day + low])
        WHEN op = 'in_the_range' THEN pg_temp.c(field, op, ARRAY[low + 1, low + 1 + floor(random() * 100)::int])
        WHEN op IN ('before', 'after') THEN pg_temp.c(field, op, day)
        WHEN op IN ('in_the_last', 'not_in_the_last') THEN pg_temp.c(field, op, low * 20 + 1)
        WHEN field IN ('bpm', 'duration', 'plays', 'likes') THEN pg_temp.c(field, op, low + 1)
        ELSE pg_temp.c(field, op, random() < 0.5) END;
END
$$;
CREATE FUNCTION pg_temp.random_condition(u uuid) RETURNS jsonb LANGUAGE sql VOLATILE AS $$
    SELECT pg_temp.condition(u, field, op) FROM pg_temp.operators ORDER BY random() LIMIT 1
$$;
CREATE FUNCTION pg_temp.random_group(depth int, u uuid) RETURNS jsonb LANGUAGE sql VOLATILE AS $$
    SELECT jsonb_build_object(CASE WHEN random() < 0.5 THEN 'all' ELSE 'any' END,
                              (SELECT jsonb_agg(CASE WHEN depth > 0 AND random() < 0.4 THEN pg_temp.random_group(depth - 1, u) ELSE pg_temp.random_condition(u) END) FROM generate_series(1, 1 + floor(random() * 3)::int)))
$$;
-- The tracks that rules find, in their order, by way of the playlist as a file; and what is wanted.
SELECT pg_temp.make(pg_temp.one('own', 'is', true), :'v', '{}') -> 'result' ->> 'id' AS list \gset
CREATE FUNCTION pg_temp.found(list text, rules jsonb, reader uuid) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    change text := pg_temp.change(list, rules, reader) ->> 'refusal';
BEGIN
    IF change IS NOT NULL THEN RETURN change; END IF;
    RETURN (SELECT count(*) || ' ' || md5(string_agg(m[1], ' ' ORDER BY n)) FROM regexp_matches(pg_temp.read('/api/v1/playlists/:id/export', list, reader) ->> 'text', 'tracks/([0-9a-f-]+)/stream', 'g') WITH ORDINALITY x(m, n));
END
$$;
CREATE FUNCTION pg_temp.wanted(rules jsonb, reader uuid) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    sort text := rules ->> 'sort';
    key  text := CASE sort WHEN 'title' THEN 'lower(title) COLLATE "C"' WHEN 'artist' THEN 'lower(artist) COLLATE "C"' WHEN 'duration' THEN 'duration_ms' WHEN 'plays' THEN 'play_count' WHEN 'likes' THEN 'like_count'
                           WHEN 'bpm' THEN 'coalesce(bpm, 0)' WHEN 'popularity' THEN 'play_count + 5 * like_count' ELSE sort END;
    have text;
BEGIN
    EXECUTE format('SELECT count(*) || '' '' || md5(string_agg(id::text, '' '' ORDER BY n)) FROM (SELECT t.id, row_number() OVER (ORDER BY %1$s %2$s, t.id %2$s) AS n FROM veza_data.track t
                     WHERE status = ''ready'' AND (visibility = ''public'' OR uploader_id = %3$L) AND %4$s ORDER BY n LIMIT %5$s) x', key, rules ->> 'order', reader, pg_temp.group_meaning(rules, reader), coalesce(rules ->> 'limit', '10000')) INTO have;
    RETURN have;
END
$$;
SELECT setseed(0.42);
SELECT is(pg_temp.found(:'list', rules, :'v'), pg_temp.wanted(rules, :'v'), left(rules::text, 160))
  FROM (SELECT CASE WHEN field IS NOT NULL THEN jsonb_build_object('all', jsonb_build_array(pg_temp.condition(:'u', field, op))) ELSE pg_temp.random_group(3, :'u') END
               || jsonb_build_object('sort', pg_temp.pick('{created_at,updated_at,title,artist,duration,plays,likes,popularity,bpm}'::text[]), 'order', pg_temp.pick('{asc,desc}'::text[]))
               || CASE WHEN random() < 0.8 THEN jsonb_build_object('limit', 1 + floor(random() * 500)::int) ELSE '{}' END AS rules
          FROM (TABLE pg_temp.operators UNION ALL SELECT NULL, NULL FROM generate_series(1, 60)) o) r;

-- ---- pages

-- Walks the list by cursor and says whether it is what one reading finds, each track once.
CREATE FUNCTION pg_temp.walk(rules jsonb, reader uuid, per_page int, most int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    page   jsonb;
    cursor text;
    seen   text[] := '{}';
    places int[] := '{}';
BEGIN
    FOR i IN 1 .. most LOOP
        page := pg_temp.preview(rules, reader, jsonb_build_object('limit', per_page, 'cursor', cursor));
        seen := seen || ARRAY(SELECT e ->> 'track_id' FROM jsonb_array_elements(page -> 'result') e);
        places := places || ARRAY(SELECT (e ->> 'position')::int FROM jsonb_array_elements(page -> 'result') e);
        cursor := page #>> '{head,meta,next_cursor}';
        EXIT WHEN cursor IS NULL;
    END LOOP;
    RETURN format('%s tracks, %s different, places %s, more: %s', cardinality(seen), (SELECT count(DISTINCT x) FROM unnest(seen) x), places = ARRAY(SELECT generate_series(0, cardinality(seen) - 1)), cursor IS NOT NULL);
END
$$;
SELECT is(pg_temp.walk(pg_temp.one('genre', 'contains', 'genre'::text, jsonb_build_object('sort', sort, 'limit', 95)), :'v', 20, 9), '95 tracks, 95 different, places t, more: f', 'pages by ' || sort || ' have each track once, and end at the limit')
  FROM unnest('{created_at,updated_at,title,artist,duration,plays,likes,popularity,bpm,random}'::text[]) sort;
SELECT is((SELECT string_agg(e ->> 'position', ' ' ORDER BY n) FROM jsonb_array_elements(pg_temp.preview(pg_temp.one('genre', 'contains', 'genre'::text, '{"limit": 25}'), :'v', '{"page": 3, "limit": 10}') -> 'result') WITH ORDINALITY x(e, n)), '20 21 22 23 24', 'a page by its number ends there, too');
SELECT pg_temp.one('genre', 'contains', 'genre'::text, '{"sort": "random"}') AS shuffled \gset
SELECT is(pg_temp.preview(:'shuffled', :'v') -> 'result', pg_temp.preview(:'shuffled', :'v') -> 'result', 'random is the same order all day');
SELECT isnt(pg_temp.preview(:'shuffled', :'v') -> 'result', pg_temp.preview(pg_temp.one('genre', 'contains', 'genre'::text), :'v') -> 'result', 'and is one');
SELECT pg_temp.preview(:'shuffled', :'v') -> 'result' -> 0 ->> 'id' AS first_today \gset
SELECT pg_temp.preview(:'shuffled', :'v') #>> '{head,meta,next_cursor}' AS cursor \gset
SELECT pg_temp.preview(:'shuffled', :'v', jsonb_build_object('cursor', :'cursor')) -> 'result' AS second \gset
SELECT test.wait('1 day');
SELECT isnt(pg_temp.preview(:'shuffled', :'v') -> 'result' -> 0 ->> 'id', :'first_today', 'tomorrow it is another');
SELECT is(jsonb_path_query_array(pg_temp.preview(:'shuffled', :'v', jsonb_build_object('cursor', :'cursor')) -> 'result', '$[*].id'), jsonb_path_query_array(:'second', '$[*].id'), 'but who turns a page then goes on in that of today');
SELECT test.wait('1 day');
SELECT is(pg_temp.preview(:'shuffled', :'v', jsonb_build_object('cursor', :'cursor')) ->> 'refusal', 'VALIDATION_ERROR', 'for a day');
SELECT is(pg_temp.preview(pg_temp.one('own', 'is', true), :'v', jsonb_build_object('cursor', c)) ->> 'refusal', 'VALIDATION_ERROR', 'no cursor: ' || c)
  FROM (VALUES (:'cursor'), ('x'), (translate(encode('5.' || gen_random_uuid()::text::bytea || '.1.0', 'base64'), E'+/=\n', '-_'))) x(c);

-- ---- what it costs: a page of an order walks its index, and what few tracks have is found by theirs

CREATE FUNCTION pg_temp.whole_scans(rules jsonb, caller uuid) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    scans  bigint := pg_stat_get_xact_numscans('veza_data.track'::regclass);
BEGIN
    IF pg_temp.preview(rules, caller) ->> 'refusal' IS NOT NULL THEN RETURN -1; END IF;
    RETURN pg_stat_get_xact_numscans('veza_data.track'::regclass) - scans;
END
$$;
SELECT is(pg_temp.whole_scans(rules, :'reader'), 0::bigint, 'no scan of the whole table: ' || left(rules::text, 100)) FROM (VALUES
    (pg_temp.one('genre', 'contains', 'genre'::text, '{"sort": "created_at"}')), (pg_temp.one('title', 'is', 'river stone 10'::text, '{"sort": "plays"}')), (pg_temp.one('tags', 'contains', 'tag7'::text, '{"sort": "random"}')),
    (pg_temp.one('genre', 'is', 'genre 7'::text, '{"sort": "random"}')), (pg_temp.one('created_at', 'after', '2026-02-27'::text, '{"sort": "bpm"}'))) t(rules);
SELECT * FROM finish();
ROLLBACK;
