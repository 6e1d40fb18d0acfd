/*
 * task.h
 *		One piece of work on an audio file: what was claimed goes in, what is to be
 *		reported comes out. Waits for scanner, decoder and disk: for a worker's thread.
 */
#ifndef VEZA_TASK_H
#define VEZA_TASK_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define TASK_REPORT_VALUES 4

/* Work under a lease, as veza.track_claim_work gives it. */
typedef struct Task
{
	char		version_id[40];
	char		lease[40];
	bool		is_scan;		/* otherwise it is to be analysed */
	char		file[72];
	char		type[64];
} Task;

/* What came of it: a statement with its values. */
typedef struct TaskReport
{
	const char *statement;
	char	   *values[TASK_REPORT_VALUES];	/* malloc'd */
	int			nvalues;
	bool		is_unable;		/* it cannot be done here at the moment, and the lease is given back */
} TaskReport;

/* Reads one entry of what was claimed; false when it is none. */
extern bool task_read(const json_t *entry, Task *task);

/* Does it. must_stop is asked often: then the lease is given back. */
extern void task_do(const Task *task, bool (*must_stop) (void), TaskReport *report);

/* Frees the values, not the report itself. */
extern void task_report_free(TaskReport *report);

#endif							/* VEZA_TASK_H */
