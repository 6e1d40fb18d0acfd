/*
 * circuit.h
 *		The relay's circuit to the payment provider: what each outcome means to
 *		it, and who is told when it changes. Outcomes go in, whether effects may
 *		leave comes out. In the thread of the relay's loop alone.
 */
#ifndef VEZA_CIRCUIT_H
#define VEZA_CIRCUIT_H

#include <stdbool.h>
#include <stdint.h>

#include "hyperswitch.h"

/* Whose fault it is that a call ended without a sensible answer. */
typedef enum Blame
{
	BLAME_NOBODY,				/* there was an answer, or it was our own doing */
	BLAME_SUBJECT,				/* the payment or refund that it was about */
	BLAME_CONNECTION			/* the way to the provider */
} Blame;

/* Closed, with the limits of the configuration. */
extern void circuit_init(void);

/* May effects be carried out now? */
extern bool circuit_allows(int64_t now_ms);

/* Is it half open, so that a probe must decide? */
extern bool circuit_wants_probe(int64_t now_ms);

/* Takes in what a call about a subject has come to. */
extern void circuit_note(const PspOutcome *outcome, Blame blame, const char *subject, int64_t now_ms);

/* Takes in what a probe has found. */
extern void circuit_note_probe(bool is_well, int64_t now_ms);

/* Has it changed since this was asked last? */
extern bool circuit_has_changed(void);

/* Its state in a word, and how long an open one waits; 0 otherwise. */
extern const char *circuit_word(void);
extern int64_t circuit_wait_ms(int64_t now_ms);

#endif							/* VEZA_CIRCUIT_H */
