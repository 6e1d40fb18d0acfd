-- What an operator asks about effects and the payment provider at night, and whose request a key's record is of.

-- Rows of before have none.
ALTER TABLE veza_data.state_history ADD COLUMN db_role name;
ALTER TABLE veza_data.state_history ALTER COLUMN db_role SET DEFAULT session_user;
COMMENT ON COLUMN veza_data.state_history.db_role IS 'SQL role of the session that made it happen; NULL: not recorded yet.';

COMMENT ON COLUMN veza_data.effect.kind IS 'What to do: psp_create, psp_retrieve, psp_cancel, psp_refund, psp_refund_retrieve, psp_probe, mail_send.';
COMMENT ON COLUMN veza_data.effect.subject_id IS 'The payment, refund or mail it is about; of psp_probe, which is about none, all zeros.';
COMMENT ON COLUMN veza_data.effect_attempt.http_status IS 'HTTP status of the provider, or reply code of the mail server.';
COMMENT ON COLUMN veza_data.effect_attempt.error_message IS 'Message of the provider, the mail server or the relay.';

ALTER TABLE veza_data.idempotency ADD COLUMN taken_at timestamptz, ADD COLUMN taken_by integer, ADD COLUMN taken_by_start timestamptz;
COMMENT ON COLUMN veza_data.idempotency.taken_at IS 'When the request that is carrying it out began.';
COMMENT ON COLUMN veza_data.idempotency.taken_by IS 'Process id of the backend that carries it out.';
COMMENT ON COLUMN veza_data.idempotency.taken_by_start IS 'When that backend started: another one may get the same process id.';
