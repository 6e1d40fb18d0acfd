/*
 * target.c
 *		Taking a request target apart (see target.h).
 */
#include "target.h"

#include <string.h>

/* hex_digit returns the value of a hexadecimal digit, or -1. */
static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/*
 * decode_part writes raw[0..len) decoded to out, with a final NUL, and moves out
 * behind it; in a query a plus is a blank. False for a broken escape, for NUL
 * and other control characters, and for what is no UTF-8.
 */
static bool
decode_part(const char *raw, size_t len, bool is_query, char **out)
{
	char	   *start = *out;
	char	   *p = start;

	for (size_t i = 0; i < len; i++)
	{
		int			c = (unsigned char) raw[i];

		if (c == '%')
		{
			int			high = i + 1 < len ? hex_digit(raw[i + 1]) : -1;
			int			low = i + 2 < len ? hex_digit(raw[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = high * 16 + low;
			i += 2;
		}
		else if (c == '+' && is_query)
			c = ' ';
		if (c == 0 || c == 0x7F || (c < ' ' && !(is_query && (c == '\t' || c == '\n' || c == '\r'))))
			return false;
		*p++ = (char) c;
	}
	*p++ = '\0';
	*out = p;
	return is_utf8(start, (size_t) (p - start) - 1);
}

bool
is_utf8(const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *) text;
	const unsigned char *end = p + len;

	while (p < end)
	{
		int			more;
		unsigned int code;

		if (*p == 0)
			return false;
		if (*p < 0x80)
		{
			p++;
			continue;
		}
		if (*p >= 0xC2 && *p <= 0xDF)
			more = 1, code = *p & 0x1F;
		else if (*p >= 0xE0 && *p <= 0xEF)
			more = 2, code = *p & 0x0F;
		else if (*p >= 0xF0 && *p <= 0xF4)
			more = 3, code = *p & 0x07;
		else
			return false;
		if (end - p <= more)
			return false;
		for (int i = 1; i <= more; i++)
		{
			if ((p[i] & 0xC0) != 0x80)
				return false;
			code = code << 6 | (p[i] & 0x3F);
		}
		if ((more == 2 && code < 0x800) || (more == 3 && (code < 0x10000 || code > 0x10FFFF)) ||
			(code >= 0xD800 && code <= 0xDFFF))
			return false;
		p += more + 1;
	}
	return true;
}

/* parse_path splits the path into decoded segments. */
static const char *
parse_path(const char *path, size_t len, char **out, Target *target)
{
	const char *end = path + len;

	if (len == 0 || *path != '/')
		return "the path must start with /";
	for (const char *p = path; p < end;)
	{
		const char *start = p + 1;
		const char *next = memchr(start, '/', (size_t) (end - start));
		const char *decoded = *out;

		if (next == NULL)
			next = end;
		/* "/" alone has no segment; a trailing slash is an empty one and matches nothing. */
		if (start == end && target->nsegments == 0)
			break;
		if (target->nsegments == TARGET_SEGMENTS_MAX)
			return "the path has too many segments";
		if (!decode_part(start, (size_t) (next - start), false, out))
			return "the path is not properly percent-encoded UTF-8";
		if (strcmp(decoded, ".") == 0 || strcmp(decoded, "..") == 0 || strpbrk(decoded, "/\\") != NULL)
			return "the path contains a segment that is not allowed";
		target->segments[target->nsegments++] = decoded;
		p = next;
	}
	return NULL;
}

/* parse_query splits the query into decoded names and values. */
static const char *
parse_query(const char *query, char **out, Target *target)
{
	while (*query != '\0')
	{
		size_t		len = strcspn(query, "&");
		const char *equals = memchr(query, '=', len);
		size_t		name_len = equals ? (size_t) (equals - query) : len;

		if (len > 0)
		{
			TargetParameter *parameter;

			if (target->nparameters == TARGET_PARAMETERS_MAX)
				return "the query has too many parameters";
			parameter = &target->parameters[target->nparameters++];
			parameter->name = *out;
			if (!decode_part(query, name_len, true, out))
				return "the query is not properly percent-encoded UTF-8";
			parameter->value = *out;
			if (!decode_part(equals ? equals + 1 : "", equals ? len - name_len - 1 : 0, true, out))
				return "the query is not properly percent-encoded UTF-8";
		}
		query += len + (query[len] == '&');
	}
	return NULL;
}

const char *
target_parse(const char *raw, char *buffer, Target *target)
{
	const char *query = strchr(raw, '?');
	size_t		path_len = query ? (size_t) (query - raw) : strlen(raw);
	const char *problem;

	target->nsegments = target->nparameters = 0;
	problem = parse_path(raw, path_len, &buffer, target);
	if (problem == NULL && query != NULL)
		problem = parse_query(query + 1, &buffer, target);
	return problem;
}
