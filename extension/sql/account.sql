
-- The whole account, over all domains: its end, and what is stored about it.

CREATE FUNCTION veza.account_delete(id text, password text DEFAULT NULL, confirmation text DEFAULT NULL)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.account_delete IS 'Delete the own account, for good.
Pending subscriptions are abandoned, a live one is canceled now; everything that says whose account it was is removed, username and address are free again. Payments, submissions to streaming services and the audit log stay, under the key of the account.
- id: me, or the own id
- password: present password
- confirmation: the word DELETE';
SELECT veza.add_route('DELETE', '/api/v1/users/:id', 'veza.account_delete', 'user', 'auth',
                      errors => '{USER_NOT_FOUND,PRECONDITION_FAILED,INVALID_CURRENT_PASSWORD,RATE_LIMIT_EXCEEDED,USER_IS_LAST_ADMIN}',
                      shape => 'message_shape', takes_body => true);

CREATE FUNCTION veza.account_export()
    RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.account_export IS 'Export everything that is stored about the own account, as a file.';
SELECT veza.add_route('GET', '/api/v1/users/me/export', 'veza.account_export', 'user', 'slow',
                      shape => 'export_shape');
