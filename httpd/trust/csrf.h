/*
 * csrf.h
 *		Tokens that show that a request which a cookie speaks for was made by
 *		our own pages: the same signed token in a cookie and in a header, which
 *		a foreign page can neither read nor set. A token belongs to the session
 *		it was made for, which is named by the cookie that speaks for it. A key,
 *		a session and a time go in, a token or whether it is good comes out;
 *		from any thread.
 */
#ifndef VEZA_CSRF_H
#define VEZA_CSRF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CSRF_TOKEN_SIZE	80		/* with its NUL */
#define CSRF_COOKIE		"csrf_token"

/* Makes a token for a session ("" for none) under the secret; it is good until then, in seconds since 1970. */
extern void csrf_make(const char *secret, const char *session, int64_t expiry_s, char out[CSRF_TOKEN_SIZE]);

/* Is it a token of ours for this session that has not expired? Constant time in the signature. */
extern bool csrf_is_good(const char *secret, const char *session, int64_t now_s, const char *token);

#endif							/* VEZA_CSRF_H */
