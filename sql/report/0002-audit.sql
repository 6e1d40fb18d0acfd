-- Invariants: every row of veza.audit is a promise broken. Must be empty, in production too.

CREATE VIEW veza.setting AS
SELECT s.name, s.value, s.default_value AS "default", s.unit, s.range, s.description,
       s.value IS DISTINCT FROM s.default_value AS is_changed,
       CASE WHEN s.kind IN ('int', 'list') AND s.value !~ '^-?[0-9]{1,18}(,-?[0-9]{1,18})*$' OR s.kind = 'int' AND s.value ~ ','
            THEN 'is no whole number'
            WHEN s.kind IN ('int', 'list')
            THEN (SELECT 'is out of the range ' || s.range FROM unnest(string_to_array(s.value, ',')) n
                   WHERE n::bigint NOT BETWEEN s.minimum AND s.maximum LIMIT 1)
            WHEN s.kind = 'address' AND s.value <> '' AND s.value !~ '^[^:[:space:]]+://[^[:space:]]+$' THEN 'is no address'
       END AS problem
  FROM veza_data.setting s;
COMMENT ON VIEW veza.setting IS 'The timers and limits of the business rules; SELECT veza.set_setting(name, value, reason) changes one.';
COMMENT ON COLUMN veza.setting.name IS 'Name of the setting.';
COMMENT ON COLUMN veza.setting.value IS 'Its value, in its unit.';
COMMENT ON COLUMN veza.setting."default" IS 'Value unless it is changed.';
COMMENT ON COLUMN veza.setting.unit IS 'Unit of the value: s, ms, count, address ...';
COMMENT ON COLUMN veza.setting.range IS 'What it may be.';
COMMENT ON COLUMN veza.setting.description IS 'What it decides.';
COMMENT ON COLUMN veza.setting.is_changed IS 'The value is not the default.';
COMMENT ON COLUMN veza.setting.problem IS 'Why the value cannot be used; NULL: it can.';

-- A trigger is as its migration made it: enabled, for the same events, calling the same function without a condition of its own.
CREATE VIEW veza.guard AS
SELECT g.kind, g.table_name, g.name, g.statement,
       CASE WHEN to_regclass(g.table_name) IS NULL THEN 'missing'
            WHEN g.kind = 'table' THEN NULL
            WHEN g.kind = 'index' THEN
                (SELECT CASE WHEN i.indexrelid IS NULL THEN 'missing' WHEN NOT i.indisvalid THEN 'invalid' END
                   FROM (SELECT) one LEFT JOIN pg_index i ON i.indrelid = to_regclass(g.table_name) AND i.indexrelid = to_regclass('veza_data.' || g.name))
            WHEN t.oid IS NULL THEN 'missing'
            WHEN t.tgenabled NOT IN ('O', 'A') THEN 'disabled'
            WHEN strpos(g.statement, t.tgfoid::regproc || CASE WHEN t.tgnargs = 0 THEN '('
                        ELSE '(' || quote_literal(split_part(encode(t.tgargs, 'escape'), '\000', 1)) END) = 0
              OR (t.tgqual IS NOT NULL) <> (g.statement ~ '\mWHEN\M')
              OR (t.tgtype & 62) <> (SELECT (e ~ '\mBEFORE\M')::int * 2 + (e ~ '\mINSERT\M')::int * 4 + (e ~ '\mDELETE\M')::int * 8
                                            + (e ~ '\mUPDATE\M')::int * 16 + (e ~ '\mTRUNCATE\M')::int * 32
                                       FROM split_part(g.statement, ' ON ', 1) e)
            THEN 'altered' END AS problem
  FROM veza_data.guard g
  LEFT JOIN pg_trigger t ON g.kind = 'trigger' AND t.tgrelid = to_regclass(g.table_name) AND t.tgname = g.name;
