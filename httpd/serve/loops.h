/*
 * loops.h
 *		The event loops: their threads, from start to drain. The configuration
 *		goes in, requests are served until the end. Called by the main thread.
 */
#ifndef VEZA_LOOPS_H
#define VEZA_LOOPS_H

#include <stdbool.h>

/* Starts the loops; false when a port cannot be opened or no connection can be made. */
extern bool loops_start(void);

/* Lets running requests finish, within SHUTDOWN_TIMEOUT, and ends the loops. */
extern void loops_stop(void);

#endif							/* VEZA_LOOPS_H */
