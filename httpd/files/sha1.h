/*
 * sha1.h
 *		SHA-1, which tus asks for as a checksum. It protects from accidents and from
 *		nobody: nothing of ours is trusted for it. Pure.
 *
 * libsodium has none. libcrypto is no library of ours: libjwt and libpq may bring
 * one along, or be built without; to depend on it for this would be one more.
 */
#ifndef VEZA_SHA1_H
#define VEZA_SHA1_H

#include <stddef.h>
#include <stdint.h>

#define SHA1_BYTES 20

typedef struct Sha1
{
	uint32_t	state[5];
	uint64_t	len;			/* bytes so far */
	unsigned char block[64];
} Sha1;

/* Begins; takes bytes; writes the digest. */
extern void sha1_begin(Sha1 *s);
extern void sha1_update(Sha1 *s, const void *data, size_t len);
extern void sha1_end(Sha1 *s, unsigned char digest[SHA1_BYTES]);

#endif							/* VEZA_SHA1_H */
