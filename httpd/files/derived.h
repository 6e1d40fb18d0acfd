/*
 * derived.h
 *		Files that we have made of an uploaded one: bytes go in, a file in its place
 *		comes out. Waits for the disk: for threads that may.
 */
#ifndef VEZA_DERIVED_H
#define VEZA_DERIVED_H

#include "spool.h"

typedef struct Derived
{
	uint64_t	size;			/* bytes; 0: there is none */
	char		hash[2 * crypto_hash_sha256_BYTES + 1];
	FileFacts	facts;
} Derived;

/* Stores bytes as a file of this kind, durably; says what is wrong with them, or VZ_ERROR_COUNT. */
extern VzError derived_store(const FileKind *kind, const void *bytes, size_t len, Derived *out);

#endif							/* VEZA_DERIVED_H */
