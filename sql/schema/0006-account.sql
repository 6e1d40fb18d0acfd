-- What an account needs besides a login: mails, one-time tokens, second factors, limits.

CREATE TABLE veza_data.mail (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    template     text NOT NULL,
    user_id      uuid REFERENCES veza_data.users ON DELETE CASCADE,
    recipient    text NOT NULL,
    data         jsonb NOT NULL DEFAULT '{}',
    sent_as      text,
    dropped      text,
    created_at   timestamptz NOT NULL,
    composed_at  timestamptz,
    sent_at      timestamptz
);
CREATE INDEX mail_recipient ON veza_data.mail (recipient, template, created_at);
CREATE INDEX mail_user ON veza_data.mail (user_id);
CREATE INDEX mail_created ON veza_data.mail (created_at);
COMMENT ON TABLE veza_data.mail IS 'Mails that were asked for. Whether the address has an account is looked up when the mail is composed, so that asking takes the same work for every address.';
COMMENT ON COLUMN veza_data.mail.id IS 'Key; names the message at the mail server.';
COMMENT ON COLUMN veza_data.mail.template IS 'What was asked for; see veza.mail_template.';
COMMENT ON COLUMN veza_data.mail.user_id IS 'The account it is about, when that is known.';
COMMENT ON COLUMN veza_data.mail.recipient IS 'Address; personal data.';
COMMENT ON COLUMN veza_data.mail.data IS 'Values for the template; never a secret.';
COMMENT ON COLUMN veza_data.mail.sent_as IS 'Template and language that were chosen.';
COMMENT ON COLUMN veza_data.mail.dropped IS 'Why no mail is sent: no account, confirmed already, too many, withdrawn, no such mailbox.';
COMMENT ON COLUMN veza_data.mail.created_at IS 'When it was asked for.';
COMMENT ON COLUMN veza_data.mail.composed_at IS 'When it was first composed.';
COMMENT ON COLUMN veza_data.mail.sent_at IS 'When the mail server took it.';

