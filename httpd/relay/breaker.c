/*
 * breaker.c
 *		The circuit breaker to the payment provider (see breaker.h).
 */
#include "breaker.h"

#define WINDOW_MS	30000
#define OPEN_MAX_MS	300000

void
breaker_init(Breaker *b, int limit, int64_t first_open_ms)
{
	*b = (Breaker) {.state = BREAKER_CLOSED, .limit = limit, .first_open_ms = first_open_ms};
}

/* open_circuit opens it, twice as long as the last time in a row. */
static void
open_circuit(Breaker *b, int64_t now_ms)
{
	b->open_ms = b->open_ms == 0 ? b->first_open_ms : b->open_ms * 2;
	if (b->open_ms > OPEN_MAX_MS)
		b->open_ms = OPEN_MAX_MS;
	b->until_ms = now_ms + b->open_ms;
	b->state = BREAKER_OPEN;
	b->failures = 0;
}

bool
breaker_allows(Breaker *b, int64_t now_ms)
{
	if (b->state == BREAKER_OPEN && now_ms >= b->until_ms)
		b->state = BREAKER_HALF_OPEN;
	return b->state != BREAKER_OPEN;
}

void
breaker_success(Breaker *b)
{
	if (b->state == BREAKER_OPEN)
		return;					/* the answer to something sent before */
	b->state = BREAKER_CLOSED;
	b->failures = 0;
	b->open_ms = 0;
}

void
breaker_failure(Breaker *b, int64_t now_ms)
{
	if (b->state == BREAKER_OPEN)
		return;					/* the answer to something sent before */
	if (b->state == BREAKER_HALF_OPEN)
	{
		open_circuit(b, now_ms);
		return;
	}
	if (b->failures == 0 || now_ms - b->first_failure_ms > WINDOW_MS)
	{
		b->failures = 0;
		b->first_failure_ms = now_ms;
	}
	if (++b->failures >= b->limit)
		open_circuit(b, now_ms);
}

void
breaker_trip(Breaker *b, int64_t now_ms)
{
	if (b->state != BREAKER_OPEN)
		open_circuit(b, now_ms);
}

const char *
breaker_word(const Breaker *b)
{
	return b->state == BREAKER_CLOSED ? "closed" : b->state == BREAKER_OPEN ? "open" : "half_open";
}

int64_t
breaker_wait_ms(const Breaker *b, int64_t now_ms)
{
	return b->state == BREAKER_OPEN && b->until_ms > now_ms ? b->until_ms - now_ms : 0;
}
