/*
 * resume.c
 *		Uploads in several requests (see resume.h). Source: tus.io, protocol 1.0.0.
 */
#include "resume.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "../config/config.h"
#include "../files/kind.h"
#include "../wire/tus.h"
#include "files.h"

#define API_PREFIX	"/api/v1"
#define METHODS		"GET, HEAD, PATCH, DELETE, OPTIONS"

/* What a request of tus asks for. */
struct Resume
{
	Partial    *partial;		/* until the upload has it */
	PartialWish wish;
	bool		wants_answer;	/* of one that only looks: by GET */
	char		id[TUS_ID_LEN + 1];
	uint64_t	length;			/* of a new one */
};

/* refuse_malformed refuses a head, and says what is wrong with it. */
static bool
refuse_malformed(Request *r, const char *problem)
{
	request_refuse(r, VZ_E_UPLOAD_MALFORMED, json_pack("{s:s}", "problem", problem));
	return false;
}

/* header_is says whether a header is there with this value, up to parameters. */
static bool
header_is(const HttpHead *head, const char *name, const char *value)
{
	const HttpHeader *h = request_header(head, name);

	return h != NULL && strncasecmp(h->value, value, strlen(value)) == 0 && strchr("; \t", h->value[strlen(value)]) != NULL;
}

/* read_asked finds out what a request to an upload's address asks for; false when its method is none. */
static bool
read_asked(Request *r, const HttpHead *head)
{
	const HttpHeader *other = request_header(head, "X-HTTP-Method-Override");
	const char *method = other != NULL && strcmp(r->method, "POST") == 0 ? other->value : r->method;

	r->resume->wants_answer = strcmp(method, "GET") == 0;
	if (r->resume->wants_answer || strcmp(method, "HEAD") == 0)
		r->resume->wish = PARTIAL_LOOK;
	else if (strcmp(method, "PATCH") == 0)
		r->resume->wish = PARTIAL_APPEND;
	else if (strcmp(method, "DELETE") == 0)
		r->resume->wish = PARTIAL_END;
	else
		return false;
	return true;
}

/* read_piece_head reads what a piece says about itself. */
static bool
read_piece_head(Request *r, const HttpHead *head)
{
	Partial    *p = r->resume->partial;
	const HttpHeader *offset = request_header(head, "Upload-Offset");
	const HttpHeader *checksum = request_header(head, "Upload-Checksum");

	if (checksum != NULL && !tus_checksum_read(checksum->value, &p->checksum))
		return refuse_malformed(r, "Upload-Checksum must be sha1 or sha256 and a digest in base64");
	if (p->wish != PARTIAL_APPEND)
		return true;
	if (!header_is(head, "Content-Type", TUS_TYPE))
	{
		request_refuse(r, VZ_E_UNSUPPORTED_MEDIA_TYPE, json_pack("{s:s}", "content_type", TUS_TYPE));
		return false;
	}
	return (offset != NULL && tus_number_read(offset->value, &p->offset)) ||
		refuse_malformed(r, "Upload-Offset must be a number of bytes");
}

/* ignore_pair is told of pairs that are only to be well formed. */
static void
ignore_pair(void *unused, const char *key, const char *value, size_t len)
{
	(void) unused, (void) key, (void) value, (void) len;
}

/* read_new_head reads what the head of a new upload says about it. */
static bool
read_new_head(Request *r, const HttpHead *head, bool has_body)
{
	Partial    *p = r->resume->partial;
	const HttpHeader *length = request_header(head, "Upload-Length");
	const HttpHeader *metadata = request_header(head, "Upload-Metadata");
	unsigned char random[TUS_ID_LEN / 2];

	if (request_header(head, "Upload-Defer-Length") != NULL || request_header(head, "Upload-Concat") != NULL)
		return refuse_malformed(r, "uploads of unknown length, and uploads in parts, are not taken");
	if (length == NULL || !tus_number_read(length->value, &p->length) || p->length == 0)
		return refuse_malformed(r, "Upload-Length must be a number of bytes, from 1");
	if (has_body && !header_is(head, "Content-Type", TUS_TYPE))
	{
		request_refuse(r, VZ_E_UNSUPPORTED_MEDIA_TYPE, json_pack("{s:s}", "content_type", TUS_TYPE));
		return false;
	}
	if (metadata != NULL && (!tus_metadata_read(metadata->value, ignore_pair, NULL) || strchr(metadata->value, '\n') != NULL))
		return refuse_malformed(r, "Upload-Metadata must be keys and values in base64, 4095 bytes at most");
	snprintf(p->metadata, sizeof(p->metadata), "%s", metadata ? metadata->value : "");
	randombytes_buf(random, sizeof(random));
	sodium_bin2hex(p->id, sizeof(p->id), random, sizeof(random));
	r->resume->length = p->length;
	return read_piece_head(r, head);
}

