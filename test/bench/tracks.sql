-- Tracks as a platform has them, as many as :tracks says: words, genres, tags, owners and likes by Zipf's law,
-- one in ten private, one in twenty-five with a title in Chinese characters. What triggers and jobs would have
-- made is there, too: veza.audit has nothing to say. The same numbers come every time.

BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL synchronous_commit = off;
SET LOCAL maintenance_work_mem = '1GB';
SET LOCAL work_mem = '256MB';
SELECT setseed(0.42);

-- The word of a rank: the 12 most used have one syllable, the next 200 two, all others three, so that common words begin many others.
CREATE FUNCTION pg_temp.syllable(n integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT ('{the,in,ma,ne,so,lu,de,ba,ra,mi,to,ka,ver,son,can,lin,bel,for,gan,hin,jor,pla,stra,dro,gri,cle,fla,tre,wo,ze,qui,yo}'::text[])[1 + $1 % 32]
$$;
CREATE FUNCTION pg_temp.word(rank integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN $1 < 12 THEN pg_temp.syllable($1)
                WHEN $1 < 212 THEN pg_temp.syllable($1 * 5) || pg_temp.syllable($1 * 5 / 32 + $1)
                ELSE replace(pg_temp.syllable($1 * 20011) || pg_temp.syllable($1 * 20011 % 32768 / 32) || pg_temp.syllable($1 * 20011 % 32768 / 1024),
                             CASE WHEN $1 % 17 = 5 THEN 'e' ELSE '-' END, 'é') END
$$;
-- A rank by Zipf's law: that of half the rank comes twice as often.
CREATE FUNCTION pg_temp.zipf(n integer) RETURNS integer LANGUAGE sql VOLATILE AS $$
    SELECT floor(exp(random() * ln($1)))::integer - 1
$$;

CREATE TEMP TABLE bench_word AS SELECT n AS rank, pg_temp.word(n) AS word FROM generate_series(0, 29999) n;
CREATE UNIQUE INDEX ON bench_word (rank);
CREATE TEMP TABLE bench_artist AS
SELECT n, CASE WHEN n % 10 = 3 THEN 'The ' ELSE '' END || initcap(w.word) || CASE WHEN n % 3 = 0 THEN '' ELSE ' ' || initcap(v.word) END AS artist
  FROM generate_series(0, 59999) n JOIN bench_word w ON w.rank = n * 7919 % 30000 JOIN bench_word v ON v.rank = (n / 7 + n * 131) % 30000;
CREATE UNIQUE INDEX ON bench_artist (n);

INSERT INTO veza_data.users (id, username, email, password_hash, role, status, created_at, updated_at)
SELECT gen_random_uuid(), 'bench' || n, 'bench' || n || '@veza.example', 'none', 'creator', CASE WHEN n % 200 = 7 THEN 'suspended' ELSE 'active' END, now() - interval '3 years', now()
  FROM generate_series(0, 19999) n;
INSERT INTO veza_data.address_claim (user_id, address, is_first, made_at) SELECT id, email, true, now() FROM veza_data.users WHERE username LIKE 'bench%';
INSERT INTO veza_data.session (user_id, created_at, last_used_at, expires_at)
SELECT id, now(), now(), now() + interval '7 days' FROM veza_data.users WHERE username LIKE 'bench%';
CREATE TEMP TABLE bench_user AS SELECT substr(username, 6)::integer AS n, id FROM veza_data.users WHERE username LIKE 'bench%';
CREATE UNIQUE INDEX ON bench_user (n);

-- All that is by chance, once.
CREATE TEMP TABLE bench_dice AS
SELECT n, gen_random_uuid() AS id, gen_random_uuid() AS version_id, floor(20000 * random() ^ 2)::integer AS owner, floor(60000 * random() ^ 2)::integer AS artist,
       1 + floor(5 * random() ^ 1.5)::integer AS title_words, random() AS how, random() AS has, random() AS liked, random() AS played, random() AS long, random() AS fast,
       floor(40 * random() ^ 2)::integer AS genre, floor(6 * random() ^ 1.5)::integer AS ntags, random() AS seen, random() AS state
  FROM generate_series(1, :tracks) n;
CREATE TEMP TABLE bench_title AS
SELECT d.n, string_agg(initcap(w.word), ' ' ORDER BY w.rank * 31 % 7) AS title
  FROM (SELECT n, pg_temp.zipf(30000) AS rank FROM bench_dice, generate_series(1, title_words)) d JOIN bench_word w USING (rank) GROUP BY d.n;
CREATE TEMP TABLE bench_album AS
SELECT d.n, string_agg(initcap(w.word), ' ') AS album
  FROM (SELECT n, pg_temp.zipf(30000) AS rank FROM bench_dice, generate_series(1, 2) WHERE has < 0.6) d JOIN bench_word w USING (rank) GROUP BY d.n;
CREATE TEMP TABLE bench_tags AS
SELECT d.n, array_agg(DISTINCT w.word) AS tags
  FROM (SELECT n, 300 + pg_temp.zipf(3000) AS rank FROM bench_dice, generate_series(1, ntags)) d JOIN bench_word w USING (rank) GROUP BY d.n;
CREATE TEMP TABLE bench_han AS
SELECT d.n, string_agg(chr(19968 + d.rank * 7 % 20000), '') AS title
  FROM (SELECT n, pg_temp.zipf(2000) AS rank FROM bench_dice, generate_series(1, 2 + n / 25 % 5) WHERE n % 25 = 0) d GROUP BY d.n;
ANALYZE bench_dice, bench_title, bench_album, bench_tags, bench_han;

-- An index is made faster than it is filled row by row.
CREATE TEMP TABLE bench_index AS
SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index i
 WHERE indrelid = ANY ('{veza_data.track,veza_data.track_version,veza_data.track_like,veza_data.state_history}'::regclass[]) AND NOT indisunique;
SELECT format('DROP INDEX %s', name) FROM bench_index \gexec

INSERT INTO veza_data.file (hash, size, type, created_at)
SELECT encode(sha256(('bench' || n)::bytea), 'hex'), 1000000 + n, 'audio/flac', now() FROM generate_series(0, 9999) n;
CREATE TEMP TABLE bench_file AS SELECT row_number() OVER () - 1 AS n, hash, size FROM veza_data.file WHERE type = 'audio/flac';
CREATE UNIQUE INDEX ON bench_file (n);

-- A track names its version and the version its track: one of them must come first.
SET LOCAL session_replication_role = replica;
INSERT INTO veza_data.track_version (id, track_id, owner_id, number, file_hash, file_size, file_type, is_original, state, scan, duration_ms, sample_rate, channels, codec,
                                     pcm_hash, loudness_mlu, created_at, updated_at)
SELECT d.version_id, d.id, u.id, 1, f.hash, f.size, 'audio/flac', false, CASE WHEN d.state < 0.01 THEN 'failed' ELSE 'ready' END, 'clean', 30000 + (1000 * exp(5.2 * long ^ 0.3))::integer, 44100, 2, 'flac',
       encode(sha256(d.n::text::bytea), 'hex'), -14000, now() - (:tracks - d.n) * interval '90 seconds', now() - (:tracks - d.n) * interval '90 seconds'
  FROM bench_dice d JOIN bench_user u ON u.n = d.owner JOIN bench_file f ON f.n = d.n % 10000;
SET LOCAL session_replication_role = origin;
INSERT INTO veza_data.state_history (machine, entity_id, from_state, event, to_state, at, actor_kind)
SELECT 'track_version', v.id, h.from_state, h.event, h.to_state, v.created_at, h.by
  FROM veza_data.track_version v
 CROSS JOIN LATERAL (VALUES (NULL, 'receive', 'received', 'user'), ('received', 'claim', 'scanning', 'system'), ('scanning', 'clean', 'analysing', 'system'),
                            ('analysing', CASE v.state WHEN 'ready' THEN 'analysed' ELSE 'give_up' END, v.state, 'system')) h(from_state, event, to_state, by);

INSERT INTO veza_data.track (id, uploader_id, title, artist, album, genre, tags, visibility, license, bpm, duration_ms, file_type, status, current_version_id,
                             play_count, like_count, created_at, updated_at, deleted_at)
SELECT d.id, u.id, coalesce(h.title, t.title), a.artist, l.album,
       CASE WHEN has > 0.05 THEN ('{Electronic,Hip Hop,Rock,Pop,Ambient,House,Techno,Jazz,Classical,Folk,Metal,Indie,Trap,Lo-Fi,Drum & Bass,Soul,Funk,Reggae,Blues,Country,Punk,Trance,Dubstep,Disco,Latin,Gospel,Ska,Opera,Chanson,Afrobeat,Salsa,Flamenco,Bossa Nova,Grime,Garage,Swing,Fado,Polka,Zydeco,Gamelan}'::text[])[1 + d.genre] END,
       coalesce(g.tags, '{}'),
       CASE WHEN d.seen < 0.1 THEN 'private' WHEN d.seen < 0.12 THEN 'unlisted' ELSE 'public' END,
       CASE WHEN d.how < 0.8 THEN 'All Rights Reserved' WHEN d.how < 0.9 THEN 'Creative Commons BY' WHEN d.how < 0.95 THEN 'Creative Commons BY-SA'
            WHEN d.how < 0.999 THEN 'Creative Commons BY-NC' ELSE 'Public Domain' END,
       -- A genre has its tempi: what is slow is never fast.
       CASE WHEN d.fast > 0.1 THEN 60 + d.genre * 31 % 100 + (20 * d.fast)::integer END, v.duration_ms, 'audio/flac',
       CASE WHEN d.state < 0.01 THEN 'failed' ELSE 'ready' END, d.version_id,
       floor(0.5 / (d.played + 0.0000002))::bigint, least(20000, floor(0.1 / (d.liked + 0.000004)))::bigint,
       v.created_at, v.created_at + d.how * (now() - v.created_at), CASE WHEN d.state > 0.99 THEN now() END
  FROM bench_dice d JOIN bench_user u ON u.n = d.owner JOIN bench_artist a ON a.n = d.artist JOIN bench_title t ON t.n = d.n
  JOIN veza_data.track_version v ON v.id = d.version_id
  LEFT JOIN bench_album l ON l.n = d.n LEFT JOIN bench_tags g ON g.n = d.n LEFT JOIN bench_han h ON h.n = d.n
 ORDER BY d.n;

INSERT INTO veza_data.track_like (track_id, user_id, created_at)
SELECT t.id, u.id, t.created_at + i * interval '1 second'
  FROM bench_dice d JOIN veza_data.track t USING (id) CROSS JOIN LATERAL generate_series(1, t.like_count) i JOIN bench_user u ON u.n = (d.n * 31 + i) % 20000;
INSERT INTO veza_data.track_day (track_id, day, kind, source, n)
SELECT id, least(created_at, now() - interval '3 days')::date, 'play', 'track', play_count FROM veza_data.track WHERE play_count > 0
UNION ALL SELECT id, least(created_at, now() - interval '3 days')::date, 'like', '', like_count FROM veza_data.track WHERE like_count > 0;

-- People and playlists for the search: names of artists, followers and likes by Zipf's law.
UPDATE veza_data.users u SET display_name = a.artist FROM bench_user b JOIN bench_artist a ON a.n = b.n * 3 WHERE u.id = b.id AND b.n % 3 > 0;
INSERT INTO veza_data.user_follow (follower_id, followed_id, created_at)
SELECT f.id, u.id, now() - i * interval '1 minute'
  FROM (SELECT n, id, least(10000, floor(0.5 / (random() + 0.00005)))::integer AS followers FROM bench_user) u
 CROSS JOIN LATERAL generate_series(1, u.followers) i JOIN bench_user f ON f.n = (u.n + i) % 20000 AND f.n <> u.n;
INSERT INTO veza_data.follow_count (user_id, followers, following)
SELECT user_id, sum(followers), sum(following)
  FROM (SELECT followed_id AS user_id, 1 AS followers, 0 AS following FROM veza_data.user_follow
        UNION ALL SELECT follower_id, 0, 1 FROM veza_data.user_follow) f
 GROUP BY user_id;
INSERT INTO veza_data.follow_day (user_id, day, gained, lost)
SELECT followed_id, (created_at AT TIME ZONE 'UTC')::date, count(*), 0 FROM veza_data.user_follow GROUP BY 1, 2;
INSERT INTO veza_data.playlist (owner_id, name, visibility, like_count, created_at, updated_at)
SELECT u.id, t.title, CASE WHEN t.n % 5 = 0 THEN 'private' ELSE 'public' END, least(10000, floor(0.1 / (random() + 0.00001)))::integer, now(), now()
  FROM bench_title t JOIN bench_user u ON u.n = t.n * 7 % 20000 WHERE t.n % 10 = 1;
INSERT INTO veza_data.playlist_like (playlist_id, user_id, created_at)
SELECT p.id, u.id, now() FROM veza_data.playlist p CROSS JOIN LATERAL generate_series(1, p.like_count) i JOIN bench_user u ON u.n = (hashtext(p.name) & 32767) % 20000 + i - CASE WHEN (hashtext(p.name) & 32767) % 20000 + i >= 20000 THEN 20000 ELSE 0 END;

SELECT definition FROM bench_index \gexec
COMMIT;
VACUUM ANALYZE;
