
-- Mails: their templates, and composing them for veza-relay. Plain text; the HTML part is made of it.

CREATE FUNCTION veza.compose_mail(effect_id uuid, lease_token uuid)
    RETURNS jsonb LANGUAGE c VOLATILE STRICT
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.compose_mail IS 'The mail that a claimed effect is about: mail_id, to, language, subject, text, html; NULL when none is to be sent.
- effect_id: the effect, of kind mail_send
- lease_token: token of the claim';

INSERT INTO veza.mail_template (name, language, subject, body) VALUES
('verify_email', 'en', 'Confirm your address', $$Hello {{name}},

please confirm that this is the address of your Veza account {{username}}:

{{link}}

You have to be logged in to {{username}}, or to know its password. Until then, log in with that name.

If the account {{username}} is not yours, somebody typed your address by mistake; then there is nothing to do.
$$),
('verify_email', 'fr', 'Confirmez votre adresse', $$Bonjour {{name}},

veuillez confirmer que cette adresse est celle de votre compte Veza {{username}} :

{{link}}

Vous devez être connecté à {{username}}, ou en connaître le mot de passe. D'ici là, connectez-vous avec ce nom.

Si le compte {{username}} n'est pas le vôtre, quelqu'un a saisi votre adresse par erreur ; vous n'avez rien à faire.
$$),
('change_email', 'en', 'Confirm your new address', $$Hello {{name}},

please confirm that your account {{username}} should use this address instead:

{{link}}

You have to be logged in to {{username}}, or to know its password.

If you did not ask for this, or the account is not yours, do nothing.
$$),
('change_email', 'fr', 'Confirmez votre nouvelle adresse', $$Bonjour {{name}},

veuillez confirmer que votre compte {{username}} doit désormais utiliser cette adresse :

{{link}}

Vous devez être connecté à {{username}}, ou en connaître le mot de passe.

Si vous n'avez rien demandé, ou si ce compte n'est pas le vôtre, ignorez ce message.
$$),
('email_change_notice', 'en', 'Your address is about to change', $$Hello {{name}},

somebody, perhaps you, asked at {{time}} that your account {{username}} should use another e-mail address. It changes when that address is confirmed.

If it was not you, change your password now: that ends it.
$$),
('email_change_notice', 'fr', 'Votre adresse va changer', $$Bonjour {{name}},

quelqu'un, peut-être vous, a demandé le {{time}} que votre compte {{username}} utilise une autre adresse e-mail. Le changement aura lieu quand cette adresse sera confirmée.

Si ce n'était pas vous, changez votre mot de passe maintenant : cela annule la demande.
$$),
('account_deleted', 'en', 'Your account is deleted', $$Hello,

the account {{former_username}} was deleted at {{time}}, with everything that says whose it was. This is the last mail that you get from us.
$$),
('account_deleted', 'fr', 'Votre compte est supprimé', $$Bonjour,

le compte {{former_username}} a été supprimé le {{time}}, avec tout ce qui disait à qui il appartenait. C'est le dernier message que vous recevrez de nous.
$$),
('already_registered', 'en', 'You have an account already', $$Hello {{name}},

somebody, perhaps you, has just named your address for another account. Yours is safe, and the address stays yours.

If it was you: log in with this address, or reset the password if you have forgotten it.
$$),
('already_registered', 'fr', 'Vous avez déjà un compte', $$Bonjour {{name}},

quelqu'un, peut-être vous, vient d'indiquer votre adresse pour un autre compte. Le vôtre est en sécurité et l'adresse reste la vôtre.

Si c'était vous, connectez-vous avec cette adresse, ou réinitialisez le mot de passe si vous l'avez oublié.
$$),
('reset_password', 'en', 'Reset your password', $$Hello {{name}},

choose a new password for your account {{username}} here, within an hour:

{{link}}

If you did not ask for this, do nothing; your password stays as it is.
$$),
('reset_password', 'fr', 'Réinitialisez votre mot de passe', $$Bonjour {{name}},

choisissez ici, dans l'heure, un nouveau mot de passe pour votre compte {{username}} :

{{link}}

Si vous n'avez rien demandé, ignorez ce message ; votre mot de passe ne change pas.
$$),
('password_changed', 'en', 'Your password was changed', $$Hello {{name}},

the password of your account {{username}} was changed at {{time}}.

If it was not you, reset it now and look at your sessions.
$$),
('password_changed', 'fr', 'Votre mot de passe a été modifié', $$Bonjour {{name}},

le mot de passe de votre compte {{username}} a été modifié le {{time}}.

Si ce n'était pas vous, réinitialisez-le maintenant et vérifiez vos sessions.
$$),
('token_reuse', 'en', 'A session was ended for your safety', $$Hello {{name}},

an old login token of your account {{username}} was used at {{time}}. It may have been stolen, so that session was ended; log in again.
$$),
('token_reuse', 'fr', 'Une session a été fermée par sécurité', $$Bonjour {{name}},

un ancien jeton de connexion de votre compte {{username}} a été utilisé le {{time}}. Il a pu être volé ; cette session a donc été fermée. Reconnectez-vous.
$$),
('two_factor_enabled', 'en', 'Your second factor is on', $$Hello {{name}},

logins to your account {{username}} ask for a second factor since {{time}}. Keep the recovery codes in a safe place.
$$),
('two_factor_enabled', 'fr', 'Votre second facteur est activé', $$Bonjour {{name}},

depuis le {{time}}, la connexion à votre compte {{username}} demande un second facteur. Gardez les codes de secours en lieu sûr.
$$),
('two_factor_disabled', 'en', 'Your second factor is off', $$Hello {{name}},

the second factor of your account {{username}} was removed at {{time}}. If it was not you, reset your password now.
$$),
('two_factor_disabled', 'fr', 'Votre second facteur est désactivé', $$Bonjour {{name}},

le second facteur de votre compte {{username}} a été retiré le {{time}}. Si ce n'était pas vous, réinitialisez votre mot de passe maintenant.
$$),
('second_factor_reset', 'en', 'Your second factor was reset', $$Hello {{name}},

our support has removed the second factor of your account {{username}} at {{time}}, and ended all its sessions. Log in with your password, and set a new second factor up.

If you did not ask for this, reset your password now and write to our support.
$$),
('second_factor_reset', 'fr', 'Votre second facteur a été réinitialisé', $$Bonjour {{name}},

notre assistance a retiré le second facteur de votre compte {{username}} le {{time}} et fermé toutes ses sessions. Connectez-vous avec votre mot de passe et configurez un nouveau second facteur.

Si vous n'avez rien demandé, réinitialisez votre mot de passe maintenant et écrivez à notre assistance.
$$),
('recovery_code_used', 'en', 'A recovery code was used', $$Hello {{name}},

a recovery code opened your account {{username}} at {{time}}. If it was not you, reset your password now.
$$),
('recovery_code_used', 'fr', 'Un code de secours a été utilisé', $$Bonjour {{name}},

un code de secours a ouvert votre compte {{username}} le {{time}}. Si ce n'était pas vous, réinitialisez votre mot de passe maintenant.
$$),
('recovery_codes_replaced', 'en', 'You have new recovery codes', $$Hello {{name}},

the recovery codes of your account {{username}} were replaced at {{time}}; the old ones are void.
$$),
('recovery_codes_replaced', 'fr', 'Vous avez de nouveaux codes de secours', $$Bonjour {{name}},

les codes de secours de votre compte {{username}} ont été remplacés le {{time}} ; les anciens ne sont plus valables.
$$),
('login_locked', 'en', 'Your password is no longer accepted', $$Hello {{name}},

too many logins to your account {{username}} have failed in a row, the last one at {{time}}. To be safe, its password is not accepted any more; whoever is logged in stays logged in.

To get in again, ask for a new password on the login page.
$$),
('login_locked', 'fr', 'Votre mot de passe n''est plus accepté', $$Bonjour {{name}},

trop de connexions à votre compte {{username}} ont échoué d'affilée, la dernière le {{time}}. Par sécurité, son mot de passe n'est plus accepté ; les sessions ouvertes le restent.

Pour vous reconnecter, demandez un nouveau mot de passe sur la page de connexion.
$$),
('account_suspended', 'en', 'Your account is suspended', $$Hello {{name}},

your account {{username}} was suspended at {{time}}: you cannot log in, and all your sessions have ended.

If you think this is a mistake, write to our support.
$$),
('account_suspended', 'fr', 'Votre compte est suspendu', $$Bonjour {{name}},

votre compte {{username}} a été suspendu le {{time}} : vous ne pouvez plus vous connecter et toutes vos sessions sont fermées.

Si vous pensez qu'il s'agit d'une erreur, écrivez à notre assistance.
$$),
('account_restored', 'en', 'Your account is yours again', $$Hello {{name}},

your account {{username}} is no longer suspended since {{time}}; log in as before.
$$),
('account_restored', 'fr', 'Votre compte est rétabli', $$Bonjour {{name}},

votre compte {{username}} n'est plus suspendu depuis le {{time}} ; connectez-vous comme avant.
$$),
('role_changed', 'en', 'Your role has changed', $$Hello {{name}},

an administrator has given your account {{username}} the role "{{role}}" at {{time}}.
$$),
('role_changed', 'fr', 'Votre rôle a changé', $$Bonjour {{name}},

un administrateur a donné à votre compte {{username}} le rôle « {{role}} » le {{time}}.
$$);
