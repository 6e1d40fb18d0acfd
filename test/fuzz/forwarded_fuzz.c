/*
 * forwarded_fuzz.c
 *		forwarded_client, networks_parse and address_group on any text. Input:
 *		a line with trusted proxies, one with the peer, then one for each
 *		X-Forwarded-For.
 */
#include <arpa/inet.h>

#include "../../httpd/wire/forwarded.h"
#include "fuzz.h"

#define MAX_HEADERS 16

/* is_address says whether a text is an address in the form that the system writes. */
static bool
is_address(const char *text)
{
	unsigned char bytes[16];
	char		again[INET6_ADDRSTRLEN];
	int			family = inet_pton(AF_INET, text, bytes) == 1 ? AF_INET : AF_INET6;

	return (family == AF_INET || inet_pton(AF_INET6, text, bytes) == 1) &&
		strcmp(inet_ntop(family, bytes, again, sizeof(again)), text) == 0;
}

/* check_client checks what must hold of every client's address. */
static void
check_client(const Networks *trusted, const char *peer, const HttpHead *head, const char *out)
{
	char		alone[ADDRESS_SIZE];
	char		group[ADDRESS_SIZE];
	HttpHead	none = *head;

	none.nheaders = 0;
	forwarded_client(trusted, peer, &none, alone);
	promise(strlen(out) < ADDRESS_SIZE);
	/* Who is not trusted is who he is. */
	promise(networks_have(trusted, peer) || strcmp(out, alone) == 0);
	promise(!networks_have(trusted, peer) || is_address(out));
	address_group(out, group);
	promise(strlen(group) < ADDRESS_SIZE);
	promise(!is_address(out) || (strchr(out, ':') != NULL) == (strstr(group, "/64") != NULL));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *line;
	size_t		len;
	char	   *list = take_line(&data, &size, &line, &len) ? text_of(line, len) : strdup("");
	char	   *peer = take_line(&data, &size, &line, &len) ? text_of(line, len) : strdup("");
	HttpHeader	headers[MAX_HEADERS];
	char	   *values[MAX_HEADERS];
	HttpHead	head = {.method = "GET", .target = "/", .version = "HTTP/1.1", .headers = headers};
	Networks	trusted;
	const char *bad = NULL;
	char		out[ADDRESS_SIZE];

	while (head.nheaders < MAX_HEADERS && take_line(&data, &size, &line, &len))
	{
		/* In a block of exactly its size, without a NUL behind it. */
		values[head.nheaders] = memcpy(malloc(len + (len == 0)), line, len);
		headers[head.nheaders] = (HttpHeader) {"X-Forwarded-For", 15, values[head.nheaders], len};
		head.nheaders++;
	}
	if (networks_parse(list, &trusted, &bad))
	{
		forwarded_client(&trusted, peer, &head, out);
		check_client(&trusted, peer, &head, out);
		networks_free(&trusted);
	}
	else
		promise(bad >= list && bad < list + strlen(list));
	for (size_t i = 0; i < head.nheaders; i++)
		free(values[i]);
	free(list);
	free(peer);
	return 0;
}
