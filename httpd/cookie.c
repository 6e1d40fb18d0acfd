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

bool
cookie_find(const char *header, size_t len, const char *name, char *out, size_t size)
{
	size_t		name_len = strlen(name);

	for (size_t at = 0; header != NULL && at < len;)
	{
		size_t		end = at;

		while (end < len && header[end] != ';')
			end++;
		while (at < end && (header[at] == ' ' || header[at] == '\t'))
			at++;
		if (end - at > name_len && strncmp(header + at, name, name_len) == 0 && header[at + name_len] == '=')
		{
			size_t		value = at + name_len + 1;
			size_t		value_end = end;

			while (value_end > value && (header[value_end - 1] == ' ' || header[value_end - 1] == '\t'))
				value_end--;
			return copy_value(header + value, value_end - value, out, size);
		}
		at = end + 1;
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
