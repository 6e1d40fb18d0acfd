-- What users are told of: who is told, once, and what of it they see; the mail that sums it up.

BEGIN;
SELECT no_plan();

SELECT test.user('creator') AS u \gset
SELECT test.user('creator') AS a \gset
SELECT test.user() AS b \gset
SELECT test.user('admin') AS admin \gset
SELECT test.ready(:'u', 'First') AS t1 \gset
SELECT test.ready(:'u', 'Second') AS t2 \gset
UPDATE veza_data.users SET username = 'ada', display_name = 'Ada L.' WHERE id = :'a';
UPDATE veza_data.users SET username = 'bob' WHERE id = :'b';
CREATE FUNCTION pg_temp.like(track text, caller uuid, method text DEFAULT 'POST') RETURNS text LANGUAGE sql AS $$
    SELECT test.wait('1 second');
    SELECT coalesce(test.http($3, '/api/v1/tracks/:id/like', jsonb_build_object('id', $1), $2) ->> 'refusal', 'done')
$$;
CREATE FUNCTION pg_temp.list(caller uuid, args jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$ SELECT test.http('GET', '/api/v1/notifications', $2, $1) $$;
-- kind actor(subject) xN, newest first; a star for what is unread.
CREATE FUNCTION pg_temp.said(caller uuid, args jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(a ->> 'refusal', (SELECT coalesce(string_agg(concat((n ->> 'kind'), ' ', n -> 'actor' ->> 'username', '(', n -> 'subject' ->> 'title', ')',
                                                        CASE WHEN n ->> 'n' > '1' THEN ' x' || (n ->> 'n') END, CASE WHEN n ->> 'read_at' IS NULL THEN '*' END), ', '
                                                        ORDER BY i), '')
                                        FROM jsonb_array_elements(a -> 'result') WITH ORDINALITY e(n, i)))
      FROM pg_temp.list($1, $2) a
$$;
CREATE FUNCTION pg_temp.unread(caller uuid) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', a -> 'result' ->> 'unread_count', CASE WHEN NOT (a -> 'result' ->> 'is_exact')::boolean THEN 'and more' END)
      FROM test.http('GET', '/api/v1/notifications/unread-count', '{}', $1) a
$$;
CREATE FUNCTION pg_temp.told(who uuid) RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM veza_data.live_event WHERE channel = 'user:' || $1 AND kind = 'notification' $$;
CREATE FUNCTION pg_temp.call(method text, what text, caller uuid, args jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(a ->> 'refusal', a ->> 'result') FROM test.http($1, '/api/v1/notifications' || $2, $4, $3) a
$$;
CREATE FUNCTION pg_temp.newest(who uuid) RETURNS uuid LANGUAGE sql AS $$ SELECT id FROM veza_data.notification WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1 $$;
CREATE FUNCTION pg_temp.set(who uuid, name text, value jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(test.http('PUT', '/api/v1/users/:id/settings', jsonb_build_object('id', 'me', 'notifications', jsonb_build_object($2, $3)), $1) ->> 'refusal', 'done')
$$;
CREATE FUNCTION pg_temp.tell(who uuid, kind text, actor uuid, subject_type text DEFAULT NULL, subject uuid DEFAULT NULL) RETURNS void LANGUAGE sql AS $$
    SELECT test.wait('1 second');
    INSERT INTO veza_data.notification (user_id, kind, actor_id, subject_type, subject_id, created_at, is_told) VALUES ($1, $2, $3, $4, $5, test.now(), true)
$$;

-- ---- who is told, and how often

SELECT is(pg_temp.said(:'u'), '', 'nothing yet');
SELECT pg_temp.like(:'t1', :'a');
SELECT is(pg_temp.said(:'u'), 'like ada(First)*', 'the owner is told of a like');
SELECT is(pg_temp.list(:'u') -> 'result' -> 0 -> 'actor', jsonb_build_object('id', :'a', 'username', 'ada', 'display_name', 'Ada L.', 'avatar', NULL), 'by whom');
SELECT is(pg_temp.list(:'u') -> 'result' -> 0 -> 'subject', jsonb_build_object('type', 'track', 'id', :'t1', 'title', 'First', 'url', '/api/v1/tracks/' || :'t1'), 'of what');
SELECT is(pg_temp.told(:'u'), 1::bigint, 'and so are the owner''s streams');
SELECT is((SELECT data - 'id' FROM veza_data.live_event WHERE channel = 'user:' || :'u' AND kind = 'notification'), '{"kind": "like", "n": 1}', 'that there is something, and nothing of what it is about');
SELECT pg_temp.like(:'t1', :'a', 'DELETE');
SELECT pg_temp.like(:'t1', :'a');
SELECT is(pg_temp.said(:'u') || ' ' || pg_temp.told(:'u'), 'like ada(First)* 1', 'taken back and given again is nothing new');
SELECT pg_temp.like(:'t2', :'a');
SELECT is(pg_temp.said(:'u') || ' ' || pg_temp.told(:'u'), 'like ada(Second) x2* 1', 'of another track it is counted with what is unread, and the streams are left alone');
SELECT pg_temp.like(:'t1', :'b');
SELECT is(pg_temp.said(:'u'), 'like bob(First)*, like ada(Second) x2*', 'by somebody else it is another notification');
SELECT is(pg_temp.unread(:'u'), '2', 'two are unread');
SELECT pg_temp.like(:'t1', :'u');
SELECT is(pg_temp.said(:'u'), 'like bob(First)*, like ada(Second) x2*', 'nobody is told of what they did themselves');
SELECT is(pg_temp.call('POST', '/read-all', :'u')::jsonb, '{"marked": 2, "unread_count": 0, "is_exact": true}', 'all is read');
SELECT pg_temp.like(:'t2', :'a', 'DELETE');
SELECT pg_temp.like(:'t2', :'a');
SELECT is(pg_temp.unread(:'u'), '0', 'what was read is not told again the same day');
SELECT test.wait('24 hours');
SELECT pg_temp.like(:'t2', :'a', 'DELETE');
SELECT pg_temp.like(:'t2', :'a');
SELECT is(pg_temp.unread(:'u'), '1', 'but the next');
SELECT is(pg_temp.told(:'u'), 3::bigint, 'and then the streams, too');

-- ---- what is wanted

SELECT pg_temp.call('POST', '/read-all', :'u');
SELECT is((test.http('GET', '/api/v1/users/:id/settings', '{"id": "me"}', :'u') -> 'result' -> 'notifications') - '{email,push,desktop,direct_messages}'::text[],
          '{"new_followers": true, "track_comments": true, "mentions": true, "likes": true, "invitations": true, "sales": true, "digest": "off"}', 'one is told of everything, and gets no mail');
SELECT is(pg_temp.set(:'u', 'likes', 'false'), 'done', 'likes are not wanted');
SELECT test.ready(:'u', 'Third') AS t3 \gset
SELECT pg_temp.like(:'t3', :'b');
SELECT is(pg_temp.unread(:'u'), '0', 'so they are not told of');
SELECT pg_temp.set(:'u', 'likes', 'null');
SELECT pg_temp.like(:'t3', :'a');
SELECT is(pg_temp.unread(:'u'), '1', 'until they are again');
SELECT is(pg_temp.set(:'u', name, 'false'), 'VALIDATION_ERROR', name || ' cannot be switched off') FROM unnest('{payment_pending,review_decision}'::text[]) name;
SELECT is(pg_temp.set(:'u', 'digest', '"hourly"'), 'VALIDATION_ERROR', 'nor is there a mail every hour');
INSERT INTO veza_data.user_block (blocker_id, blocked_id, created_at) VALUES (:'b', :'u', now());
SELECT test.ready(:'u', 'Fourth') AS t4 \gset
SELECT pg_temp.like(:'t4', :'b');
SELECT is(pg_temp.unread(:'u'), '1', 'by whom one is blocked one is told of nothing');
SELECT is(count(*), 0::bigint, 'it is not even noted') FROM veza_data.notification WHERE user_id = :'u' AND actor_id = :'b' AND read_at IS NULL;
DELETE FROM veza_data.user_block;
UPDATE veza_data.users SET status = 'suspended' WHERE id = :'u';
SELECT pg_temp.tell(:'u', 'follow', :'b');
UPDATE veza_data.users SET status = 'active' WHERE id = :'u';

-- ---- decisions, and money that is waited for

SELECT pg_temp.call('POST', '/read-all', :'u');
SELECT test.http('POST', '/api/v1/admin/tracks/:id/take-down', jsonb_build_object('id', :'t4', 'reason', 'a complaint'), :'admin') ->> 'refusal';
SELECT is(pg_temp.said(:'u', '{"unread": true}'), 'review_decision (Fourth)*', 'a take-down is told, not by whom');
SELECT test.wait('1 second');
SELECT test.subscribe(:'u') AS s \gset
SELECT veza.stop_acting();
SELECT is(pg_temp.said(:'u', '{"unread": true, "kind": "payment_pending"}'), 'payment_pending (Pro)*', 'so is a payment that waits');
SELECT is(pg_temp.list(:'u', '{"kind": "payment_pending"}') -> 'result' -> 0 -> 'subject' ->> 'url', '/api/v1/subscriptions/' || :'s', 'with the way back to it');
SELECT test.answers(test.payment(:'s'), 'psp_create', 'requires_payment_method');
SELECT pg_temp.call('POST', '/read-all', :'u');
SELECT test.wait('1 second');
SELECT test.webhook(test.payment(:'s'), 'failed');
SELECT test.asked(test.payment(:'s'), 'failed');
SELECT is(pg_temp.said(:'u', '{"unread": true}'), 'payment_pending (Pro)*', 'when it fails the user is needed again');
SELECT test.active(:'b') AS sb \gset
SELECT veza.stop_acting();
SELECT is(pg_temp.said(:'b'), 'payment_pending (Pro)', 'when the money comes there is nothing left to read');
SELECT is(pg_temp.unread(:'b'), '0', 'nor to count');
SELECT is(string_agg(kind || (data ->> CASE kind WHEN 'subscription' THEN 'status' ELSE 'kind' END), ', ' ORDER BY id), 'notificationpayment_pending, subscriptionactive', 'the streams hear of both')
  FROM veza_data.live_event WHERE channel = 'user:' || :'b';

-- ---- who is not to be seen

SELECT test.user() AS r \gset
SELECT test.ready(:'a', 'Of Ada') AS ta \gset
SELECT pg_temp.tell(:'r', 'invitation', :'a', 'track', :'ta');
SELECT pg_temp.tell(:'r', 'follow', :'b');
CREATE FUNCTION pg_temp.seen(caller uuid) RETURNS text LANGUAGE sql AS $$
    SELECT concat(pg_temp.said($1), ' ', pg_temp.unread($1),
                  ' ' || (SELECT count(*) FROM veza_data.notification n WHERE n.user_id = $1
                             AND test.http('POST', '/api/v1/notifications/:id/read', jsonb_build_object('id', n.id), $1) ->> 'refusal' IS NULL))
$$;
-- Each of them hides something and is undone.
CREATE FUNCTION pg_temp.when(change text, caller uuid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE seen text;
BEGIN
    EXECUTE change;
    seen := pg_temp.seen(caller);
    RAISE EXCEPTION USING MESSAGE = seen, ERRCODE = 'P0042';
EXCEPTION WHEN SQLSTATE 'P0042' THEN RETURN SQLERRM;
END $$;
SELECT is(pg_temp.when('SELECT 1', :'r'), 'follow bob()*, invitation ada(Of Ada)* 2 2', 'what is to be seen');
SELECT is(pg_temp.when(format(change, :'a', :'r', :'ta'), :'r'), 'follow bob()* 1 1', change || ': there is none, nor is it counted, nor can it be read') FROM unnest(ARRAY[
    'INSERT INTO veza_data.user_block (blocker_id, blocked_id, created_at) VALUES (%1$L, %2$L, now())',
    'INSERT INTO veza_data.user_block (blocker_id, blocked_id, created_at) VALUES (%2$L, %1$L, now())',
    'UPDATE veza_data.users SET status = ''suspended'' WHERE id = %1$L',
    'UPDATE veza_data.track SET visibility = ''private'' WHERE id = %3$L',
    'UPDATE veza_data.track SET taken_down_at = now(), taken_down_reason = ''x'' WHERE id = %3$L',
    'UPDATE veza_data.track SET deleted_at = now() WHERE id = %3$L']) change;
SELECT is(pg_temp.when(format('UPDATE veza_data.users SET preferences = ''{"privacy": {"profile_visibility": "private"}}'' WHERE id IN (%L, %L)', :'a', :'b'), :'r'), 'invitation (Of Ada)* 1 1',
          'who hides the profile is nobody in particular, and what then says nothing is not there');
SELECT is(pg_temp.seen(:'r'), 'follow bob()*, invitation ada(Of Ada)* 2 2', 'it is all there still');
SELECT is(pg_temp.said(:'admin'), '', 'administrators read their own');

-- ---- reading

SELECT test.user() AS p \gset
SELECT pg_temp.tell(:'p', 'follow', test.user()) FROM generate_series(1, 7);
SELECT is((SELECT string_agg(jsonb_array_length(pg_temp.list(:'p', jsonb_build_object('limit', 3, 'page', page)) -> 'result')::text, ' ' ORDER BY page) FROM generate_series(1, 4) page), '3 3 1 0', 'pages');
WITH RECURSIVE page AS (
    SELECT 1 AS n, pg_temp.list(:'p', '{"limit": 3}') AS a
    UNION ALL SELECT n + 1, pg_temp.list(:'p', jsonb_build_object('limit', 3, 'cursor', a -> 'head' -> 'meta' ->> 'next_cursor')) FROM page WHERE a -> 'head' -> 'meta' ->> 'next_cursor' IS NOT NULL)
SELECT is(array_agg(x ->> 'id' ORDER BY n, i), (SELECT array_agg(id::text ORDER BY created_at DESC, id DESC) FROM veza_data.notification WHERE user_id = :'p'), 'by cursor each once, in order')
  FROM page, jsonb_array_elements(a -> 'result') WITH ORDINALITY e(x, i);
SELECT is(pg_temp.list(:'p', jsonb_build_object(name, value)) ->> 'refusal', 'VALIDATION_ERROR', name || ' ' || value) FROM (VALUES ('limit', '101'), ('page', '0'), ('cursor', 'x'), ('kind', 'likes')) v(name, value);
SELECT is(pg_temp.said(NULL), 'AUTH_REQUIRED', 'nobody is told nothing');
SELECT pg_temp.newest(:'p') AS n \gset
SELECT is(pg_temp.call(method, path, :'u', jsonb_build_object('id', :'n')), 'NOTIFICATION_NOT_FOUND', concat(method, ' ', path, ': somebody else''s is not there'))
  FROM (VALUES ('POST', '/:id/read'), ('PUT', '/:id/read'), ('DELETE', '/:id')) v(method, path);
SELECT is(pg_temp.call('POST', '/:id/read', :'p', jsonb_build_object('id', gen_random_uuid())), 'NOTIFICATION_NOT_FOUND', 'nor is what nobody has');
SELECT pg_temp.call('POST', '/:id/read', :'p', jsonb_build_object('id', :'n')) AS read \gset
SELECT is((:'read'::jsonb ->> 'id') || ' ' || ((:'read'::jsonb ->> 'read_at') IS NOT NULL), :'n' || ' true', 'the own one is read');
SELECT test.wait('1 second');
SELECT is(pg_temp.call('PUT', '/:id/read', :'p', jsonb_build_object('id', :'n')), :'read', 'once');
SELECT is(pg_temp.unread(:'p'), '6', 'six are left');
SELECT is(jsonb_array_length(pg_temp.list(:'p', '{"unread": true}') -> 'result'), 6, 'and listed');
SELECT created_at AS until FROM veza_data.notification WHERE user_id = :'p' ORDER BY created_at OFFSET 2 LIMIT 1 \gset
SELECT is(pg_temp.call('POST', '/read-all', :'p', jsonb_build_object('until', :'until'))::jsonb, '{"marked": 3, "unread_count": 3, "is_exact": true}', 'until a moment');
SELECT id AS n FROM veza_data.notification WHERE user_id = :'p' AND read_at IS NULL LIMIT 1 \gset
SELECT is(pg_temp.call('DELETE', '/:id', :'p', jsonb_build_object('id', :'n'))::jsonb ->> 'message', 'The notification is deleted.', 'one is thrown away');
SELECT is(pg_temp.call('DELETE', '/:id', :'p', jsonb_build_object('id', :'n')), 'NOTIFICATION_NOT_FOUND', 'once');
SELECT is(jsonb_array_length(pg_temp.list(:'p') -> 'result') || ' ' || pg_temp.unread(:'p'), '6 2', 'and is in no list and no count');
INSERT INTO veza_data.notification (user_id, kind, actor_id, created_at) SELECT :'p', 'follow', test.user(), test.now() FROM generate_series(1, 120);
SELECT is(pg_temp.unread(:'p'), '100 and more', 'no more than a hundred are counted');

-- ---- many: what a list or a count looks at is bounded

CREATE TEMP TABLE many AS SELECT n, test.user() AS id FROM generate_series(1, 200) n;
INSERT INTO veza_data.notification (user_id, kind, actor_id, created_at, read_at, is_told)
SELECT u.id, CASE WHEN x.n % 2 = 0 THEN 'follow' ELSE 'mention' END, a.id, test.now() - x.n * interval '1 second' - u.n * interval '1 ms', CASE WHEN x.n > 40 THEN test.now() END, true
  FROM many u, generate_series(1, 100) x(n), LATERAL (SELECT id FROM many a WHERE a.n = 1 + (u.n + x.n) % 200) a WHERE a.id <> u.id;
ANALYZE veza_data.notification;
ANALYZE veza_data.users;
CREATE FUNCTION pg_temp.looked_at() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT sum(idx_tup_fetch + seq_tup_read)::bigint FROM pg_stat_xact_user_tables WHERE relname = 'notification' $$;
CREATE FUNCTION pg_temp.cost(path text, who uuid, args jsonb DEFAULT '{}') RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE before bigint := pg_temp.looked_at();
BEGIN
    PERFORM test.http('GET', '/api/v1/notifications' || path, args, who);
    RETURN pg_temp.looked_at() - before;
END $$;
SELECT id AS m FROM many WHERE n = 150 \gset
SELECT cmp_ok(pg_temp.cost('', :'m', args), '<=', most::bigint, concat('of 20000 the list looks at few: ', args))
  FROM (VALUES (jsonb_build_object('limit', 20), 30), (jsonb_build_object('limit', 20, 'unread', true), 30), (jsonb_build_object('limit', 20, 'kind', 'follow'), 55),
               (jsonb_build_object('limit', 20, 'cursor', (SELECT pg_temp.list(:'m', '{"limit": 60}') -> 'head' -> 'meta' ->> 'next_cursor')), 30)) v(args, most);
SELECT is(pg_temp.cost('/unread-count', :'m') BETWEEN 1 AND 45, true, 'and the count at what is unread');

-- ---- what the streams could not be told at once

SELECT pg_temp.told(:'p') AS before \gset
UPDATE veza_data.notification SET is_told = false WHERE user_id = :'p' AND created_at = test.now();
INSERT INTO veza_data.notification (user_id, kind, actor_id, created_at) VALUES (:'p', 'mention', :'a', test.now());
SELECT test.run_jobs();
SELECT is(string_agg(concat(data ->> 'kind', ' ', data ->> 'n'), ', ' ORDER BY id), 'follow 120, mention 1', 'one event for each kind tells of all that has gathered')
  FROM veza_data.live_event WHERE channel = 'user:' || :'p';
SELECT test.run_jobs();
SELECT is(pg_temp.told(:'p'), 2::bigint, 'once');

-- ---- the digest

SELECT is(name, NULL::text, name || ' has its line in digests') FROM (VALUES ('like'), ('comment'), ('reply'), ('mention'), ('follow'), ('follow_you'), ('invitation'), ('payment_pending'), ('review_decision'), ('review_decision_you'), ('sale')) v(name)
 WHERE NOT EXISTS (SELECT FROM veza.mail_template t WHERE t.name = 'digest_' || v.name);
DELETE FROM veza_data.notification;
SELECT test.send_mails();
UPDATE veza_data.users SET is_verified = true, language = 'fr', timezone = 'Asia/Tokyo', display_name = 'Dana' WHERE id = :'u';
CREATE FUNCTION pg_temp.local(who uuid) RETURNS text LANGUAGE sql AS $$ SELECT to_char(test.now() AT TIME ZONE timezone, 'HH24:MI') FROM veza_data.users WHERE id = $1 $$;
-- Goes on to that time of the user's day, and n days more.
CREATE FUNCTION pg_temp.go_to(who uuid, hour time, days integer DEFAULT 0) RETURNS void LANGUAGE sql AS $$
    SELECT test.wait(((l::date + $2 + CASE WHEN l::time < $2 THEN 0 ELSE 1 END * interval '1 day' + $3 * interval '1 day') - l))
      FROM (SELECT test.now() AT TIME ZONE timezone AS l FROM veza_data.users WHERE id = $1) x
$$;
CREATE FUNCTION pg_temp.mails() RETURNS SETOF jsonb LANGUAGE sql AS $$ SELECT test.run_jobs(); SELECT m FROM test.send_mails() m WHERE m ->> 'subject' ~ 'lu$|not read' $$;
CREATE FUNCTION pg_temp.fresh(who uuid) RETURNS void LANGUAGE sql AS $$ DELETE FROM veza_data.notification; SELECT pg_temp.like((SELECT id::text FROM veza_data.track WHERE uploader_id = $1 AND title = 'First'), test.user()) $$;
SELECT is(pg_temp.set(:'u', 'digest', '"daily"'), 'done', 'a mail every day');
SELECT pg_temp.go_to(:'u', '07:00');
SELECT test.ready(:'u', E'Evil\nTitle <b>') AS evil \gset
SELECT pg_temp.like(:'evil', :'a');
SELECT pg_temp.tell(:'u', 'follow', :'b');
UPDATE veza_data.notification SET digest_at = created_at;
SELECT is_empty($$ SELECT * FROM pg_temp.mails() $$, 'not before the hour');
SELECT pg_temp.go_to(:'u', '08:01');
SELECT array_agg(m) AS mails FROM pg_temp.mails() m \gset
SELECT is(cardinality(:'mails'::jsonb[]), 1, 'at the hour, by the clock on the user''s wall');
SELECT (:'mails'::jsonb[])[1] AS mail \gset
SELECT is(:'mail'::jsonb ->> 'language' || ' ' || (:'mail'::jsonb ->> 'to'), 'fr ' || (SELECT email FROM veza_data.users WHERE id = :'u'), 'in the user''s language');
SELECT is(split_part(:'mail'::jsonb ->> 'text', E'\n\n', n), line, 'line ' || n) FROM (VALUES (1, 'Bonjour Dana,'), (2, 'voici ce qui s''est passé depuis la dernière fois :'),
    (3, to_char(((SELECT max(created_at) FROM veza_data.notification WHERE user_id = :'u') AT TIME ZONE 'Asia/Tokyo'), 'YYYY-MM-DD HH24:MI') || '  bob vous suit.'),
    (4, to_char(((SELECT min(created_at) FROM veza_data.notification WHERE user_id = :'u') AT TIME ZONE 'Asia/Tokyo'), 'YYYY-MM-DD HH24:MI') || '  Ada L. aime « Evil Title <b> ».')) v(n, line);
SELECT matches(:'mail'::jsonb ->> 'html', 'Evil Title &lt;b&gt;', 'titles are no markup');
SELECT is_empty($$ SELECT * FROM pg_temp.mails() $$, 'once');
SELECT pg_temp.like(test.ready(:'u', 'Later')::text, test.user());
SELECT test.wait('11 minutes');
SELECT is_empty($$ SELECT * FROM pg_temp.mails() $$, 'what happens later waits');
SELECT pg_temp.go_to(:'u', '08:01');
SELECT is((SELECT string_agg((m ->> 'text') ~ 'Later' || ' ' || ((m ->> 'text') ~ 'Evil'), ', ') FROM pg_temp.mails() m), 'true false', 'for the next day, and stands there alone');
SELECT pg_temp.go_to(:'u', '07:00');
SELECT pg_temp.fresh(:'u');
SELECT pg_temp.call('POST', '/read-all', :'u');
SELECT pg_temp.go_to(:'u', '08:01', 1);
SELECT is_empty($$ SELECT * FROM pg_temp.mails() $$, 'who has read all gets none');

-- What holds it up between the order and the mail.
CREATE FUNCTION pg_temp.ordered(who uuid, change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE sent bigint; why text;
BEGIN
    PERFORM pg_temp.go_to(who, '07:00');
    PERFORM pg_temp.fresh(who);
    PERFORM pg_temp.go_to(who, '08:01');
    PERFORM test.run_jobs();
    EXECUTE format(change, who);
    SELECT count(*) INTO sent FROM test.send_mails();
    SELECT dropped INTO why FROM veza_data.mail WHERE template = 'digest' ORDER BY created_at DESC LIMIT 1;
    RAISE EXCEPTION USING MESSAGE = concat_ws(' ', sent, why), ERRCODE = 'P0042';
EXCEPTION WHEN SQLSTATE 'P0042' THEN RETURN SQLERRM;
END $$;
SELECT is(pg_temp.ordered(:'u', 'SELECT 1'), '1', 'a mail is ordered, and leaves');
SELECT is(pg_temp.ordered(:'u', change), '0 nothing to say', change) FROM unnest(ARRAY[
    $$UPDATE veza_data.notification SET read_at = now() WHERE user_id = %L$$,
    $$INSERT INTO veza_data.user_block (blocker_id, blocked_id, created_at) SELECT %1$L, actor_id, now() FROM veza_data.notification WHERE user_id = %1$L$$,
    $$UPDATE veza_data.track SET deleted_at = now() WHERE uploader_id = %L$$,
    $$UPDATE veza_data.users SET status = 'suspended' WHERE id = %L$$,
    $$UPDATE veza_data.users SET preferences = jsonb_set(preferences, '{notifications,digest}', '"off"') WHERE id = %L$$,
    $$UPDATE veza_data.users SET preferences = jsonb_set(preferences, '{notifications,email}', 'false') WHERE id = %L$$]) change;

-- A relay that was killed at an unknown moment: rather none than two.
CREATE FUNCTION pg_temp.attempts(who uuid, reports text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE e record; said text := ''; m jsonb; report text;
BEGIN
    PERFORM pg_temp.go_to(who, '07:00');
    PERFORM pg_temp.fresh(who);
    PERFORM pg_temp.go_to(who, '08:01');
    PERFORM test.run_jobs();
    FOREACH report IN ARRAY reports LOOP
        PERFORM test.wait('10 minutes');
        SELECT * INTO STRICT e FROM veza.claim_effects('pgtap', '{mail_send}', 100);
        IF report = 'killed before' THEN CONTINUE; END IF;
        m := veza.compose_mail(e.id, e.lease_token);
        said := said || CASE WHEN m IS NULL THEN '-' ELSE '+' END;
        IF report <> 'killed' THEN
            PERFORM veza.finish_effect(e.id, e.lease_token, 'pgtap', report, NULL, NULL, NULL, NULL, NULL, 1);
        END IF;
    END LOOP;
    RAISE EXCEPTION USING MESSAGE = said, ERRCODE = 'P0042';
EXCEPTION WHEN SQLSTATE 'P0042' THEN RETURN SQLERRM;
END $$;
SELECT is(pg_temp.attempts(:'u', reports), said, reports::text) FROM (VALUES (ARRAY['not_sent', 'not_sent', 'ok'], '+++'), (ARRAY['killed before', 'ok'], '+'),
    (ARRAY['killed', 'ok'], '+-'), (ARRAY['unknown', 'ok'], '+-'), (ARRAY['not_sent', 'killed', 'ok'], '++-')) v(reports, said);

SELECT is(pg_temp.set(:'u', 'digest', '"weekly"'), 'done', 'a mail every week');
CREATE FUNCTION pg_temp.days(who uuid, n integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE days text := '';
BEGIN
    FOR i IN 1 .. n LOOP
        PERFORM pg_temp.like((SELECT id::text FROM veza_data.track WHERE uploader_id = who AND title = 'First'), test.user());
        PERFORM pg_temp.go_to(who, '08:01');
        IF EXISTS (SELECT FROM pg_temp.mails()) THEN
            days := days || to_char(test.now() AT TIME ZONE 'Asia/Tokyo', 'Dy ');
        END IF;
    END LOOP;
    RETURN days;
END $$;
SELECT is(pg_temp.days(:'u', 7), 'Mon ', 'on Monday');
SELECT is(pg_temp.set(:'u', 'digest', '"daily"'), 'done', 'every day again');
SELECT is(length(pg_temp.days(:'u', 2)), 8, 'is on each day');
UPDATE veza_data.users SET timezone = 'Nowhere/Gone' WHERE id = :'u';
SELECT pg_temp.fresh(:'u');
SELECT test.wait('2 days');
SELECT is(count(*), 1::bigint, 'a time zone that is gone is UTC') FROM pg_temp.mails();
UPDATE veza_data.users SET is_verified = false WHERE id = :'u';
SELECT pg_temp.fresh(:'u');
SELECT test.wait('2 days');
SELECT is_empty($$ SELECT * FROM pg_temp.mails() $$, 'an address that is not confirmed may be anybody''s');
SELECT is(count(*), 0::bigint, 'and nobody looks after it again') FROM veza_data.notification WHERE digest_at IS NOT NULL;

-- ---- what is kept, and what analysts see of it

DELETE FROM veza_data.notification;
DELETE FROM veza_data.notification_day;
INSERT INTO veza_data.notification (user_id, kind, actor_id, n, read_at, created_at)
SELECT :'p', kind, CASE WHEN read THEN test.user() ELSE :'a' END, n, CASE WHEN read THEN test.now() END, test.now() - interval '89 days'
  FROM (VALUES ('follow', 1, true), ('follow', 4, false), ('mention', 1, true)) v(kind, n, read);
CREATE FUNCTION pg_temp.figures() RETURNS text LANGUAGE sql AS $$ SELECT string_agg(concat_ws(' ', kind, notifications, happened, read), ', ' ORDER BY kind) FROM veza_report.notification_activity $$;
SELECT is(pg_temp.figures(), 'follow 2 5 1, mention 1 1 1', 'figures by day and kind');
SELECT test.wait('2 days');
SELECT test.run_jobs();
SELECT is((SELECT count(*) FROM veza_data.notification) || ' ' || pg_temp.figures(), '0 follow 2 5 1, mention 1 1 1', 'what is forgotten stays in them');
SELECT pg_temp.tell(:'p', 'follow', :'a');
SELECT pg_temp.tell(:'u', 'follow', :'a');
SELECT pg_temp.tell(:'a', 'follow', :'u');
SELECT test.http('GET', '/api/v1/users/me/export', '{}', :'p') -> 'result' -> 'notifications' -> 0 ->> 'kind' AS exported \gset
SELECT is(:'exported'::text, 'follow', 'the export has them');

SELECT (test.http('POST', '/api/v1/auth/register', '{"username": "leaver", "email": "leaver@veza.example", "password": "tortoise shell nine"}') -> 'result' ->> 'user_id') AS leaver \gset
SELECT pg_temp.tell(:'leaver', 'follow', :'a');
SELECT pg_temp.tell(:'a', 'follow', :'leaver');
INSERT INTO veza_data.notification_digest VALUES (:'leaver', '2026-01-01', now(), now());
SELECT is(test.http('DELETE', '/api/v1/users/:id', '{"id": "me", "password": "tortoise shell nine", "confirmation": "DELETE"}', :'leaver') ->> 'refusal', NULL, 'an account ends');
SELECT is(count(*), 0::bigint, 'with what it was told, and others of it') FROM veza_data.notification WHERE :'leaver' IN (user_id, actor_id);
SELECT is(count(*), 0::bigint, 'and its digests') FROM veza_data.notification_digest WHERE user_id = :'leaver';
SELECT is(sum(notifications), 5::numeric, 'analysts have counted them') FROM veza_data.notification_day;

SELECT * FROM finish();
ROLLBACK;
