/*
 * task.h
 *		An effect that is being carried out at the payment provider, or a probe
 *		of the relay's own: an order of the database goes in, its outcome comes
 *		out. In the thread of the relay's loop alone.
 */
#ifndef VEZA_TASK_H
#define VEZA_TASK_H

#include <stdbool.h>
#include <stdint.h>

#include "hyperswitch.h"

typedef struct Task
{
	char		id[40];			/* of the effect; empty: a probe of the relay's own, which is not reported */
	char		lease[40];
	char		request_id[160];
	char	   *kind;
	PspOrder	order;
	PspOutcome	outcome;
	bool		is_probe;		/* asks whether the provider works */
	bool		is_asked;		/* a call was made */
	bool		is_finished;
	int64_t		started_ms;
	int64_t		finished_ms;
	struct Task *next;
} Task;

/* The tasks that are under way or wait for their report, and how many. */
extern Task *task_first;
extern int	task_count;

/* Puts a task of that kind among them; the caller fills in its order. */
extern Task *task_new(const char *kind);

/* Makes a task's first call; later, from exchange_run, it is finished. */
extern void task_begin(Task *t);

/* Takes the task at this place out of the list, and frees it. */
extern void task_free(Task **place);

#endif							/* VEZA_TASK_H */
