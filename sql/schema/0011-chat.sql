-- The way to the chat server.

INSERT INTO veza_data.setting (name, value, unit, description) VALUES
    ('chat_token_ttl',  '300', 's', 'Lifetime of a chat token'),
    ('chat_server_url', '',    'address', 'Chat server, which chat tokens lead to; set by veza-httpd');
