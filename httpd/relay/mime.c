/*
 * mime.c
 *		Header texts of mails (see mime.h). Pure: see test/unit.
 */
#include "mime.h"

#include <stdbool.h>
#include <string.h>

#define PLAIN_MAX	60
#define CHUNK_MAX	15				/* bytes in an encoded word: 57 characters at most, of the 75 that are allowed */

static const char start[] = "=?UTF-8?Q?";

/* is_header_safe says whether a text may stand in a header as it is. */
static bool
is_header_safe(const char *text)
{
	size_t		len = strlen(text);

	for (size_t i = 0; i < len; i++)
		if (text[i] < 0x20 || text[i] > 0x7E)
			return false;
	return len <= PLAIN_MAX && strstr(text, "=?") == NULL;
}

/* character_len returns the bytes of the character at p, as far as they are there. */
static size_t
character_len(const char *p)
{
	size_t		len = 1;

	while (len < 4 && ((unsigned char) p[len] & 0xC0) == 0x80)
		len++;
	return len;
}

/* encode writes bytes as =XX; letters and digits stay. */
static char *
encode(const char *p, size_t len, char *out)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < len; i++)
	{
		unsigned char c = (unsigned char) p[i];

		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
			*out++ = (char) c;
		else
		{
			*out++ = '=';
			*out++ = digits[c >> 4];
			*out++ = digits[c & 15];
		}
	}
	return out;
}

char *
mime_header_text(const char *text, char *out)
{
	char	   *end = out;
	size_t		in_word = 0;

	if (is_header_safe(text))
		return memcpy(out, text, strlen(text) + 1);
	while (*text != '\0')
	{
		size_t		len = character_len(text);

		if (in_word + len > CHUNK_MAX)
		{
			end = stpcpy(end, "?=\r\n ");
			in_word = 0;
		}
		if (in_word == 0)
			end = stpcpy(end, start);
		end = encode(text, len, end);
		in_word += len;
		text += len;
	}
	memcpy(end, "?=", 3);
	return out;
}