/* begin_resume notes that the request is one of tus. */
static void
begin_resume(Request *r)
{
	r->resume = calloc(1, sizeof(*r->resume));
	if (r->resume == NULL || (r->resume->partial = calloc(1, sizeof(Partial))) == NULL)
		abort();
	r->resume->partial->fd = -1;
}

/* answer_options says what is spoken here. */
static bool
answer_options(Request *r)
{
	char		max[24];

	request_reply(r, reply_json(204, strdup("")));
	snprintf(max, sizeof(max), "%" PRIu64, kind_largest());
	reply_header(&r->reply, "Allow", METHODS);
	reply_header(&r->reply, "Tus-Version", TUS_VERSION);
	reply_header(&r->reply, "Tus-Extension", TUS_EXTENSIONS);
	reply_header(&r->reply, "Tus-Checksum-Algorithm", TUS_CHECKSUMS);
	reply_header(&r->reply, "Tus-Max-Size", max);
	return false;
}

/* use_address turns a request to an upload's address into one to its route. */
static void
use_address(Request *r, const char *id, const char *rest)
{
	char	   *target = NULL;

	memcpy(r->resume->partial->id, id, sizeof(r->resume->partial->id));
	if (asprintf(&target, API_PREFIX "%s", rest) < 0)
		abort();
	free(r->raw_target);
	r->raw_target = target;
}

/* refuse_version refuses another version than ours. */
static bool
refuse_version(Request *r)
{
	request_refuse(r, VZ_E_TUS_VERSION_UNSUPPORTED, NULL);
	reply_header(&r->reply, "Tus-Version", TUS_VERSION);
	return false;
}

bool
resume_recognise(Request *r, const HttpHead *head)
{
	const HttpHeader *version = request_header(head, "Tus-Resumable");
	const HttpHeader *length = request_header(head, "Content-Length");
	char		id[TUS_ID_LEN + 1];
	const char *rest;
	bool		is_address = tus_target_read(r->raw_target, id, &rest);
	bool		ok;

	if (!is_address && (version == NULL || strcmp(r->method, "POST") != 0))
		return true;
	begin_resume(r);
	if (is_address && strcmp(r->method, "OPTIONS") == 0)
		return request_header(head, "Access-Control-Request-Method") != NULL || answer_options(r);
	if (is_address && strcmp(r->method, "GET") != 0 && version == NULL)
		return refuse_version(r);
	if (version != NULL && strcmp(version->value, TUS_VERSION) != 0)
		return refuse_version(r);
	if (!is_address)
	{
		r->resume->wish = r->resume->partial->wish = PARTIAL_CREATE;
		ok = read_new_head(r, head, r->is_chunked || (length != NULL && strcmp(length->value, "0") != 0));
	}
	else if (!read_asked(r, head))
	{
		request_refuse(r, VZ_E_METHOD_NOT_ALLOWED, NULL);
		reply_header(&r->reply, "Allow", METHODS);
		return false;
	}
	else
	{
		use_address(r, id, rest);
		r->resume->partial->wish = r->resume->wish;
		ok = read_piece_head(r, head);
	}
	memcpy(r->resume->id, r->resume->partial->id, sizeof(r->resume->id));
	return ok;
}

int64_t
resume_new_size(const Request *r)
{
	return r->resume->wish == PARTIAL_CREATE ? (int64_t) r->resume->length : -1;
}

/* add_pair adds a pair of the metadata to the fields. */
static void
add_pair(void *fields, const char *key, const char *value, size_t len)
{
	json_object_set_new(fields, key, is_utf8(value, len) ? json_stringn(value, len) : json_false());
}

/* bind_metadata binds the metadata of an upload like the fields of a form; false when the request is refused. */
static bool
bind_metadata(Request *r, const char *metadata, Bound *bound)
{
	json_t	   *fields = json_object();
	Sent		sent = {.target = &r->target, .fields = fields};

	tus_metadata_read(metadata, add_pair, fields);
	args_bind(r->route, &sent, bound);
	json_decref(fields);
	if (bound->wrong == NULL)
		return true;
	request_refuse(r, VZ_E_VALIDATION_ERROR, bound->wrong);
	bound->wrong = NULL;
	return false;
}

/* may_make says whether a new upload may be made: not too large, and with what its function asks for. */
static bool
may_make(Request *r, const FileKind *kind)
{
	Bound		bound = {0};
	bool		ok = r->resume->length <= (uint64_t) config_int(kind->limit);

	if (!ok)
		request_refuse(r, VZ_E_PAYLOAD_TOO_LARGE, json_pack("{s:I}", "limit_bytes", (json_int_t) config_int(kind->limit)));
	else
		ok = bind_metadata(r, r->resume->partial->metadata, &bound);
	args_free(&bound);
	return ok;
}

