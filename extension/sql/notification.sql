
-- Notifications: reading them, and the mail that sums them up.

CREATE FUNCTION veza.notification_list(
    page integer DEFAULT 1, "limit" integer DEFAULT 20, cursor text DEFAULT NULL, unread boolean DEFAULT NULL, kind text DEFAULT NULL)
    RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.notification_list IS 'List what one was told of, newest first.
What the reader may not see, or no longer, is left out.
- page: page number, from 1
- limit: rows per page, 1 to 100
- cursor: next_cursor of the page before; takes the place of page
- unread: true: only what is unread
- kind: only this kind: like, comment, reply, mention, follow, invitation, payment_pending, review_decision or sale';
SELECT veza.add_route('GET', '/api/v1/notifications', 'veza.notification_list', 'user', 'reads',
                      errors => '{VALIDATION_ERROR}', shape => 'notification_shape', is_list => true,
                      aliases => '{"unread": ["unread_only"]}');

CREATE FUNCTION veza.notification_unread_count() RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.notification_unread_count IS 'Count the notifications that are unread, up to 100.';
SELECT veza.add_route('GET', '/api/v1/notifications/unread-count', 'veza.notification_unread_count', 'user', 'reads',
                      shape => 'notification_unread_shape');

CREATE FUNCTION veza.notification_read(id uuid) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.notification_read IS 'Mark a notification as read; again it stays read since then.
- id: the notification';
SELECT veza.add_route('POST', '/api/v1/notifications/:id/read', 'veza.notification_read', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,NOTIFICATION_NOT_FOUND}', shape => 'notification_shape');
SELECT veza.add_route('PUT', '/api/v1/notifications/:id/read', 'veza.notification_read', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,NOTIFICATION_NOT_FOUND}', shape => 'notification_shape');

CREATE FUNCTION veza.notification_read_all(until timestamptz DEFAULT NULL) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.notification_read_all IS 'Mark as read what one was told of until a moment; 10000 notifications at a time.
- until: created_at of the newest one that was shown; by default now';
SELECT veza.add_route('POST', '/api/v1/notifications/read-all', 'veza.notification_read_all', 'user', 'writes',
                      errors => '{VALIDATION_ERROR}', shape => 'notification_marked_shape');

CREATE FUNCTION veza.notification_delete(id uuid) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.notification_delete IS 'Throw a notification away.
- id: the notification';
SELECT veza.add_route('DELETE', '/api/v1/notifications/:id', 'veza.notification_delete', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,NOTIFICATION_NOT_FOUND}', shape => 'message_shape');

-- The digest, and its lines: the body of a line says who did it, the subject stands where nobody is named.
INSERT INTO veza.mail_template (name, language, subject, body) VALUES
('digest', 'en', 'What you have not read yet', $$Hello {{name}},

this has happened since the last time:

{{content}}

You get this mail because you asked for it. To stop it, set "digest" to "off" in the settings of your account, under notifications.
$$),
('digest', 'fr', 'Ce que vous n''avez pas encore lu', $$Bonjour {{name}},

voici ce qui s'est passé depuis la dernière fois :

{{content}}

Vous recevez ce message parce que vous l'avez demandé. Pour l'arrêter, mettez « digest » à « off » dans les réglages de votre compte, sous notifications.
$$),
('digest_like', 'en', 'Somebody likes "{{subject}}".', '{{actor}} likes "{{subject}}".'),
('digest_like', 'fr', 'Quelqu''un aime « {{subject}} ».', '{{actor}} aime « {{subject}} ».'),
('digest_comment', 'en', 'Somebody has commented on "{{subject}}".', '{{actor}} has commented on "{{subject}}".'),
('digest_comment', 'fr', 'Quelqu''un a commenté « {{subject}} ».', '{{actor}} a commenté « {{subject}} ».'),
('digest_reply', 'en', 'Somebody has answered you: "{{subject}}".', '{{actor}} has answered you: "{{subject}}".'),
('digest_reply', 'fr', 'Quelqu''un vous a répondu : « {{subject}} ».', '{{actor}} vous a répondu : « {{subject}} ».'),
('digest_mention', 'en', 'Somebody has mentioned you: "{{subject}}".', '{{actor}} has mentioned you: "{{subject}}".'),
('digest_mention', 'fr', 'Quelqu''un vous a mentionné : « {{subject}} ».', '{{actor}} vous a mentionné : « {{subject}} ».'),
('digest_follow', 'en', 'Somebody follows "{{subject}}".', '{{actor}} follows "{{subject}}".'),
('digest_follow', 'fr', 'Quelqu''un suit « {{subject}} ».', '{{actor}} suit « {{subject}} ».'),
('digest_follow_you', 'en', 'Somebody follows you.', '{{actor}} follows you.'),
('digest_follow_you', 'fr', 'Quelqu''un vous suit.', '{{actor}} vous suit.'),
('digest_invitation', 'en', 'You are invited to "{{subject}}".', '{{actor}} invites you to "{{subject}}".'),
('digest_invitation', 'fr', 'Vous êtes invité à « {{subject}} ».', '{{actor}} vous invite à « {{subject}} ».'),
('digest_payment_pending', 'en', 'The payment for "{{subject}}" waits to be completed.', '{{actor}}: the payment for "{{subject}}" waits to be completed.'),
('digest_payment_pending', 'fr', 'Le paiement de « {{subject}} » reste à terminer.', '{{actor}} : le paiement de « {{subject}} » reste à terminer.'),
('digest_review_decision', 'en', 'There is a decision about "{{subject}}".', '{{actor}} has decided about "{{subject}}".'),
('digest_review_decision', 'fr', 'Une décision a été prise sur « {{subject}} ».', '{{actor}} a pris une décision sur « {{subject}} ».'),
('digest_review_decision_you', 'en', 'There is a decision of our moderators.', '{{actor}} has made a decision.'),
('digest_review_decision_you', 'fr', 'Nos modérateurs ont pris une décision.', '{{actor}} a pris une décision.'),
('digest_sale', 'en', 'You have sold "{{subject}}".', '{{actor}} has bought "{{subject}}".'),
('digest_sale', 'fr', 'Vous avez vendu « {{subject}} ».', '{{actor}} a acheté « {{subject}} ».'),
('digest_more', 'en', 'More', 'And more, which you find in your notifications.'),
('digest_more', 'fr', 'La suite', 'Et d''autres encore, que vous trouverez dans vos notifications.');
