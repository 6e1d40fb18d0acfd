/*
 * resume.h
 *		Uploads in several requests, by tus 1.0: a head goes in, and what it asks for
 *		is done to the upload below UPLOAD_DIR. In the loop's thread.
 *
 * Every route that takes a file takes it so. The address of an upload holds that
 * of its route, and a request to it becomes one to the route here.
 */
#ifndef VEZA_RESUME_H
#define VEZA_RESUME_H

#include "request.h"

/* Is the head one of tus? Then r->resume says what it asks for. False when the request is refused, or answered. */
extern bool resume_recognise(Request *r, const HttpHead *head);

/* How large the file is that is to be made, in bytes; -1: none is to be made now. */
extern int64_t resume_new_size(const Request *r);

/* Begins what is asked for, before the body comes; false when the request is refused. */
extern bool resume_begin(Request *r);

/*
 * The body is whole: true when the route's function is to be called, with what is
 * bound now; otherwise the request waits, or has its answer.
 */
extern bool resume_take(Request *r, const HttpHead *head, Bound *bound);

/* The function has answered, and the answer is stored; true when the request waits until that is noted. */
extern bool resume_answered(Request *r);

/* Adds the headers of tus to the stored answer. */
extern void resume_add_headers(Request *r);

/* Frees what r->resume holds. */
extern void resume_end(Request *r);

#endif							/* VEZA_RESUME_H */
