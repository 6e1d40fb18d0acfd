/*
 * mail.h
 *		Asking for mails.
 *
 * A request only notes what is to be sent to which address. Whether there is
 * an account, which of the mails it gets, and the token in it, are decided
 * when veza-relay composes the mail: so a request does the same work for every
 * address, and no token is ever stored.
 */
#ifndef VEZA_MAIL_H
#define VEZA_MAIL_H

#include "../core/effects/effect.h"

/*
 * Queues a mail. template names one of veza.mail_template; recipient is an
 * address in lower case; user_id may be NULL; data is jsonb text of one object
 * or NULL.
 */
extern void vz_mail_queue(const char *template, const char *recipient, const pg_uuid_t *user_id, const char *data);

/* Queues a mail to the address that identifies an account; nothing when none does: it may be a stranger's. */
extern void vz_mail_notify(const char *template, const pg_uuid_t *user_id, const char *data);

/* Withdraws the mails of this template to a user that have not left yet. */
extern void vz_mail_withdraw(const char *template, const pg_uuid_t *user_id);

/*
 * Withdraws mails that are not sent yet and forgets all of them: those about an
 * account, and those that were asked for by an address of its own (NULL: none).
 */
extern void vz_mail_forget(const pg_uuid_t *user_id, const char *address);

/* Notes that the mail server took a mail; for registry.c. */
extern void vz_mail_effect_result(const VzEffectResult *r);
extern const VzForeignMember vz_mail_facts[];

/* Deletes mails older than mail_keep seconds, 1000 at a time; returns how many. */
extern int64 vz_job_sweep_mails(void);

#endif							/* VEZA_MAIL_H */
