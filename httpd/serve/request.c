/*
 * request.c
 *		A request as a value (see request.h).
 */
#include "request.h"

#include <sys/epoll.h>

#include "../config/config.h"

#define RETRY_AFTER_S		1

void
request_reply(Request *r, Reply reply)
{
	if (r->has_reply)
		reply_free(&r->reply);
	r->reply = reply;
	r->has_reply = true;
}

/* catalogue_of returns the catalogue of the request's generation, or of the loop's before one was chosen. */
static const Catalogue *
catalogue_of(const Request *r)
{
	return generation_catalogue(r->generation ? r->generation : r->loop->generation);
}

Reader
request_reader(const Request *r)
{
	return (Reader)
	{
		.catalogue = catalogue_of(r), .language = r->language[0] ? r->language : "en", .request_id = r->id,
		.cookies = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_COOKIE)
	};
}

void
request_refuse(Request *r, VzError error, json_t *details)
{
	int			retry_after = vz_error_info[error].http_status == 503 ? RETRY_AFTER_S : 0;
	Reader		reader = request_reader(r);

	request_reply(r, reply_refusal(error, details, &reader, retry_after));
}

void
request_start_work(Request *r)
{
	r->deadline_ms = r->loop->now_ms + config_int(CONFIG_HANDLER_TIMEOUT);
	r->previous = &r->loop->requests;
	if ((r->next = r->loop->requests) != NULL)
		r->next->previous = &r->next;
	r->loop->requests = r;
	if (r->client != NULL)
		client_enter(r->client, PHASE_WORK, 0);
	metrics_add(GAUGE_REQUESTS_RUNNING, 1);
	MHD_suspend_connection(r->connection);
	r->is_suspended = true;
}

void
request_stop_watching(Request *r)
{
	if (r->is_watched)
		epoll_ctl(r->loop->epoll_fd, EPOLL_CTL_DEL, r->client->fd, NULL);
	r->is_watched = false;
}

void
request_end_work(Request *r)
{
	request_stop_watching(r);
	if ((*r->previous = r->next) != NULL)
		r->next->previous = r->previous;
	metrics_add(GAUGE_REQUESTS_RUNNING, -1);
	r->is_suspended = false;
	MHD_resume_connection(r->connection);
}
