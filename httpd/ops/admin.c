/*
 * admin.c
 *		The second port (see admin.h); a thread per connection, which may block.
 */
#include "admin.h"

#include <microhttpd.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

#include "../answers/refuse.h"
#include "../base/log.h"
#include "../config/config.h"
#include "../wire/request_id.h"
#include "health.h"

#define CONNECTIONS_MAX	32
#define TIMEOUT_S		10

static struct MHD_Daemon *admin;

/* handle_admin_request answers GET and HEAD of health's pages; libmicrohttpd calls it, in the thread of the connection. */
static enum MHD_Result
handle_admin_request(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
					 const char *version, const char *data, size_t *size, void **context)
{
	static int	seen;
	const char *page = health_page(url);
	const char *sent = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-Request-ID");
	char		id[REQUEST_ID_MAX + 1];
	Reader		reader = {.language = "en", .request_id = id};
	struct MHD_Response *response;
	enum MHD_Result result;
	Reply		reply;

	(void) cls;
	(void) version;
	(void) data;
	if (*context == NULL)
	{
		*context = &seen;
		return MHD_YES;
	}
	if (*size > 0)
	{
		*size = 0;
		return MHD_YES;
	}
	request_id_take(id, sent, sent ? strlen(sent) : 0);
	if (page == NULL)
		reply = reply_refusal(VZ_E_ROUTE_NOT_FOUND, NULL, &reader, 0);
	else if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
	{
		reply = reply_refusal(VZ_E_METHOD_NOT_ALLOWED, NULL, &reader, 0);
		reply_header(&reply, "Allow", "GET, HEAD");
	}
	else
	{
		if (health_must_probe(page))
			health_probe();
		reply = health_answer(page, false);
	}
	if ((response = reply_response(&reply, id, connection, NULL)) == NULL)
		return MHD_NO;
	result = MHD_queue_response(connection, (unsigned int) reply.status, response);
	MHD_destroy_response(response);
	reply_free(&reply);
	return result;
}

bool
admin_start(void)
{
	struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
	struct addrinfo *address;

	if (getaddrinfo(config_text(CONFIG_ADMIN_ADDRESS), config_text(CONFIG_ADMIN_PORT), &hints, &address) != 0)
		return false;
	admin = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_THREAD_PER_CONNECTION |
							 (address->ai_family == AF_INET6 ? MHD_USE_DUAL_STACK : 0),
							 (uint16_t) config_int(CONFIG_ADMIN_PORT), NULL, NULL, handle_admin_request, NULL,
							 MHD_OPTION_SOCK_ADDR, address->ai_addr,
							 MHD_OPTION_CONNECTION_LIMIT, (unsigned int) CONNECTIONS_MAX,
							 MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int) TIMEOUT_S,
							 MHD_OPTION_END);
	freeaddrinfo(address);
	if (admin == NULL)
		log_line(LOG_ERROR, "cannot listen", "address", config_text(CONFIG_ADMIN_ADDRESS),
				 "#port", config_text(CONFIG_ADMIN_PORT), NULL);
	return admin != NULL;
}

void
admin_stop(void)
{
	if (admin != NULL)
		MHD_stop_daemon(admin);
}
