/*
 * mime_fuzz.c
 *		Header texts of mails: nothing in them ends the header, they fit into
 *		the promised size, their lines are short, and they read as they were.
 */
#include "../../httpd/relay/mime.h"
#include "fuzz.h"

/* hex_digit returns the value of a hexadecimal digit. */
static int
hex_digit(char c)
{
	return c <= '9' ? c - '0' : c - 'A' + 10;
}

/* reads_as: an encoded header decodes to the text. */
static bool
reads_as(const char *p, const char *text)
{
	while (*p != '\0')
	{
		char		c = *p;

		if (strncmp(p, "=?UTF-8?Q?", 10) == 0)
		{
			p += 10;
			continue;
		}
		if (strncmp(p, "?=", 2) == 0)
		{
			p += 2 + strspn(p + 2, "\r\n ");
			continue;
		}
		if (c == '=')
		{
			c = (char) (16 * hex_digit(p[1]) + hex_digit(p[2]));
			p += 2;
		}
		if (c != *text++)
			return false;
		p++;
	}
	return *text == '\0';
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *text = text_of(data, size);
	char	   *out = malloc(MIME_TEXT_SIZE(strlen(text)));
	size_t		line = strlen("Subject: ");

	promise(mime_header_text(text, out) == out);
	promise(strlen(out) < MIME_TEXT_SIZE(strlen(text)));
	for (const char *p = out; *p != '\0'; p++)
	{
		if (strncmp(p, "\r\n =?", 5) == 0)
		{
			line = 0;
			p++;
			continue;
		}
		promise(*p >= 0x20 && *p < 0x7F && ++line <= 76);
	}
	promise(strcmp(out, text) == 0 || reads_as(out, text));
	free(out);
	free(text);
	return 0;
}
