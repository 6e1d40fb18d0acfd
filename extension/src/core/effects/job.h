/*
 * job.h
 *		What time makes happen, in units that commit one by one.
 *
 * CALL veza.run_due_jobs() runs all jobs. Each unit is a transaction of its
 * own, so that nobody stays locked while others are worked on, and one that
 * fails or takes too long loses nothing but itself.
 */
#ifndef VEZA_JOB_H
#define VEZA_JOB_H

#include "../ground/query.h"

/* A job of a domain, listed in registry.c: a piece, or units with their work. */
typedef struct VzJob
{
	const char *name;
	int64		(*piece) (void);	/* does a bounded piece in one transaction; returns the rows it worked on */
	VzRows		(*units) (void);	/* what is due, a bounded number: rows with a text column "unit" */
	void		(*work) (const char *unit);	/* does one of them: locks, looks again, acts */
} VzJob;

extern const VzJob vz_jobs[];
extern const int vz_njobs;

/* Runs a statement whose only argument is the moment that many seconds of a setting ago; returns its rows. */
extern int64 vz_sweep(VzStmt *stmt, const char *setting);

/* The key that a unit names. */
extern pg_uuid_t vz_unit_uuid(const char *unit);

#endif							/* VEZA_JOB_H */
