/*
 * smtp_talk_test.c
 *		Conversations with mail servers, and whom their refusals are about.
 */
#include <stdio.h>
#include <string.h>

#include "../../httpd/relay/smtp_talk.h"
#include "tap.h"

static SmtpTalk talk;

/* say gives both sides' lines: "> ours" and "< theirs", one after the other. */
static void
say(const char *lines)
{
	while (*lines != '\0')
	{
		size_t		n = strcspn(lines, "\n");
		char		line[600];

		snprintf(line, sizeof(line), "%.*s\r\n", (int) n - 2, lines + 2);
		if (lines[0] == '>')
			smtp_talk_sent(&talk, line, strlen(line));
		else
			smtp_talk_received(&talk, line, strlen(line));
		lines += n + (lines[n] == '\n');
	}
}

#define HELLO	"< 220 mx\n> EHLO veza\n< 250-mx\n< 250 SIZE 1000\n"
#define SENDER	HELLO "> MAIL FROM:<no-reply@veza.example>\n"
#define TO		SENDER "< 250 2.1.0 ok\n> RCPT TO:<mina.d@example.test>\n"
#define DATA	TO "< 250 2.1.5 ok\n> DATA\n"
#define MAIL	DATA "< 354 go on\n"

/* test_verdicts: phase and extended code decide, not the three digits. */
static void
test_verdicts(void)
{
	static const struct
	{
		const char *lines;
		SmtpVerdict verdict;
	}			cases[] = {
		{"", SMTP_NOT_NOW}, {"< 554 no service here", SMTP_NOT_NOW}, {"< 220 mx", SMTP_NOT_NOW}, {HELLO, SMTP_NOT_NOW},
		{"< 220 mx\n> EHLO veza\n< 550 5.1.1 who are you", SMTP_NOT_NOW},
		{HELLO "> STARTTLS\n< 554 no", SMTP_NOT_NOW}, {HELLO "> AUTH PLAIN\n< 535 5.7.8 bad", SMTP_NOT_NOW},
		{SENDER "< 550 5.7.1 Sender address rejected", SMTP_NOT_NOW}, {SENDER "< 550 5.7.60 no permission", SMTP_NOT_NOW},
		{SENDER "< 550 5.1.1 unknown sender", SMTP_NOT_NOW}, {SENDER "< 530 5.7.0 login first", SMTP_NOT_NOW},
		{SENDER "< 550 nobody here", SMTP_NOT_NOW}, {SENDER "< 553 5.7.1 not logged in", SMTP_NOT_NOW},
		{TO "< 550 5.1.1 <mina.d@example.test>: unknown", SMTP_NO_MAILBOX}, {TO "< 550 5.1.6 moved", SMTP_NO_MAILBOX},
		{TO "< 556 5.1.10 null mx", SMTP_NO_MAILBOX}, {TO "< 553 5.1.2 no such domain", SMTP_NO_MAILBOX},
		{TO "< 553 5.1.3 syntax", SMTP_NO_MAILBOX}, {TO "< 550 no such user", SMTP_NO_MAILBOX},
		{TO "< 550 sorry, no mailbox here by that name. (#5.1.1)", SMTP_NO_MAILBOX},
		{TO "< 550-5.1.1 there is\n< 550 5.1.1 nobody", SMTP_NO_MAILBOX},
		{TO "< 550 5.1.7 bad sender's address", SMTP_NOT_NOW}, {TO "< 550 5.1.8 sender's domain not found", SMTP_NOT_NOW},
		{TO "< 550 5.7.1 Relaying denied", SMTP_NOT_NOW}, {TO "< 550 5.7.1 client host [192.0.2.1] blocked", SMTP_NOT_NOW},
		{TO "< 550 5.4.1 Recipient address rejected: Access denied", SMTP_NOT_NOW}, {TO "< 550 relay not permitted", SMTP_NOT_NOW},
		{TO "< 553 5.7.1 sender not logged in", SMTP_NOT_NOW}, {TO "< 553 not in my list of rcpthosts (#5.7.1)", SMTP_NOT_NOW},
		{TO "< 554 5.7.1 policy", SMTP_NOT_NOW}, {TO "< 551 user not local", SMTP_NOT_NOW}, {TO "< 553 no", SMTP_NOT_NOW},
		{TO "< 552 5.2.2 mailbox full", SMTP_REFUSED}, {TO "< 550 5.2.1 mailbox disabled", SMTP_REFUSED},
		{TO "< 451 4.7.1 greylisted", SMTP_NOT_NOW}, {TO "< 450 4.1.1 come back", SMTP_NOT_NOW}, {TO "< 421 bye", SMTP_NOT_NOW},
		{TO "", SMTP_NOT_NOW}, {DATA "< 554 no valid recipients", SMTP_REFUSED}, {DATA "< 451 try later", SMTP_NOT_NOW},
		{MAIL "", SMTP_UNANSWERED}, {MAIL "< 250 2.0.0 taken", SMTP_TAKEN}, {MAIL "< 554 I do not like it", SMTP_REFUSED},
		{MAIL "< 550 5.1.1 after all", SMTP_REFUSED}, {MAIL "< 554 5.7.1 listed", SMTP_NOT_NOW}, {MAIL "< 452 full", SMTP_NOT_NOW},
		{TO "< 550 5.1.1 nobody\n> QUIT\n< 221 2.0.0 bye", SMTP_NO_MAILBOX}, {MAIL "> QUIT\n< 221 bye", SMTP_UNANSWERED},
		{TO "< 550 5.1.1x odd", SMTP_NO_MAILBOX}, {TO "< 550 5.1111.1 odd", SMTP_NO_MAILBOX},
		{TO "< 550 4.7.1 other class", SMTP_NO_MAILBOX},
		{TO "< nonsense", SMTP_NOT_NOW}, {TO "< 55", SMTP_NOT_NOW}, {TO "< 5501 no", SMTP_NOT_NOW},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		smtp_talk_begin(&talk);
		say(cases[i].lines);
		each(smtp_talk_verdict(&talk) == cases[i].verdict, "%s: %d", cases[i].lines, (int) smtp_talk_verdict(&talk));
	}
	all("whom a refusal is about");
}

