/*
 * smtp_fuzz.c
 *		Any conversation with a mail server: a line that begins with ">" is ours,
 *		any other one the server's.
 */
#include "../../httpd/relay/smtp_talk.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SmtpTalk	talk;
	const uint8_t *line;
	size_t		length;

	smtp_talk_begin(&talk);
	while (take_line(&data, &size, &line, &length))
	{
		char	   *text = malloc(length + 1);

		memcpy(text, line, length);
		text = realloc(text, length > 0 ? length : 1);
		if (length > 0 && text[0] == '>')
			smtp_talk_sent(&talk, text + 1, length - 1);
		else
			smtp_talk_received(&talk, text, length);
		free(text);
		promise(memchr(talk.text, '\0', SMTP_TEXT_MAX) != NULL);
		for (const char *c = talk.text; *c != '\0'; c++)
			promise(*c >= ' ' && *c <= '~' && *c != '@');
		promise(smtp_talk_verdict(&talk) != SMTP_NO_MAILBOX || (talk.replied_to == SMTP_RECIPIENT && talk.status >= 500));
		promise(smtp_talk_verdict(&talk) != SMTP_TAKEN || talk.replied_to == SMTP_TEXT);
		promise(smtp_phase_name(talk.replied_to) != NULL);
	}
	return 0;
}
