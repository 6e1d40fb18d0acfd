/*
 * foreign_scan.c
 *		The tokens of a JSON document from outside (see foreign_scan.h).
 *		Source: RFC 8259.
 */
#include "foreign_scan.h"

#include <stdint.h>
#include <string.h>

#include "utf8.h"

void
vz_scan_put(VzScan *r, char c)
{
	if (r->used + 1 < r->size)
		r->out[r->used++] = c;
	else
		r->full = true;
}

void
vz_scan_put_text(VzScan *r, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		vz_scan_put(r, text[i]);
}

void
vz_scan_blanks(VzScan *r)
{
	while (r->p < r->end && strchr(" \t\r\n", *r->p) != NULL && *r->p != '\0')
		r->p++;
}

bool
vz_scan_take(VzScan *r, char c)
{
	if (r->p == r->end || *r->p != c)
		return false;
	r->p++;
	return true;
}

bool
vz_scan_at(const VzScan *r, const char *set)
{
	return r->p < r->end && *r->p != '\0' && strchr(set, *r->p) != NULL;
}

/* hex4 reads four hexadecimal digits; -1 when there are none. */
static int
hex4(const char *p, const char *end)
{
	int			value = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++)
	{
		const char *digits = "0123456789abcdef";
		char		c = p[i] >= 'A' && p[i] <= 'F' ? p[i] + ('a' - 'A') : p[i];
		const char *d = c ? strchr(digits, c) : NULL;

		if (d == NULL)
			return -1;
		value = value * 16 + (int) (d - digits);
	}
	return value;
}

/* read_unicode reads what follows \u; a NUL or half a pair becomes U+FFFD. */
static bool
read_unicode(VzScan *r, uint32_t *c)
{
	int			high = hex4(r->p, r->end);
	int			low;

	if (high < 0)
		return false;
	r->p += 4;
	*c = (uint32_t) high;
	if (high < 0xD800 || high > 0xDBFF || r->end - r->p < 6 || r->p[0] != '\\' || r->p[1] != 'u')
		return true;
	low = hex4(r->p + 2, r->end);
	if (low >= 0xDC00 && low <= 0xDFFF)
	{
		*c = 0x10000 + ((uint32_t) (high - 0xD800) << 10) + (uint32_t) (low - 0xDC00);
		r->p += 6;
	}
	return true;
}

/* read_character reads one character of a text as bytes; 0 when it is none. */
static int
read_character(VzScan *r, char *bytes)
{
	static const char escapes[] = "\"\\/bfnrt";
	static const char means[] = "\"\\/\b\f\n\r\t";
	const char *e;
	uint32_t	c;
	int			n = 0;

	if (r->p == r->end || (unsigned char) *r->p < 0x20)
		return 0;
	if (*r->p != '\\')
	{
		bytes[n++] = *r->p++;
		while (n < 4 && r->p < r->end && ((unsigned char) *r->p & 0xC0) == 0x80)
			bytes[n++] = *r->p++;
		return n;
	}
	if (++r->p == r->end || *r->p == '\0')
		return 0;
	if (vz_scan_take(r, 'u'))
		return read_unicode(r, &c) ? vz_utf8_put(c, bytes) : 0;
	e = strchr(escapes, *r->p++);
	if (e == NULL)
		return 0;
	bytes[0] = means[e - escapes];
	return 1;
}

/* put_character writes a character of a text, escaped where it must be. */
static void
put_character(VzScan *r, const char *bytes, int n)
{
	static const char short_ones[] = "\b\f\n\r\t\"\\";
	static const char letters[] = "bfnrt\"\\";
	const char *s = strchr(short_ones, bytes[0]);

	if (s != NULL)
	{
		vz_scan_put(r, '\\');
		vz_scan_put(r, letters[s - short_ones]);
	}
	else if ((unsigned char) bytes[0] < 0x20)
	{
		vz_scan_put_text(r, "\\u00", 4);
		vz_scan_put(r, "01"[(unsigned char) bytes[0] >> 4]);
		vz_scan_put(r, "0123456789abcdef"[(unsigned char) bytes[0] & 15]);
	}
	else
		vz_scan_put_text(r, bytes, (size_t) n);
}

