-- Demo data of make run: a creator with a track, a listener, an administrator.
-- Running it again changes nothing. Password of all: demo-password, which nobody could choose: it is set as a hash.

DO $$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT * FROM (VALUES
            ('demo-creator', 'creator@veza.example', 'creator', 'Dana', 'Creator'),
            ('demo-listener', 'listener@veza.example', 'user', 'Lee', 'Listener'),
            ('demo-admin', 'admin@veza.example', 'admin', 'Alex', 'Admin')) AS u(username, email, role, first_name, last_name)
    LOOP
        CONTINUE WHEN EXISTS (SELECT FROM veza_data.users WHERE lower(username) = wanted.username);
        PERFORM veza.auth_register(wanted.username, wanted.email, gen_random_uuid()::text, wanted.first_name, wanted.last_name);
        UPDATE veza_data.users
           SET role = wanted.role,
               password_hash = '$argon2id$v=19$m=19456,t=2,p=1$2xCP5f/VUd+3X/W/F3TP4g$M13UH58X6z+o3WoHz06P4QdbS2gnMpg0Y5Ukq6IwAks'
         WHERE username = wanted.username;
    END LOOP;
    -- No mail reaches them, and an address that is not confirmed is taken off an account.
    UPDATE veza_data.users SET is_verified = true
     WHERE username IN ('demo-creator', 'demo-listener', 'demo-admin') AND email LIKE '%@veza.example' AND NOT is_verified;
END
$$;

INSERT INTO veza_data.track (id, uploader_id, title, artist, duration_ms, created_at, updated_at)
SELECT '00000000-0000-4000-8000-00000000f001', id, 'First Light', 'Dana Creator', 214000, now(), now()
  FROM veza_data.users u WHERE username = 'demo-creator'
    ON CONFLICT DO NOTHING;
