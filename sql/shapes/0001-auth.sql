-- Shapes: what accounts and logins look like to clients.

CREATE VIEW veza_data.me_shape AS
SELECT id, username, email, pending_email, first_name, last_name, display_name, bio, avatar, avatar AS avatar_url,
       veza_data.effective_role(role, plan_role, plan_role_until) AS role,
       status = 'active' AS is_active, is_verified, location, website, timezone, language, social_links, skills,
       preferences, last_login_at, created_at, updated_at
  FROM veza_data.users;
COMMENT ON VIEW veza_data.me_shape IS 'An account as its owner sees it.';
COMMENT ON COLUMN veza_data.me_shape.id IS 'Key.';
COMMENT ON COLUMN veza_data.me_shape.username IS 'Public name.';
COMMENT ON COLUMN veza_data.me_shape.email IS 'E-mail address.';
COMMENT ON COLUMN veza_data.me_shape.pending_email IS 'Address that takes its place when it is confirmed; null: none.';
COMMENT ON COLUMN veza_data.me_shape.first_name IS 'First name.';
COMMENT ON COLUMN veza_data.me_shape.last_name IS 'Last name.';
COMMENT ON COLUMN veza_data.me_shape.display_name IS 'Name as shown.';
COMMENT ON COLUMN veza_data.me_shape.bio IS 'Text about oneself.';
COMMENT ON COLUMN veza_data.me_shape.avatar IS 'Address of the picture.';
COMMENT ON COLUMN veza_data.me_shape.avatar_url IS 'Address of the picture.';
COMMENT ON COLUMN veza_data.me_shape.role IS 'user, premium, creator, artist, producer, label or admin.';
COMMENT ON COLUMN veza_data.me_shape.is_active IS 'The account is not disabled.';
COMMENT ON COLUMN veza_data.me_shape.is_verified IS 'The e-mail address is confirmed.';
COMMENT ON COLUMN veza_data.me_shape.location IS 'Where the user is, in own words.';
COMMENT ON COLUMN veza_data.me_shape.website IS 'Address of a page.';
COMMENT ON COLUMN veza_data.me_shape.timezone IS 'IANA name of the time zone.';
COMMENT ON COLUMN veza_data.me_shape.language IS 'ISO 639-1 code.';
COMMENT ON COLUMN veza_data.me_shape.social_links IS 'Names at other services: twitter, instagram, soundcloud.';
COMMENT ON COLUMN veza_data.me_shape.skills IS 'Up to 10 words.';
COMMENT ON COLUMN veza_data.me_shape.preferences IS 'What the web app keeps for the user, without defaults; see the settings.';
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

CREATE VIEW veza_data.csrf_shape AS
SELECT NULL::text AS csrf_token, NULL::integer AS expires_in, NULL::jsonb AS usage WHERE false;
COMMENT ON VIEW veza_data.csrf_shape IS 'A token for requests that a cookie speaks for.';
COMMENT ON COLUMN veza_data.csrf_shape.csrf_token IS 'The token; the cookie csrf_token and the header X-CSRF-Token of this answer hold it as well.';
COMMENT ON COLUMN veza_data.csrf_shape.expires_in IS 'Its lifetime in seconds.';
COMMENT ON COLUMN veza_data.csrf_shape.usage IS 'Names of the header to send it with, and of the cookie.';

CREATE VIEW veza_data.logout_shape AS
SELECT NULL::integer AS devices_disconnected WHERE false;
COMMENT ON VIEW veza_data.logout_shape IS 'Answer to a logout.';
COMMENT ON COLUMN veza_data.logout_shape.devices_disconnected IS 'Sessions that were ended.';

CREATE VIEW veza_data.username_shape AS
SELECT NULL::text AS username, NULL::boolean AS available, NULL::text AS reason
 WHERE false;
COMMENT ON VIEW veza_data.username_shape IS 'Whether a username can be chosen.';
COMMENT ON COLUMN veza_data.username_shape.username IS 'The name.';
COMMENT ON COLUMN veza_data.username_shape.available IS 'It can still be chosen.';
COMMENT ON COLUMN veza_data.username_shape.reason IS 'Why not.';

CREATE VIEW veza_data.message_shape AS
SELECT NULL::text AS message
 WHERE false;
COMMENT ON VIEW veza_data.message_shape IS 'A word to the user.';
COMMENT ON COLUMN veza_data.message_shape.message IS 'A sentence for the user.';

