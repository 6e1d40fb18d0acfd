/*
 * reload.h
 *		From the configuration to the keys, at start and on SIGHUP. In the main
 *		thread.
 */
#ifndef VEZA_RELOAD_H
#define VEZA_RELOAD_H

/* Puts the keys of the configuration that this thread sees in force. */
extern void keys_load(void);

/*
 * Reads the configuration anew and puts its keys in force. One that is invalid
 * is refused as a whole; other variables that have changed wait for a restart.
 */
extern void keys_reload(void);

#endif							/* VEZA_RELOAD_H */
