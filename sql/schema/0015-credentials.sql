-- What guards the ways into an account: limits without an edge, the newest link alone, a login that is fresh.

-- Counts of the moment: who was limited while this ran starts anew.
DELETE FROM veza_data.limit_counter;
DROP INDEX veza_data.limit_counter_window;
ALTER TABLE veza_data.limit_counter
    DROP COLUMN window_start,
    DROP COLUMN n,
    ADD COLUMN taken_at timestamptz[] NOT NULL,
    ADD COLUMN let_in boolean NOT NULL,
    ADD COLUMN over_at timestamptz NOT NULL;
CREATE INDEX limit_counter_over ON veza_data.limit_counter (over_at);
COMMENT ON COLUMN veza_data.limit_counter.scope IS 'What is counted: login, password, second_factor, change_email.';
COMMENT ON COLUMN veza_data.limit_counter.taken_at IS 'The attempts of the window that ends with the last one, the oldest first; at most as many as the limit.';
COMMENT ON COLUMN veza_data.limit_counter.let_in IS 'Whether the last attempt was one of them, or refused.';
COMMENT ON COLUMN veza_data.limit_counter.over_at IS 'From this time on the row says nothing any more.';

ALTER TABLE veza_data.one_time_token
    ADD COLUMN mail_id uuid REFERENCES veza_data.mail ON DELETE SET NULL;
CREATE INDEX one_time_token_mail ON veza_data.one_time_token (mail_id);
COMMENT ON COLUMN veza_data.one_time_token.mail_id IS 'The mail that carries it: a mail that is sent once more has a token of its own, and each of them is good; NULL: the mail is forgotten.';
COMMENT ON COLUMN veza_data.one_time_token.used_at IS 'When it was used, or made useless: by the use of another one, by a newer mail, by another password.';

COMMENT ON COLUMN veza_data.mail.dropped IS 'Why no mail is sent: no account, confirmed already, too many, withdrawn, superseded by a newer one, no such mailbox.';

ALTER TABLE veza_data.users ADD COLUMN password_changed_at timestamptz;
COMMENT ON COLUMN veza_data.users.password_changed_at IS 'When the password was last changed or reset; NULL: it is the first one. Mails that were asked for before carry no link any more.';

INSERT INTO veza_data.setting (name, value, unit, description) VALUES
    ('fresh_login',              '600', 's', 'A session that began within this time proves who one is as the password does, where a way in is added; 0: always the password'),
    ('second_factor_confirm_limit', '10', 'attempts', 'Codes that may be tried per account and hour to confirm a second factor'),
    ('password_strength_min',    '26', 'bits', 'Weakest password that is accepted: it takes 2 to the power of this many guesses');