COMMENT ON VIEW veza.guard IS 'Tables, indexes and guard triggers that have to be there, and what is wrong with them.';
COMMENT ON COLUMN veza.guard.kind IS 'table, index or trigger.';
COMMENT ON COLUMN veza.guard.table_name IS 'Table.';
COMMENT ON COLUMN veza.guard.name IS 'Name of the object.';
COMMENT ON COLUMN veza.guard.statement IS 'What makes it; empty for a table.';
COMMENT ON COLUMN veza.guard.problem IS 'missing, disabled, altered or invalid; NULL: it is as it should be.';

CREATE VIEW veza.audit AS
WITH usable AS (
    SELECT name, coalesce(CASE WHEN value ~ '^-?[0-9]{1,10}$' THEN value::bigint END,
                          CASE WHEN default_value ~ '^-?[0-9]{1,10}$' THEN default_value::bigint END, 0) * interval '1 second' AS value
      FROM veza_data.setting WHERE name IN ('clock_offset', 'unserved_alert', 'processing_hold', 'review_hold', 'track_restore', 'playlist_restore')),
clock AS (
    SELECT now() + (SELECT value FROM usable WHERE name = 'clock_offset') AS t,
           (SELECT value FROM usable WHERE name = 'unserved_alert') AS patience,
           (SELECT value FROM usable WHERE name = 'processing_hold') AS hold,
           (SELECT value FROM usable WHERE name = 'review_hold') AS review_hold),
open_refund AS (
    SELECT DISTINCT payment_id FROM veza_data.refund WHERE state <> 'failed')

SELECT 'one_live_subscription' AS invariant, user_id::text AS subject,
       count(*) || ' live subscriptions of one user' AS finding
  FROM veza_data.subscription WHERE status IN ('active', 'suspended')
 GROUP BY user_id HAVING count(*) > 1

UNION ALL
SELECT 'served_without_payment', s.id::text, 'active, with a price, neither paid nor given'
  FROM veza_data.subscription s
 WHERE s.status = 'active' AND s.amount_minor > 0 AND NOT s.is_comp
   AND NOT EXISTS (SELECT FROM veza_data.payment y
                    WHERE y.id = s.payment_id AND y.subscription_id = s.id AND y.state = 'succeeded'
                      AND y.amount_minor = s.amount_minor AND y.currency = s.currency)

UNION ALL
SELECT 'served_after_refund', s.id::text, 'live, although ' || r.minor || ' of ' || coalesce(y.amount_received_minor, y.amount_minor)
       || ' went back'
  FROM veza_data.subscription s
  JOIN veza_data.payment y ON y.id = s.payment_id
 CROSS JOIN LATERAL (SELECT sum(amount_minor) AS minor FROM veza_data.refund
                      WHERE payment_id = y.id AND state = 'succeeded') r
 WHERE s.status IN ('active', 'suspended') AND r.minor >= coalesce(y.amount_received_minor, y.amount_minor)

UNION ALL
SELECT 'served_without_account', u.id::text,
       CASE WHEN s.id IS NULL THEN 'has the role of a plan, although the account has ended'
            ELSE 'subscription ' || s.id || ' is ' || s.status || ', although the account has ended' END
  FROM veza_data.users u
  LEFT JOIN veza_data.subscription s ON s.user_id = u.id AND s.status IN ('pending_payment', 'active', 'suspended')
 WHERE u.status = 'deleted' AND (s.id IS NOT NULL OR u.plan_role IS NOT NULL)

UNION ALL
SELECT 'entitled_beyond_period', s.id::text, 'active although its period ended at ' || s.current_period_end
  FROM veza_data.subscription s, clock
 WHERE s.status = 'active' AND s.current_period_end < t - patience

UNION ALL
SELECT 'charged_without_service', y.id::text, 'succeeded, but neither activated its subscription nor is refunded'
  FROM veza_data.payment y
  JOIN veza_data.subscription s ON s.id = y.subscription_id, clock
 WHERE y.state = 'succeeded'
   AND NOT EXISTS (SELECT FROM veza_data.state_history h
                    WHERE h.entity_id = s.id AND h.payment_id = y.id AND h.to_state = 'active'
                      AND h.from_state IN ('pending_payment', 'expired'))
   AND y.id NOT IN (SELECT payment_id FROM open_refund)
   AND y.succeeded_at < t - patience

