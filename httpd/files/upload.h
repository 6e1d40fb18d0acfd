/*
 * upload.h
 *		Files that clients send: pieces of a body go in, a file in its place comes
 *		out. In the loop's thread; upload_finish waits for the disk, in one of its own.
 *
 * A file is written below UPLOAD_DIR/spool while it arrives, in constant
 * memory. When it is whole and is what its route takes, it is made durable
 * and moved to its place, which its content names; only then is the route's
 * function called. So a row never names a file that is not there; a file that
 * no row names is harmless, and removed by the sweep.
 */
#ifndef VEZA_UPLOAD_H
#define VEZA_UPLOAD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../extension/src/core/errors.h"
#include "../routes/args.h"

typedef struct Upload Upload;

/* Makes the directories; false (with a log line) when uploads will have to be refused. */
extern bool upload_init(void);

/*
 * Begins an upload of this Content-Type (NULL: none was sent), by a user
 * (empty: nobody) from an address; NULL when it is refused, and *error says why.
 */
extern Upload *upload_begin(const char *content_type, const char *user_id, const char *address, VzError *error);

/* Takes a piece of the body. What is wrong is kept for upload_finish. */
extern void upload_take(Upload *u, const char *data, size_t len);

/*
 * Judges the file and puts it into its place; may take a while, and may run in
 * any thread. Afterwards upload_problem is VZ_ERROR_COUNT when all is well.
 */
extern void upload_finish(Upload *u);
extern VzError upload_problem(const Upload *u, json_t **details);

/* Binds what a route's arguments ask of the file. */
extern void upload_bind(const Upload *u, const Route *route, Bound *bound);

/* Ends the upload; what is in the spool goes. NULL is taken. */
extern void upload_free(Upload *u);

/* The longest body that such a route takes: the file, and what multipart adds. */
extern uint64_t upload_body_limit(void);

#endif							/* VEZA_UPLOAD_H */
