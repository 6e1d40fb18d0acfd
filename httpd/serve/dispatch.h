/*
 * dispatch.h
 *		What a request asks for: a request goes in, and has its answer, or work that
 *		was started for it, when it comes out. In the loop's thread.
 */
#ifndef VEZA_DISPATCH_H
#define VEZA_DISPATCH_H

#include "request.h"

/*
 * Finds the route before the body has come, and judges the token: for bodies
 * that are taken only where they are wanted. A refusal is stored.
 */
extern void dispatch_early(Request *r, const HttpHead *head);

/* Finds out what the whole request asks for, and does it: a stored answer, or work that was started. */
extern void dispatch(Request *r, const HttpHead *head);

#endif							/* VEZA_DISPATCH_H */
