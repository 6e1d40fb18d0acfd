/*
 * cors.c
 *		Which web pages may call the API (see cors.h). Source: the Fetch standard,
 *		RFC 6454 section 6.2.
 */
#include "cors.h"

#include <string.h>

/* next_entry steps to the next entry of a list; false at its end. */
static bool
next_entry(const char **list, const char **entry, size_t *len)
{
	*entry = *list + strspn(*list, ", \t");
	*len = strcspn(*entry, ", \t");
	*list = *entry + *len;
	return *len > 0;
}

/* port_problem judges what stands behind the host's colon. */
static const char *
port_problem(const char *port, size_t len, const char *own_port)
{
	if (len == 0 || len > 5 || strspn(port, "0123456789") < len || port[0] == '0')
		return "has no proper port";
	if (strlen(own_port) == len && strncmp(port, own_port, len) == 0)
		return "names the port that browsers leave out";
	return NULL;
}

/* origin_problem returns what is wrong with one origin, or NULL. */
static const char *
origin_problem(const char *origin, size_t len)
{
	bool		is_https = len > 8 && strncmp(origin, "https://", 8) == 0;
	const char *host = origin + (is_https ? 8 : 7);
	size_t		host_len;
	size_t		rest;

	if (!is_https && (len <= 7 || strncmp(origin, "http://", 7) != 0))
		return "must begin with http:// or https://";
	rest = len - (size_t) (host - origin);
	host_len = host[0] == '[' ? strspn(host, "[]:.0123456789abcdef") : strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.-_");
	if (host_len > rest)
		host_len = rest;
	if (host[0] == '[')
	{
		const char *end = memchr(host, ']', host_len);

		host_len = end ? (size_t) (end + 1 - host) : 0;
	}
	if (host_len == 0)
		return "must name a host in lower case, without *";
	if (host_len == rest)
		return NULL;
	if (host[host_len] != ':')
		return "must end with its host or port";
	return port_problem(host + host_len + 1, rest - host_len - 1, is_https ? "443" : "80");
}

const char *
cors_list_problem(const char *list, const char **where, size_t *len)
{
	const char *problem;

	while (next_entry(&list, where, len))
		if ((problem = origin_problem(*where, *len)) != NULL)
			return problem;
	return NULL;
}

bool
cors_allows(const char *list, const char *origin)
{
	const char *entry;
	size_t		len;

	while (list != NULL && next_entry(&list, &entry, &len))
		if (strlen(origin) == len && strncmp(entry, origin, len) == 0)
			return true;
	return false;
}
