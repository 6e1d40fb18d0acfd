/*
 * foreign.c
 *		Reading somebody else's JSON by an allow-list (see foreign.h).
 *
 * The walk knows just enough of JSON to find where a member ends. A name
 * that is written with escapes is none of ours.
 */
#include "foreign.h"

#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH	8			/* of what is kept */
#define REPLACEMENT "\xEF\xBF\xBD"

typedef struct Walk
{
	const char *at;
	const char *end;
	char	   *out;			/* at most three times as long as the input: one byte becomes one U+FFFD */
	const ForeignName *names;
	size_t		nnames;
} Walk;

static bool keep_value(Walk *w, int depth, bool is_free_text);

/* skip_json_blanks passes over white space. */
static void
skip_json_blanks(Walk *w)
{
	while (w->at < w->end && (*w->at == ' ' || *w->at == '\t' || *w->at == '\r' || *w->at == '\n'))
		w->at++;
}

/* take_character passes over a character; false when another one stands there. */
static bool
take_character(Walk *w, char c)
{
	skip_json_blanks(w);
	if (w->at >= w->end || *w->at != c)
		return false;
	w->at++;
	return true;
}

/* copy_bytes appends to the copy, which has room for the whole document. */
static void
copy_bytes(Walk *w, const char *bytes, size_t n)
{
	memcpy(w->out, bytes, n);
	w->out += n;
}

/* skip_string passes over a string with its quotes; false when it does not end. */
static bool
skip_string(Walk *w)
{
	for (w->at++; w->at < w->end; w->at++)
	{
		if (*w->at == '"')
		{
			w->at++;
			return true;
		}
		if (*w->at == '\\' && ++w->at >= w->end)
			return false;
	}
	return false;
}

/* skip_scalar passes over a number or a word. */
static bool
skip_scalar(Walk *w)
{
	const char *start = w->at;

	while (w->at < w->end && memchr(" \t\r\n,:{}[]\"", *w->at, 11) == NULL)
		w->at++;
	return w->at > start;
}

/* skip_value passes over any value, however deep; false when it does not end. */
static bool
skip_value(Walk *w)
{
	size_t		depth = 0;

	do
	{
		skip_json_blanks(w);
		if (w->at >= w->end)
			return false;
		if (*w->at == '"')
		{
			if (!skip_string(w))
				return false;
		}
		else if (*w->at == '{' || *w->at == '[')
		{
			depth++;
			w->at++;
		}
		else if (*w->at == '}' || *w->at == ']')
		{
			if (depth == 0)
				return false;
			depth--;
			w->at++;
		}
		else if (*w->at == ',' || *w->at == ':')
		{
			if (depth == 0)
				return false;
			w->at++;
		}
		else if (!skip_scalar(w))
			return false;
	} while (depth > 0);
	return true;
}

/* escape_unit reads the four digits of a \u escape; -1 when they are none. */
static int
escape_unit(const char *at, const char *end)
{
	int			unit = 0;

	if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++)
	{
		char		c = at[i];
		int			digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10
			: c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;

		if (digit < 0)
			return -1;
		unit = unit * 16 + digit;
	}
	return unit;
}

/* escape_length is how long a good escape is, 0 when it stands for no character. */
static size_t
escape_length(const char *at, const char *end)
{
	int			unit = escape_unit(at, end);

	if (end - at >= 2 && at[1] != 'u')
		return strchr("\"\\/bfnrt", at[1]) != NULL && at[1] != '\0' ? 2 : 0;
	if (unit <= 0 || (unit >= 0xDC00 && unit <= 0xDFFF))
		return 0;
	if (unit < 0xD800 || unit > 0xDBFF)
		return 6;
	unit = escape_unit(at + 6, end);
	return unit >= 0xDC00 && unit <= 0xDFFF ? 12 : 0;
}

/* utf8_char_length is how long a good character is, 0 when the bytes are none. */
static size_t
utf8_char_length(const char *at, const char *end)
{
	const unsigned char *s = (const unsigned char *) at;
	size_t		n = s[0] < 0x20 ? 0 : s[0] < 0x80 ? 1 : s[0] < 0xC2 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : s[0] < 0xF5 ? 4 : 0;

	if (n == 0 || (size_t) (end - at) < n)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xC0) != 0x80)
			return 0;
	if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) ||
		(s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F))
		return 0;
	return n;
}

