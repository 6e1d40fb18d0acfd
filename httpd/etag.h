/*
 * etag.h
 *		Entity tags of RFC 9110.
 */
#ifndef VEZA_ETAG_H
#define VEZA_ETAG_H

#include <stdbool.h>
#include <stddef.h>

#define ETAG_SIZE 40

/* Does If-None-Match name this tag, or "*"? Weak comparison. */
extern bool etag_matches(const char *if_none_match, const char *etag);

/* A weak tag of the content, for resources whose versions have no number. */
extern void etag_of_content(const char *data, size_t len, char out[ETAG_SIZE]);

#endif							/* VEZA_ETAG_H */