UNION ALL
SELECT 'refund_stuck', r.id::text, 'requested, and its effect is dead'
  FROM veza_data.refund r
 WHERE r.state = 'requested'
   AND NOT EXISTS (SELECT FROM veza_data.effect e
                    WHERE e.subject_id = r.id AND e.state IN ('queued', 'leased', 'done'))

UNION ALL
SELECT 'refund_unanswered', r.id::text, 'no outcome, and nobody asks for it'
  FROM veza_data.refund r
 WHERE r.state IN ('pending', 'review') AND r.next_check_at IS NULL

UNION ALL
SELECT 'refund_exceeds_payment', y.id::text, 'refunded ' || r.minor || ', counted ' || y.refunded_minor || ', received '
       || coalesce(y.amount_received_minor, y.amount_minor)
  FROM veza_data.payment y
 CROSS JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0) AS minor FROM veza_data.refund
                      WHERE payment_id = y.id AND state <> 'failed') r
 WHERE r.minor > coalesce(y.amount_received_minor, y.amount_minor) OR r.minor <> y.refunded_minor

UNION ALL
SELECT 'review_unsettled', y.id::text, 'under review since ' || y.updated_at || coalesce(' (' || y.review_reason || ')', '')
       || ', subscription ' || s.status || ', received ' || coalesce(y.amount_received_minor::text, 'nothing known')
  FROM veza_data.payment y
  JOIN veza_data.subscription s ON s.id = y.subscription_id, clock
 WHERE y.state = 'review'
   AND (y.updated_at < t - review_hold
        OR s.status IN ('expired', 'canceled') AND y.amount_received_minor > y.refunded_minor
           AND greatest(y.updated_at, s.ended_at) < t - patience
           AND NOT EXISTS (SELECT FROM veza_data.state_history h
                            WHERE h.entity_id = s.id AND h.payment_id = y.id AND h.to_state = 'active'))

UNION ALL
SELECT 'question_refused', x.id::text, x.refusals || ' questions came to nothing: ' || coalesce(x.error_code, 'no code')
  FROM (SELECT id, refusals, error_code FROM veza_data.payment
         WHERE state IN ('prepared', 'open', 'processing', 'review')
        UNION ALL SELECT id, refusals, error_code FROM veza_data.refund
         WHERE state IN ('requested', 'pending', 'review')) x
 WHERE x.refusals >= 3

UNION ALL
SELECT 'payment_parked', id::text, 'in state ' || state || ', and nobody asks the provider'
  FROM veza_data.payment
 WHERE state IN ('prepared', 'open', 'processing', 'review') AND next_check_at IS NULL

UNION ALL
SELECT 'payment_processing_too_long', y.id::text, 'processing since ' || y.updated_at
  FROM veza_data.payment y, clock
 WHERE y.state = 'processing' AND y.updated_at < t - hold

UNION ALL
SELECT 'payment_amount_differs', y.id::text, 'asked ' || y.amount_minor || ' ' || y.currency || ', received '
       || coalesce(y.amount_received_minor::text, 'nothing known')
  FROM veza_data.payment y
 WHERE y.state = 'succeeded' AND y.settled_status IS NULL AND y.amount_received_minor < y.amount_minor

UNION ALL
SELECT 'history_chain_broken', x.entity_id::text, x.machine || ': ' || coalesce(x.before, '(none)')
       || ' was followed by a step from ' || coalesce(x.from_state, '(none)')
  FROM (SELECT machine, entity_id, from_state,
               lag(to_state) OVER (PARTITION BY machine, entity_id ORDER BY id) AS before,
               row_number() OVER (PARTITION BY machine, entity_id ORDER BY id) AS n
          FROM veza_data.state_history) x
 WHERE x.n > 1 AND x.from_state IS DISTINCT FROM x.before OR x.n = 1 AND x.from_state IS NOT NULL

