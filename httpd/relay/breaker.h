/*
 * breaker.h
 *		The circuit breaker to the payment provider. Pure: time is an argument.
 *
 * One payment, however often it fails, is one failure: nothing that is wrong
 * with it alone may stop the others. Whether an open circuit may close is
 * asked by a probe of the relay's own, never by the call that failed.
 */
#ifndef VEZA_BREAKER_H
#define VEZA_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#define BREAKER_LIMIT_MAX 1000

typedef enum BreakerState
{
	BREAKER_CLOSED,				/* in use */
	BREAKER_OPEN,				/* not tried until its time */
	BREAKER_HALF_OPEN			/* the probe decides */
} BreakerState;

typedef struct Breaker
{
	BreakerState state;
	int			limit;			/* failures in a row that open it */
	int64_t		first_open_ms;	/* how long it stays open at first */
	int			failures;		/* of the connection, and of different subjects */
	int			nsubjects;
	uint64_t	subjects[BREAKER_LIMIT_MAX];	/* hashes of those that have failed */
	int64_t		first_failure_ms;
	int64_t		open_ms;		/* how long it stays open this time */
	int64_t		until_ms;
} Breaker;

/*
 * Closed; opens after limit failures in a row within 30 s, for first_open_ms
 * at first, for longer each time it fails again.
 */
extern void breaker_init(Breaker *b, int limit, int64_t first_open_ms);

/* May effects be carried out? Takes the circuit from open to half open when its time has come. */
extern bool breaker_allows(Breaker *b, int64_t now_ms);

/* The provider answered an effect: with sense, or refusing our request. */
extern void breaker_success(Breaker *b);

/* The provider could not be reached: no connection. */
extern void breaker_unreachable(Breaker *b, int64_t now_ms);

/*
 * No sensible answer about this subject (the id of a payment or refund). Counts
 * once per subject; a single subject never opens the circuit.
 */
extern void breaker_failure(Breaker *b, const char *subject, int64_t now_ms);

/* The provider did not accept our key for this one call: whether that is so for all, the probe shows. */
extern void breaker_ask_probe(Breaker *b);

/* What the probe has found. A good one closes the circuit, also before its time; a bad one opens a half open one. */
extern void breaker_probed(Breaker *b, bool is_well, int64_t now_ms);

/* The state in a word: closed, open or half_open; static. */
extern const char *breaker_word(const Breaker *b);

/* Milliseconds until an open circuit is tried again; 0 otherwise. */
extern int64_t breaker_wait_ms(const Breaker *b, int64_t now_ms);

#endif							/* VEZA_BREAKER_H */
