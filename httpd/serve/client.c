/*
 * client.c
 *		Connections of clients: how many from where, and until when (see
 *		client.h). libmicrohttpd's timeouts are inactivity only; the absolute
 *		deadlines are kept here and cut with shutdown(2).
 */
#include "client.h"

#include <linux/tcp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../base/metrics.h"
#include "../config/config.h"

#define ADDRESS_SLOTS 1024

/* Connections of one client address, over all loops. */
typedef struct AddressCount
{
	char		address[64];
	int			n;
	struct AddressCount *next;
} AddressCount;

static pthread_mutex_t address_lock = PTHREAD_MUTEX_INITIALIZER;
static AddressCount *addresses[ADDRESS_SLOTS];
static Networks proxies;

/* bytes_received asks the kernel how much the client has sent. */
static uint64_t
bytes_received(const Client *client)
{
	struct tcp_info info;
	socklen_t	len = sizeof(info);

	memset(&info, 0, sizeof(info));
	(void) getsockopt(client->fd, IPPROTO_TCP, TCP_INFO, &info, &len);
	return info.tcpi_bytes_received;
}

/* schedule_idle_check says when an idle client is looked at again. */
static void
schedule_idle_check(Client *client)
{
	client->look_ms = client->loop->now_ms + config_int(CONFIG_HEADER_TIMEOUT) / 8;
}

void
client_enter(Client *client, Phase phase, int64_t ms)
{
	client->phase = phase;
	client->deadline_ms = client->loop->now_ms + ms;
	if (phase == PHASE_IDLE)
	{
		client->received = bytes_received(client);
		schedule_idle_check(client);
	}
}

/*
 * notice_new_request notices that an idle client has begun another request: libmicrohttpd
 * tells only when the request line is complete, and until then HEADER_TIMEOUT
 * counts, not KEEPALIVE_TIMEOUT.
 */
static void
notice_new_request(Client *client)
{
	if (bytes_received(client) != client->received)
		client_enter(client, PHASE_HEAD, config_int(CONFIG_HEADER_TIMEOUT));
	else
		schedule_idle_check(client);
}

/* address_text writes a socket address without its port. */
static void
address_text(const struct sockaddr *address, socklen_t len, char *out, size_t size)
{
	if (getnameinfo(address, len, out, (socklen_t) size, NULL, 0, NI_NUMERICHOST) != 0)
		snprintf(out, size, "unknown");
}

void
clients_init(void)
{
	networks_parse(config_text(CONFIG_TRUSTED_PROXIES), &proxies, NULL);
}

const Networks *
client_proxies(void)
{
	return &proxies;
}

/* count_address adds to the number of connections of an address; returns the new number. */
static int
count_address(const char *address, int change)
{
	unsigned int hash = 2166136261u;
	AddressCount **p;
	AddressCount *a;
	int			n;

	for (const char *c = address; *c != '\0'; c++)
		hash = (hash ^ (unsigned char) *c) * 16777619u;
	pthread_mutex_lock(&address_lock);
	for (p = &addresses[hash % ADDRESS_SLOTS]; (a = *p) != NULL; p = &a->next)
		if (strcmp(a->address, address) == 0)
			break;
	if (a == NULL && change > 0)
	{
		if ((a = calloc(1, sizeof(*a))) == NULL)
			abort();
		snprintf(a->address, sizeof(a->address), "%s", address);
		*p = a;
	}
	n = a ? (a->n += change) : 0;
	if (a != NULL && n <= 0)
	{
		*p = a->next;
		free(a);
	}
	pthread_mutex_unlock(&address_lock);
	return n;
}

enum MHD_Result
client_accept(void *cls, const struct sockaddr *address, socklen_t len)
{
	int64_t		limit = config_int(CONFIG_MAX_CONNECTIONS_PER_IP);
	char		text[64];

	(void) cls;
	if (limit == 0)
		return MHD_YES;
	address_text(address, len, text, sizeof(text));
	if (networks_have(&proxies, text))
		return MHD_YES;
	if (count_address(text, 0) >= limit)
		return MHD_NO;
	return MHD_YES;
}

void
client_event(void *cls, struct MHD_Connection *connection, void **context,
			 enum MHD_ConnectionNotificationCode what)
{
	Loop	   *loop = cls;
	Client	   *client = *context;

	if (what == MHD_CONNECTION_NOTIFY_STARTED)
	{
		const struct sockaddr *address =
			MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;

		if ((client = calloc(1, sizeof(*client))) == NULL)
			abort();
		client->loop = loop;
		client->fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
		address_text(address, address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in),
					 client->address, sizeof(client->address));
		count_address(client->address, 1);
		client_enter(client, PHASE_HEAD, config_int(CONFIG_HEADER_TIMEOUT));
		client->previous = &loop->clients;
		if ((client->next = loop->clients) != NULL)
			client->next->previous = &client->next;
		loop->clients = client;
		*context = client;
		metrics_add(GAUGE_CLIENTS, 1);
	}
	else if (client != NULL)
	{
		if ((*client->previous = client->next) != NULL)
			client->next->previous = client->previous;
		count_address(client->address, -1);
		free(client);
		*context = NULL;
		metrics_add(GAUGE_CLIENTS, -1);
	}
}

void
clients_tick(Loop *loop)
{
	for (Client *c = loop->clients; c != NULL; c = c->next)
	{
		bool		is_over;

		if (c->phase == PHASE_IDLE && loop->now_ms >= c->look_ms)
			notice_new_request(c);
		is_over = c->phase != PHASE_WORK && loop->now_ms >= c->deadline_ms;

		if (!is_over && !(loop->is_draining && c->phase == PHASE_IDLE))
			continue;
		if (is_over && c->phase != PHASE_IDLE)
			metrics_count(COUNTER_DEADLINE_CUT);
		shutdown(c->fd, SHUT_RDWR);
		c->deadline_ms = loop->now_ms + 1000;
	}
}
