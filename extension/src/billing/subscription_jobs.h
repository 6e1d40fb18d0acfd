/*
 * subscription_jobs.h
 *		The timers of subscriptions, for registry.c (see core/effects/job.h).
 */
#ifndef VEZA_SUBSCRIPTION_JOBS_H
#define VEZA_SUBSCRIPTION_JOBS_H

#include "../core/ground/query.h"

/* Pending subscriptions whose time is up. */
extern VzRows vz_job_expire_pending_units(void);
/* Expires one, or asks the provider first whether it was paid. */
extern void vz_job_expire_pending(const char *unit);

/* Live subscriptions whose period is over. */
extern VzRows vz_job_end_periods_units(void);
/* Ends one. */
extern void vz_job_end_period(const char *unit);

#endif							/* VEZA_SUBSCRIPTION_JOBS_H */
