/*
 * analyst_limit.h
 *		How long an analyst may work at a time.
 */
#ifndef VEZA_ANALYST_LIMIT_H
#define VEZA_ANALYST_LIMIT_H

#include "../core/ground/compat.h"

/*
 * Ends the sessions of analysts whose transaction is older than
 * analyst_time_limit seconds; returns their number.
 */
extern int64 vz_job_limit_analysts(void);

#endif							/* VEZA_ANALYST_LIMIT_H */
