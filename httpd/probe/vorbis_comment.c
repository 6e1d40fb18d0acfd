/*
 * vorbis_comment.c
 *		Tags of FLAC and Ogg (see vorbis_comment.h). Pure. Source: Xiph, Ogg Vorbis I 5
 *		and METADATA_BLOCK_PICTURE; RFC 9639 8.8; RFC 4648 4.
 */
#include "vorbis_comment.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "source.h"

#define PICTURE_FRONT_COVER 3
#define PICTURE_NAME "METADATA_BLOCK_PICTURE"

/* take_counted passes over a length of four bytes and as many bytes; false when they are not there. */
static bool
take_counted(const uint8_t **at, const uint8_t *end, bool is_big, const uint8_t **bytes, size_t *len)
{
	uint64_t	n;

	if (end - *at < 4)
		return false;
	n = is_big ? number_be(*at, 4) : number_le(*at, 4);
	if (n > (uint64_t) (end - *at - 4))
		return false;
	*bytes = *at + 4;
	*len = n;
	*at += 4 + n;
	return true;
}

void
flac_picture_read(const uint8_t *bytes, size_t len, Tags *tags)
{
	const uint8_t *end = bytes + len;
	const uint8_t *at = bytes + 4;
	const uint8_t *part;
	size_t		n;

	if (len < 4 || !take_counted(&at, end, true, &part, &n) || !take_counted(&at, end, true, &part, &n) || end - at < 16)
		return;
	at += 16;
	if (take_counted(&at, end, true, &part, &n))
		tags_add_picture(tags, number_be(bytes, 4) == PICTURE_FRONT_COVER, part, n);
}

/* base64_digit is the value of a character; -1 when it is none. */
static int
base64_digit(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26 : c >= '0' && c <= '9' ? c - '0' + 52
		: c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* take_base64_picture unpacks a picture, up to the first character that is no digit. */
static void
take_base64_picture(const uint8_t *text, size_t len, Tags *tags)
{
	uint8_t    *bytes = malloc(len / 4 * 3 + 3);
	uint32_t	bits = 0;
	size_t		n = 0;

	if (bytes == NULL)
		return;
	for (size_t i = 0; i < len && base64_digit(text[i]) >= 0; i++)
	{
		bits = bits << 6 | (uint32_t) base64_digit(text[i]);
		if (i % 4 != 0)
			bytes[n++] = (uint8_t) (bits >> (6 - 2 * (i % 4)));
	}
	flac_picture_read(bytes, n, tags);
	free(bytes);
}

void
vorbis_comment_read(const uint8_t *bytes, size_t len, Tags *tags)
{
	const uint8_t *end = bytes + len;
	const uint8_t *comment;
	size_t		n;

	if (!take_counted(&bytes, end, false, &comment, &n) || end - bytes < 4)
		return;
	/* How many there are is not believed: they end where the bytes do. */
	for (bytes += 4; take_counted(&bytes, end, false, &comment, &n);)
	{
		char		name[TAG_NAME_MAX + 1];
		const uint8_t *sign = memchr(comment, '=', n);
		size_t		name_len = sign != NULL ? (size_t) (sign - comment) : 0;

		if (name_len == 0 || name_len > TAG_NAME_MAX)
			continue;
		memcpy(name, comment, name_len);
		name[name_len] = '\0';
		if (strcasecmp(name, PICTURE_NAME) == 0)
			take_base64_picture(sign + 1, n - name_len - 1, tags);
		else
			tags_add(tags, name, sign + 1, n - name_len - 1, TEXT_UTF8);
	}
}
