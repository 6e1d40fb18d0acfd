-- Who follows whom, and what they have published: :tracks tracks of :users creators, few of whom publish much, over three years.
-- The first user follows 5000 others by chance, the second is followed by everybody, the third follows twenty. The indexes of
-- lists and searches, which the feed does not walk, are left away, or filling would take a quarter of an hour.

SET client_min_messages = warning;
SET session_replication_role = replica;
SET synchronous_commit = off;
SET maintenance_work_mem = '1GB';
SET work_mem = '256MB';
SELECT setseed(0.42);

DO $$
DECLARE
    i record;
BEGIN
    FOR i IN SELECT indexrelid::regclass AS name FROM pg_index WHERE indrelid = 'veza_data.track'::regclass AND NOT indisprimary LOOP
        EXECUTE 'DROP INDEX ' || i.name;
    END LOOP;
END
$$;

INSERT INTO veza_data.users (id, username, email, password_hash, role, created_at, updated_at)
SELECT gen_random_uuid(), 'bench' || n, 'bench' || n || '@veza.example', 'none', 'creator', now(), now() FROM generate_series(1, :users) n;
CREATE TEMP TABLE bench_user AS SELECT substr(username, 6)::integer AS n, id FROM veza_data.users;
CREATE UNIQUE INDEX ON bench_user (n);
INSERT INTO veza_data.session (user_id, created_at, last_used_at, expires_at) SELECT id, now(), now(), now() + interval '7 days' FROM bench_user WHERE n <= 3;

CREATE TEMP TABLE bench_dice AS
SELECT n, 1 + floor(:users * random() ^ 2)::integer AS owner, now() - random() ^ 2 * interval '1000 days' AS at FROM generate_series(1, :tracks) n;
INSERT INTO veza_data.track (uploader_id, title, artist, status, listed_at, created_at, updated_at)
SELECT u.id, 'Track ' || d.n, 'An artist', 'ready', d.at, d.at, d.at FROM bench_dice d JOIN bench_user u ON u.n = d.owner;
CREATE INDEX track_feed ON veza_data.track (uploader_id, listed_at DESC, id DESC) WHERE is_listed;

-- A playlist for every tenth track.
INSERT INTO veza_data.playlist (owner_id, name, visibility, listed_at, created_at, updated_at)
SELECT u.id, 'Playlist ' || d.n, 'public', d.at, d.at, d.at FROM bench_dice d JOIN bench_user u ON u.n = :users + 1 - d.owner WHERE d.n % 10 = 0;

INSERT INTO veza_data.user_follow
SELECT (SELECT id FROM bench_user WHERE n = 1), id, now() FROM (SELECT id FROM bench_user WHERE n > 1 ORDER BY hashint4(n) LIMIT 5000) u
UNION ALL SELECT id, (SELECT id FROM bench_user WHERE n = 2), now() FROM bench_user WHERE n > 2
UNION ALL SELECT (SELECT id FROM bench_user WHERE n = 3), id, now() FROM (SELECT id FROM bench_user WHERE n > 3 ORDER BY hashint4(n) LIMIT 19) u;
CREATE TEMP TABLE bench_follow AS
SELECT DISTINCT f.n, 1 + floor(:users * random() ^ 2)::integer AS followed FROM generate_series(4, :users / 2) f(n), generate_series(1, 20);
INSERT INTO veza_data.user_follow SELECT f.id, u.id, now() FROM bench_follow b JOIN bench_user f ON f.n = b.n JOIN bench_user u ON u.n = b.followed WHERE f.n <> u.n
    ON CONFLICT DO NOTHING;
INSERT INTO veza_data.user_block SELECT a.id, b.id, now() FROM bench_user a JOIN bench_user b ON b.n = a.n * 7 % :users + 1 WHERE a.n % 10 = 0 AND a.id <> b.id;
VACUUM ANALYZE;
