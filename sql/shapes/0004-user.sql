-- Shapes: what users look like to others, their settings, what is stored about them.

CREATE VIEW veza_data.public_user_shape AS
SELECT id, username, first_name, last_name, display_name, bio, avatar, avatar AS avatar_url,
       veza_data.effective_role(role, plan_role, plan_role_until) AS role,
       is_verified, location, website, social_links, skills, created_at
  FROM veza_data.users;
COMMENT ON VIEW veza_data.public_user_shape IS 'An account as others see it.';
COMMENT ON COLUMN veza_data.public_user_shape.id IS 'Key.';
COMMENT ON COLUMN veza_data.public_user_shape.username IS 'Public name.';
COMMENT ON COLUMN veza_data.public_user_shape.first_name IS 'First name.';
COMMENT ON COLUMN veza_data.public_user_shape.last_name IS 'Last name.';
COMMENT ON COLUMN veza_data.public_user_shape.display_name IS 'Name as shown.';
COMMENT ON COLUMN veza_data.public_user_shape.bio IS 'Text about oneself.';
COMMENT ON COLUMN veza_data.public_user_shape.avatar IS 'Address of the picture.';
COMMENT ON COLUMN veza_data.public_user_shape.avatar_url IS 'Address of the picture.';
COMMENT ON COLUMN veza_data.public_user_shape.role IS 'user, premium, creator, artist, producer, label or admin.';
COMMENT ON COLUMN veza_data.public_user_shape.is_verified IS 'The e-mail address is confirmed.';
COMMENT ON COLUMN veza_data.public_user_shape.location IS 'Where the user is, in own words.';
COMMENT ON COLUMN veza_data.public_user_shape.website IS 'Address of a page.';
COMMENT ON COLUMN veza_data.public_user_shape.social_links IS 'Names at other services: twitter, instagram, soundcloud.';
COMMENT ON COLUMN veza_data.public_user_shape.skills IS 'Up to 10 words.';
COMMENT ON COLUMN veza_data.public_user_shape.created_at IS 'When the account was made.';

CREATE VIEW veza_data.completion_shape AS
SELECT NULL::uuid AS user_id, NULL::integer AS percentage, NULL::text[] AS completed, NULL::text[] AS missing,
       NULL::boolean AS is_complete, NULL::text[] AS optional_missing
 WHERE false;
COMMENT ON VIEW veza_data.completion_shape IS 'How complete a profile is.';
COMMENT ON COLUMN veza_data.completion_shape.user_id IS 'Whose profile.';
COMMENT ON COLUMN veza_data.completion_shape.percentage IS 'Filled in, of what counts: 0 to 100.';
COMMENT ON COLUMN veza_data.completion_shape.completed IS 'What is filled in: username, email_verified, first_name, last_name, avatar, bio, and optional fields.';
COMMENT ON COLUMN veza_data.completion_shape.missing IS 'What counts and is missing.';
COMMENT ON COLUMN veza_data.completion_shape.is_complete IS 'Nothing that counts is missing.';
COMMENT ON COLUMN veza_data.completion_shape.optional_missing IS 'What is missing and does not count: location, website, social_links.';

CREATE VIEW veza_data.settings_shape AS
SELECT id AS user_id, coalesce(preferences ->> 'theme', 'auto') AS theme,
       '{"email": true, "push": true, "desktop": false, "new_followers": true, "track_comments": true,
         "direct_messages": true, "mentions": true, "likes": true, "invitations": true, "sales": true, "digest": "off"}'::jsonb
       || coalesce(preferences -> 'notifications', '{}') AS notifications,
       '{"show_email": false, "show_activity": true, "allow_dm": true, "track_visibility": "public",
         "profile_visibility": "public"}'::jsonb
       || coalesce(preferences -> 'privacy', '{}') AS privacy,
       '{"auto_play": true, "quality": "high", "volume": 1, "crossfade": 0}'::jsonb
       || coalesce(preferences -> 'audio', '{}') AS audio,
       language, timezone
  FROM veza_data.users;
COMMENT ON VIEW veza_data.settings_shape IS 'The settings of an account, with the defaults of what was never set.';
COMMENT ON COLUMN veza_data.settings_shape.user_id IS 'Whose settings.';
COMMENT ON COLUMN veza_data.settings_shape.theme IS 'light, dark or auto.';
COMMENT ON COLUMN veza_data.settings_shape.notifications IS 'What the user wants to hear of: email, push, desktop, new_followers, track_comments, direct_messages, mentions, likes, invitations, sales: true or false, where payments that wait and decisions about own work are always told; digest: off, daily or weekly, a mail about what is unread, when email is true and the address is confirmed.';
COMMENT ON COLUMN veza_data.settings_shape.privacy IS 'show_email, show_activity, allow_dm: true or false, for the web app; track_visibility: public, followers or private; profile_visibility: public, registered (who is logged in) or private.';
COMMENT ON COLUMN veza_data.settings_shape.audio IS 'auto_play: true or false; quality: low, medium, high or lossless; volume: 0 to 1; crossfade: 0 to 12 s.';
COMMENT ON COLUMN veza_data.settings_shape.language IS 'ISO 639-1 code; mails are written in it when there is a translation.';
COMMENT ON COLUMN veza_data.settings_shape.timezone IS 'IANA name of the time zone.';

