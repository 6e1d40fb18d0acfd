/*
 * billing_jobs.h
 *		The timers of payments and subscriptions, for registry.c (see core/effects/job.h).
 */
#ifndef VEZA_BILLING_JOBS_H
#define VEZA_BILLING_JOBS_H

#include "../core/ground/query.h"

/* Pending subscriptions whose time is up. */
extern VzRows vz_job_expire_pending_units(void);
/* Expires one, or asks the provider first whether it was paid. */
extern void vz_job_expire_pending(const char *unit);

/* Live subscriptions whose period is over. */
extern VzRows vz_job_end_periods_units(void);
/* Ends one. */
extern void vz_job_end_period(const char *unit);

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

#endif							/* VEZA_BILLING_JOBS_H */
