
-- Accounts and login sessions.

CREATE FUNCTION veza.auth_register(
    username text, email text, password text,
    first_name text DEFAULT NULL, last_name text DEFAULT NULL)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.auth_register IS 'Register an account and log it in.
All wrong fields are named in one answer.
- username: 3 to 30 letters, digits, _ and -; unique without regard to case
- email: e-mail address; it logs in the account when nobody else claims it, and otherwise once it is confirmed
- password: 8 to 128 characters
- first_name: first name
- last_name: last name';
SELECT veza.add_route('POST', '/api/v1/auth/register', 'veza.auth_register', 'public', 'auth',
                      errors => '{VALIDATION_ERROR,USER_ALREADY_EXISTS}', shape => 'register_shape', status => 201, budget => 'register', replay => 'again');

CREATE FUNCTION veza.auth_login(
    email text, password text, remember_me boolean DEFAULT false,
    totp_code text DEFAULT NULL, recovery_code text DEFAULT NULL)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.auth_login IS 'Log in with e-mail address or username, and password.
- email: e-mail address or username; an address that others claim as well counts once it is confirmed
- password: password
- remember_me: stay logged in for 30 days instead of 7
- totp_code: code of the second factor, if the account has one
- recovery_code: recovery code instead, if the second factor is lost';
SELECT veza.add_route('POST', '/api/v1/auth/login', 'veza.auth_login', 'public', 'auth',
                      errors => '{VALIDATION_ERROR,AUTH_INVALID_CREDENTIALS,USER_ACCOUNT_DISABLED,AUTH_2FA_REQUIRED,
                                  AUTH_2FA_INVALID,RATE_LIMIT_EXCEEDED}',
                      shape => 'login_shape', counter => 'veza_auth_login_attempts_total', budget => 'login');

CREATE FUNCTION veza.auth_refresh(refresh_token text)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.auth_refresh IS 'Exchange a refresh token for new tokens.
The old refresh token stays good until the new one is first used; using it after that ends the session.
- refresh_token: the refresh token';
SELECT veza.add_route('POST', '/api/v1/auth/refresh', 'veza.auth_refresh', 'public', 'writes',
                      errors => '{VALIDATION_ERROR,AUTH_REFRESH_TOKEN_INVALID,USER_ACCOUNT_DISABLED}',
                      shape => 'token_shape', aliases => '{"refresh_token": ["refreshToken"]}',
                      cookies => '{"refresh_token": "veza_refresh"}', budget => 'refresh');

CREATE FUNCTION veza.auth_csrf_token()
    RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.auth_csrf_token IS 'Get a token for requests that a cookie speaks for.
Send it back as X-CSRF-Token, together with the cookie that comes with it. It belongs to the login session whose cookie came with the request; a login and a refresh bring one in the header X-CSRF-Token. Requests with Authorization: Bearer need none.';
SELECT veza.add_route('GET', '/api/v1/csrf-token', 'veza.auth_csrf_token', 'public', 'reads', shape => 'csrf_shape');

CREATE FUNCTION veza.auth_logout(all_devices boolean DEFAULT false)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.auth_logout IS 'Log out: here, or everywhere.
- all_devices: end all sessions of the account';
SELECT veza.add_route('POST', '/api/v1/auth/logout', 'veza.auth_logout', 'user', 'writes',
                      shape => 'logout_shape');

CREATE FUNCTION veza.auth_me() RETURNS json LANGUAGE c STABLE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.auth_me IS 'Show the own account.';
SELECT veza.add_route('GET', '/api/v1/auth/me', 'veza.auth_me', 'user', 'reads', shape => 'me_shape');

CREATE FUNCTION veza.auth_check_username(username text)
    RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.auth_check_username IS 'Say whether a username can still be chosen.
- username: the name';
SELECT veza.add_route('GET', '/api/v1/auth/check-username', 'veza.auth_check_username', 'public', 'reads',
                      errors => '{VALIDATION_ERROR}',
                      shape => 'username_shape', budget => 'lookup');

CREATE FUNCTION veza.auth_sessions()
    RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.auth_sessions IS 'List the own login sessions, the last used first.';
SELECT veza.add_route('GET', '/api/v1/auth/sessions', 'veza.auth_sessions', 'user', 'reads',
                      shape => 'session_shape', is_list => true);

CREATE FUNCTION veza.auth_session_revoke(id uuid)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.auth_session_revoke IS 'End one of the own login sessions.
- id: the session';
SELECT veza.add_route('DELETE', '/api/v1/auth/sessions/:id', 'veza.auth_session_revoke', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,SESSION_NOT_FOUND}',
                      shape => 'revoked_shape');

CREATE FUNCTION veza.auth_verify_email(token text, password text DEFAULT NULL)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.auth_verify_email IS 'Confirm the e-mail address that a token was sent to, for the account that the mail names.
The token proves the mailbox; the account is proven by being logged in to it, or by its password. What is refused leaves the token good.
- token: token of the mail
- password: password of the account; not needed when the request carries its access token';
SELECT veza.add_route('POST', '/api/v1/auth/verify-email', 'veza.auth_verify_email', 'optional', 'auth',
                      errors => '{VALIDATION_ERROR,AUTH_LINK_INVALID,AUTH_ACCOUNT_PROOF_REQUIRED,INVALID_CURRENT_PASSWORD,
                                  RATE_LIMIT_EXCEEDED}',
                      shape => 'verified_shape');

