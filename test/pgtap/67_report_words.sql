-- No report shows what a person has written: a name is planted wherever text can be free, and every
-- view of veza_report is read for it.

BEGIN;
SELECT no_plan();

-- Rows in every table that reports read, with an operator's words in them.
SELECT test.user('creator') AS u \gset
SELECT test.user('creator') AS v \gset
SELECT test.user('creator') AS w \gset
SELECT test.user('admin') AS a \gset
SELECT test.active(:'u') AS s \gset
SELECT test.pending(:'v') AS p \gset
SELECT test.http('POST', '/api/v1/distributions', jsonb_build_object('track_id', test.track_of(:'v')), :'v');
SELECT test.act(:'a');
SELECT veza.subscription_activate(:'p', 'Zebulon Planted <zebulon@planted.example> asked on the phone');
SELECT veza.stop_acting();
SELECT test.pending(:'w') AS q \gset
SELECT test.ready(:'u', 'Zebulon planted this') AS t \gset
SELECT test.http('POST', '/api/v1/tracks/:id/play', jsonb_build_object('id', :'t', 'play_id', gen_random_uuid(), 'listened_ms', 60000, 'source', 'list'), :'v');
SELECT test.http('POST', '/api/v1/users/:id/follow', jsonb_build_object('id', :'u'), :'v');
SELECT test.http('POST', '/api/v1/users/:id/block', jsonb_build_object('id', :'u'), :'w');
SELECT test.http('POST', '/api/v1/tracks/:id/comments', jsonb_build_object('id', :'t', 'content', 'Zebulon planted this, too'), :'v') -> 'result' ->> 'id' AS c \gset
SELECT test.http('POST', '/api/v1/reports', jsonb_build_object('subject_type', 'comment', 'subject_id', :'c', 'reason', 'other', 'text', 'Zebulon Planted'), :'w');
SELECT test.scan(test.version(test.upload(:'u', 'Planted')), 'infected');
SELECT test.ready(:'u', 'Zebulon planted this, too', '{}', 'planted'), test.ready(test.user('creator'), 'The same', '{}', 'planted');
SELECT test.http('POST', '/api/v1/playlists', jsonb_build_object('name', 'Zebulon planted this', 'description', 'planted'), :'u');
UPDATE veza_data.track SET artist = 'Zebulon Planted', tags = '{planted}', genre = 'planted', album = 'planted', description = 'planted';

CREATE TEMP TABLE shown (view text, row text);
CREATE FUNCTION pg_temp.read_reports() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v record;
BEGIN
    TRUNCATE shown;
    FOR v IN SELECT c.oid::regclass AS name FROM pg_class c WHERE c.relnamespace = 'veza_report'::regnamespace AND c.relkind = 'v' LOOP
        EXECUTE format('INSERT INTO shown SELECT %L, r::text FROM %s r', v.name, v.name);
    END LOOP;
    RETURN (SELECT count(DISTINCT view) FROM shown);
END
$$;
SELECT is(pg_temp.read_reports(), (SELECT count(*) FROM pg_class WHERE relnamespace = 'veza_report'::regnamespace AND relkind = 'v'), 'every report has rows');
SELECT cmp_ok((SELECT count(*) FROM veza_data.state_history WHERE reason ~ 'planted'), '>', 0::bigint, 'an operator''s words are in the history');
SELECT is_empty($$ SELECT * FROM shown WHERE row ~* 'planted' $$, 'and in no report');

-- Words of the program, from fixed lists, though no CHECK says so: what is not here and takes any text is a person's or a stranger's.
CREATE TEMP TABLE word (name text);
INSERT INTO word VALUES ('state_history.machine'), ('state_history.event'), ('state_history.from_state'), ('state_history.to_state'),
    ('state_history.source'), ('gate_refusal.code'), ('track_version.file_type'), ('track_version.state_code'), ('track_day.source'), ('track_day.kind'), ('track_counter.source'), ('track_counter.kind');

CREATE TEMP TABLE planted (name text);
CREATE FUNCTION pg_temp.plant() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    c record;
    value text;
BEGIN
    FOR c IN SELECT a.attrelid::regclass AS rel, k.relname || '.' || a.attname AS name, a.attname, a.atttypid::regtype::text AS type
               FROM pg_attribute a JOIN pg_class k ON k.oid = a.attrelid
              WHERE k.relnamespace = 'veza_data'::regnamespace AND k.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
                AND a.attgenerated = '' AND a.attidentity = ''
                AND a.atttypid IN ('text'::regtype, 'jsonb'::regtype, 'text[]'::regtype)
                AND k.relname NOT IN ('setting', 'applied_migration')
                AND k.relname || '.' || a.attname NOT IN (SELECT name FROM word) LOOP
        value := CASE c.type WHEN 'jsonb' THEN '{"x": "Zebulon Planted"}' WHEN 'text[]' THEN '{Zebulon Planted}' ELSE 'Zebulon Planted' END;
        BEGIN
            EXECUTE format('UPDATE %s SET %I = %L', c.rel, c.attname, value);
            INSERT INTO planted VALUES (c.name);
        EXCEPTION WHEN check_violation THEN NULL;   -- a list of words
                  WHEN unique_violation THEN
            EXECUTE format('UPDATE %s SET %I = %L WHERE ctid = (SELECT min(ctid) FROM %s)', c.rel, c.attname, value, c.rel);
            INSERT INTO planted VALUES (c.name);
        END;
    END LOOP;
END
$$;
SET LOCAL session_replication_role = replica;
SELECT pg_temp.plant();
SET LOCAL session_replication_role = origin;
SELECT cmp_ok((SELECT count(*) FROM planted), '>', 25::bigint, 'much can be written freely');
SELECT is_empty($$ VALUES ('state_history.reason'), ('state_history.details'), ('audit_log.user_agent'), ('users.bio'), ('payment.error_message'), ('effect.error_message'), ('comment.content'), ('report.words'), ('moderation_case.note'), ('moderation_case.excerpt')
                   EXCEPT SELECT name FROM planted $$, 'reasons, details, messages and addresses among it');
SELECT is(pg_temp.read_reports(), (SELECT count(*) FROM pg_class WHERE relnamespace = 'veza_report'::regnamespace AND relkind = 'v'), 'every report still has rows');
SELECT is_empty($$ SELECT view, row FROM shown WHERE row ~* 'planted' $$, 'no report shows a word of it');

SELECT * FROM finish();
ROLLBACK;
