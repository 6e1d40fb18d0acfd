/*
 * body.c
 *		The body of a request, as it comes (see body.h).
 */
#include "body.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../config/config.h"
#include "../wire/tus.h"
#include "../work/scanner.h"
#include "admission.h"
#include "dispatch.h"
#include "files.h"
#include "limiter.h"
#include "resume.h"

#define DISCARD_FACTOR		4	/* a body over its limit is read this far ... */
#define DISCARD_MORE_MAX	(16 * 1024 * 1024)	/* ... and no further than this beyond it; then the connection is cut */
#define UPLOAD_GRACE_MS		10000	/* then a sender must have reached 16 bytes a ms on average ... */
#define UPLOAD_STALL_MS		30000	/* ... and may pause no longer than this */

/* limit_of returns how long the body may be, once its route is known. */
static uint64_t
limit_of(const Request *r)
{
	const FileKind *kind = r->route != NULL && r->route->upload != NULL ? kind_find(r->route->upload) : NULL;

	return kind != NULL ? upload_body_limit(kind) : (uint64_t) config_int(CONFIG_BODY_LIMIT);
}

void
body_refuse(Request *r)
{
	request_refuse(r, VZ_E_PAYLOAD_TOO_LARGE, json_pack("{s:I}", "limit_bytes", (json_int_t) limit_of(r)));
}

bool
body_is_over(const Request *r)
{
	return r->discarded > 0 && r->upload == NULL;
}

/* is_endless says whether more has come of a body than is read of one over its limit. */
static bool
is_endless(const Request *r)
{
	uint64_t	limit = limit_of(r);
	uint64_t	more = limit * (DISCARD_FACTOR - 1);

	return r->discarded > limit + (more < DISCARD_MORE_MAX ? more : DISCARD_MORE_MAX);
}

/* brings_file says whether the body may be a file, by its type. */
static bool
brings_file(const HttpHead *head)
{
	const HttpHeader *type = request_header(head, "Content-Type");

	if (type == NULL)
		return false;
	return strncasecmp(type->value, TUS_TYPE, strlen(TUS_TYPE)) == 0 ||
		((strcmp(head->method, "POST") == 0 || strcmp(head->method, "PUT") == 0) && kind_may_be(type->value));
}

/* time_sender gives the sender of a file time by what has come of it: one that is too slow is cut. */
static void
time_sender(Request *r)
{
	int64_t		elapsed_ms = r->loop->now_ms - r->started_us / 1000 - r->held_ms;
	int64_t		left_ms = UPLOAD_GRACE_MS + (int64_t) (r->discarded / 16) - elapsed_ms;

	if (r->client != NULL)
		client_enter(r->client, PHASE_BODY, left_ms < UPLOAD_STALL_MS ? left_ms : UPLOAD_STALL_MS);
}

/* declared_size says how large the file is at least, in bytes; -1: nobody has said. */
static int64_t
declared_size(const Request *r, const HttpHead *head, uint64_t length)
{
	if (r->resume != NULL)
		return resume_new_size(r);
	return r->is_chunked ? -1 : upload_least(kind_find(r->route->upload), request_header(head, "Content-Type")->value, length);
}

bool
body_begin(Request *r, const HttpHead *head)
{
	r->admission = ADMISSION_TAKEN;
	if (r->resume != NULL ? resume_begin(r) : files_begin(r, request_header(head, "Content-Type")->value, NULL))
		time_sender(r);
	return !r->has_reply;
}

/* open_upload prepares for a body that is a file, if its route takes one; false when the request is refused. */
static bool
open_upload(Request *r, const HttpHead *head, uint64_t length)
{
	const FileKind *kind;

	dispatch_early(r, head);
	limiter_count(r);
	if (r->has_reply)
		return false;
	kind = r->route->upload ? kind_find(r->route->upload) : NULL;
	if (length > limit_of(r))
		body_refuse(r);
	else if (kind == NULL && r->resume != NULL)
		request_refuse(r, VZ_E_ROUTE_NOT_FOUND, NULL);
	else if (kind != NULL && kind->is_scanned && scanner_is_missed())
		request_refuse(r, VZ_E_SCANNER_UNAVAILABLE, NULL);
	else if (kind != NULL && r->route->admission != NULL && (r->resume == NULL || resume_new_size(r) >= 0))
		admission_ask(r, head, declared_size(r, head, length));
	else if (r->route->upload != NULL)
		return body_begin(r, head);
	return !r->has_reply || r->is_suspended;
}

uint64_t
body_limit_of(const HttpHead *head)
{
	return brings_file(head) ? upload_largest_body() : (uint64_t) config_int(CONFIG_BODY_LIMIT);
}

bool
body_expect(Request *r, const HttpHead *head, uint64_t length)
{
	if (r->client != NULL)
		client_enter(r->client, PHASE_BODY, config_int(CONFIG_BODY_TIMEOUT));
	return (!brings_file(head) && r->resume == NULL) || open_upload(r, head, length);
}

bool
body_take(Request *r, const char *data, size_t *size)
{
	size_t		limit = (size_t) limit_of(r);
	size_t		n = *size;

	if (r->upload != NULL)
	{
		size_t		taken = files_take(r, data, n);

		*size = n - taken;
		r->discarded += taken;
		if (!r->waits_for_disk)
			time_sender(r);
		return !is_endless(r);
	}
	*size = 0;
	if (r->body_len + n > limit || r->discarded > 0)
	{
		r->discarded += n;
		return !is_endless(r);
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
