-- Chat: admission to the chat server, which is a program of its own.

CREATE FUNCTION veza.chat_token()
    RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.chat_token IS 'Get a token for the chat server.';
SELECT veza.add_route('POST', '/api/v1/chat/token', 'veza.chat_token', 'user', 'reads',
                      shape => 'chat_token_shape');
