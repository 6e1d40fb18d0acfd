/*
 * text.c
 *		Text of tags as clean UTF-8 (see text.h). Pure. Source: RFC 3629, RFC 2781.
 */
#include "text.h"

#include <string.h>

#define REPLACEMENT_CHARACTER 0xFFFD

/* next_utf8 takes a character; U+FFFD for each byte that begins none. */
static uint32_t
next_utf8(const uint8_t **at, const uint8_t *end)
{
	const uint8_t *p = *at;
	uint32_t	c = *p;
	int			more = c >= 0xF0 && c <= 0xF4 ? 3 : c >= 0xE0 && c < 0xF0 ? 2 : c >= 0xC2 && c < 0xE0 ? 1 : 0;
	static const uint32_t smallest[] = {0, 0x80, 0x800, 0x10000};

	*at += 1;
	if (c < 0x80)
		return c;
	if (more == 0 || end - p <= more)
		return REPLACEMENT_CHARACTER;
	c &= 0x3F >> more;
	for (int i = 1; i <= more; i++)
	{
		if ((p[i] & 0xC0) != 0x80)
			return REPLACEMENT_CHARACTER;
		c = c << 6 | (p[i] & 0x3F);
	}
	if (c < smallest[more] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
		return REPLACEMENT_CHARACTER;
	*at += more;
	return c;
}

/* next_utf16 takes a character; U+FFFD for half of a pair, and for a last byte alone. */
static uint32_t
next_utf16(const uint8_t **at, const uint8_t *end, bool is_big)
{
	const uint8_t *p = *at;
	uint32_t	unit,
				low;

	if (end - p < 2)
	{
		*at = end;
		return REPLACEMENT_CHARACTER;
	}
	*at += 2;
	unit = (uint32_t) p[!is_big] << 8 | p[is_big];
	if (unit < 0xD800 || unit > 0xDFFF)
		return unit;
	if (unit >= 0xDC00 || end - p < 4)
		return REPLACEMENT_CHARACTER;
	low = (uint32_t) p[2 + !is_big] << 8 | p[2 + is_big];
	if (low < 0xDC00 || low > 0xDFFF)
		return REPLACEMENT_CHARACTER;
	*at += 2;
	return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
}

/* holds_utf8 says whether all bytes are UTF-8. */
static bool
holds_utf8(const uint8_t *bytes, size_t len)
{
	const uint8_t *end = bytes + len;

	while (bytes < end)
	{
		const uint8_t *before = bytes;

		if (next_utf8(&bytes, end) == REPLACEMENT_CHARACTER && bytes - before == 1)
			return false;
	}
	return true;
}

/* put_utf8 writes a character; returns how many bytes it has, 0 when they do not fit. */
static size_t
put_utf8(uint32_t c, char *out, size_t room)
{
	size_t		n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	if (n > room)
		return 0;
	if (n == 1)
		out[0] = (char) c;
	else
	{
		for (size_t i = n - 1; i > 0; i--, c >>= 6)
			out[i] = (char) (0x80 | (c & 0x3F));
		out[0] = (char) (0xF0 << (4 - n) | c);
	}
	return n;
}

/* clean_character says what is written for a character; 0 for nothing. */
static uint32_t
clean_character(uint32_t c)
{
	if (c == '\r')
		return 0;
	if ((c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7F && c < 0xA0) || (c & 0xFFFE) == 0xFFFE)
		return REPLACEMENT_CHARACTER;
	return c;
}

/* is_text_blank says whether nothing is lost with it at an end. */
static bool
is_text_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* settle_encoding decides between encodings by the bytes, and passes over a byte order mark. */
static TextEncoding
settle_encoding(const uint8_t **bytes, size_t *len, TextEncoding encoding, bool *is_big)
{
	size_t		mark = 0;

	*is_big = encoding == TEXT_UTF16_BE;
	if (encoding == TEXT_UNSAID)
		encoding = holds_utf8(*bytes, *len) ? TEXT_UTF8 : TEXT_LATIN1;
	if (encoding == TEXT_UTF8 && *len >= 3 && memcmp(*bytes, "\xEF\xBB\xBF", 3) == 0)
		mark = 3;
	if (encoding == TEXT_UTF16 && *len >= 2 && (*bytes)[0] + (*bytes)[1] == 0xFF + 0xFE && (*bytes)[0] >= 0xFE)
	{
		*is_big = (*bytes)[0] == 0xFE;
		mark = 2;
	}
	*bytes += mark;
	*len -= mark;
	return encoding;
}

size_t
text_clean(const uint8_t *bytes, size_t len, TextEncoding encoding, char *out, size_t max)
{
	bool		is_big;
	bool		is_parted = false;
	size_t		n = 0;
	const uint8_t *end;

	encoding = settle_encoding(&bytes, &len, encoding, &is_big);
	for (end = bytes + len; bytes < end;)
	{
		uint32_t	c = encoding == TEXT_LATIN1 ? *bytes++
			: encoding == TEXT_UTF8 ? next_utf8(&bytes, end) : next_utf16(&bytes, end, is_big);
		size_t		more;

		if (c == 0)
		{
			is_parted = n > 0;
			continue;
		}
		/* Each value of several may have a mark of its own. */
		if (c == 0xFEFF || (c = clean_character(c)) == 0 || ((n == 0 || is_parted) && c < 0x80 && is_text_blank((char) c)))
			continue;
		if (is_parted && n + 2 < max)
		{
			memcpy(out + n, "; ", 2);
			n += 2;
		}
		is_parted = false;
		if ((more = put_utf8(c, out + n, max - 1 - n)) == 0)
			break;
		n += more;
	}
	while (n > 0 && is_text_blank(out[n - 1]))
		n--;
	out[n] = '\0';
	return n;
}

size_t
text_until_nul(const uint8_t *bytes, size_t len, TextEncoding encoding, size_t *with_nul)
{
	size_t		width = encoding == TEXT_UTF16 || encoding == TEXT_UTF16_BE ? 2 : 1;

	for (size_t at = 0; at + width <= len; at += width)
	{
		if (bytes[at] == 0 && bytes[at + width - 1] == 0)
		{
			*with_nul = at + width;
			return at;
		}
	}
	*with_nul = len;
	return len;
}
