/*
 * secret.h
 *		Random tokens: 256 bits as 43 characters of base64url, from the server's
 *		strong random source.
 */
#ifndef VEZA_SECRET_H
#define VEZA_SECRET_H

#include "compat.h"

/* Returns a new random token. */
extern char *vz_secret_new(void);

/* Says whether a text can be one; what cannot is not worth a look into a table. */
extern bool vz_secret_is_well_formed(const char *token);

/* Fills a buffer with random bytes. */
extern void vz_random_bytes(void *out, size_t n);

#endif							/* VEZA_SECRET_H */
