/*
 * reply.h
 *		Answers: the envelope, refusals by the catalogue, headers.
 */
#ifndef VEZA_REPLY_H
#define VEZA_REPLY_H

#include <jansson.h>
#include <libpq-fe.h>
#include <microhttpd.h>
#include <stdbool.h>

#include "../../extension/src/core/errors.h"
#include "../routes/route.h"

#define REPLY_HEADERS_MAX 16

/* What is to be answered. Made by one of the functions below, freed by reply_free. */
typedef struct Reply
{
	int			status;
	const char *code;			/* of a refusal; static or of the generation */
	const char *content_type;	/* NULL: application/json */
	char	   *body;			/* malloc'd */
	size_t		length;
	bool		has_file;		/* fd is sent instead of the body */
	int			fd;
	struct
	{
		char	   *name;
		char	   *value;
	}			headers[REPLY_HEADERS_MAX];
	size_t		nheaders;
	bool		is_personal;	/* another caller may get another one */
	bool		closes;			/* the connection ends with this answer */
} Reply;

/* Who reads the answer, and by which words it is written. */
typedef struct Reader
{
	const Catalogue *catalogue; /* NULL: before the first routes were loaded */
	const char *language;
	const char *request_id;
	const char *cookies;		/* that came with the request, or NULL */
} Reader;

/* Refuses by the catalogue; details is taken over and may be NULL. */
extern Reply reply_refusal(VzError error, json_t *details, const Reader *reader, int retry_after_s);

/* Answers an error that PostgreSQL raised; a refusal that came as a value in the head. */
extern Reply reply_error(const Route *route, const PGresult *result, const Reader *reader);
extern Reply reply_value(const json_t *refusal, const Reader *reader);

/* Answers what the database said: data, a refusal as a value, or an error. */
extern Reply reply_result(const Route *route, const PGresult *result, const Reader *reader);

/* Answers a ready JSON text without the envelope. */
extern Reply reply_json(int status, char *body);

/* Adds a header, copied; the one after REPLY_HEADERS_MAX is left out. */
extern void reply_header(Reply *reply, const char *name, const char *value);

/* The reply's ETag, or NULL. */
extern const char *reply_etag(const Reply *reply);

/* Takes the body away, as for 304. */
extern void reply_empty(Reply *reply);

/* Makes libmicrohttpd's response; the body goes over to it. */
extern struct MHD_Response *reply_response(Reply *reply, const char *request_id);

/* Frees body and headers, not the reply itself, and empties it. */
extern void reply_free(Reply *reply);

#endif							/* VEZA_REPLY_H */
