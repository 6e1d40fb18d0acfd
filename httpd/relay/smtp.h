/*
 * smtp.h
 *		Sending one mail to the mail server of the configuration: a mail goes
 *		in, what became of it comes out. In the mails' thread, which waits for
 *		it.
 */
#ifndef VEZA_SMTP_H
#define VEZA_SMTP_H

typedef struct Mail
{
	const char *id;				/* names the message: the same at every attempt */
	const char *to;
	const char *language;
	const char *subject;
	const char *text;
	const char *html;
} Mail;

typedef struct SmtpOutcome
{
	const char *word;			/* ok, refused, unknown or not_sent, as veza.finish_effect takes it, or no_mailbox */
	int			status;			/* the server's last reply code; 0: none */
	char		error[256];
} SmtpOutcome;

/* Sends a mail, and waits for the server's answer, SMTP_TIMEOUT at most. */
extern void smtp_send(const Mail *mail, SmtpOutcome *outcome);

#endif							/* VEZA_SMTP_H */
