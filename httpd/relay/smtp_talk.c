/*
 * smtp_talk.c
 *		Following a conversation with a mail server (see smtp_talk.h).
 *		Source: RFC 5321, RFC 3463 with the codes of RFC 7505 and RFC 7372.
 */
#include "smtp_talk.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define LONGEST_WORD 24			/* a longer one may be a token */

void
smtp_talk_begin(SmtpTalk *talk)
{
	memset(talk, 0, sizeof(*talk));
	talk->subject = talk->detail = -1;
}

/* begins_with compares the beginning of a line with a command, whatever its case. */
static bool
begins_with(const char *line, size_t length, const char *command)
{
	size_t		n = strlen(command);

	return length >= n && strncasecmp(line, command, n) == 0;
}

/* note_recipient keeps the recipient's name, which must not be written down. */
static void
note_recipient(SmtpTalk *talk, const char *address, const char *end)
{
	const char *at = memchr(address, '@', (size_t) (end - address));

	snprintf(talk->recipient, sizeof(talk->recipient), "%.*s", at ? (int) (at - address) : 0, address);
}

void
smtp_talk_sent(SmtpTalk *talk, const char *line, size_t length)
{
	static const struct
	{
		const char *command;
		SmtpPhase	phase;
	}			commands[] = {
		{"EHLO", SMTP_HELLO}, {"HELO", SMTP_HELLO}, {"STARTTLS", SMTP_ENCRYPTION}, {"AUTH", SMTP_LOGIN},
		{"MAIL FROM", SMTP_SENDER}, {"RCPT TO", SMTP_RECIPIENT}, {"DATA", SMTP_DATA}
	};

	/* What the server asked for after AUTH is no command, even if it looks like one. */
	if (talk->phase == SMTP_LOGIN && talk->status == 334)
		return;
	if (begins_with(line, length, "QUIT"))
		talk->is_over = true;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (begins_with(line, length, commands[i].command))
			talk->phase = commands[i].phase;
	if (begins_with(line, length, "RCPT TO:<"))
		note_recipient(talk, line + 9, line + length);
}

/* number_at reads up to three digits; -1 when there are none. */
static int
number_at(const char **at, const char *end)
{
	int			number = 0;
	int			digits = 0;

	while (*at < end && **at >= '0' && **at <= '9' && digits++ < 3)
		number = number * 10 + *(*at)++ - '0';
	return digits == 0 || digits > 3 ? -1 : number;
}

/* read_extended reads an extended code: at the beginning of the words, or as "(#5.1.1)". */
static void
read_extended(SmtpTalk *talk, const char *words, const char *end)
{
	for (const char *at = words; at < end; at++)
	{
		const char *p = at;
		int			subject;
		int			detail;

		if (at > words && !(*at == '#' && ++p < end))
			continue;
		if (p + 1 >= end || *p != '0' + talk->status / 100 || p[1] != '.')
			continue;
		p += 2;
		subject = number_at(&p, end);
		if (subject < 0 || p >= end || *p++ != '.')
			continue;
		detail = number_at(&p, end);
		if (detail < 0 || (p < end && *p != ' ' && *p != ')'))
			continue;
		talk->subject = subject;
		talk->detail = detail;
		return;
	}
}

/* is_loggable says whether a word can be written down: no address, no link, nothing that could be a token. */
static bool
is_loggable(const SmtpTalk *talk, const char *word, size_t length)
{
	size_t		n = strlen(talk->recipient);

	for (size_t i = 0; n > 0 && i + n <= length; i++)
		if (strncasecmp(word + i, talk->recipient, n) == 0)
			return false;
	return length <= LONGEST_WORD && memchr(word, '@', length) == NULL && memchr(word, '=', length) == NULL &&
		memmem(word, length, "://", 3) == NULL;
}

/* is_printable says whether a byte is part of a word: ASCII that is no blank and no control character. */
static bool
is_printable(char c)
{
	return c > ' ' && c <= '~';
}

