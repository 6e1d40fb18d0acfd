
-- Users: profiles, settings, the directory.

CREATE FUNCTION veza.user_get(id text)
    RETURNS json LANGUAGE c STABLE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.user_get IS 'Show a user.
The owner and administrators get the whole account, with its ETag; others the public profile. A profile that one may not see is answered like one that does not exist.
- id: the user, or me';
SELECT veza.add_route('GET', '/api/v1/users/:id', 'veza.user_get', 'optional', 'reads',
                      errors => '{AUTH_REQUIRED,USER_NOT_FOUND}',
                      shape => 'public_user_shape', other_shape => 'me_shape');

CREATE FUNCTION veza.me_events(last_event bigint DEFAULT NULL)
    RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.me_events IS 'Hear what happens to the own account, as server-sent events.
subscription: a subscription has another status: {"subscription_id", "status"}. reset: events since the one named by Last-Event-ID are forgotten; ask anew for what is shown. A stream ends after some minutes; come back with Last-Event-ID, as EventSource does.
- last_event: the last event that was seen; also as the header Last-Event-ID';
SELECT veza.add_route('GET', '/api/v1/me/events', 'veza.me_events', 'user', 'reads', envelope => 'events', is_signed => true);

CREATE FUNCTION veza.me_events_url()
    RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.me_events_url IS 'Get an address for EventSource, which sends no token: it opens the stream of the own events, and nothing else, for an hour.';
SELECT veza.add_route('GET', '/api/v1/me/events-url', 'veza.me_events_url', 'user', 'reads', shape => 'signed_address_shape');

CREATE FUNCTION veza.user_get_by_username(username text)
    RETURNS json LANGUAGE c STABLE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.user_get_by_username IS 'Show a user by name, whatever its case.
- username: the name';
SELECT veza.add_route('GET', '/api/v1/users/by-username/:username', 'veza.user_get_by_username', 'optional', 'reads',
                      errors => '{USER_NOT_FOUND}',
                      shape => 'public_user_shape', other_shape => 'me_shape');

CREATE FUNCTION veza.user_completion(id text)
    RETURNS json LANGUAGE c STABLE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.user_completion IS 'Say how complete a profile is, to its owner and to administrators.
- id: the user, or me';
SELECT veza.add_route('GET', '/api/v1/users/:id/completion', 'veza.user_completion', 'user', 'reads',
                      errors => '{USER_NOT_FOUND}', shape => 'completion_shape');

-- In the auth lane because another e-mail address asks for the password.
CREATE FUNCTION veza.user_update(
    id text, username text DEFAULT NULL, email text DEFAULT NULL, current_password text DEFAULT NULL,
    first_name text DEFAULT NULL, last_name text DEFAULT NULL, display_name text DEFAULT NULL,
    bio text DEFAULT NULL, location text DEFAULT NULL, website text DEFAULT NULL, timezone text DEFAULT NULL,
    language text DEFAULT NULL, social_links jsonb DEFAULT NULL, skills text[] DEFAULT NULL,
    preferences jsonb DEFAULT NULL)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.user_update IS 'Change a profile: the own one, or as an administrator any.
Fields that are not sent, or sent as null, stay as they are; an empty text empties a field. With If-Match only the named version is changed. Another e-mail address is noted as pending_email and takes effect when it is confirmed by the mail that is sent to it, whoever else may have it.
- id: the user, or me
- username: 3 to 30 letters, digits, _ and -; unique without regard to case
- email: another e-mail address; the present one takes an earlier wish back
- current_password: present password; for another e-mail address, and for another username unless the login was within ten minutes
- first_name: up to 100 characters
- last_name: up to 100 characters
- display_name: name as shown, up to 100 characters
- bio: text about oneself, up to 500 characters
- location: up to 100 characters
- website: address that begins with http:// or https://, up to 255 characters
- timezone: IANA name of a time zone
- language: ISO 639-1 code
- social_links: object with twitter, instagram, soundcloud, each up to 50 characters; null or an empty text takes one away
- skills: up to 10 words of up to 30 characters; replaces the list
- preferences: object that is merged into what is there; null takes a member away';
SELECT veza.add_route('PUT', '/api/v1/users/:id', 'veza.user_update', 'user', 'auth',
                      errors => '{USER_NOT_FOUND,USER_ALREADY_EXISTS,PRECONDITION_FAILED,REAUTHENTICATION_REQUIRED,INVALID_CURRENT_PASSWORD,RATE_LIMIT_EXCEEDED}',
                      shape => 'me_shape');
SELECT veza.add_route('PATCH', '/api/v1/users/:id', 'veza.user_update', 'user', 'auth',
                      errors => '{USER_NOT_FOUND,USER_ALREADY_EXISTS,PRECONDITION_FAILED,REAUTHENTICATION_REQUIRED,INVALID_CURRENT_PASSWORD,RATE_LIMIT_EXCEEDED}',
                      shape => 'me_shape');

CREATE FUNCTION veza.user_update_me(
    username text DEFAULT NULL, email text DEFAULT NULL, current_password text DEFAULT NULL,
    first_name text DEFAULT NULL, last_name text DEFAULT NULL, display_name text DEFAULT NULL,
    bio text DEFAULT NULL, location text DEFAULT NULL, website text DEFAULT NULL, timezone text DEFAULT NULL,
    language text DEFAULT NULL, social_links jsonb DEFAULT NULL, skills text[] DEFAULT NULL,
    preferences jsonb DEFAULT NULL)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.user_update_me IS 'Change the own profile; the same as PUT /api/v1/users/me.
