/*
 * forwarded.c
 *		Whose request is it, when proxies stand between? (see forwarded.h)
 *
 * An address is 16 bytes: IPv6, or IPv4 mapped into it, so that both forms of
 * the same IPv4 address are one.
 */
#include "forwarded.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SEPARATORS	", \t"
#define MAPPED_BITS 96

typedef struct Address
{
	uint8_t		bytes[16];
} Address;

typedef struct Network
{
	Address		address;
	int			bits;
} Network;

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

/* is_ipv4 says whether it is an IPv4 address. */
static bool
is_ipv4(const Address *a)
{
	return memcmp(a->bytes, mapped, sizeof(mapped)) == 0;
}

/* read_address reads an address of either kind, without port or brackets. */
static bool
read_address(const char *text, size_t len, Address *a)
{
	char		copy[ADDRESS_SIZE];

	if (len == 0 || len >= sizeof(copy) || memchr(text, '\0', len) != NULL)
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	memcpy(a->bytes, mapped, sizeof(mapped));
	return inet_pton(AF_INET, copy, a->bytes + sizeof(mapped)) == 1 || inet_pton(AF_INET6, copy, a->bytes) == 1;
}

/* write_address writes it in its usual form. */
static void
write_address(const Address *a, char out[ADDRESS_SIZE])
{
	if (is_ipv4(a))
		inet_ntop(AF_INET, a->bytes + sizeof(mapped), out, ADDRESS_SIZE);
	else
		inet_ntop(AF_INET6, a->bytes, out, ADDRESS_SIZE);
}

/* read_peer reads an address as the system writes it: a link-local one may name its interface. */
static bool
read_peer(const char *text, Address *a)
{
	return read_address(text, strcspn(text, "%"), a);
}

/* is_port says whether it is a colon and digits, or nothing. */
static bool
is_port(const char *text, size_t len)
{
	if (len == 0)
		return true;
	if (text[0] != ':' || len < 2 || len > 6)
		return false;
	for (size_t i = 1; i < len; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return true;
}

/* read_hop reads an entry of X-Forwarded-For; some proxies add a port, with brackets around IPv6. */
static bool
read_hop(const char *text, size_t len, Address *a)
{
	const char *end;

	if (read_address(text, len, a))
		return true;
	if (len > 0 && text[0] == '[')
	{
		end = memchr(text, ']', len);
		return end != NULL && memchr(text, ':', (size_t) (end - text)) != NULL &&
			read_address(text + 1, (size_t) (end - text) - 1, a) && is_port(end + 1, len - (size_t) (end + 1 - text));
	}
	end = memchr(text, ':', len);
	return end != NULL && is_port(end, len - (size_t) (end - text)) &&
		read_address(text, (size_t) (end - text), a) && is_ipv4(a);
}

/* read_network reads an address, or a network as address/bits. */
static bool
read_network(const char *text, size_t len, Network *network)
{
	const char *slash = memchr(text, '/', len);
	size_t		address_len = slash ? (size_t) (slash - text) : len;
	int			most;
	int			bits = 0;

	if (!read_address(text, address_len, &network->address))
		return false;
	most = memchr(text, ':', address_len) ? 128 : 32;
	network->bits = 128;
	if (slash == NULL)
		return true;
	if (slash + 1 == text + len || slash + 4 < text + len)
		return false;
	for (const char *p = slash + 1; p < text + len; p++)
	{
		if (*p < '0' || *p > '9')
			return false;
		bits = bits * 10 + (*p - '0');
	}
	network->bits = bits + 128 - most;
	return bits <= most;
}

bool
networks_parse(const char *text, Networks *networks, const char **bad)
{
	size_t		room = 0;

	*networks = (Networks) {0};
	for (const char *p = text; p != NULL && *p != '\0';)
	{
		size_t		len;

		p += strspn(p, SEPARATORS);
		if ((len = strcspn(p, SEPARATORS)) == 0)
			continue;
		if (networks->n == room &&
			(networks->list = realloc(networks->list, (room = room * 2 + 4) * sizeof(Network))) == NULL)
			abort();
		if (!read_network(p, len, &networks->list[networks->n]))
		{
			networks_free(networks);
			if (bad != NULL)
				*bad = p;
			return false;
		}
		networks->n++;
		p += len;
	}
	return true;
}

void
networks_free(Networks *networks)
{
	free(networks->list);
	*networks = (Networks) {0};
}

/* is_within says whether the address is in the network. */
static bool
is_within(const Address *a, const Network *network)
{
	size_t		whole = (size_t) network->bits / 8;
	int			rest = network->bits % 8;
	uint8_t		mask = (uint8_t) (0xFF00 >> rest);

	/* ::/0 and the like mean IPv6, not the IPv4 addresses that are kept as a part of it. */
	if (is_ipv4(a) && network->bits < MAPPED_BITS)
		return false;
	return memcmp(a->bytes, network->address.bytes, whole) == 0 &&
		(rest == 0 || ((a->bytes[whole] ^ network->address.bytes[whole]) & mask) == 0);
}

/* is_trusted says whether the address is in any of the networks. */
static bool
is_trusted(const Networks *networks, const Address *a)
{
	for (size_t i = 0; i < networks->n; i++)
		if (is_within(a, &networks->list[i]))
			return true;
	return false;
}

bool
networks_have(const Networks *networks, const char *address)
{
	Address		a;

	return networks->n > 0 && read_peer(address, &a) && is_trusted(networks, &a);
}

/*
 * walk_back goes through one header's hops from the right, as long as they are
 * trusted; *hop becomes the last one that could be read. False: it ends here.
 */
static bool
walk_back(const Networks *trusted, const char *value, size_t len, Address *hop)
{
	while (len > 0)
	{
		size_t		start;
		size_t		end = len;
		Address		a;

		while (end > 0 && strchr(SEPARATORS, value[end - 1]) != NULL && value[end - 1] != '\0')
			end--;
		for (start = end; start > 0 && value[start - 1] != ',';)
			start--;
		len = start;
		while (start < end && (value[start] == ' ' || value[start] == '\t'))
			start++;
		if (start == end)
			continue;
		if (!read_hop(value + start, end - start, &a))
			return false;
		*hop = a;
		if (!is_trusted(trusted, &a))
			return false;
	}
	return true;
}

void
forwarded_client(const Networks *trusted, const char *peer, const HttpHead *head, char out[ADDRESS_SIZE])
{
	static const char name[] = "X-Forwarded-For";
	Address		hop;

	if (!read_peer(peer, &hop))
	{
		snprintf(out, ADDRESS_SIZE, "%.*s", ADDRESS_SIZE - 1, peer);
		return;
	}
	if (is_trusted(trusted, &hop))
		for (size_t i = head->nheaders; i > 0; i--)
		{
			const HttpHeader *h = &head->headers[i - 1];

			if (h->name_len == strlen(name) && strncasecmp(h->name, name, h->name_len) == 0 &&
				!walk_back(trusted, h->value, h->value_len, &hop))
				break;
		}
	write_address(&hop, out);
}

void
address_group(const char *address, char out[ADDRESS_SIZE])
{
	Address		a;
	char		network[ADDRESS_SIZE];

	if (!read_peer(address, &a) || is_ipv4(&a))
	{
		snprintf(out, ADDRESS_SIZE, "%.*s", ADDRESS_SIZE - 1, address);
		return;
	}
	memset(a.bytes + 8, 0, 8);
	write_address(&a, network);
	snprintf(out, ADDRESS_SIZE, "%.*s/64", ADDRESS_SIZE - 4, network);
}
