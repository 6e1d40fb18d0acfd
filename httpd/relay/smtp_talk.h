/*
 * smtp_talk.h
 *		Following a conversation with a mail server, and what its end means.
 *		Pure: is given the lines of both sides, in their order.
 *
 * Three digits alone do not say whom a refusal is about: 550 is the answer to
 * a mailbox that is not there and to a sender who is not let in. The phase and
 * the extended code of RFC 3463 do.
 */
#ifndef VEZA_SMTP_TALK_H
#define VEZA_SMTP_TALK_H

#include <stdbool.h>
#include <stddef.h>

/* What the server's reply is an answer to. */
typedef enum SmtpPhase
{
	SMTP_GREETING,
	SMTP_HELLO,
	SMTP_ENCRYPTION,
	SMTP_LOGIN,
	SMTP_SENDER,				/* MAIL FROM */
	SMTP_RECIPIENT,				/* RCPT TO */
	SMTP_DATA,
	SMTP_TEXT					/* the mail itself has left */
} SmtpPhase;

#define SMTP_TEXT_MAX 200

typedef struct SmtpTalk
{
	SmtpPhase	phase;			/* of the last command */
	bool		is_over;		/* we said goodbye: what comes now is no answer */
	bool		is_continued;	/* the reply has more lines */
	SmtpPhase	replied_to;
	int			status;			/* of the last reply, 0: there was none */
	int			subject;		/* second number of its extended code, -1: it has none */
	int			detail;			/* third number */
	char		recipient[65];	/* what stands before the @ */
	char		text[SMTP_TEXT_MAX];	/* its words, printable ASCII, without addresses, links and secrets */
} SmtpTalk;

/* What an attempt came to, as far as the server has spoken. */
typedef enum SmtpVerdict
{
	SMTP_TAKEN,
	SMTP_NO_MAILBOX,			/* nobody is there to take it: an answer */
	SMTP_REFUSED,				/* this mail is refused for good */
	SMTP_NOT_NOW,				/* the server does not want us, or not now: later attempts may fare better */
	SMTP_UNANSWERED				/* the mail has left, and nothing came back: it may have been taken */
} SmtpVerdict;

/* The beginning of a conversation. */
extern void smtp_talk_begin(SmtpTalk *talk);

/* A line that we sent; a line of the server. Neither needs an end. */
extern void smtp_talk_sent(SmtpTalk *talk, const char *line, size_t length);
extern void smtp_talk_received(SmtpTalk *talk, const char *line, size_t length);

/* What the conversation came to. */
extern SmtpVerdict smtp_talk_verdict(const SmtpTalk *talk);

/* The name of a phase, for people. */
extern const char *smtp_phase_name(SmtpPhase phase);

#endif							/* VEZA_SMTP_TALK_H */
