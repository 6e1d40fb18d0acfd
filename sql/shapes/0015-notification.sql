-- Shapes: what notifications look like to their reader.

CREATE VIEW veza_data.notification_shape AS
SELECT NULL::uuid AS id, NULL::text AS kind, NULL::json AS actor, NULL::json AS subject, NULL::integer AS n,
       NULL::timestamptz AS read_at, NULL::timestamptz AS created_at
 WHERE false;
COMMENT ON VIEW veza_data.notification_shape IS 'What somebody is told of.';
COMMENT ON COLUMN veza_data.notification_shape.id IS 'Key.';
COMMENT ON COLUMN veza_data.notification_shape.kind IS 'like, comment, reply, mention, follow, invitation, payment_pending, review_decision or sale.';
COMMENT ON COLUMN veza_data.notification_shape.actor IS 'Who did it: id, username, display_name, avatar; null: nobody in particular, or somebody with a private profile.';
COMMENT ON COLUMN veza_data.notification_shape.subject IS 'What it is about: type, id, title, url; null: the users alone.';
COMMENT ON COLUMN veza_data.notification_shape.n IS 'How often it has happened; what happens again before it is read is one notification.';
COMMENT ON COLUMN veza_data.notification_shape.read_at IS 'When it was read; null: it was not.';
COMMENT ON COLUMN veza_data.notification_shape.created_at IS 'When it happened, the last time.';

CREATE VIEW veza_data.notification_unread_shape AS
SELECT NULL::integer AS unread_count, NULL::boolean AS is_exact WHERE false;
COMMENT ON VIEW veza_data.notification_unread_shape IS 'How much is unread.';
COMMENT ON COLUMN veza_data.notification_unread_shape.unread_count IS 'Notifications that are unread; no more than 100 are counted.';
COMMENT ON COLUMN veza_data.notification_unread_shape.is_exact IS 'false: there are more.';

CREATE VIEW veza_data.notification_marked_shape AS
SELECT NULL::bigint AS marked, NULL::integer AS unread_count, NULL::boolean AS is_exact WHERE false;
COMMENT ON VIEW veza_data.notification_marked_shape IS 'What was marked as read, and what is left.';
COMMENT ON COLUMN veza_data.notification_marked_shape.marked IS 'Notifications that were unread and are read now; 10000 at a time.';
COMMENT ON COLUMN veza_data.notification_marked_shape.unread_count IS 'Those that are unread still; no more than 100 are counted.';
COMMENT ON COLUMN veza_data.notification_marked_shape.is_exact IS 'false: there are more.';
