/*
 * listener.h
 *	  The API port, which a test may close and open again.
 */
#ifndef PSPSIM_LISTENER_H
#define PSPSIM_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

struct service;

extern bool listener_open(const struct service *service);
extern bool listener_reopen(void);
extern void listener_close(void);
extern bool listener_is_open(void);

#endif