UNION ALL
SELECT 'state_without_history', x.id::text, x.machine || ' is in state ' || x.state || ', its history ends in '
       || coalesce(h.to_state, '(none)')
  FROM (SELECT 'subscription' AS machine, id, status AS state FROM veza_data.subscription
        UNION ALL SELECT 'payment', id, state FROM veza_data.payment
        UNION ALL SELECT 'refund', id, state FROM veza_data.refund
        UNION ALL SELECT 'distribution', id, status FROM veza_data.distribution
        UNION ALL SELECT 'track_version' AS machine, id, state FROM veza_data.track_version
        UNION ALL SELECT 'track_match' AS machine, id, state FROM veza_data.track_match
        UNION ALL SELECT 'moderation_case' AS machine, id, state FROM veza_data.moderation_case
        UNION ALL SELECT 'effect', id, state FROM veza_data.effect) x
  LEFT JOIN LATERAL (SELECT to_state FROM veza_data.state_history
                      WHERE machine = x.machine AND entity_id = x.id ORDER BY id DESC LIMIT 1) h ON true
 WHERE h.to_state IS DISTINCT FROM x.state

UNION ALL
SELECT 'distributed_without_entitlement', d.id::text, 'the subscription was not active when it was submitted'
  FROM veza_data.distribution d
  JOIN veza_data.state_history m ON m.machine = 'distribution' AND m.entity_id = d.id AND m.from_state IS NULL
 WHERE NOT EXISTS (SELECT FROM veza_data.subscription s
                    WHERE s.id = d.subscription_id AND s.user_id = d.user_id)
    OR 'active' IS DISTINCT FROM (SELECT h.to_state FROM veza_data.state_history h
                     WHERE h.machine = 'subscription' AND h.entity_id = d.subscription_id
                       AND h.id < m.id ORDER BY h.id DESC LIMIT 1)

UNION ALL
SELECT 'effect_overdue', e.id::text, e.kind || ' was due at ' || e.due_at
  FROM veza_data.effect e, clock
 WHERE e.state = 'queued' AND e.due_at < t - patience
    OR e.state = 'leased' AND e.lease_until < t - patience

UNION ALL
SELECT 'secret_left_behind', e.id::text, 'a client secret was not removed'
  FROM veza_data.effect e, clock
 WHERE e.secret IS NOT NULL AND e.finished_at < t - patience

UNION ALL
SELECT 'webhook_not_applied', event_id, coalesce(error, result)
  FROM veza_data.psp_event WHERE result = 'failed'

UNION ALL
SELECT 'pending_over_its_time', s.id::text, 'should have expired at ' || s.pending_expires_at
  FROM veza_data.subscription s, clock
 WHERE s.status = 'pending_payment' AND s.pending_expires_at < t - patience
   AND NOT EXISTS (SELECT FROM veza_data.payment y
                    WHERE y.subscription_id = s.id AND y.state IN ('processing', 'review'))

UNION ALL
SELECT 'refresh_family', session_id::text, 'a retired token has no successor'
  FROM veza_data.refresh_token t
 WHERE retired_at IS NOT NULL
   AND NOT EXISTS (SELECT FROM veza_data.refresh_token c
                    WHERE c.session_id = t.session_id AND c.parent_id IS NOT NULL AND c.used_at IS NOT NULL)

-- What tracks show is what counting anew gives: likes and comments are rows, everything else stands by day.
UNION ALL
SELECT 'track_counter_differs', x.track_id::text, x.kind || ': counted ' || sum(x.counted) || ', there are ' || sum(x.there)
  FROM (SELECT t.id AS track_id, k.kind, k.n AS counted, 0 AS there
          FROM veza_data.track t,
               LATERAL (VALUES ('like', t.like_count), ('play', t.play_count), ('download', t.download_count), ('share', t.share_count),
                               ('comment', t.comment_count)) k(kind, n)
         WHERE k.n <> 0
        UNION ALL SELECT track_id, kind, n, 0 FROM veza_data.track_counter WHERE kind IN ('like', 'comment')
        UNION ALL SELECT track_id, 'like' AS kind, 0, 1 FROM veza_data.track_like
        UNION ALL SELECT track_id, 'comment' AS kind, 0, 1 FROM veza_data.comment WHERE deleted_at IS NULL AND hidden_at IS NULL
        UNION ALL SELECT track_id, kind, 0, n FROM veza_data.track_day WHERE kind IN ('play', 'download', 'share')) x
 GROUP BY x.track_id, x.kind HAVING sum(x.counted) <> sum(x.there)

