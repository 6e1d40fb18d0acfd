/*
 * caller.h
 *		Who asks: a request goes in, and the values that every statement begins with
 *		come out. In the loop's thread.
 */
#ifndef VEZA_CALLER_H
#define VEZA_CALLER_H

#include "request.h"

/* Puts the caller and the headers that rules look at before the arguments of a job. */
extern void caller_add(Job *job, const Request *r, const HttpHead *head);

#endif							/* VEZA_CALLER_H */
