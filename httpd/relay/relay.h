/*
 * relay.h
 *		The relay's loop: claim effects, carry them out, report, until it is
 *		told to stop. In the main thread.
 */
#ifndef VEZA_RELAY_H
#define VEZA_RELAY_H

#include <signal.h>

/* The relay's name: RELAY_NAME, or host name and process id; first called before any thread is made. */
extern const char *relay_name(void);

/* Works until *stop is set, then finishes what is under way. */
extern void relay_run(const volatile sig_atomic_t *stop);

#endif							/* VEZA_RELAY_H */