CREATE VIEW veza_data.export_shape AS
SELECT NULL::timestamptz AS exported_at, NULL::jsonb AS profile, NULL::jsonb AS settings, NULL::jsonb AS security,
       NULL::jsonb[] AS sessions, NULL::jsonb[] AS mails, NULL::jsonb[] AS subscriptions, NULL::jsonb[] AS payments,
       NULL::jsonb[] AS refunds, NULL::jsonb[] AS distributions, NULL::jsonb[] AS gate_refusals, NULL::jsonb[] AS tracks,
       NULL::jsonb[] AS track_versions, NULL::jsonb[] AS track_changes, NULL::jsonb[] AS track_likes, NULL::jsonb[] AS track_plays,
       NULL::jsonb[] AS track_downloads, NULL::jsonb[] AS track_shares, NULL::jsonb[] AS follows, NULL::jsonb[] AS followers,
       NULL::jsonb[] AS blocks, NULL::jsonb[] AS playlists, NULL::jsonb[] AS playlist_entries, NULL::jsonb[] AS playlist_additions,
       NULL::jsonb[] AS playlist_memberships, NULL::jsonb[] AS playlist_invitations, NULL::jsonb[] AS playlist_changes,
       NULL::jsonb[] AS playlist_follows, NULL::jsonb[] AS playlist_likes, NULL::jsonb AS play_queue, NULL::jsonb[] AS comments,
       NULL::jsonb[] AS comment_likes, NULL::jsonb[] AS reports, NULL::jsonb[] AS moderation_decisions, NULL::jsonb[] AS notifications,
       NULL::jsonb[] AS history, NULL::jsonb[] AS audit
 WHERE false;
COMMENT ON VIEW veza_data.export_shape IS 'Everything that is stored about an account, without secrets.';
COMMENT ON COLUMN veza_data.export_shape.exported_at IS 'When this was read.';
COMMENT ON COLUMN veza_data.export_shape.profile IS 'The account.';
COMMENT ON COLUMN veza_data.export_shape.settings IS 'The settings.';
COMMENT ON COLUMN veza_data.export_shape.security IS 'Since when there is a second factor, and how many recovery codes are left.';
COMMENT ON COLUMN veza_data.export_shape.sessions IS 'Login sessions, also those that have ended.';
COMMENT ON COLUMN veza_data.export_shape.mails IS 'Mails to the account.';
COMMENT ON COLUMN veza_data.export_shape.subscriptions IS 'Subscriptions.';
COMMENT ON COLUMN veza_data.export_shape.payments IS 'Payments.';
COMMENT ON COLUMN veza_data.export_shape.refunds IS 'Refunds.';
COMMENT ON COLUMN veza_data.export_shape.distributions IS 'Submissions to streaming services.';
COMMENT ON COLUMN veza_data.export_shape.gate_refusals IS 'Submissions that were refused for want of a plan.';
COMMENT ON COLUMN veza_data.export_shape.tracks IS 'Tracks.';
COMMENT ON COLUMN veza_data.export_shape.track_versions IS 'Their audio: each file, and what was found in it.';
COMMENT ON COLUMN veza_data.export_shape.track_changes IS 'What was changed of them.';
COMMENT ON COLUMN veza_data.export_shape.track_likes IS 'Tracks that the account likes.';
COMMENT ON COLUMN veza_data.export_shape.track_plays IS 'What the account has played, as far back as it is kept.';
COMMENT ON COLUMN veza_data.export_shape.track_downloads IS 'What it has stored, as far back as it is kept.';
COMMENT ON COLUMN veza_data.export_shape.track_shares IS 'Links that it has made.';
COMMENT ON COLUMN veza_data.export_shape.follows IS 'Whom the account follows.';
COMMENT ON COLUMN veza_data.export_shape.followers IS 'Who follows it.';
COMMENT ON COLUMN veza_data.export_shape.blocks IS 'Whom it has blocked.';
COMMENT ON COLUMN veza_data.export_shape.playlists IS 'Playlists, also those that were removed.';
COMMENT ON COLUMN veza_data.export_shape.playlist_entries IS 'What stands in them.';
COMMENT ON COLUMN veza_data.export_shape.playlist_additions IS 'What it has added to playlists of others.';
COMMENT ON COLUMN veza_data.export_shape.playlist_memberships IS 'Playlists of others that it works on, or was invited to.';
COMMENT ON COLUMN veza_data.export_shape.playlist_invitations IS 'Whom it has invited.';
COMMENT ON COLUMN veza_data.export_shape.playlist_changes IS 'Its changes of what stands in playlists.';
COMMENT ON COLUMN veza_data.export_shape.playlist_follows IS 'Playlists that it follows.';
COMMENT ON COLUMN veza_data.export_shape.playlist_likes IS 'Playlists that it likes.';
COMMENT ON COLUMN veza_data.export_shape.play_queue IS 'What it is listening to.';
COMMENT ON COLUMN veza_data.export_shape.comments IS 'Comments that the account has written.';
COMMENT ON COLUMN veza_data.export_shape.comment_likes IS 'Comments that the account likes.';
COMMENT ON COLUMN veza_data.export_shape.reports IS 'What the account has reported to moderators.';
COMMENT ON COLUMN veza_data.export_shape.moderation_decisions IS 'What moderators have decided about what is the account''s.';
COMMENT ON COLUMN veza_data.export_shape.notifications IS 'What the account was told of, as far back as it is kept; not by whom.';
COMMENT ON COLUMN veza_data.export_shape.history IS 'Steps in the life of these subscriptions, payments, refunds and submissions.';
COMMENT ON COLUMN veza_data.export_shape.audit IS 'What the account did, and what was done to it.';
