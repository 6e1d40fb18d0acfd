-- Shapes: addresses that speak for their user.

CREATE VIEW veza_data.signed_address_shape AS
SELECT NULL::text AS url, NULL::timestamptz AS expires_at
 WHERE false;
COMMENT ON VIEW veza_data.signed_address_shape IS 'An address that needs no token.';
COMMENT ON COLUMN veza_data.signed_address_shape.url IS 'Path and query, with a signature; whoever has it acts as the user there.';
COMMENT ON COLUMN veza_data.signed_address_shape.expires_at IS 'Until when it is good.';
