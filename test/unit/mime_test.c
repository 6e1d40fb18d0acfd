/*
 * mime_test.c
 *		Header texts of mails: what stands in them, and how long the lines are.
 */
#include <stdlib.h>

#include "../../httpd/relay/mime.h"
#include "tap.h"

/* header returns a text as a header has it, in a block of exactly the promised size. */
static const char *
header(const char *text)
{
	static char *out;

	free(out);
	out = malloc(MIME_TEXT_SIZE(strlen(text)));
	return mime_header_text(text, out);
}

/* hex_digit returns the value of a hexadecimal digit. */
static int
hex_digit(char c)
{
	return c <= '9' ? c - '0' : c - 'A' + 10;
}

/* decoded returns what a reader's program makes of it. */
static const char *
decoded(const char *header)
{
	static char text[4096];
	char	   *out = text;

	if (strncmp(header, "=?", 2) != 0)
		return header;
	for (const char *p = header; *p != '\0';)
	{
		if (strncmp(p, "=?UTF-8?Q?", 10) == 0)
			p += 10;
		else if (strncmp(p, "?=", 2) == 0)
			p += 2 + strspn(p + 2, "\r\n ");
		else if (*p == '=')
		{
			*out++ = (char) (16 * hex_digit(p[1]) + hex_digit(p[2]));
			p += 3;
		}
		else
			*out++ = *p++;
	}
	*out = '\0';
	return text;
}

/* lines_are_short: 76 characters at most, with the name of the header, and every further line begins with a blank. */
static bool
lines_are_short(const char *text)
{
	size_t		line = strlen("Subject: ");

	for (const char *p = text; *p != '\0'; p++)
	{
		if (*p == '\r' && p[1] == '\n' && p[2] == ' ')
		{
			line = 0;
			p++;
			continue;
		}
		if (*p == '\r' || *p == '\n' || ++line > 76)
			return false;
	}
	return true;
}

/* test_texts: plain where possible, encoded where not. */
static void
test_texts(void)
{
	is_text(header("Confirm your address"), "Confirm your address", "plain text");
	is_text(header(""), "", "nothing");
	is_text(header("Votre clé"), "=?UTF-8?Q?Votre=20cl=C3=A9?=", "another letter");
	is_text(header("a\r\nBcc: x@y.zz"), "=?UTF-8?Q?a=0D=0ABcc=3A=20x=40y=2Ezz?=", "a line end is no line end");
	is_text(header("=?UTF-8?Q?evil?="), "=?UTF-8?Q?=3D=3FUTF=2D8=3FQ=3Fevil=3F?=\r\n =?UTF-8?Q?=3D?=", "what looks encoded is encoded");
	is_text(header("\x7f"), "=?UTF-8?Q?=7F?=", "a control character");
}

/* test_lengths: any length, any character, comes back as it was. */
static void
test_lengths(void)
{
	static const char *const characters[] = {"a", " ", "é", "日", "😀", "\n", "=", "\xff", "\x80"};
	char		text[1200];

	for (size_t c = 0; c < sizeof(characters) / sizeof(characters[0]); c++)
		for (size_t n = 0; n <= 200; n++)
		{
			text[0] = '\0';
			for (size_t i = 0; i < n; i++)
				strcat(text, characters[c]);
			each(tap_same(decoded(header(text)), text), "%zu of character %zu", n, c);
			each(lines_are_short(header(text)), "lines of %zu of character %zu", n, c);
			each(strlen(header(text)) < MIME_TEXT_SIZE(strlen(text)), "size of %zu of character %zu", n, c);
		}
	all("up to 200 of each come back, in short lines");
}

int
main(void)
{
	test_texts();
	test_lengths();
	return done_testing();
}
