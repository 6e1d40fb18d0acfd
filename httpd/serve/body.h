/*
 * body.h
 *		The body of a request, as it comes: pieces go in; the text of a JSON
 *		body or a file in the spool comes out, or a refusal. In the loop's
 *		thread.
 *
 * JSON is kept; a file streams to the disk. Which of them it will be is known
 * by its type before it comes, and what nobody wants is refused then.
 */
#ifndef VEZA_BODY_H
#define VEZA_BODY_H

#include "request.h"

/* How long a body of this head may be, in bytes. */
extern uint64_t body_limit_of(const HttpHead *head);

/*
 * Prepares for the body of an admitted head; false when the request is refused
 * now. It may be suspended to ask whether a file may come: then body_begin is
 * called when r->admission is ADMISSION_GIVEN.
 */
extern bool body_expect(Request *r, const HttpHead *head, uint64_t length);
extern bool body_begin(Request *r, const HttpHead *head);

/* Takes a piece; false when so much has come beyond the limit that the connection is to be cut. */
extern bool body_take(Request *r, const char *data, size_t *size);

/* Was it longer than a body may be? Then body_refuse is the answer. */
extern bool body_is_over(const Request *r);
extern void body_refuse(Request *r);

#endif							/* VEZA_BODY_H */
