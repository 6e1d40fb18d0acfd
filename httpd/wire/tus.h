/*
 * tus.h
 *		Headers and addresses of tus 1.0, the protocol of resumable uploads: text goes
 *		in, numbers, pairs and digests come out. Pure.
 */
#ifndef VEZA_TUS_H
#define VEZA_TUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TUS_VERSION		"1.0.0"
#define TUS_EXTENSIONS	"creation,creation-with-upload,termination,checksum,expiration"
#define TUS_CHECKSUMS	"sha1,sha256"
#define TUS_TYPE		"application/offset+octet-stream"
#define TUS_PREFIX		"/api/v1/uploads/"
#define TUS_ID_LEN		32
#define TUS_DIGEST_MAX	32
#define TUS_METADATA_MAX 4096	/* bytes of the header */

typedef enum TusAlgorithm
{
	TUS_NO_CHECKSUM,
	TUS_SHA1,
	TUS_SHA256
} TusAlgorithm;

typedef struct TusChecksum
{
	TusAlgorithm algorithm;
	unsigned char digest[TUS_DIGEST_MAX];
	size_t		len;
} TusChecksum;

/* Is this the address of an upload? Its id, and what stands behind it, from the slash on. */
extern bool tus_target_read(const char *target, char id[TUS_ID_LEN + 1], const char **rest);

/* A number of bytes, from 0 to 2^63 - 1, in digits alone. */
extern bool tus_number_read(const char *text, uint64_t *number);

/* Calls pair for each pair of Upload-Metadata; a key alone has an empty value. False when it is not well formed. */
extern bool tus_metadata_read(const char *text, void (*pair) (void *state, const char *key, const char *value, size_t len),
	void *state);

/* Reads Upload-Checksum; false when it is not well formed, or of another algorithm. */
extern bool tus_checksum_read(const char *text, TusChecksum *out);

#endif							/* VEZA_TUS_H */
