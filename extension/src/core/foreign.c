/*
 * foreign.c
 *		Reading a JSON document from outside by the list of what we need (see
 *		foreign.h).
 *
 * Nothing recurses but along the list itself, so no document can exhaust the
 * stack.
 */
#include "foreign.h"

#include <stdint.h>
#include <string.h>

#define MAX_DEPTH 4096
#define MAX_NAME 64

typedef struct Reader
{
	const char *p;
	const char *end;
	int			depth;			/* of the objects and lists around the present value */
	char	   *out;
	size_t		used;
	size_t		size;
	bool		full;
} Reader;

static bool read_object(Reader *r, const VzForeignMember *members);

/* put writes one byte, as far as there is room. */
static void
put(Reader *r, char c)
{
	if (r->used + 1 < r->size)
		r->out[r->used++] = c;
	else
		r->full = true;
}

/* put_text writes bytes as they are. */
static void
put_text(Reader *r, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		put(r, text[i]);
}

/* skip_blanks goes to the next token. */
static void
skip_blanks(Reader *r)
{
	while (r->p < r->end && strchr(" \t\r\n", *r->p) != NULL && *r->p != '\0')
		r->p++;
}

/* take goes past this byte; false when another one is there. */
static bool
take(Reader *r, char c)
{
	if (r->p == r->end || *r->p != c)
		return false;
	r->p++;
	return true;
}

/* at says whether the next byte is one of these. */
static bool
at(const Reader *r, const char *set)
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

