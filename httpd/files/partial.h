/*
 * partial.h
 *		Uploads that come in several requests: what of them is below UPLOAD_DIR/partial.
 *
 * Two files hold an upload, its bytes and its description; when it is finished
 * a third one holds what was answered, and those two are gone. How far it is,
 * is the length of its bytes. All of this waits for the disk, so it is done by
 * the disk's threads, and for one upload by one holder of its lock at a time.
 */
#ifndef VEZA_PARTIAL_H
#define VEZA_PARTIAL_H

#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>

#include "../wire/tus.h"
#include "kind.h"
#include "sha1.h"

#define PARTIAL_USER_MAX 40

typedef enum PartialWish
{
	PARTIAL_CREATE,				/* make it, and take the first bytes of it */
	PARTIAL_APPEND,
	PARTIAL_LOOK,				/* how far is it? */
	PARTIAL_END					/* forget it */
} PartialWish;

typedef struct Partial
{
	/* what is asked for */
	PartialWish wish;
	char		user[PARTIAL_USER_MAX];	/* whose it is: a UUID, or a word */
	char		id[TUS_ID_LEN + 1];
	TusChecksum checksum;		/* of the bytes that come now */

	/* what is asked for, or what is there */
	uint64_t	length;			/* of the whole, in bytes; at least 1 */
	uint64_t	offset;			/* so many were acknowledged */
	char		metadata[TUS_METADATA_MAX];	/* Upload-Metadata as it came */

	/* what was found */
	bool		is_whole;		/* all bytes are there, and the file is in its place */
	char	   *answer;			/* it is finished, and this was answered; malloc'd, or NULL */
	int64_t		expires_at;		/* Unix time */
	char		hash[2 * crypto_hash_sha256_BYTES + 1];	/* of a whole one */
	FileFacts	facts;

	/* private */
	int			fd;				/* of its bytes, locked; -1: not open */
	uint64_t	at;				/* where the bytes of this request begin */
	uint64_t	written;
	bool		was_whole;
	bool		is_doubtful;	/* what has come now does not stay unless its checksum fits */
	Sha1		sha1;
	crypto_hash_sha256_state sha256;
} Partial;

/* Each returns the problem, or VZ_ERROR_COUNT. After one only partial_leave is called. */
extern VzError partial_open(Partial *p);
extern VzError partial_write(Partial *p, const char *data, size_t len);

/* What has come is whole: it is judged by its checksum and made durable; a whole file is judged and put into its place. */
extern VzError partial_finish(Partial *p, const FileKind *kind);

/* Ends the upload: with what was answered, which is kept, or NULL, and nothing is. */
extern VzError partial_settle(Partial *p, const char *answer);

/* Gives the lock back; bytes whose checksum was not judged go. */
extern void partial_leave(Partial *p);

/* Frees it; NULL is taken. */
extern void partial_free(Partial *p);

#endif							/* VEZA_PARTIAL_H */
