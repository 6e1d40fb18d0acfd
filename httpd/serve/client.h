/*
 * client.h
 *		Connections of clients: how many from where, and until when.
 *		libmicrohttpd tells of their beginning and end, the loop's clock of
 *		their deadlines. In the thread of their loop; the number per address is
 *		shared, under a lock.
 */
#ifndef VEZA_CLIENT_H
#define VEZA_CLIENT_H

#include "../wire/forwarded.h"
#include "loop.h"

/* What a client's connection is doing, and until when it may. */
typedef enum Phase
{
	PHASE_HEAD,					/* sending request line and headers */
	PHASE_BODY,
	PHASE_WORK,					/* we are working: no deadline of the socket's */
	PHASE_ANSWER,				/* taking our answer */
	PHASE_IDLE					/* between two requests */
} Phase;

struct Client
{
	Loop	   *loop;
	int			fd;
	Phase		phase;
	int64_t		deadline_ms;
	int64_t		look_ms;		/* when an idle client is looked at again */
	uint64_t	received;		/* what it had sent when it became idle */
	char		address[64];
	Client	   *next;
	Client	  **previous;
};

/* Reads TRUSTED_PROXIES; once, before any client. */
extern void clients_init(void);

/* The proxies whose word about their clients counts. */
extern const Networks *client_proxies(void);

/* Sets what the client is doing now, and how long it may. */
extern void client_enter(Client *client, Phase phase, int64_t ms);

/* Callbacks of libmicrohttpd: refuse beyond the limit of an address; keep the loop's list. */
extern enum MHD_Result client_accept(void *cls, const struct sockaddr *address, socklen_t len);
extern void client_event(void *cls, struct MHD_Connection *connection, void **context,
						 enum MHD_ConnectionNotificationCode what);

/* Cuts connections past their deadline; idle ones at once when the loop drains. */
extern void clients_tick(Loop *loop);

#endif							/* VEZA_CLIENT_H */
