/*
 * breaker.h
 *		The circuit breaker to the payment provider. Pure: time is an argument.
 */
#ifndef VEZA_BREAKER_H
#define VEZA_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

typedef enum BreakerState
{
	BREAKER_CLOSED,				/* in use */
	BREAKER_OPEN,				/* not tried until its time */
	BREAKER_HALF_OPEN			/* one probe is allowed */
} BreakerState;

typedef struct Breaker
{
	BreakerState state;
	int			limit;			/* failures in a row that open it */
	int64_t		first_open_ms;	/* how long it stays open at first */
	int			failures;
	int64_t		first_failure_ms;
	int64_t		open_ms;		/* how long it stays open this time */
	int64_t		until_ms;
} Breaker;

/* Closed; opens after limit failures in a row, for first_open_ms at first, for longer each time it fails again. */
extern void breaker_init(Breaker *b, int limit, int64_t first_open_ms);

/* May something be sent? Takes the circuit from open to half open when its time has come. */
extern bool breaker_allows(Breaker *b, int64_t now_ms);

/* The provider answered: with sense, or refusing our request. */
extern void breaker_success(Breaker *b);

/* No sensible answer. */
extern void breaker_failure(Breaker *b, int64_t now_ms);

/* The provider does not know our key: nothing will work until somebody looks. */
extern void breaker_trip(Breaker *b, int64_t now_ms);

/* The state in a word: closed, open or half_open; static. */
extern const char *breaker_word(const Breaker *b);

/* Milliseconds until an open circuit is tried again; 0 otherwise. */
extern int64_t breaker_wait_ms(const Breaker *b, int64_t now_ms);

#endif							/* VEZA_BREAKER_H */
