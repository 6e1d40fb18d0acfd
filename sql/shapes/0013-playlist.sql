-- Shapes: what playlists look like to clients.

CREATE VIEW veza_data.playlist_base AS
SELECT p.id, p.name, p.description, p.visibility, p.visibility = 'public' AS is_public, p.owner_id AS user_id,
       u.username AS owner_username, coalesce(u.display_name, u.username) AS owner_name,
       CASE WHEN p.cover_file IS NOT NULL THEN '/api/v1/playlists/' || p.id || '/cover?v=' || left(p.cover_file, 12) END AS cover_url,
       p.track_count, p.rules IS NOT NULL AS is_smart, c.follows AS follower_count, c.likes AS like_count, p.forked_from_id, p.version, p.created_at, p.updated_at, p.deleted_at,
       p.taken_down_at, p.taken_down_reason
  FROM veza_data.playlist p
  JOIN veza_data.users u ON u.id = p.owner_id
 CROSS JOIN LATERAL (SELECT p.follow_count + coalesce(sum(n) FILTER (WHERE kind = 'follow'), 0)::bigint AS follows,
                            p.like_count + coalesce(sum(n) FILTER (WHERE kind = 'like'), 0)::bigint AS likes
                       FROM veza_data.playlist_counter x WHERE x.playlist_id = p.id) c;
COMMENT ON VIEW veza_data.playlist_base IS 'A playlist, without what depends on who sees it.';
COMMENT ON COLUMN veza_data.playlist_base.id IS 'Key.';
COMMENT ON COLUMN veza_data.playlist_base.name IS 'Name.';
COMMENT ON COLUMN veza_data.playlist_base.description IS 'Description.';
COMMENT ON COLUMN veza_data.playlist_base.visibility IS 'public, unlisted or private.';
COMMENT ON COLUMN veza_data.playlist_base.is_public IS 'It stands in lists and searches.';
COMMENT ON COLUMN veza_data.playlist_base.user_id IS 'Owner.';
COMMENT ON COLUMN veza_data.playlist_base.owner_username IS 'Public name of the owner.';
COMMENT ON COLUMN veza_data.playlist_base.owner_name IS 'Name of the owner as shown.';
COMMENT ON COLUMN veza_data.playlist_base.cover_url IS 'Address of its own picture.';
COMMENT ON COLUMN veza_data.playlist_base.track_count IS 'Entries, also those that cannot be seen.';
COMMENT ON COLUMN veza_data.playlist_base.is_smart IS 'Its tracks are found by rules, for each reader anew.';
COMMENT ON COLUMN veza_data.playlist_base.follower_count IS 'Followers.';
COMMENT ON COLUMN veza_data.playlist_base.like_count IS 'Likes.';
COMMENT ON COLUMN veza_data.playlist_base.forked_from_id IS 'The playlist that it was copied from.';
COMMENT ON COLUMN veza_data.playlist_base.version IS 'Grows with every change of its entries.';
COMMENT ON COLUMN veza_data.playlist_base.created_at IS 'When it was made.';
COMMENT ON COLUMN veza_data.playlist_base.updated_at IS 'When it last changed.';
COMMENT ON COLUMN veza_data.playlist_base.deleted_at IS 'When it was removed.';
COMMENT ON COLUMN veza_data.playlist_base.taken_down_at IS 'When a moderator took it down.';
COMMENT ON COLUMN veza_data.playlist_base.taken_down_reason IS 'Why.';

CREATE VIEW veza_data.playlist_shape AS
SELECT NULL::uuid AS id, NULL::text AS name, NULL::text AS description, NULL::text AS visibility, NULL::boolean AS is_public, NULL::uuid AS user_id,
       NULL::text AS owner_username, NULL::text AS owner_name, NULL::text AS cover_url, NULL::text[] AS cover_urls, NULL::integer AS track_count, NULL::boolean AS is_smart,
       NULL::bigint AS follower_count, NULL::bigint AS like_count, NULL::uuid AS forked_from_id, NULL::text AS role, NULL::boolean AS is_followed,
       NULL::boolean AS is_liked, NULL::bigint AS version, NULL::timestamptz AS created_at, NULL::timestamptz AS updated_at, NULL::timestamptz AS deleted_at,
       NULL::timestamptz AS taken_down_at, NULL::text AS taken_down_reason
 WHERE false;
