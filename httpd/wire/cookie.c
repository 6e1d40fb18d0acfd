/*
 * cookie.c
 *		Cookies (see cookie.h).
 */
#include "cookie.h"

#include <stdio.h>
#include <string.h>

/* is_cookie_octet says whether a cookie's value may hold the character. */
static bool
is_cookie_octet(unsigned char c)
{
	return c > ' ' && c < 0x7F && strchr("\",;\\", c) == NULL;
}

/* copy_value copies a value, without the quotes around it; false when it is none. */
static bool
copy_value(const char *value, size_t len, char *out, size_t size)
{
	if (len >= 2 && value[0] == '"' && value[len - 1] == '"')
	{
		value++;
		len -= 2;
	}
	if (len >= size)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_cookie_octet((unsigned char) value[i]))
			return false;
	memcpy(out, value, len);
	out[len] = '\0';
	return true;
}

/* skip_cookie_blanks steps over spaces and tabs. */
static const char *
skip_cookie_blanks(const char *p, const char *stop)
{
	while (p < stop && (*p == ' ' || *p == '\t'))
		p++;
	return p;
}

bool
cookie_find(const char *header, size_t len, const char *name, char *out, size_t size)
{
	const char *end = header ? header + len : NULL;
	size_t		name_len = strlen(name);

	for (const char *p = header; p != NULL && p < end;)
	{
		const char *semicolon = memchr(p, ';', (size_t) (end - p));
		const char *stop = semicolon ? semicolon : end;

		p = skip_cookie_blanks(p, stop);
		if ((size_t) (stop - p) > name_len && strncmp(p, name, name_len) == 0 && p[name_len] == '=')
		{
			p += name_len + 1;
			while (stop > p && (stop[-1] == ' ' || stop[-1] == '\t'))
				stop--;
			return copy_value(p, (size_t) (stop - p), out, size);
		}
		p = semicolon ? semicolon + 1 : NULL;
	}
	return false;
}

bool
cookie_write(char *out, size_t size, const char *name, const char *value, const char *path, int64_t max_age,
			 bool is_strict, bool is_secure)
{
	int			n = snprintf(out, size, "%s=%s; Path=%s; Max-Age=%lld; HttpOnly; SameSite=%s%s", name, value, path,
							 (long long) max_age, is_strict ? "Strict" : "Lax", is_secure ? "; Secure" : "");

	return n > 0 && (size_t) n < size;
}
