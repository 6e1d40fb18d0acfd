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
	*b = (Breaker) {.state = BREAKER_CLOSED, .first_open_ms = first_open_ms};
	b->limit = limit < 1 ? 1 : limit > BREAKER_LIMIT_MAX ? BREAKER_LIMIT_MAX : limit;
}

/* start_counting forgets the failures so far. */
static void
start_counting(Breaker *b)
{
	b->failures = 0;
	b->nsubjects = 0;
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
	start_counting(b);
}

bool
breaker_allows(Breaker *b, int64_t now_ms)
{
	if (b->state == BREAKER_OPEN && now_ms >= b->until_ms)
		b->state = BREAKER_HALF_OPEN;
	return b->state == BREAKER_CLOSED;
}

void
breaker_success(Breaker *b)
{
	if (b->state == BREAKER_OPEN)
		return;					/* the answer to something sent before */
	b->state = BREAKER_CLOSED;
	b->open_ms = 0;
	start_counting(b);
}

/* count_failure counts a failure of a closed circuit; those of others are answers to something sent before. */
static void
count_failure(Breaker *b, int64_t now_ms)
{
	if (b->failures++ == 0)
		b->first_failure_ms = now_ms;
}

/* forget_old_failures starts the count anew when its window is over. */
static void
forget_old_failures(Breaker *b, int64_t now_ms)
{
	if (b->failures > 0 && now_ms - b->first_failure_ms > WINDOW_MS)
		start_counting(b);
}

void
breaker_unreachable(Breaker *b, int64_t now_ms)
{
	if (b->state != BREAKER_CLOSED)
		return;
	forget_old_failures(b, now_ms);
	count_failure(b, now_ms);
	if (b->failures >= b->limit)
		open_circuit(b, now_ms);
}

/* hash_of returns FNV-1a of the subject: two that collide count as one failure, which is the harmless side. */
static uint64_t
hash_of(const char *text)
{
	uint64_t	hash = 14695981039346656037u;

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char) *text) * 1099511628211u;
	return hash;
}

void
breaker_failure(Breaker *b, const char *subject, int64_t now_ms)
{
	uint64_t	hash = hash_of(subject);

	if (b->state != BREAKER_CLOSED)
		return;
	forget_old_failures(b, now_ms);
	for (int i = 0; i < b->nsubjects; i++)
		if (b->subjects[i] == hash)
			return;
	b->subjects[b->nsubjects++] = hash;
	count_failure(b, now_ms);
	if (b->failures >= b->limit && b->failures > 1)
		open_circuit(b, now_ms);
}

void
breaker_ask_probe(Breaker *b)
{
	if (b->state == BREAKER_CLOSED)
		b->state = BREAKER_HALF_OPEN;
}

void
breaker_probed(Breaker *b, bool is_well, int64_t now_ms)
{
	if (is_well)
	{
		/* How long it stayed open is forgotten only when an effect has succeeded, too. */
		b->state = BREAKER_CLOSED;
		start_counting(b);
	}
	else if (b->state == BREAKER_HALF_OPEN)
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
