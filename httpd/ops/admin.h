/*
 * admin.h
 *		The second port: health and metrics only, so that a full server can
 *		still be asked how it is. Started and stopped by the main thread; each
 *		connection has a thread, which may block.
 */
#ifndef VEZA_ADMIN_H
#define VEZA_ADMIN_H

#include <stdbool.h>

/*
 * Listens on ADMIN_ADDRESS and ADMIN_PORT, in threads of its own; false when
 * that cannot be had. Stopping waits for answers under way.
 */
extern bool admin_start(void);
extern void admin_stop(void);

#endif							/* VEZA_ADMIN_H */
