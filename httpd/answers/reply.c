/*
 * reply.c
 *		An answer as a value (see reply.h).
 */
#include "reply.h"

#include <stdlib.h>
#include <string.h>

#include "headers.h"

#define BLOCK_SIZE (32 * 1024)	/* of a file, in libmicrohttpd's memory */
#define EVENTS_BLOCK_SIZE 4096	/* of events */

void
reply_header(Reply *reply, const char *name, const char *value)
{
	if (reply->nheaders == REPLY_HEADERS_MAX)
		return;
	reply->headers[reply->nheaders].name = strdup(name);
	reply->headers[reply->nheaders++].value = strdup(value);
}

const char *
reply_find_header(const Reply *reply, const char *name)
{
	for (size_t i = 0; i < reply->nheaders; i++)
		if (strcmp(reply->headers[i].name, name) == 0)
			return reply->headers[i].value;
	return NULL;
}

const char *
reply_etag(const Reply *reply)
{
	return reply_find_header(reply, MHD_HTTP_HEADER_ETAG);
}

void
reply_replace_header(Reply *reply, const char *name, const char *value)
{
	for (size_t i = 0; i < reply->nheaders; i++)
		if (strcmp(reply->headers[i].name, name) == 0)
		{
			free(reply->headers[i].value);
			reply->headers[i].value = strdup(value);
		}
}

Reply
reply_json(int status, char *body)
{
	return (Reply)
	{
		.status = status, .body = body, .length = strlen(body)
	};
}

/* is_public says whether anybody may keep the answer: then it is the same for everybody. */
static bool
is_public(const Reply *reply)
{
	const char *control = reply_find_header(reply, MHD_HTTP_HEADER_CACHE_CONTROL);

	return control != NULL && strncmp(control, "public", strlen("public")) == 0;
}

/* A file on its way to its reader. */
typedef struct Sending
{
	Reading    *reading;
	uint64_t	start;
	struct MHD_Connection *connection;
} Sending;

/* resume goes on with a connection when its piece is there. */
static void
resume(void *connection)
{
	MHD_resume_connection(connection);
}

/* send_piece is asked by libmicrohttpd for what comes next of a file. */
static ssize_t
send_piece(void *cls, uint64_t at, char *out, size_t max)
{
	Sending    *s = cls;
	ssize_t		n = reading_take(s->reading, s->start + at, out, max);

	if (n == READING_FAILED)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (n == READING_LATER)
		MHD_suspend_connection(s->connection);
	return n;
}

/* end_sending is called by libmicrohttpd when a file was sent, or will not be. */
static void
end_sending(void *cls)
{
	Sending    *s = cls;

	reading_free(s->reading);
	free(s);
}

/* file_response makes the response that sends the reply's file. */
static struct MHD_Response *
file_response(Reply *reply, struct MHD_Connection *connection, Mailbox *home)
{
	Sending    *s = malloc(sizeof(*s));
	struct MHD_Response *response;

	if (s == NULL)
		abort();
	*s = (Sending) {reply->reading, reply->start, connection};
	reading_tell(s->reading, home, resume, connection);
	response = MHD_create_response_from_callback(reply->length, BLOCK_SIZE, send_piece, s, end_sending);
	if (response == NULL)
		free(s);
	return response;
}

/* Events on their way to a client. */
typedef struct EventSending
{
	EventStream *stream;
	struct MHD_Connection *connection;
} EventSending;

/* send_events is asked by libmicrohttpd for what comes next of the events. */
static ssize_t
send_events(void *cls, uint64_t at, char *out, size_t max)
{
	EventSending *s = cls;
	ssize_t		n = event_stream_take(s->stream, out, max);

	(void) at;
	if (n == EVENT_STREAM_END)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (n == EVENT_STREAM_BROKEN)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (n == EVENT_STREAM_LATER)
		MHD_suspend_connection(s->connection);
	return n;
}

/* end_events is called by libmicrohttpd when the client has left, or the stream is over. */
static void
end_events(void *cls)
{
	EventSending *s = cls;

	event_hub_remove(s->stream);
	free(s);
}

/* events_response makes the response that sends events until the stream is over. */
static struct MHD_Response *
events_response(Reply *reply, struct MHD_Connection *connection, EventHub *hub)
{
	EventSending *s = malloc(sizeof(*s));
	struct MHD_Response *response;

	if (s == NULL)
		abort();
	*s = (EventSending) {reply->events, connection};
	response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, EVENTS_BLOCK_SIZE, send_events, s, end_events);
	if (response == NULL)
		free(s);
	else
		event_hub_add(hub, s->stream, resume, connection);
	return response;
}

/* body_response makes the response that sends what the reply holds. */
static struct MHD_Response *
body_response(Reply *reply, struct MHD_Connection *connection, const ReplyHome *home)
{
	struct MHD_Response *response = reply->reading != NULL ? file_response(reply, connection, home->mailbox)
		: reply->events != NULL ? events_response(reply, connection, home->hub)
		: MHD_create_response_from_buffer(reply->length, reply->body, MHD_RESPMEM_MUST_FREE);

	if (response == NULL)
		return NULL;
	reply->body = NULL;
	reply->reading = NULL;
	reply->events = NULL;
	return response;
}

struct MHD_Response *
reply_response(Reply *reply, const char *request_id, struct MHD_Connection *connection, const ReplyHome *home)
{
	struct MHD_Response *response = body_response(reply, connection, home);

	if (response == NULL)
		return NULL;
	if (reply_find_header(reply, MHD_HTTP_HEADER_CONTENT_TYPE) == NULL)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
								reply->content_type ? reply->content_type : "application/json");
	if (reply_find_header(reply, MHD_HTTP_HEADER_CACHE_CONTROL) == NULL)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL,
								reply_etag(reply) ? "private, no-cache" : "no-store");
	MHD_add_response_header(response, "X-Request-ID", request_id);
	for (size_t i = 0; i < reply->nheaders; i++)
		MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
	if (reply->closes)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	headers_add_security(response);
	MHD_add_response_header(response, "Vary", reply->is_personal && !is_public(reply)
							? "Origin, Accept-Language, Authorization" : "Origin, Accept-Language");
	return response;
}

void
reply_empty(Reply *reply)
{
	reading_free(reply->reading);
	reply->reading = NULL;
	event_stream_discard(reply->events);
	reply->events = NULL;
	reply->length = 0;
}

void
reply_free(Reply *reply)
{
	reply_empty(reply);
	free(reply->body);
	for (size_t i = 0; i < reply->nheaders; i++)
	{
		free(reply->headers[i].name);
		free(reply->headers[i].value);
	}
	memset(reply, 0, sizeof(*reply));
}
