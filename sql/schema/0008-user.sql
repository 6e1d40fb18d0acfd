-- What profiles need besides the columns of users: an address to come, who may see the profile, device names, search.

ALTER TABLE veza_data.users
    ADD COLUMN pending_email text CHECK (pending_email = lower(pending_email)),
    ADD COLUMN profile_visibility text NOT NULL
        GENERATED ALWAYS AS (coalesce(preferences #>> '{privacy,profile_visibility}', 'public')) STORED
        CHECK (profile_visibility IN ('public', 'registered', 'private'));
COMMENT ON COLUMN veza_data.users.pending_email IS 'Address that takes the place of email when it is confirmed; NULL: none. Personal data.';
COMMENT ON COLUMN veza_data.users.profile_visibility IS 'Who may see the profile: public, registered or private; made of preferences.';
COMMENT ON COLUMN veza_data.users.revision IS 'Grows with every change of the profile; its ETag. A login alone is no change.';

ALTER TABLE veza_data.session ADD COLUMN device text;
COMMENT ON COLUMN veza_data.session.device IS 'Program and system at login, as in "Firefox on Linux"; made of user_agent.';

-- The directory, newest first; what it filters by stands in the index, so that counting reads no row.
CREATE INDEX users_listed ON veza_data.users (created_at DESC, id DESC) INCLUDE (role, plan_role, plan_role_until)
    WHERE status = 'active' AND profile_visibility <> 'private';

-- It searches by prefix; the collation C makes a prefix a range.
CREATE INDEX users_search_username ON veza_data.users (lower(username) COLLATE "C") WHERE status = 'active';
CREATE INDEX users_search_display_name ON veza_data.users (lower(display_name) COLLATE "C") WHERE status = 'active';

INSERT INTO veza_data.setting (name, value, unit, description) VALUES
    ('email_change_limit', '5', 'attempts', 'Changes of the e-mail address that an account may ask for in a day');
