/*
 * fuzz.h
 *		What the fuzz targets share.
 */
#ifndef VEZA_FUZZ_H
#define VEZA_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A promise that does not hold ends the program, and libFuzzer keeps the input. */
#define promise(condition) \
	((condition) ? (void) 0 : (fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__, #condition), abort()))

/* Tries one input; libFuzzer calls it. */
extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* text_of copies bytes up to the first NUL into a block of exactly their size, so that a byte too far is seen. */
static inline char *
text_of(const void *data, size_t size)
{
	return strndup(data, size);
}

/* take_line cuts the next line off the input; false at its end. */
static inline bool
take_line(const uint8_t **data, size_t *size, const uint8_t **line, size_t *len)
{
	const uint8_t *end;

	if (*size == 0)
		return false;
	end = memchr(*data, '\n', *size);
	*line = *data;
	*len = end ? (size_t) (end - *data) : *size;
	*data += *len + (end != NULL);
	*size -= *len + (end != NULL);
	return true;
}

#endif							/* VEZA_FUZZ_H */
