/*
 * cancel.h
 *		Cancelling statements without stopping a loop: an order for a connection
 *		goes in, and whether it was carried out is asked later. Orders are given
 *		in the thread of a loop, and carried out by threads of their own: libpq
 *		15 cancels over a connection of its own and waits for it, for as long as
 *		the network likes. Whoever asked for it waits no longer than it wants
 *		to.
 */
#ifndef VEZA_CANCEL_H
#define VEZA_CANCEL_H

#include <libpq-fe.h>
#include <stdbool.h>

typedef struct Cancel Cancel;

/* Begins to cancel; takes the PGcancel over, NULL is taken. End it by cancel_end. Never NULL. */
extern Cancel *cancel_begin(PGcancel *pg);

/* Was it carried out? Then nothing of it can reach the connection any more. */
extern bool cancel_is_done(const Cancel *cancel);

/*
 * Ends it. One that was not carried out may still reach whatever the
 * connection does next: give that up, too.
 */
extern void cancel_end(Cancel *cancel);

#endif							/* VEZA_CANCEL_H */
