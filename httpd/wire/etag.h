/*
 * etag.h
 *		Entity tags of RFC 9110: a content or a version goes in and its tag
 *		comes out; a list of tags and the tag of an answer, and whether they
 *		fit. Pure but for the hash.
 */
#ifndef VEZA_ETAG_H
#define VEZA_ETAG_H

#include <stdbool.h>
#include <stddef.h>

#define ETAG_SIZE 96

/*
 * Does the list of If-Match or If-None-Match name this tag of ours, or "*"?
 * Weak comparison for both: a proxy that compresses weakens a tag, or marks
 * it, and both are still known here. A list that cannot be read names none.
 */
extern bool etag_matches(const char *list, const char *etag);

/* A weak tag of the content, for resources whose versions have no number. */
extern void etag_of_content(const char *data, size_t len, char out[ETAG_SIZE]);

/*
 * The tag of an answer that shows a version: what the extension says of the
 * version, and a digest of the answer, which may hold more than the version covers.
 */
extern void etag_of_version(const char *etag, const char *data, size_t len, char out[ETAG_SIZE]);

#endif							/* VEZA_ETAG_H */
