/*
 * content.h
 *		The bytes of a file as its judge sees them: read where it wants, so that
 *		what stands far behind a file's beginning costs no memory. Pure.
 */
#ifndef VEZA_CONTENT_H
#define VEZA_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct FileContent
{
	uint64_t	size;			/* of the file, in bytes */
	/* Copies up to max bytes from a place on; how many there were, less at the end only, or when reading fails. */
	size_t		(*read) (void *state, uint64_t at, unsigned char *out, size_t max);
	void	   *state;
} FileContent;

/* Reads exactly len bytes from a place on; false when they are not all there. */
static inline bool
content_read(const FileContent *content, uint64_t at, unsigned char *out, size_t len)
{
	return at <= content->size && len <= content->size - at && content->read(content->state, at, out, len) == len;
}

#endif							/* VEZA_CONTENT_H */
