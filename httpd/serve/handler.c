/*
 * handler.c
 *		A request from its first byte to its answer (see handler.h).
 *
 * The connection is suspended before its statement is submitted, and resumed
 * when the answer is there; both happen in the loop's thread. The job and the
 * request live apart: a request past its deadline is answered while its
 * statement is still being cancelled.
 */
#include "handler.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "../answers/headers.h"
#include "../base/log.h"
#include "../config/config.h"
#include "../wire/etag.h"
#include "../wire/language.h"
#include "body.h"
#include "dispatch.h"
#include "files.h"
#include "limiter.h"
#include "request.h"

#define HEADERS_MAX			128
#define WATCH_AFTER_MS		250 /* quick answers do not pay for watching their client */
#define CANCEL_GRACE_MS		2000	/* between cancelling a statement and answering without it */

/* choose_language notes which language the client reads. */
static void
choose_language(Request *r, const HttpHead *head)
{
	char	   *accept = request_list(head, "Accept-Language");

	snprintf(r->language, sizeof(r->language), "%s",
			 language_choose(accept, accept ? strlen(accept) : 0, catalogue_languages(request_reader(r).catalogue)));
	free(accept);
}

/* access_log writes one line for the answered request. */
static void
access_log(const Request *r, int64_t duration_us)
{
	char		status[8];
	char		ms[24];

	snprintf(status, sizeof(status), "%d", r->reply.status);
	snprintf(ms, sizeof(ms), "%lld.%03d", (long long) (duration_us / 1000), (int) (duration_us % 1000));
	log_line(LOG_INFO, "request", "request_id", r->id, "method", r->method[0] ? r->method : "-",
			 "path", r->route_path ? r->route_path : "-", "#status", status, "#duration_ms", ms,
			 "code", r->reply.code, "client", r->address[0] ? r->address : NULL,
			 "user_id", r->user_id[0] ? r->user_id : NULL, NULL);
}

/*
 * judge_read judges the conditions of a read that has succeeded: 412 when the
 * version is none that the client wants, 304 when it is one that the client
 * has. Those of a change were judged before it.
 */
static void
judge_read(Request *r)
{
	const char *etag = reply_etag(&r->reply);

	if (r->reply.status != 200 || (strcmp(r->method, "GET") != 0 && strcmp(r->method, "HEAD") != 0))
		return;
	if (r->if_match != NULL && !etag_matches(r->if_match, etag))
		request_refuse(r, VZ_E_PRECONDITION_FAILED, etag ? json_pack("{s:s}", "etag", etag) : NULL);
	else if (r->if_none_match != NULL && etag != NULL && etag_matches(r->if_none_match, etag))
	{
		r->reply.status = 304;
		reply_empty(&r->reply);
	}
}

/* queue_answer queues the stored reply with libmicrohttpd. */
static enum MHD_Result
queue_answer(Request *r)
{
	int64_t		duration_us = monotonic_us() - r->started_us;
	size_t		length;
	struct MHD_Response *response;
	enum MHD_Result result;
	bool		is_endless;

	judge_read(r);
	length = r->reply.length;
	/* Lone line feeds, extensions and trailers of chunks are out of our sight: nothing is read behind them. */
	if (r->loop->is_draining || r->is_chunked)
		r->reply.closes = true;
	metrics_answered(r->metrics ? r->metrics : metrics_route("other", "other", NULL), r->reply.status, duration_us);
	if (r->reply.code != NULL)
		metrics_refused(r->reply.code);
	access_log(r, duration_us);
	is_endless = r->reply.events != NULL;
	response = reply_response(&r->reply, r->id, r->connection, &(ReplyHome) {&r->loop->mailbox, r->loop->hub});
	if (response == NULL)
		return MHD_NO;
	limiter_add_headers(r, response);
	headers_add_cors(response, MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "Origin"));
	result = MHD_queue_response(r->connection, (unsigned int) r->reply.status, response);
	MHD_destroy_response(response);
	/* A reader slower than 16 KiB/s after ten seconds is cut; of events, one that has not taken their end by then. */
	if (r->client != NULL)
		client_enter(r->client, PHASE_ANSWER, 10000 + (int64_t) (length / 16) +
					 (is_endless ? config_int(CONFIG_EVENT_STREAM_LIFETIME) : 0));
	return result;
}

