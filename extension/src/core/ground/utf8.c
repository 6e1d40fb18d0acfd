/*
 * utf8.c
 *		Characters as bytes of UTF-8 (see utf8.h). Source: RFC 3629.
 */
#include "utf8.h"

#define REPLACEMENT 0xFFFD

bool
vz_is_utf8(const char *text)
{
	const unsigned char *s = (const unsigned char *) text;

	while (*s != '\0')
	{
		int			more = *s < 0x80 ? 0 : *s < 0xC2 ? -1 : *s < 0xE0 ? 1 : *s < 0xF0 ? 2 : *s < 0xF5 ? 3 : -1;

		if (more < 0 || (s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) || (s[0] == 0xF0 && s[1] < 0x90) ||
			(s[0] == 0xF4 && s[1] > 0x8F))
			return false;
		s++;
		for (; more > 0; more--, s++)
			if ((*s & 0xC0) != 0x80)
				return false;
	}
	return true;
}

int
vz_utf8_put(uint32_t c, char *bytes)
{
	if (c == 0 || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
		c = REPLACEMENT;
	if (c < 0x80)
		return bytes[0] = (char) c, 1;
	if (c < 0x800)
		return bytes[0] = (char) (0xC0 | c >> 6), bytes[1] = (char) (0x80 | (c & 0x3F)), 2;
	if (c < 0x10000)
		return bytes[0] = (char) (0xE0 | c >> 12), bytes[1] = (char) (0x80 | (c >> 6 & 0x3F)),
			bytes[2] = (char) (0x80 | (c & 0x3F)), 3;
	return bytes[0] = (char) (0xF0 | c >> 18), bytes[1] = (char) (0x80 | (c >> 12 & 0x3F)),
		bytes[2] = (char) (0x80 | (c >> 6 & 0x3F)), bytes[3] = (char) (0x80 | (c & 0x3F)), 4;
}
