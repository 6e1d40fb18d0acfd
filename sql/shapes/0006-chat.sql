-- Shapes: what the chat looks like to clients.

CREATE VIEW veza_data.chat_token_shape AS
SELECT NULL::text AS token, NULL::integer AS expires_in, NULL::timestamptz AS expires_at, NULL::text AS ws_url
 WHERE false;
COMMENT ON VIEW veza_data.chat_token_shape IS 'Admission to the chat server.';
COMMENT ON COLUMN veza_data.chat_token_shape.token IS 'JWT for the chat server, and for nothing else.';
COMMENT ON COLUMN veza_data.chat_token_shape.expires_in IS 'Its lifetime in seconds.';
COMMENT ON COLUMN veza_data.chat_token_shape.expires_at IS 'When it ends.';
COMMENT ON COLUMN veza_data.chat_token_shape.ws_url IS 'WebSocket address of the chat server.';
