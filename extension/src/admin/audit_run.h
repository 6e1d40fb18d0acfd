/*
 * audit_run.h
 *		Looking for broken invariants at intervals.
 */
#ifndef VEZA_AUDIT_RUN_H
#define VEZA_AUDIT_RUN_H

#include "../core/ground/query.h"

/* Deletes the records of looks at veza.audit that are audit_keep seconds old. */
extern int64 vz_job_sweep_audits(void);

#endif							/* VEZA_AUDIT_RUN_H */
