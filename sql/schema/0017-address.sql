-- Whose account an address means: claims that are not confirmed, which never outlast their time.

CREATE TABLE veza_data.address_claim (
    user_id  uuid NOT NULL REFERENCES veza_data.users ON DELETE CASCADE,
    address  text NOT NULL CHECK (address = lower(address)),
    is_first boolean NOT NULL,
    is_open  boolean NOT NULL DEFAULT true,
    made_at  timestamptz NOT NULL,
    PRIMARY KEY (user_id, address),
    CONSTRAINT address_claim_first_is_open CHECK (is_open OR NOT is_first)
);
CREATE UNIQUE INDEX address_claim_first ON veza_data.address_claim (address) WHERE is_first;
CREATE INDEX address_claim_open ON veza_data.address_claim (address, made_at) WHERE is_open;
CREATE INDEX address_claim_made ON veza_data.address_claim (made_at);
COMMENT ON TABLE veza_data.address_claim IS 'Addresses that accounts name without having confirmed them, at registering or for a change. At most address_claims_max of an address are open, and none outlasts address_claim_ttl.';
COMMENT ON COLUMN veza_data.address_claim.user_id IS 'The account.';
COMMENT ON COLUMN veza_data.address_claim.address IS 'The address, lower case; personal data.';
COMMENT ON COLUMN veza_data.address_claim.is_first IS 'Nobody else had or claimed the address when the account registered with it: it identifies the account until somebody confirms it.';
COMMENT ON COLUMN veza_data.address_claim.is_open IS 'Mails that are asked for by the address are about this account, too; no longer when newer claims crowd it out or another account confirms the address.';
COMMENT ON COLUMN veza_data.address_claim.made_at IS 'When the account named the address.';

COMMENT ON COLUMN veza_data.users.email IS 'E-mail address, lower case, as the account names it; what it means to others says veza_data.address_account. NULL when it was not confirmed in time. Personal data.';
COMMENT ON COLUMN veza_data.mail.user_id IS 'The account it is about; NULL until the mail is composed when it was asked for by an address.';
COMMENT ON COLUMN veza_data.mail.dropped IS 'Why no mail is sent: no account, confirmed already, passed on, too many, withdrawn, superseded by a newer one, no such mailbox.';

INSERT INTO veza_data.setting (name, value, unit, description) VALUES
    ('address_claims_max', '5',      'claims', 'Accounts that may claim one address without having confirmed it; the first one stays, newer ones crowd out older ones'),
    ('address_claim_ttl',  '604800', 's', 'An address that is not confirmed in this time is taken off the account');

-- What accounts name today becomes a claim of now: the oldest account is the first, as it was in logins and mails.
INSERT INTO veza_data.address_claim (user_id, address, is_first, is_open, made_at)
SELECT user_id, address, n = 1 AND is_registered AND NOT is_owned, n <= 5 AND NOT is_owned, now()
  FROM (SELECT c.*, EXISTS (SELECT FROM veza_data.users o WHERE o.email = c.address AND o.is_verified) AS is_owned,
               row_number() OVER (PARTITION BY address ORDER BY is_registered DESC, created_at, user_id) AS n
          FROM (SELECT id AS user_id, email AS address, true AS is_registered, created_at FROM veza_data.users
                 WHERE email IS NOT NULL AND NOT is_verified AND status <> 'deleted'
                UNION ALL
                SELECT id, pending_email, false, created_at FROM veza_data.users
                 WHERE pending_email IS NOT NULL AND status <> 'deleted'
                   AND (is_verified OR pending_email IS DISTINCT FROM email)) c) x;
