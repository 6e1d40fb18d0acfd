/*
 * machine_check.h
 *		What holds for every state machine.
 */
#ifndef VEZA_MACHINE_CHECK_H
#define VEZA_MACHINE_CHECK_H

#include "../../extension/src/core/machine/machine.h"
#include "tap.h"

/* machine_index returns the place of a word in a list that NULL ends, or -1. */
static inline int
machine_index(const char *const *words, const char *word)
{
	for (int i = 0; words[i] != NULL; i++)
		if (word != NULL && strcmp(words[i], word) == 0)
			return i;
	return -1;
}

/* check_reachable says whether every state can be reached from "no row yet". */
static inline void
check_reachable(const VzMachine *m, const char *const *states)
{
	bool		reached[32] = {false};
	bool		more = true;

	while (more)
	{
		more = false;
		for (int i = 0; i < m->ntransitions; i++)
		{
			const VzTransition *t = &m->transitions[i];
			int			from = machine_index(states, t->from);
			int			to = machine_index(states, t->to);

			if (to < 0 || reached[to] || (t->from != NULL && (from < 0 || !reached[from])))
				continue;
			reached[to] = more = true;
		}
	}
	for (int i = 0; states[i] != NULL; i++)
		each(reached[i], "%s cannot be reached", states[i]);
	all("%s: every state can be reached", m->name);
}

/* check_arrow says whether one arrow is complete and found by the engine. */
static inline void
check_arrow(const VzMachine *m, int i, const char *const *states)
{
	static const char *const actors[] = {"user", "provider", "timer", "rule", "admin", "relay", "operator", "worker", NULL};
	const VzTransition *t = &m->transitions[i];

	each(t->event != NULL && t->to != NULL && t->by != NULL && t->rule != NULL,
		 "arrow %d lacks event, to, by or rule", i);
	each(t->from == NULL || machine_index(states, t->from) >= 0, "arrow %d leaves unknown state %s", i, t->from);
	each(machine_index(states, t->to) >= 0, "arrow %d leads to unknown state %s", i, t->to);
	each(machine_index(actors, t->by) >= 0, "arrow %d is by %s", i, t->by);
	/* A second arrow of the same pair would never be found. */
	each(vz_machine_next(m, t->from, t->event) == t, "arrow %d: %s in %s is there twice", i, t->event,
		 t->from ? t->from : "none");
}

/* check_pairs asks for every pair of state and event, in the machine's own words and a strange one. */
static inline void
check_pairs(const VzMachine *m, const char *const *states)
{
	for (int s = -1; s == -1 || states[s] != NULL; s++)
		for (int e = 0; e < m->ntransitions; e++)
		{
			const char *from = s < 0 ? NULL : states[s];
			const char *event = m->transitions[e].event;
			const VzTransition *t = vz_machine_next(m, from, event);
			int			n = 0;

			for (int i = 0; i < m->ntransitions; i++)
				n += strcmp(m->transitions[i].event, event) == 0 &&
					(from == NULL ? m->transitions[i].from == NULL
					 : m->transitions[i].from != NULL && strcmp(m->transitions[i].from, from) == 0);
			each(n <= 1 && (n == 1) == (t != NULL), "%s in %s: %d arrows", event, from ? from : "none", n);
		}
	each(vz_machine_next(m, "no_such_state", m->transitions[0].event) == NULL, "an unknown state has an arrow");
	each(vz_machine_next(m, NULL, "no_such_event") == NULL, "an unknown event has an arrow");
	all("%s: each pair of state and event has at most one arrow", m->name);
}

/* check_machine tests what holds for every machine; states is every state it has, and NULL. */
static inline void
check_machine(const VzMachine *m, const char *const *states)
{
	for (int i = 0; i < m->ntransitions; i++)
		check_arrow(m, i, states);
	all("%s: every arrow is complete, between known states, and there once", m->name);
	check_pairs(m, states);
	check_reachable(m, states);
	ok(strncmp(m->table, "veza_data.", 10) == 0, "%s: the table is qualified", m->name);
	ok(m->column != NULL && m->hint != NULL && m->name != NULL, "%s: column and hint are given", m->name);
	is_number(vz_error_info[m->refusal].http_status, 409, "%s: its refusal is a conflict", m->name);
}

/* arrow_to returns where the event leads, or NULL. */
static inline const char *
arrow_to(const VzMachine *m, const char *from, const char *event)
{
	const VzTransition *t = vz_machine_next(m, from, event);

	return t ? t->to : NULL;
}

#endif							/* VEZA_MACHINE_CHECK_H */
