/*
 * admission.h
 *		Asking the database before a file comes: the head of an upload goes in, and
 *		a refusal comes out, or leave to take the body. In the loop's thread.
 */
#ifndef VEZA_ADMISSION_H
#define VEZA_ADMISSION_H

#include "request.h"

/*
 * Asks with the declared size of the file, in bytes; -1: none is declared. The
 * request is suspended until r->admission is ADMISSION_GIVEN, or it has its refusal.
 */
extern void admission_ask(Request *r, const HttpHead *head, int64_t size);

#endif							/* VEZA_ADMISSION_H */
