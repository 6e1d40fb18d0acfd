/*
 * limit.h
 *		Limits per account, counted in the database: they hold over all servers.
 */
#ifndef VEZA_LIMIT_H
#define VEZA_LIMIT_H

#include "../core/ground/refusal.h"

/*
 * Takes one attempt of a subject (an address, an id) in a scope. Returns NULL
 * when it is let in, else the refusal: no window of window_s seconds ever
 * holds more than limit attempts, wherever it begins. It stays taken only if
 * the transaction commits: refuse with VZ_REFUSE_AND_KEEP. A limit of 0 counts
 * nothing.
 */
extern VzRefusal *vz_limit_take(const char *scope, const char *subject, int64 limit, int64 window_s);

/* Gives back the attempt that this transaction took: it was good. Those before it stay taken. */
extern void vz_limit_give_back(const char *scope, const char *subject);

/* Deletes what says nothing any more; returns how many. */
extern int64 vz_job_sweep_limits(void);

#endif							/* VEZA_LIMIT_H */