/* One header as libmicrohttpd has it. */
typedef struct HeaderList
{
	HttpHeader	headers[HEADERS_MAX];
	size_t		n;
	bool		is_over;
} HeaderList;

/* collect_header is called for each header. */
static enum MHD_Result
collect_header(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_len,
			   const char *value, size_t value_len)
{
	HeaderList *list = cls;

	(void) kind;
	if (list->n == HEADERS_MAX)
	{
		list->is_over = true;
		return MHD_NO;
	}
	list->headers[list->n++] = (HttpHeader) {name, name_len, value ? value : "", value_len};
	return MHD_YES;
}

/* read_head collects what the judges look at. */
static bool
read_head(Request *r, const char *method, const char *version, HeaderList *list, HttpHead *head)
{
	list->n = 0;
	list->is_over = false;
	MHD_get_connection_values_n(r->connection, MHD_HEADER_KIND, collect_header, list);
	*head = (HttpHead)
	{
		.method = method, .target = r->raw_target, .version = version, .headers = list->headers, .nheaders = list->n
	};
	return !list->is_over;
}

/*
 * admit_raw_head lets the judges see the head's bytes: libmicrohttpd 0.9 keeps
 * them in place, beginning with the method, until the first call returns. 1.0
 * leaves no such bytes; told to be strict, it refuses by itself what the judges
 * look for there. Both have the same soname: the loaded one is asked.
 */
static void
admit_raw_head(Request *r, HttpHead *head)
{
	const union MHD_ConnectionInfo *info;

	if (strncmp(MHD_get_version(), "0.", 2) != 0)
		return;
	info = MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	head->raw = head->method;
	head->raw_len = info ? info->header_size : 0;	/* no bytes are none that would be let in */
}

/* first_call judges the request by its head; an answer here comes before the body. */
static enum MHD_Result
first_call(Request *r, const char *method, const char *version)
{
	HeaderList	list;
	HttpHead	head;
	const HttpHeader *id;
	bool		is_whole;
	uint64_t	limit;
	Admission	a;

	is_whole = read_head(r, method, version, &list, &head);
	limit = body_limit_of(&head);
	if (!is_whole)
		a = (Admission) {.error = VZ_E_HEADERS_TOO_LARGE, .problem = "there are too many headers"};
	else
	{
		admit_raw_head(r, &head);
		a = request_admit(&head, limit);
	}
	id = request_header(&head, "X-Request-ID");
	choose_language(r, &head);
	request_id_take(r->id, id ? id->value : NULL, id ? id->value_len : 0);
	if (r->client != NULL)
		forwarded_client(client_proxies(), r->client->address, &head, r->address);
	r->if_match = request_list(&head, "If-Match");
	r->if_none_match = request_list(&head, "If-None-Match");
	r->is_chunked = a.is_chunked;
	snprintf(r->method, sizeof(r->method), "%.15s", a.error == ADMIT_OK ? method : "-");
	r->is_admitted = true;
	if (a.error == ADMIT_OK && body_expect(r, &head, a.content_length))
		return MHD_YES;
	if (a.error != ADMIT_OK)
		request_refuse(r, (VzError) a.error,
					   a.error == VZ_E_PAYLOAD_TOO_LARGE
					   ? json_pack("{s:s, s:I}", "problem", a.problem, "limit_bytes", (json_int_t) limit)
					   : json_pack("{s:s}", "problem", a.problem));
	if (a.is_coded)
		reply_header(&r->reply, "Accept-Encoding", "identity");
	r->reply.closes = true;
	return queue_answer(r);
}

enum MHD_Result
request_handle(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
			   const char *version, const char *data, size_t *size, void **context)
{
	Request    *r = *context;
	HeaderList	list;
	HttpHead	head;

	(void) cls;
	(void) connection;
	(void) url;
	if (r == NULL)
		return MHD_NO;
	if (r->has_reply && !r->is_suspended)
		return queue_answer(r);
	if (!r->is_admitted)
		return first_call(r, method, version);
	if (r->is_suspended)
		return MHD_YES;			/* a spurious wake-up */
	if (*size > 0)
		return body_take(r, data, size) ? MHD_YES : MHD_NO;
	if (body_is_over(r))
	{
		body_refuse(r);
		r->reply.closes = true;
		return queue_answer(r);
	}
	read_head(r, method, version, &list, &head);
	dispatch(r, &head);
	if (r->is_suspended || !r->has_reply)
		return MHD_YES;
	return queue_answer(r);
}

