/*
 * cookie.h
 *		Cookies as browsers send them and as we set them. Pure.
 */
#ifndef VEZA_COOKIE_H
#define VEZA_COOKIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COOKIE_VALUE_MAX 1024

/*
 * Finds a cookie in the value of a Cookie header (RFC 6265 section 4.2.1) and
 * copies its value; false when it is not there, has characters that no cookie
 * has, or does not fit. Of two with the same name the first counts: browsers
 * send the one with the longer path first. header may be NULL.
 */
extern bool cookie_find(const char *header, size_t len, const char *name, char *out, size_t size);

/* Writes the value of Set-Cookie: HttpOnly always; max_age in seconds, 0 removes the cookie. */
extern bool cookie_write(char *out, size_t size, const char *name, const char *value, const char *path, int64_t max_age,
						 bool is_strict, bool is_secure);

#endif							/* VEZA_COOKIE_H */
