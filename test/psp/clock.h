/*
 * clock.h
 *	  The simulator's time, which a test may shift, and sleeps that end early.
 */
#ifndef PSPSIM_CLOCK_H
#define PSPSIM_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define ISO_SIZE 40

extern int64_t clock_now_ms(void);
extern int64_t clock_offset_s(void);
extern void clock_set_offset_s(int64_t seconds);
extern int64_t monotonic_ms(void);
extern struct timespec monotonic_after(int64_t ms);
extern void clock_iso(int64_t ms, char out[ISO_SIZE]);

extern void nap_init(void);
extern bool nap(int64_t ms);
extern void nap_forbid(bool forbid);

#endif