void *
request_begin(void *cls, const char *target, struct MHD_Connection *connection)
{
	Request    *r = calloc(1, sizeof(*r));
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	if (r == NULL)
		abort();
	r->loop = cls;
	r->connection = connection;
	r->client = info ? info->socket_context : NULL;
	r->raw_target = strdup(target);
	r->started_us = monotonic_us();
	/* The request line came in time; the headers have what is left, unless the client was idle before. */
	if (r->client != NULL && r->client->phase != PHASE_HEAD)
		client_enter(r->client, PHASE_HEAD, config_int(CONFIG_HEADER_TIMEOUT));
	return r;
}

void
request_end(void *cls, struct MHD_Connection *connection, void **context, enum MHD_RequestTerminationCode how)
{
	Request    *r = *context;

	(void) cls;
	(void) connection;
	(void) how;
	if (r == NULL)
		return;
	*context = NULL;
	if (r->job != NULL)
	{
		r->job->owner = NULL;
		if (!lanes_cancel(r->loop->lanes, r->job))
			job_free(r->job);
	}
	limiter_withdraw(r);
	if (r->client != NULL)
		client_enter(r->client, PHASE_IDLE, config_int(CONFIG_KEEPALIVE_TIMEOUT));
	if (r->has_reply)
		reply_free(&r->reply);
	upload_free(r->upload);
	generation_unref(r->generation);
	free(r->if_match);
	free(r->if_none_match);
	free(r->raw_target);
	free(r->target_text);
	free(r->body);
	free(r);
}

/* cancel_work cancels the request's statement; a statement that still waits is forgotten at once. */
static void
cancel_work(Request *r)
{
	Job		   *job = r->job;

	if (job == NULL || lanes_cancel(r->loop->lanes, job))
		return;
	r->job = NULL;
	job_free(job);
	request_refuse(r, VZ_E_REQUEST_TIMEOUT, NULL);
	request_end_work(r);
}

/* client_left is called when a watched client has closed its side. */
static void
client_left(Watch *watch, uint32_t events)
{
	Request    *r = (Request *) watch;

	(void) events;
	request_stop_watching(r);
	metrics_count(COUNTER_CLIENT_GONE);
	log_line(LOG_DEBUG, "client left", "request_id", r->id, "path", r->route_path, NULL);
	cancel_work(r);
}

/* watch_client looks for the client's leaving, once a request takes its time. */
static void
watch_client(Request *r)
{
	struct epoll_event ev = {.events = EPOLLRDHUP | EPOLLHUP | EPOLLERR, .data.ptr = r};

	r->watch.ready = client_left;
	if (r->client != NULL && epoll_ctl(r->loop->epoll_fd, EPOLL_CTL_ADD, r->client->fd, &ev) == 0)
		r->is_watched = true;
}

/* answer_timeout answers a request whose statement does not end although it was cancelled. */
static void
answer_timeout(Request *r)
{
	r->job->owner = NULL;
	r->job = NULL;
	request_refuse(r, VZ_E_REQUEST_TIMEOUT, NULL);
	request_end_work(r);
}

void
requests_tick(Loop *loop)
{
	for (Request *r = loop->requests, *next; r != NULL; r = next)
	{
		int64_t		age_ms = loop->now_ms - (r->deadline_ms - config_int(CONFIG_HANDLER_TIMEOUT));

		next = r->next;
		if (r->waits_for_disk && loop->now_ms >= r->deadline_ms)
			files_give_up(r);
		if (r->job == NULL)
			continue;			/* a page: it has its own deadline */
		if (loop->now_ms >= r->deadline_ms + CANCEL_GRACE_MS)
			answer_timeout(r);
		else if (loop->now_ms >= r->deadline_ms && !r->is_late)
		{
			r->is_late = true;
			cancel_work(r);
		}
		else if (!r->is_watched && age_ms >= WATCH_AFTER_MS && !r->job->is_cancelled)
			watch_client(r);
	}
}