CREATE VIEW veza_data.password_change_shape AS
SELECT NULL::text AS message, t.* FROM veza_data.token_shape t;
COMMENT ON VIEW veza_data.password_change_shape IS 'A word to the user, and the tokens that the session goes on with.';
COMMENT ON COLUMN veza_data.password_change_shape.message IS 'A sentence for the user.';
COMMENT ON COLUMN veza_data.password_change_shape.access_token IS 'JWT for the header Authorization: Bearer.';
COMMENT ON COLUMN veza_data.password_change_shape.refresh_token IS 'Opaque token for POST /auth/refresh.';
COMMENT ON COLUMN veza_data.password_change_shape.token_type IS 'Bearer.';
COMMENT ON COLUMN veza_data.password_change_shape.expires_in IS 'Lifetime of the access token in seconds.';

CREATE VIEW veza_data.verified_shape AS
SELECT NULL::boolean AS verified
 WHERE false;
COMMENT ON VIEW veza_data.verified_shape IS 'The address is confirmed.';
COMMENT ON COLUMN veza_data.verified_shape.verified IS 'True.';

CREATE VIEW veza_data.revoked_shape AS
SELECT NULL::boolean AS revoked
 WHERE false;
COMMENT ON VIEW veza_data.revoked_shape IS 'The session has ended.';
COMMENT ON COLUMN veza_data.revoked_shape.revoked IS 'True.';

CREATE VIEW veza_data.session_shape AS
SELECT NULL::uuid AS id, NULL::text AS ip_address, NULL::text AS user_agent, NULL::text AS device, NULL::timestamptz AS created_at, NULL::timestamptz AS last_used_at, NULL::timestamptz AS expires_at, NULL::boolean AS remember_me, NULL::boolean AS is_current
 WHERE false;
COMMENT ON VIEW veza_data.session_shape IS 'A login session.';
COMMENT ON COLUMN veza_data.session_shape.id IS 'Key.';
COMMENT ON COLUMN veza_data.session_shape.ip_address IS 'Address at login.';
COMMENT ON COLUMN veza_data.session_shape.user_agent IS 'Program at login.';
COMMENT ON COLUMN veza_data.session_shape.device IS 'Program and system at login, as in "Firefox on Linux".';
COMMENT ON COLUMN veza_data.session_shape.created_at IS 'Login.';
COMMENT ON COLUMN veza_data.session_shape.last_used_at IS 'Last renewal.';
COMMENT ON COLUMN veza_data.session_shape.expires_at IS 'End.';
COMMENT ON COLUMN veza_data.session_shape.remember_me IS 'Logged in for 30 days instead of 7.';
COMMENT ON COLUMN veza_data.session_shape.is_current IS 'The session of this request.';

CREATE VIEW veza_data.two_factor_shape AS
SELECT NULL::boolean AS enabled, NULL::timestamptz AS enabled_at, NULL::integer AS recovery_codes_left
 WHERE false;
COMMENT ON VIEW veza_data.two_factor_shape IS 'The second factor of an account.';
COMMENT ON COLUMN veza_data.two_factor_shape.enabled IS 'Logins ask for a code.';
COMMENT ON COLUMN veza_data.two_factor_shape.enabled_at IS 'Since when.';
COMMENT ON COLUMN veza_data.two_factor_shape.recovery_codes_left IS 'Recovery codes that are left.';

CREATE VIEW veza_data.two_factor_setup_shape AS
SELECT NULL::text AS secret, NULL::text AS otpauth_url, NULL::integer AS expires_in
 WHERE false;
COMMENT ON VIEW veza_data.two_factor_setup_shape IS 'A second factor to be confirmed.';
COMMENT ON COLUMN veza_data.two_factor_setup_shape.secret IS 'Key for the authenticator, base32.';
COMMENT ON COLUMN veza_data.two_factor_setup_shape.otpauth_url IS 'The same as an address for a QR code.';
COMMENT ON COLUMN veza_data.two_factor_setup_shape.expires_in IS 'Seconds to confirm it.';

CREATE VIEW veza_data.two_factor_codes_shape AS
SELECT NULL::boolean AS enabled, NULL::text[] AS recovery_codes
 WHERE false;
COMMENT ON VIEW veza_data.two_factor_codes_shape IS 'Recovery codes.';
COMMENT ON COLUMN veza_data.two_factor_codes_shape.enabled IS 'Logins ask for a code.';
COMMENT ON COLUMN veza_data.two_factor_codes_shape.recovery_codes IS 'Codes for a lost second factor; each works once, shown only here.';