COMMENT ON VIEW veza_data.playlist_shape IS 'A playlist as its reader sees it.';
COMMENT ON COLUMN veza_data.playlist_shape.id IS 'Key.';
COMMENT ON COLUMN veza_data.playlist_shape.name IS 'Name.';
COMMENT ON COLUMN veza_data.playlist_shape.description IS 'Description.';
COMMENT ON COLUMN veza_data.playlist_shape.visibility IS 'public, unlisted or private.';
COMMENT ON COLUMN veza_data.playlist_shape.is_public IS 'It stands in lists and searches.';
COMMENT ON COLUMN veza_data.playlist_shape.user_id IS 'Owner.';
COMMENT ON COLUMN veza_data.playlist_shape.owner_username IS 'Public name of the owner.';
COMMENT ON COLUMN veza_data.playlist_shape.owner_name IS 'Name of the owner as shown.';
COMMENT ON COLUMN veza_data.playlist_shape.cover_url IS 'Address of its own picture, or of the first of cover_urls.';
COMMENT ON COLUMN veza_data.playlist_shape.cover_urls IS 'Addresses of up to four covers of its first tracks, to be shown together where it has no picture of its own.';
COMMENT ON COLUMN veza_data.playlist_shape.track_count IS 'Entries; null: it is smart, and they are not counted.';
COMMENT ON COLUMN veza_data.playlist_shape.is_smart IS 'Its tracks are found by rules, for each reader anew.';
COMMENT ON COLUMN veza_data.playlist_shape.follower_count IS 'Followers.';
COMMENT ON COLUMN veza_data.playlist_shape.like_count IS 'Likes.';
COMMENT ON COLUMN veza_data.playlist_shape.forked_from_id IS 'The playlist that it was copied from, if one may see it.';
COMMENT ON COLUMN veza_data.playlist_shape.role IS 'What one is to it: owner, editor, viewer or invited; null: none of these.';
COMMENT ON COLUMN veza_data.playlist_shape.is_followed IS 'One follows it.';
COMMENT ON COLUMN veza_data.playlist_shape.is_liked IS 'One likes it.';
COMMENT ON COLUMN veza_data.playlist_shape.version IS 'Grows with every change of its entries; to be named when their order is changed.';
COMMENT ON COLUMN veza_data.playlist_shape.created_at IS 'When it was made.';
COMMENT ON COLUMN veza_data.playlist_shape.updated_at IS 'When it last changed.';
COMMENT ON COLUMN veza_data.playlist_shape.deleted_at IS 'When it was removed.';
COMMENT ON COLUMN veza_data.playlist_shape.taken_down_at IS 'When a moderator took it down: nobody but its owner sees it since.';
COMMENT ON COLUMN veza_data.playlist_shape.taken_down_reason IS 'Why.';

CREATE VIEW veza_data.playlist_whole_shape AS
SELECT s.*, NULL::bigint AS duration_ms, NULL::json AS tracks FROM veza_data.playlist_shape s;
COMMENT ON VIEW veza_data.playlist_whole_shape IS 'A playlist with its first entries.';
DO $$
DECLARE
    c record;
BEGIN
    -- The columns of a shape that another one shows as they are keep their words.
    FOR c IN SELECT a.attname, col_description(a.attrelid, a.attnum) AS words FROM pg_attribute a
              WHERE a.attrelid = 'veza_data.playlist_shape'::regclass AND a.attnum > 0 LOOP
        EXECUTE format('COMMENT ON COLUMN veza_data.playlist_whole_shape.%I IS %L', c.attname, c.words);
    END LOOP;
END
$$;
COMMENT ON COLUMN veza_data.playlist_whole_shape.duration_ms IS 'Duration of the tracks that one may see, in ms; null: more than 500 entries, which are not added up.';
COMMENT ON COLUMN veza_data.playlist_whole_shape.tracks IS 'The first 100 entries, as the list of them shows them.';

CREATE VIEW veza_data.playlist_entry_shape AS
SELECT NULL::uuid AS id, NULL::uuid AS entry_id, NULL::integer AS "position", NULL::boolean AS is_available, NULL::uuid AS track_id, NULL::json AS track,
       NULL::uuid AS added_by, NULL::text AS added_by_username, NULL::timestamptz AS added_at
 WHERE false;
COMMENT ON VIEW veza_data.playlist_entry_shape IS 'Something that stands in a playlist.';
COMMENT ON COLUMN veza_data.playlist_entry_shape.id IS 'Key.';
COMMENT ON COLUMN veza_data.playlist_entry_shape.entry_id IS 'The same.';
COMMENT ON COLUMN veza_data.playlist_entry_shape."position" IS 'Where it stands, from 0.';
COMMENT ON COLUMN veza_data.playlist_entry_shape.is_available IS 'One may see the track.';
COMMENT ON COLUMN veza_data.playlist_entry_shape.track_id IS 'The track, if one may see it.';
COMMENT ON COLUMN veza_data.playlist_entry_shape.track IS 'The same with all that is shown of it.';
COMMENT ON COLUMN veza_data.playlist_entry_shape.added_by IS 'Who has added it, if one may see that user.';
COMMENT ON COLUMN veza_data.playlist_entry_shape.added_by_username IS 'The same by name.';
COMMENT ON COLUMN veza_data.playlist_entry_shape.added_at IS 'When.';

