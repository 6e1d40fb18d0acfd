/*
 * range.h
 *		Range and If-Range of RFC 9110: headers and the size of a file go in, and
 *		which bytes of it are wanted comes out. Pure.
 */
#ifndef VEZA_RANGE_H
#define VEZA_RANGE_H

#include <stdbool.h>
#include <stdint.h>

typedef enum RangeVerdict
{
	RANGE_WHOLE,				/* no range, several of them, or one that cannot be read: all of it */
	RANGE_PART,
	RANGE_NONE					/* the file has no such bytes */
} RangeVerdict;

/* Reads Range against a size in bytes; of a part, first and last byte. */
extern RangeVerdict range_read(const char *range, uint64_t size, uint64_t *first, uint64_t *last);

/* Does If-Range name this tag? Only a strong one tells that bytes are the same; a date is none of ours. */
extern bool range_holds(const char *if_range, const char *etag);

#endif							/* VEZA_RANGE_H */
