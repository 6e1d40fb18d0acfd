-- Whom an address identifies; the rule itself, because logins, mails and operators must not differ about it.

CREATE VIEW veza_data.address_account AS
SELECT u.email AS address, u.id AS user_id, u.is_verified AS is_confirmed
  FROM veza_data.users u
 WHERE u.email IS NOT NULL AND u.status <> 'deleted'
   AND (u.is_verified
        OR EXISTS (SELECT FROM veza_data.address_claim c WHERE c.user_id = u.id AND c.address = u.email AND c.is_first)
           AND NOT EXISTS (SELECT FROM veza_data.users o WHERE o.email = u.email AND o.is_verified));
COMMENT ON VIEW veza_data.address_account IS 'Whom an address identifies: one account at most. Logins, limits, locks and mails about an account ask here.';
COMMENT ON COLUMN veza_data.address_account.address IS 'The address; personal data.';
COMMENT ON COLUMN veza_data.address_account.user_id IS 'The account.';
COMMENT ON COLUMN veza_data.address_account.is_confirmed IS 'The account has confirmed it; otherwise it claimed it first.';
