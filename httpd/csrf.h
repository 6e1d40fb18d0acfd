/*
 * csrf.h
 *		Tokens that show that a request which a cookie speaks for was made by
 *		our own pages: the same signed token in a cookie and in a header, which
 *		a foreign page can neither read nor set.
 */
#ifndef VEZA_CSRF_H
#define VEZA_CSRF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CSRF_TOKEN_SIZE	80		/* with its NUL */
#define CSRF_COOKIE		"csrf_token"

/* Makes a token under the secret that is good until then, in seconds since 1970. */
extern void csrf_make(const char *secret, int64_t expiry_s, char out[CSRF_TOKEN_SIZE]);

/* Is it a token of ours that has not expired? Constant time in the signature. */
extern bool csrf_is_good(const char *secret, int64_t now_s, const char *token);

#endif							/* VEZA_CSRF_H */
