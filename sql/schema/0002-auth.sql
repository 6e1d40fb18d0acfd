-- Users and their login sessions.

CREATE TABLE veza_data.users (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    username      text NOT NULL,
    email         text CHECK (email = lower(email)),
    password_hash text,
    role          text NOT NULL DEFAULT 'user'
                  CHECK (role IN ('user', 'premium', 'creator', 'artist', 'producer', 'label', 'admin')),
    plan_role     text CHECK (plan_role IN ('premium', 'creator', 'artist', 'producer', 'label')),
    plan_role_until timestamptz,
    status        text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended', 'deleted')),
    is_verified   boolean NOT NULL DEFAULT false,
    token_version integer NOT NULL DEFAULT 1,
    first_name    text,
    last_name     text,
    display_name  text,
    bio           text,
    avatar        text,
    location      text,
    website       text,
    timezone      text NOT NULL DEFAULT 'UTC',
    language      text NOT NULL DEFAULT 'en',
    social_links  jsonb NOT NULL DEFAULT '{}',
    skills        text[] NOT NULL DEFAULT '{}',
    preferences   jsonb NOT NULL DEFAULT '{}',
    revision      bigint NOT NULL DEFAULT 1,
    last_login_at timestamptz,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    CONSTRAINT users_deleted_is_empty CHECK (status = 'deleted' OR password_hash IS NOT NULL)
);
CREATE UNIQUE INDEX users_username ON veza_data.users (lower(username));
CREATE UNIQUE INDEX users_email_owner ON veza_data.users (email) WHERE is_verified;
CREATE INDEX users_email ON veza_data.users (email, created_at);
CREATE INDEX users_created ON veza_data.users (created_at DESC, id DESC);
COMMENT ON TABLE veza_data.users IS 'Accounts.';
COMMENT ON COLUMN veza_data.users.id IS 'Key, version 4.';
COMMENT ON COLUMN veza_data.users.username IS 'Public name, unique without regard to case.';
COMMENT ON COLUMN veza_data.users.email IS 'E-mail address, lower case; belongs to the account that has confirmed it, others may only name it; NULL when another account has. Personal data.';
COMMENT ON COLUMN veza_data.users.password_hash IS 'Argon2id in PHC form; secret.';
COMMENT ON COLUMN veza_data.users.role IS 'What the account may do, as assigned.';
COMMENT ON COLUMN veza_data.users.plan_role IS 'What the live paid plan lets a user or premium account do besides.';
COMMENT ON COLUMN veza_data.users.plan_role_until IS 'End of that; NULL: as long as the plan is live.';
COMMENT ON COLUMN veza_data.users.status IS 'active, suspended or deleted.';
COMMENT ON COLUMN veza_data.users.is_verified IS 'The e-mail address is confirmed.';
COMMENT ON COLUMN veza_data.users.token_version IS 'Access tokens of another version are refused.';
COMMENT ON COLUMN veza_data.users.first_name IS 'First name; personal data.';
COMMENT ON COLUMN veza_data.users.last_name IS 'Last name; personal data.';
COMMENT ON COLUMN veza_data.users.display_name IS 'Name as shown.';
COMMENT ON COLUMN veza_data.users.bio IS 'Text about oneself.';
COMMENT ON COLUMN veza_data.users.avatar IS 'Address of the picture.';
COMMENT ON COLUMN veza_data.users.location IS 'Where the user is, in own words; personal data.';
COMMENT ON COLUMN veza_data.users.website IS 'Address of a page, http or https.';
COMMENT ON COLUMN veza_data.users.timezone IS 'IANA name of the time zone.';
COMMENT ON COLUMN veza_data.users.language IS 'ISO 639-1 code; mails are written in it when there is a translation.';
COMMENT ON COLUMN veza_data.users.social_links IS 'Names at other services: {"twitter", "instagram", "soundcloud"}.';
COMMENT ON COLUMN veza_data.users.skills IS 'Up to 10 words.';
COMMENT ON COLUMN veza_data.users.preferences IS 'What the web app keeps for the user; see veza.user_settings.';
COMMENT ON COLUMN veza_data.users.revision IS 'Grows with every change of the profile; its ETag.';
COMMENT ON COLUMN veza_data.users.last_login_at IS 'Last successful login.';
COMMENT ON COLUMN veza_data.users.created_at IS 'When the account was made.';
COMMENT ON COLUMN veza_data.users.updated_at IS 'When it last changed.';

