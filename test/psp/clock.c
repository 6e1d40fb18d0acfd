/*
 * clock.c
 *	  The simulator's time, which a test may shift, and sleeps that end early.
 *
 * Everything the outside sees (created, expires_on, webhook retries) reads
 * clock_now_ms().  Faults sleep with nap(), which ends at once when the listener
 * is about to close, so that closing never waits for a sleeping request.
 */
#include "clock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

static atomic_llong offset_ms;

static pthread_mutex_t nap_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t nap_wake;
static bool naps_forbidden;

/* Reads one clock in milliseconds. */
static int64_t
read_clock_ms(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Returns the simulated UTC time in milliseconds since 1970. */
int64_t
clock_now_ms(void)
{
	return read_clock_ms(CLOCK_REALTIME) + atomic_load(&offset_ms);
}

/* Returns by how many seconds the simulated time differs from the real one. */
int64_t
clock_offset_s(void)
{
	return atomic_load(&offset_ms) / 1000;
}

/* Shifts the simulated time to the real one plus the given seconds. */
void
clock_set_offset_s(int64_t seconds)
{
	atomic_store(&offset_ms, seconds * 1000);
}

/* Returns a time that never jumps, for measuring and for timeouts. */
int64_t
monotonic_ms(void)
{
	return read_clock_ms(CLOCK_MONOTONIC);
}

/* Returns the monotonic moment that many milliseconds from now. */
struct timespec
monotonic_after(int64_t ms)
{
	int64_t		moment = monotonic_ms() + (ms > 0 ? ms : 0);

	return (struct timespec) {moment / 1000, moment % 1000 * 1000000};
}

/* Writes a time as ISO 8601 in UTC with milliseconds. */
void
clock_iso(int64_t ms, char out[ISO_SIZE])
{
	int64_t		fraction = (ms % 1000 + 1000) % 1000;
	time_t		seconds = (ms - fraction) / 1000;
	struct tm	parts;
	char		date[24];

	gmtime_r(&seconds, &parts);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(out, ISO_SIZE, "%s.%03dZ", date, (int) fraction);
}

/* Prepares naps; called once before any thread starts. */
void
nap_init(void)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&nap_wake, &attributes);
	pthread_condattr_destroy(&attributes);
}

/* Sleeps that long and returns true, or false as soon as naps are forbidden. */
bool
nap(int64_t ms)
{
	struct timespec until = monotonic_after(ms);
	bool		allowed;

	pthread_mutex_lock(&nap_lock);
	while (!naps_forbidden &&
		   pthread_cond_timedwait(&nap_wake, &nap_lock, &until) == 0)
		;
	allowed = !naps_forbidden;
	pthread_mutex_unlock(&nap_lock);
	return allowed;
}

/* Ends every nap and refuses new ones, until they are allowed again. */
void
nap_forbid(bool forbid)
{
	pthread_mutex_lock(&nap_lock);
	naps_forbidden = forbid;
	pthread_cond_broadcast(&nap_wake);
	pthread_mutex_unlock(&nap_lock);
}
