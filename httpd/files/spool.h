/*
 * spool.h
 *		A file that arrives: its bytes go in, and it ends in its place or nowhere.
 *
 * All of this waits for the disk, so it is done by the disk's threads, for one
 * file by one of them at a time.
 */
#ifndef VEZA_SPOOL_H
#define VEZA_SPOOL_H

#include <sodium.h>

#include "kind.h"
#include "partial.h"
#include "place.h"

typedef struct Spool
{
	int			fd;				/* -1: not open */
	uint64_t	size;			/* bytes so far */
	Partial    *partial;		/* it comes in several requests, and all is done by partial.c; or NULL */
	char		path[PLACE_MAX];	/* in the spool; empty: there is nothing to remove */
	crypto_hash_sha256_state state;
	char		hash[2 * crypto_hash_sha256_BYTES + 1];
	FileFacts	facts;
	bool		is_open;		/* of an upload of several requests: it was looked for */
	VzError		problem;		/* the first one; VZ_ERROR_COUNT: none */
} Spool;

/* Prepares, for an upload of several requests, too, which is taken over; touches no disk. */
extern void spool_begin(Spool *s, Partial *partial);

/* Appends, and hashes; the first call makes the file. After a problem nothing is done, and nothing is left on the disk. */
extern void spool_write(Spool *s, const char *data, size_t len);

/* Judges the file by its kind, makes it durable and moves it to its place; fills in hash and facts, or problem. */
extern void spool_finish(Spool *s, const FileKind *kind);

/* Settles a whole upload of several requests (see upload_settle), and gives its lock back. */
extern void spool_settle(Spool *s, bool is_final, const char *answer);

/* Removes what is there; of an upload of several requests what may not stay. */
extern void spool_discard(Spool *s);

/* Is there anything to remove? */
extern bool spool_holds(const Spool *s);

#endif							/* VEZA_SPOOL_H */