CREATE TABLE veza_data.one_time_token (
    token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    user_id    uuid NOT NULL REFERENCES veza_data.users ON DELETE CASCADE,
    purpose    text NOT NULL CHECK (purpose IN ('verify_email', 'change_email', 'reset_password')),
    email      text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX one_time_token_user ON veza_data.one_time_token (user_id, purpose);
CREATE INDEX one_time_token_expires ON veza_data.one_time_token (expires_at);
COMMENT ON TABLE veza_data.one_time_token IS 'Tokens that mails carry, as hashes; each works once.';
COMMENT ON COLUMN veza_data.one_time_token.token_hash IS 'SHA-256 of the token; the token itself is stored nowhere.';
COMMENT ON COLUMN veza_data.one_time_token.user_id IS 'The account it is for.';
COMMENT ON COLUMN veza_data.one_time_token.purpose IS 'The only thing it is good for.';
COMMENT ON COLUMN veza_data.one_time_token.email IS 'The address it was sent to; personal data.';
COMMENT ON COLUMN veza_data.one_time_token.created_at IS 'When it was made.';
COMMENT ON COLUMN veza_data.one_time_token.expires_at IS 'From this time on it is refused.';
COMMENT ON COLUMN veza_data.one_time_token.used_at IS 'When it was used, or made useless by the use of another one.';

CREATE TABLE veza_data.two_factor (
    user_id      uuid PRIMARY KEY REFERENCES veza_data.users ON DELETE CASCADE,
    secret       bytea NOT NULL CHECK (octet_length(secret) = 20),
    created_at   timestamptz NOT NULL,
    confirmed_at timestamptz,
    last_step    bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE veza_data.two_factor IS 'Second factors by RFC 6238: 6 digits, SHA-1, 30 s.';
COMMENT ON COLUMN veza_data.two_factor.user_id IS 'Whose.';
COMMENT ON COLUMN veza_data.two_factor.secret IS 'Key shared with the authenticator; secret.';
COMMENT ON COLUMN veza_data.two_factor.created_at IS 'When it was set up.';
COMMENT ON COLUMN veza_data.two_factor.confirmed_at IS 'Since when logins ask for it; NULL: never confirmed.';
COMMENT ON COLUMN veza_data.two_factor.last_step IS 'Time step of the last code: a code works once.';

CREATE TABLE veza_data.recovery_code (
    code_hash bytea PRIMARY KEY CHECK (octet_length(code_hash) = 32),
    user_id   uuid NOT NULL REFERENCES veza_data.two_factor ON DELETE CASCADE,
    used_at   timestamptz
);
CREATE INDEX recovery_code_user ON veza_data.recovery_code (user_id);
COMMENT ON TABLE veza_data.recovery_code IS 'Codes instead of a second factor that was lost; each works once.';
COMMENT ON COLUMN veza_data.recovery_code.code_hash IS 'SHA-256 of user id and code.';
COMMENT ON COLUMN veza_data.recovery_code.user_id IS 'Whose.';
COMMENT ON COLUMN veza_data.recovery_code.used_at IS 'When it was used.';

CREATE TABLE veza_data.limit_counter (
    scope        text NOT NULL,
    subject_hash bytea NOT NULL,
    window_start timestamptz NOT NULL,
    n            integer NOT NULL,
    PRIMARY KEY (scope, subject_hash)
);
CREATE INDEX limit_counter_window ON veza_data.limit_counter (window_start);
COMMENT ON TABLE veza_data.limit_counter IS 'Limits that hold per account over all servers; the limits per address are veza-httpd''s.';
COMMENT ON COLUMN veza_data.limit_counter.scope IS 'What is counted: login, reset, resend, change.';
COMMENT ON COLUMN veza_data.limit_counter.subject_hash IS 'SHA-256 of the account''s address or id.';
COMMENT ON COLUMN veza_data.limit_counter.window_start IS 'Start of the window that is counted.';
COMMENT ON COLUMN veza_data.limit_counter.n IS 'Attempts in it.';

CREATE TABLE veza_data.login_failure (
    subject_hash bytea PRIMARY KEY CHECK (octet_length(subject_hash) = 32),
    user_id      uuid UNIQUE REFERENCES veza_data.users ON DELETE CASCADE,
    failures     integer NOT NULL,
    last_at      timestamptz NOT NULL,
    locked_at    timestamptz
);
CREATE INDEX login_failure_last ON veza_data.login_failure (last_at);
COMMENT ON TABLE veza_data.login_failure IS 'Failed logins in a row. Names that nobody has are counted as well, so that counting takes the same work for every name.';
COMMENT ON COLUMN veza_data.login_failure.subject_hash IS 'SHA-256 of the account''s id, or of a name that nobody has.';
COMMENT ON COLUMN veza_data.login_failure.user_id IS 'The account; NULL: nobody has the name.';
COMMENT ON COLUMN veza_data.login_failure.failures IS 'Failures since the last success: wrong passwords, wrong codes of the second factor.';
COMMENT ON COLUMN veza_data.login_failure.last_at IS 'The last one.';
COMMENT ON COLUMN veza_data.login_failure.locked_at IS 'Since when the password is not accepted; a reset by mail or veza.unlock_account ends it.';

INSERT INTO veza_data.setting (name, value, unit, description) VALUES
    ('password_min_length',  '8',      'characters', 'Shortest password'),
    ('verify_email_ttl',     '172800', 's', 'Lifetime of a token that confirms an address'),
    ('reset_password_ttl',   '3600',   's', 'Lifetime of a token that resets a password'),
    ('two_factor_setup_ttl', '900',    's', 'Time to confirm a second factor'),
    ('login_limit',          '5',      'attempts', 'Logins per account and login window'),
    ('login_window',         '60',     's', 'The login window'),
    ('login_failures_max',   '100',    'attempts', 'Failed logins in a row after which a password is not accepted until it is reset; 0: no limit'),
    ('hash_wait_ms',         '2000',   'ms', 'Longest wait for one of the two places where passwords are hashed'),
    ('mail_limit',           '3',      'mails', 'Mails of one kind per address and hour'),
    ('password_change_limit', '5',     'attempts', 'Password changes per account and hour'),
    ('mail_keep',            '2592000', 's', 'Mails are forgotten after this time'),
    ('frontend_url',         '',       'address', 'Web app, for links in mails; empty: links lead to the API');
