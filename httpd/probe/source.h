/*
 * source.h
 *		The file that is probed, as readers of headers and tags see it: bytes at
 *		an offset, never more than there are. Pure.
 */
#ifndef VEZA_PROBE_SOURCE_H
#define VEZA_PROBE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Source
{
	uint64_t	size;			/* bytes */
	/* Reads n bytes that are there; false when they cannot be read. */
	bool		(*read) (const struct Source *source, uint64_t at, void *into, size_t n);
	const void *state;
} Source;

/* Reads exactly n bytes at an offset; false when there are fewer. */
extern bool source_read(const Source *source, uint64_t at, void *into, size_t n);

/*
 * Loads n bytes at an offset, or as many as there are, but max at most, into memory that the caller frees;
 * NULL when there are none, or no memory. *loaded is how many there are.
 */
extern uint8_t *source_load(const Source *source, uint64_t at, uint64_t n, size_t max, size_t *loaded);

typedef struct SourceBytes
{
	const uint8_t *data;
	size_t		size;
} SourceBytes;

/* A source of bytes in memory, which must stay as long as it. */
extern Source source_of_bytes(const SourceBytes *bytes);

/* Numbers of n bytes, at most 8, the highest first or the lowest first. */
extern uint64_t number_be(const uint8_t *p, int n);
extern uint64_t number_le(const uint8_t *p, int n);

#endif							/* VEZA_PROBE_SOURCE_H */
