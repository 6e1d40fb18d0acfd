-- Shapes: what accounts and logins look like to clients.

CREATE VIEW veza_data.me_shape AS
SELECT id, username, email, first_name, last_name, display_name, bio, avatar, avatar AS avatar_url,
       role, status = 'active' AS is_active, is_verified, last_login_at, created_at, updated_at
  FROM veza_data.users;
COMMENT ON VIEW veza_data.me_shape IS 'An account as its owner sees it.';
COMMENT ON COLUMN veza_data.me_shape.id IS 'Key.';
COMMENT ON COLUMN veza_data.me_shape.username IS 'Public name.';
COMMENT ON COLUMN veza_data.me_shape.email IS 'E-mail address.';
COMMENT ON COLUMN veza_data.me_shape.first_name IS 'First name.';
COMMENT ON COLUMN veza_data.me_shape.last_name IS 'Last name.';
COMMENT ON COLUMN veza_data.me_shape.display_name IS 'Name as shown.';
COMMENT ON COLUMN veza_data.me_shape.bio IS 'Text about oneself.';
COMMENT ON COLUMN veza_data.me_shape.avatar IS 'Address of the picture.';
COMMENT ON COLUMN veza_data.me_shape.avatar_url IS 'Address of the picture.';
COMMENT ON COLUMN veza_data.me_shape.role IS 'user, premium, creator, artist, producer, label or admin.';
COMMENT ON COLUMN veza_data.me_shape.is_active IS 'The account is not disabled.';
COMMENT ON COLUMN veza_data.me_shape.is_verified IS 'The e-mail address is confirmed.';
COMMENT ON COLUMN veza_data.me_shape.last_login_at IS 'Last login.';
COMMENT ON COLUMN veza_data.me_shape.created_at IS 'When the account was made.';
COMMENT ON COLUMN veza_data.me_shape.updated_at IS 'When it last changed.';

CREATE VIEW veza_data.token_shape AS
SELECT NULL::text AS access_token, NULL::text AS refresh_token, NULL::text AS token_type,
       NULL::integer AS expires_in
 WHERE false;
COMMENT ON VIEW veza_data.token_shape IS 'Tokens of a login session.';
COMMENT ON COLUMN veza_data.token_shape.access_token IS 'JWT for the header Authorization: Bearer.';
COMMENT ON COLUMN veza_data.token_shape.refresh_token IS 'Opaque token for POST /auth/refresh.';
COMMENT ON COLUMN veza_data.token_shape.token_type IS 'Bearer.';
COMMENT ON COLUMN veza_data.token_shape.expires_in IS 'Lifetime of the access token in seconds.';

CREATE VIEW veza_data.login_shape AS
SELECT t.*, m AS "user" FROM veza_data.token_shape t, veza_data.me_shape m;
COMMENT ON VIEW veza_data.login_shape IS 'Answer to a login: tokens and the account.';
COMMENT ON COLUMN veza_data.login_shape.access_token IS 'JWT for the header Authorization: Bearer.';
COMMENT ON COLUMN veza_data.login_shape.refresh_token IS 'Opaque token for POST /auth/refresh.';
COMMENT ON COLUMN veza_data.login_shape.token_type IS 'Bearer.';
COMMENT ON COLUMN veza_data.login_shape.expires_in IS 'Lifetime of the access token in seconds.';
COMMENT ON COLUMN veza_data.login_shape."user" IS 'The account.';

CREATE VIEW veza_data.register_shape AS
SELECT l.*, NULL::uuid AS user_id, NULL::text AS username, NULL::text AS email
  FROM veza_data.login_shape l WHERE false;
COMMENT ON VIEW veza_data.register_shape IS 'Answer to a registration: a login, and three members that older clients read beside the account.';
COMMENT ON COLUMN veza_data.register_shape.access_token IS 'JWT for the header Authorization: Bearer.';
COMMENT ON COLUMN veza_data.register_shape.refresh_token IS 'Opaque token for POST /auth/refresh.';
COMMENT ON COLUMN veza_data.register_shape.token_type IS 'Bearer.';
COMMENT ON COLUMN veza_data.register_shape.expires_in IS 'Lifetime of the access token in seconds.';
COMMENT ON COLUMN veza_data.register_shape."user" IS 'The account.';
COMMENT ON COLUMN veza_data.register_shape.user_id IS 'Key of the account.';
COMMENT ON COLUMN veza_data.register_shape.username IS 'Public name.';
COMMENT ON COLUMN veza_data.register_shape.email IS 'E-mail address.';

CREATE VIEW veza_data.logout_shape AS
SELECT NULL::integer AS devices_disconnected WHERE false;
COMMENT ON VIEW veza_data.logout_shape IS 'Answer to a logout.';
COMMENT ON COLUMN veza_data.logout_shape.devices_disconnected IS 'Sessions that were ended.';
