/*
 * source.c
 *		Bytes at an offset (see source.h). Pure.
 */
#include "source.h"

#include <stdlib.h>
#include <string.h>

bool
source_read(const Source *source, uint64_t at, void *into, size_t n)
{
	if (at > source->size || n > source->size - at)
		return false;
	return n == 0 || source->read(source, at, into, n);
}

uint8_t *
source_load(const Source *source, uint64_t at, uint64_t n, size_t max, size_t *loaded)
{
	uint8_t    *bytes;

	*loaded = 0;
	if (at >= source->size)
		return NULL;
	if (n > source->size - at)
		n = source->size - at;
	if (n > max)
		n = max;
	if (n == 0 || (bytes = malloc(n)) == NULL)
		return NULL;
	if (!source_read(source, at, bytes, n))
	{
		free(bytes);
		return NULL;
	}
	*loaded = n;
	return bytes;
}

/* read_of_source reads what is in memory. */
static bool
read_of_source(const Source *source, uint64_t at, void *into, size_t n)
{
	memcpy(into, ((const SourceBytes *) source->state)->data + at, n);
	return true;
}

Source
source_of_bytes(const SourceBytes *bytes)
{
	return (Source) {.size = bytes->size, .read = read_of_source, .state = bytes};
}

uint64_t
number_be(const uint8_t *p, int n)
{
	uint64_t	value = 0;

	for (int i = 0; i < n; i++)
		value = value << 8 | p[i];
	return value;
}

uint64_t
number_le(const uint8_t *p, int n)
{
	uint64_t	value = 0;

	for (int i = n - 1; i >= 0; i--)
		value = value << 8 | p[i];
	return value;
}