bool
resume_begin(Request *r)
{
	Partial    *p = r->resume->partial;

	if (r->resume->wish == PARTIAL_CREATE && !may_make(r, kind_find(r->route->upload)))
		return false;
	snprintf(p->user, sizeof(p->user), "%s", r->user_id[0] != '\0' ? r->user_id : "nobody");
	r->resume->partial = NULL;
	return files_begin(r, NULL, p);
}

/* look_text says how far an upload is, or what was answered to it; malloc'd. */
static char *
look_text(const Partial *p)
{
	const char *answer = p->answer ? strchr(p->answer, '\n') : NULL;
	char	   *text = NULL;

	if (answer != NULL)
		text = strdup(answer + 1);
	else if (asprintf(&text,
					  "{\"success\":true,\"data\":{\"upload_offset\":%" PRIu64 ",\"upload_length\":%" PRIu64 "},\"meta\":null}",
					  p->offset, p->length) < 0)
		abort();
	return text;
}

/* reply_done answers what was done to the upload itself. */
static void
reply_done(Request *r, const Partial *p)
{
	switch (r->resume->wish)
	{
		case PARTIAL_CREATE:
			request_reply(r, reply_json(201, strdup("")));
			break;
		case PARTIAL_LOOK:
			request_reply(r, reply_json(200, r->resume->wants_answer ? look_text(p) : strdup("")));
			break;
		case PARTIAL_APPEND:
		case PARTIAL_END:
			request_reply(r, reply_json(204, strdup("")));
			break;
	}
}

bool
resume_take(Request *r, const HttpHead *head, Bound *bound)
{
	const Partial *p;

	(void) head;
	if (!files_store(r))
		return false;
	p = upload_partial(r->upload);
	if (!p->is_whole)
	{
		reply_done(r, p);
		return false;
	}
	if (!bind_metadata(r, p->metadata, bound))
		return false;
	upload_bind(r->upload, r->route, bound);
	return true;
}

/* is_lasting says whether a refusal is about the file, and another try would bring the same. */
static bool
is_lasting(int status)
{
	return status >= 400 && status < 500 && status != 401 && status != 429;
}

bool
resume_answered(Request *r)
{
	char	   *answer = NULL;

	if (r->reply.code != NULL && !is_lasting(r->reply.status))
		return files_settle(r, false, NULL);
	if (r->reply.code == NULL)
	{
		if ((answer = strndup(r->reply.body, r->reply.length)) == NULL)
			abort();
		r->reply.status = r->resume->wish == PARTIAL_CREATE ? 201 : 204;
		reply_empty(&r->reply);
	}
	return files_settle(r, true, answer);
}

/* add_number adds a header with a number. */
static void
add_number(Reply *reply, const char *name, uint64_t number)
{
	char		text[24];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	reply_header(reply, name, text);
}

/* add_expiry tells until when an upload that is not finished is kept. */
static void
add_expiry(Reply *reply, const Partial *p)
{
	time_t		t = (time_t) p->expires_at;
	struct tm	utc;
	char		text[64];

	gmtime_r(&t, &utc);
	strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &utc);
	reply_header(reply, "Upload-Expires", text);
}

/* add_location tells where a new upload is. */
static void
add_location(Request *r)
{
	char	   *location = NULL;

	if (asprintf(&location, TUS_PREFIX "%s%s", r->resume->id, r->raw_target + strlen(API_PREFIX)) < 0)
		abort();
	reply_replace_header(&r->reply, MHD_HTTP_HEADER_LOCATION, location);
	if (reply_find_header(&r->reply, MHD_HTTP_HEADER_LOCATION) == NULL)
		reply_header(&r->reply, MHD_HTTP_HEADER_LOCATION, location);
	free(location);
}

void
resume_add_headers(Request *r)
{
	const Partial *p = r->upload ? upload_partial(r->upload) : NULL;

	reply_header(&r->reply, "Tus-Resumable", TUS_VERSION);
	if (p == NULL || r->reply.code != NULL || r->resume->wish == PARTIAL_END)
		return;
	add_number(&r->reply, "Upload-Offset", p->offset);
	if (p->offset < p->length)
		add_expiry(&r->reply, p);
	if (r->resume->wish == PARTIAL_CREATE)
		add_location(r);
	if (r->resume->wish != PARTIAL_LOOK)
		return;
	add_number(&r->reply, "Upload-Length", p->length);
	if (p->metadata[0] != '\0')
		reply_header(&r->reply, "Upload-Metadata", p->metadata);
}

void
resume_end(Request *r)
{
	if (r->resume == NULL)
		return;
	partial_free(r->resume->partial);
	free(r->resume);
}
