/*
 * limit.h
 *		Limits per account, counted in the database: they hold over all servers.
 */
#ifndef VEZA_LIMIT_H
#define VEZA_LIMIT_H

#include "../core/refusal.h"

/*
 * Counts one attempt of a subject (an address, an id) in a scope. Returns NULL
 * while there are at most limit attempts in window seconds, else the refusal.
 * The count stays only if the transaction commits: refuse with
 * VZ_REFUSE_AND_KEEP. A limit of 0 counts nothing.
 */
extern VzRefusal *vz_limit_take(const char *scope, const char *subject, int64 limit, int64 window_s);

/* Forgets the attempts: the last one was good. */
extern void vz_limit_forget(const char *scope, const char *subject);

/* Deletes windows that are over for a day; returns how many. */
extern int64 vz_job_sweep_limits(void);

#endif							/* VEZA_LIMIT_H */
