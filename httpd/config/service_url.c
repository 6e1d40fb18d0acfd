/*
 * service_url.c
 *		The parts of another service's address (see service_url.h).
 */
#include "service_url.h"

#include <stdlib.h>
#include <string.h>

#define DATABASE_MAX 65535

/* copy_part copies a part of the address; false when it is too long. */
static bool
copy_part(char *out, size_t size, const char *text, size_t len)
{
	if (len >= size)
		return false;
	memcpy(out, text, len);
	out[len] = '\0';
	return true;
}

/* hex_value returns the value of a hexadecimal digit, or -1. */
static int
hex_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* decode undoes percent encoding in place; false when it is wrongly written. */
static bool
decode(char *text)
{
	char	   *out = text;

	for (const char *p = text; *p != '\0'; p++)
	{
		int			high;
		int			low;

		if (*p != '%')
		{
			*out++ = *p;
			continue;
		}
		high = hex_value(p[1]);
		low = high >= 0 ? hex_value(p[2]) : -1;
		if (low < 0 || high + low == 0)
			return false;
		*out++ = (char) (high * 16 + low);
		p += 2;
	}
	*out = '\0';
	return true;
}

/* read_user reads user:password. */
static bool
read_user(const char *text, size_t len, ServiceUrl *out)
{
	const char *colon = memchr(text, ':', len);
	size_t		user_len = colon ? (size_t) (colon - text) : len;

	return copy_part(out->user, sizeof(out->user), text, user_len) && decode(out->user) &&
		(colon == NULL || (copy_part(out->password, sizeof(out->password), colon + 1, len - user_len - 1) &&
						   decode(out->password)));
}

/* read_host reads host:port, with brackets around an IPv6 address. */
static bool
read_host(const char *text, size_t len, const char *default_port, ServiceUrl *out)
{
	const char *end = text[0] == '[' ? memchr(text, ']', len) : NULL;
	const char *rest;

	if (text[0] == '[' && end == NULL)
		return false;
	rest = end ? end + 1 : memchr(text, ':', len);
	if (rest == NULL)
		rest = text + len;
	if (end == NULL)
		end = rest;
	if (!copy_part(out->host, sizeof(out->host), text + (text[0] == '['), (size_t) (end - text) - (text[0] == '[')))
		return false;
	len -= (size_t) (rest - text);
	if (len > 0 && rest[0] != ':')
		return false;
	return out->host[0] != '\0' &&
		(len > 1 ? copy_part(out->port, sizeof(out->port), rest + 1, len - 1)
		 : copy_part(out->port, sizeof(out->port), default_port, strlen(default_port)));
}

bool
service_url_parse(const char *url, const char *default_port, ServiceUrl *out)
{
	const char *p = strstr(url, "://");
	size_t		len;
	const char *at;
	bool		ok;

	memset(out, 0, sizeof(*out));
	p = p ? p + 3 : url;
	len = strcspn(p, "/?#");
	at = memrchr(p, '@', len);
	ok = at == NULL || read_user(p, (size_t) (at - p), out);
	if (at != NULL)
	{
		len -= (size_t) (at + 1 - p);
		p = at + 1;
	}
	ok = ok && read_host(p, len, default_port, out);
	p += len;
	return ok && (*p != '/' || copy_part(out->path, sizeof(out->path), p + 1, strcspn(p + 1, "?#")));
}

int
redis_url_database(const ServiceUrl *url)
{
	return atoi(url->path);
}

bool
service_url_origin(const char *url, char *out, size_t size)
{
	const char *host = strstr(url, "://");
	size_t		scheme_len;
	size_t		len;

	out[0] = '\0';
	if (host == NULL)
		return false;
	host += 3;
	scheme_len = (size_t) (host - url);
	len = strcspn(host, "/?#");
	for (const char *p = host + len; p > host; p--)
		if (p[-1] == '@')
		{
			len -= (size_t) (p - host);
			host = p;
			break;
		}
	if (len == 0 || scheme_len + len >= size)
		return false;
	memcpy(out, url, scheme_len);
	memcpy(out + scheme_len, host, len);
	out[scheme_len + len] = '\0';
	return true;
}

const char *
redis_url_problem(const char *url)
{
	ServiceUrl	parts;

	if (strncmp(url, "redis://", strlen("redis://")) != 0)
		return "must begin with redis://";
	if (!service_url_parse(url, "6379", &parts))
		return "must be redis://[user:password@]host[:port][/database], percent-encoded where needed";
	if (strspn(parts.port, "0123456789") != strlen(parts.port))
		return "must have a port in digits";
	if (strspn(parts.path, "0123456789") != strlen(parts.path) || strlen(parts.path) > 5 ||
		redis_url_database(&parts) > DATABASE_MAX)
		return "must end with the number of a database, or without a path";
	return NULL;
}
