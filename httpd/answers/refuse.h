/*
 * refuse.h
 *		Refusals by the catalogue: an error goes in, its answer in the reader's
 *		language comes out. From any thread.
 */
#ifndef VEZA_REFUSE_H
#define VEZA_REFUSE_H

#include <jansson.h>
#include <libpq-fe.h>

#include "../../extension/src/core/errors.h"
#include "../routes/route.h"
#include "reply.h"

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

#endif							/* VEZA_REFUSE_H */
