/*
 * admit.h
 *		Judging a request by its head, before anything of it is acted upon.
 *
 * Pure: no library header. libmicrohttpd 0.9.75 accepts much that it must
 * not (two lengths, two hosts, unknown transfer codings, NUL in a path); what
 * this function refuses never reaches a route. It is a fuzz target.
 */
#ifndef VEZA_ADMIT_H
#define VEZA_ADMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../extension/src/core/errors.h"

#define ADMIT_TARGET_MAX	8192
#define ADMIT_OK			(-1)

typedef struct HttpHeader
{
	const char *name;
	size_t		name_len;
	const char *value;
	size_t		value_len;
} HttpHeader;

typedef struct HttpHead
{
	const char *method;
	const char *target;			/* as sent: path and query */
	const char *version;
	const HttpHeader *headers;
	size_t		nheaders;
	const char *raw;			/* request line and headers as libmicrohttpd has left them, or NULL */
	size_t		raw_len;
} HttpHead;

typedef struct Admission
{
	int			error;			/* ADMIT_OK or a VzError */
	const char *problem;		/* in words, for details */
	bool		is_coded;		/* refused for the content coding of its body */
	bool		has_body;
	bool		is_chunked;
	uint64_t	content_length;
} Admission;

/* Judges the head; body_limit is the largest Content-Length that is let in. */
extern Admission request_admit(const HttpHead *head, uint64_t body_limit);

/*
 * The value of a header that request_admit has found to be there at most once;
 * NULL without it, and for a name that is not in its table.
 */
extern const HttpHeader *request_header(const HttpHead *head, const char *name);

/* The value of a list, its lines joined; malloc'd; NULL without it, and for a name that is not in the table. */
extern char *request_list(const HttpHead *head, const char *name);

#endif							/* VEZA_ADMIT_H */