/* append_words appends a line's words to the text, as far as there is room. */
static void
append_words(SmtpTalk *talk, const char *words, const char *end)
{
	size_t		used = strlen(talk->text);

	while (words < end)
	{
		const char *word;
		size_t		length;
		bool		is_told;

		while (words < end && !is_printable(*words))
			words++;
		word = words;
		while (words < end && is_printable(*words))
			words++;
		length = (size_t) (words - word);
		is_told = is_loggable(talk, word, length);
		if (length == 0 || used + 1 + (is_told ? length : 3) >= sizeof(talk->text))
			continue;
		used += (size_t) snprintf(talk->text + used, sizeof(talk->text) - used, "%s%.*s", used > 0 ? " " : "",
								  is_told ? (int) length : 3, is_told ? word : "...");
	}
}

void
smtp_talk_received(SmtpTalk *talk, const char *line, size_t length)
{
	const char *end = line + length;
	const char *at = line;
	int			status = number_at(&at, end);

	if (talk->is_over || at - line != 3 || status < 200 || status > 599)
		return;
	if (!talk->is_continued)
	{
		talk->status = status;
		talk->replied_to = talk->phase;
		talk->subject = talk->detail = -1;
		talk->text[0] = '\0';
	}
	talk->is_continued = at < end && *at == '-';
	if (at < end)
		at++;
	if (talk->subject < 0)
		read_extended(talk, at, end);
	/* Of what is said about our login, which it could repeat, only the code. */
	if (talk->phase != SMTP_LOGIN)
		append_words(talk, at, end);
	else if (talk->subject >= 0)
		snprintf(talk->text, sizeof(talk->text), "%d.%d.%d", status / 100, talk->subject, talk->detail);
	if (talk->phase == SMTP_DATA && status == 354)
		talk->phase = SMTP_TEXT;
}

/* blames_sender looks for words with which servers without extended codes refuse the sender, not the mailbox. */
static bool
blames_sender(const char *text)
{
	static const char *const words[] = {"relay", "sender", "denied", "block", "blacklist", "listed", "policy",
	"prohibit", "spam", "authenti", "spf", "dkim", "reputation"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasestr(text, words[i]) != NULL)
			return true;
	return false;
}

/* is_no_mailbox says whether a refused recipient is nobody. */
static bool
is_no_mailbox(const SmtpTalk *talk)
{
	static const int details[] = {1, 2, 3, 4, 6, 10};	/* 7 and 8 are about the sender's address */

	if (talk->subject < 0)
		return talk->status == 550 && !blames_sender(talk->text);
	for (size_t i = 0; i < sizeof(details) / sizeof(details[0]); i++)
		if (talk->subject == 1 && talk->detail == details[i])
			return true;
	return false;
}

SmtpVerdict
smtp_talk_verdict(const SmtpTalk *talk)
{
	/* The mailbox's state, our own conduct, the mail's form. */
	bool		is_about_this = talk->subject == 2 || talk->subject == 5 || talk->subject == 6;

	/* The mail has left, and the last word is the one that asked for it. */
	if (talk->phase == SMTP_TEXT && talk->replied_to != SMTP_TEXT)
		return SMTP_UNANSWERED;
	if (talk->replied_to == SMTP_TEXT && talk->status < 300)
		return SMTP_TAKEN;
	if (talk->status < 500 || talk->replied_to < SMTP_RECIPIENT || talk->subject == 7 || talk->subject == 4)
		return SMTP_NOT_NOW;
	if (talk->replied_to == SMTP_RECIPIENT)
		return is_no_mailbox(talk) ? SMTP_NO_MAILBOX : is_about_this ? SMTP_REFUSED : SMTP_NOT_NOW;
	return SMTP_REFUSED;
}

const char *
smtp_phase_name(SmtpPhase phase)
{
	static const char *const names[] = {"greeting", "EHLO", "STARTTLS", "AUTH", "MAIL FROM", "RCPT TO", "DATA", "text"};

	return names[phase];
}
