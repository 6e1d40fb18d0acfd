/*
 * body.c
 *		The body of a request, as it comes (see body.h).
 */
#include "body.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../config/config.h"
#include "dispatch.h"
#include "limiter.h"

#define DISCARD_FACTOR		4	/* a body over its limit is read this far, then the connection is cut */
#define UPLOAD_GRACE_MS		10000	/* then a sender must have reached 16 bytes a ms on average ... */
#define UPLOAD_STALL_MS		30000	/* ... and may pause no longer than this */

void
body_refuse(Request *r)
{
	request_refuse(r, VZ_E_PAYLOAD_TOO_LARGE, json_pack("{s:I}", "limit_bytes", (json_int_t) config_int(CONFIG_BODY_LIMIT)));
}

bool
body_is_over(const Request *r)
{
	return r->discarded > 0 && r->upload == NULL;
}

/* brings_file says whether the body may be a file, by its type. */
static bool
brings_file(const HttpHead *head)
{
	const HttpHeader *type = request_header(head, "Content-Type");

	return (strcmp(head->method, "POST") == 0 || strcmp(head->method, "PUT") == 0) && type != NULL &&
		(strncasecmp(type->value, "multipart/", 10) == 0 || strncasecmp(type->value, "image/", 6) == 0);
}

/* time_sender gives the sender of a file time by what has come of it: one that is too slow is cut. */
static void
time_sender(Request *r)
{
	int64_t		elapsed_ms = r->loop->now_ms - r->started_us / 1000;
	int64_t		left_ms = UPLOAD_GRACE_MS + (int64_t) (r->discarded / 16) - elapsed_ms;

	if (r->client != NULL)
		client_enter(r->client, PHASE_BODY, left_ms < UPLOAD_STALL_MS ? left_ms : UPLOAD_STALL_MS);
}

/* open_upload prepares for a body that is a file, if its route takes one; false when the request is refused. */
static bool
open_upload(Request *r, const HttpHead *head, uint64_t length)
{
	const HttpHeader *type = request_header(head, "Content-Type");
	VzError		error;

	dispatch_early(r, head);
	limiter_count(r);
	if (r->has_reply)
		return false;
	if (!r->route->takes_file)
	{
		if (length > (uint64_t) config_int(CONFIG_BODY_LIMIT))
			body_refuse(r);
		return !r->has_reply;
	}
	if ((r->upload = upload_begin(type->value, r->user_id, r->address, &error)) == NULL)
		request_refuse(r, error, NULL);
	else
		time_sender(r);
	return !r->has_reply;
}

uint64_t
body_limit_of(const HttpHead *head)
{
	return brings_file(head) ? upload_body_limit() : (uint64_t) config_int(CONFIG_BODY_LIMIT);
}

bool
body_expect(Request *r, const HttpHead *head, uint64_t length)
{
	if (r->client != NULL)
		client_enter(r->client, PHASE_BODY, config_int(CONFIG_BODY_TIMEOUT));
	return !brings_file(head) || open_upload(r, head, length);
}

bool
body_take(Request *r, const char *data, size_t *size)
{
	size_t		limit = (size_t) config_int(CONFIG_BODY_LIMIT);
	size_t		n = *size;

	*size = 0;
	if (r->upload != NULL)
	{
		upload_take(r->upload, data, n);
		r->discarded += n;
		time_sender(r);
		return r->discarded <= upload_body_limit() * DISCARD_FACTOR;
	}
	if (r->body_len + n > limit || r->discarded > 0)
	{
		r->discarded += n;
		return r->discarded <= limit * DISCARD_FACTOR;
	}
	if (r->body_len + n + 1 > r->body_size)
	{
		r->body_size = (r->body_len + n + 1) * 2;
		if ((r->body = realloc(r->body, r->body_size)) == NULL)
			abort();
	}
	memcpy(r->body + r->body_len, data, n);
	r->body_len += n;
	r->body[r->body_len] = '\0';
	return true;
}
