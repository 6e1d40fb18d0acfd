/*
 * token.h
 *		Identifiers and secrets: UUIDs and bytes go in, their text forms come
 *		out, and the other way round. Pure: no server header.
 */
#ifndef VEZA_TOKEN_H
#define VEZA_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#define VZ_BASE32_UUID_LEN	26	/* 128 bits, 5 bits a character */

/* Writes 16 bytes as 26 characters of RFC 4648 base32 in lower case, and a final NUL. */
extern void vz_base32_uuid(const unsigned char id[16], char out[VZ_BASE32_UUID_LEN + 1]);

/* Characters that so many bytes take. */
#define VZ_BASE32_LEN(bytes) ((8 * (bytes) + 4) / 5)

/* Writes data in base32 in upper case without padding, VZ_BASE32_LEN(len) characters and a NUL. */
extern void vz_base32(const unsigned char *data, size_t len, char *out);

/* Reads a UUID in its usual form of 36 characters; false for anything else. */
extern bool vz_parse_uuid(const char *text, unsigned char id[16]);

/* Writes n bytes as base64url without padding, and a final NUL; out holds (n * 4 + 2) / 3 + 1. */
extern void vz_base64url(const unsigned char *data, size_t n, char *out);

#endif							/* VEZA_TOKEN_H */
