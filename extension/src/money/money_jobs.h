/*
 * money_jobs.h
 *		The timers of payments, refunds and the inbox, for registry.c (see core/effects/job.h).
 */
#ifndef VEZA_MONEY_JOBS_H
#define VEZA_MONEY_JOBS_H

#include "../core/ground/query.h"

/* Payments whose next check is due. */
extern VzRows vz_job_reconcile_payments_units(void);
/* Asks about one, and moves the next check on in case the answer never comes. */
extern void vz_job_reconcile_payment(const char *unit);

/* Refunds whose next check is due. */
extern VzRows vz_job_reconcile_refunds_units(void);
/* Asks about one in the same way. */
extern void vz_job_reconcile_refund(const char *unit);

/* Webhooks that could not be applied and are due again. */
extern VzRows vz_job_retry_inbox_units(void);
/* Tries one again. */
extern void vz_job_retry_event(const char *unit);
/* Deletes events received inbox_keep seconds ago that wait for no retry, 1000 at a time. */
extern int64 vz_job_sweep_inbox(void);

#endif							/* VEZA_MONEY_JOBS_H */