CREATE TABLE veza_data.session (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id      uuid NOT NULL REFERENCES veza_data.users ON DELETE CASCADE,
    remember_me  boolean NOT NULL DEFAULT false,
    ip_address   text,
    user_agent   text,
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    ended_at     timestamptz,
    end_reason   text CHECK (end_reason IN ('logout', 'logout_all', 'revoked', 'token_reuse', 'password_change', 'password_reset', 'admin', 'deleted'))
);
CREATE INDEX session_of_user ON veza_data.session (user_id);
COMMENT ON TABLE veza_data.session IS 'Login sessions; an access token is good only while its session lives.';
COMMENT ON COLUMN veza_data.session.id IS 'Key; the sid claim of access tokens.';
COMMENT ON COLUMN veza_data.session.user_id IS 'Whose session.';
COMMENT ON COLUMN veza_data.session.remember_me IS 'Logged in for 30 days instead of 7.';
COMMENT ON COLUMN veza_data.session.ip_address IS 'Address at login; personal data.';
COMMENT ON COLUMN veza_data.session.user_agent IS 'User-Agent at login.';
COMMENT ON COLUMN veza_data.session.created_at IS 'Login.';
COMMENT ON COLUMN veza_data.session.last_used_at IS 'Last renewal.';
COMMENT ON COLUMN veza_data.session.expires_at IS 'Absolute end.';
COMMENT ON COLUMN veza_data.session.ended_at IS 'Ended before its time.';
COMMENT ON COLUMN veza_data.session.end_reason IS 'Why it ended.';

CREATE TABLE veza_data.refresh_token (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    session_id uuid NOT NULL REFERENCES veza_data.session ON DELETE CASCADE,
    parent_id  uuid REFERENCES veza_data.refresh_token ON DELETE CASCADE,
    token_hash bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    created_at timestamptz NOT NULL,
    used_at    timestamptz,
    retired_at timestamptz
);
CREATE INDEX refresh_token_session ON veza_data.refresh_token (session_id);
CREATE INDEX refresh_token_parent ON veza_data.refresh_token (parent_id);
COMMENT ON TABLE veza_data.refresh_token IS 'Refresh tokens of a session, as hashes. A token is retired when its successor is first used; using it after that ends the session.';
COMMENT ON COLUMN veza_data.refresh_token.id IS 'Key.';
COMMENT ON COLUMN veza_data.refresh_token.session_id IS 'Its session: the family of tokens.';
COMMENT ON COLUMN veza_data.refresh_token.parent_id IS 'The token that was exchanged for it.';
COMMENT ON COLUMN veza_data.refresh_token.token_hash IS 'SHA-256 of the token; the token itself is stored nowhere.';
COMMENT ON COLUMN veza_data.refresh_token.created_at IS 'When it was given out.';
COMMENT ON COLUMN veza_data.refresh_token.used_at IS 'First use.';
COMMENT ON COLUMN veza_data.refresh_token.retired_at IS 'From this time on its use is theft.';

INSERT INTO veza_data.setting (name, value, unit, description) VALUES
    ('bypass_creator_role',  '0',       'flag', 'Everybody who is logged in counts as a creator; development and tests only, set by veza-httpd'),
    ('access_token_ttl',     '900',     's', 'Lifetime of an access token'),
    ('session_ttl',          '604800',  's', 'Lifetime of a login session'),
    ('session_ttl_remember', '2592000', 's', 'Lifetime of a login session with remember_me');
