/*
 * machine.h
 *		A state machine is a table you can read.
 *
 * Each machine is one const array of arrows: only arrows that can fire, one
 * line each. The engine (transition.c) applies them, veza.state_machine shows
 * them, the documentation and the exhaustive tests are made from them. The
 * files that define machines include this header and nothing of the server.
 */
#ifndef VEZA_MACHINE_H
#define VEZA_MACHINE_H

#include <stdbool.h>
#include <stddef.h>

#include "../errors.h"

typedef struct VzTransition
{
	const char *from;			/* NULL: the row is created by this event */
	const char *event;
	const char *to;
	const char *by;				/* who makes the event happen */
	const char *guard;			/* what must hold, in words; NULL: nothing more */
	const char *effects;		/* what else the same transaction does; NULL: nothing */
	const char *rule;			/* the rule's name in the payments reference */
} VzTransition;

typedef struct VzMachine
{
	const char *name;
	const char *table;			/* qualified name of the table that holds the state */
	const char *column;
	const VzTransition *transitions;
	int			ntransitions;
	VzError		refusal;		/* raised for an event that the state does not know */
	const char *hint;			/* names the functions that make transitions */
} VzMachine;

#define VZ_LENGTH(array) ((int) (sizeof(array) / sizeof((array)[0])))

/* The arrow for this event in this state, or NULL; from is NULL for a row to be created. */
extern const VzTransition *vz_machine_next(const VzMachine *machine, const char *from, const char *event);

/* Writes the events that the state knows into buf as "a, b, c"; returns their number. */
extern int	vz_machine_allowed(const VzMachine *machine, const char *from, char *buf, size_t size);

#endif							/* VEZA_MACHINE_H */
