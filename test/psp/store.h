/*
 * store.h
 *	  The state file.
 */
#ifndef PSPSIM_STORE_H
#define PSPSIM_STORE_H

#include <stdbool.h>

extern bool store_load(void);
extern bool store_sync(void);

#endif