bool
vz_scan_text(VzScan *r, int max)
{
	char		bytes[4];
	int			n;

	if (!vz_scan_take(r, '"'))
		return false;
	if (max >= 0)
		vz_scan_put(r, '"');
	for (int i = 0; !vz_scan_take(r, '"'); i++)
	{
		if ((n = read_character(r, bytes)) == 0)
			return false;
		if (i < max)
			put_character(r, bytes, n);
	}
	if (max >= 0)
		vz_scan_put(r, '"');
	return true;
}

bool
vz_scan_plain_text(VzScan *r, char **text, int *characters)
{
	char	   *out = (char *) r->p;
	char		bytes[4];
	int			n;

	if (!vz_scan_take(r, '"'))
		return false;
	*text = out;
	for (*characters = 0; !vz_scan_take(r, '"'); ++*characters)
	{
		if ((n = read_character(r, bytes)) == 0)
			return false;
		memcpy(out, bytes, (size_t) n);
		out += n;
	}
	*out = '\0';
	return true;
}

bool
vz_scan_name(VzScan *r, char *name)
{
	char		bytes[4];
	size_t		len = 0;
	bool		fits = true;
	int			n;

	if (!vz_scan_take(r, '"'))
		return false;
	while (!vz_scan_take(r, '"'))
	{
		if ((n = read_character(r, bytes)) == 0)
			return false;
		fits &= len + (size_t) n < VZ_SCAN_NAME;
		if (fits)
			memcpy(name + len, bytes, (size_t) n);
		len += (size_t) n;
	}
	name[fits ? len : 0] = '\0';
	vz_scan_blanks(r);
	return vz_scan_take(r, ':');
}

/* scan_digits goes past digits; false when there are none. */
static bool
scan_digits(VzScan *r)
{
	const char *start = r->p;

	while (vz_scan_at(r, "0123456789"))
		r->p++;
	return r->p > start;
}

/* scan_number goes past a number. */
static bool
scan_number(VzScan *r)
{
	(void) vz_scan_take(r, '-');
	if (!vz_scan_take(r, '0') && !scan_digits(r))
		return false;
	if (vz_scan_take(r, '.') && !scan_digits(r))
		return false;
	if (vz_scan_at(r, "eE"))
	{
		r->p++;
		if (vz_scan_at(r, "+-"))
			r->p++;
		return scan_digits(r);
	}
	return true;
}

/* scan_scalar goes past a text, a number or a word. */
static bool
scan_scalar(VzScan *r)
{
	static const char *const words[] = {"true", "false", "null"};

	if (vz_scan_at(r, "\""))
		return vz_scan_text(r, -1);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
	{
		size_t		len = strlen(words[i]);

		if ((size_t) (r->end - r->p) >= len && memcmp(r->p, words[i], len) == 0)
			return r->p += len, true;
	}
	return vz_scan_at(r, "-0123456789") && scan_number(r);
}

bool
vz_scan_value(VzScan *r)
{
	uint8_t		is_object[VZ_SCAN_DEPTH / 8] = {0};
	int			depth = 0;
	char		name[VZ_SCAN_NAME];

	for (;;)
	{
		vz_scan_blanks(r);
		if (vz_scan_at(r, "{["))
		{
			bool		object = *r->p++ == '{';

			if (r->depth + depth >= VZ_SCAN_DEPTH)
				return false;
			is_object[depth / 8] &= (uint8_t) ~(1 << depth % 8);
			is_object[depth / 8] |= (uint8_t) (object << depth % 8);
			depth++;
			vz_scan_blanks(r);
			if (!vz_scan_take(r, object ? '}' : ']'))
			{
				if (object && !vz_scan_name(r, name))
					return false;
				continue;
			}
			depth--;
		}
		else if (!scan_scalar(r))
			return false;

		/* A value has ended: so may what is around it. */
		for (;;)
		{
			bool		object;

			if (depth == 0)
				return true;
			object = is_object[(depth - 1) / 8] >> (depth - 1) % 8 & 1;
			vz_scan_blanks(r);
			if (vz_scan_take(r, ','))
			{
				vz_scan_blanks(r);
				if (object && !vz_scan_name(r, name))
					return false;
				break;
			}
			if (!vz_scan_take(r, object ? '}' : ']'))
				return false;
			depth--;
		}
	}
}