-- How many follow whom is what counting anew gives.
UNION ALL
SELECT 'follow_count_differs', x.user_id::text, x.kind || ': counted ' || sum(x.counted) || ', there are ' || sum(x.there)
  FROM (SELECT user_id, 'followers' AS kind, followers AS counted, 0 AS there FROM veza_data.follow_count
        UNION ALL SELECT user_id, 'following' AS kind, following, 0 FROM veza_data.follow_count
        UNION ALL SELECT user_id, CASE kind WHEN 'following' THEN kind ELSE 'followers' END, CASE kind WHEN 'lost' THEN -n ELSE n END, 0 FROM veza_data.follow_counter
        UNION ALL SELECT followed_id, 'followers' AS kind, 0, 1 FROM veza_data.user_follow
        UNION ALL SELECT follower_id, 'following' AS kind, 0, 1 FROM veza_data.user_follow) x
 GROUP BY x.user_id, x.kind HAVING sum(x.counted) <> sum(x.there)

-- A block ends what there was, and lets nothing begin.
UNION ALL
SELECT 'follow_in_spite_of_block', f.follower_id::text, 'follows ' || f.followed_id || ', one of whom has blocked the other'
  FROM veza_data.user_follow f
 WHERE EXISTS (SELECT FROM veza_data.user_block b WHERE (b.blocker_id, b.blocked_id) IN ((f.follower_id, f.followed_id), (f.followed_id, f.follower_id)))

UNION ALL
SELECT 'comment_counter_differs', x.comment_id::text, x.kind || ': counted ' || sum(x.counted) || ', there are ' || sum(x.there)
  FROM (SELECT c.id AS comment_id, k.kind, k.n AS counted, 0 AS there
          FROM veza_data.comment c, LATERAL (VALUES ('like', c.like_count), ('reply', c.reply_count)) k(kind, n)
         WHERE k.n <> 0
        UNION ALL SELECT comment_id, kind, n, 0 FROM veza_data.comment_counter
        UNION ALL SELECT comment_id, 'like' AS kind, 0, 1 FROM veza_data.comment_like
        UNION ALL SELECT parent_id, 'reply' AS kind, 0, 1 FROM veza_data.comment
                   WHERE parent_id IS NOT NULL AND deleted_at IS NULL AND hidden_at IS NULL) x
 GROUP BY x.comment_id, x.kind HAVING sum(x.counted) <> sum(x.there)

-- A reply stands under a comment of the same track that is none, and that knows of it.
UNION ALL
SELECT 'comment_misplaced', r.id::text, 'stands under ' || r.parent_id
  FROM veza_data.comment r
  LEFT JOIN veza_data.comment p ON p.id = r.parent_id AND p.track_id = r.track_id AND p.parent_id IS NULL AND p.has_replies
  LEFT JOIN veza_data.comment o ON o.id = r.reply_to_id AND coalesce(o.parent_id, o.id) = r.parent_id
 WHERE r.parent_id IS NOT NULL AND (p.id IS NULL OR o.id IS NULL)

UNION ALL
SELECT 'case_not_followed', k.id::text, 'is hidden, and ' || k.subject_type || ' ' || k.subject_id || ' is not'
  FROM veza_data.moderation_case k
  JOIN (SELECT id, 'comment' AS type FROM veza_data.comment WHERE hidden_at IS NULL AND deleted_at IS NULL
        UNION ALL SELECT id, 'playlist' AS type FROM veza_data.playlist WHERE taken_down_at IS NULL AND deleted_at IS NULL) s
    ON s.type = k.subject_type AND s.id = k.subject_id
 WHERE k.state = 'hidden'

