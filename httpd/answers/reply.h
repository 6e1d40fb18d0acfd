/*
 * reply.h
 *		An answer as a value: what refuse.c, result.c and the pages of ours
 *		make, and what libmicrohttpd is given. It belongs to whoever has it: a
 *		thread at a time.
 */
#ifndef VEZA_REPLY_H
#define VEZA_REPLY_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

#include "../events/event_hub.h"
#include "../files/reading.h"

#define REPLY_HEADERS_MAX 16

/* What is to be answered. Freed by reply_free. */
typedef struct Reply
{
	int			status;
	const char *code;			/* of a refusal; static or of the generation */
	const char *content_type;	/* NULL: what a header says, or application/json */
	char	   *body;			/* malloc'd */
	size_t		length;
	Reading    *reading;		/* a file that is sent instead of the body, or NULL: length bytes of it ... */
	uint64_t	start;			/* ... from this one on */
	EventStream *events;		/* events that are sent instead of the body, or NULL */
	struct
	{
		char	   *name;
		char	   *value;
	}			headers[REPLY_HEADERS_MAX];
	size_t		nheaders;
	bool		is_personal;	/* another caller may get another one */
	bool		closes;			/* the connection ends with this answer */
} Reply;

/* Answers a ready JSON text without the envelope. */
extern Reply reply_json(int status, char *body);

/* Adds a header, copied; the one after REPLY_HEADERS_MAX is left out. */
extern void reply_header(Reply *reply, const char *name, const char *value);

/* Gives a header that the reply has another value. */
extern void reply_replace_header(Reply *reply, const char *name, const char *value);

/* The value of a header that the reply has, or NULL. */
extern const char *reply_find_header(const Reply *reply, const char *name);

/* The reply's ETag, or NULL. */
extern const char *reply_etag(const Reply *reply);

/* Takes the body away, as for 304. */
extern void reply_empty(Reply *reply);

/* What of a loop sends the answers that come in pieces. */
typedef struct ReplyHome
{
	Mailbox    *mailbox;
	EventHub   *hub;
} ReplyHome;

/*
 * Makes libmicrohttpd's response; the body goes over to it. A file or events are
 * sent over this connection, which is suspended while there is nothing to send;
 * home may be NULL where neither is sent.
 */
extern struct MHD_Response *reply_response(Reply *reply, const char *request_id, struct MHD_Connection *connection,
										   const ReplyHome *home);

/* Frees body and headers, not the reply itself, and empties it. */
extern void reply_free(Reply *reply);

#endif							/* VEZA_REPLY_H */
