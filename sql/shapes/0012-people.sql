-- Shapes: following and blocking.

CREATE VIEW veza_data.follow_shape AS
SELECT NULL::uuid AS user_id, NULL::boolean AS is_following, NULL::bigint AS follower_count WHERE false;
COMMENT ON VIEW veza_data.follow_shape IS 'Whether one follows a user.';
COMMENT ON COLUMN veza_data.follow_shape.user_id IS 'The user.';
COMMENT ON COLUMN veza_data.follow_shape.is_following IS 'One does.';
COMMENT ON COLUMN veza_data.follow_shape.follower_count IS 'How many do; null: the profile is not to be seen.';

CREATE VIEW veza_data.follower_shape AS
SELECT id, username, coalesce(display_name, username) AS display_name, avatar, NULL::timestamptz AS created_at, NULL::boolean AS is_following
  FROM veza_data.users;
COMMENT ON VIEW veza_data.follower_shape IS 'Somebody who follows a user, or whom a user follows.';
COMMENT ON COLUMN veza_data.follower_shape.id IS 'Who.';
COMMENT ON COLUMN veza_data.follower_shape.username IS 'Public name.';
COMMENT ON COLUMN veza_data.follower_shape.display_name IS 'Name as shown.';
COMMENT ON COLUMN veza_data.follower_shape.avatar IS 'Address of the picture.';
COMMENT ON COLUMN veza_data.follower_shape.created_at IS 'Since when.';
COMMENT ON COLUMN veza_data.follower_shape.is_following IS 'One follows them oneself.';

CREATE VIEW veza_data.relationship_shape AS
SELECT NULL::uuid AS user_id, NULL::bigint AS follower_count, NULL::bigint AS following_count, NULL::boolean AS is_following,
       NULL::boolean AS is_followed_by, NULL::boolean AS is_blocked
 WHERE false;
COMMENT ON VIEW veza_data.relationship_shape IS 'How one stands to a user, and how many follow the user.';
COMMENT ON COLUMN veza_data.relationship_shape.user_id IS 'The user.';
COMMENT ON COLUMN veza_data.relationship_shape.follower_count IS 'How many follow the user.';
COMMENT ON COLUMN veza_data.relationship_shape.following_count IS 'How many users the user follows.';
COMMENT ON COLUMN veza_data.relationship_shape.is_following IS 'One follows the user; null: one is not logged in.';
COMMENT ON COLUMN veza_data.relationship_shape.is_followed_by IS 'The user follows one.';
COMMENT ON COLUMN veza_data.relationship_shape.is_blocked IS 'One has blocked the user.';

CREATE VIEW veza_data.block_shape AS
SELECT NULL::uuid AS user_id, NULL::boolean AS is_blocked WHERE false;
COMMENT ON VIEW veza_data.block_shape IS 'Whether one has blocked a user.';
COMMENT ON COLUMN veza_data.block_shape.user_id IS 'The user.';
COMMENT ON COLUMN veza_data.block_shape.is_blocked IS 'One has.';

CREATE VIEW veza_data.blocked_shape AS
SELECT b.blocked_id AS id, u.username, coalesce(u.display_name, u.username) AS display_name, u.avatar, b.created_at
  FROM veza_data.user_block b
  JOIN veza_data.users u ON u.id = b.blocked_id;
COMMENT ON VIEW veza_data.blocked_shape IS 'Somebody whom one has blocked.';
COMMENT ON COLUMN veza_data.blocked_shape.id IS 'Who.';
COMMENT ON COLUMN veza_data.blocked_shape.username IS 'Public name; null: the profile is not to be seen.';
COMMENT ON COLUMN veza_data.blocked_shape.display_name IS 'Name as shown; null likewise.';
COMMENT ON COLUMN veza_data.blocked_shape.avatar IS 'Address of the picture.';
COMMENT ON COLUMN veza_data.blocked_shape.created_at IS 'Since when.';