CREATE FUNCTION veza.auth_resend_verification(email text)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.auth_resend_verification IS 'Have the mail sent again that confirms an address: one for each account that claims it, which the mail names; from within such an account for that one alone. The answer is the same for every address.
- email: e-mail address';
SELECT veza.add_route('POST', '/api/v1/auth/resend-verification', 'veza.auth_resend_verification', 'optional', 'writes',
                      errors => '{VALIDATION_ERROR}',
                      shape => 'message_shape', budget => 'resend');

CREATE FUNCTION veza.auth_password_reset_request(email text)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.auth_password_reset_request IS 'Have a mail sent that lets one choose a new password. While nobody has confirmed the address, each account that claims it gets one of its own, which names it. The answer is the same for every address.
- email: e-mail address';
SELECT veza.add_route('POST', '/api/v1/auth/password/reset-request', 'veza.auth_password_reset_request', 'public', 'writes',
                      errors => '{VALIDATION_ERROR}',
                      shape => 'message_shape', budget => 'reset_request');

CREATE FUNCTION veza.auth_password_reset(token text, new_password text)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.auth_password_reset IS 'Choose a new password with the token of a mail; all sessions end.
- token: token of the mail
- new_password: new password';
SELECT veza.add_route('POST', '/api/v1/auth/password/reset', 'veza.auth_password_reset', 'public', 'auth',
                      errors => '{VALIDATION_ERROR,AUTH_LINK_INVALID}',
                      shape => 'message_shape',
                      aliases => '{"new_password": ["password"]}', budget => 'reset');

CREATE FUNCTION veza.auth_password_change(current_password text, new_password text, logout_all_devices boolean DEFAULT true)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.auth_password_change IS 'Change the own password; by default all other sessions end.
This session goes on with the tokens of the answer: those it had before are void, and so are links and a second factor that were asked for and not used.
- current_password: present password
- new_password: new password
- logout_all_devices: end all other sessions';
SELECT veza.add_route('PUT', '/api/v1/users/me/password', 'veza.auth_password_change', 'user', 'auth',
                      errors => '{VALIDATION_ERROR,INVALID_CURRENT_PASSWORD,RATE_LIMIT_EXCEEDED}',
                      shape => 'password_change_shape');

CREATE FUNCTION veza.two_factor_status()
    RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.two_factor_status IS 'Say whether the own account has a second factor.';
SELECT veza.add_route('GET', '/api/v1/auth/2fa', 'veza.two_factor_status', 'user', 'reads',
                      shape => 'two_factor_shape');

CREATE FUNCTION veza.two_factor_setup(password text DEFAULT NULL)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.two_factor_setup IS 'Make a secret for an authenticator app; it counts only when it is confirmed.
- password: present password; not needed within ten minutes of the login';
SELECT veza.add_route('POST', '/api/v1/auth/2fa/setup', 'veza.two_factor_setup', 'user', 'auth',
                      errors => '{TWO_FACTOR_ENABLED,REAUTHENTICATION_REQUIRED,INVALID_CURRENT_PASSWORD,RATE_LIMIT_EXCEEDED}',
                      shape => 'two_factor_setup_shape');

CREATE FUNCTION veza.two_factor_confirm(code text)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.two_factor_confirm IS 'Enable the second factor by its first code, and get the recovery codes.
- code: code that the authenticator shows';
SELECT veza.add_route('POST', '/api/v1/auth/2fa/confirm', 'veza.two_factor_confirm', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,TWO_FACTOR_ENABLED,TWO_FACTOR_NOT_ENABLED,RATE_LIMIT_EXCEEDED}',
                      shape => 'two_factor_codes_shape');

CREATE FUNCTION veza.two_factor_disable(password text)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.two_factor_disable IS 'Remove the second factor.
- password: present password';
SELECT veza.add_route('POST', '/api/v1/auth/2fa/disable', 'veza.two_factor_disable', 'user', 'auth',
                      errors => '{VALIDATION_ERROR,TWO_FACTOR_NOT_ENABLED,INVALID_CURRENT_PASSWORD,RATE_LIMIT_EXCEEDED}',
                      shape => 'two_factor_codes_shape');

CREATE FUNCTION veza.two_factor_recovery_codes(password text)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.two_factor_recovery_codes IS 'Get new recovery codes; the old ones end.
- password: present password';
SELECT veza.add_route('POST', '/api/v1/auth/2fa/recovery-codes', 'veza.two_factor_recovery_codes', 'user', 'auth',
                      errors => '{VALIDATION_ERROR,TWO_FACTOR_NOT_ENABLED,INVALID_CURRENT_PASSWORD,RATE_LIMIT_EXCEEDED}',
                      shape => 'two_factor_codes_shape');

CREATE FUNCTION veza.record_rate_limit(address text, budget text) RETURNS void LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.record_rate_limit IS 'Notes in the audit log that veza-httpd has begun to refuse an address; once per window.
- address: address of the client
- budget: the limit that was reached';

CREATE FUNCTION veza.unlock_account(user_id uuid, reason text) RETURNS boolean LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.unlock_account IS 'Has the password of an account accepted again that was locked after too many failed logins; says whether it was locked. Written to the audit log.
- user_id: the account; see veza_data.login_failure
- reason: why; goes to the audit log';

CREATE FUNCTION veza.reset_second_factor(user_id uuid, reason text) RETURNS boolean LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.reset_second_factor IS 'Removes the second factor of an account whose owner cannot get in, and ends all its sessions; says whether logins asked for one. Written to the audit log; the owner is told by mail.
- user_id: the account; see veza_data.two_factor
- reason: why, and how you know who asks; goes to the audit log';