-- Of the last days single plays are kept in any case.
UNION ALL
SELECT 'track_plays_differ', x.track_id::text, x.day || ': counted ' || sum(x.counted) || ', there are ' || sum(x.there)
  FROM (SELECT track_id, (at AT TIME ZONE 'UTC')::date AS day, 0 AS counted, 1 AS there FROM veza_data.track_play, clock
         WHERE is_counted AND NOT is_own AND at >= date_trunc('day', t - interval '1 day', 'UTC')
        UNION ALL SELECT track_id, day, n, 0 FROM veza_data.track_day, clock WHERE kind = 'play' AND day >= (t AT TIME ZONE 'UTC')::date - 1
        UNION ALL SELECT track_id, day, n, 0 FROM veza_data.track_counter, clock WHERE kind = 'play' AND day >= (t AT TIME ZONE 'UTC')::date - 1) x
 GROUP BY x.track_id, x.day HAVING sum(x.counted) <> sum(x.there)

UNION ALL
SELECT 'track_status_differs', t.id::text, 'is ' || t.status || ', its version ' || coalesce(v.state, 'not there')
  FROM veza_data.track t LEFT JOIN veza_data.track_version v ON v.id = t.current_version_id AND v.track_id = t.id
 WHERE t.status IS DISTINCT FROM coalesce(v.state, 'uploading') AND (t.current_version_id IS NOT NULL OR t.status <> 'uploading')

UNION ALL
SELECT 'track_played_unscanned', v.id::text, 'is ready, and the scanner said ' || v.scan
  FROM veza_data.track_version v
 WHERE v.state = 'ready' AND (v.scan IN ('pending', 'infected') OR v.scan = 'unscanned' AND v.due_at IS NULL)

UNION ALL
SELECT 'track_work_overdue', v.id::text, v.state || ' was due at ' || v.due_at
  FROM veza_data.track_version v, clock
 WHERE v.due_at < t - patience - interval '15 minutes'

UNION ALL
SELECT 'track_work_lost', v.id::text, 'is ' || v.state || ', and nobody will take it on'
  FROM veza_data.track_version v
 WHERE v.state IN ('received', 'scanning', 'analysing') AND v.due_at IS NULL

UNION ALL
SELECT 'track_hold_differs', t.id::text, CASE WHEN t.held_at IS NULL THEN 'is not held, and a match is open' ELSE 'is held, and no match is open' END
  FROM veza_data.track t
 WHERE (t.held_at IS NOT NULL) <> EXISTS (SELECT FROM veza_data.track_match m WHERE m.track_id = t.id AND m.state = 'open')

UNION ALL
SELECT 'track_purge_overdue', t.id::text, 'was removed at ' || t.deleted_at || ', and its audio is still there'
  FROM veza_data.track t, clock
 WHERE t.purged_at IS NULL AND t.deleted_at < clock.t - (SELECT value FROM usable WHERE name = 'track_restore') - interval '1 day'

UNION ALL
SELECT 'playlist_counter_differs', x.playlist_id::text, x.kind || ': counted ' || sum(x.counted) || ', there are ' || sum(x.there)
  FROM (SELECT p.id AS playlist_id, k.kind, k.n AS counted, 0 AS there
          FROM veza_data.playlist p, LATERAL (VALUES ('follow', p.follow_count), ('like', p.like_count), ('entry', p.track_count)) k(kind, n)
         WHERE k.n <> 0
        UNION ALL SELECT playlist_id, kind, n, 0 FROM veza_data.playlist_counter
        UNION ALL SELECT playlist_id, 'follow' AS kind, 0, 1 FROM veza_data.playlist_follow
        UNION ALL SELECT playlist_id, 'like' AS kind, 0, 1 FROM veza_data.playlist_like
        UNION ALL SELECT playlist_id, 'entry' AS kind, 0, 1 FROM veza_data.playlist_entry) x
 GROUP BY x.playlist_id, x.kind HAVING sum(x.counted) <> sum(x.there)

