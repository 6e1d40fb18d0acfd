/*
 * digest.h
 *		SHA-256 as a statement argument: bytes go in, the bytea comes out.
 */
#ifndef VEZA_DIGEST_H
#define VEZA_DIGEST_H

#include "query.h"

/* The digest of the bytes, as a bytea argument. */
extern VzArg vz_arg_sha256(const void *data, size_t len);

#endif							/* VEZA_DIGEST_H */
