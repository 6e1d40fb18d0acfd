/*
 * bytes.h
 *		Numbers as files hold them. Pure.
 */
#ifndef VEZA_BYTES_H
#define VEZA_BYTES_H

#include <stdint.h>

/* A number of n bytes, 8 at most, the first of which is the highest. */
static inline uint64_t
big_endian(const unsigned char *p, int n)
{
	uint64_t	value = 0;

	for (int i = 0; i < n; i++)
		value = value << 8 | p[i];
	return value;
}

/* One of n bytes, the first of which is the lowest. */
static inline uint64_t
little_endian(const unsigned char *p, int n)
{
	uint64_t	value = 0;

	for (int i = n - 1; i >= 0; i--)
		value = value << 8 | p[i];
	return value;
}

#endif							/* VEZA_BYTES_H */