UNION ALL
SELECT 'playlist_rank_repeated', playlist_id::text, count(*) || ' entries have the rank ' || rank
  FROM veza_data.playlist_entry GROUP BY playlist_id, rank HAVING count(*) > 1

UNION ALL
SELECT 'playlist_purge_overdue', p.id::text, 'was removed at ' || p.deleted_at || ', and is still there'
  FROM veza_data.playlist p, clock
 WHERE p.deleted_at < clock.t - (SELECT value FROM usable WHERE name = 'playlist_restore') - interval '1 day'

UNION ALL
SELECT 'job_overdue', name, concat_ws(': ', 'has not finished since ' || coalesce(finished_at, created_at), failure)
  FROM veza_data.job
 WHERE coalesce(finished_at, created_at) < clock_timestamp() - interval '15 minutes'

UNION ALL
SELECT 'audit_seal_broken', broken_no::text, finding
  FROM veza_data.audit_seal_state WHERE broken_no IS NOT NULL

UNION ALL
SELECT 'setting_unusable', s.name, quote_literal(s.value) || ' ' || s.problem
  FROM veza.setting s WHERE s.problem IS NOT NULL

UNION ALL
SELECT 'guard_missing', g.table_name || '.' || g.name, 'the trigger is ' || g.problem
  FROM veza.guard g WHERE g.kind = 'trigger' AND g.problem IS NOT NULL

UNION ALL
SELECT 'index_missing', g.table_name || '.' || g.name, 'the index is ' || g.problem
  FROM veza.guard g WHERE g.kind = 'index' AND g.problem IS NOT NULL

UNION ALL
SELECT 'table_missing', g.table_name, 'the table is ' || g.problem
  FROM veza.guard g WHERE g.kind = 'table' AND g.problem IS NOT NULL

UNION ALL
SELECT 'owner_changed', x.name, 'belongs to ' || pg_get_userbyid(x.owner)
  FROM (SELECT nspname::text AS name, nspowner AS owner FROM pg_namespace WHERE nspname IN ('veza', 'veza_data', 'veza_report')
        UNION ALL
        SELECT g.table_name, c.relowner FROM veza_data.guard g JOIN pg_class c ON c.oid = to_regclass(g.table_name) WHERE g.kind = 'table'
        UNION ALL
        SELECT format('%I.%I', m.view_schema, m.view_name), c.relowner
          FROM veza_data.managed_view m JOIN pg_class c ON c.oid = to_regclass(format('%I.%I', m.view_schema, m.view_name))
        UNION ALL
        SELECT DISTINCT p.oid::regprocedure::text, p.proowner
          FROM veza_data.managed_view m
          JOIN pg_rewrite w ON w.ev_class = to_regclass(format('%I.%I', m.view_schema, m.view_name))
          JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_proc'::regclass
          JOIN pg_proc p ON p.oid = d.refobjid AND p.pronamespace = 'veza_data'::regnamespace
        UNION ALL
        SELECT coalesce(p.oid::regprocedure::text, c.oid::regclass::text), coalesce(p.proowner, c.relowner)
          FROM pg_depend d JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND e.extname = 'veza'
          LEFT JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
          LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
         WHERE d.deptype = 'e' AND coalesce(p.oid, c.oid) IS NOT NULL) x
 WHERE pg_get_userbyid(x.owner) <> 'veza_owner';
COMMENT ON VIEW veza.audit IS 'Broken invariants, one row each. Empty when all is well, in production too; docs/operate.md says what to do about each.';
COMMENT ON COLUMN veza.audit.invariant IS 'Name of the invariant, as in docs/operate.md.';
COMMENT ON COLUMN veza.audit.subject IS 'Key of what breaks it.';
COMMENT ON COLUMN veza.audit.finding IS 'What is wrong.';
