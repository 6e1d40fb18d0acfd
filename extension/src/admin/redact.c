/*
 * redact.c
 *		SQL without its constants (see redact.h); no server header.
 *
 * A scanner after PostgreSQL's own, but a suspicious one: a quote behind a
 * backslash ends a constant or does not, depending on a setting of the
 * session, so that nothing behind it is shown.
 */
#include "redact.h"

#include <stdbool.h>
#include <string.h>

/* What is written, with room for the cut mark and the NUL kept free. */
typedef struct Output
{
	char	   *text;
	size_t		len;
	size_t		room;
	bool		is_cut;			/* nothing more is written */
	bool		blank_is_due;	/* before the next character */
} Output;

/* put_byte writes one byte, or cuts. */
static void
put_byte(Output *out, char c)
{
	if (out->is_cut)
		return;
	if (out->len == out->room)
	{
		out->is_cut = true;
		return;
	}
	out->text[out->len++] = (unsigned char) c < ' ' || c == 0x7F ? '?' : c;
}

/* put_with_blank writes one byte with the blank that is due before it. */
static void
put_with_blank(Output *out, char c)
{
	if (out->blank_is_due && out->len > 0)
		put_byte(out, ' ');
	out->blank_is_due = false;
	put_byte(out, c);
}

/* is_ascii_digit knows ASCII alone, whatever the locale. */
static bool
is_ascii_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* starts_word: letters, the underscore, and everything beyond ASCII. */
static bool
starts_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char) c >= 0x80;
}

/* is_blank knows what PostgreSQL takes for blanks. */
static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/*
 * skip_constant returns what follows a string constant, p being behind its first
 * quote; NULL when its end is not there, or not certain.
 */
static const char *
skip_constant(const char *p, bool has_escapes)
{
	for (; *p != '\0'; p++)
	{
		if (*p == '\\' && has_escapes && p[1] != '\0')
			p++;
		else if (*p == '\\' && p[1] == '\'')
			return NULL;
		else if (*p == '\'' && p[1] == '\'')
			p++;
		else if (*p == '\'')
			return p + 1;
	}
	return NULL;
}

/* skip_comment returns what follows a comment; an open one ends with the text. */
static const char *
skip_comment(const char *p)
{
	int			depth = 0;

	if (*p == '-')
		return p + strcspn(p, "\r\n");
	while (*p != '\0')
	{
		if (p[0] == '/' && p[1] == '*')
			depth++, p += 2;
		else if (p[0] == '*' && p[1] == '/')
		{
			p += 2;
			if (--depth == 0)
				return p;
		}
		else
			p++;
	}
	return p;
}

/* dollar_quote returns the length of the $tag$ that begins at p; 0 when none does. */
static size_t
dollar_quote(const char *p)
{
	size_t		n = 1;

	if (starts_word(p[n]))
		while (starts_word(p[n]) || is_ascii_digit(p[n]))
			n++;
	return p[n] == '$' ? n + 1 : 0;
}

/* skip_dollar_string returns what follows a dollar-quoted constant; NULL when its end is not there. */
static const char *
skip_dollar_string(const char *p, size_t tag)
{
	for (const char *end = p + tag; (end = strchr(end, '$')) != NULL; end++)
		if (strncmp(end, p, tag) == 0)
			return end + tag;
	return NULL;
}

/* copy_name copies a quoted name; returns what follows it, NULL when its end is not there. */
static const char *
copy_name(Output *out, const char *p)
{
	const char *end = strchr(p + 1, '"');

	if (end == NULL)
		return NULL;
	while (p <= end)
		put_with_blank(out, *p++);
	return p;
}

/* copy_word copies a key word, a name or a parameter; *is_escape_prefix says that it is E. */
static const char *
copy_word(Output *out, const char *p, bool *is_escape_prefix)
{
	const char *start = p;

	do
		put_with_blank(out, *p++);
	while (starts_word(*p) || is_ascii_digit(*p) || *p == '$');
	*is_escape_prefix = p - start == 1 && (*start == 'e' || *start == 'E');
	return p;
}

/* skip_number returns what follows a number, in whatever notation. */
static const char *
skip_number(const char *p)
{
	while (is_ascii_digit(*p) || starts_word(*p) || *p == '.' || ((*p == '+' || *p == '-') && (p[-1] == 'e' || p[-1] == 'E')))
		p++;
	return p;
}

/* copy_token copies or replaces what begins at p; returns what follows, NULL when the rest is not to be shown. */
static const char *
copy_token(Output *out, const char *p, bool *is_escape_prefix)
{
	bool		has_escapes = *is_escape_prefix;
	size_t		tag;

	*is_escape_prefix = false;
	if (*p == '\'')
	{
		put_with_blank(out, '?');
		return skip_constant(p + 1, has_escapes);
	}
	if (*p == '"')
		return copy_name(out, p);
	if (*p == '$' && (tag = dollar_quote(p)) > 0)
	{
		put_with_blank(out, '?');
		return skip_dollar_string(p, tag);
	}
	if (starts_word(*p) || (*p == '$' && is_ascii_digit(p[1])))
		return copy_word(out, p, is_escape_prefix);
	if (is_ascii_digit(*p) || (*p == '.' && is_ascii_digit(p[1])))
	{
		put_with_blank(out, '?');
		return skip_number(p);
	}
	put_with_blank(out, *p);
	return p + 1;
}

/* end_redacted ends the text, after a mark when something is missing. */
static size_t
end_redacted(Output *out)
{
	if (out->is_cut)
	{
		while (out->len > 0 && ((unsigned char) out->text[out->len - 1] & 0xC0) == 0x80)
			out->len--;
		if (out->len > 0 && (unsigned char) out->text[out->len - 1] >= 0xC0)
			out->len--;
		memcpy(out->text + out->len, VZ_REDACT_CUT, strlen(VZ_REDACT_CUT));
		out->len += strlen(VZ_REDACT_CUT);
	}
	out->text[out->len] = '\0';
	return out->len;
}

size_t
vz_redact_sql(const char *sql, char *text, size_t size)
{
	Output		out = {.text = text, .room = size - 1 - strlen(VZ_REDACT_CUT)};
	bool		is_escape_prefix = false;

	for (const char *p = sql; *p != '\0' && !out.is_cut;)
	{
		if (is_blank(*p) || (p[0] == '-' && p[1] == '-') || (p[0] == '/' && p[1] == '*'))
		{
			p = is_blank(*p) ? p + 1 : skip_comment(p);
			out.blank_is_due = true;
			is_escape_prefix = false;
		}
		else if ((p = copy_token(&out, p, &is_escape_prefix)) == NULL)
		{
			out.is_cut = true;
			break;
		}
	}
	return end_redacted(&out);
}
