-- What analysts read of notifications: how many there are of each kind, and whether they are read. Nobody appears.

CREATE VIEW veza_report.notification_activity AS
SELECT d.day, d.kind, sum(d.notifications)::bigint AS notifications, sum(d.happened)::bigint AS happened, sum(d.read)::bigint AS read
  FROM (SELECT day, kind, notifications, happened, read FROM veza_data.notification_day
        UNION ALL
        SELECT (created_at AT TIME ZONE 'UTC')::date, kind, count(*), sum(n), count(read_at) FROM veza_data.notification GROUP BY 1, 2) d
 GROUP BY 1, 2;
COMMENT ON VIEW veza_report.notification_activity IS 'Grain: one row per day and kind of notification.';
COMMENT ON COLUMN veza_report.notification_activity.day IS 'Day (UTC) on which it happened, the last time.';
COMMENT ON COLUMN veza_report.notification_activity.kind IS 'like, comment, reply, mention, follow, invitation, payment_pending, review_decision or sale.';
COMMENT ON COLUMN veza_report.notification_activity.notifications IS 'Notifications that were made.';
COMMENT ON COLUMN veza_report.notification_activity.happened IS 'How often it happened: what one user does again before it is read is one notification.';
COMMENT ON COLUMN veza_report.notification_activity.read IS 'Of the notifications those that were read, or thrown away.';
