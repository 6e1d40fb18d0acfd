/*
 * lockout.h
 *		Failed logins in a row: after login_failures_max of them the account's
 *		password is not accepted, until it is reset by mail or an operator
 *		unlocks the account.
 *
 * Nothing of it shows to a caller: a right password of a locked account is
 * refused like a wrong one.
 */
#ifndef VEZA_LOCKOUT_H
#define VEZA_LOCKOUT_H

#include "../core/ground/audit.h"
#include "../core/ground/query.h"

/*
 * Counts a failure of an account, or of a name that nobody has (user_id is
 * NULL), and tells the user by mail when that locks the account. The count
 * stays only if the transaction commits: refuse with VZ_REFUSE_AND_KEEP.
 */
extern void vz_lockout_count(const pg_uuid_t *user_id, const char *name);

/* Says whether the account is locked; waits for failures that are being counted. */
extern bool vz_lockout_is_locked(const pg_uuid_t *user_id);

/* Forgets the failures, and unlocks; says whether the account was locked. */
extern bool vz_lockout_forget(const pg_uuid_t *user_id);

/*
 * Reads the arguments of an operator's function, account and reason, and locks
 * the account; the audit entry gets both. Raises when one is missing.
 */
extern pg_uuid_t vz_operator_account(FunctionCallInfo fcinfo, VzAudit *entry);

/* Deletes counts of names that nobody has, when they are a day old; returns how many. */
extern int64 vz_job_sweep_failures(void);

#endif							/* VEZA_LOCKOUT_H */
