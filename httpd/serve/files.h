/*
 * files.h
 *		Requests that wait for the disk: their body is a file, or their answer is.
 *		In the loop's thread.
 *
 * A request that waits is suspended, and nothing else is. When the disk has not
 * done its part within HANDLER_TIMEOUT, the request goes on without it.
 */
#ifndef VEZA_FILES_H
#define VEZA_FILES_H

#include "request.h"

/*
 * Begins to take a body of this Content-Type as the file that the route takes, or as a piece of what partial says,
 * which is taken over; false when the request is refused.
 */
extern bool files_begin(Request *r, const char *content_type, Partial *partial);

/* Takes a piece of it: how much; what is left comes again when the disk has kept up, and the request waits until then. */
extern size_t files_take(Request *r, const char *data, size_t len);

/* The body is whole: says which fields stood beside the file; false when the request is refused. */
extern bool files_close(Request *r, const json_t **fields, const json_t **metadata);

/* All else is well: says whether the file is in its place. Otherwise the request waits for it, or is refused. */
extern bool files_store(Request *r);

/* Notes what was answered to an upload of several requests (see upload_settle); true when the request waits for that. */
extern bool files_settle(Request *r, bool is_final, char *answer);

/* The stored answer may be a file: opens it, while the suspended request waits; then it has its answer. */
extern void files_open_answer(Request *r);

/* The disk has taken too long: the request goes on without it. */
extern void files_give_up(Request *r);

#endif							/* VEZA_FILES_H */
