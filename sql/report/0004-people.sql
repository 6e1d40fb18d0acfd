-- What analysts read of people: who gains and loses followers, and how many are blocked. Users appear as
-- keys; who follows or blocks whom appears nowhere. Days are UTC.

CREATE VIEW veza_report.follow_activity AS
SELECT d.day, d.user_id, sum(d.gained)::bigint AS gained, sum(d.lost)::bigint AS lost
  FROM (SELECT user_id, day, gained, lost FROM veza_data.follow_day
        UNION ALL SELECT user_id, day, CASE kind WHEN 'gained' THEN n ELSE 0 END, CASE kind WHEN 'lost' THEN n ELSE 0 END
                    FROM veza_data.follow_counter WHERE kind <> 'following') d
 GROUP BY 1, 2;
COMMENT ON VIEW veza_report.follow_activity IS 'Grain: one row per day and user who has gained or lost followers.';
COMMENT ON COLUMN veza_report.follow_activity.day IS 'Day (UTC).';
COMMENT ON COLUMN veza_report.follow_activity.user_id IS 'Key of the user who is followed.';
COMMENT ON COLUMN veza_report.follow_activity.gained IS 'Follows that have begun.';
COMMENT ON COLUMN veza_report.follow_activity.lost IS 'Follows that have ended, also by a block or the end of an account.';

CREATE VIEW veza_report.block_activity AS
SELECT (b.created_at AT TIME ZONE 'UTC')::date AS day, count(*) AS blocks, count(DISTINCT b.blocked_id) AS blocked_users
  FROM veza_data.user_block b
 GROUP BY 1;
COMMENT ON VIEW veza_report.block_activity IS 'Grain: one row per day on which somebody was blocked; what was taken back since is not counted.';
COMMENT ON COLUMN veza_report.block_activity.day IS 'Day (UTC).';
COMMENT ON COLUMN veza_report.block_activity.blocks IS 'Blocks.';
COMMENT ON COLUMN veza_report.block_activity.blocked_users IS 'Different users who were blocked.';