/* test_words: what is written down of the server's words. */
static void
test_words(void)
{
	char		line[500] = "< 550 ";

	smtp_talk_begin(&talk);
	say(TO "< 550-5.7.1 Client host rejected;\n< 550 5.7.1 ask postmaster@example.test or see https://example.test/why?x=1");
	is_text(talk.text, "5.7.1 Client host rejected; 5.7.1 ask ... or see ...", "both lines, without addresses and links");
	is_text(smtp_phase_name(talk.replied_to), "RCPT TO", "and what they are an answer to");
	smtp_talk_begin(&talk);
	say(TO "< 550 Mina.D: user unknown");
	is_text(talk.text, "... user unknown", "nor the recipient's name alone");
	smtp_talk_begin(&talk);
	say(MAIL "< 554 spam: TTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTT token=abc");
	is_text(talk.text, "spam: ... ...", "nor what could be the mail's token");
	smtp_talk_begin(&talk);
	say(TO "< 550 a\x01" "b\x1b[31m caf\xc3\xa9 \x7f");
	is_text(talk.text, "a b [31m caf", "nor control characters");
	smtp_talk_begin(&talk);
	say(HELLO "> AUTH LOGIN\n< 334 VXNlcm5hbWU6\n> QUITEAUSER\n< 334 UGFzc3dvcmQ6\n> DATA\n< 535 5.7.8 bad password hunter2 of veza");
	is_text(talk.text, "5.7.8", "of a refused login the code alone");
	is_text(smtp_phase_name(talk.replied_to), "AUTH", "and what we sent then is no command");
	memset(line + strlen(line), 'x', 300);
	for (size_t i = 6; i < 300; i += 7)
		line[i] = ' ';
	smtp_talk_begin(&talk);
	say(TO);
	say(line);
	ok(strlen(talk.text) < SMTP_TEXT_MAX && strlen(talk.text) > 150, "a long reply is cut");
}

int
main(void)
{
	test_verdicts();
	test_words();
	return done_testing();
}