/* utf8 writes a character's bytes and returns their number. */
static int
utf8(uint32_t c, char *bytes)
{
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

/* read_unicode reads what follows \u; a NUL or half a pair becomes U+FFFD. */
static bool
read_unicode(Reader *r, uint32_t *c)
{
	int			high = hex4(r->p, r->end);
	int			low;

	if (high < 0)
		return false;
	r->p += 4;
	*c = high == 0 || (high >= 0xD800 && high <= 0xDFFF) ? 0xFFFD : (uint32_t) high;
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
read_character(Reader *r, char *bytes)
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
	if (take(r, 'u'))
		return read_unicode(r, &c) ? utf8(c, bytes) : 0;
	e = strchr(escapes, *r->p++);
	if (e == NULL)
		return 0;
	bytes[0] = means[e - escapes];
	return 1;
}

/* put_character writes a character of a text, escaped where it must be. */
static void
put_character(Reader *r, const char *bytes, int n)
{
	static const char short_ones[] = "\b\f\n\r\t\"\\";
	static const char letters[] = "bfnrt\"\\";
	const char *s = strchr(short_ones, bytes[0]);

	if (s != NULL)
	{
		put(r, '\\');
		put(r, letters[s - short_ones]);
	}
	else if ((unsigned char) bytes[0] < 0x20)
	{
		put_text(r, "\\u00", 4);
		put(r, "01"[(unsigned char) bytes[0] >> 4]);
		put(r, "0123456789abcdef"[(unsigned char) bytes[0] & 15]);
	}
	else
		put_text(r, bytes, (size_t) n);
}

/* read_text goes past a text and writes it, cut at max characters; max < 0: writes nothing. */
static bool
read_text(Reader *r, int max)
{
	char		bytes[4];
	int			n;

	if (!take(r, '"'))
		return false;
	if (max >= 0)
		put(r, '"');
	for (int i = 0; !take(r, '"'); i++)
	{
		if ((n = read_character(r, bytes)) == 0)
			return false;
		if (i < max)
			put_character(r, bytes, n);
	}
	if (max >= 0)
		put(r, '"');
	return true;
}

/* read_name goes past a member's name and its colon; a name that is longer than any of ours reads as empty. */
static bool
read_name(Reader *r, char *name)
{
	char		bytes[4];
	size_t		len = 0;
	bool		fits = true;
	int			n;

	if (!take(r, '"'))
		return false;
	while (!take(r, '"'))
	{
		if ((n = read_character(r, bytes)) == 0)
			return false;
		fits &= len + (size_t) n < MAX_NAME;
		if (fits)
			memcpy(name + len, bytes, (size_t) n);
		len += (size_t) n;
	}
	name[fits ? len : 0] = '\0';
	skip_blanks(r);
	return take(r, ':');
}

/* skip_digits goes past digits; false when there are none. */
static bool
skip_digits(Reader *r)
{
	const char *start = r->p;

	while (at(r, "0123456789"))
		r->p++;
	return r->p > start;
}

/* skip_number goes past a number. */
static bool
skip_number(Reader *r)
{
	(void) take(r, '-');
	if (!take(r, '0') && !skip_digits(r))
		return false;
	if (take(r, '.') && !skip_digits(r))
		return false;
	if (at(r, "eE"))
	{
		r->p++;
		if (at(r, "+-"))
			r->p++;
		return skip_digits(r);
	}
	return true;
}

/* skip_scalar goes past a text, a number or a word. */
static bool
skip_scalar(Reader *r)
{
	static const char *const words[] = {"true", "false", "null"};

	if (at(r, "\""))
		return read_text(r, -1);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
	{
		size_t		len = strlen(words[i]);

		if ((size_t) (r->end - r->p) >= len && memcmp(r->p, words[i], len) == 0)
			return r->p += len, true;
	}
	return at(r, "-0123456789") && skip_number(r);
}

/*
 * skip_value goes past any value. Which brackets are open is kept as bits:
 * objects 1, lists 0.
 */
static bool
skip_value(Reader *r)
{
	uint8_t		is_object[MAX_DEPTH / 8] = {0};
	int			depth = 0;
	char		name[MAX_NAME];

	for (;;)
	{
		skip_blanks(r);
		if (at(r, "{["))
		{
			bool		object = *r->p++ == '{';

			if (r->depth + depth >= MAX_DEPTH)
				return false;
			is_object[depth / 8] &= (uint8_t) ~(1 << depth % 8);
			is_object[depth / 8] |= (uint8_t) (object << depth % 8);
			depth++;
			skip_blanks(r);
			if (!take(r, object ? '}' : ']'))
			{
				if (object && !read_name(r, name))
					return false;
				continue;
			}
			depth--;
		}
		else if (!skip_scalar(r))
			return false;

		/* A value has ended: so may what is around it. */
		for (;;)
		{
			bool		object;

			if (depth == 0)
				return true;
			object = is_object[(depth - 1) / 8] >> (depth - 1) % 8 & 1;
			skip_blanks(r);
			if (take(r, ','))
			{
				skip_blanks(r);
				if (object && !read_name(r, name))
					return false;
				break;
			}
			if (!take(r, object ? '}' : ']'))
				return false;
			depth--;
		}
	}
}

/* is_minor says whether a token is an amount in minor units. */
static bool
is_minor(const char *token, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (token[i] < '0' || token[i] > '9')
			return false;
	return len <= 18;
}

/* read_scalar goes past a value and writes it as the member's kind, if it is of that kind. */
static bool
read_scalar(Reader *r, const VzForeignMember *m)
{
	const char *start = r->p;
	size_t		len;

	if (m->kind == VZ_FOREIGN_TEXT && at(r, "\""))
		return read_text(r, m->max);
	if (!skip_value(r))
		return false;
	len = (size_t) (r->p - start);
	if (m->kind == VZ_FOREIGN_MINOR)
	{
		if (is_minor(start, len))
			put_text(r, start, len);
		else
			put_text(r, "false", 5);
	}
	else if (m->kind == VZ_FOREIGN_BOOL && (*start == 't' || *start == 'f'))
		put_text(r, start, len);
	else if (m->kind == VZ_FOREIGN_TEXT && *start != '{' && *start != '[')
	{
		put(r, '"');
		put_text(r, start, len < (size_t) m->max ? len : (size_t) m->max);
		put(r, '"');
	}
	return true;
}

/* read_list goes past a list and writes those of its items that are objects. */
static bool
read_list(Reader *r, const VzForeignMember *m)
{
	int			n = 0;

	r->p++;
	r->depth++;
	put(r, '[');
	skip_blanks(r);
	if (!take(r, ']'))
	{
		do
		{
			skip_blanks(r);
			if (at(r, "{") && n < m->max)
			{
				if (n++ > 0)
					put(r, ',');
				if (!read_object(r, m->members))
					return false;
			}
			else if (!skip_value(r))
				return false;
			skip_blanks(r);
		} while (take(r, ','));
		if (!take(r, ']'))
			return false;
	}
	put(r, ']');
	r->depth--;
	return true;
}

/* read_member goes past the value of a wanted member and writes it with its name. */
static bool
read_member(Reader *r, const VzForeignMember *m, bool *is_first)
{
	size_t		before = r->used;
	size_t		value;
	bool		is_good;

	skip_blanks(r);
	if (!*is_first)
		put(r, ',');
	put(r, '"');
	put_text(r, m->name, strlen(m->name));
	put_text(r, "\":", 2);
	value = r->used;
	if (at(r, "n"))
		is_good = skip_value(r);
	else if (m->kind == VZ_FOREIGN_OBJECT)
		is_good = at(r, "{") ? read_object(r, m->members) : skip_value(r);
	else if (m->kind == VZ_FOREIGN_LIST)
		is_good = at(r, "[") ? read_list(r, m) : skip_value(r);
	else
		is_good = read_scalar(r, m);
	if (r->used == value)
		r->used = before;
	else
		*is_first = false;
	return is_good;
}

/* read_object goes past an object and writes its wanted members. */
static bool
read_object(Reader *r, const VzForeignMember *members)
{
	uint32_t	seen = 0;
	bool		is_first = true;
	char		name[MAX_NAME];

	if (!take(r, '{'))
		return false;
	r->depth++;
	put(r, '{');
	skip_blanks(r);
	if (!take(r, '}'))
	{
		do
		{
			int			i = 0;

			skip_blanks(r);
			if (!read_name(r, name))
				return false;
			while (members[i].name != NULL && strcmp(members[i].name, name) != 0)
				i++;
			if (members[i].name == NULL ? !skip_value(r)
				: (seen >> i & 1) != 0 || !read_member(r, &members[i], &is_first))
				return false;
			if (members[i].name != NULL)
				seen |= UINT32_C(1) << i;
			skip_blanks(r);
		} while (take(r, ','));
		if (!take(r, '}'))
			return false;
	}
	put(r, '}');
	r->depth--;
	return true;
}

bool
vz_foreign_read(const char *text, size_t len, const VzForeignMember *members, char *out, size_t size)
{
	Reader		r = {.p = text, .end = text + len, .out = out, .size = size};

	skip_blanks(&r);
	if (size == 0 || !read_object(&r, members))
		return false;
	skip_blanks(&r);
	if (r.p != r.end || r.full)
		return false;
	out[r.used] = '\0';
	return true;
}