- username: 3 to 30 letters, digits, _ and -; unique without regard to case
- email: another e-mail address; the present one takes an earlier wish back
- current_password: present password; for another e-mail address, and for another username unless the login was within ten minutes
- first_name: up to 100 characters
- last_name: up to 100 characters
- display_name: name as shown, up to 100 characters
- bio: text about oneself, up to 500 characters
- location: up to 100 characters
- website: address that begins with http:// or https://, up to 255 characters
- timezone: IANA name of a time zone
- language: ISO 639-1 code
- social_links: object with twitter, instagram, soundcloud, each up to 50 characters; null or an empty text takes one away
- skills: up to 10 words of up to 30 characters; replaces the list
- preferences: object that is merged into what is there; null takes a member away';
SELECT veza.add_route('PUT', '/api/v1/auth/me', 'veza.user_update_me', 'user', 'auth',
                      errors => '{USER_ALREADY_EXISTS,PRECONDITION_FAILED,REAUTHENTICATION_REQUIRED,INVALID_CURRENT_PASSWORD,RATE_LIMIT_EXCEEDED}',
                      shape => 'me_shape');

CREATE FUNCTION veza.user_settings(id text)
    RETURNS json LANGUAGE c STABLE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.user_settings IS 'Show the settings of an account, with the defaults of what was never set, to its owner and to administrators.
- id: the user, or me';
SELECT veza.add_route('GET', '/api/v1/users/:id/settings', 'veza.user_settings', 'user', 'reads',
                      errors => '{USER_NOT_FOUND}', shape => 'settings_shape');

CREATE FUNCTION veza.user_settings_update(
    id text, theme text DEFAULT NULL, notifications jsonb DEFAULT NULL, privacy jsonb DEFAULT NULL,
    audio jsonb DEFAULT NULL, language text DEFAULT NULL, timezone text DEFAULT NULL)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.user_settings_update IS 'Change settings: the own ones, or as an administrator any.
What is sent is merged into what is there; null inside of an object brings the default back. With If-Match only the named version is changed.
- id: the user, or me
- theme: light, dark or auto
- notifications: object with email, push, desktop, new_followers, track_comments, direct_messages, mentions, likes, invitations, sales: true or false; digest: off, daily or weekly
- privacy: object with show_email, show_activity, allow_dm: true or false; track_visibility: public, followers or private; profile_visibility: public, registered or private
- audio: object with auto_play: true or false; quality: low, medium, high or lossless; volume: 0 to 1; crossfade: 0 to 12 s
- language: ISO 639-1 code
- timezone: IANA name of a time zone';
SELECT veza.add_route('PUT', '/api/v1/users/:id/settings', 'veza.user_settings_update', 'user', 'writes',
                      errors => '{USER_NOT_FOUND,PRECONDITION_FAILED}', shape => 'settings_shape',
                      aliases => '{"audio": ["playback"]}');

CREATE FUNCTION veza.user_list(
    page integer DEFAULT NULL, "limit" integer DEFAULT NULL, cursor text DEFAULT NULL, search text DEFAULT NULL,
    role text DEFAULT NULL, sort text DEFAULT NULL, "order" text DEFAULT NULL)
    RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.user_list IS 'List users, the newest first; accounts with a private profile are left out.
- page: page, from 1
- limit: users on a page, 1 to 100
- cursor: next_cursor of an earlier answer, instead of page
- search: beginning of the username or of the name as shown, 2 to 50 characters; never of the e-mail address
- role: only this role
- sort: created_at or username
- order: asc or desc';
SELECT veza.add_route('GET', '/api/v1/users', 'veza.user_list', 'user', 'slow',
                      shape => 'public_user_shape', is_list => true);

CREATE FUNCTION veza.user_except_me(
    page integer DEFAULT NULL, "limit" integer DEFAULT NULL, cursor text DEFAULT NULL, search text DEFAULT NULL,
    role text DEFAULT NULL, sort text DEFAULT NULL, "order" text DEFAULT NULL)
    RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.user_except_me IS 'List users without oneself.
- page: page, from 1
- limit: users on a page, 1 to 100
- cursor: next_cursor of an earlier answer, instead of page
- search: beginning of the username or of the name as shown, 2 to 50 characters; never of the e-mail address
- role: only this role
- sort: created_at or username
- order: asc or desc';
SELECT veza.add_route('GET', '/api/v1/users/except-me', 'veza.user_except_me', 'user', 'slow',
                      shape => 'public_user_shape', is_list => true);

CREATE FUNCTION veza.user_search(
    page integer DEFAULT NULL, "limit" integer DEFAULT NULL, cursor text DEFAULT NULL, q text DEFAULT NULL)
    RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.user_search IS 'Search users by the beginning of the username or of the name as shown, ordered by username.
- page: page, from 1
- limit: users on a page, 1 to 100
- cursor: next_cursor of an earlier answer, instead of page
- q: text, 2 to 50 characters; e-mail addresses are never looked at';
SELECT veza.add_route('GET', '/api/v1/users/search', 'veza.user_search', 'user', 'slow',
                      shape => 'public_user_shape', is_list => true, aliases => '{"q": ["search"]}');