CREATE VIEW veza_data.playlist_added_shape AS
SELECT NULL::json AS added, NULL::uuid[] AS duplicates, NULL::bigint AS version, NULL::integer AS track_count WHERE false;
COMMENT ON VIEW veza_data.playlist_added_shape IS 'What was added to a playlist.';
COMMENT ON COLUMN veza_data.playlist_added_shape.added IS 'The new entries, in their order: entry_id, track_id and position of each.';
COMMENT ON COLUMN veza_data.playlist_added_shape.duplicates IS 'Tracks that stood in it already, or came twice.';
COMMENT ON COLUMN veza_data.playlist_added_shape.version IS 'Version of the entries now.';
COMMENT ON COLUMN veza_data.playlist_added_shape.track_count IS 'Entries now.';

CREATE VIEW veza_data.playlist_removed_shape AS
SELECT NULL::bigint AS removed, NULL::bigint AS version, NULL::integer AS track_count WHERE false;
COMMENT ON VIEW veza_data.playlist_removed_shape IS 'What was removed from a playlist.';
COMMENT ON COLUMN veza_data.playlist_removed_shape.removed IS 'How many entries.';
COMMENT ON COLUMN veza_data.playlist_removed_shape.version IS 'Version of the entries now.';
COMMENT ON COLUMN veza_data.playlist_removed_shape.track_count IS 'Entries now.';

CREATE VIEW veza_data.playlist_version_shape AS
SELECT NULL::bigint AS version, NULL::integer AS track_count WHERE false;
COMMENT ON VIEW veza_data.playlist_version_shape IS 'The entries of a playlist after a change of their order.';
COMMENT ON COLUMN veza_data.playlist_version_shape.version IS 'Version of the entries now.';
COMMENT ON COLUMN veza_data.playlist_version_shape.track_count IS 'How many there are.';

CREATE VIEW veza_data.playlist_change_shape AS
SELECT NULL::bigint AS id, NULL::bigint AS version, NULL::timestamptz AS at, NULL::text AS action, NULL::integer AS n, NULL::uuid AS actor_id,
       NULL::text AS actor_username
 WHERE false;
COMMENT ON VIEW veza_data.playlist_change_shape IS 'A change of what stands in a playlist.';
COMMENT ON COLUMN veza_data.playlist_change_shape.id IS 'Order.';
COMMENT ON COLUMN veza_data.playlist_change_shape.version IS 'Version of the entries after it.';
COMMENT ON COLUMN veza_data.playlist_change_shape.at IS 'When.';
COMMENT ON COLUMN veza_data.playlist_change_shape.action IS 'What was done: added, removed, moved, ordered or copied.';
COMMENT ON COLUMN veza_data.playlist_change_shape.n IS 'Entries that it concerned.';
COMMENT ON COLUMN veza_data.playlist_change_shape.actor_id IS 'Who; null: an account that is gone, or that one may not see.';
COMMENT ON COLUMN veza_data.playlist_change_shape.actor_username IS 'The same by name.';

CREATE VIEW veza_data.playlist_member_base AS
SELECT u.id, u.id AS user_id, u.username, coalesce(u.display_name, u.username) AS display_name, u.avatar, m.role,
       CASE WHEN m.accepted_at IS NULL THEN 'invited' ELSE 'accepted' END AS status, m.invited_by, m.created_at, m.accepted_at,
       m.playlist_id, m.place
  FROM (SELECT playlist_id, user_id, role, invited_by, created_at, accepted_at, (extract(epoch FROM created_at) * 1000000)::bigint AS place
          FROM veza_data.playlist_member
        UNION ALL
        SELECT id AS playlist_id, owner_id AS user_id, 'owner' AS role, NULL::uuid AS invited_by, created_at, created_at AS accepted_at, 0::bigint AS place FROM veza_data.playlist) m
  JOIN veza_data.users u ON u.id = m.user_id;
