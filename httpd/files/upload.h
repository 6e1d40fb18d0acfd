/*
 * upload.h
 *		Files that clients send, as a loop sees them: pieces of a body go in, a
 *		file in its place comes out.
 *
 * The loop takes a file's bytes into one of two buffers, while the disk's
 * threads write and hash the other one below UPLOAD_DIR/spool: memory is the
 * two buffers, whatever a file's size, and the loop never waits. When the file
 * is whole and is what its route takes, it is made durable and moved to its
 * place, which its content names; only then is the route's function called. So
 * a row never names a file that is not there; a file that no row names is
 * harmless, and removed by the sweep.
 *
 * All calls are the loop's thread's.
 */
#ifndef VEZA_UPLOAD_H
#define VEZA_UPLOAD_H

#include <jansson.h>
#include <sodium.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/mailbox.h"
#include "../routes/args.h"
#include "kind.h"
#include "partial.h"

typedef struct Upload Upload;

/* Who sends. */
typedef struct UploadSender
{
	const char *content_type;	/* NULL: none was sent */
	const char *user_id;		/* empty: nobody */
	const char *address;
} UploadSender;

/* Who waits: in the mailbox's thread settled is called when the upload goes on that somebody was told to wait for. */
typedef struct UploadOwner
{
	Mailbox    *home;
	void		(*settled) (void *owner);
	void	   *owner;
} UploadOwner;

/* Makes the directories, and starts the disk's threads; false (with a log line) when uploads will have to be refused. */
extern bool upload_init(void);

/*
 * Begins an upload; NULL when it is refused, and *error says why. Of one that comes
 * in several requests partial says what is wanted, and is taken over; otherwise NULL.
 */
extern Upload *upload_begin(const FileKind *kind, const UploadSender *sender, const UploadOwner *owner, Partial *partial,
							VzError *error);

/*
 * Takes what there is room for, and says how much that was: less than len, and the
 * rest waits until settled. What is wrong is kept for upload_finish.
 */
extern size_t upload_take(Upload *u, const char *data, size_t len);

/*
 * The body is whole: says whether it is a file, and which fields stood beside
 * it (see fields.h), which stay the upload's. Nothing is put into its place yet.
 */
extern bool upload_close(Upload *u, const json_t **fields, const json_t **metadata);

/*
 * Has the file judged and put into its place. False: it is under way, and settled
 * is called when this is to be called again. Afterwards upload_problem is
 * VZ_ERROR_COUNT when all is well.
 */
extern bool upload_finish(Upload *u);
extern VzError upload_problem(const Upload *u, json_t **details);

/* What was found of an upload that comes in several requests, once upload_finish has said so; NULL: it comes in one. */
extern const Partial *upload_partial(const Upload *u);

/*
 * A whole upload of several requests is over (is_final): the function has answered this text (malloc'd, taken over), or
 * refused for good (NULL), and it is forgotten. Or it could not answer, and the last byte is to come again. In either case
 * others may go on with it afterwards. False: it is under way, and settled is called when it is done.
 */
extern bool upload_settle(Upload *u, bool is_final, char *answer);

/* Nobody waits for the disk any longer: the upload has failed, and goes on without it. */
extern void upload_give_up(Upload *u);

/* Binds what a route's arguments ask of the file. */
extern void upload_bind(const Upload *u, const Route *route, Bound *bound);

/* Adds file and fields, once the file is in its place, to a hash of the request. */
extern void upload_digest(const Upload *u, crypto_hash_sha256_state *state);

/* Ends the upload; what is in the spool goes, soon. Nobody is told any more. NULL is taken. */
extern void upload_free(Upload *u);

/* How large a file is at least that comes in a body of this type and length, in bytes: what a form adds may be nothing. */
extern int64_t upload_least(const FileKind *kind, const char *content_type, uint64_t length);

/* The longest body that brings such a file, and of any kind: the file, and what multipart adds. */
extern uint64_t upload_body_limit(const FileKind *kind);
extern uint64_t upload_largest_body(void);

#endif							/* VEZA_UPLOAD_H */
