/*
 * cancel.h
 *		Cancelling statements without stopping a loop: libpq 15 cancels over a
 *		connection of its own and waits for it, so a thread of its own does it.
 */
#ifndef VEZA_CANCEL_H
#define VEZA_CANCEL_H

#include <libpq-fe.h>
#include <stdatomic.h>
#include <stdbool.h>

/* Starts the thread. */
extern void cancel_init(void);

/* Cancels, then sets *done. Takes the PGcancel over; done must outlive the call. */
extern void cancel_submit(PGcancel *cancel, atomic_bool *done);

#endif							/* VEZA_CANCEL_H */
