/*
 * attempt.h
 *		Doing something that may fail without losing what was done before it: a
 *		function runs in a savepoint; what comes out is whether it went through,
 *		or the message of what rolled it back.
 */
#ifndef VEZA_ATTEMPT_H
#define VEZA_ATTEMPT_H

#include "query.h"

typedef void (*VzAttempt) (void *state);

/*
 * Runs work inside a savepoint. On an error the savepoint is rolled back and
 * the error's message is returned, in the caller's memory; NULL means done.
 * Cancellation, shutdown, lack of memory and a server that only reads are not caught.
 */
extern const char *vz_attempt(VzAttempt work, void *state);

/* The same for every error that is not fatal, cancellation included; returns the error whole, or NULL. */
extern ErrorData *vz_attempt_any(VzAttempt work, void *state);

/* The same as the first, for a unique constraint alone: false when one refused the work; any other error is thrown on. */
extern bool vz_attempt_unique(VzAttempt work, void *state);

#endif							/* VEZA_ATTEMPT_H */
