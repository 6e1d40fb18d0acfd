/*
 * cors.h
 *		Which web pages may call the API from a browser. Pure.
 *
 * Origins are compared as browsers write them: scheme, host in lower case,
 * and the port unless it is the scheme's own. Nothing is matched by halves,
 * and there is no wildcard, because answers to cookies are never for all.
 */
#ifndef VEZA_CORS_H
#define VEZA_CORS_H

#include <stdbool.h>
#include <stddef.h>

#define CORS_METHODS "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
#define CORS_REQUEST_HEADERS \
	"Authorization, Content-Type, Accept-Language, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, Prefer, Range, " \
	"X-CSRF-Token, X-Request-ID, X-Requested-With"
#define CORS_EXPOSED_HEADERS \
	"Content-Disposition, Content-Range, ETag, Idempotency-Replayed, Location, Retry-After, X-CSRF-Token, " \
	"X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-ID"
#define CORS_MAX_AGE "86400"

/* What is wrong with a list of origins, or NULL; where names the entry (its length in *len). */
extern const char *cors_list_problem(const char *list, const char **where, size_t *len);

/* Does this origin stand in the list? NULL is an empty list. */
extern bool cors_allows(const char *list, const char *origin);

#endif							/* VEZA_CORS_H */
