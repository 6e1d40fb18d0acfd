/*
 * cursor.c
 *		Cursors of lists (see cursor.h): "order.id.key" in base64url.
 */
#include "cursor.h"

#include <stdio.h>
#include <string.h>

#include "../core/ground/token.h"
#include "../core/ground/utf8.h"

/* Room for what a cursor of VZ_CURSOR_MAX characters holds. */
static char plain[VZ_CURSOR_MAX + 1];

/* digit_value is the value of a digit of base64url, or -1. */
static int
digit_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '-' ? 62 : c == '_' ? 63 : -1;
}

/* decode_cursor writes the bytes that the text stands for to plain; false when it is no base64url, or holds a NUL. */
static bool
decode_cursor(const char *text)
{
	size_t		len = strlen(text);
	size_t		used = 0;
	unsigned	bits = 0;
	int			nbits = 0;

	if (len > VZ_CURSOR_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
	{
		int			value = digit_value(text[i]);

		if (value < 0)
			return false;
		bits = (bits << 6 | (unsigned) value) & 0xFFFF;
		nbits += 6;
		if (nbits < 8)
			continue;
		nbits -= 8;
		plain[used++] = (char) (bits >> nbits & 0xFF);
		if (plain[used - 1] == '\0')
			return false;
	}
	plain[used] = '\0';
	return true;
}

/* is_number says whether the text is a whole number that fits into 64 bits. */
static bool
is_number(const char *text)
{
	size_t		digits = strspn(text + (*text == '-'), "0123456789");

	return digits > 0 && digits <= 18 && text[(*text == '-') + digits] == '\0';
}

/* fits_kind says whether key and id are what the kind has. */
static bool
fits_kind(const VzCursor *cursor, VzCursorKind kind)
{
	unsigned char uuid[16];

	if (strlen(cursor->key) > VZ_CURSOR_KEY_MAX || (kind != VZ_CURSOR_TEXT && !is_number(cursor->key)))
		return false;
	return kind == VZ_CURSOR_SERIAL ? is_number(cursor->id) : vz_parse_uuid(cursor->id, uuid);
}

void
vz_cursor_write(const VzCursor *cursor, char *out)
{
	char		text[VZ_CURSOR_KEY_MAX + VZ_CURSOR_ID_MAX + 16];
	int			n = snprintf(text, sizeof(text), "%d.%s.%s", cursor->order, cursor->id, cursor->key);

	vz_base64url((const unsigned char *) text, n < (int) sizeof(text) ? (size_t) n : sizeof(text) - 1, out);
}

bool
vz_cursor_read(const char *text, VzCursorKind kind, VzCursor *cursor)
{
	char	   *id;
	char	   *key;
	size_t		digits;

	if (!decode_cursor(text) || !vz_is_utf8(plain))
		return false;
	digits = strspn(plain, "0123456789");
	if (digits < 1 || digits > 2 || plain[digits] != '.')
		return false;
	id = plain + digits + 1;
	key = strchr(id, '.');
	if (key == NULL)
		return false;
	*key++ = '\0';
	*cursor = (VzCursor) {.order = plain[0] - '0', .key = key, .id = id};
	if (digits == 2)
		cursor->order = cursor->order * 10 + plain[1] - '0';
	return fits_kind(cursor, kind);
}