COMMENT ON VIEW veza_data.playlist_member_base IS 'Who takes part in which playlist, the owners included, or was invited to it.';
COMMENT ON COLUMN veza_data.playlist_member_base.id IS 'The user.';
COMMENT ON COLUMN veza_data.playlist_member_base.user_id IS 'The same.';
COMMENT ON COLUMN veza_data.playlist_member_base.username IS 'Public name.';
COMMENT ON COLUMN veza_data.playlist_member_base.display_name IS 'Name as shown.';
COMMENT ON COLUMN veza_data.playlist_member_base.avatar IS 'Address of the picture.';
COMMENT ON COLUMN veza_data.playlist_member_base.role IS 'owner, editor or viewer.';
COMMENT ON COLUMN veza_data.playlist_member_base.status IS 'invited or accepted.';
COMMENT ON COLUMN veza_data.playlist_member_base.invited_by IS 'Who has invited.';
COMMENT ON COLUMN veza_data.playlist_member_base.created_at IS 'When.';
COMMENT ON COLUMN veza_data.playlist_member_base.accepted_at IS 'When that was accepted.';
COMMENT ON COLUMN veza_data.playlist_member_base.playlist_id IS 'The playlist.';
COMMENT ON COLUMN veza_data.playlist_member_base.place IS 'Order: the owner first, then as they were invited.';

CREATE VIEW veza_data.playlist_member_shape AS
SELECT id, user_id, username, display_name, avatar, role, status, invited_by, created_at, accepted_at FROM veza_data.playlist_member_base;
COMMENT ON VIEW veza_data.playlist_member_shape IS 'Somebody who takes part in a playlist, or was invited to it.';
COMMENT ON COLUMN veza_data.playlist_member_shape.id IS 'The user.';
COMMENT ON COLUMN veza_data.playlist_member_shape.user_id IS 'The same.';
COMMENT ON COLUMN veza_data.playlist_member_shape.username IS 'Public name.';
COMMENT ON COLUMN veza_data.playlist_member_shape.display_name IS 'Name as shown.';
COMMENT ON COLUMN veza_data.playlist_member_shape.avatar IS 'Address of the picture.';
COMMENT ON COLUMN veza_data.playlist_member_shape.role IS 'owner, editor or viewer.';
COMMENT ON COLUMN veza_data.playlist_member_shape.status IS 'invited or accepted.';
COMMENT ON COLUMN veza_data.playlist_member_shape.invited_by IS 'Who has invited.';
COMMENT ON COLUMN veza_data.playlist_member_shape.created_at IS 'When.';
COMMENT ON COLUMN veza_data.playlist_member_shape.accepted_at IS 'When that was accepted.';

CREATE VIEW veza_data.playlist_follow_shape AS
SELECT NULL::boolean AS followed, NULL::bigint AS follower_count WHERE false;
COMMENT ON VIEW veza_data.playlist_follow_shape IS 'Whether one follows a playlist.';
COMMENT ON COLUMN veza_data.playlist_follow_shape.followed IS 'One does.';
COMMENT ON COLUMN veza_data.playlist_follow_shape.follower_count IS 'How many do.';

CREATE VIEW veza_data.playlist_like_shape AS
SELECT NULL::boolean AS liked, NULL::bigint AS like_count WHERE false;
COMMENT ON VIEW veza_data.playlist_like_shape IS 'Whether one likes a playlist.';
COMMENT ON COLUMN veza_data.playlist_like_shape.liked IS 'One does.';
COMMENT ON COLUMN veza_data.playlist_like_shape.like_count IS 'How many do.';

CREATE VIEW veza_data.play_queue_shape AS
SELECT NULL::uuid[] AS track_ids, NULL::integer AS current_index, NULL::integer AS position_ms, NULL::text AS device, NULL::json AS tracks,
       NULL::bigint AS version, NULL::timestamptz AS updated_at
 WHERE false;
COMMENT ON VIEW veza_data.play_queue_shape IS 'What one is listening to.';
COMMENT ON COLUMN veza_data.play_queue_shape.track_ids IS 'The tracks, in their order.';
COMMENT ON COLUMN veza_data.play_queue_shape.current_index IS 'The one that is played, from 0.';
COMMENT ON COLUMN veza_data.play_queue_shape.position_ms IS 'How far it was played, in ms.';
COMMENT ON COLUMN veza_data.play_queue_shape.device IS 'What the device that saved it calls itself.';
COMMENT ON COLUMN veza_data.play_queue_shape.tracks IS 'The same tracks with id, title, artist, duration_ms and uploader_id; null for one that cannot be seen.';
COMMENT ON COLUMN veza_data.play_queue_shape.version IS 'Grows whenever it is saved.';
COMMENT ON COLUMN veza_data.play_queue_shape.updated_at IS 'When it was saved; null: never.';