/* put_readable copies a string's content; what stands for no character becomes U+FFFD. */
static void
put_readable(Walk *w, const char *at, const char *end)
{
	while (at < end)
	{
		size_t		n = *at == '\\' ? escape_length(at, end) : utf8_char_length(at, end);

		if (n > 0)
			copy_bytes(w, at, n);
		else
		{
			copy_bytes(w, REPLACEMENT, strlen(REPLACEMENT));
			n = escape_unit(at, end) >= 0 ? 6 : *at == '\\' && end - at >= 2 ? 2 : 1;
		}
		at += n;
	}
}

/* keep_string copies a string with its quotes, made readable; false when it does not end. */
static bool
keep_string(Walk *w, bool is_free_text)
{
	const char *start = w->at;

	if (!skip_string(w))
		return false;
	if (!is_free_text)
	{
		copy_bytes(w, start, (size_t) (w->at - start));
		return true;
	}
	copy_bytes(w, "\"", 1);
	put_readable(w, start + 1, w->at - 1);
	copy_bytes(w, "\"", 1);
	return true;
}

/* find_name looks a member's name up, quotes included; NULL when nobody reads it. */
static const ForeignName *
find_name(const Walk *w, const char *start, const char *end)
{
	size_t		len = (size_t) (end - start) - 2;

	for (size_t i = 0; i < w->nnames; i++)
		if (strlen(w->names[i].name) == len && memcmp(w->names[i].name, start + 1, len) == 0)
			return &w->names[i];
	return NULL;
}

/* keep_object copies an object with the members that are read. */
static bool
keep_object(Walk *w, int depth)
{
	bool		is_first = true;

	w->at++;
	copy_bytes(w, "{", 1);
	if (take_character(w, '}'))
	{
		copy_bytes(w, "}", 1);
		return true;
	}
	do
	{
		const char *start;
		const char *end;
		const ForeignName *name;

		skip_json_blanks(w);
		start = w->at;
		if (w->at >= w->end || *w->at != '"' || !skip_string(w))
			return false;
		end = w->at;
		name = find_name(w, start, end);
		if (!take_character(w, ':'))
			return false;
		if (name == NULL)
		{
			if (!skip_value(w))
				return false;
			continue;
		}
		copy_bytes(w, ",", is_first ? 0 : 1);
		is_first = false;
		copy_bytes(w, start, (size_t) (end - start));
		copy_bytes(w, ":", 1);
		if (!keep_value(w, depth, name->is_free_text))
			return false;
	} while (take_character(w, ','));
	copy_bytes(w, "}", 1);
	return take_character(w, '}');
}

/* keep_list copies a list, of each item what is read; false when it does not end. */
static bool
keep_list(Walk *w, int depth)
{
	bool		is_first = true;

	w->at++;
	copy_bytes(w, "[", 1);
	if (take_character(w, ']'))
	{
		copy_bytes(w, "]", 1);
		return true;
	}
	do
	{
		copy_bytes(w, ",", is_first ? 0 : 1);
		is_first = false;
		if (!keep_value(w, depth, false))
			return false;
	} while (take_character(w, ','));
	copy_bytes(w, "]", 1);
	return take_character(w, ']');
}

/* keep_value copies a value that is read. */
static bool
keep_value(Walk *w, int depth, bool is_free_text)
{
	const char *start;

	skip_json_blanks(w);
	if (w->at >= w->end || depth >= MAX_DEPTH)
		return false;
	if (*w->at == '{')
		return keep_object(w, depth + 1);
	if (*w->at == '[')
		return keep_list(w, depth + 1);
	if (*w->at == '"')
		return keep_string(w, is_free_text);
	start = w->at;
	if (!skip_scalar(w))
		return false;
	copy_bytes(w, start, (size_t) (w->at - start));
	return true;
}

char *
foreign_keep(const char *text, size_t length, const ForeignName *names, size_t nnames)
{
	char	   *out = malloc(3 * length + 1);
	Walk		w = {.at = text, .end = text + length, .out = out, .names = names, .nnames = nnames};

	if (out == NULL)
		abort();
	skip_json_blanks(&w);
	if (w.at < w.end && *w.at == '{' && keep_object(&w, 0))
	{
		skip_json_blanks(&w);
		if (w.at == w.end)
		{
			*w.out = '\0';
			return out;
		}
	}
	free(out);
	return NULL;
}
