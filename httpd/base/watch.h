/*
 * watch.h
 *		What a loop's epoll set points to, and the loop's clock. A watch belongs
 *		to the thread of its loop; the clock is for any.
 */
#ifndef VEZA_WATCH_H
#define VEZA_WATCH_H

#include <stdint.h>
#include <time.h>

typedef struct Watch Watch;

/* Embedded as the first member of whatever owns the file descriptor. */
struct Watch
{
	void		(*ready) (Watch *watch, uint32_t events);
};

/* Monotonic time in us: for deadlines and durations, never for expiry. */
static inline int64_t
monotonic_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t) t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* The same in ms. */
static inline int64_t
monotonic_ms(void)
{
	return monotonic_us() / 1000;
}

#endif							/* VEZA_WATCH_H */
