/*
 * machine_rules.c
 *		Looking up arrows: the pure half of the state machine engine.
 */
#include <stdio.h>
#include <string.h>

#include "machine.h"

/* same_state says whether two states are equal, where NULL is "no row yet". */
static bool
same_state(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

/* vz_machine_next returns the arrow that the event takes from this state, or NULL. */
const VzTransition *
vz_machine_next(const VzMachine *machine, const char *from, const char *event)
{
	for (int i = 0; i < machine->ntransitions; i++)
	{
		const VzTransition *t = &machine->transitions[i];

		if (same_state(t->from, from) && strcmp(t->event, event) == 0)
			return t;
	}
	return NULL;
}

/* vz_machine_allowed lists the events that the state knows, cut at size. */
int
vz_machine_allowed(const VzMachine *machine, const char *from, char *buf, size_t size)
{
	int			found = 0;
	size_t		used = 0;

	if (size > 0)
		buf[0] = '\0';
	for (int i = 0; i < machine->ntransitions; i++)
	{
		const VzTransition *t = &machine->transitions[i];
		int			n;

		if (!same_state(t->from, from))
			continue;
		n = snprintf(buf + used, size - used, "%s%s", found ? ", " : "", t->event);
		if (n < 0 || (size_t) n >= size - used)
			break;
		used += (size_t) n;
		found++;
	}
	return found;
}
