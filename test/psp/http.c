/*
 * http.c
 *	  One HTTP exchange, from the first byte of the request to the log line.
 *
 * Every connection has its own thread, so that a handler may sleep: most of
 * what this server is for is answering badly and late.  The log names paths
 * without their query, which can hold a client secret.
 */
#include "http.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

#define MOST_CONNECTIONS 1000

/* Cuts the path into its segments. */
static void
split_path(struct exchange *exchange)
{
	char	   *rest = NULL;

	memcpy(exchange->pieces, exchange->path, sizeof(exchange->pieces));
	for (char *piece = strtok_r(exchange->pieces, "/", &rest); piece != NULL;
		 piece = strtok_r(NULL, "/", &rest))
	{
		if (exchange->segments == MOST_SEGMENTS)
		{
			/* Longer than any route: make it match none. */
			exchange->segments = 0;
			return;
		}
		exchange->segment[exchange->segments++] = piece;
	}
}

/* Starts an exchange; NULL when the path is too long to be one of ours. */
static struct exchange *
exchange_begin(struct MHD_Connection *connection, const char *method, const char *url)
{
	struct exchange *exchange;

	if (strlen(url) >= sizeof(exchange->path))
		return NULL;
	exchange = calloc(1, sizeof(*exchange));
	if (exchange == NULL)
		return NULL;
	exchange->connection = connection;
	snprintf(exchange->method, sizeof(exchange->method), "%s", method);
	snprintf(exchange->path, sizeof(exchange->path), "%s", url);
	split_path(exchange);
	exchange->body = calloc(1, 1);
	exchange->started_ms = monotonic_ms();
	return exchange;
}

/* Adds a chunk of the request's body, up to the limit. */
static void
exchange_receive(struct exchange *exchange, const char *chunk, size_t size, size_t limit)
{
	char	   *larger;

	if (exchange->body_size + size > limit)
	{
		exchange->body_too_large = true;
		return;
	}
	larger = realloc(exchange->body, exchange->body_size + size + 1);
	if (larger == NULL)
		abort();
	memcpy(larger + exchange->body_size, chunk, size);
	exchange->body = larger;
	exchange->body_size += size;
	exchange->body[exchange->body_size] = '\0';
}

/* Collects a request and hands it to the service when it is complete. */
static enum MHD_Result
on_request(void *cls, struct MHD_Connection *connection, const char *url,
		   const char *method, const char *version, const char *chunk,
		   size_t *chunk_size, void **request)
{
	const struct service *service = cls;
	struct exchange *exchange = *request;

	(void) version;
	if (exchange == NULL)
	{
		*request = exchange_begin(connection, method, url);
		return *request != NULL ? MHD_YES : MHD_NO;
	}
	if (*chunk_size > 0)
	{
		exchange_receive(exchange, chunk, *chunk_size, service->body_limit(exchange->path));
		*chunk_size = 0;
		return MHD_YES;
	}
	return service->answer(exchange);
}

/* Logs an exchange in one line and frees it. */
static void
on_completed(void *cls, struct MHD_Connection *connection, void **request,
			 enum MHD_RequestTerminationCode why)
{
	struct exchange *exchange = *request;

	(void) cls, (void) connection, (void) why;
	if (exchange == NULL)
		return;
	for (char *c = exchange->path; *c != '\0'; c++)
	{
		if ((unsigned char) *c < ' ' || *c == 0x7F)
			*c = '?';
	}
	fprintf(stderr, "%s %s %d %lldms%s%s\n", exchange->method, exchange->path,
			exchange->status, (long long) (monotonic_ms() - exchange->started_ms),
			exchange->fault != NULL ? " fault=" : "",
			exchange->fault != NULL ? exchange->fault : "");
	free(exchange->body);
	free(exchange);
	*request = NULL;
}

/* Listens there with one thread for each connection; NULL if it cannot. */
struct MHD_Daemon *
http_listen(const char *address, int port, const struct service *service)
{
	struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons((uint16_t) port)};

	if (inet_pton(AF_INET, address, &where.sin_addr) != 1)
		return NULL;
	return MHD_start_daemon(MHD_USE_POLL | MHD_USE_INTERNAL_POLLING_THREAD |
							MHD_USE_THREAD_PER_CONNECTION | MHD_USE_ITC,
							(uint16_t) port, NULL, NULL, on_request, (void *) service,
							MHD_OPTION_SOCK_ADDR, &where,
							MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
							MHD_OPTION_CONNECTION_LIMIT, (unsigned) MOST_CONNECTIONS,
							MHD_OPTION_END);
}

/* Returns the port that is really listened on. */
int
http_port(struct MHD_Daemon *daemon)
{
	return MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

/* Returns a header of the request, or NULL. */
const char *
http_header(const struct exchange *exchange, const char *name)
{
	return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
}

/* Returns a member of the request's query, or NULL. */
const char *
http_query(const struct exchange *exchange, const char *name)
{
	return MHD_lookup_connection_value(exchange->connection, MHD_GET_ARGUMENT_KIND, name);
}

/* Tells whether the path has these segments; * stands for any one. */
bool
http_path_is(const struct exchange *exchange, const char *pattern)
{
	char		copy[128];
	char	   *rest = NULL;
	int			count = 0;

	snprintf(copy, sizeof(copy), "%s", pattern);
	for (char *piece = strtok_r(copy, "/", &rest); piece != NULL;
		 piece = strtok_r(NULL, "/", &rest))
	{
		if (count == exchange->segments)
			return false;
		if (strcmp(piece, "*") != 0 && strcmp(piece, exchange->segment[count]) != 0)
			return false;
		count++;
	}
	return count == exchange->segments && count > 0;
}

/* Answers with a response of that type and gives the response up. */
enum MHD_Result
http_respond(struct exchange *exchange, int status, const char *type,
			 struct MHD_Response *response)
{
	const char *request_id = http_header(exchange, "X-Request-Id");
	enum MHD_Result result;

	if (response == NULL)
		return MHD_NO;
	if (type != NULL)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	if (request_id != NULL)
		MHD_add_response_header(response, "X-Request-Id", request_id);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	exchange->status = status;
	result = MHD_queue_response(exchange->connection, (unsigned) status, response);
	MHD_destroy_response(response);
	return result;
}

/* Answers with those bytes, which are taken over. */
enum MHD_Result
http_send(struct exchange *exchange, int status, const char *type, char *body, size_t size)
{
	return http_respond(exchange, status, type,
						MHD_create_response_from_buffer(size, body, MHD_RESPMEM_MUST_FREE));
}

/* Answers with that JSON, which is taken over. */
enum MHD_Result
http_send_json(struct exchange *exchange, int status, json_t *json)
{
	char	   *text = json_dumps(json, JSON_COMPACT);

	json_decref(json);
	if (text == NULL)
		return MHD_NO;
	return http_send(exchange, status, "application/json", text, strlen(text));
}
