/*
 * http.h
 *	  One HTTP exchange, from the first byte of the request to the log line.
 */
#ifndef PSPSIM_HTTP_H
#define PSPSIM_HTTP_H

#include <jansson.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MOST_SEGMENTS 6

struct exchange
{
	struct MHD_Connection *connection;
	char		method[16];
	char		path[1024];		/* decoded, without the query */
	char		pieces[1024];	/* the same, cut into segments */
	const char *segment[MOST_SEGMENTS];
	int			segments;
	char	   *body;			/* terminated, never NULL */
	size_t		body_size;
	bool		body_too_large;
	int64_t		started_ms;
	int			status;			/* 0: never answered */
	const char *fault;			/* a literal, or NULL */
};

/* A service answers an exchange, or returns MHD_NO to cut the connection. */
struct service
{
	enum MHD_Result (*answer) (struct exchange *exchange);
	size_t		(*body_limit) (const char *path);
};

extern struct MHD_Daemon *http_listen(const char *address, int port,
									  const struct service *service);
extern int	http_port(struct MHD_Daemon *daemon);
extern const char *http_header(const struct exchange *exchange, const char *name);
extern const char *http_query(const struct exchange *exchange, const char *name);
extern bool http_path_is(const struct exchange *exchange, const char *pattern);

extern enum MHD_Result http_respond(struct exchange *exchange, int status,
									const char *type, struct MHD_Response *response);
extern enum MHD_Result http_send(struct exchange *exchange, int status, const char *type,
								 char *body, size_t size);
extern enum MHD_Result http_send_json(struct exchange *exchange, int status, json_t *json);

#endif
