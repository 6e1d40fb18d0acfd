/*
 * record.h
 *	  The API exchanges of the recent past, for tests to look at.
 */
#ifndef PSPSIM_RECORD_H
#define PSPSIM_RECORD_H

#include "http.h"

extern void record_exchange(const struct exchange *exchange, int status,
							const char *body, size_t size, const char *fault);
extern json_t *record_list(uint64_t since);
extern void record_reset(void);

#endif
