
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
- email: e-mail address, unique
- password: 8 to 128 characters
- first_name: first name
- last_name: last name';
SELECT veza.add_route('POST', '/api/v1/auth/register', 'veza.auth_register', 'public', 'auth',
                      errors => '{VALIDATION_ERROR,USER_ALREADY_EXISTS}', shape => 'register_shape', status => 201);

CREATE FUNCTION veza.auth_login(email text, password text, remember_me boolean DEFAULT false)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.auth_login IS 'Log in with e-mail address and password.
- email: e-mail address
- password: password
- remember_me: stay logged in for 30 days instead of 7';
SELECT veza.add_route('POST', '/api/v1/auth/login', 'veza.auth_login', 'public', 'auth',
                      errors => '{VALIDATION_ERROR,AUTH_INVALID_CREDENTIALS,USER_ACCOUNT_DISABLED}',
                      shape => 'login_shape', counter => 'veza_auth_login_attempts_total');

CREATE FUNCTION veza.auth_refresh(refresh_token text)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.auth_refresh IS 'Exchange a refresh token for new tokens.
The old refresh token stays good until the new one is first used; using it after that ends the session.
- refresh_token: the refresh token';
SELECT veza.add_route('POST', '/api/v1/auth/refresh', 'veza.auth_refresh', 'public', 'writes',
                      errors => '{VALIDATION_ERROR,AUTH_REFRESH_TOKEN_INVALID,USER_ACCOUNT_DISABLED}',
                      shape => 'token_shape', aliases => '{"refresh_token": ["refreshToken"]}');

CREATE FUNCTION veza.auth_logout(all_devices boolean DEFAULT false)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.auth_logout IS 'Log out: here, or everywhere.
- all_devices: end all sessions of the account';
SELECT veza.add_route('POST', '/api/v1/auth/logout', 'veza.auth_logout', 'user', 'writes',
                      shape => 'logout_shape');

CREATE FUNCTION veza.auth_me() RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.auth_me IS 'Show the own account.';
SELECT veza.add_route('GET', '/api/v1/auth/me', 'veza.auth_me', 'user', 'reads', shape => 'me_shape');
